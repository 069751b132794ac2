import DaedalSyntax

/// The clauses of a `train` block, evaluated.
struct TrainClauses {
    static let words = [
        "loss", "optimizer", "epochs", "steps", "metrics", "stop", "accumulate", "average", "checkpoint", "resume", "log", "seed", "budget", "quiet",
        "each", "step",
    ]

    private(set) var loss: Value?
    private(set) var optimizer: OptimizerObject?
    private(set) var optimizerValue: Value = .none
    private(set) var optimizerSpan: Span
    private(set) var epochs: Int?
    private(set) var steps: Int?
    private(set) var metrics: [Measure.Metric] = []
    /// Epochs without improvement after which training stops, and what has to improve.
    private(set) var stop: (patience: Int, on: String)?
    private(set) var seed: UInt64?
    private(set) var isQuiet = false
    private(set) var eachEpoch: Value?
    private(set) var eachStep: Value?
    /// What replaces the inner step: a function of `model`, `optimizer` and the batch's parts.
    private(set) var step: OwnStep?
    /// The share of the old in the running average of weights.
    private(set) var average: Double?
    private(set) var lossSpan: Span
    /// The batches that make one step.
    private(set) var accumulate = 1
    private(set) var checkpoint: CheckpointClause?
    private(set) var resume: ResumeClause?
    /// The folder that is told how training goes.
    private(set) var log: (folder: String, span: Span)?
    /// The most bytes that training may need.
    private(set) var budget: (bytes: Int, span: Span)?

    init(_ clauses: [ClauseCode], in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        optimizerSpan = span
        lossSpan = span
        var seen: Set<String> = []
        for clause in clauses {
            guard Self.words.contains(clause.word) else {
                throw RuntimeFailure(
                    "E107", "`train` has no clause `\(clause.word)`", at: clause.wordSpan,
                    notes: ["its clauses are \(Self.words.map { "`\($0)`" }.joined(separator: ", "))"],
                    fixes: Suggestion.nearest(to: clause.word, in: Self.words)
                        .map { [.init("did you mean `\($0)`?", span: clause.wordSpan, replacement: $0)] } ?? [])
            }
            var key = clause.word
            if case .function(let name?, _, _) = clause.kind { key += " " + name }
            guard seen.insert(key).inserted else { throw RuntimeFailure("E106", "`\(key)` is given twice", at: clause.wordSpan) }
            try take(clause, in: context)
        }
        if optimizer == nil { throw RuntimeFailure("E319", "`train` needs an `optimizer`", at: span, notes: ["`optimizer adam(rate: 1e-3)`"]) }
        if loss == nil && step == nil { throw RuntimeFailure("E319", "`train` needs a `loss`, or a `step` that minimizes one", at: span) }
        if epochs == nil && steps == nil { throw RuntimeFailure("E319", "`train` needs `epochs` or `steps`", at: span) }
        if let resume, resume.path == nil, checkpoint == nil {
            throw RuntimeFailure("E319", "`resume` does not know from where: name a folder, or write `checkpoint`", at: resume.span)
        }
    }

    private mutating func take(_ clause: ClauseCode, in context: EvaluationContext) throws(RuntimeFailure) {
        switch clause.kind {
        case .function(let name, let function, let count):
            switch (clause.word, name) {
            case ("step", _): step = OwnStep(function: function, parameterCount: count)
            case ("each", "epoch"): eachEpoch = function
            case ("each", "step"): eachStep = function
            default: throw RuntimeFailure("E107", "after `each` stands `epoch` or `step`", at: clause.wordSpan)
            }
        case .field: throw RuntimeFailure("E107", "`train` has no fields", at: clause.wordSpan)
        case .arguments(let code): try take(clause, code, in: context)
        }
    }

