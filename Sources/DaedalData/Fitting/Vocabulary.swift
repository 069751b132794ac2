import DaedalTensor

/// The different values of a column, numbered: words and users by appearance or frequency, classes in sorted order.
package struct Vocabulary: Sendable, Equatable {
    /// A value that can be numbered.
    package enum Key: Hashable, Sendable, Comparable {
        case integer(Int)
        case text(String)

        /// The value of a field, if it is one. A real number without a fraction is an integer.
        package init?(_ value: FieldValue) {
            switch value {
            case .integer(let value): self = .integer(value)
            case .text(let value): self = .text(value)
            case .bool(let value): self = .integer(value ? 1 : 0)
            case .number(let value):
                guard let whole = Int(exactly: value) else { return nil }
                self = .integer(whole)
            default: return nil
            }
        }

        /// The value as it stands in a table.
        package var fieldValue: FieldValue {
            switch self {
            case .integer(let value): .integer(value)
            case .text(let value): .text(value)
            }
        }
    }

    /// In which order values get their numbers.
    package enum Order: Sendable {
        case firstAppearance
        /// The most frequent first, equally frequent ones by appearance.
        case frequency
        /// Numbers before texts, each in their order.
        case sorted
    }

    /// The values by their numbers.
    package let keys: [Key]
    /// How often each was seen.
    package let counts: [Int]
    private let numbers: [Key: Int]

    /// A vocabulary of these values in this order.
    package init(keys: [Key], counts: [Int] = []) {
        self.keys = keys
        self.counts = counts
        numbers = Dictionary(zip(keys, keys.indices), uniquingKeysWith: { first, _ in first })
    }

    /// The number of a value.
    package subscript(key: Key) -> Int? { numbers[key] }

    /// Numbers the values of a field over `rows`. With `most`, only the most frequent get a number.
    package static func fit(
        _ source: any RecordSource, field: Int, rows: some Collection<Int>, order: Order = .firstAppearance, most: Int? = nil
    ) throws(DataFailure) -> Vocabulary {
        var seen: [Key: Int] = [:], keys: [Key] = [], counts: [Int] = []
        for row in rows {
            let value = try source.value(at: row, field: field)
            // Of a list every item counts.
            let items: [FieldValue] =
                switch value {
                case .missing: []
                case .list(let items): items
                case .tensor(let tensor) where tensor.shape.rank == 1 && tensor.type.isInteger:
                    (0..<tensor.count).map { .integer(tensor.int(at: $0)) }
                default: [value]
                }
            for item in items {
                guard let key = Key(item) else { throw noKey(source, field, row, item) }
                if let index = seen[key] {
                    counts[index] += 1
                } else {
                    seen[key] = keys.count
                    keys.append(key)
                    counts.append(1)
                }
            }
        }
        var chosen = Array(keys.indices)
        if let most, most < chosen.count { chosen = Array(byFrequency(chosen, counts).prefix(max(most, 0))).sorted() }
        switch order {
        case .firstAppearance: break
        case .frequency: chosen = byFrequency(chosen, counts)
        case .sorted: chosen.sort { keys[$0] < keys[$1] }
        }
        return Vocabulary(keys: chosen.map { keys[$0] }, counts: chosen.map { counts[$0] })
    }

    /// The most frequent first, equally frequent ones in their order.
    private static func byFrequency(_ indices: [Int], _ counts: [Int]) -> [Int] {
        indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
    }

    /// Writes the numbers of a field's values into an i64 or i32 tensor of one number a row, each plus `offset`. A value that has
    /// no number becomes `unknown`, or is a failure that names its row.
    package func encode(
        _ source: any RecordSource, field: Int, rows: ArraySlice<Int>, into target: Tensor, offset: Int = 0, unknown: Int? = nil
    ) throws(DataFailure) {
        guard target.type.isInteger, target.count == rows.count else {
            throw source.unfit("\(rows.count) numbers of values do not fit a tensor \(target.type.name)\(target.shape)")
        }
        for (index, row) in rows.enumerated() {
            let value = try source.value(at: row, field: field)
            guard let number = Key(value).flatMap({ self[$0].map { $0 + offset } }) ?? unknown else {
                if Key(value) == nil { throw Self.noKey(source, field, row, value) }
                throw source.unfit(
                    "\(Self.shown(value)) in column `\(source.fields[field].name)` is not among the \(keys.count) known values", row: row)
            }
            if target.type == .i64 {
                target.elements(as: Int64.self)[index] = Int64(number)
            } else {
                guard let short = Int32(exactly: number) else { throw source.unfit("\(number) is too large for i32", row: row) }
                target.elements(as: Int32.self)[index] = short
            }
        }
    }

    /// A value as messages show it.
    private static func shown(_ value: FieldValue) -> String {
        switch value {
        case .text(let text): "`\(text.prefix(40))`"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        default: value.kindName
        }
    }

    /// The failure of a value that cannot be numbered.
    private static func noKey(_ source: any RecordSource, _ field: Int, _ row: Int, _ value: FieldValue) -> DataFailure {
        let name = source.fields.indices.contains(field) ? source.fields[field].name : String(field)
        return source.unfit("\(shown(value)) in column `\(name)` can be no class: text or integers can", row: row)
    }
}
