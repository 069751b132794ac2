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
    let site: LearningSite

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

/// The average of loss and metrics over a pass, weighted by examples.
struct MeasureSums {
    private let measure: Measure
    private var sums: [String: Double] = [:]
    private var examples = 0
    private var predictions: [Value] = []
    private var targets: [Value] = []

    init(_ measure: Measure) { self.measure = measure }

    var lossSoFar: Double? { sums["loss"].map { $0 / Double(max(examples, 1)) } }

    /// Adds the record of one batch.
    mutating func add(_ value: Value, count: Int, target: Value?, in context: EvaluationContext) throws(RuntimeFailure) {
        examples += count
        guard case .record(let record) = value, let names = record.names else { return }
        for (name, field) in zip(names, record.fields) {
            if name == "prediction" && measure.needsAll {
                predictions.append(field)
                // The batch's memory is used again for a later one.
                if let target { targets.append(try Self.kept(target, in: context, at: measure.span)) }
                continue
            }
            let number: Double
            switch field {
            case .tensor(let tensor):
                let contents = try context.force(tensor, at: measure.span)
                guard contents.count == 1 else {
                    throw RuntimeFailure(
                        "E202", "the metric `\(name)` gives \(tensor.description), an average needs one number", at: measure.span,
                        notes: ["`over_all(\(name))` calls it once with all predictions"])
                }
                number = contents.double(at: 0)
            case .bool(let flag): number = flag ? 1 : 0
            default:
                guard let plain = field.number else {
                    throw RuntimeFailure("E202", "the metric `\(name)` gives \(field.kindWithArticle), an average needs a number", at: measure.span)
                }
                number = plain
            }
            sums[name, default: 0] += number * Double(count)
        }
    }

    private static func kept(_ value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        let tree = TensorTree(value)
        return tree.rebuilt(
            try tree.leaves.map { (leaf) throws(RuntimeFailure) in
                guard case .tensor(let tensor) = leaf else { return leaf }
                let contents = try context.force(tensor, at: span)
                return .tensor(TensorObject(try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in try contents.copy() }))
            })
    }

    /// The averages in the order of the measure; metrics over all are called now.
    func results(in context: EvaluationContext) throws(RuntimeFailure) -> [(name: String, value: Value)] {
        var result: [(name: String, value: Value)] = []
        let count = Double(max(examples, 1))
        if let loss = sums["loss"] { result.append(("loss", .float(loss / count))) }
        for metric in measure.metrics {
            if !metric.isOverAll {
                if let sum = sums[metric.name] { result.append((metric.name, .float(sum / count))) }
                continue
            }
            let arguments = [try joined(predictions, in: context)] + (targets.isEmpty ? [] : [try joined(targets, in: context)])
            var value = try context.call(metric.function, Arguments(arguments), at: measure.span)
            if case .tensor(let tensor) = value, tensor.shape.rank == 0 { value = .float(try context.force(tensor, at: measure.span).double(at: 0)) }
            result.append((metric.name, value))
        }
        return result
    }

    /// Batches one after the other as one.
    private func joined(_ values: [Value], in context: EvaluationContext) throws(RuntimeFailure) -> Value {
        guard let first = values.first else { return .none }
        let trees = values.map { TensorTree($0) }
        var leaves: [Value] = []
        for i in trees[0].leaves.indices {
            var parts: [Tensor] = []
            for tree in trees {
                guard i < tree.leaves.count, case .tensor(let tensor) = tree.leaves[i] else { return first }
                parts.append(try context.force(tensor, at: measure.span))
            }
            guard parts[0].shape.rank > 0 else { return .list(values) }
            let rows = parts.reduce(0) { $0 + ($1.shape[0].known ?? 0) }
            let shape = parts[0].shape.replacing(axis: 0, with: Size(rows))
            let whole = try TensorLiteral.allocate(at: measure.span) { () throws(AllocationFailure) in
                try Tensor(uninitialized: parts[0].type, shape: shape)
            }
            var offset = 0
            for part in parts {
                (whole.pointer + offset).copyMemory(from: part.pointer, byteCount: part.byteCount)
                offset += part.byteCount
            }
            leaves.append(.tensor(TensorObject(whole)))
        }
        return trees[0].rebuilt(leaves)
    }
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
