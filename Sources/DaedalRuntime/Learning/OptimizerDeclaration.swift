import DaedalSyntax

/// An `optimizer` declaration with what it captured. The compiler's subclass runs the body.
package class OptimizerDeclaration: FunctionObject {
    /// The options that every optimizer takes after its own; the binder fills them like others, `make` takes them off again.
    package static let universal = [
        ParameterInfo("clip_norm", isRequired: false), ParameterInfo("clip_value", isRequired: false), ParameterInfo("schedule", isRequired: false),
        ParameterInfo("groups", isRequired: false),
    ]

    /// Creates a declaration with its own parameters; the universal options are added.
    package init(name: String, own: [ParameterInfo]) { super.init(name: name, parameters: own + Self.universal) }

    /// How many parameters are its own.
    package var ownCount: Int { parameters.count - Self.universal.count }

    /// Runs the body once: the arguments (nil asks for the default) of its own parameters go through `builder.hyperparameter`, which gives what
    /// the parameter's local holds; the statements then tell of states and of `update`.
    package func build(
        _ builder: OptimizerBuilder, arguments: [Value?], in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) {
        preconditionFailure("an optimizer must say how its body runs")
    }
}

/// What the body of an optimizer tells while it runs.
package final class OptimizerBuilder {
    package let rule: OptimizerRule

    init(_ rule: OptimizerRule) { self.rule = rule }

    /// Takes note of a parameter's value and gives the slot that stands for it in the body and in `update`.
    package func hyperparameter(_ name: String, _ value: Value, at span: Span) -> SlotObject {
        let slot = Hyperparameter(name, value, at: span)
        rule.hyperparameters.append(slot)
        return slot
    }

    /// Declares `state m = zeros` (with a shape function if it says one); gives the slot that stands for it.
    package func declare(_ name: String, shape: Value?, initializer: Value, at span: Span) -> Value {
        let slot = OptimizerStateSlot(name: name, shapeFunction: shape, initializer: initializer, at: span)
        rule.states.append(slot)
        return .object(slot)
    }

    /// Takes note of `update(p, g, t)`.
    package func update(_ function: Value) { rule.update = function }
}

/// What one run of an optimizer's body gave: the values of its parameters, its states, its `update`.
package final class OptimizerRule {
    package internal(set) var hyperparameters: [Hyperparameter] = []
    package internal(set) var states: [OptimizerStateSlot] = []
    package internal(set) var update: Value?
}

/// A parameter of an optimizer: readable and settable from outside; `rate` is an input of plans, so that schedules make no new ones.
package final class Hyperparameter: SlotObject {
    package var value: Value
    /// While an update is traced: the tensor that stands for the value.
    var traced: TensorObject?

    init(_ name: String, _ value: Value, at span: Span) {
        self.value = value
        super.init(name: name, span: span)
    }

    override package func read(in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        traced.map { .tensor($0) } ?? value
    }
}

/// A state of an optimizer: one tensor for each parameter, made at its first step.
package final class OptimizerStateSlot: SlotObject {
    let shapeFunction: Value?
    let initializer: Value
    /// While an update is traced: the state of the parameter at hand.
    var current: TensorObject?
    /// Whether the update at hand assigned it.
    var isAssigned = false

    init(name: String, shapeFunction: Value?, initializer: Value, at span: Span) {
        self.shapeFunction = shapeFunction
        self.initializer = initializer
        super.init(name: name, span: span)
    }

    override package func read(in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        guard let current else {
            throw RuntimeFailure("E305", "`\(name)` belongs to a parameter: it can be read only in `update`", at: span)
        }
        return .tensor(current)
    }

    override package func assign(_ value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        guard let current else {
            throw RuntimeFailure("E305", "`\(name)` belongs to a parameter: it can be assigned only in `update`", at: span)
        }
        self.current = try context.converted(
            value, to: .init(type: current.type, shape: current.shape), of: "the optimizer's state `\(name)`", at: span)
        isAssigned = true
    }
}
