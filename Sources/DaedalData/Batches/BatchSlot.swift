import DaedalTensor

/// The memory of one batch, used again for a later one as soon as nobody holds its tensors any more.
///
/// One thread fills it at a time, which is why it may be `Sendable`.
package final class BatchSlot: @unchecked Sendable {
    private var storages: [Storage?] = []

    /// A slot that has no memory yet.
    package init() {}

    /// The `index`-th tensor of the batch, contents undefined. In memory of its own while the last one given is still held somewhere.
    package func tensor(_ index: Int, _ type: ElementType, _ shape: Shape) throws(DataFailure) -> Tensor {
        while storages.count <= index { storages.append(nil) }
        let (bytes, overflow) = (shape.elementCount ?? .max).multipliedReportingOverflow(by: type.byteCount)
        // Nothing else may hold the storage here, not even a local: one that is held is not free.
        if !overflow, (storages[index]?.byteCount ?? -1) >= bytes, isKnownUniquelyReferenced(&storages[index]), let storage = storages[index] {
            return Tensor(type: type, shape: shape, storage: storage)
        }
        let tensor = try allocate(type, shape, for: "a batch")
        storages[index] = tensor.storage
        return tensor
    }
}

extension Tensor {
    /// Writes chosen rows (along the first axis) into a tensor of as many rows, converted to its type and scaled on the way.
    package func gatherRows(_ rows: ArraySlice<Int>, into target: Tensor, transform: Affine? = nil) throws(DataFailure) {
        guard shape.rank > 0, let count = shape[0].known, let rowShape = Optional(shape.removing(axis: 0)), let width = rowShape.elementCount else {
            throw DataFailure(.unfit, "a single element has no rows")
        }
        guard target.shape.first?.known == rows.count, target.count == rows.count * width else {
            throw DataFailure(.unfit, "\(rows.count) rows of \(rowShape) do not fit a tensor \(target.shape)")
        }
        if let wanted = transform?.width, wanted != width { throw DataFailure(.unfit, "\(wanted) scales do not fit \(width) numbers a row") }
        for row in rows where row < 0 || row >= count { throw DataFailure(.unfit, "there is no row \(row) among \(count)") }
        let gather = Gather(rows: rows, width: width, target: target, targetWidth: width, targetOffset: 0, transform: transform)
        if let row = gather.run(self) { throw DataFailure(.unfit, "row \(row) holds what is no \(target.type.name)") }
    }
}
