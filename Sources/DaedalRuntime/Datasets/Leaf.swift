import DaedalData
import DaedalTensor

/// One tensor of an example that is gathered from columns in bulk, without interpretation: a choice of columns, an affine map, a shape.
struct BulkLeaf: Sendable {
    /// Neighbouring rows as one example: from `first` rows after the example's own on.
    struct Window: Sendable {
        let first: Int
        let count: Int
    }

    let source: any RecordSource
    var fields: [Int]
    var transform: Affine?
    /// The element type of the batch.
    var type: ElementType
    /// The shape of one example.
    var shape: Shape
    /// For text: the numbers that stand for the values, plus an offset; an unknown value becomes `unknown` or fails.
    var vocabulary: (Vocabulary, offset: Int, unknown: Int?)?
    var window: Window?

    /// The batch of some rows, in memory of the slot.
    func batch(_ rows: ArraySlice<Int>, _ slot: BatchSlot, _ index: Int) throws(DataFailure) -> Tensor {
        guard let size = Size(exactly: rows.count), shape.rank < Shape.maximumRank else {
            throw DataFailure(.tooLarge, "\(rows.count) examples \(shape) are too many for a tensor")
        }
        let target = try slot.tensor(index, type, shape.inserting(size, at: 0))
        try fill(target, rows, natural: try naturalShape())
        return target
    }

    /// Whether a batch is nothing but numbers of the rows, one example each.
    var isPlain: Bool { vocabulary == nil && window == nil }

    /// The shape of a row's fields as the source has them; nil where they are text.
    func naturalShape() throws(DataFailure) -> Shape? { vocabulary == nil ? try source.rowShape(of: fields) : nil }

    /// Writes the batch of some rows into a tensor of its shape.
    func fill(_ target: Tensor, _ rows: ArraySlice<Int>, natural: Shape?) throws(DataFailure) {
        var rows = rows
        if let window {
            var all: [Int] = []
            all.reserveCapacity(rows.count * window.count)
            for row in rows { all += row + window.first..<row + window.first + window.count }
            rows = all[...]
        }
        if let (vocabulary, offset, unknown) = vocabulary {
            try vocabulary.encode(
                source, field: fields[0], rows: rows, into: target.reshaped(Shape([rows.count])), offset: offset, unknown: unknown)
        } else {
            let view = natural == shape && window == nil ? target : target.reshaped(Shape([rows.count] + (natural ?? .scalar).counts))
            try source.gather(fields, rows: rows, into: view, transform: transform)
        }
    }

    /// The same over other rows, whose fields have the same names.
    func over(_ source: any RecordSource) throws(DataFailure) -> BulkLeaf {
        var result = BulkLeaf(source: source, fields: fields, transform: transform, type: type, shape: shape, vocabulary: vocabulary, window: window)
        result.fields = try fields.map { (field) throws(DataFailure) in try source.field(named: self.source.fields[field].name) }
        return result
    }
}
