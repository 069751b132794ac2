import DaedalSyntax
import DaedalTensor

extension SymbolicEvaluator {
    /// `train model on data { … }`: the model, the loss, the metrics and the optimizer meet one batch of symbolic size.
    func train(
        _ model: Expression, _ data: Expression, _ clauses: [Clause], _ scope: SymbolicScope, at span: Span
    ) throws(RuntimeFailure) -> Value {
        let subject = try evaluate(model, scope)
        let source = try evaluate(data, scope)
        try nameSubject(subject, at: model.span)
        let split: SymbolicSplit? =
            switch source {
            case .object(let dataset as SymbolicDataset):
                SymbolicSplit(dataset, dataset.splits.map { $0.contains("train") } ?? true ? "train" : "all")
            case .object(let part as SymbolicSplit): part
            case .unknown, .object: nil
            default:
                throw RuntimeFailure(
                    "E225", "`train … on` needs a dataset, here is \(source.kindWithArticle)", at: data.span,
                    fixes: source.isTensor ? [.init("declare `dataset Name { source memory(x, y) }` and train on it")] : [])
            }
        let inner = SymbolicScope(parent: scope)
        inner.define("model", subject)
        frames.append(Frame(uncertainty: uncertainty))
        purposes.append((session.sources.source(of: span).text(span.clipped(to: data.span)), span))
        defer {
            frames.removeLast()
            purposes.removeLast()
        }
        var training = SymbolicTraining(subject, split?.pair(self) ?? (.unknown(.tensor), .unknown(.tensor)), at: model.span)
        // The other clauses may use the optimizer, whichever stands first.
        for word in ["optimizer", "loss", "metrics"] {
            for clause in clauses where clause.word.text == word {
                attempt { () throws(RuntimeFailure) in try self.clause(clause, &training, inner) }
            }
        }
        // What a `step` gives beside the loss stands in the history, too.
        if clauses.contains(where: { if case ("step", .function) = ($0.word.text, $0.kind) { true } else { false } }) { training.addMetric(nil) }
        let columns = training.columns(hasValidation: source.hasValidation)
        training.run = SymbolicRun(subject, columns: columns)
        for clause in clauses where !["optimizer", "loss", "metrics"].contains(clause.word.text) {
            attempt { () throws(RuntimeFailure) in try self.clause(clause, &training, inner) }
        }
        reportMissing(clauses, at: span.clipped(to: data.span))
        if case .object(let object as SymbolicModel) = subject, !subject.hasUnknown {
            object.measures = .some(training.metricNames)
            if let split { object.trainedOn.append((split, data.span)) }
        }
        return .object(training.run ?? SymbolicRun(subject, columns: columns))
    }

    /// Clauses without which nothing can be trained.
    private func reportMissing(_ clauses: [Clause], at span: Span) {
        let words = Set(clauses.map(\.word.text))
        if !words.contains("loss") && !words.contains("step") {
            report(Diagnostic(.error, "E226", "`train` needs a `loss` (or a `step` of its own)", at: span))
        } else if !words.contains("optimizer") {
            report(Diagnostic(.error, "E319", "`train` needs an `optimizer`", at: span, fixes: [.init("add the line `optimizer adam(rate: 1e-3)`")]))
        } else if !words.contains("epochs") && !clauses.contains(where: \.countsSteps) {
            report(Diagnostic(.error, "E319", "`train` needs `epochs` or `steps`", at: span, fixes: [.init("add the line `epochs 10`")]))
        }
    }

