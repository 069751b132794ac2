import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension SymbolicEvaluator {
    func make(_ optimizer: SymbolicOptimizerDeclaration, _ bound: [Value?], at span: Span) throws(RuntimeFailure) -> Value {
        let scope = SymbolicScope(parent: optimizer.scope)
        try bind(optimizer.declaration.parameters, Array(bound.prefix(optimizer.declaration.parameters.count)), scope, at: optimizer.declaration.span)
        var values: [String: Value] = [:]
        for parameter in optimizer.declaration.parameters { values[parameter.name.text] = scope.cells[parameter.name.text]?.value }
        for (at, name) in SymbolicOptimizerDeclaration.universal.enumerated() {
            values[name] = bound[optimizer.declaration.parameters.count + at] ?? Value.none
        }
        switch values["schedule"] ?? .none {
        case .bool, .string, .list, .record, .tensor:
            throw RuntimeFailure(
                "E310", "`schedule` of `\(optimizer.name)` is a function that gives a factor for each step, like `cosine(warmup: 500 steps)`",
                at: span)
        default: break
        }
        try checkGroups(values["groups"] ?? .none, of: optimizer, at: span)
        return .object(SymbolicOptimizer(name: optimizer.name, values: values))
    }

    /// The options of parameter groups are options of the optimizer.
    private func checkGroups(_ groups: Value, of optimizer: SymbolicOptimizerDeclaration, at span: Span) throws(RuntimeFailure) {
        guard case .dictionary(let dictionary) = groups else { return }
        let known = optimizer.declaration.parameters.map(\.name.text)
        for case .record(let options) in dictionary.values {
            for name in options.names ?? [] where !known.contains(name) && !SymbolicOptimizerDeclaration.universal.contains(name) {
                let nearest = Suggestion.nearest(to: name, in: known)
                throw RuntimeFailure(
                    "E104", "`\(optimizer.name)` has no option `\(name)` to set for a group", at: span,
                    notes: nearest == nil ? ["it has \(known.map { "`\($0)`" }.joined(separator: ", "))"] : [],
                    fixes: nearest.map { [.init("did you mean `\($0)`?")] } ?? [])
            }
        }
    }

    /// Evaluates `body` as the inside of a block that learns.
    func learning(_ body: () throws(RuntimeFailure) -> Value) throws(RuntimeFailure) -> Value {
        let before = (isTraining, unknownCalls)
        let startBefore = blockStart
        blockStart = blockStart ?? trace.root.graph.count
        isTraining = true
        usage.depth += 1
        calling += 1
        defer {
            calling -= 1
            blockStart = startBefore
            isTraining = before.0
            usage.depth -= 1
            if unknownCalls != before.1 { usage.isUncertain = true }
        }
        return try body()
    }

    func minimize(
        _ subjects: [(subject: Expression, optimizer: Expression)], _ body: Block, _ scope: SymbolicScope, at span: Span
    ) throws(RuntimeFailure) -> Value {
        if usage.depth > 0 || !shapePaths.isEmpty {
            throw RuntimeFailure("E312", "`minimize` cannot stand inside another block that learns, a `forward` or `grad`", at: span)
        }
        for (subject, optimizer) in subjects {
            try nameSubject(try evaluate(subject, scope), at: subject.span)
            try checkOptimizer(try evaluate(optimizer, scope), at: optimizer.span)
        }
        frames.append(Frame(uncertainty: uncertainty))
        defer { frames.removeLast() }
        let value = try learning { () throws(RuntimeFailure) in
            guard case .normal(let value) = try block(body, in: scope) else { return .unknown(.anything) }
            return value
        }
        let place = body.statements.last?.span ?? span
        if case .record(let record) = value {
            guard let at = record.position(of: "loss") else {
                throw RuntimeFailure("E222", "the record that ends a `minimize` block needs a field `loss`", at: place)
            }
            try checkLossValue(record.fields[at], at: place)
        } else {
            try checkLossValue(value, at: place)
        }
        learns(from: value)
        return value
    }

    /// The models named after `over`: a model, a part of one, or a record of them.
    func nameSubject(_ value: Value, at span: Span) throws(RuntimeFailure) {
        switch value {
        case .object(let model as SymbolicModel): usage.subjects[ObjectIdentifier(model)] = (model, span)
        case .record(let record): for field in record.fields { try nameSubject(field, at: span) }
        case .list(let list): for item in list.items { try nameSubject(item, at: span) }
        case .unknown, .tensor: usage.isUncertain = true
        case .function(let network as SymbolicNetwork):
            throw RuntimeFailure(
                "E223", "`\(network.name)` is a network, not a model: make one first", at: span,
                fixes: [Diagnostic.Fix("write `let model = \(network.name)()` before")])
        default: throw RuntimeFailure("E223", "`minimize over` needs a model, here is \(value.kindWithArticle)", at: span)
        }
    }

    func checkOptimizer(_ value: Value, at span: Span) throws(RuntimeFailure) {
        switch value {
        case .unknown, .object: break
        case .function(let declaration as SymbolicOptimizerDeclaration):
            throw RuntimeFailure(
                "E224", "`\(declaration.name)` is called to make an optimizer", at: span, fixes: [Diagnostic.Fix("write `\(declaration.name)(…)`")])
        default: throw RuntimeFailure("E224", "an optimizer such as `adam(1e-3)` is needed, here is \(value.kindWithArticle)", at: span)
        }
    }

    /// Spans of time in a schedule count steps or epochs; a bare number says neither.
    func checkUnits(of function: FunctionObject, _ preset: [(name: String, value: Value)], at span: Span) throws(RuntimeFailure) {
        guard let closure = function as? SymbolicClosure, closure.scope.isLibrary, closure.parameters.first?.name == "at" else { return }
        for (name, value) in preset where ["warmup", "for", "every", "for_", "patience"].contains(name) {
            try checkUnit(name, of: closure.name, value, at: span)
        }
    }

    /// A number of steps or epochs.
    func checkUnit(_ name: String, of owner: String, _ value: Value, at span: Span) throws(RuntimeFailure) {
        switch value {
        case .int(0) where name == "warmup": break
        // Patience is counted in epochs where it says nothing, as in `stop patience: 3`.
        case .int where name == "patience": break
        case .int, .float, .size:
            throw RuntimeFailure(
                "E310", "`\(name)` of `\(owner)` needs a unit", at: span, fixes: [Diagnostic.Fix("write `\(name): 500 steps` or `\(name): 3 epochs`")]
            )
        case .object(let quantity as QuantityObject) where quantity.unit == "seconds" && owner != "checkpoint":
            throw RuntimeFailure("E310", "`\(name)` of `\(owner)` counts steps or epochs, not seconds", at: span)
        default: break
        }
    }

    func checkLossValue(_ value: Value, at span: Span) throws(RuntimeFailure) {
        switch value {
        case .tensor(let tensor):
            if tensor.shape.rank > 0, tensor.shape.elementCountSize != 1 {
                throw RuntimeFailure(
                    "E222", "a loss is one number, here it has the shape \(tensor.shape)", at: span,
                    fixes: [Diagnostic.Fix("take `mean(…)` or `sum(…)` of it")])
            }
            if !tensor.type.isFloat { throw RuntimeFailure("E222", "a loss is a float, here it is \(tensor.type.name)", at: span) }
        case .unknown, .float, .int, .size: break
        case .none:
            throw RuntimeFailure("E222", "the block ends without a loss: its last line must be an expression that gives one float", at: span)
        default: throw RuntimeFailure("E222", "a loss is one number, here is \(value.kindWithArticle)", at: span)
        }
    }
}

extension Value {
    /// Whether an example has no target.
    var isAbsent: Bool { if case .none = self { true } else { false } }
}
