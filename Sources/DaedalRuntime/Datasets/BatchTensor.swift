import DaedalTensor

/// One tensor of a batch; where rows of different lengths were padded, with the number of real steps of each.
struct BatchTensor: Sendable {
    let contents: Tensor
    /// i64 `[rows]`, or nil where nothing is padded.
    var lengths: Tensor?

    init(_ contents: Tensor, lengths: Tensor? = nil) {
        self.contents = contents
        self.lengths = lengths
    }

    /// The tensor as the program sees it.
    var object: TensorObject {
        let object = TensorObject(contents)
        if let lengths { object.setLengths(TensorObject(lengths)) }
        return object
    }

    /// The only row of a batch of one, without its axis.
    var row: BatchTensor { BatchTensor(contents.reshaped(contents.shape.removing(axis: 0))) }

    /// The number of real steps, or nil where nothing is padded.
    var stepCount: Int? { lengths.map { lengths in (0..<lengths.count).reduce(0) { $0 + lengths.int(at: $1) } } }
}
