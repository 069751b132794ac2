import DaedalData
import DaedalSyntax
import DaedalTensor

/// A pass over a split: its batches in order, gathered ahead on other threads where that needs no function of the program.
final class BatchIterator: ValueIterator {
    /// One batch as tensors, with the rows of its examples.
    struct Batch {
        let tensors: [BatchTensor]
        let rows: [Int]
        /// The same tensors as the program sees them, where they are lent to it.
        var objects: [TensorObject]?
        /// What augmentation or a function that joins examples made of them.
        var value: Value?
        /// The number of examples.
        var count: Int { rows.count }
    }

    private let part: Dataset.Part
    private let dataset: Dataset
    private let plan: BatchPlan
    private let prefetcher: Prefetcher<GatheredBatch, DataFailure>?
    /// Where batches are gathered without a thread: one in use, one before it, one being made.
    private let slots: [BatchSlot]
    @exclusivity(unchecked) private var next = 0
    /// A batch that came from a thread and did not fit a shelf.
    private var waiting: GatheredBatch?
    private let span: Span
    /// What the examples go through on a training pass.
    private let augmentation: Augmentation?
    private let epoch: Int
    /// The number of batches.
    var count: Int { plan.count }
    /// The number of examples.
    let exampleCount: Int
    /// Batches under this many bytes are gathered, or augmented, faster than a thread is woken.
    private static let leastBytesAhead = 1 << 15
    private static let leastBytesAugmentedAhead = 1 << 12

    /// Begins a pass at a batch. One that trains is shuffled and augmented as the dataset says, and differs from the passes before; `seed` gives it
    /// another order than the dataset's own.
    init(
        _ part: Dataset.Part, of dataset: Dataset, batchSize: Int? = nil, trains: Bool, seed: UInt64? = nil, startingAt first: Int = 0,
        in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) {
        self.part = part
        self.dataset = dataset
        self.span = span
        exampleCount = part.rows.count
        epoch = part.passes
        augmentation = trains ? dataset.augmentation : nil
        let size = batchSize ?? dataset.batchSize
        let lengths = dataset.batching.usesBuckets ? try part.lengths(in: context) : []
        do throws(DataFailure) {
            plan = try BatchPlan(
                rows: part.rows, batchSize: size, shuffle: trains && dataset.shuffles,
                seed: seed.map { RandomState.mix(dataset.seed, $0) } ?? dataset.seed, epoch: part.passes,
                access: part.source.access, lengths: lengths)
        } catch { throw RuntimeFailure(data: error, at: span) }
        if trains { part.passes += 1 }
        next = first
        guard dataset.batching.workers > 0, dataset.batching.join == nil, part.isGatheredAlone,
            Self.isWorthAThread(part, size, augments: augmentation?.ahead != nil)
        else {
            prefetcher = nil
            slots = part.slots.lend(3)
            return
        }
        slots = []
        let plan = plan, leaves = part.leaves.map(GatheredLeaf.init), ahead = augmentation?.ahead, epoch = epoch
        // The threads' tensors are the program's too.
        let account = MemoryAccount.current
        prefetcher = Prefetcher(
            count: max(plan.count - first, 0), depth: dataset.batching.workers + 1, threads: dataset.batching.workers, slots: part.slots
        ) { (batch, slot) throws(DataFailure) in
            let made = MemoryAccount.$current.withValue(account) { () -> Result<GatheredBatch, DataFailure> in
                Result { () throws(DataFailure) in
                    var made = GatheredBatch(tensors: [], rows: plan.rows(ofBatch: first + batch))
                    for leaf in leaves { made.tensors.append(try leaf.batch(made.rows[...], slot, made.tensors.count)) }
                    made.augmented = ahead?.made(of: made.tensors, rows: made.rows, epoch: epoch)
                    return made
                }
            }
            return try made.get()
        }
    }

    deinit { if !slots.isEmpty { part.slots.takeBack(slots) } }

    private static func isWorthAThread(_ part: Dataset.Part, _ size: Int, augments: Bool) -> Bool {
        if part.source.isCostly { return true }
        var bytes = 0
        for leaf in part.leaves {
            guard case .bulk(let bulk) = leaf else { return true }
            bytes += (bulk.shape.elementCount ?? 0) * bulk.type.byteCount
        }
        return bytes * size >= (augments ? leastBytesAugmentedAhead : leastBytesAhead) || part.source.access != .anywhere
    }

