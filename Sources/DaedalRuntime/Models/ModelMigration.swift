import DaedalSyntax
import DaedalTensor

/// `migrate(model, to: Reader)`: remakes a model after its network was edited. What the parameters of the old and the new one have in common
/// goes over; the host is told of each.
struct ModelMigration {
    private let call: NativeCall
    private let context: EvaluationContext

    init(_ call: NativeCall) {
        self.call = call
        context = call.context
    }

    /// What became of one parameter or state.
    private enum Fate {
        case kept(Shape)
        case resized(Shape, Shape)
        case new(Shape?)
        case dropped(Shape?)
    }

    /// The new model; the old one stays as it is.
    func run() throws(RuntimeFailure) -> Value {
        if context.learning.block != nil { throw RuntimeFailure("E306", "a model cannot be remade inside a block that learns", at: call.span) }
        let old = try call.model(0), new = try remade(old)
        bind(new, as: old)
        var account: [(path: String, fate: Fate)] = []
        let sources = Dictionary(old.allSlots.map { ($0.path, $0.slot) }, uniquingKeysWith: { first, _ in first })
        var used: Set<String> = []
        for (path, slot) in new.allSlots {
            guard let source = sources[path], source.kind == slot.kind else {
                account.append((path, .new(try shape(of: slot))))
                continue
            }
            used.insert(path)
            slot.isFrozen = source.isFrozen
            guard let tensor = source.cell.tensor else {
                account.append((path, .new(try shape(of: slot))))
                continue
            }
            let shape = try shape(of: slot)
            if let shape, shape.rank != tensor.shape.rank || slot.type(for: tensor.type) != tensor.type {
                account += [(path, .dropped(tensor.shape)), (path, .new(shape))]
                continue
            }
            try slot.inherit(tensor, at: call.span)
            account.append((path, shape.map { $0 == tensor.shape } ?? true ? .kept(tensor.shape) : .resized(tensor.shape, shape ?? tensor.shape)))
        }
        for (path, slot) in old.allSlots where !used.contains(path) { account.append((path, .dropped(slot.cell.tensor?.shape))) }
        freeze(new, as: old)
        new.training = old.training
        context.session.modelGeneration += 1
        for line in Self.lines(account) { context.session.host.progress(line + "\n") }
        return .model(new)
    }

    /// The model that `to` makes: with the arguments that the old one was made with, as far as they still exist.
    private func remade(_ old: ModelObject) throws(RuntimeFailure) -> ModelObject {
        var target = call[1], preset: [String: Value] = [:]
        if case .model(let model) = target {
            if model === old { throw call.failure("E318", "a model cannot be migrated to itself") }
            return model
        }
        while case .function(let function) = target, let partial = function as? PartialFunction {
            for (name, value) in partial.preset { preset[ArgumentBinding.declaredName(name)] = value }
            target = partial.base
        }
        guard case .function(let function) = target, let network = function as? NetworkObject else {
            throw call.wrongKind(1, "a network or a model of it")
        }
        var known = preset
        if let before = old.network {
            for (parameter, argument) in zip(before.parameters, old.arguments) {
                if let argument, known[parameter.name] == nil { known[parameter.name] = argument }
            }
        }
        let missing = network.parameters.filter { $0.isRequired && known[$0.name] == nil }.map { "`\($0.name)`" }
        if !missing.isEmpty {
            throw RuntimeFailure(
                "E102", "\(network.name) needs \(missing.joined(separator: ", ")), which \(old.name) was made without", at: call.span,
                notes: ["make the new model yourself: `to: \(network.name)(…)`"])
        }
        var copies = ModelCopies(in: context, at: call.span)
        var arguments: [Value?] = []
        for parameter in network.parameters {
            guard let value = known[parameter.name] else {
                arguments.append(parameter.isRest ? .list([]) : nil)
                continue
            }
            arguments.append(try copies.copy(value))
        }
        return try ModelObject.make(network, arguments, in: context, at: call.span)
    }

    /// Binds the sizes of the new model by an input of the shape that the old one first saw. An input that does not fit any more binds nothing.
    private func bind(_ new: ModelObject, as old: ModelObject) {
        guard let inputs = old.firstInputs else { return }
        do throws(RuntimeFailure) {
            var arguments = Arguments()
            for (name, signature) in inputs {
                let dummy = try context.dummy(signature, at: call.span)
                if let name { arguments.named.append((name, dummy)) } else { arguments.positional.append(dummy) }
            }
            try context.withoutEvaluation { () throws(RuntimeFailure) in _ = try new.call(arguments, in: context, at: call.span) }
        } catch {}
    }

    private func shape(of slot: Parameter) throws(RuntimeFailure) -> Shape? { try slot.knownShape(in: context) }

    private func freeze(_ new: ModelObject, as old: ModelObject) {
        var frozen: Set<String> = []
        old.visit { path, model in if model.isFrozen { frozen.insert(path) } }
        new.visit { path, model in if frozen.contains(path) { model.isFrozen = true } }
    }

    private static func lines(_ account: [(path: String, fate: Fate)]) -> [String] {
        let width = account.map(\.path.count).max() ?? 0
        return account.map { path, fate in
            let (word, shapes): (String, String) =
                switch fate {
                case .kept(let shape): ("kept   ", shape.description)
                case .resized(let before, let after): ("resized", "\(before) -> \(after)")
                case .new(let shape): ("new    ", shape?.description ?? "")
                case .dropped(let shape): ("dropped", shape?.description ?? "")
                }
            return shapes.isEmpty ? "\(word)  \(path)" : "\(word)  \(path + String(repeating: " ", count: width - path.count))  \(shapes)"
        }
    }
}

extension Parameter {
    /// Takes over the contents of an earlier parameter: what both shapes have in common, as soon as its own is known.
    func inherit(_ tensor: Tensor, at span: Span) throws(RuntimeFailure) {
        guard let own = cell.tensor else {
            heritage = tensor
            return
        }
        cell.set(try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in try own.overlaid(with: tensor) })
    }
}

extension Tensor {
    /// A copy in which the corner that both tensors have in common holds the other's elements. Precondition: the same type and rank.
    func overlaid(with other: Tensor) throws(AllocationFailure) -> Tensor {
        precondition(type == other.type && shape.rank == other.shape.rank, "tensors of one type and rank")
        if shape == other.shape { return other }
        let result = try copy()
        let ours = shape.counts, theirs = other.shape.counts
        func move(_ axis: Int, _ from: Int, _ to: Int) {
            guard axis < ours.count else {
                (result.pointer + to * type.byteCount).copyMemory(from: other.pointer + from * type.byteCount, byteCount: type.byteCount)
                return
            }
            for i in 0..<min(ours[axis], theirs[axis]) { move(axis + 1, from * theirs[axis] + i, to * ours[axis] + i) }
        }
        move(0, 0, 0)
        return result
    }
}
