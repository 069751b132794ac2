import DaedalData
import DaedalSyntax
import DaedalTensor

/// A pass over a split: its batches in order, gathered ahead on another thread where that needs no function of the program.
final class BatchIterator: ValueIterator {
    /// One batch as tensors, with the rows of its examples.
    struct Batch: Sendable {
        let tensors: [Tensor]
        let rows: [Int]
        /// The number of examples.
        var count: Int { rows.count }
    }

    private let part: Dataset.Part
    private let plan: BatchPlan
    private let prefetcher: Prefetcher<Batch, DataFailure>?
    /// How many batches are kept in memory at once: one in use, others gathered ahead.
    static let slotCount = 3
    private let slots = (0..<slotCount).map { _ in BatchSlot() }
    private var next = 0
    private let span: Span
    /// The number of batches.
    var count: Int { plan.count }
    /// The number of examples.
    let exampleCount: Int
    /// Batches under this many bytes are gathered faster than a thread is woken.
    private static let leastBytesAhead = 1 << 15

    /// Begins a pass at a batch; `seed` gives it another order than the dataset's own.
    init(
        _ part: Dataset.Part, of dataset: Dataset, batchSize: Int? = nil, shuffles: Bool, seed: UInt64? = nil, startingAt first: Int = 0,
        at span: Span
    ) throws(RuntimeFailure) {
        self.part = part
        self.span = span
        exampleCount = part.rows.count
        let size = batchSize ?? dataset.batchSize
        do throws(DataFailure) {
            plan = try BatchPlan(
                rows: part.rows, batchSize: size, shuffle: shuffles, seed: seed.map { RandomState.mix(dataset.seed, $0) } ?? dataset.seed,
                epoch: part.passes, access: part.source.access)
        } catch { throw RuntimeFailure(data: error, at: span) }
        if shuffles { part.passes += 1 }
        next = first
        guard let leaves = part.bulkLeaves,
            leaves.reduce(0, { $0 + ($1.shape.elementCount ?? 0) * $1.type.byteCount }) * size >= Self.leastBytesAhead
        else {
            prefetcher = nil
            return
        }
        let plan = plan
        prefetcher = Prefetcher(count: max(plan.count - first, 0), slots: part.slots) { (batch, slot) throws(DataFailure) in
            let rows = plan.rows(ofBatch: first + batch)
            var tensors: [Tensor] = []
            for leaf in leaves { tensors.append(try leaf.batch(rows[...], slot, tensors.count)) }
            return Batch(tensors: tensors, rows: rows)
        }
    }

    /// The next batch, or nil at the end.
    func nextBatch(in context: EvaluationContext) throws(RuntimeFailure) -> Batch? {
        if let prefetcher {
            do throws(DataFailure) { return try prefetcher.next() } catch { throw RuntimeFailure(data: error, at: span) }
        }
        guard next < plan.count else { return nil }
        let rows = plan.rows(ofBatch: next)
        let tensors = try part.tensors(rows[...], slots[next % slots.count], in: context, at: span)
        next += 1
        return Batch(tensors: tensors, rows: rows)
    }

    override func next(in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        try nextBatch(in: context).map { part.value($0.tensors) }
    }

    /// The value that a batch is for the program.
    func value(_ batch: Batch) -> Value { part.value(batch.tensors) }
}
