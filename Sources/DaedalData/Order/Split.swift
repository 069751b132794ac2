/// How the rows of a source are divided, and the division. Rows keep the order of the source within each part.
package struct Split: Sendable, Equatable {
    /// How many rows a part gets.
    package enum Share: Sendable, Equatable {
        case fraction(Double)
        case count(Int)
        /// All that the other parts leave.
        case rest
    }

    /// A part by name: `train`, `validation`, `test`, or what a program calls it.
    package struct Part: Sendable, Equatable {
        package let name: String
        package let share: Share

        package init(_ name: String, _ share: Share) {
            self.name = name
            self.share = share
        }
    }

    /// Which rows go where.
    package enum Order: Sendable, Equatable {
        /// At random, decided by the seed.
        case random
        /// The first rows to the first part, and so on.
        case asIs
        /// The same after sorting the rows by these values, one a row; equal ones keep their order.
        case sorted([Double])
    }

    /// The rows of each part, in the order in which the parts were named.
    package let parts: [(name: String, rows: RowSet)]

    package static func == (a: Split, b: Split) -> Bool { a.parts.elementsEqual(b.parts) { $0.name == $1.name && $0.rows == $1.rows } }

    /// The rows of a part, or none if there is no such part.
    package func rows(_ name: String) -> RowSet { parts.first { $0.name == name }?.rows ?? RowSet() }

    /// Divides `count` rows. With `groups` (a number a row) rows of one group stay together, and shares are reached as nearly as groups allow.
    package init(
        count: Int, into wanted: [Part], order: Order = .random, groups: [Int]? = nil, seed: UInt64
    ) throws(DataFailure) {
        if let groups, groups.count != count { throw DataFailure(.unfit, "\(groups.count) groups do not fit \(count) rows") }
        if case .sorted(let keys) = order, keys.count != count {
            throw DataFailure(.unfit, "\(keys.count) values to sort by do not fit \(count) rows")
        }
        let sizes = try Self.sizes(of: wanted, count: count)
        let rows: [RowSet]
        if let groups {
            rows = Self.divide(groups, order, sizes, seed)
        } else {
            switch order {
            case .random: rows = Self.draw(count, sizes, seed)
            case .asIs: rows = Self.cut(nil, sizes)
            case .sorted(let keys):
                // Ties and NaN by position, so that the order is one whatever the sort does.
                let sorted = keys.indices.sorted { Self.precedes(keys[$0], $0, keys[$1], $1) }
                rows = Self.cut(sorted, sizes)
            }
        }
        parts = zip(wanted, rows).map { ($0.name, $1) }
    }

    /// Whether one row comes before another: by value, NaN last, equal ones by position.
    private static func precedes(_ a: Double, _ i: Int, _ b: Double, _ j: Int) -> Bool {
        if a.isNaN || b.isNaN { return a.isNaN == b.isNaN ? i < j : b.isNaN }
        return a == b ? i < j : a < b
    }

    /// The rows of each part. Fractions end at the nearest row, so that those that make 1 take all.
    static func sizes(of parts: [Part], count: Int) throws(DataFailure) -> [Int] {
        var sizes = [Int](repeating: 0, count: parts.count)
        var fractions = 0.0, counts = 0
        var rests: [Int] = []
        if Set(parts.map(\.name)).count < parts.count { throw DataFailure(.unfit, "a part of a split is named twice") }
        for (index, part) in parts.enumerated() {
            switch part.share {
            case .fraction(let fraction):
                guard fraction >= 0, fraction <= 1 else {
                    throw DataFailure(.unfit, "`\(part.name): \(fraction)` is no fraction between 0 and 1")
                }
                // Rounding where parts end, not each part alone, makes the sizes add up whatever the fractions are.
                let start = (min(fractions, 1) * Double(count)).rounded()
                fractions += fraction
                sizes[index] = Int((min(fractions, 1) * Double(count)).rounded() - start)
            case .count(let wanted):
                guard wanted >= 0 else { throw DataFailure(.unfit, "`\(part.name): \(wanted)` is no count of rows") }
                let (sum, overflow) = counts.addingReportingOverflow(wanted)
                counts = overflow ? .max : sum
                sizes[index] = wanted
            case .rest: rests.append(index)
            }
        }
        guard fractions <= 1 + 1e-9 else { throw DataFailure(.unfit, "the fractions of the split make \(fractions), more than 1") }
        guard counts <= count else { throw DataFailure(.unfit, "the split asks for \(counts) rows, but there are \(count)") }
        guard Double(counts) + fractions * Double(count) <= Double(count) * (1 + 1e-9) else {
            throw DataFailure(.unfit, "the parts of the split make more than the \(count) rows")
        }
        guard rests.count <= 1 else { throw DataFailure(.unfit, "only one part of a split can take the rest") }
        if let rest = rests.first { sizes[rest] = count - sizes.reduce(0, +) }
        return sizes
    }

    /// One pass that gives each row to a part with the chance of what the part still lacks: every division of these sizes is
    /// equally likely, and nothing but the result takes memory (Knuth, "The Art of Computer Programming", 3.4.2, algorithm S).
    private static func draw(_ count: Int, _ sizes: [Int], _ seed: UInt64) -> [RowSet] {
        var random = Philox(seed: seed, stream: Shuffle.stream(.split))
        var lacking = sizes
        var sets = sizes.map { RowSet(capacity: $0, largest: count) }
        for row in 0..<count {
            var draw = Int(truncatingIfNeeded: random.next(below: UInt64(count - row)))
            for part in lacking.indices {
                if draw < lacking[part] {
                    sets[part].append(row)
                    lacking[part] -= 1
                    break
                }
                draw -= lacking[part]
            }
        }
        return sets
    }

    /// The first rows to the first part, and so on.
    private static func cut(_ order: [Int]?, _ sizes: [Int]) -> [RowSet] {
        var start = 0
        return sizes.map { size in
            defer { start += size }
            guard let order else { return RowSet(start..<start + size) }
            return RowSet(order[start..<start + size])
        }
    }

    /// Whole groups to the part that lacks most of its share, the groups in random order or in that of their first rows.
    private static func divide(_ groups: [Int], _ order: Order, _ sizes: [Int], _ seed: UInt64) -> [RowSet] {
        var members: [[Int]] = []
        var numbers: [Int: Int] = [:]
        for (row, group) in groups.enumerated() {
            if let number = numbers[group] {
                members[number].append(row)
            } else {
                numbers[group] = members.count
                members.append([row])
            }
        }
        var lacking = sizes
        var rows = sizes.map { _ in [Int]() }
        // When the parts take all rows no group may be left out; else one that no part has room for is.
        let takesAll = sizes.reduce(0, +) == groups.count
        switch order {
        case .random:
            Shuffle.shuffle(&members, seed: seed, stream: Shuffle.stream(.group))
            for group in members {
                guard let part = lacking.indices.max(by: { lacking[$0] < lacking[$1] }), lacking[part] > 0 else { break }
                guard takesAll || lacking[part] * 2 >= group.count else { continue }
                rows[part] += group
                lacking[part] -= group.count
            }
            return rows.map { RowSet($0.sorted()) }
        case .asIs, .sorted:
            if case .sorted(let keys) = order {
                let firsts = members.map { $0.map { keys[$0] }.min() ?? 0 }
                members = members.indices.sorted { precedes(firsts[$0], $0, firsts[$1], $1) }.map { members[$0] }
            }
            var part = 0
            for group in members {
                while part < lacking.count - (takesAll ? 1 : 0) && lacking[part] * 2 < group.count { part += 1 }
                guard part < lacking.count else { break }
                rows[part] += group
                lacking[part] -= group.count
            }
            return rows.map { RowSet($0) }
        }
    }
}
