import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension SymbolicEvaluator {
    func make(_ dataset: SymbolicDatasetDeclaration, _ bound: [Value?]) throws(RuntimeFailure) -> Value {
        let scope = SymbolicScope(parent: dataset.scope)
        try bind(dataset.declaration.parameters, bound, scope, at: dataset.declaration.span)
        return try makeDataset(dataset.declaration, scope)
    }

    /// What a dataset's clauses say of its examples. Each clause is looked at, whatever is wrong with another.
    func makeDataset(_ declaration: DaedalSyntax.DatasetDeclaration, _ outer: SymbolicScope) throws(RuntimeFailure) -> Value {
        let scope = SymbolicScope(parent: outer)
        let clauses = DatasetClauses(declaration.clauses)
        var sources: [(split: String?, source: SymbolicSource?)] = []
        if let arguments = clauses["source"] { attempt { () throws(RuntimeFailure) in sources = try self.sources(arguments, scope) } }
        var first = sources.first?.source
        for (name, expression) in clauses.fields {
            attempt { () throws(RuntimeFailure) in first = try extended(first, name.text, expression, scope) }
        }
        let before = columnSource
        columnSource = .some(first)
        defer { columnSource = before }
        var input: Value?, target: Value?
        if let arguments = clauses["input"] {
            input = .unknown(.anything)
            attempt { () throws(RuntimeFailure) in input = try feature(arguments, scope, isTarget: false) }
        }
        if let arguments = clauses["target"] {
            target = .unknown(.anything)
            if clauses.isTargetInput {
                target = input ?? first?.natural?.input
            } else {
                attempt { () throws(RuntimeFailure) in target = try feature(arguments, scope, isTarget: true) }
            }
        }
        for clause in declaration.clauses where !["source", "input", "target", "augment"].contains(clause.word.text) {
            if case .arguments(let arguments) = clause.kind {
                attempt { () throws(RuntimeFailure) in try checkSettings(clause, arguments, scope) }
            }
        }
        let natural = first?.natural
        if let batch = clauses["batch"], batch.contains(where: { $0.label?.text == "join" }) {
            (input, target) = (.unknown(.anything), .unknown(.anything))
        }
        let isUnknown = sources.isEmpty || sources.contains { $0.source == nil }
        let rest: Value = isUnknown || first?.fields == nil ? .unknown(.anything) : Value.none
        let dataset = SymbolicDataset(
            name: declaration.name.text, input: input ?? natural?.input ?? .unknown(.anything),
            target: target ?? (input == nil ? natural?.target ?? rest : Value.none), splits: splits(sources.map(\.split), clauses),
            source: sources.count == 1 ? first : nil, isDividedByChance: clauses.isDividedByChance, at: declaration.name.span)
        if let arguments = clauses["augment"] {
            dataset.augmented = (.unknown(.anything), .unknown(.anything))
            attempt { () throws(RuntimeFailure) in dataset.augmented = try augmented(dataset.input, dataset.target, arguments, scope) }
        }
        return .object(dataset)
    }

    /// What augmentation makes of an example, as far as it can be seen.
    private func augmented(
        _ input: Value, _ target: Value, _ arguments: [Argument], _ scope: SymbolicScope
    ) throws(RuntimeFailure) -> (input: Value, target: Value) {
        var result = (input: single(input), target: single(target))
        for argument in arguments {
            // What mixes whole batches says nothing of one example.
            guard case .function(let function) = try evaluate(argument.value, scope), function.name != "mixup" else {
                return (.unknown(.anything), .unknown(.anything))
            }
            let takesBoth = function.parameters.count { $0.isRequired } == 2 && !target.isAbsent
            let made = try call(.function(function), Arguments(takesBoth ? [result.input, result.target] : [result.input]), at: argument.value.span)
            if !takesBoth {
                result.input = made
            } else if case .record(let pair) = made, pair.fields.count == 2 {
                result = (pair.fields[0], pair.fields[1])
            } else {
                return (.unknown(.anything), .unknown(.anything))
            }
        }
        return result
    }

    /// Runs something whose failure is said once and does not keep the rest from being looked at.
    func attempt(_ body: () throws(RuntimeFailure) -> Void) {
        do throws(RuntimeFailure) { try body() } catch { report(error) }
    }

    /// The names of the splits that the sources and the `split` clause make, as the preparation of a dataset does.
    private func splits(_ names: [String?], _ clauses: DatasetClauses) -> [String]? {
        guard !names.isEmpty else { return nil }
        var result: [String] = []
        for name in names {
            if let arguments = clauses["split"], name == nil || name == "train" {
                let parts = arguments.compactMap(\.label?.text).filter { !["by", "order", "folds"].contains($0) }
                result += parts.contains("train") ? parts : ["train"] + parts
            } else {
                result.append(name ?? "train")
            }
        }
        return names.count == 1 ? result + ["all"] : result
    }

    private func checkSettings(_ clause: Clause, _ arguments: [Argument], _ scope: SymbolicScope) throws(RuntimeFailure) {
        let word = clause.word.text
        if let known = DatasetClauses.options[word] {
            for argument in arguments {
                guard let label = argument.label, !known.contains(label.text) else { continue }
                let nearest = Suggestion.nearest(to: label.text, in: known)
                throw RuntimeFailure(
                    "E104", "`\(word)` has no option `\(label.text)`", at: label.span,
                    notes: nearest == nil ? ["it takes \(known.map { "`\($0):`" }.joined(separator: ", "))"] : [],
                    fixes: nearest.map { [.init("did you mean `\($0)`?", span: label.span, replacement: $0)] } ?? [])
            }
        }
        for argument in arguments {
            let value = try evaluate(argument.value, scope)
            if word == "batch", argument.label == nil, case .int(let size) = value, size < 1 {
                throw RuntimeFailure("E401", "a batch holds at least 1 example, not \(size)", at: argument.value.span)
            }
            if word == "split", ["by", "order"].contains(argument.label?.text), case .string = value, let source = columnSource ?? nil {
                _ = try source.column(value, at: argument.value.span)
            }
        }
        if word == "split" { try checkFractions(arguments, scope, at: clause.span) }
    }

    private func checkFractions(_ arguments: [Argument], _ scope: SymbolicScope, at span: Span) throws(RuntimeFailure) {
        var total = 0.0
        for argument in arguments where ["train", "validation", "test"].contains(argument.label?.text) {
            if case .float(let share) = try evaluate(argument.value, scope) {
                if share < 0 { throw RuntimeFailure("E402", "a part of a split cannot be \(share)", at: argument.value.span) }
                total += share
            }
        }
        if total > 1 + 1e-9 { throw RuntimeFailure("E402", "the parts of the split add up to \(total), more than everything", at: span) }
    }

    // MARK: Input and target

    private func feature(_ arguments: [Argument], _ scope: SymbolicScope, isTarget: Bool) throws(RuntimeFailure) -> Value {
        if arguments.count == 1, arguments[0].label == nil { return try part(arguments[0].value, scope, isTarget: isTarget) }
        var fields: [Value] = []
        for argument in arguments { fields.append(try part(argument.value, scope, isTarget: isTarget)) }
        let names = arguments.compactMap(\.label?.text)
        return .record(RecordObject(names: names.count == fields.count ? names : nil, fields: fields))
    }

    /// One part of an example: columns with what `|>` does to them, a function of the row, or a record of parts.
    private func part(_ expression: Expression, _ scope: SymbolicScope, isTarget: Bool) throws(RuntimeFailure) -> Value {
        switch expression.kind {
        case .group(let inner): return try part(inner, scope, isTarget: isTarget)
        case .record(let arguments) where !arguments.contains(where: \.isSpread): return try feature(arguments, scope, isTarget: isTarget)
        default: break
        }
        let value = try evaluate(expression, scope)
        switch value {
        case .function, .object(is SymbolicModel):
            return try call(value, Arguments([.object(SymbolicRow(columnSource ?? nil))]), at: expression.span)
        case .unknown(.string): return isTarget ? .unknown(.int) : .unknown(.anything)
        case .unknown(.anything):
            // Of a column in a table of text that nobody has seen yet it is at least known that it gives one number an example.
            guard let source = columnSource ?? nil, source.fields == nil, source.isTableOfText, let scaled = bareColumn(expression) else {
                return value
            }
            return symbolicTensor(Signature(type: scaled ? .f32 : .i64, shape: .scalar))
        default: return value
        }
    }

    /// Whether an expression is one column, at most scaled; nil for anything else.
    private func bareColumn(_ expression: Expression) -> Bool? {
        switch expression.kind {
        case .call(let callee, _): if case .name("column") = callee.kind { return false }
        case .binary(.pipe, let left, _, let right):
            guard let inner = bareColumn(left) else { return nil }
            let stage: Expression = if case .call(let callee, _) = right.kind { callee } else { right }
            guard case .name(let name) = stage.kind else { return nil }
            if ["standardize", "normalize", "scale"].contains(name) { return true }
            if name == "vocabulary" { return inner }
        default: break
        }
        return nil
    }
}

/// The clauses of a dataset declaration by their words.
struct DatasetClauses {
    private var arguments: [String: [Argument]] = [:]
    private(set) var fields: [(Identifier, Expression)] = []

    /// The names that arguments of a clause may have.
    static let options: [String: [String]] = [
        "split": ["train", "validation", "test", "by", "order", "folds"], "batch": ["pad", "bucket", "join"], "augment": [],
    ]

    init(_ clauses: [Clause]) {
        for clause in clauses {
            switch clause.kind {
            case .arguments(let given): arguments[clause.word.text] = given
            case .field(let name, let expression): fields.append((name, expression))
            case .function: break
            }
        }
    }

    subscript(word: String) -> [Argument]? { arguments[word] }

    /// `target input`: an autoencoder.
    var isTargetInput: Bool {
        guard let only = arguments["target"], only.count == 1, case .name("input") = only[0].value.kind else { return false }
        return true
    }

    /// Whether `split` draws rows by chance and nothing pins which.
    var isDividedByChance: Bool {
        guard let split = arguments["split"], arguments["limit"] == nil else { return false }
        return !split.contains { ["by", "order", "folds"].contains($0.label?.text) }
    }
}