    private func clause(_ clause: Clause, _ training: inout SymbolicTraining, _ scope: SymbolicScope) throws(RuntimeFailure) {
        switch (clause.word.text, clause.kind) {
        case ("loss", .arguments(let arguments)):
            for argument in arguments { try loss(argument, &training, scope) }
        case ("metrics", .arguments(let arguments)):
            for argument in arguments {
                attempt { () throws(RuntimeFailure) in try metric(argument, &training, scope) }
            }
        case ("optimizer", .arguments(let arguments)):
            for argument in arguments {
                let optimizer = try evaluate(argument.value, scope)
                scope.define("optimizer", optimizer)
                try checkOptimizer(optimizer, at: argument.value.span)
            }
        case ("epochs", .arguments(let arguments)), ("steps", .arguments(let arguments)):
            for argument in arguments { try count(clause.word.text, try evaluate(argument.value, scope), at: argument.value.span) }
        case ("stop", .arguments(let arguments)): try stop(arguments, training, scope)
        case ("checkpoint", .arguments(let arguments)):
            for argument in arguments {
                let value = try evaluate(argument.value, scope)
                if argument.label?.text == "every" { try checkUnit("every", of: "checkpoint", value, at: argument.value.span) }
            }
        case (_, .arguments(let arguments)): for argument in arguments { _ = try evaluate(argument.value, scope) }
        case ("step", .function(let function)):
            let inputs = function.parameters.count == 1 ? [training.input] : [training.input, training.target]
            calling += 1
            defer { calling -= 1 }
            _ = try call(SymbolicClosure(function, scope, name: "step"), inputs, at: clause.span)
        case (_, .function(let function)):
            let isEpoch = function.name?.text == "epoch"
            let row = isEpoch ? training.run?.row ?? .unknown(.anything) : .unknown(.anything)
            _ = try call(SymbolicClosure(function, scope), function.parameters.map { _ in row }, at: clause.span)
        case (_, .field(_, let expression)): _ = try evaluate(expression, scope)
        }
    }

    private func loss(_ argument: Argument, _ training: inout SymbolicTraining, _ scope: SymbolicScope) throws(RuntimeFailure) {
        let loss = try evaluate(argument.value, scope)
        let place = argument.value.span
        let required: Int
        switch loss {
        case .function(let function): required = function.parameters.filter(\.isRequired).count
        case .object(is SymbolicModel): required = 2
        case .unknown, .object: return
        default: throw RuntimeFailure("E227", "`loss` needs a function, here is \(loss.kindWithArticle)", at: place)
        }
        let takesModel = required >= (training.target.isAbsent ? 2 : 3)
        let given = try takesModel ? [training.subject, training.input] : [prediction(&training)]
        let all = training.target.isAbsent ? given : given + [training.target]
        if case .function(let function) = loss, training.target.isAbsent, function.comparesWithTarget || required > all.count {
            let name = function.name == "function" ? "this loss" : "`\(function.name)`"
            throw RuntimeFailure(
                "E229", "\(name) \(function.comparesWithTarget ? "compares a prediction with" : "asks for") a target, and the dataset has no target",
                at: place,
                fixes: [.init("give the dataset a `target` (`target input` makes an autoencoder)")])
        }
        let value = try learning { () throws(RuntimeFailure) in try call(loss, Arguments(all), at: place) }
        try checkLossValue(value, at: place)
        learns(from: value)
    }

    private func metric(_ argument: Argument, _ training: inout SymbolicTraining, _ scope: SymbolicScope) throws(RuntimeFailure) {
        let metric = try evaluate(argument.value, scope)
        var name = argument.label?.text
        if name == nil, case .name(let text) = argument.value.kind { name = text }
        guard case .function(let function) = metric else {
            training.addMetric(name)
            switch metric {
            case .unknown, .object: return
            default:
                throw RuntimeFailure(
                    "E202", "a metric is a function of prediction and target; this is \(metric.kindWithArticle)", at: argument.value.span)
            }
        }
        training.addMetric(name ?? function.name)
        guard function.parameters.filter(\.isRequired).count <= 2, !training.target.isAbsent else { return }
        let prediction = try prediction(&training)
        _ = try call(metric, Arguments([prediction, training.target]), at: argument.value.span)
    }

    /// What the model gives for the batch; a mistake on the way is said once.
    private func prediction(_ training: inout SymbolicTraining) throws(RuntimeFailure) -> Value {
        if let known = training.prediction { return known }
        training.prediction = .unknown(.anything)
        let (subject, input, place) = (training.subject, training.input, training.place)
        do throws(RuntimeFailure) {
            training.prediction = try learning { () throws(RuntimeFailure) in try call(subject, input.asModelArguments, at: place) }
        } catch { report(error) }
        return training.prediction ?? .unknown(.anything)
    }

