import DaedalGraph
import DaedalTensor

/// A place whose contents plans read and overwrite: of a parameter, a state of a model, or a state of an optimizer.
///
/// The cell keeps the only long-lived reference to its storage. Whoever else holds it (a snapshot in the program, a pending value) keeps the old
/// contents: `makeUnique` gives the cell a copy of its own before a plan writes.
package final class TensorCell: TraceInput {
    private var type: ElementType = .f32
    private var shape: Shape = .scalar
    private var storage: Storage?

    /// Creates a cell without contents.
    package init() {}

    /// Creates a cell with contents, which may be shared.
    package init(_ tensor: Tensor) { set(tensor) }

    /// Whether there are contents.
    package var isBound: Bool { storage != nil }

    /// The contents as they are now, shared; nil if there are none.
    package var tensor: Tensor? { storage.map { Tensor(type: type, shape: shape, storage: $0) } }

    /// Replaces the contents. The tensor may be shared.
    package func set(_ tensor: Tensor) {
        type = tensor.type
        shape = tensor.shape
        storage = tensor.storage
    }

    /// Gives the checker's stand-in a type and shape without contents.
    package func setSignature(_ signature: Signature) {
        type = signature.type
        shape = signature.shape
    }

    /// Makes sure that nobody else holds the storage.
    package func makeUnique() throws(AllocationFailure) {
        guard storage != nil, !isKnownUniquelyReferenced(&storage), let tensor else { return }
        storage = try tensor.copy().storage
    }

    package var signature: Signature { Signature(type: type, shape: shape) }

    /// The bytes of the contents; 0 if there are none.
    package var byteCount: Int { isBound ? (shape.elementCount ?? 0) * type.byteCount : 0 }

    package var currentTensor: Tensor {
        guard let tensor else { preconditionFailure("a cell without contents was bound to a plan") }
        return tensor
    }
}
