import Synchronization

/// In which order the rows of one pass are visited, and where batches end. A pass's order depends on the seed and its number alone.
package struct BatchPlan: Sendable {
    /// The rows of all batches of a pass are a walk over these.
    package let rows: RowSet
    /// The number of rows of every batch but the last.
    package let batchSize: Int
    /// The number of batches; the last may be smaller than the others.
    package let count: Int
    private let order: Order

    /// How a pass goes over the rows.
    private enum Order: Sendable {
        case asIs
        /// One shuffle over everything.
        case shuffled(RowSet)
        /// Groups of blocks, each shuffled within itself: rows of a file that does not fit memory stay near each other.
        case windows(Windows)
    }

    /// So many batches are sorted by length together: enough for batches of like lengths, few enough for passes that differ.
    private static let batchesPerBucket = 64

    /// Plans one pass (`epoch` counted from 0) over `rows` of a source with this access. With `lengths` (one a row) rows of like lengths go
    /// together.
    package init(
        rows: RowSet, batchSize: Int, shuffle: Bool, seed: UInt64, epoch: Int, access: RowAccess = .anywhere, lengths: [Int] = []
    ) throws(DataFailure) {
        guard batchSize > 0 else { throw DataFailure(.unfit, "a batch of \(batchSize) examples is no batch") }
        self.rows = rows
        self.batchSize = batchSize
        count = rows.count / batchSize + (rows.count % batchSize == 0 ? 0 : 1)
        let stream = Shuffle.stream(.epoch, epoch)
        if lengths.count == rows.count, !lengths.isEmpty {
            order = .shuffled(Self.bucketed(rows, lengths, batchSize, shuffle: shuffle, seed: seed, stream: stream))
            return
        }
        guard shuffle else {
            order = .asIs
            return
        }
        switch access {
        case .anywhere:
            var shuffled = rows
            shuffled.shuffle(seed: seed, stream: stream)
            order = .shuffled(shuffled)
        case .blocks(let starts, let keeps):
            order = .windows(Windows(rows: rows, starts: starts, keeps: keeps, mixesBlocks: true, seed: seed, stream: stream))
        case .forward(let starts, let keeps):
            order = .windows(Windows(rows: rows, starts: starts, keeps: keeps, mixesBlocks: false, seed: seed, stream: stream))
        }
    }

    /// Rows of like lengths side by side within pieces of the order; batches of a shuffled pass come in random order, a short one last.
    private static func bucketed(_ rows: RowSet, _ lengths: [Int], _ size: Int, shuffle: Bool, seed: UInt64, stream: UInt64) -> RowSet {
        var order = Array(rows.indices)
        if shuffle { Shuffle.shuffle(&order, seed: seed, stream: stream) }
        let (piece, overflow) = size.multipliedReportingOverflow(by: batchesPerBucket)
        var batches: [[Int]] = []
        for from in stride(from: 0, to: order.count, by: overflow ? order.count : piece) {
            let sorted = order[from..<min(from + (overflow ? order.count : piece), order.count)].sorted { (lengths[$0], $0) < (lengths[$1], $1) }
            for start in stride(from: 0, to: sorted.count, by: size) { batches.append(Array(sorted[start..<min(start + size, sorted.count)])) }
        }
        if shuffle, var last = batches.popLast() {
            if last.count == size {
                batches.append(last)
                last = []
            }
            Shuffle.shuffle(&batches, seed: seed, stream: stream ^ Shuffle.stream(.group))
            if !last.isEmpty { batches.append(last) }
        }
        return RowSet(batches.flatMap { $0 }.map { rows[$0] })
    }

    /// Writes the rows of a batch over those of another. Precondition: `0 <= batch < count`.
    package func rows(ofBatch batch: Int, into result: inout [Int]) {
        let range = batch * batchSize..<min((batch + 1) * batchSize, rows.count)
        result.removeAll(keepingCapacity: true)
        switch order {
        case .asIs: rows.append(range, to: &result)
        case .shuffled(let shuffled): shuffled.append(range, to: &result)
        case .windows(let windows): result.append(contentsOf: windows.rows(range))
        }
    }

    /// The rows of a batch. Precondition: `0 <= batch < count`.
    package func rows(ofBatch batch: Int) -> [Int] {
        let range = batch * batchSize..<min((batch + 1) * batchSize, rows.count)
        switch order {
        case .asIs: return range.map { rows[$0] }
        case .shuffled(let shuffled): return range.map { shuffled[$0] }
        case .windows(let windows): return windows.rows(range)
        }
    }
}