    private mutating func take(_ clause: ClauseCode, _ code: [ClauseArgument], in context: EvaluationContext) throws(RuntimeFailure) {
        let place = code.first?.span ?? clause.span
        func single(_ what: String) throws(RuntimeFailure) -> Value {
            guard code.count == 1, code[0].label == nil else { throw RuntimeFailure("E202", "`\(clause.word)` takes \(what)", at: clause.span) }
            return try code[0].evaluate(in: context)
        }
        func integer(_ what: String, least: Int) throws(RuntimeFailure) -> Int {
            var value = try single(what)
            if case .object(let object) = value, let quantity = object as? QuantityObject, quantity.unit == clause.word { value = quantity.amount }
            guard case .int(let number) = value, number >= least else {
                throw RuntimeFailure("E202", "`\(clause.word)` takes \(what); this is \(value.shortText)", at: place)
            }
            return number
        }
        switch clause.word {
        case "loss":
            let value = try single("a function of prediction and target")
            guard ModelObject.isCallable(value) else {
                throw RuntimeFailure("E202", "`loss` is a function of prediction and target; this is \(value.kindWithArticle)", at: place)
            }
            (loss, lossSpan) = (value, place)
        case "optimizer":
            let value = try single("an optimizer")
            guard case .object(let object) = value, let made = object as? OptimizerObject else {
                throw RuntimeFailure("E202", "`optimizer` takes an optimizer, like `adam(rate: 1e-3)`; this is \(value.kindWithArticle)", at: place)
            }
            (optimizer, optimizerValue, optimizerSpan) = (made, value, place)
        case "epochs": epochs = try integer("a number of passes over the data", least: 1)
        case "steps": steps = try integer("a number of steps", least: 1)
        case "seed": seed = UInt64(try integer("an integer", least: 0))
        case "average":
            guard let share = try single("a share between 0 and 1, like 0.999").number, share > 0, share < 1 else {
                throw RuntimeFailure("E202", "`average` takes a share between 0 and 1, like 0.999", at: place)
            }
            average = share
        case "quiet":
            guard code.isEmpty else { throw RuntimeFailure("E103", "`quiet` takes nothing", at: place) }
            isQuiet = true
        case "accumulate": accumulate = try integer("a number of batches", least: 1)
        case "checkpoint": checkpoint = try Self.checkpoint(code, clause.span, in: context)
        case "resume": resume = try Self.resume(code, clause.span, in: context)
        case "budget": budget = (try Self.budget(code, clause.span, in: context), place)
        case "log":
            guard code.count == 1, code[0].label == nil else { throw RuntimeFailure("E202", "`log` takes a folder", at: clause.span) }
            log = (try Self.text(code[0], "`log` takes a folder, like `log \"runs/first\"`", in: context), clause.span)
        case "metrics":
            for argument in code {
                let value = try argument.evaluate(in: context)
                var label = argument.label
                if label == nil, case .name(let name) = argument.expression.kind { label = name }
                let metric = try Measure.metric(value, label: label, at: argument.span)
                if metrics.contains(where: { $0.name == metric.name }) || metric.name == "loss" {
                    throw RuntimeFailure("E106", "there are two metrics `\(metric.name)`; `name: metric` gives one another name", at: argument.span)
                }
                metrics.append(metric)
            }
        default: try takeStop(code, place, in: context)
        }
    }

    private mutating func takeStop(_ code: [ClauseArgument], _ place: Span, in context: EvaluationContext) throws(RuntimeFailure) {
        var patience: Int?, name = "loss"
        for argument in code {
            switch argument.label {
            case "patience":
                var count = try argument.evaluate(in: context)
                if case .object(let object) = count, let quantity = object as? QuantityObject, quantity.unit == "epochs" { count = quantity.amount }
                guard case .int(let value) = count, value > 0 else {
                    throw RuntimeFailure("E202", "`patience` is a number of epochs above 0", at: argument.span)
                }
                patience = value
            case "on":
                if case .name(let text) = argument.expression.kind {
                    name = text
                } else {
                    guard case .string(let text) = try argument.evaluate(in: context) else {
                        throw RuntimeFailure("E202", "`on` names the loss or a metric", at: argument.span)
                    }
                    name = text.text
                }
            default: throw RuntimeFailure("E104", "`stop` takes `patience:` and `on:`", at: argument.span)
            }
        }
        guard let patience else { throw RuntimeFailure("E102", "`stop` needs `patience:`, a number of epochs", at: place) }
        stop = (patience, name)
    }
}
