import DaedalData
import DaedalTensor

/// The batch at hand as tensors that the program may see. The next one takes over the tensors and their memory, unless somebody else holds them by then.
final class BatchShelf {
    /// The tensors of the leaves, in order.
    @exclusivity(unchecked) private(set) var objects: [TensorObject] = []
    /// Their contents, which the tensors hold.
    @exclusivity(unchecked) private(set) var contents: [Unmanaged<Storage>] = []
    /// The rows of the examples.
    @exclusivity(unchecked) private(set) var rows: [Int] = []
    /// Grows whenever a tensor is another object than before.
    @exclusivity(unchecked) private(set) var version = 0
    private let leaves: [Place]

    /// A leaf with the shape of a row's fields as the source has them.
    private final class Place {
        let leaf: BulkLeaf
        let natural: Shape?

        init(_ leaf: BulkLeaf, _ natural: Shape?) { (self.leaf, self.natural) = (leaf, natural) }
    }

    /// A shelf for batches of these leaves; nil where rows need more than to be copied.
    init?(_ leaves: [Feature.Leaf]) {
        var plain: [Place] = []
        for leaf in leaves {
            guard case .bulk(let bulk) = leaf, bulk.isPlain, bulk.shape.rank < Shape.maximumRank, let shape = try? bulk.naturalShape() else {
                return nil
            }
            plain.append(Place(bulk, shape))
        }
        self.leaves = plain
    }

    /// Gathers a batch of a pass.
    func fill(_ plan: BatchPlan, batch: Int) throws(DataFailure) {
        plan.rows(ofBatch: batch, into: &rows)
        for i in leaves.indices {
            if !isFree(i, rows.count) { try renew(i) }
            let place = leaves[i]
            guard let tensor = objects[i].value else { continue }
            try place.leaf.fill(tensor, rows[...], natural: place.natural)
        }
    }

    /// Takes a batch that was gathered elsewhere; false, and nothing, if its tensors are of other types or padded.
    func take(_ batch: GatheredBatch) -> Bool {
        guard batch.augmented == nil, batch.tensors.count == leaves.count else { return false }
        for tensor in batch.tensors where tensor.lengths != nil { return false }
        rows = batch.rows
        for i in leaves.indices {
            let tensor = batch.tensors[i].contents
            if objects.indices.contains(i), objects[i].shape == tensor.shape, objects[i].type == tensor.type, isKnownUniquelyReferenced(&objects[i]) {
                objects[i].value = tensor
                contents[i] = .passUnretained(tensor.storage)
            } else {
                put(tensor, i)
            }
        }
        return true
    }

    /// Whether nobody but the shelf holds a tensor of so many rows or its contents.
    private func isFree(_ i: Int, _ count: Int) -> Bool {
        objects.indices.contains(i) && objects[i].shape[0].known == count && isKnownUniquelyReferenced(&objects[i]) && contents[i].isCountedOnce
    }

    private func renew(_ i: Int) throws(DataFailure) {
        guard let size = Size(exactly: rows.count) else { throw DataFailure(.tooLarge, "\(rows.count) examples are too many for a tensor") }
        do {
            put(try Tensor(uninitialized: leaves[i].leaf.type, shape: leaves[i].leaf.shape.inserting(size, at: 0)), i)
        } catch { throw DataFailure(.tooLarge, "there is no memory for a batch of \(rows.count) examples") }
    }

    private func put(_ tensor: Tensor, _ i: Int) {
        let object = TensorObject(tensor)
        if objects.count == i {
            objects.append(object)
            contents.append(.passUnretained(tensor.storage))
        } else {
            objects[i] = object
            contents[i] = .passUnretained(tensor.storage)
        }
        version += 1
    }
}
