import DaedalSyntax
import DaedalTensor

/// Copies of models: each body runs again with the same arguments (copies where they are models), then the contents are taken over.
struct ModelCopies {
    private var copies: [ObjectIdentifier: ModelObject] = [:]
    private let context: EvaluationContext
    private let span: Span

    init(in context: EvaluationContext, at span: Span) {
        self.context = context
        self.span = span
    }

    /// The copy of a model; parts that are shared stay shared among the copies.
    mutating func copy(_ model: ModelObject) throws(RuntimeFailure) -> ModelObject {
        if let known = copies[ObjectIdentifier(model)] { return known }
        if let wrapped = model.wrapped {
            let result = ModelObject(name: model.name)
            copies[ObjectIdentifier(model)] = result
            result.wrapped = (try copy(wrapped.model), wrapped.how)
            return result
        }
        let result: ModelObject
        if let network = model.network {
            var arguments: [Value?] = []
            for argument in model.arguments {
                if let argument { arguments.append(try copy(argument)) } else { arguments.append(nil) }
            }
            context.learning.making += 1
            defer { context.learning.making -= 1 }
            result = try ModelObject.make(network, arguments, in: context, at: span)
        } else {
            result = ModelObject(name: model.name)
            for step in model.steps { result.addStep(try copy(step.value), at: step.span) }
        }
        copies[ObjectIdentifier(model)] = result
        try take(model, into: result)
        return result
    }

    /// The value with copies in the place of models.
    mutating func copy(_ value: Value) throws(RuntimeFailure) -> Value {
        guard ModelObject.holdsModel(value) else { return value }
        switch value {
        case .model(let model): return .model(try copy(model))
        default:
            let tree = TensorTree(value)
            var leaves: [Value] = []
            for leaf in tree.leaves { leaves.append(try copy(leaf)) }
            return tree.rebuilt(leaves)
        }
    }

    /// Takes over contents, sizes and flags, part by part; a part that was replaced is replaced in the copy.
    private mutating func take(_ old: ModelObject, into new: ModelObject) throws(RuntimeFailure) {
        new.isFrozen = old.isFrozen
        new.identity = old.identity
        new.training = old.training
        new.firstInputs = old.firstInputs
        for (a, b) in zip(old.sizes, new.sizes) { if let value = a.value { b.bind(value) } }
        for (a, b) in zip(old.slots, new.slots) where a.name == b.name {
            b.isFrozen = a.isFrozen
            if let tensor = a.cell.tensor { b.cell.set(tensor) }
        }
        if old.hasOtherSteps {
            var parts: [(label: String, value: Value)] = [], steps: [(value: Value, span: Span)] = []
            for part in old.parts { parts.append((part.label, try copy(part.value))) }
            for step in old.steps { steps.append((try copy(step.value), step.span)) }
            new.replaceParts(parts, steps: steps)
            new.hasOtherSteps = true
            return
        }
        for (a, b) in zip(old.parts, new.parts) { try take(a.value, into: b.value) }
    }

    private mutating func take(_ old: Value, into new: Value) throws(RuntimeFailure) {
        for (a, b) in zip(TensorTree(old).leaves, TensorTree(new).leaves) {
            guard case .model(let a) = a, case .model(let b) = b, a !== b, copies[ObjectIdentifier(a)] !== b else { continue }
            if !a.isReplacement, a.network === b.network && a.network != nil || a.network == nil && b.network == nil && a.steps.count == b.steps.count
            {
                copies[ObjectIdentifier(a)] = b
                try take(a, into: b)
            } else {
                b.become(try copy(a))
                b.isReplacement = true
            }
        }
    }
}

extension ModelObject {
    /// Puts another model, or a function for a step, in the place of the part under a path.
    func replacePart(at path: String, with value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        if context.learning.block != nil { throw RuntimeFailure("E306", "a model cannot be changed inside a block that learns", at: span) }
        let parts = path.split(separator: ".", omittingEmptySubsequences: false)
        let new = try ModelObject.completed(value, in: context, at: span)
        guard let last = parts.last, case .model(let owner)? = part(at: Array(parts.dropLast())) else { throw missing(path, at: span) }
        context.session.modelGeneration += 1
        if case .model(let old)? = owner.part(at: [last]), case .model(let new) = new {
            old.become(new)
            old.isReplacement = true
            return
        }
        guard let index = Int(last), owner.steps.indices.contains(index), ModelObject.isCallable(new) else { throw missing(path, at: span) }
        var steps = owner.steps
        steps[index].value = new
        let named = owner.parts.filter { Int($0.label) == nil }
        let numbered = steps.enumerated().filter { ModelObject.holdsModel($0.element.value) }.map {
            (label: String($0.offset), value: $0.element.value)
        }
        owner.replaceParts(named + numbered, steps: steps)
        owner.hasOtherSteps = true
    }

    private func missing(_ path: String, at span: Span) -> RuntimeFailure {
        let known = partPaths, nearest = Suggestion.nearest(to: path, in: known)
        let shown = known.prefix(12).map { "`\($0)`" }.joined(separator: ", ") + (known.count > 12 ? ", …" : "")
        return RuntimeFailure(
            "E318", "\(name) has no part `\(path)`", at: span, notes: nearest != nil ? [] : [known.isEmpty ? "it has no parts" : "it has \(shown)"],
            fixes: nearest.map { [.init("did you mean \"\($0)\"?")] } ?? [])
    }
}