/// A shuffle that touches few blocks of a file at a time: blocks in random order, rows at random within groups of blocks.
private struct Windows: Sendable {
    private let rows: RowSet
    private let seed: UInt64
    private let stream: UInt64
    /// For each group of blocks: the ranges of positions in `rows` that fall into them.
    private var groups: [[Range<Int>]] = []
    /// Where each group starts in the order, and where the last one ends.
    private var starts: [Int] = [0]
    private let last = LastGroup()

    /// Cuts the rows into groups of as many blocks as stay in memory with room for those to come.
    init(rows: RowSet, starts blockStarts: [Int], keeps: Int, mixesBlocks: Bool, seed: UInt64, stream: UInt64) {
        self.rows = rows
        self.seed = seed
        self.stream = stream
        var ranges: [Range<Int>] = []
        var from = 0
        // Rows of one block that follow each other in `rows`. In a set in the order of the file there is one run a block.
        while from < rows.count {
            let block = Self.block(of: rows[from], blockStarts)
            let end = block + 1 < blockStarts.count ? blockStarts[block + 1] : Int.max
            let start = blockStarts.isEmpty ? 0 : blockStarts[max(block, 0)]
            var to = from + 1
            while to < rows.count, rows[to] >= start, rows[to] < end { to += 1 }
            ranges.append(from..<to)
            from = to
        }
        if mixesBlocks { Shuffle.shuffle(&ranges, seed: seed, stream: stream) }
        let together = max(keeps / 2, 1)
        for first in stride(from: 0, to: ranges.count, by: together) {
            let group = Array(ranges[first..<min(first + together, ranges.count)])
            groups.append(group)
            starts.append((starts.last ?? 0) + group.reduce(0) { $0 + $1.count })
        }
    }

    /// The rows at positions of the order.
    func rows(_ positions: Range<Int>) -> [Int] {
        var result: [Int] = []
        result.reserveCapacity(positions.count)
        for group in groups.indices where starts[group] < positions.upperBound && starts[group + 1] > positions.lowerBound {
            let all = last.rows(group) { order(of: group) }
            let low = max(positions.lowerBound - starts[group], 0), high = min(positions.upperBound - starts[group], all.count)
            result.append(contentsOf: all[low..<high])
        }
        return result
    }

    /// The rows of a group, shuffled.
    private func order(of group: Int) -> [Int] {
        var all = groups[group].flatMap { $0.map { rows[$0] } }
        // A stream of its own, so that a group can be had without those before it.
        var random = Philox(seed: seed, stream: stream ^ Shuffle.stream(.group), counter: UInt64(group) << 32)
        Shuffle.shuffle(&all, with: &random)
        return all
    }

    /// The block that a row is in.
    private static func block(of row: Int, _ starts: [Int]) -> Int {
        var low = 0, high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= row { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }
}

/// The group that batches were last taken from, shuffled once and not for each batch.
private final class LastGroup: Sendable {
    private let kept = Mutex<(group: Int, rows: [Int])>((-1, []))

    /// The rows of a group, made unless they are the ones kept.
    func rows(_ group: Int, _ make: () -> [Int]) -> [Int] {
        if let rows = kept.withLock({ $0.group == group ? $0.rows : nil }) { return rows }
        let rows = make()
        kept.withLock { $0 = (group, rows) }
        return rows
    }
}

extension RowSet {
    /// Shuffles in place.
    mutating func shuffle(seed: UInt64, stream: UInt64) {
        var rows = map { UInt32(truncatingIfNeeded: $0) }
        if let largest = self.max(), largest > Int(UInt32.max) {
            var wide = Array(self)
            Shuffle.shuffle(&wide, seed: seed, stream: stream)
            self = RowSet(wide)
            return
        }
        Shuffle.shuffle(&rows, seed: seed, stream: stream)
        self = RowSet(narrow: rows)
    }

    /// Wraps rows of four bytes.
    init(narrow rows: [UInt32]) { form = .narrow(rows) }
}
