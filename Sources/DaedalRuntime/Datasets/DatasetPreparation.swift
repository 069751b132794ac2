import DaedalData
import DaedalSyntax
import DaedalTensor

/// Reads the clauses of a dataset and makes it ready.
struct DatasetPreparation {
    private static let words = ["source", "input", "target", "field", "split", "batch", "shuffle", "seed", "limit", "on_error"]

    private let name: String
    private let context: EvaluationContext
    private let span: Span
    private var clauses: [String: ClauseCode] = [:]
    private var fieldClauses: [(name: String, function: Value, span: Span)] = []

    init(_ name: String, _ clauses: [ClauseCode], in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        self.name = name
        self.context = context
        self.span = span
        for clause in clauses {
            if case .field(let field, let thunk) = clause.kind {
                fieldClauses.append((field, try context.call(thunk, Arguments(), at: clause.span), clause.span))
                continue
            }
            try Self.check(clause)
            if self.clauses.updateValue(clause, forKey: clause.word) != nil {
                throw RuntimeFailure("E106", "`\(clause.word)` is given twice", at: clause.wordSpan)
            }
        }
    }

    /// Refuses words that are no clauses of a dataset.
    static func check(_ clause: ClauseCode) throws(RuntimeFailure) {
        if words.contains(clause.word) { return }
        throw RuntimeFailure(
            "E107", "a dataset has no clause `\(clause.word)`", at: clause.wordSpan,
            notes: ["its clauses are \(words.map { "`\($0)`" }.joined(separator: ", "))"],
            fixes: Suggestion.nearest(to: clause.word, in: words).map { [.init("did you mean `\($0)`?", span: clause.wordSpan, replacement: $0)] }
                ?? [])
    }

    private func arguments(_ word: String) throws(RuntimeFailure) -> (Arguments, [ClauseArgument])? {
        guard let clause = clauses[word], case .arguments(let arguments) = clause.kind else { return nil }
        return (try arguments.evaluate(in: context), arguments)
    }

    private func integer(_ word: String, least: Int) throws(RuntimeFailure) -> Int? {
        guard let (arguments, code) = try arguments(word) else { return nil }
        guard arguments.positional.count == 1, case .int(let value) = arguments.positional[0], value >= least else {
            throw RuntimeFailure(
                "E202", "`\(word)` takes an integer\(least > 0 ? " above 0" : "")", at: code.first?.span ?? clauses[word]?.span ?? span)
        }
        return value
    }

    /// Makes the dataset.
    func prepare() throws(RuntimeFailure) -> Dataset {
        var natural: (input: [Int], target: Int?)?
        let sources = try sources(&natural)
        let seed = RandomState.mix(
            RandomState.mix(RandomState.hash(name.utf8), context.session.seed), UInt64(bitPattern: Int64(try integer("seed", least: 0) ?? 0)))
        let batch = try integer("batch", least: 1) ?? 32
        let divided = try divide(sources, seed: seed)
        guard let training = divided.first(where: { $0.name == "train" }) ?? divided.first else {
            throw RuntimeFailure("E315", "the dataset \(name) has no rows to train on", at: span)
        }
        var builder = FeatureBuilder(name, training: (training.source, training.rows), sources: sources.map(\.source), in: context)
        var features: [ObjectIdentifier: (Feature, Feature?)] = [:]
        var parts: [Dataset.Part] = []
        let all = sources.count == 1 ? [("all", sources[0].source, RowSet(0..<(try limit(sources[0].source))))] : []
        for (part, source, rows) in divided + all {
            let key = ObjectIdentifier(source as AnyObject)
            let made: (Feature, Feature?)
            if let known = features[key] {
                made = known
            } else {
                made = try self.features(source, natural, &builder)
                features[key] = made
            }
            parts.append(Dataset.Part(name: part, source: source, rows: rows, input: made.0, target: made.1))
        }
        return Dataset(
            name: name, parts: parts, batchSize: batch, shuffles: try isShuffled(), seed: seed, classes: builder.classes?.keys, fitted: builder.fitted
        )
    }

    private func isShuffled() throws(RuntimeFailure) -> Bool {
        guard let (arguments, code) = try arguments("shuffle") else { return false }
        switch arguments.positional.first {
        case nil: return true
        case .bool(let value)?: return value
        default: throw RuntimeFailure("E202", "`shuffle` stands alone, or takes `true` or `false`", at: code[0].span)
        }
    }

    private func limit(_ source: any RecordSource) throws(RuntimeFailure) -> Int {
        min(source.count, try integer("limit", least: 1) ?? .max)
    }

    // MARK: Sources and splits

