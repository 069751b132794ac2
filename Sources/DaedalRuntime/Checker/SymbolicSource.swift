import DaedalSyntax
import DaedalTensor

/// What `csv(…)`, `rows(…)`, `memory(…)` give while checking: as much as can be known of their rows without reading them.
final class SymbolicSource: Object {
    /// The fields of a row with what each holds; nil where they are not known.
    let fields: [(name: String, value: Value)]?
    /// Input and target unless the dataset says others; no target is `none`.
    let natural: (input: Value, target: Value)?
    /// What two sources of the same rows have in common, nil where nothing can be said.
    let identity: String?
    /// How messages call it.
    let name: String
    /// Where numbers that stand in it were scaled with statistics of all its rows.
    var statistics: Span?

    init(_ name: String, fields: [(name: String, value: Value)]? = nil, natural: (input: Value, target: Value)? = nil, identity: String? = nil) {
        self.name = name
        self.fields = fields
        self.natural = natural
        self.identity = identity
    }

    /// Whether it is a file of cells, each of which is one number or one text.
    var isTableOfText: Bool { identity.map { $0.hasPrefix("csv ") || $0.hasPrefix("tsv ") } ?? false }

    override var kindName: String { "source" }
    override var memberNames: [String] { ["count", "columns"] }
    override func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        switch name {
        case "count": .unknown(.int)
        case "columns": fields.map { .list($0.map { .string($0.name) }) } ?? .unknown(.list)
        default: nil
        }
    }
}

/// One row of a source while checking.
final class SymbolicRow: Object {
    /// The source whose row it is; nil where it is not known.
    let source: SymbolicSource?
    init(_ source: SymbolicSource?) { self.source = source }

    override var kindName: String { "row" }
    override var memberNames: [String] { source?.fields?.map(\.name) ?? [] }
    override func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        guard let fields = source?.fields else { return .unknown(.anything) }
        return fields.first { $0.name == name }.map { Self.plain($0.value) }
    }

    /// A field as a function of the row sees it: numbers are plain numbers, whole or not.
    static func plain(_ value: Value) -> Value {
        guard case .tensor(let tensor) = value, tensor.shape.rank == 0 else { return value }
        return .unknown(tensor.type.isFloat ? .float : .number)
    }
}

extension SymbolicSource {
    /// A column by name or number, or nil where fields are not known; a wrong name or number is refused as the data room does.
    func column(_ selector: Value, at span: Span) throws(RuntimeFailure) -> Value? {
        guard let fields else { return nil }
        switch selector {
        case .string(let text):
            if let field = fields.first(where: { $0.name == text.text }) { return field.value }
            throw RuntimeFailure(
                "E403", "\(name) has no column `\(text.text)`", at: span,
                notes: Suggestion.nearest(to: text.text, in: fields.map(\.name)) == nil
                    ? ["its columns are \(fields.prefix(12).map { "`\($0.name)`" }.joined(separator: ", "))\(fields.count > 12 ? ", …" : "")"] : [],
                fixes: Suggestion.nearest(to: text.text, in: fields.map(\.name)).map { [.init("did you mean \"\($0)\"?")] } ?? [])
        case .int(let given):
            let at = given < 0 ? given &+ fields.count : given
            if fields.indices.contains(at) { return fields[at].value }
            throw RuntimeFailure("E403", "\(name) has \(fields.count) columns, there is no column \(given)", at: span)
        default: return nil
        }
    }

    /// Several columns: a range of numbers, or a list of names or numbers.
    func columns(_ selector: Value, at span: Span) throws(RuntimeFailure) -> [Value]? {
        guard let fields else { return nil }
        switch selector {
        case .range(let range):
            let chosen = range.indices(below: fields.count)
            if let end = range.end, end > fields.count || chosen.isEmpty {
                throw RuntimeFailure("E403", "\(name) has \(fields.count) columns, so there are none \(range.start ?? 0)..\(end)", at: span)
            }
            return chosen.map { fields[$0].value }
        case .list(let list):
            var values: [Value] = []
            for item in list.items {
                guard let value = try column(item, at: span) else { return nil }
                values.append(value)
            }
            return values
        default: return nil
        }
    }
}
