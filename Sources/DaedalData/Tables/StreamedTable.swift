import DaedalTensor
import Synchronization

/// A file of rows that is read in blocks, each on its own.
protocol RowBlocks: Sendable {
    /// The path of the file.
    var path: String { get }
    /// The fields of every row, known after one pass over the file.
    var fields: [Field] { get }
    /// The first row of each block.
    var starts: [Int] { get }
    /// The number of rows.
    var count: Int { get }
    /// The malformed rows that were left out.
    var skipped: Int { get }
    /// Whether going back means starting over.
    var isForwardOnly: Bool { get }
    /// Reads one block. Not called by two threads at once.
    func read(block: Int) throws(DataFailure) -> any RecordSource
}

/// Rows that stay in their file: blocks are read when they are needed, and the last few are kept.
package final class StreamedTable: RecordSource {
    /// The blocks in memory, the one used last at the end.
    private struct Cache {
        var blocks: [(index: Int, rows: any RecordSource)] = []
    }

    private let source: any RowBlocks
    private let keeps: Int
    private let cache = Mutex(Cache())
    package let fields: [Field]
    package let fieldNames: FieldNames
    package let count: Int
    package let access: RowAccess

    /// Rows of a file, of which that many blocks stay in memory.
    init(_ source: any RowBlocks, keeps: Int = 32) throws(DataFailure) {
        guard source.count > 0 else { throw DataFailure(.empty, "there are no rows", file: source.path) }
        self.source = source
        self.keeps = keeps
        fields = source.fields
        fieldNames = FieldNames(source.fields.map(\.name))
        count = source.count
        access = source.isForwardOnly ? .forward(starts: source.starts, keeps: keeps) : .blocks(starts: source.starts, keeps: keeps)
    }

    package var name: String { source.path }
    package var skipped: Int { source.skipped }
    package func place(of row: Int) -> (file: String?, line: Int?) {
        do throws(DataFailure) {
            let (block, start) = try block(of: row)
            return (source.path, block.place(of: row - start).line)
        } catch {
            return (source.path, nil)
        }
    }

    package func notNumeric(_ field: Int) throws(DataFailure) -> DataFailure { try block(of: 0).0.notNumeric(field) }

    package func record(at row: Int) throws(DataFailure) -> Record {
        let (block, start) = try block(of: row)
        let record = try block.record(at: row - start)
        guard !fields.isEmpty else { return record }
        return Record(names: fieldNames, values: zip(record.values, fields).map { Self.widened($0, $1) })
    }

    package func value(at row: Int, field: Int) throws(DataFailure) -> FieldValue {
        let (block, start) = try block(of: row)
        let value = try block.value(at: row - start, field: field)
        return fields.indices.contains(field) ? Self.widened(value, fields[field]) : value
    }

    /// A block that happens to hold only integers of a real column gives them as the column's numbers.
    private static func widened(_ value: FieldValue, _ field: Field) -> FieldValue {
        if field.kind == .real, case .integer(let number) = value { return .number(Double(number)) }
        return value
    }

    package func gather(_ fields: [Int], rows: ArraySlice<Int>, into target: Tensor, transform: Affine?) throws(DataFailure) {
        let width = try check(fields, rows, target, transform)
        guard let columns = Size(exactly: width) else { throw DataFailure(.tooLarge, "\(width) columns are too many for a tensor", file: name) }
        // Each block is gathered from once; its rows then go where they belong.
        let blocks = rows.map { blockIndex(of: $0) }
        let order = blocks.indices.sorted { (blocks[$0], $0) < (blocks[$1], $1) }
        let rowBytes = width * target.type.byteCount
        var from = 0
        while from < order.count {
            let index = blocks[order[from]]
            var to = from + 1
            while to < order.count && blocks[order[to]] == index { to += 1 }
            let (block, start) = try self.block(of: rows[rows.startIndex + order[from]])
            guard let size = Size(exactly: to - from) else { throw DataFailure(.tooLarge, "\(to - from) rows are too many for a tensor", file: name) }
            let part = try allocate(target.type, [size, columns], for: "rows of \(name)")
            let wanted = ArraySlice(order[from..<to].map { rows[rows.startIndex + $0] - start })
            try block.gather(fields, rows: wanted, into: part, transform: transform)
            for index in from..<to {
                (target.pointer + order[index] * rowBytes).copyMemory(from: part.pointer + (index - from) * rowBytes, byteCount: rowBytes)
            }
            from = to
        }
    }

    /// The number of the block that a row is in.
    private func blockIndex(of row: Int) -> Int {
        var low = 0, high = source.starts.count
        while low < high {
            let middle = (low + high) / 2
            if source.starts[middle] <= row { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }

    /// The block that a row is in, read unless it is kept, and its first row.
    private func block(of row: Int) throws(DataFailure) -> (any RecordSource, start: Int) {
        guard row >= 0, row < count else { throw DataFailure(.unfit, "there is no row \(row) among \(count)", file: source.path) }
        let index = blockIndex(of: row)
        let result: Result<any RecordSource, DataFailure> = cache.withLock { cache in
            if let at = cache.blocks.firstIndex(where: { $0.index == index }) {
                let hit = cache.blocks.remove(at: at)
                cache.blocks.append(hit)
                return .success(hit.rows)
            }
            do throws(DataFailure) {
                let rows = try source.read(block: index)
                if cache.blocks.count >= keeps { cache.blocks.removeFirst() }
                cache.blocks.append((index, rows))
                return .success(rows)
            } catch {
                return .failure(error)
            }
        }
        return (try result.get(), source.starts[index])
    }
}
