import DaedalData
import DaedalTensor

/// One tensor of an example that is gathered from columns in bulk, without interpretation: a choice of columns, an affine map, a shape.
struct BulkLeaf: Sendable {
    let source: any RecordSource
    var fields: [Int]
    var transform: Affine?
    /// The element type of the batch.
    var type: ElementType
    /// The shape of one example.
    var shape: Shape
    /// For text: the numbers that stand for the values, plus an offset; an unknown value becomes `unknown` or fails.
    var vocabulary: (Vocabulary, offset: Int, unknown: Int?)?

    /// The batch of some rows, in memory of the slot.
    func batch(_ rows: ArraySlice<Int>, _ slot: BatchSlot, _ index: Int) throws(DataFailure) -> Tensor {
        guard let size = Size(exactly: rows.count), shape.rank < Shape.maximumRank else {
            throw DataFailure(.tooLarge, "\(rows.count) examples \(shape) are too many for a tensor")
        }
        let target = try slot.tensor(index, type, shape.inserting(size, at: 0))
        if let (vocabulary, offset, unknown) = vocabulary {
            try vocabulary.encode(source, field: fields[0], rows: rows, into: target, offset: offset, unknown: unknown)
        } else {
            let natural = try source.rowShape(of: fields)
            let view = natural == shape ? target : target.reshaped(natural.inserting(size, at: 0))
            try source.gather(fields, rows: rows, into: view, transform: transform)
        }
        return target
    }
}
