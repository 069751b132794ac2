import DaedalTensor

/// Rows given as records, put into columns: the form in which JSON lines and lists of records are held.
package struct RecordTable {
    /// The names in order of first appearance, with what stands there.
    private var names: [String] = []
    private var indices: [String: Int] = [:]
    private var columns: [[FieldValue]] = []
    private(set) var count = 0

    /// No rows, no columns.
    package init() {}

    /// Starts with these columns, so that rows may leave some out.
    init(names: [String]) {
        for name in names { _ = index(of: name) }
    }

    /// Appends a row. What other rows have and this one has not is missing in it.
    package mutating func append(_ values: [(name: String, value: FieldValue)]) {
        for (name, value) in values {
            let column = index(of: name)
            if columns[column].count <= count { columns[column].append(value) }
        }
        count += 1
        for column in columns.indices where columns[column].count < count { columns[column].append(.missing) }
    }

    /// The number of the column with a name, new if need be.
    private mutating func index(of name: String) -> Int {
        if let index = indices[name] { return index }
        indices[name] = names.count
        names.append(name)
        columns.append(Array(repeating: .missing, count: count))
        return names.count - 1
    }

    /// The columns, each in the narrowest form that holds its values as they are. `kinds` tells what the rest of a file holds.
    package func table(name: String, file: String? = nil, lines: LineMap? = nil, skipped: Int = 0, kinds: [Field.Kind]? = nil) throws(DataFailure)
        -> Table
    {
        var result: [Column] = []
        for index in names.indices {
            result.append(try Self.column(names[index], columns[index], kind: kinds?[index] ?? Self.kind(of: columns[index]) ?? .any))
        }
        return try Table(name: name, columns: result, file: file, lines: lines, skipped: skipped)
    }

    /// What each column holds, nil where nothing but gaps does.
    var kinds: [(name: String, kind: Field.Kind?)] { zip(names, columns).map { ($0, Self.kind(of: $1)) } }

    /// What holds both kinds of values. Nil stands for no value yet.
    static func joined(_ a: Field.Kind?, _ b: Field.Kind?) -> Field.Kind? {
        guard let a, let b, a != b else { return a ?? b }
        switch (a, b) {
        case (.integer, .real), (.real, .integer): return .real
        case (.tensor(let type, let shape), .tensor(let other, let otherShape)) where shape == otherShape: return .tensor(max(type, other), shape)
        default: return .any
        }
    }

    /// What holds all these values.
    private static func kind(of values: [FieldValue]) -> Field.Kind? {
        var kind: Field.Kind?
        for value in values {
            kind = joined(kind, Self.kind(of: value))
            if kind == .any { break }
        }
        return kind
    }

    /// What holds this value; nil for a missing one.
    static func kind(of value: FieldValue) -> Field.Kind? {
        switch value {
        case .missing: nil
        case .bool: .bool
        case .integer: .integer
        case .number: .real
        case .text: .text
        case .tensor(let tensor): .tensor(tensor.type, tensor.shape)
        case .list, .record: .any
        }
    }

    /// A column of values of one kind.
    private static func column(_ name: String, _ values: [FieldValue], kind: Field.Kind) throws(DataFailure) -> Column {
        var gaps: [Column.Gap]?
        if kind != .any, values.contains(where: { if case .missing = $0 { true } else { false } }) {
            gaps = values.map { if case .missing = $0 { .missing } else { .none } }
        }
        switch kind {
        case .integer:
            let integers = values.map { if case .integer(let value) = $0 { Int64(value) } else { Int64(0) } }
            return Column(name: name, values: .int64(integers), gaps: gaps)
        case .real: return Column(name: name, values: .double(values.map { $0.double ?? 0 }), gaps: gaps)
        case .text:
            var texts = TextValues()
            for value in values { if case .text(let text) = value { texts.append(text.utf8) } else { texts.append([]) } }
            return Column(name: name, values: .text(texts), gaps: gaps)
        case .bool:
            let bools = values.map { if case .bool(true) = $0 { true } else { false } }
            guard let size = Size(exactly: bools.count) else { return Column(name: name, values: .any(values)) }
            let tensor = try allocate(.bool, [size], for: "column `\(name)`")
            for (row, value) in bools.enumerated() { tensor.elements(as: Bool.self)[row] = value }
            return Column(name: name, values: .tensor(tensor), gaps: gaps)
        case .tensor(let type, let shape): return Column(name: name, values: try stacked(name, values, type, shape), gaps: gaps)
        case .any: return Column(name: name, values: .any(values))
        }
    }

    /// Tensors of one shape in one tensor.
    private static func stacked(_ name: String, _ values: [FieldValue], _ type: ElementType, _ shape: Shape) throws(DataFailure) -> Column.Values {
        guard let size = Size(exactly: values.count), shape.rank < Shape.maximumRank else { return .any(values) }
        let stack = try allocate(type, shape.inserting(size, at: 0), for: "column `\(name)`")
        let width = shape.elementCount ?? 0
        for (row, value) in values.enumerated() {
            let offset = row * width * type.byteCount
            guard case .tensor(let tensor) = value, tensor.shape == shape else {
                (stack.pointer + offset).initializeMemory(as: UInt8.self, repeating: 0, count: width * type.byteCount)
                continue
            }
            let gather = Gather(rows: [0], width: width, target: stack, targetWidth: width, targetOffset: row * width, transform: nil)
            if gather.run(tensor) != nil { return .any(values) }
        }
        return .tensor(stack)
    }
}
