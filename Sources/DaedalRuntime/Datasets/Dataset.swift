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
        let rows: RowSet
        let input: Feature
        let target: Feature?
        /// Passes so far, so that each is shuffled anew.
        var passes = 0
        let slots = BatchSlots()

        init(name: String, source: any RecordSource, rows: RowSet, input: Feature, target: Feature?) {
            self.name = name
            self.source = source
            self.rows = rows
            self.input = input
            self.target = target
        }
    }

    let name: String
    let parts: [Part]
    let batchSize: Int
    /// Whether the training split is shuffled at each pass.
    let shuffles: Bool
    let seed: UInt64
    /// The values that the numbers of the target stand for, if it has classes.
    let classes: [Vocabulary.Key]?
    /// What was fitted, by column.
    let fitted: [String: Fitted]

    init(
        name: String, parts: [Part], batchSize: Int, shuffles: Bool, seed: UInt64, classes: [Vocabulary.Key]?, fitted: [String: Fitted]
    ) {
        self.name = name
        self.parts = parts
        self.batchSize = batchSize
        self.shuffles = shuffles
        self.seed = seed
        self.classes = classes
        self.fitted = fitted
    }

    /// What was fitted on the training split for one column.
    enum Fitted {
        case statistics(ColumnStatistics)
        case vocabulary(Vocabulary, offset: Int)
    }

    func part(_ name: String) -> Part? { parts.first { $0.name == name } }
}

extension Dataset.Part {
    /// One batch: the tensors of the input's leaves, then of the target's.
    func tensors(_ rows: ArraySlice<Int>, _ slot: BatchSlot, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> [Tensor] {
        var tensors: [Tensor] = []
        for leaf in input.leaves + (target?.leaves ?? []) {
            switch leaf {
            case .bulk(let bulk):
                do throws(DataFailure) { tensors.append(try bulk.batch(rows, slot, tensors.count)) } catch {
                    throw RuntimeFailure(data: error, at: span)
                }
            case .computed(let computed, let part): tensors.append(try computed.batch(rows, part: part, slot, tensors.count, in: context))
            }
        }
        return tensors
    }

    /// The value of a batch or example: the pair of input and target, or the input alone.
    func value(_ tensors: [Tensor]) -> Value {
        let input = input.value(tensors.prefix(self.input.leaves.count))
        guard let target else { return input }
        return .record(RecordObject(names: nil, fields: [input, target.value(tensors.suffix(target.leaves.count))]))
    }

    /// The leaves if none of them needs the program: they may be gathered on another thread.
    var bulkLeaves: [BulkLeaf]? {
        var result: [BulkLeaf] = []
        for leaf in input.leaves + (target?.leaves ?? []) {
            guard case .bulk(let bulk) = leaf else { return nil }
            result.append(bulk)
        }
        return result
    }
}
