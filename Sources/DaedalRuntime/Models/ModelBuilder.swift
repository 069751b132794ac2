import DaedalSyntax
import DaedalTensor

/// A `network` declaration with what it captured. The compiler's subclass runs the body.
package class NetworkObject: FunctionObject {
    override package final var kindName: String { "network" }

    /// Runs the body once for a model: the arguments (nil asks for the default) are bound to the parameters and told to the builder
    /// (`argument`), then the statements run and tell it of slots, names, methods, `forward` and steps.
    package func build(
        _ builder: ModelBuilder, arguments: [Value?], in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) {
        preconditionFailure("a network must say how its body runs")
    }
}

/// What the body of a network tells while it runs: the model comes about here.
///
/// What the compiled body keeps in locals: a `ModelSize` for each free name in the shapes of its slots (`size`), a slot or none for each `param`
/// and `state` (`declare`), `training` (`trainingSlot`), and the ordinary variables. All of them may be captured by `forward` and methods.
package final class ModelBuilder {
    package let model: ModelObject
    /// The value of `training` in the body, its `forward` and its methods.
    package let trainingSlot: SlotObject
    private let context: EvaluationContext
    private var inputs: [Value]?

    init(_ model: ModelObject, in context: EvaluationContext) {
        self.model = model
        self.context = context
        trainingSlot = TrainingSlot(model)
    }

    /// Takes note of an argument, so that models in it are parts under the parameter's name; without a name it is a list or record of arguments.
    package func argument(_ name: String, _ value: Value) {
        switch value {
        case .list(let list) where name.isEmpty: for (at, item) in list.items.enumerated() { model.addPart(String(at), item) }
        case .record(let record) where name.isEmpty: for (label, item) in zip(record.names ?? [], record.fields) { note(label, item) }
        default: note(name, value)
        }
    }

    /// Takes note of a `param` or `state` that an `if` may drop: then its name is `none`.
    package func conditional(_ name: String) { model.values[name] = Value.none }

    private func note(_ name: String, _ value: Value) {
        model.addPart(name, value)
        model.values[name] = value
    }

    /// Makes a size that slots of this network name.
    package func size(_ name: String, at span: Span) -> ModelSize {
        let size = ModelSize(name: name, modelName: model.name, span: span)
        model.sizes.append(size)
        return size
    }

    /// Declares a `param` or `state`. `shape` is a function without parameters that gives the sizes as a list, reading sizes through their slots.
    package func declare(_ kind: SlotKind, _ name: String, shape: Value?, axes: DeclaredAxes?, initializer: Value, at span: Span)
        throws(RuntimeFailure) -> Value
    {
        let slot = Parameter(kind, name: name, of: model, shape: shape, axes: axes, initializer: initializer, at: span)
        model.slots.append(slot)
        return .object(slot)
    }

    /// Takes note of `let name = value` and gives what the name stands for: a bare network becomes a model.
    package func name(_ name: String, _ value: Value, at span: Span) throws(RuntimeFailure) -> Value {
        let made = try ModelObject.completed(value, in: context, at: span)
        note(name, made)
        return made
    }

    /// Takes note of a line of steps: the value of an expression statement. `none` adds nothing.
    package func step(_ value: Value, at span: Span) throws(RuntimeFailure) {
        if case .none = value { return }
        let made = try ModelObject.completed(value, in: context, at: span)
        guard ModelObject.isCallable(made) else {
            throw RuntimeFailure(
                "E205", "a step of a network must be callable, this is \(made.kindWithArticle)", at: span, label: made.kindName,
                notes: ["every expression line of a network without `forward` is a step; `let` names a value"])
        }
        model.addStep(made, at: span)
    }

    /// Takes note of a method.
    package func method(_ name: String, _ function: Value) { model.methods.append((name, function)) }

    /// Takes note of `forward`.
    package func forward(_ function: Value) { model.forward = function }

    /// Takes note of `input [1, 28, 28]`: functions that give the sizes of each input without the batch.
    package func input(_ shapes: [Value]) { inputs = shapes }

    /// Binds all sizes if the body said `input`, by letting zeros of one example through in a trace that is thrown away.
    func finish(at span: Span) throws(RuntimeFailure) {
        guard let inputs else { return }
        var dummies: [Value] = []
        for shape in inputs {
            let sizes = try ModelObject.sizes(of: try context.call(shape, Arguments(), at: span), at: span)
            dummies.append(try context.dummy(context.batched(sizes, at: span), at: span))
        }
        try context.withoutEvaluation { () throws(RuntimeFailure) in
            _ = try model.call(Arguments(dummies), in: context, at: span)
        }
    }
}

/// The name `training` inside a network.
private final class TrainingSlot: SlotObject {
    private weak var model: ModelObject?
    init(_ model: ModelObject) {
        self.model = model
        super.init(name: "training", span: .none)
    }
    override func read(in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        .bool(context.isTraining(model))
    }
}
