import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// The natives about learning and measuring.
package enum LearningNatives {
    /// All of them. Functions hold no state.
    nonisolated(unsafe) package static let all: [NativeFunction] = [
        NativeFunction(
            "evaluate", [.init("model"), .init("on", .none), .init("loss", .none), .init("metrics", .none)], .effect(result: .record)
        ) { (call) throws(RuntimeFailure) in
            try evaluate(call)
        },
        NativeFunction("predict", [.init("model"), .init("input")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
            try Prediction.predict(call)
        },
        NativeFunction("over_all", [.init("f")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
            .object(OverAllObject(try call.function(0)))
        },
        NativeFunction("apply", [.init("optimizer"), .init("model"), .init("gradients")], .effect(result: .none)) { (call) throws(RuntimeFailure) in
            try apply(call)
            return .none
        },
    ]

    private static func evaluate(_ call: NativeCall) throws(RuntimeFailure) -> Value {
        let model = try call.model(0), context = call.context
        let target = model.wrapped?.model ?? model
        var part: Dataset.Part, dataset: Dataset
        switch call[1] {
        case .object(let object):
            if let split = object as? SplitObject {
                (part, dataset) = (split.part, split.dataset)
            } else if let whole = object as? DatasetObject {
                dataset = try whole.dataset(in: context)
                guard let first = dataset.part("test") ?? dataset.part("all") ?? dataset.parts.first else {
                    throw call.wrongKind(1, "a split of a dataset")
                }
                part = first
            } else {
                throw call.wrongKind(1, "a split of a dataset, like `Digits.test`")
            }
        default: throw call.wrongKind(1, "a split of a dataset, like `Digits.test`")
        }
        let measure: Measure
        var step: (step: OwnStep, optimizer: Value)?
        if call.isNone(2) && call.isNone(3), let known = target.training {
            measure = known.measure
            step = known.step
        } else {
            var metrics = call.isNone(3) ? target.training?.measure.metrics ?? [] : []
            if !call.isNone(3) {
                if case .record(let record) = call[3], let names = record.names {
                    for (name, value) in zip(names, record.fields) { metrics.append(try Measure.metric(value, label: name, at: call.span)) }
                } else {
                    for value in try call.items(3) { metrics.append(try Measure.metric(value, label: nil, at: call.span)) }
                }
            }
            let loss = call.isNone(2) ? target.training?.measure.loss : try call.function(2)
            guard loss != nil || !metrics.isEmpty else {
                throw call.failure("E319", "this model was not trained with a loss: say `loss:` or `metrics:`")
            }
            measure = Measure(loss: loss, metrics: metrics, at: call.span)
        }
        let results = try measure.evaluate(model, part, of: dataset, step: step, in: context)
        return .record(RecordObject(names: results.map(\.name), fields: results.map(\.value)))
    }

    /// One optimizer step with gradients that the program computed: a dictionary from paths to tensors.
    private static func apply(_ call: NativeCall) throws(RuntimeFailure) {
        let context = call.context
        guard case .object(let object) = call[0], let optimizer = object as? OptimizerObject else { throw call.wrongKind(0, "an optimizer") }
        let model = try call.model(1)
        guard case .dictionary(let gradients) = call[2] else { throw call.wrongKind(2, "a dictionary from paths to tensors, as `grad` gives it") }
        if context.learning.block != nil { throw RuntimeFailure("E306", "a model cannot be changed inside a block that learns", at: call.span) }
        let slots = Dictionary(model.allSlots.map { ($0.path, $0.slot) }, uniquingKeysWith: { first, _ in first })
        var values: [(String, Parameter, TensorObject)] = []
        for (key, value) in zip(gradients.keys, gradients.values) {
            guard let slot = slots[key.pathText], slot.kind == .param else {
                throw call.failure("E318", "\(model.name) has no parameter `\(key.pathText)`")
            }
            if slot.isFrozen { continue }
            try slot.bind(in: context, at: call.span)
            guard case .tensor(let tensor) = value, tensor.shape == slot.cell.signature.shape else {
                throw call.failure(
                    "E201", "the gradient of `\(key.pathText)` must be a tensor \(slot.cell.signature.shape); this is \(value.shortText)")
            }
            values.append((key.pathText, slot, tensor))
        }
        for (_, _, tensor) in values { _ = try context.force(tensor, at: call.span) }
        let record = BlockRecord(isTraining: true)
        let block = try context.tracing(record, VariableLog()) { (trace) throws(RuntimeFailure) in
            let updates = TracedUpdates()
            var items: [TracedUpdates.Item] = []
            for (path, slot, tensor) in values {
                _ = trace.input(slot.cell)
                items.append(.init(path: path, parameter: slot, gradient: try trace.node(of: tensor, in: context, at: call.span)))
            }
            try updates.add(items, optimizer, in: context, at: call.span)
            var block = TracedBlock(trace)
            block.updates = updates
            block.writes = updates.writes
            return block
        }
        _ = try Executable(block, varying: [], in: context, at: call.span).run(leaves: [], execution: 0, in: context, at: call.span)
    }
}
