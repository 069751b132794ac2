import DaedalData
import DaedalTensor

/// `save(value, path)`: a model, a dictionary of tensors, or a tensor, as safetensors; a tensor as npy if the path says so.
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
        if path.hasSuffix(".npy") {
            guard case .tensor = call[0] else { throw call.wrongKind(0, "a tensor, for an npy file holds one") }
        }
        do throws(DataFailure) {
            if path.hasSuffix(".npy") {
                try NPY.write(tensors[0].tensor, to: path, with: call.context.session.host.files)
            } else {
                try Safetensors.write(tensors, to: path, with: call.context.session.host.files)
            }
        } catch { throw RuntimeFailure(data: error, at: call.span) }
    }
}
