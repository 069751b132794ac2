import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// What a model is judged by: a loss and metrics, as functions of the program.
final class Measure {
    /// One metric under a name.
    struct Metric {
        let name: String
        let function: Value
        /// Whether it sees all predictions and targets at once and not batch by batch.
        let isOverAll: Bool
    }

    let loss: Value?
    let metrics: [Metric]
    let span: Span
    /// The memory of measurements of one model.
    var site: LearningSite

    init(loss: Value?, metrics: [Metric], at span: Span) {
        self.loss = loss
        self.metrics = metrics
        self.span = span
        site = LearningSite(key: RandomState.mix(UInt64(span.source) << 32 | UInt64(span.start), 0x3EA5))
    }

    /// A metric as a program gives it: a function, or one after `over_all`.
    static func metric(_ value: Value, label: String?, at span: Span) throws(RuntimeFailure) -> Metric {
        switch value {
        case .object(let object):
            guard let all = object as? OverAllObject else { break }
            return Metric(name: label ?? all.function.functionName ?? "metric", function: all.function, isOverAll: true)
        case .function, .model:
            return Metric(name: label ?? value.functionName ?? "metric", function: value, isOverAll: false)
        default: break
        }
        throw RuntimeFailure("E202", "a metric is a function of prediction and target; this is \(value.kindWithArticle)", at: span)
    }

    /// Whether predictions have to be kept until the end of a pass.
    var needsAll: Bool { metrics.contains(where: \.isOverAll) }

    /// How many arguments a loss wants.
    private func requiredCount(_ value: Value) -> Int {
        guard case .function(let function) = value else { return 2 }
        return function.parameters.filter { $0.isRequired }.count
    }

    /// Evaluates loss and metrics for one batch in the current trace: a record with `loss`, the metrics by name and, if needed, `prediction`.
    func record(
        _ model: ModelObject, _ input: Value, _ target: Value?, in context: EvaluationContext
    ) throws(RuntimeFailure) -> Value {
        var names: [String] = [], fields: [Value] = []
        let takesModel = loss.map { requiredCount($0) >= (target == nil ? 2 : 3) } ?? false
        var prediction: Value?
        if !takesModel || !metrics.isEmpty { prediction = try model.call(input.asModelArguments, in: context, at: span) }
        if let loss {
            var arguments: [Value] = takesModel ? [.model(model), input] : [prediction ?? .none]
            if let target { arguments.append(target) }
            names.append("loss")
            fields.append(try context.call(loss, Arguments(arguments), at: span))
        }
        for metric in metrics where !metric.isOverAll {
            names.append(metric.name)
            fields.append(try context.call(metric.function, Arguments([prediction ?? .none] + (target.map { [$0] } ?? [])), at: span))
        }
        if needsAll, let prediction {
            names.append("prediction")
            fields.append(prediction)
        }
        return .record(RecordObject(names: names, fields: fields))
    }
}

/// `over_all(f)`.
final class OverAllObject: Object {
    let function: Value
    init(_ function: Value) { self.function = function }
    override var kindName: String { "metric over all" }
}

extension Value {
    /// The name of a function, model or function with options.
    var functionName: String? {
        switch self {
        case .function(let function):
            if let partial = function as? PartialFunction { partial.base.functionName } else { function.name }
        case .model(let model): model.name
        default: nil
        }
    }

    /// An input as the arguments of a model: a record with names reaches `forward` by name, one without by position.
    var asModelArguments: Arguments {
        guard case .record(let record) = self else { return Arguments([self]) }
        guard let names = record.names else { return Arguments(record.fields) }
        return Arguments([], named: zip(names, record.fields).map { ($0, $1) })
    }
}
