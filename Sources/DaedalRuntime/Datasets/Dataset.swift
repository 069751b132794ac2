import DaedalData
import DaedalSyntax
import DaedalTensor

// Datasets: where examples come from. In: the clauses of `dataset`, rows of DaedalData. Out: splits, batches as tensors, classes, what was fitted.
// Never: files (DaedalData), learning.

/// A dataset made ready: its rows divided, its input and target known, everything fitted.
final class Dataset {
    /// The rows of one split.
    final class Part {
        let name: String
        let source: any RecordSource
        /// The rows of the examples; of a window, the last row of its past.
        let rows: RowSet
        let input: Feature
        let target: Feature?
        /// Passes so far, so that each is shuffled anew.
        var passes = 0
        let slots = BatchSlots()
        /// The number of steps of each example, once it was asked for.
        var stepCounts: [Int]?

        init(name: String, source: any RecordSource, rows: RowSet, input: Feature, target: Feature?) {
            self.name = name
            self.source = source
            self.rows = rows
            self.input = input
            self.target = target
        }
    }

    /// How examples become batches.
    struct Batching {
        var size = 32
        /// What fills up shorter rows.
        var pad: Double?
        /// Whether rows of like lengths go together.
        var usesBuckets = false
        /// What makes a batch of a list of examples.
        var join: Value?
        /// How many threads gather ahead.
        var workers = 1
    }

    let name: String
    let parts: [Part]
    let batching: Batching
    /// Whether the training split is shuffled at each pass.
    let shuffles: Bool
    let seed: UInt64
    /// What training examples go through, if anything.
    let augmentation: Augmentation?
    /// The values that the numbers of the target, or of its parts, stand for, by column.
    let namedClasses: [(column: String, keys: [Vocabulary.Key])]
    /// What was fitted, by column.
    let fitted: [String: Fitted]
    /// The columns that were added to the source.
    let derived: [DerivedColumn]
    /// The rows that one example of windows takes.
    let windows: WindowExtent?

    init(
        name: String, parts: [Part], batching: Batching, shuffles: Bool, seed: UInt64, augmentation: Augmentation?,
        classes: [(column: String, keys: [Vocabulary.Key])],
        fitted: [String: Fitted], derived: [DerivedColumn], windows: WindowExtent?
    ) {
        self.name = name
        self.parts = parts
        self.batching = batching
        self.shuffles = shuffles
        self.seed = seed
        self.augmentation = augmentation
        namedClasses = classes
        self.fitted = fitted
        self.derived = derived
        self.windows = windows
    }

    /// What was fitted on the training split for one column.
    enum Fitted {
        case statistics(ColumnStatistics, isStandardizing: Bool)
        case vocabulary(Vocabulary, offset: Int)
        case tokenizer(any Tokenizer)
    }

    var batchSize: Int { batching.size }

    /// The values that the numbers of the target stand for, if it is one column with named classes.
    var classes: [Vocabulary.Key]? { namedClasses.count == 1 ? namedClasses[0].keys : nil }

    func part(_ name: String) -> Part? { parts.first { $0.name == name } }

    /// The number of batches of a part.
    func batchCount(_ part: Part) -> Int { (part.rows.count + batchSize - 1) / batchSize }

    /// Its rows as a source of another dataset.
    func rows(at span: Span) throws(RuntimeFailure) -> any RecordSource {
        guard let part = part("all") ?? (parts.count == 1 ? parts.first : nil) else {
            throw RuntimeFailure("E315", "\(name) has a source for each split and cannot be the source of another dataset", at: span)
        }
        return part.source
    }
}

extension Dataset.Part {
    /// The leaves of the input, then of the target.
    var leaves: [Feature.Leaf] { input.leaves + (target?.leaves ?? []) }

    /// One batch: the tensors of the input's leaves, then of the target's.
    func tensors(
        _ rows: ArraySlice<Int>, _ slot: BatchSlot, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> [BatchTensor] {
        var tensors: [BatchTensor] = []
        for leaf in leaves { tensors.append(try leaf.batch(rows, slot, tensors.count, in: context, at: span)) }
        return tensors
    }

    /// The value of a batch or example: the pair of input and target, or the input alone.
    func value(_ tensors: [BatchTensor]) -> Value {
        let input = input.value(tensors.prefix(self.input.leaves.count))
        guard let target else { return input }
        return .record(RecordObject(names: nil, fields: [input, target.value(tensors.suffix(target.leaves.count))]))
    }

    /// One example.
    func example(_ row: Int, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        value(try tensors([row], BatchSlot(), in: context, at: span).map(\.row))
    }

    /// Whether no leaf needs the program, so that batches may be gathered on another thread.
    var isGatheredAlone: Bool { !leaves.contains(where: \.needsProgram) }

    /// The number of steps of each example, the longest leaf's; empty where rows do not differ.
    func lengths(in context: EvaluationContext) throws(RuntimeFailure) -> [Int] {
        if let stepCounts { return stepCounts }
        var counts: [Int] = []
        for row in rows {
            var longest: Int?
            for leaf in leaves { longest = try leaf.length(of: row, in: context).map { max($0, longest ?? 0) } ?? longest }
            guard let longest else { continue }
            counts.append(longest)
        }
        if counts.count < rows.count { counts = [] }
        stepCounts = counts
        return counts
    }
}
