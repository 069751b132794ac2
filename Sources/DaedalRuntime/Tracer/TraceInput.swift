import DaedalGraph
import DaedalTensor

/// Something outside a trace that its operations read: a concrete tensor, a parameter, the key of a random draw.
/// A trace holds one `input` node for each such object it meets, found again by identity.
package protocol TraceInput: AnyObject {
    /// The type and shape of the input node.
    var signature: Signature { get }
    /// The contents when a plan runs; asked anew for every execution.
    var currentTensor: Tensor { get }
    /// The contents for a plan that does not keep them beyond its run; nil where they are made anew for every execution.
    var lentStorage: Unmanaged<Storage>? { get }
    /// What tells these contents from all others; 0 where only their storage does.
    var lentVersion: Int { get }
}

extension TraceInput {
    package var lentVersion: Int { 0 }
    package var lentStorage: Unmanaged<Storage>? { nil }
}

extension TensorObject: TraceInput {
    package var signature: Signature { Signature(type: type, shape: shape) }

    package var lentStorage: Unmanaged<Storage>? { value.map { .passUnretained($0.storage) } }

    /// The contents. Precondition: the tensor is concrete (pending tensors are nodes, or evaluated before they become inputs).
    package var currentTensor: Tensor {
        guard let value else { preconditionFailure("a pending tensor was bound to a plan") }
        return value
    }
}