    private func stop(_ arguments: [Argument], _ training: SymbolicTraining, _ scope: SymbolicScope) throws(RuntimeFailure) {
        for argument in arguments {
            switch argument.label?.text {
            case "patience":
                let value = try evaluate(argument.value, scope)
                if case .object(let quantity as QuantityObject) = value, quantity.unit != "epochs" {
                    throw RuntimeFailure("E310", "`patience` counts epochs, not \(quantity.unit)", at: argument.value.span)
                }
            case "on":
                guard case .name(let name) = argument.value.kind, let metrics = training.metricNames else { continue }
                let known = ["loss"] + metrics, all = known + known.map { "validation_" + $0 }
                if all.contains(name) { continue }
                let nearest = Suggestion.nearest(to: name, in: all)
                throw RuntimeFailure(
                    "E104", "`stop on:` names the loss or a metric of this `train`, and there is no `\(name)`", at: argument.value.span,
                    notes: nearest == nil ? ["there is \(known.map { "`\($0)`" }.joined(separator: ", "))"] : [],
                    fixes: nearest.map { [.init("did you mean `\($0)`?", span: argument.value.span, replacement: $0)] } ?? [])
            case let label?:
                let nearest = Suggestion.nearest(to: label, in: ["patience", "on"])
                throw RuntimeFailure(
                    "E104", "`stop` has no option `\(label)`", at: argument.label?.span ?? argument.value.span,
                    notes: nearest == nil ? ["it takes `patience:` and `on:`"] : [],
                    fixes: nearest.map { [.init("did you mean `\($0)`?", span: argument.label?.span, replacement: $0)] } ?? [])
            case nil: _ = try evaluate(argument.value, scope)
            }
        }
    }

    /// `epochs 10`, `steps n`: a count, or a quantity of the clause's own unit.
    private func count(_ word: String, _ value: Value, at span: Span) throws(RuntimeFailure) {
        switch value {
        case .int(let number) where number < 1: throw RuntimeFailure("E228", "`\(word)` needs a number above 0, here is \(number)", at: span)
        case .int, .size, .unknown: break
        case .object(let quantity as QuantityObject) where quantity.unit == word: break
        case .object(let quantity as QuantityObject):
            throw RuntimeFailure("E310", "`\(word)` counts \(word), not \(quantity.unit)", at: span)
        default: throw RuntimeFailure("E228", "`\(word)` needs a whole number, here is \(value.kindWithArticle)", at: span)
        }
    }
}

/// What is known while the clauses of a `train` are looked at.
struct SymbolicTraining {
    let subject: Value
    let input: Value
    let target: Value
    /// Where the model stands.
    let place: Span
    var prediction: Value?
    /// The names of the metrics; nil once one is not known.
    private(set) var metricNames: [String]? = []
    var run: SymbolicRun?

    init(_ subject: Value, _ batch: (Value, Value), at place: Span) {
        self.subject = subject
        (input, target) = batch
        self.place = place
    }

    mutating func addMetric(_ name: String?) {
        if let name { metricNames?.append(name) } else { metricNames = nil }
    }

    /// The measured columns of the history; nil where they are not known.
    func columns(hasValidation: Bool?) -> [String]? {
        guard let metricNames else { return nil }
        let own = ["loss"] + metricNames
        return hasValidation == false ? own : own + own.map { "validation_" + $0 }
    }
}

extension FunctionObject {
    /// Whether it is a loss of the library, with options set or not.
    fileprivate var comparesWithTarget: Bool {
        if let partial = self as? PartialFunction, case .function(let base) = partial.base { return base.comparesWithTarget }
        guard let closure = self as? SymbolicClosure else { return false }
        return closure.scope.isLibrary && closure.parameters.prefix(2).map(\.name) == ["prediction", "target"]
    }
}

extension Clause {
    /// `steps 500`, as opposed to `step (x, y) { … }`.
    fileprivate var countsSteps: Bool { word.text == "steps" }
}

extension Value {
    /// Whether the dataset that training goes over has a validation split; nil where that is not known.
    fileprivate var hasValidation: Bool? {
        switch self {
        case .object(let dataset as SymbolicDataset): dataset.splits.map { $0.contains("validation") }
        case .object(let split as SymbolicSplit): split.dataset.splits.map { $0.contains("validation") }
        default: nil
        }
    }
}

extension Span {
    /// From the start of this one to the end of the other.
    fileprivate func clipped(to last: Span) -> Span { Span(source: source, start: Int(start), end: Int(last.end)) }
}