    private func sources(_ natural: inout (input: [Int], target: Int?)?) throws(RuntimeFailure) -> [(name: String?, source: any RecordSource)] {
        if let (arguments, code) = try arguments("on_error") {
            guard case .string(let word)? = arguments.positional.first, word.text == "skip" else {
                throw RuntimeFailure("E202", "`on_error` is \"skip\": malformed rows are left out and counted", at: code.first?.span ?? span)
            }
            context.learning.skipsMalformedRows = true
        }
        defer { context.learning.skipsMalformedRows = false }
        guard let (arguments, code) = try arguments("source") else {
            throw RuntimeFailure("E315", "the dataset \(name) has no `source`", at: span)
        }
        let place = code.first?.span ?? span
        var result: [(name: String?, source: any RecordSource)] = []
        for value in arguments.positional { result.append((nil, try source(value, &natural, at: place))) }
        for (label, value) in arguments.named { result.append((label, try source(value, &natural, at: place))) }
        guard result.count == 1 || result.allSatisfy({ $0.name != nil }) else {
            throw RuntimeFailure("E315", "`source` is one for all, or one for each split by name: `source train: a, test: b`", at: place)
        }
        if fieldClauses.isEmpty { return result }
        return try result.map { (entry) throws(RuntimeFailure) in (entry.name, try extended(entry.source)) }
    }

    private func source(
        _ value: Value, _ natural: inout (input: [Int], target: Int?)?, at span: Span
    ) throws(RuntimeFailure) -> any RecordSource {
        switch value {
        case .object(let object):
            if let source = object as? SourceObject {
                natural = natural ?? source.natural
                return source.rows
            }
        case .list(let list): return try RowList.table(list.items, named: name, in: context, at: span)
        case .string:
            throw RuntimeFailure("E202", "`source` is `csv(path)`, `idx(images, labels)`, `memory(x, y)` or the like; this is a string", at: span)
        default: break
        }
        throw RuntimeFailure(
            "E202", "`source` is `csv(path)`, `idx(images, labels)`, `memory(x, y)` or the like; this is \(value.kindWithArticle)", at: span)
    }

    /// The source with the columns that `field` adds.
    private func extended(_ source: any RecordSource) throws(RuntimeFailure) -> any RecordSource {
        var result = source
        for (field, function, span) in fieldClauses {
            let key = RandomState.mix(RandomState.hash(name.utf8), RandomState.hash(field.utf8))
            var table = RecordTable()
            for row in 0..<result.count {
                let value = try context.detached { () throws(RuntimeFailure) in
                    try context.session.random.scoped(RandomState.mix(key, UInt64(row))) { () throws(RuntimeFailure) in
                        try RowList.field(
                            try context.call(function, Arguments([.object(try RowObject(result, row, at: span))]), at: span), in: context, at: span)
                    }
                }
                table.append([(field, value)])
            }
            do throws(DataFailure) { result = JoinedSource(result, try table.table(name: result.name)) } catch {
                throw RuntimeFailure(data: error, at: span)
            }
        }
        return result
    }

    private func divide(
        _ sources: [(name: String?, source: any RecordSource)], seed: UInt64
    ) throws(RuntimeFailure) -> [(name: String, source: any RecordSource, rows: RowSet)] {
        var result: [(name: String, source: any RecordSource, rows: RowSet)] = []
        let split = try arguments("split")
        for (name, source) in sources {
            let count = try limit(source)
            if let split, name == nil || name == "train" {
                let plan = SplitClause(split.0, split.1, clauses["split"]?.span ?? span, context)
                for (part, rows) in try plan.divide(source, count: count, seed: seed) { result.append((part, source, rows)) }
            } else {
                result.append((name ?? "train", source, RowSet(0..<count)))
            }
        }
        return result
    }

    // MARK: Features

    private func features(
        _ source: any RecordSource, _ natural: (input: [Int], target: Int?)?, _ builder: inout FeatureBuilder
    ) throws(RuntimeFailure) -> (Feature, Feature?) {
        let input: Feature
        if let (arguments, code) = try arguments("input") {
            input = try builder.build(Self.single(arguments), source, isTarget: false, at: code.first?.span ?? span)
        } else {
            guard let natural else {
                throw RuntimeFailure(
                    "E315", "the dataset \(name) has no `input`", at: span, notes: ["`input column(\"…\")`, `input columns(0..4)`, `input r => …`"])
            }
            input = try builder.build(
                .object(ColumnObject(.numbers(natural.input), isSingle: natural.input.count == 1, at: span)), source, isTarget: false, at: span)
        }
        if let (arguments, code) = try arguments("target") {
            if code.count == 1, case .name("input") = code[0].expression.kind { return (input, input) }
            return (input, try builder.build(Self.single(arguments), source, isTarget: true, at: code.first?.span ?? span))
        }
        if clauses["input"] == nil, let target = natural?.target {
            return (input, try builder.build(.object(ColumnObject(.numbers([target]), isSingle: true, at: span)), source, isTarget: true, at: span))
        }
        return (input, nil)
    }

    /// The one argument, or all of them as a record.
    private static func single(_ arguments: Arguments) -> Value {
        if arguments.named.isEmpty, arguments.positional.count == 1 { return arguments.positional[0] }
        if arguments.positional.isEmpty { return .record(RecordObject(names: arguments.named.map(\.name), fields: arguments.named.map(\.value))) }
        return .record(RecordObject(names: nil, fields: arguments.positional))
    }
}
