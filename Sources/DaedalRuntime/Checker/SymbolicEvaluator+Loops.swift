import DaedalSyntax

extension SymbolicEvaluator {
    /// The most rounds of a loop that are followed one by one: enough for the layers of a network, too few to train.
    private static let followedRounds = 128

    func forLoop(_ pattern: Pattern, _ sequence: Expression, _ body: Block, _ scope: SymbolicScope) throws(RuntimeFailure) -> Flow {
        let subject = try evaluate(sequence, scope)
        switch subject {
        case .int, .size, .float, .bool, .none, .function, .object(is SymbolicModel):
            let isCount = if case .int = subject { true } else { false }
            throw RuntimeFailure(
                "E213", "`for` cannot visit \(subject.kindWithArticle)", at: sequence.span,
                fixes: isCount ? [.init("write `0..\(session.sources.source(of: sequence.span).text(sequence.span))` to count")] : [])
        default: break
        }
        let atTop = scope.parent == nil || frames.isEmpty && scope.model == nil
        if let items = items(of: subject), items.count <= (atTop ? 4 : Self.followedRounds), !containsLearning(body) {
            for item in items {
                switch try round(pattern, item, body, scope) {
                case .returned(let value): return .returned(value)
                case .broke: return .normal(.none)
                case .normal, .continued: break
                }
            }
            return .normal(.none)
        }
        return try someRounds(body, scope, item: (pattern, element(of: subject)))
    }

    func whileLoop(_ condition: Expression, _ body: Block, _ scope: SymbolicScope) throws(RuntimeFailure) -> Flow {
        for _ in 0..<(frames.isEmpty ? 0 : Self.followedRounds) {
            guard case .bool(let go) = try evaluate(condition, scope) else { break }
            if !go { return .normal(.none) }
            switch try block(body, in: scope) {
            case .returned(let value): return .returned(value)
            case .broke: return .normal(.none)
            case .normal, .continued: break
            }
        }
        try checkCondition(try evaluate(condition, scope), at: condition.span)
        return try someRounds(body, scope, item: nil)
    }

    private func round(_ pattern: Pattern, _ item: Value, _ body: Block, _ scope: SymbolicScope) throws(RuntimeFailure) -> Flow {
        let inner = SymbolicScope(parent: scope)
        inner.model = scope.model
        define(pattern, item, inner, isVariable: false)
        hoist(body.statements, inner)
        return try self.sequence(body.statements, inner)
    }

    /// One round that stands for any number of them: plain variables that the body assigns are known only by kind.
    private func someRounds(_ body: Block, _ scope: SymbolicScope, item: (Pattern, Value)?) throws(RuntimeFailure) -> Flow {
        var names: Set<String> = []
        AssignedNames.collect(body, into: &names)
        for name in names { if let cell = scope.cell(name), cell.isVariable { assign(cell, blurred(cell.value)) } }
        let (_, changes) = try uncertainly { () throws(RuntimeFailure) -> Flow in
            if let (pattern, value) = item { return try round(pattern, value, body, scope) }
            return try block(body, in: scope)
        }
        merge([changes, [:]])
        return .normal(.none)
    }

    /// The items a `for` visits when they are known one by one.
    func items(of value: Value) -> [Value]? {
        switch value {
        case .list(let list): return list.items
        case .record(let record): return record.fields
        case .range(let range):
            guard let start = range.start, let end = range.end, range.step != 0 else { return nil }
            let count =
                range.step > 0 ? (end > start ? (end - start - 1) / range.step + 1 : 0) : (end < start ? (start - end - 1) / -range.step + 1 : 0)
            guard count <= 4096 else { return nil }
            return (0..<count).map { .int(start + $0 * range.step) }
        case .string(let string): return string.text.map { .string(String($0)) }
        case .dictionary(let dictionary):
            return zip(dictionary.keys, dictionary.values).map { .record(RecordObject(names: nil, fields: [$0.value, $1])) }
        default: return nil
        }
    }

    /// What any one item is.
    private func element(of value: Value) -> Value {
        switch value {
        case .range: return .unknown(.int)
        case .list(let list): return list.items.dropFirst().reduce(list.items.first ?? .unknown(.anything)) { join($0, $1) }
        case .string: return .unknown(.string)
        case .tensor(let tensor) where tensor.shape.rank > 0: return symbolicTensor(.init(type: tensor.type, shape: tensor.shape.removing(axis: 0)))
        case .object(let split as SymbolicSplit): return split.batch(self)
        case .object(let dataset as SymbolicDataset): return SymbolicSplit(dataset, "train").batch(self)
        case .object(let history as SymbolicHistory): return history.row
        default: return .unknown(.anything)
        }
    }

    /// Whether a body trains: then one round says all, and following many would only cost time.
    private func containsLearning(_ body: Block) -> Bool { LearningFinder.contains(body) }
}

extension DictionaryKey {
    /// The key as a value.
    package var value: Value {
        switch self {
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .float(let value): .float(value)
        case .string(let text): .string(text)
        case .none: .none
        case .list(let keys): .list(keys.map(\.value))
        }
    }
}