    /// The next batch, or nil at the end.
    func nextBatch(in context: EvaluationContext) throws(RuntimeFailure) -> Batch? {
        var gathered: GatheredBatch?
        var batch: Batch
        if let prefetcher {
            gathered = waiting
            waiting = nil
            if gathered == nil {
                do throws(DataFailure) { gathered = try prefetcher.next() } catch { throw RuntimeFailure(data: error, at: span) }
                next += 1
            }
            guard let gathered else { return nil }
            batch = Batch(tensors: gathered.tensors, rows: gathered.rows)
        } else {
            guard next < plan.count else { return nil }
            next += 1
            batch = try Self.joined(plan.rows(ofBatch: next - 1), of: part, dataset, slots[(next - 1) % slots.count], in: context, at: span)
        }
        guard let augmentation else { return batch }
        batch.value = try augmentation.applied(
            to: batch.value ?? part.value(batch.tensors), rows: batch.rows, epoch: epoch, part, classes: dataset.classes?.count, gathered: gathered,
            in: context)
        return batch
    }

    /// Whether batches may be lent: nothing is made of them but tensors.
    var lends: Bool { augmentation == nil && dataset.batching.join == nil }

    /// The number of examples of the next batch; nil at the end.
    var nextCount: Int? { next < plan.count ? min(plan.batchSize, plan.rows.count - next * plan.batchSize) : nil }

    /// Puts the next batch on a shelf instead of giving it. False if it does not fit there: it is given by `nextBatch` then. Precondition: `lends`, and
    /// there is a next batch.
    func lendNext(on shelf: BatchShelf) throws(RuntimeFailure) -> Bool {
        do throws(DataFailure) {
            guard let prefetcher else {
                try shelf.fill(plan, batch: next)
                next += 1
                return true
            }
            guard let gathered = try prefetcher.next() else { return false }
            next += 1
            if shelf.take(gathered) { return true }
            waiting = gathered
            return false
        } catch { throw RuntimeFailure(data: error, at: span) }
    }

    /// Some rows as a batch, joined by the dataset's own function if it has one.
    private static func joined(
        _ rows: [Int], of part: Dataset.Part, _ dataset: Dataset, _ slot: BatchSlot, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Batch {
        guard let join = dataset.batching.join else {
            return Batch(tensors: try part.tensors(rows[...], slot, in: context, at: span), rows: rows)
        }
        var examples: [Value] = []
        for row in rows { examples.append(try part.example(row, in: context, at: span)) }
        return Batch(tensors: [], rows: rows, value: try context.call(join, Arguments([.list(examples)]), at: span))
    }

    /// Some rows as one batch outside of a pass.
    static func batch(
        _ rows: [Int], of part: Dataset.Part, _ dataset: Dataset, trains: Bool, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Batch {
        var batch = try joined(rows, of: part, dataset, BatchSlot(), in: context, at: span)
        guard trains, let augmentation = dataset.augmentation else { return batch }
        batch.value = try augmentation.applied(
            to: batch.value ?? part.value(batch.tensors), rows: rows, epoch: 0, part, classes: dataset.classes?.count, in: context)
        return batch
    }

    override func next(in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        try context.checkStop(at: span)
        return try nextBatch(in: context).map { value($0) }
    }

    /// The value that a batch is for the program.
    func value(_ batch: Batch) -> Value { batch.value ?? part.value(batch.tensors) }
}

/// A batch as a thread made it without the program.
struct GatheredBatch: Sendable {
    var tensors: [BatchTensor]
    let rows: [Int]
    /// What the first functions of the augmentation gave, where the thread could run them.
    var augmented: AheadAugmentation.Made?
}

/// A leaf that is gathered without the program.
private struct GatheredLeaf: Sendable {
    private enum Kind: Sendable {
        case bulk(BulkLeaf)
        case ragged(RaggedLeaf)
    }
    private let kind: Kind

    /// Precondition: the leaf does not need the program.
    init(_ leaf: Feature.Leaf) {
        switch leaf {
        case .bulk(let bulk): kind = .bulk(bulk)
        case .ragged(let ragged): kind = .ragged(ragged)
        case .computed: preconditionFailure("rows that need the program were to be gathered without it")
        }
    }

    func batch(_ rows: ArraySlice<Int>, _ slot: BatchSlot, _ index: Int) throws(DataFailure) -> BatchTensor {
        switch kind {
        case .bulk(let leaf): return BatchTensor(try leaf.batch(rows, slot, index))
        case .ragged(let leaf): return try leaf.batch(rows, slot, index)
        }
    }
}

extension BatchShelf {
    /// The batch that is on it.
    var batch: BatchIterator.Batch {
        BatchIterator.Batch(tensors: objects.compactMap { $0.value.map { BatchTensor($0) } }, rows: rows, objects: objects)
    }
}

extension Dataset.Part {
    /// Input and target of a batch.
    func inputAndTarget(_ batch: BatchIterator.Batch) -> (Value, Value?) {
        guard let value = batch.value else {
            let objects = batch.objects ?? batch.tensors.map(\.object)
            return (input.value(of: objects.prefix(input.leaves.count)), target.map { $0.value(of: objects.suffix($0.leaves.count)) })
        }
        if target != nil || batch.tensors.isEmpty, case .record(let pair) = value, pair.names == nil, pair.fields.count == 2 {
            return (pair.fields[0], pair.fields[1])
        }
        return (value, nil)
    }
}
