import DaedalSyntax
import DaedalTensor

extension ModelObject {
    /// The value of `.name`: a parameter's contents, a part, a method, `parameters`; nil if there is none.
    package func member(_ name: String, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value? {
        if let wrapped {
            if let method = wrapped.model.method(name) {
                return .function(BoundMethod(name, method, of: wrapped.model, how: wrapped.how))
            }
            return try wrapped.model.member(name, in: context, at: span)
        }
        if let slot = slot(name) { return try slot.seen(in: context, at: span) }
        if let method = method(name) {
            return context.learning.taps.isEmpty ? method : .function(BoundMethod(name, method, of: self))
        }
        if let part = parts.first(where: { $0.label == name }) { return part.value }
        if let value = values[name] { return value }
        if name == "parameters" { return try parameterList(in: context, at: span) }
        return nil
    }

    /// The function of a method.
    private func method(_ name: String) -> Value? {
        if let wrapped { return wrapped.model.method(name) }
        return methods.first { $0.name == name }?.function
    }

    /// The names `member` answers to.
    package var memberNames: [String] {
        if let wrapped { return wrapped.model.memberNames }
        let named = parts.map(\.label).filter { Int($0) == nil }
        return slots.map(\.name) + methods.map(\.name) + named
            + values.keys.filter { name in !named.contains(name) && !slots.contains { $0.name == name } }.sorted() + ["parameters"]
    }

    /// Sets a parameter or state, or puts another model in the place of a part.
    package func setMember(_ name: String, to value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Bool {
        if let wrapped { return try wrapped.model.setMember(name, to: value, in: context, at: span) }
        if context.learning.block != nil {
            throw RuntimeFailure("E306", "a model cannot be changed inside a block that learns", at: span)
        }
        if let slot = slot(name) {
            try slot.set(value, in: context, at: span)
            return true
        }
        if let part = parts.first(where: { $0.label == name }), case .model(let old) = part.value, case .model(let new) = value {
            old.become(new)
            context.session.modelGeneration += 1
            return true
        }
        return false
    }

    /// `model.parameters`: what can be trained.
    private func parameterList(in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        var rows: [Value] = []
        for (path, slot) in allSlots where slot.kind == .param {
            let value = try slot.seen(in: context, at: span)
            let shape = slot.cell.signature.shape
            let sizes = shape.map { size -> Value in size.known.map { .int($0) } ?? .size(size) }
            let count: Value = shape.elementCount.map { .int($0) } ?? .size(shape.elementCountSize)
            rows.append(
                .record(
                    RecordObject(
                        names: ["path", "shape", "count", "value", "frozen"],
                        fields: [.string(path), .list(sizes), count, value, .bool(slot.isFrozen)])))
        }
        return .list(rows)
    }

    /// `model[0]`, `model[..-1]`: a step, or a model of some of the steps that shares their parameters.
    package func subscripted(_ items: [Index], in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value? {
        if let wrapped { return try wrapped.model.subscripted(items, in: context, at: span) }
        guard items.count == 1, case .value(let index) = items[0] else { return nil }
        guard forward == nil else {
            throw RuntimeFailure("E208", "\(name) has a `forward` and no steps to index", at: span, notes: ["its parts have names: `model.name`"])
        }
        switch index {
        case .int(let given):
            let at = given < 0 ? given &+ steps.count : given
            guard steps.indices.contains(at) else {
                throw RuntimeFailure("E503", "\(name) has \(steps.count) step\(steps.count == 1 ? "" : "s"), there is no step \(given)", at: span)
            }
            return steps[at].value
        case .range(let range):
            func clamped(_ bound: Int?, _ otherwise: Int) -> Int {
                guard let bound else { return otherwise }
                return min(max(bound < 0 ? bound &+ steps.count : bound, 0), steps.count)
            }
            let from = clamped(range.start, 0), to = max(clamped(range.end, steps.count), from)
            guard range.step == 1 else { throw RuntimeFailure("E208", "steps are cut without a stride", at: span) }
            let part = ModelObject(name: name)
            part.isFrozen = isFrozen
            for step in steps[from..<to] { part.addStep(step.value, at: step.span) }
            return .model(part)
        default: return nil
        }
    }

    /// What `print` shows: the network, the count of its parameters once they are known.
    package var text: String {
        let slots = (wrapped?.model ?? self).allSlots.filter { $0.slot.kind == .param }.map(\.slot)
        guard slots.allSatisfy(\.cell.isBound) else { return "<\(name)>" }
        let count = slots.reduce(0) { $0 + $1.cell.signature.shape.elementCountOrZero }
        return "<\(name), \(count) parameter\(count == 1 ? "" : "s")>"
    }

    /// Takes over another model's parts and behaviour, sharing its parameters; whoever calls this one calls that from now on.
    func become(_ other: ModelObject) {
        guard other !== self else { return }
        (name, network, arguments) = (other.name, other.network, other.arguments)
        (sizes, slots, forward, methods, values) = (other.sizes, other.slots, other.forward, other.methods, other.values)
        replaceParts(other.parts, steps: other.steps)
        firstInputs = other.firstInputs
        (isFrozen, wrapped, identity, placement) = (other.isFrozen, other.wrapped, other.identity, other.placement)
    }
}

extension Shape {
    /// The count of elements of a concrete shape.
    var elementCountOrZero: Int { elementCount ?? 0 }
}

extension Parameter {
    /// Replaces the contents by a value that the program gives: `m.head.weight = t`.
    func set(_ value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        var tensor = try context.concreteTensor(value, preferring: .f32, of: "`\(name)`", at: span)
        var sizes = SizeInference(in: context)
        let wanted: String? =
            if let mismatch = sizes.mismatch(of: self, with: tensor.shape) { mismatch } else {
                try knownShape(in: context).flatMap { $0 == tensor.shape ? nil : $0.description }
            }
        if let wanted {
            sizes.undo()
            throw RuntimeFailure("E201", "`\(name)` has the shape \(wanted), the value has \(tensor.shape)", at: span)
        }
        tensor = try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in try tensor.converted(to: type(for: tensor.type)) }
        if !cell.isBound { context.session.modelGeneration += 1 }
        try context.beforeChanging([cell])
        cell.set(tensor)
    }
}
