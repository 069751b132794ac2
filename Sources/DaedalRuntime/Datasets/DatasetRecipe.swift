import DaedalData
import DaedalSyntax

/// What a dataset is made of before anything is read: clauses of a block, or what functions after `|>` say instead of them.
struct DatasetRecipe {
    /// One clause: its arguments when they are asked for, and the places of its parts.
    struct Clause {
        let word: String
        let span: Span
        fileprivate let kind: Kind
        fileprivate enum Kind {
            case code([ClauseArgument])
            case given(Arguments)
        }
    }

    /// A clause with its arguments evaluated.
    struct Given {
        let arguments: Arguments
        let span: Span
        private let code: [ClauseArgument]

        fileprivate init(_ clause: Clause, in context: EvaluationContext) throws(RuntimeFailure) {
            span = clause.span
            switch clause.kind {
            case .code(let code):
                self.code = code
                arguments = try code.evaluate(in: context)
            case .given(let given):
                code = []
                arguments = given
            }
        }

        /// Where an option, or the first argument, stands.
        func place(_ label: String? = nil) -> Span {
            (label == nil ? code.first : code.first { $0.label == label })?.span ?? span
        }

        /// Whether the only argument is this bare name: `target input`.
        func isName(_ name: String) -> Bool {
            if code.count == 1, case .name(name) = code[0].expression.kind { return true }
            return false
        }

        /// The one argument, or all of them as a record.
        var single: Value {
            if arguments.named.isEmpty, arguments.positional.count == 1 { return arguments.positional[0] }
            if arguments.positional.isEmpty { return .record(RecordObject(names: arguments.named.map(\.name), fields: arguments.named.map(\.value))) }
            return .record(RecordObject(names: nil, fields: arguments.positional))
        }

        /// The value of an option.
        func option(_ label: String) -> Value? { arguments.named.first { $0.name == label }?.value }

        /// Refuses options that the clause does not have.
        func allow(_ labels: [String], word: String) throws(RuntimeFailure) {
            for (name, _) in arguments.named where !labels.contains(name) {
                throw RuntimeFailure(
                    "E104", "`\(word)` has no option `\(name)`", at: place(name),
                    notes: labels.isEmpty ? [] : ["it has \(labels.map { "`\($0)`" }.joined(separator: ", "))"],
                    fixes: Suggestion.nearest(to: name, in: labels).map { [.init("did you mean `\($0)`?")] } ?? [])
            }
        }
    }

    static let words = [
        "source", "input", "target", "field", "split", "batch", "shuffle", "augment", "seed", "limit", "cache", "workers", "on_error",
    ]

    let name: String
    let span: Span
    private var clauses: [String: Clause] = [:]
    /// Columns that are added to the source, in order.
    private(set) var fields: [(name: String, function: Value, span: Span)] = []

    /// The clauses of a block.
    init(_ name: String, _ clauses: [ClauseCode], in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        self.name = name
        self.span = span
        for clause in clauses {
            switch clause.kind {
            case .field(let field, let thunk): fields.append((field, try context.call(thunk, Arguments(), at: clause.span), clause.span))
            case .arguments(let code):
                try Self.check(clause)
                let made = Clause(word: clause.word, span: clause.span, kind: .code(code))
                if self.clauses.updateValue(made, forKey: clause.word) != nil {
                    throw RuntimeFailure("E106", "`\(clause.word)` is given twice", at: clause.wordSpan)
                }
            case .function: throw RuntimeFailure("E107", "a dataset has no clause `\(clause.word)`", at: clause.wordSpan)
            }
        }
    }

    /// A source alone.
    init(_ name: String, source: Value, at span: Span) {
        self.name = name
        self.span = span
        set("source", Arguments([source]), at: span)
    }

    /// Refuses words that are no clauses of a dataset.
    private static func check(_ clause: ClauseCode) throws(RuntimeFailure) {
        if words.contains(clause.word) { return }
        throw RuntimeFailure(
            "E107", "a dataset has no clause `\(clause.word)`", at: clause.wordSpan,
            notes: ["its clauses are \(words.map { "`\($0)`" }.joined(separator: ", "))"],
            fixes: Suggestion.nearest(to: clause.word, in: words).map { [.init("did you mean `\($0)`?", span: clause.wordSpan, replacement: $0)] }
                ?? [])
    }

    /// Says a clause, in place of what it said before.
    mutating func set(_ word: String, _ arguments: Arguments, at span: Span) {
        clauses[word] = Clause(word: word, span: span, kind: .given(arguments))
    }

    /// Adds a column.
    mutating func addField(_ name: String, _ function: Value, at span: Span) { fields.append((name, function, span)) }

    func has(_ word: String) -> Bool { clauses[word] != nil }

    /// A clause with its arguments evaluated; nil if it is not there.
    func given(_ word: String, in context: EvaluationContext) throws(RuntimeFailure) -> Given? {
        guard let clause = clauses[word] else { return nil }
        return try Given(clause, in: context)
    }

    /// The integer of a clause that takes one.
    func integer(_ word: String, least: Int, in context: EvaluationContext) throws(RuntimeFailure) -> Int? {
        guard let given = try given(word, in: context) else { return nil }
        guard given.arguments.positional.count == 1, given.arguments.named.isEmpty, case .int(let value) = given.arguments.positional[0],
            value >= least
        else {
            throw RuntimeFailure("E202", "`\(word)` takes an integer\(least > 0 ? " above 0" : "")", at: given.place())
        }
        return value
    }

    /// Whether a clause that stands alone, or takes `true` or `false`, is said.
    func flag(_ word: String, in context: EvaluationContext) throws(RuntimeFailure) -> Bool {
        guard let given = try given(word, in: context) else { return false }
        switch given.arguments.positional.first {
        case nil: return true
        case .bool(let value)?: return value
        default: throw RuntimeFailure("E202", "`\(word)` stands alone, or takes `true` or `false`", at: given.place())
        }
    }
}
