import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// A `param` or `state` of a model: its declaration, and its contents once its shape is known.
///
/// Reads inside a trace are one `input` node; plans overwrite the contents in place at their commit, after whoever else holds the storage has
/// been given it for good (`ownedTensor`).
package final class Parameter: SlotObject {
    package let kind: SlotKind
    /// The model it belongs to; weak, because the model's closures hold the slot.
    package private(set) weak var model: ModelObject?
    private let modelName: String
    /// Gives the sizes as a list; nil where the declaration has no shape and the start has one.
    let shapeFunction: Value?
    /// What the shape says before its sizes are known.
    let axes: DeclaredAxes?
    /// A number, a tensor, a list, or a function of the shape.
    let initializer: Value
    /// Whether it is left out of gradients.
    package var isFrozen = false

    /// The contents, once the shape is known.
    package let cell = TensorCell()
    /// The contents of an earlier parameter, which the start takes over as far as its shape reaches.
    var heritage: Tensor?
    /// Whether the declared shape was compared with contents that came from elsewhere.
    private var isVerified = false

    init(_ kind: SlotKind, name: String, of model: ModelObject, shape: Value?, axes: DeclaredAxes?, initializer: Value, at span: Span) {
        self.kind = kind
        self.model = model
        modelName = model.name
        shapeFunction = shape
        self.axes = axes
        self.initializer = initializer
        super.init(name: name, span: span)
    }

    override package var kindName: String { kind == .param ? "parameter" : "state" }

    /// Its path in the model it was made with, for messages.
    var longName: String {
        let identity = model?.identity ?? ModelIdentity(network: modelName, count: 0, path: "")
        return "`\(ModelObject.join(identity.path, model?.pathName(name) ?? name))` of \(identity.network)"
    }

    // MARK: Reading and assigning

    /// The parameter as a tensor of the current trace; outside traces of blocks, a value that stays.
    override package func read(in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        try bind(in: context, at: span)
        if let block = context.learning.block {
            block.noteRead(self)
            if let assigned = block.assigned(self) { return .tensor(assigned) }
        }
        if kind == .state, let passing = context.learning.passingStates[ObjectIdentifier(self)] { return .tensor(passing) }
        return .tensor(TensorObject(trace: context.trace, node: context.trace.input(cell)))
    }

    /// `running_mean = …` in a `forward`: takes effect after the step, and only in models that the step trains; until the call is over the name
    /// stands for the value in any case. No gradient flows through it.
    override package func assign(_ value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        if kind == .param {
            throw RuntimeFailure(
                "E304", "`\(name)` is trained: only an optimizer changes it", at: span, notes: ["a `state` may be assigned in `forward`"])
        }
        try bind(in: context, at: span)
        var tensor = try context.converted(value, to: cell.signature, of: "`\(name)`", at: span)
        if tensor.type.isFloat {
            let lowering = try Lowering(context, at: span)
            tensor = lowering.tensor(try lowering.apply(.stopGradient, [lowering.node(tensor)]))
        }
        if let block = context.learning.block, block.assign(tensor, to: self) { return }
        if context.learning.calling > 0 { context.learning.passingStates[ObjectIdentifier(self)] = tensor }
    }

    /// The value of `model.weight`: outside of blocks the contents, which stay as they are when the parameter changes; inside like `read`.
    package func seen(in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        if context.isChecking || context.learning.block != nil || context.trace.kind != .eager || context.trace.pins > 0 {
            return try read(in: context, at: span)
        }
        try bind(in: context, at: span)
        guard let tensor = cell.tensor else { return .none }
        return .tensor(TensorObject(tensor))
    }

    // MARK: Binding

    /// Makes sure that the contents exist: the shape is evaluated and the start is drawn.
    package func bind(in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        if context.isChecking {
            cell.setSignature(try symbolic(in: context, at: span))
            return
        }
        if cell.isBound && isVerified { return }
        guard let wanted = try declaredShape(in: context, at: span) else {
            if !cell.isBound { try start(shape: nil, in: context) }
            isVerified = shapeFunction == nil
            return
        }
        if !cell.isBound { try start(shape: wanted, in: context) }
        let shape = cell.signature.shape
        if shape != wanted {
            throw RuntimeFailure(
                "E201", "`\(name)` of \(modelName) has the shape \(shape), the input asks for \(wanted)", at: span, notes: ["it was loaded or set"])
        }
        isVerified = true
    }

    /// The shape as far as it is known: of the contents, or as declared where the sizes are known; nil else.
    func knownShape(in context: EvaluationContext) throws(RuntimeFailure) -> Shape? {
        if cell.isBound { return cell.signature.shape }
        if shapeFunction == nil {
            try bind(in: context, at: span)
            return cell.signature.shape
        }
        do throws(RuntimeFailure) { return try declaredShape(in: context, at: span) } catch {
            if error.diagnostic.code == ModelSize.unboundCode { return nil }
            throw error
        }
    }

    /// The element type that contents of a type have here: that of the contents there are, else f32 for what is trained and for fractions.
    func type(for given: ElementType) -> ElementType {
        if cell.isBound { return cell.signature.type }
        if case .tensor(let start) = initializer, start.type.isFloat || kind == .state { return start.type }
        return kind == .param || given.isFloat ? .f32 : given
    }

    /// The declared shape; nil without one.
    private func declaredShape(in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Shape? {
        guard let shapeFunction else { return nil }
        do throws(RuntimeFailure) {
            return try ModelObject.sizes(of: try context.call(shapeFunction, Arguments(), at: self.span), at: self.span)
        } catch {
            if error.diagnostic.code == ModelSize.unboundCode {
                if cell.isBound { return nil }
                throw RuntimeFailure(
                    ModelSize.unboundCode, "`\(name)` of \(modelName) has no shape before the model has seen an input", at: span,
                    notes: ["call the model once, write `input [...]` in its body, or load its parameters"])
            }
            throw error
        }
    }

    /// Evaluates the initializer, outside of whatever is being traced, with random numbers of its own.
    private func start(shape: Shape?, in context: EvaluationContext) throws(RuntimeFailure) {
        let tensor = try context.detached { () throws(RuntimeFailure) in
            let value = try context.session.random.scoped(randomKey) { () throws(RuntimeFailure) in
                try startValue(shape, in: context)
            }
            return try context.concreteTensor(value, preferring: .f32, of: "the start of `\(name)`", at: span)
        }
        let starting = try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in
            kind == .param && !tensor.type.isFloat ? try tensor.converted(to: .f32) : tensor
        }
        if let shape, starting.shape != shape, starting.shape.rank > 0 {
            throw RuntimeFailure("E201", "the start of `\(name)` has the shape \(starting.shape), the declaration says \(shape)", at: span)
        }
        cell.set(
            try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in
                let whole = if let shape, starting.shape != shape { try starting.filled(shape) } else { starting }
                guard let heritage, heritage.type == whole.type, heritage.shape.rank == whole.shape.rank else { return whole }
                return try whole.overlaid(with: heritage)
            })
        heritage = nil
    }

    private func startValue(_ shape: Shape?, in context: EvaluationContext) throws(RuntimeFailure) -> Value {
        guard case .function = initializer else { return initializer }
        guard let shape else {
            throw RuntimeFailure(
                "E207", "`\(name)` needs a shape: its start is a function of it", at: span, notes: ["write `param \(name): [sizes] = …`"])
        }
        return try context.call(initializer, Arguments([.list(shape.counts.map { .int($0) })]), at: span)
    }

    /// The stream of its random start: seed, network, count, path.
    private var randomKey: UInt64 {
        let identity = model?.identity ?? ModelIdentity(network: modelName, count: 0, path: "")
        let text = "\(identity.network)\0\(ModelObject.join(identity.path, model?.pathName(name) ?? name))"
        return RandomState.mix(RandomState.hash(text.utf8), UInt64(truncatingIfNeeded: identity.count))
    }

    private func symbolic(in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Signature {
        if let shape = try declaredShape(in: context, at: span) { return Signature(type: .f32, shape: shape) }
        switch initializer {
        case .tensor(let tensor): return Signature(type: tensor.type.isFloat || kind == .state ? tensor.type : .f32, shape: tensor.shape)
        case .int, .float, .bool: return Signature(type: .f32, shape: .scalar)
        default: throw .unknownWhileChecking
        }
    }
}
