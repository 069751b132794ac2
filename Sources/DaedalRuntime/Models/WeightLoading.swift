import DaedalData
import DaedalSyntax
import DaedalTensor

/// `load(source, into: model, rename:, ignore:, partial:)`: takes over every parameter and state, or says what does not fit.
struct WeightLoading {
    private let call: NativeCall
    private let context: EvaluationContext

    init(_ call: NativeCall) {
        self.call = call
        context = call.context
    }

    /// Without `into` the tensors of the file as a dictionary, else the model.
    func run() throws(RuntimeFailure) -> Value {
        if context.learning.block != nil { throw RuntimeFailure("E306", "a model cannot be changed inside a block that learns", at: call.span) }
        if let array = try array() { return array }
        let given = try tensors()
        if call.isNone(1) {
            let result = DictionaryObject()
            for (name, tensor) in given { result[.string(name)] = .tensor(TensorObject(tensor)) }
            return .dictionary(result)
        }
        try fill(call.model(1), given)
        return call[1]
    }

    private func tensors() throws(RuntimeFailure) -> [(name: String, tensor: Tensor)] {
        switch call[0] {
        case .string(let path):
            do throws(DataFailure) {
                return try Safetensors(opening: path.text, from: context.session.host.files).all()
            } catch { throw RuntimeFailure(data: error, at: call.span) }
        case .dictionary(let dictionary):
            var result: [(name: String, tensor: Tensor)] = []
            for (key, value) in zip(dictionary.keys, dictionary.values) {
                result.append((key.pathText, try context.concreteTensor(value, of: "`\(key.pathText)`", at: call.span)))
            }
            return result
        case .model(let model):
            var result: [(name: String, tensor: Tensor)] = []
            for (path, slot) in model.allSlots {
                try slot.bind(in: context, at: call.span)
                if let tensor = slot.cell.tensor { result.append((path, tensor)) }
            }
            return result
        default: throw call.wrongKind(0, "a path, a dictionary or a model")
        }
    }

    /// What `load("x.npy")` gives; nil for other files.
    private func array() throws(RuntimeFailure) -> Value? {
        guard case .string(let path) = call[0], path.text.hasSuffix(".npy"), call.isNone(1) else { return nil }
        do throws(DataFailure) {
            return .tensor(TensorObject(try NPY.read(path.text, from: context.session.host.files)))
        } catch { throw RuntimeFailure(data: error, at: call.span) }
    }

    private func fill(_ model: ModelObject, _ given: [(name: String, tensor: Tensor)]) throws(RuntimeFailure) {
        let renames = try renames(), ignored = try ignored(), isPartial = try call.bool(4)
        let slots = model.allSlots
        var targets = Dictionary(slots.map { ($0.path, $0.slot) }, uniquingKeysWith: { first, _ in first })
        var found: [(path: String, slot: Parameter, tensor: Tensor)] = []
        var unused: [String] = []
        for (name, tensor) in given {
            let path = RenamePattern.rename(name, renames)
            if ignored.contains(where: { name.hasPrefix($0) || path.hasPrefix($0) || PathPattern($0).matches(name) }) { continue }
            if let slot = targets.removeValue(forKey: path) ?? alias(path, in: model) {
                found.append((path, slot, tensor))
            } else if !(path == "num_batches_tracked" || path.hasSuffix(".num_batches_tracked")) {
                // PyTorch counts batches beside the running statistics; nothing here needs it.
                unused.append(name == path ? "`\(name)`" : "`\(name)` (renamed `\(path)`)")
            }
        }
        var sizes = SizeInference(in: context)
        var misshapen: [String] = [], taken: [(slot: Parameter, tensor: Tensor)] = []
        for (path, slot, tensor) in found {
            if let wanted = sizes.mismatch(of: slot, with: tensor.shape) {
                misshapen.append("`\(path)` is \(wanted) in the model, \(tensor.shape) in the source")
            }
        }
        if misshapen.isEmpty || isPartial {
            for (path, slot, tensor) in found {
                if let wanted = try slot.knownShape(in: context), wanted != tensor.shape {
                    misshapen.append("`\(path)` is \(wanted) in the model, \(tensor.shape) in the source")
                } else {
                    taken.append((slot, tensor))
                }
            }
        }
        let present = Set(found.map { ObjectIdentifier($0.slot) })
        let missing = slots.filter { !present.contains(ObjectIdentifier($0.slot)) }.map(\.path)
        var notes: [String] = []
        if !misshapen.isEmpty { notes.append("of another shape: " + Self.list(misshapen)) }
        if !missing.isEmpty { notes.append("missing in the source: " + Self.list(missing.map { "`\($0)`" })) }
        if !unused.isEmpty { notes.append("not in the model: " + Self.list(unused)) }
        if !notes.isEmpty && !isPartial {
            sizes.undo()
            throw RuntimeFailure(
                "E407", "these weights do not fit \(model.name)", at: call.span,
                notes: notes + ["`rename:`, `ignore:` and `partial: true` say what to do with them"])
        }
        if taken.isEmpty && !given.isEmpty {
            sizes.undo()
            throw RuntimeFailure("E407", "none of these weights fits \(model.name)", at: call.span, notes: notes)
        }
        try context.beforeChanging(taken.map(\.slot.cell))
        for (slot, tensor) in taken {
            slot.cell.set(
                try TensorLiteral.allocate(at: call.span) { () throws(AllocationFailure) in try tensor.converted(to: slot.type(for: tensor.type)) })
        }
        context.session.modelGeneration += 1
    }

    /// A parameter under another of its paths: shared parts are saved once, but published files may hold them twice.
    private func alias(_ path: String, in model: ModelObject) -> Parameter? {
        let parts = path.split(separator: ".", omittingEmptySubsequences: false)
        guard let last = parts.last, case .model(let owner)? = model.part(at: Array(parts.dropLast())) else { return nil }
        return owner.slot(String(last))
    }

    private static func list(_ items: [String]) -> String {
        items.prefix(12).joined(separator: ", ") + (items.count > 12 ? ", … (\(items.count) in all)" : "")
    }

    private func renames() throws(RuntimeFailure) -> [RenamePattern] {
        if call.isNone(2) { return [] }
        guard case .dictionary(let dictionary) = call[2] else { throw call.wrongKind(2, "a dictionary from patterns to patterns") }
        var result: [RenamePattern] = []
        for (key, value) in zip(dictionary.keys, dictionary.values) {
            guard case .string(let from) = key, case .string(let to) = value else {
                throw call.wrongKind(2, "a dictionary from patterns to patterns")
            }
            result.append(RenamePattern(from, to.text))
        }
        return result
    }

    private func ignored() throws(RuntimeFailure) -> [String] {
        if call.isNone(3) { return [] }
        return try call.items(3).map { (item) throws(RuntimeFailure) in
            guard case .string(let text) = item else { throw call.wrongKind(3, "a list of beginnings of names") }
            return text.text
        }
    }
}
