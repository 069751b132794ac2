import DaedalTensor

/// Where a training stands: everything that changes from step to step beside the model and its optimizer. A checkpoint holds it whole.
struct TrainingPosition {
    /// The best epoch so far by the validation loss.
    struct Best {
        let value: Double
        let row: Value
        /// What the model held then, averages in place of weights where there are some.
        let weights: [(cell: TensorCell, tensor: Tensor)]
    }

    /// The epoch at hand, from 1; 0 before the first.
    var epoch = 0
    /// Its batches that were taken; 0 between two epochs.
    var batch = 0
    /// Steps in all.
    var steps = 0
    /// The number of the epoch's pass over the data, which decides its order.
    var pass = 0
    /// What the epoch at hand has measured.
    var sums: MeasureSums
    var history: [Value] = []
    var best: Best?
    /// The best value that `stop` has seen, and the epochs since.
    var watched: Double?
    var waited = 0
    /// Seconds that earlier runs took, where this one resumed them.
    var secondsBefore = 0.0

    init(_ sums: MeasureSums) { self.sums = sums }
}
