import DaedalGraph
import DaedalTensor
import Synchronization

/// A place whose contents plans read and overwrite: of a parameter, a state of a model, or a state of an optimizer.
///
/// The cell keeps the only long-lived reference to its storage. Whoever else holds it (a snapshot in the program, a pending value) keeps the old
/// contents: `makeUnique` gives the cell a copy of its own before a plan writes.
package final class TensorCell: TraceInput {
    private var type: ElementType = .f32
    private var shape: Shape = .scalar
    @exclusivity(unchecked) private var storage: Storage?

    /// Grows whenever any cell gets other contents or shares those it has. While it stays, plans find what they have bound as it was.
    static var changeCount: Int { changes.load(ordering: .relaxed) }
    private static let changes = Atomic<Int>(0)

    /// Takes note that contents of a cell are held elsewhere.
    static func noteChange() { changes.add(1, ordering: .relaxed) }

    /// What tells these contents from all others that any cell has had.
    @exclusivity(unchecked) private(set) var version = 0

    /// Grows whenever any cell gets another version.
    static var versionCount: Int { lastVersion.load(ordering: .relaxed) }
    private static let lastVersion = Atomic<Int>(0)

    /// Takes note that plans or others have overwritten the contents of cells where they are.
    static func noteWritten(_ cells: [Unmanaged<TensorCell>]) {
        if cells.isEmpty { return }
        let last = lastVersion.add(cells.count, ordering: .relaxed).newValue
        for i in cells.indices { cells[i]._withUnsafeGuaranteedRef { $0.version = last - i } }
    }

    /// Creates a cell without contents.
    package init() {}

    /// Creates a cell with contents, which may be shared.
    package init(_ tensor: Tensor) { set(tensor) }

    /// Whether there are contents.
    package var isBound: Bool { storage != nil }

    /// The contents as they are now, shared; nil if there are none.
    package var tensor: Tensor? {
        guard let storage else { return nil }
        Self.noteChange()
        return Tensor(type: type, shape: shape, storage: storage)
    }

    /// The contents as they are now, for a plan that neither keeps them beyond its run nor gives them away. Precondition: there are some.
    var lent: Unmanaged<Storage> {
        guard let storage else { preconditionFailure("a cell without contents was bound to a plan") }
        return .passUnretained(storage)
    }

    /// Replaces the contents. The tensor may be shared.
    package func set(_ tensor: Tensor) {
        type = tensor.type
        shape = tensor.shape
        storage = tensor.storage
        version = Self.lastVersion.add(1, ordering: .relaxed).newValue
        Self.noteChange()
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
        Self.noteChange()
    }

    package var lentVersion: Int { version }
    package var lentStorage: Unmanaged<Storage>? { storage.map { .passUnretained($0) } }

    package var signature: Signature { Signature(type: type, shape: shape) }

    /// The bytes of the contents; 0 if there are none.
    package var byteCount: Int { isBound ? (shape.elementCount ?? 0) * type.byteCount : 0 }

    package var currentTensor: Tensor {
        guard let tensor else { preconditionFailure("a cell without contents was bound to a plan") }
        return tensor
    }
}
