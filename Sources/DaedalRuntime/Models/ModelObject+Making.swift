import DaedalSyntax
import DaedalTensor

extension ModelObject {
    /// Makes a model of a network: what a call of the network does. The arguments are bound to its parameters (`ArgumentBinding`).
    package static func make(
        _ network: NetworkObject, _ arguments: [Value?], in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> ModelObject {
        if !context.mayMakeModels {
            throw RuntimeFailure(
                "E320", "\(network.name) is made anew at every step here", at: span,
                notes: ["make it once: `let` in the body of the network, or before the block, and call the model that it names"])
        }
        let isPart = context.learning.making > 0
        let model = ModelObject(name: network.name)
        model.network = network
        model.arguments = arguments
        let builder = ModelBuilder(model, in: context)
        context.learning.making += 1
        defer { context.learning.making -= 1 }
        try network.build(builder, arguments: arguments, in: context, at: span)
        if model.forward != nil, let step = model.steps.first {
            throw RuntimeFailure("E303", "a network has steps or a `forward`, not both", at: step.span, notes: ["\(model.name) has both"])
        }
        if !isPart { model.identify(in: context) }
        try builder.finish(at: span)
        return model
    }

    /// A network that needs no arguments becomes a model; anything else stays.
    static func completed(_ value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        guard case .function(let function) = value else { return value }
        if let network = function as? NetworkObject, !network.parameters.contains(where: \.isRequired) {
            return try context.call(value, Arguments(), at: span)
        }
        if let partial = function as? PartialFunction, case .function(let base) = partial.base, base is NetworkObject,
            !partial.parameters.contains(where: \.isRequired)
        {
            return try context.call(value, Arguments(), at: span)
        }
        return value
    }

    /// `f -> g -> h` with a network or model among them: a model with numbered steps. The compiler gives the parts of one chain together,
    /// those of a parenthesised or named chain as one model.
    package static func chain(_ parts: [(value: Value, span: Span)], in context: EvaluationContext, at span: Span) throws(RuntimeFailure)
        -> ModelObject
    {
        let model = ModelObject(name: "chain")
        let isPart = context.learning.making > 0
        context.learning.making += 1
        defer { context.learning.making -= 1 }
        for part in parts {
            let value = try completed(part.value, in: context, at: part.span)
            guard isCallable(value) else {
                throw RuntimeFailure("E205", "`->` joins callables, this is \(value.kindWithArticle)", at: part.span)
            }
            model.addStep(value, at: part.span)
        }
        if !isPart { model.identify(in: context) }
        return model
    }

    /// Whether the value of one part makes a chain a model: it is a model or a network.
    package static func makesModel(_ value: Value) -> Bool {
        switch value {
        case .model: true
        case .function(let function):
            if function is NetworkObject { true } else if let partial = function as? PartialFunction { makesModel(partial.base) } else { false }
        default: false
        }
    }

    /// Gives every part without an identity its own: this model's network, its count, and the path.
    private func identify(in context: EvaluationContext) {
        let count = context.session.random.modelCounts[name, default: 0]
        context.session.random.modelCounts[name] = count + 1
        visit { path, model in
            if model.identity == nil { model.identity = ModelIdentity(network: name, count: count, path: path) }
        }
    }

    /// The sizes in a list value (or a tensor's shape spread by a list in it).
    static func sizes(of value: Value, at span: Span) throws(RuntimeFailure) -> Shape {
        guard case .list(let list) = value else {
            throw RuntimeFailure("E206", "a shape is a list of sizes, this is \(value.kindWithArticle)", at: span)
        }
        guard list.items.count <= Shape.maximumRank else {
            throw RuntimeFailure("E206", "a tensor has at most \(Shape.maximumRank) axes, this shape has \(list.items.count)", at: span)
        }
        var shape = Shape()
        for item in list.items {
            switch item {
            case .int(let count):
                guard let size = Size(exactly: count) else { throw RuntimeFailure("E206", "\(count) cannot be the size of an axis", at: span) }
                shape.append(size)
            case .size(let size): shape.append(size)
            case .unknown: shape.append(.symbol("size"))
            default: throw RuntimeFailure("E206", "a size is an integer, this is \(item.kindWithArticle)", at: span)
            }
        }
        return shape
    }
}
