import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension SymbolicEvaluator {
    /// Makes a model: arguments bound, the body walked once.
    func make(_ network: SymbolicNetwork, _ bound: [Value?], at span: Span) throws(RuntimeFailure) -> Value {
        let declaration = network.declaration
        if calling > 0 || trace.pins > 0 || trace.outer != nil, !session.sources.source(of: span).isLibrary {
            throw RuntimeFailure(
                "E320", "\(network.name) is made anew at every step here", at: span,
                notes: ["make it once: `let` in the body of the network, or before the block, and call the model that it names"])
        }
        if activeFunctions.lazy.filter({ $0 == ObjectIdentifier(declaration) }).count >= 8 { return .unknown(.model) }
        activeFunctions.append(ObjectIdentifier(declaration))
        defer { activeFunctions.removeLast() }
        let scope = SymbolicScope(parent: network.scope)
        let model = SymbolicModel(network, bound, scope: scope, span: span)
        scope.model = model
        models.append(model)
        do {
            try bind(declaration.parameters, bound, scope, at: span)
            hoist(declaration.body.statements, scope)
            frames.append(Frame(uncertainty: uncertainty))
            defer { frames.removeLast() }
            try build(declaration.body.statements, model, scope)
        } catch {
            error.unwind(through: RuntimeFailure.Frame(name: network.name, span: span))
            throw error
        }
        if model.forward != nil, let step = model.steps.first {
            throw RuntimeFailure("E220", "`\(model.name)` has both steps and a `forward`: it is one or the other", at: step.span)
        }
        return .object(model)
    }

    /// The statements of a network's body: expressions add steps, also in `for` and `if`.
    private func build(_ statements: [Statement], _ model: SymbolicModel, _ scope: SymbolicScope) throws(RuntimeFailure) {
        var failure: RuntimeFailure?
        for statement in statements {
            do throws(RuntimeFailure) { try build(statement, model, scope) } catch {
                if scope.isLibrary { throw error }
                if failure == nil { failure = error } else { report(error) }
            }
        }
        if let failure { throw failure }
    }

    private func build(_ statement: Statement, _ model: SymbolicModel, _ scope: SymbolicScope) throws(RuntimeFailure) {
        switch statement.kind {
        case .expression(let expression):
            if case .conditional(let branches, let otherwise) = expression.kind {
                try buildConditional(branches, otherwise, model, scope)
            } else {
                try addStep(try evaluate(expression, scope), expression, model)
            }
        case .forLoop(let pattern, let sequence, let body):
            guard let items = items(of: try evaluate(sequence, scope)) else {
                model.isOpaque = true
                return
            }
            for item in items {
                let inner = SymbolicScope(parent: scope)
                define(pattern, item, inner, isVariable: false)
                try build(body.statements, model, inner)
            }
        case .slots(let kind, let slots):
            for slot in slots {
                let exists: Value = if let condition = slot.condition { try evaluate(condition, scope) } else { .bool(true) }
                model.slots.append(SymbolicSlot(slot, kind, exists: exists))
                if slot.shape == nil { try shapeFromInitializer(model.slots[model.slots.count - 1], scope) }
            }
        case .forward(let function): model.forward = function
        case .input(let shapes): for shape in shapes { bindInput(shape, model, scope) }
        case .binding(let isVariable, let bindings):
            for (pattern, expression) in bindings {
                var value = Value.unknown(.anything)
                defer { define(pattern, value, scope, isVariable: isVariable) }
                value = try evaluate(expression, scope)
                // `let norm = BatchNorm` makes one.
                if case .function(let network as SymbolicNetwork) = value { value = try call(.function(network), Arguments(), at: expression.span) }
            }
        default: _ = try execute(statement, scope)
        }
    }

    private func buildConditional(
        _ branches: [(condition: Expression, body: Block)], _ otherwise: Block?, _ model: SymbolicModel, _ scope: SymbolicScope
    ) throws(RuntimeFailure) {
        for (condition, body) in branches {
            let test = try evaluate(condition, scope)
            try checkCondition(test, at: condition.span)
            guard case .bool(let taken) = test else {
                model.isOpaque = true
                return
            }
            if taken { return try build(body.statements, model, SymbolicScope(parent: scope)) }
        }
        if let otherwise { try build(otherwise.statements, model, SymbolicScope(parent: scope)) }
    }

    private func addStep(_ value: Value, _ expression: Expression, _ model: SymbolicModel) throws(RuntimeFailure) {
        switch value {
        case .none: break
        case .unknown: model.isOpaque = true
        case .function(let network as SymbolicNetwork):
            model.steps.append(.init(callee: try call(.function(network), Arguments(), at: expression.span), span: expression.span))
        case .object(let chain as SymbolicModel) where chain.isChain:
            let spans = chainSpans(expression)
            for (at, step) in chain.steps.enumerated() {
                model.steps.append(.init(callee: step.callee, span: spans.count == chain.steps.count ? spans[at] : expression.span))
            }
        case .function(let composition as Composition):
            for part in composition.parts { model.steps.append(.init(callee: part, span: expression.span)) }
        case .function, .object(is SymbolicModel): model.steps.append(.init(callee: value, span: expression.span))
        default:
            throw RuntimeFailure(
                "E221", "a line of a network is a step and must be something to call; here is \(value.kindWithArticle)", at: expression.span)
        }
    }

    /// The places of the links of `a -> b -> c`.
    private func chainSpans(_ expression: Expression) -> [Span] {
        if case .binary(.compose, let left, _, let right) = expression.kind { return chainSpans(left) + chainSpans(right) }
        return [expression.span]
    }

    private func shapeFromInitializer(_ slot: SymbolicSlot, _ scope: SymbolicScope) throws(RuntimeFailure) {
        switch try evaluate(slot.slot.initializer, scope) {
        case .tensor(let tensor): slot.value = symbolicTensor(.init(type: slot.kind == .param ? .f32 : tensor.type, shape: tensor.shape))
        case .int, .float: slot.value = symbolicTensor(.init(type: .f32, shape: .scalar))
        default: break
        }
        register(slot)
    }

    private func register(_ slot: SymbolicSlot) {
        if case .tensor(let tensor) = slot.value, let node = tensor.node { slotsByNode[node] = slot }
    }

    /// `input [1, 28, 28]` names no batch axis; its literal sizes bind nothing, named ones do.
    private func bindInput(_ pattern: ShapePattern, _ model: SymbolicModel, _ scope: SymbolicScope) { _ = instance(of: pattern, scope) }

    /// Works out the shapes of a model's slots from the sizes that a call bound, and holds them to what they were before.
    func resolveSlots(of model: SymbolicModel, _ sizes: SymbolicScope, at span: Span) throws(RuntimeFailure) {
        for slot in model.slots {
            guard case .axes(let axes, _)? = slot.slot.shape, let shape = try slotShape(axes, sizes) else { continue }
            if let before = slot.shape {
                guard before.rank != shape.rank || zip(before, shape).contains(where: { $0.relation(to: $1) == .different }) else { continue }
                throw RuntimeFailure(
                    "E203",
                    "`\(slot.slot.name.text)` of this `\(model.name)` has been \(before) since its first input; this input asks for \(shape)",
                    at: span)
            }
            slot.shape = shape
            slot.value = symbolicTensor(Signature(type: .f32, shape: shape))
            register(slot)
        }
    }

    private func slotShape(_ axes: [AxisPattern], _ sizes: SymbolicScope) throws(RuntimeFailure) -> Shape? {
        var shape = Shape()
        for axis in axes {
            switch axis {
            case .size(let expression):
                guard let size = size(try evaluate(expression, sizes)), shape.rank < Shape.maximumRank else { return nil }
                shape.append(size)
            case .rest(let expression?, _):
                guard case .list(let list) = try evaluate(expression, sizes) else { return nil }
                for item in list.items {
                    guard let size = size(item), shape.rank < Shape.maximumRank else { return nil }
                    shape.append(size)
                }
            case .rest(nil, _): return nil
            }
        }
        return shape
    }

    /// Names the parameters of a part in the model around it.
    func place(_ values: [Value]) -> Value? {
        guard case .object(let model as SymbolicModel)? = values.first, values.count == 2, case .string(let pattern) = values[1],
            let star = pattern.text.firstIndex(of: "*")
        else { return nil }
        model.placement = (String(pattern.text[..<star]), String(pattern.text[pattern.text.index(after: star)...]))
        return values[0]
    }

    /// Calls a model.
    func apply(_ model: SymbolicModel, _ arguments: Arguments, at span: Span) throws(RuntimeFailure) -> Value {
        if model.isOpaque {
            unknownCalls += 1
            return .unknown(.tensor)
        }
        if let forward = model.forward, let scope = model.scope {
            // One name for a whole record: `forward(user: [n], film: [n])` takes a record apart by name.
            var given = arguments
            if given.named.isEmpty, given.positional.count == 1, case .record(let record) = given.positional[0], let names = record.names,
                names.allSatisfy({ name in forward.parameters.contains { $0.name.text == name } })
            {
                given = Arguments([], named: Array(zip(names, record.fields)))
            }
            return try onTheWay(model, first: given.positional.first ?? given.named.first?.value ?? .none, isForward: true, at: span) {
                () throws(RuntimeFailure) in
                let closure = SymbolicClosure(forward, scope, name: model.name)
                guard case .complete(let bound) = try ArgumentBinding.bind(given, to: closure.parameters, of: model.name, at: span) else {
                    return .unknown(.anything)
                }
                return try call(closure, bound, at: span)
            }
        }
        guard let first = arguments.positional.first, arguments.positional.count == 1, arguments.named.isEmpty || model.isChain else {
            if model.isChain, !model.steps.isEmpty { return try applySteps(model, arguments, at: span) }
            throw RuntimeFailure("E103", "`\(model.name)` is made of steps and takes one input, here are \(arguments.positional.count)", at: span)
        }
        return try applySteps(model, Arguments([first], named: arguments.named), at: span)
    }

    private func applySteps(_ model: SymbolicModel, _ arguments: Arguments, at span: Span) throws(RuntimeFailure) -> Value {
        try onTheWay(model, first: arguments.positional.first ?? .none, isForward: false, at: span) { () throws(RuntimeFailure) in
            var value = arguments.positional.first ?? .none
            for (at, step) in model.steps.enumerated() {
                do throws(RuntimeFailure) { value = try call(step.callee, at == 0 ? arguments : Arguments([value]), at: step.span) } catch {
                    notePath(error, calledAt: span)
                    error.unwind(through: RuntimeFailure.Frame(name: model.name, span: span))
                    throw error
                }
                shapePaths[shapePaths.count - 1].entries.append("\(name(of: step.callee)) \(shapeText(value))")
            }
            return value
        }
    }

    /// Runs a call of a model with the path of shapes through it at hand.
    private func onTheWay(
        _ model: SymbolicModel, first: Value, isForward: Bool, at span: Span, _ body: () throws(RuntimeFailure) -> Value
    ) throws(RuntimeFailure) -> Value {
        let isOwn = model.scope.map { !$0.isLibrary } ?? !session.sources.source(of: model.span).isLibrary
        shapePaths.append(
            ShapePath(name: isForward ? "\(model.name).forward" : model.name, isForward: isForward, entries: ["input \(shapeText(first))"]))
        calling += 1
        defer { calling -= 1 }
        let result: Value
        do throws(RuntimeFailure) { result = try body() } catch {
            if isOwn { notePath(error, calledAt: span) }
            shapePaths.removeLast()
            throw error
        }
        let way = shapePaths.removeLast()
        if let outer = shapePaths.last, outer.isForward {
            // A chain is no layer: its layers are.
            let entries = model.isChain ? Array(way.entries.dropFirst()) : ["\(model.name) \(shapeText(result))"]
            shapePaths[shapePaths.count - 1].entries += entries
        }
        return result
    }

    /// Adds to a mistake of shapes how the innermost network was reached and what its layers had given so far.
    private func notePath(_ failure: RuntimeFailure, calledAt call: Span) {
        guard failure.diagnostic.code.hasPrefix("E2"), let path = shapePaths.last, !failure.diagnostic.notes.contains(where: { $0.hasPrefix("in ") })
        else { return }
        var note = "in \(path.name)"
        if let purpose = purposes.last {
            note += ", reached from `\(purpose.text)` (line \(session.sources.source(of: purpose.span).line(at: purpose.span.start)))"
        } else {
            let source = session.sources.source(of: call)
            let line = source.line(at: call.start)
            if !source.isLibrary, call.source != failure.diagnostic.span.source || line != source.line(at: failure.diagnostic.span.start) {
                note += ", called in line \(line)"
            }
        }
        failure.diagnostic.notes.append("\(note); the path so far: \(path.text)")
    }

    private func name(of callee: Value) -> String {
        switch callee {
        case .object(let model as SymbolicModel): model.name
        case .function(let function): function.name
        default: callee.kindName
        }
    }

    private func shapeText(_ value: Value) -> String { if case .tensor(let tensor) = value { tensor.shape.description } else { "?" } }
}
