import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension SymbolicEvaluator {
    func make(_ optimizer: SymbolicOptimizerDeclaration, _ bound: [Value?]) throws(RuntimeFailure) -> Value {
        let scope = SymbolicScope(parent: optimizer.scope)
        try bind(optimizer.declaration.parameters, Array(bound.prefix(optimizer.declaration.parameters.count)), scope, at: optimizer.declaration.span)
        var values: [String: Value] = [:]
        for parameter in optimizer.declaration.parameters { values[parameter.name.text] = scope.cells[parameter.name.text]?.value }
        for (at, name) in SymbolicOptimizerDeclaration.universal.enumerated() {
            values[name] = bound[optimizer.declaration.parameters.count + at] ?? Value.none
        }
        return .object(SymbolicOptimizer(name: optimizer.name, values: values))
    }

    /// Evaluates `body` as the inside of a block that learns.
    private func learning(_ body: () throws(RuntimeFailure) -> Value) throws(RuntimeFailure) -> Value {
        let before = (isTraining, unknownCalls)
        isTraining = true
        usage.depth += 1
        defer {
            isTraining = before.0
            usage.depth -= 1
            if unknownCalls != before.1 { usage.isUncertain = true }
        }
        return try body()
    }

    func minimize(
        _ subjects: [(subject: Expression, optimizer: Expression)], _ body: Block, _ scope: SymbolicScope, at span: Span
    ) throws(RuntimeFailure) -> Value {
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
        return value
    }

    /// The models named after `over`: a model, a part of one, or a record of them.
    private func nameSubject(_ value: Value, at span: Span) throws(RuntimeFailure) {
        switch value {
        case .object(let model as SymbolicModel): usage.subjects[ObjectIdentifier(model)] = (model, span)
        case .record(let record): for field in record.fields { try nameSubject(field, at: span) }
        case .unknown, .tensor: usage.isUncertain = true
        case .function(let network as SymbolicNetwork):
            throw RuntimeFailure(
                "E223", "`\(network.name)` is a network, not a model: make one first", at: span,
                fixes: [Diagnostic.Fix("write `let model = \(network.name)()` before")])
        default: throw RuntimeFailure("E223", "`minimize over` needs a model, here is \(value.kindWithArticle)", at: span)
        }
    }

    private func checkOptimizer(_ value: Value, at span: Span) throws(RuntimeFailure) {
        switch value {
        case .object(let optimizer as SymbolicOptimizer): try checkSchedule(optimizer.values["schedule"] ?? .none, at: span)
        case .unknown: break
        case .function(let declaration as SymbolicOptimizerDeclaration):
            throw RuntimeFailure(
                "E224", "`\(declaration.name)` is called to make an optimizer", at: span, fixes: [Diagnostic.Fix("write `\(declaration.name)(…)`")])
        default: throw RuntimeFailure("E224", "an optimizer such as `adam(1e-3)` is needed, here is \(value.kindWithArticle)", at: span)
        }
    }

    /// Quantities in a schedule count steps or epochs; a bare number says neither.
    private func checkSchedule(_ value: Value, at span: Span) throws(RuntimeFailure) {
        guard case .function(let partial as PartialFunction) = value else { return }
        for (name, option) in partial.preset where ["warmup", "for", "every", "for_"].contains(name) {
            switch option {
            case .int, .float, .size:
                throw RuntimeFailure(
                    "E310", "`\(name)` of `\(partial.name)` needs a unit", at: span, fixes: [Diagnostic.Fix("write `500 steps` or `3 epochs`")])
            case .object(let quantity as QuantityObject) where quantity.unit == "seconds":
                throw RuntimeFailure("E310", "`\(name)` of `\(partial.name)` counts steps or epochs, not seconds", at: span)
            default: break
            }
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
        default: throw RuntimeFailure("E222", "a loss is one number, here is \(value.kindWithArticle)", at: span)
        }
    }

    func train(
        _ model: Expression, _ data: Expression, _ clauses: [Clause], _ scope: SymbolicScope, at span: Span
    ) throws(RuntimeFailure) -> Value {
        let subject = try evaluate(model, scope)
        let source = try evaluate(data, scope)
        try nameSubject(subject, at: model.span)
        let split: SymbolicSplit? =
            switch source {
            case .object(let dataset as SymbolicDataset): SymbolicSplit(dataset, "train")
            case .object(let part as SymbolicSplit): part
            case .unknown: nil
            default: throw RuntimeFailure("E225", "`train … on` needs a dataset, here is \(source.kindWithArticle)", at: data.span)
            }
        let inner = SymbolicScope(parent: scope)
        inner.define("model", subject)
        frames.append(Frame(uncertainty: uncertainty))
        defer { frames.removeLast() }
        let (x, y) = split?.pair(self) ?? (.unknown(.tensor), .unknown(.tensor))
        var prediction = Value.unknown(.tensor)
        do {
            prediction = try learning { () throws(RuntimeFailure) in try call(subject, Arguments([x]), at: model.span) }
        } catch {
            let line = session.sources.source(of: span).line(at: span.start)
            error.diagnostic.notes.append("reached from `\(session.sources.source(of: span).text(model.span.union(data.span)))` (line \(line))")
            report(error)
        }
        for clause in clauses {
            do { try self.clause(clause, subject, (x, y), prediction, inner) } catch { report(error) }
        }
        if !clauses.contains(where: { ["loss", "step"].contains($0.word.text) }) {
            report(Diagnostic(.error, "E226", "`train` needs a `loss` (or a `step` of its own)", at: span))
        }
        return .object(SymbolicRun(subject))
    }

    private func clause(
        _ clause: Clause, _ subject: Value, _ batch: (Value, Value), _ prediction: Value, _ scope: SymbolicScope
    ) throws(RuntimeFailure) {
        switch (clause.word.text, clause.kind) {
        case ("loss", .arguments(let arguments)):
            for argument in arguments {
                let loss = try evaluate(argument.value, scope)
                guard case .function(let function) = loss else {
                    if case .unknown = loss { return }
                    if case .object(is SymbolicModel) = loss { return }
                    throw RuntimeFailure("E227", "`loss` needs a function, here is \(loss.kindWithArticle)", at: argument.value.span)
                }
                let required = function.parameters.filter(\.isRequired).count
                let given = required >= 3 ? [subject, batch.0, batch.1] : batch.1.isAbsent ? [prediction, batch.0] : [prediction, batch.1]
                let value = try learning { () throws(RuntimeFailure) in try call(loss, Arguments(given), at: argument.value.span) }
                try checkLossValue(value, at: argument.value.span)
            }
        case ("metrics", .arguments(let arguments)):
            for argument in arguments {
                let metric = try evaluate(argument.value, scope)
                guard case .function(let function) = metric, function.parameters.filter({ $0.isRequired }).count <= 2 else { continue }
                _ = try call(metric, Arguments([prediction, batch.1.isAbsent ? batch.0 : batch.1]), at: argument.value.span)
            }
        case ("optimizer", .arguments(let arguments)):
            for argument in arguments {
                let optimizer = try evaluate(argument.value, scope)
                scope.define("optimizer", optimizer)
                try checkOptimizer(optimizer, at: argument.value.span)
            }
        case ("epochs", .arguments(let arguments)), ("steps", .arguments(let arguments)):
            for argument in arguments { try count(clause.word.text, try evaluate(argument.value, scope), at: argument.value.span) }
        case ("stop", .arguments(let arguments)):
            for argument in arguments where argument.label?.text == "patience" { _ = try evaluate(argument.value, scope) }
        case (_, .arguments(let arguments)):
            for argument in arguments where argument.label?.text != "on" { _ = try evaluate(argument.value, scope) }
        case ("step", .function(let function)):
            usage.isUncertain = true
            _ = try call(SymbolicClosure(function, scope, name: "step"), [batch.0, batch.1], at: clause.span)
        case (_, .function(let function)):
            _ = try call(SymbolicClosure(function, scope), function.parameters.map { _ in .unknown(.anything) }, at: clause.span)
        case (_, .field(_, let expression)): _ = try evaluate(expression, scope)
        }
    }

    /// `epochs 10`, `steps n`: a count, or a quantity of the clause's own unit.
    private func count(_ word: String, _ value: Value, at span: Span) throws(RuntimeFailure) {
        switch value {
        case .int, .size, .unknown: break
        case .object(let quantity as QuantityObject) where quantity.unit == word: break
        case .object(let quantity as QuantityObject):
            throw RuntimeFailure("E310", "`\(word)` counts \(word), not \(quantity.unit)", at: span)
        default: throw RuntimeFailure("E228", "`\(word)` needs a whole number, here is \(value.kindWithArticle)", at: span)
        }
    }
}

extension Value {
    /// Whether an example has no target.
    var isAbsent: Bool { if case .none = self { true } else { false } }
}

/// What `train` gives, while checking.
package final class SymbolicRun: Object {
    let model: Value
    init(_ model: Value) { self.model = model }
    override package var kindName: String { "run" }
    override package func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        switch name {
        case "model": model
        case "epochs": .unknown(.int)
        case "seconds": .unknown(.float)
        case "stopped": .unknown(.string)
        case "history": .unknown(.list)
        case "best": .unknown(.anything)
        default: nil
        }
    }
}
