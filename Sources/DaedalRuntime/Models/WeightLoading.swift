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

    /// Without `into` the tensors of the file as a dictionary, else nothing.
    func run() throws(RuntimeFailure) -> Value {
        if context.learning.block != nil { throw RuntimeFailure("E306", "a model cannot be changed inside a block that learns", at: call.span) }
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

    private func fill(_ model: ModelObject, _ given: [(name: String, tensor: Tensor)]) throws(RuntimeFailure) {
        let renames = try renames(), ignored = try ignored(), isPartial = try call.bool(4)
        let slots = model.allSlots
        var targets = Dictionary(slots.map { ($0.path, $0.slot) }, uniquingKeysWith: { first, _ in first })
        var taken: [(Parameter, Tensor)] = []
        var unused: [String] = [], misshapen: [String] = []
        var filled: Set<ObjectIdentifier> = []
        for (name, tensor) in given {
            let path = RenamePattern.rename(name, renames)
            if ignored.contains(where: { name.hasPrefix($0) || path.hasPrefix($0) || PathPattern($0).matches(name) }) { continue }
            guard let slot = targets.removeValue(forKey: path) ?? alias(path, in: model) else {
                // PyTorch counts batches beside the running statistics; nothing here needs it.
                if !(path == "num_batches_tracked" || path.hasSuffix(".num_batches_tracked")) { unused.append(name) }
                continue
            }
            let wanted = slot.isKnown(in: context) ? slot.cell.signature.shape : nil
            if let wanted, wanted != tensor.shape {
                misshapen.append("`\(path)` is \(wanted) in the model, \(tensor.shape) in the source")
                continue
            }
            filled.insert(ObjectIdentifier(slot))
            taken.append((slot, tensor))
        }
        let missing = slots.filter { !filled.contains(ObjectIdentifier($0.slot)) && !misshapen.joined().contains("`\($0.path)`") }.map(\.path)
        var notes: [String] = []
        if !misshapen.isEmpty { notes.append("of another shape: " + Self.list(misshapen)) }
        if !missing.isEmpty && !isPartial { notes.append("missing in the source: " + Self.list(missing.map { "`\($0)`" })) }
        if !unused.isEmpty && !isPartial { notes.append("not in the model: " + Self.list(unused.map { "`\($0)`" })) }
        if !notes.isEmpty {
            throw RuntimeFailure(
                "E407", "these weights do not fit \(model.name)", at: call.span,
                notes: notes + (misshapen.isEmpty ? ["`rename:`, `ignore:` and `partial: true` say what to do with them"] : []))
        }
        try context.beforeChanging(taken.map(\.0.cell))
        for (slot, tensor) in taken {
            let type = slot.cell.isBound ? slot.cell.signature.type : tensor.type
            slot.cell.set(
                try TensorLiteral.allocate(at: call.span) { () throws(AllocationFailure) in
                    slot.kind == .param && !tensor.type.isFloat ? try tensor.converted(to: .f32) : try tensor.converted(to: type)
                })
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

/// `"encoder.layer.*.attention.": "layers.*.attention."`: a beginning of names, in which `*` stands for one part that is carried over.
struct RenamePattern {
    private let from: String
    private let to: String

    init(_ from: String, _ to: String) {
        self.from = from
        self.to = to
    }

    /// The name after the pattern that fits the longest beginning; as it is if none does.
    static func rename(_ name: String, _ patterns: [RenamePattern]) -> String {
        patterns.compactMap { $0.apply(name) }.max { $0.matched < $1.matched }?.result ?? name
    }

    private func apply(_ name: String) -> (matched: Int, result: String)? {
        var rest = name[...]
        var carried: [Substring] = []
        for (i, piece) in from.split(separator: "*", omittingEmptySubsequences: false).enumerated() {
            if i > 0 {
                let end = rest.firstIndex(of: ".") ?? rest.endIndex
                guard end > rest.startIndex else { return nil }
                carried.append(rest[..<end])
                rest = rest[end...]
            }
            guard rest.hasPrefix(piece) else { return nil }
            rest = rest.dropFirst(piece.count)
        }
        var result = ""
        for (i, piece) in to.split(separator: "*", omittingEmptySubsequences: false).enumerated() {
            if i > 0 { result += i - 1 < carried.count ? String(carried[i - 1]) : "*" }
            result += piece
        }
        return (name.count - rest.count, result + rest)
    }
}

/// `save(value, path)`: a model, a dictionary of tensors, or a tensor, as safetensors.
enum WeightSaving {
    static func save(_ call: NativeCall) throws(RuntimeFailure) {
        let path = try call.string(1)
        var tensors: [(name: String, tensor: Tensor)] = []
        switch call[0] {
        case .model(let model):
            for (name, slot) in model.allSlots {
                try slot.bind(in: call.context, at: call.span)
                if let tensor = slot.cell.tensor { tensors.append((name, tensor)) }
            }
        case .dictionary(let dictionary):
            for (key, value) in zip(dictionary.keys, dictionary.values) {
                tensors.append((key.pathText, try call.context.concreteTensor(value, of: "`\(key.pathText)`", at: call.span)))
            }
        case .tensor(let tensor): tensors.append(("tensor", try call.context.force(tensor, at: call.span)))
        default: throw call.wrongKind(0, "a model, a dictionary of tensors, or a tensor")
        }
        do throws(DataFailure) {
            if path.hasSuffix(".npy"), tensors.count == 1, case .tensor = call[0] {
                try NPY.write(tensors[0].tensor, to: path, with: call.context.session.host.files)
            } else {
                try Safetensors.write(tensors, to: path, with: call.context.session.host.files)
            }
        } catch { throw RuntimeFailure(data: error, at: call.span) }
    }
}
