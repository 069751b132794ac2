import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// An option of an optimizer: readable and settable from outside. `rate` is an input of plans, so that schedules and `opt.rate = …` make no new ones.
final class OptimizerOption: SlotObject {
    @exclusivity(unchecked) var value: Value
    /// While an update is traced: the tensor that stands for the value.
    var traced: TensorObject?

    init(_ name: String, _ value: Value, at span: Span) {
        self.value = value
        super.init(name: name, span: span)
    }

    override func read(in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value { traced.map { .tensor($0) } ?? value }
}

/// A state of an optimizer: one tensor for each parameter, made at its first step.
final class OptimizerState: SlotObject {
    /// Gives a number, a tensor or a function of the shape.
    let initializer: Value
    /// While an update is traced: the state of the parameter at hand.
    var current: TensorObject?
    /// Whether the update at hand assigned it.
    var isAssigned = false

    init(_ name: String, initializer: Value, at span: Span) {
        self.initializer = initializer
        super.init(name: name, span: span)
    }

    override func read(in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        guard let current else { throw outsideUpdate(at: span) }
        return .tensor(current)
    }

    override func assign(_ value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        guard let current else { throw outsideUpdate(at: span) }
        self.current = try context.converted(
            value, to: Signature(type: current.type, shape: current.shape), of: "the optimizer's state `\(name)`", at: span)
        isAssigned = true
    }

    private func outsideUpdate(at span: Span) -> RuntimeFailure {
        RuntimeFailure("E305", "`\(name)` belongs to one parameter: only `update` can read or assign it", at: span)
    }

    /// The first contents for a parameter.
    func start(for signature: Signature, in context: EvaluationContext) throws(RuntimeFailure) -> Tensor {
        try context.detached { () throws(RuntimeFailure) in
            var value = try context.call(initializer, Arguments(), at: span)
            if case .function = value {
                value = try context.call(value, Arguments([.list(signature.shape.counts.map { .int($0) })]), at: span)
            }
            let tensor = try context.concreteTensor(value, of: "the start of `\(name)`", at: span)
            guard tensor.shape == signature.shape || tensor.shape.rank == 0 else {
                throw RuntimeFailure("E201", "the start of `\(name)` has the shape \(tensor.shape), the parameter \(signature.shape)", at: span)
            }
            return try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in
                let converted = try tensor.converted(to: signature.type)
                return tensor.shape == signature.shape ? converted : try converted.filled(signature.shape)
            }
        }
    }
}

/// What one run of an optimizer's body gave: its options, its states, its `update`.
final class OptimizerRule: OptimizerBuilder {
    private(set) var options: [OptimizerOption] = []
    private(set) var states: [OptimizerState] = []
    private(set) var update: (function: Value, parameterCount: Int)?

    func option(_ name: String, _ value: Value, at span: Span) throws(RuntimeFailure) -> SlotObject {
        let slot = OptimizerOption(name, value, at: span)
        options.append(slot)
        return slot
    }

    func declare(_ name: String, initializer: Value, at span: Span) throws(RuntimeFailure) -> SlotObject {
        let slot = OptimizerState(name, initializer: initializer, at: span)
        states.append(slot)
        return slot
    }

    func update(_ function: Value, parameterCount: Int) { update = (function, parameterCount) }

    /// The option `rate`, which schedules act on.
    var rate: OptimizerOption? { options.first { $0.name == "rate" } }
}
