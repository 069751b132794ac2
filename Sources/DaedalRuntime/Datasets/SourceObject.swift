import DaedalData
import DaedalSyntax

/// What `csv(…)`, `idx(…)`, `memory(…)` give: rows, opened.
final class SourceObject: Object {
    /// What the examples are unless the dataset says otherwise.
    struct Natural {
        /// The fields of the input.
        let input: [Int]
        /// The same as a record of columns, where the source names its parts.
        var record: Value?
        let target: Int?
    }

    let rows: any RecordSource
    let natural: Natural?

    init(_ rows: any RecordSource, natural: Natural? = nil) {
        self.rows = rows
        self.natural = natural
    }

    override var kindName: String { "source" }
    override var text: String { "<\(rows.name), \(rows.count) rows>" }
    override var memberNames: [String] { ["count", "columns"] }

    override func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        switch name {
        case "count": .int(rows.count)
        case "columns": .list(rows.fields.map { .string($0.name) })
        default: nil
        }
    }

    override func subscripted(_ items: [Index], in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        guard items.count == 1, case .value(.int(let given)) = items[0] else { return nil }
        let row = given < 0 ? given &+ rows.count : given
        guard row >= 0 && row < rows.count else {
            throw RuntimeFailure("E503", "row \(given) is out of range: there are \(rows.count)", at: .none)
        }
        return .object(try RowObject(rows, row, at: .none))
    }

    /// A `for` visits rows.
    override func iterator(in context: EvaluationContext) throws(RuntimeFailure) -> ValueIterator? { RowIterator(rows) }
}

/// The rows of a source, one by one.
private final class RowIterator: ValueIterator {
    private let rows: any RecordSource
    private var next = 0
    init(_ rows: any RecordSource) { self.rows = rows }

    override func next(in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        guard next < rows.count else { return nil }
        next += 1
        return .object(try RowObject(rows, next - 1, at: .none))
    }
}

/// One row as functions of a row see it.
final class RowObject: Object {
    private let source: any RecordSource
    /// The values; nil for fields of a source that decodes rows, until they are asked for.
    private var values: [FieldValue?]
    private let names: FieldNames
    let number: Int

    init(_ source: any RecordSource, _ row: Int, at span: Span) throws(RuntimeFailure) {
        self.source = source
        number = row
        if source.isCostly {
            values = Array(repeating: nil, count: source.fields.count)
            names = source.fieldNames
            return
        }
        let record: Record
        do throws(DataFailure) { record = try source.record(at: row) } catch { throw RuntimeFailure(data: error, at: span) }
        values = record.values
        names = record.names.all.isEmpty ? source.fieldNames : record.names
    }

    override var kindName: String { "row" }
    override var memberNames: [String] { names.all }
    override var text: String {
        "(" + zip(names.all, values.indices).map { "\($0): \((try? value($1))?.shortText ?? "?")" }.joined(separator: ", ") + ")"
    }

    /// The value of a field by its number.
    private func value(_ field: Int) throws(RuntimeFailure) -> Value {
        if let known = values[field] { return Value(known) }
        do throws(DataFailure) {
            let found = try source.value(at: number, field: field)
            values[field] = found
            return Value(found)
        } catch { throw RuntimeFailure(data: error, at: .none) }
    }

    override func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        if let index = names.index(of: name), index < values.count { return try value(index) }
        return nil
    }

    override func subscripted(_ items: [Index], in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        guard items.count == 1, case .value(let index) = items[0] else { return nil }
        switch index {
        case .string(let name):
            if let value = try member(name.text, in: context) { return value }
            throw RuntimeFailure(
                "E403", "there is no column `\(name.text)`", at: .none,
                fixes: Suggestion.nearest(to: name.text, in: names.all).map { [.init("did you mean `\($0)`?")] } ?? [])
        case .int(let given):
            let at = given < 0 ? given &+ values.count : given
            guard values.indices.contains(at) else {
                throw RuntimeFailure("E503", "column \(given) is out of range: a row has \(values.count)", at: .none)
            }
            return try value(at)
        case .range(let range):
            let chosen = range.indices(below: values.count)
            let values = try chosen.map { (field) throws(RuntimeFailure) in try value(field) }
            return try TensorLiteral.tensor(from: .list(values), in: context, at: .none).map { .tensor($0) } ?? .list(values)
        default: return nil
        }
    }
}

extension RangeObject {
    /// The positions that the range picks out of `count`, ends clamped, negative ones counted from the end.
    func indices(below count: Int) -> [Int] {
        func position(_ bound: Int?, _ otherwise: Int) -> Int {
            guard let bound else { return otherwise }
            return min(max(bound < 0 ? bound &+ count : bound, 0), count)
        }
        let from = position(start, 0), to = position(end, count)
        return step > 0 && from < to ? Array(stride(from: from, to: to, by: step)) : []
    }
}

extension Value {
    /// A field of a row as the program sees it.
    init(_ field: FieldValue) {
        self =
            switch field {
            case .missing: .none
            case .bool(let value): .bool(value)
            case .integer(let value): .int(value)
            case .number(let value): .float(value)
            case .text(let text): .string(text)
            case .tensor(let tensor): .tensor(TensorObject(tensor))
            case .list(let items): .list(items.map { Value($0) })
            case .record(let record):
                .record(
                    RecordObject(names: record.names.all.isEmpty ? nil : record.names.all, fields: record.values.map { Value($0) }))
            }
    }

    /// A short text for messages.
    var shortText: String {
        switch self {
        case .none: "none"
        case .bool(let value): String(value)
        case .int(let value): String(value)
        case .float(let value): String(value)
        case .string(let text): "\"\(text.text)\""
        case .tensor(let tensor): tensor.description
        default: kindName
        }
    }
}

extension RuntimeFailure {
    /// A failure of the data, with their file, line and column in the sentence.
    init(data failure: DataFailure, at span: Span) {
        let code =
            switch failure.kind {
            case .missing: "E401"
            case .refused: "E402"
            case .unfit: "E403"
            case .malformed, .truncated, .empty, .unsupported: "E404"
            case .unreadable, .changed: "E405"
            case .unwritable, .full: "E406"
            case .tooLarge: "E506"
            case .cancelled: "E599"
            }
        self.init(code, failure.description, at: span)
    }
}
