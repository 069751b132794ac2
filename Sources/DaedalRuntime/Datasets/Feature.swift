import DaedalData
import DaedalSyntax
import DaedalTensor

/// The input or the target of an example: one tensor, or a record of them; each leaf gathered in bulk or computed by functions of the program.
struct Feature {
    /// How leaves stand in the value.
    indirect enum Form {
        case leaf(Int)
        case record(names: [String]?, [Form])
        case list([Form])
    }
    var form: Form
    var leaves: [Leaf]

    enum Leaf {
        case bulk(BulkLeaf)
        case ragged(RaggedLeaf)
        /// A part of what a function of the program gives for a row.
        case computed(ComputedRows, part: Int)
    }

    /// The value for its leaves' tensors.
    func value(_ tensors: ArraySlice<BatchTensor>) -> Value { value(of: tensors.map(\.object)[...]) }

    /// The value for tensors that stand for the leaves.
    func value(of objects: ArraySlice<TensorObject>) -> Value { Self.build(form, objects) }

    private static func build(_ form: Form, _ tensors: ArraySlice<TensorObject>) -> Value {
        switch form {
        case .leaf(let index): .tensor(tensors[tensors.startIndex + index])
        case .record(let names, let parts): .record(RecordObject(names: names, fields: parts.map { build($0, tensors) }))
        case .list(let parts): .list(parts.map { build($0, tensors) })
        }
    }

    /// The shapes of one example, in the form of the value: a list of sizes (`none` where rows differ), or a record of them.
    func shapeValue() -> Value { Self.shapes(form, leaves.map(\.shapeValue)) }

    private static func shapes(_ form: Form, _ shapes: [Value]) -> Value {
        switch form {
        case .leaf(let index): shapes[index]
        case .record(let names, let parts): .record(RecordObject(names: names, fields: parts.map { self.shapes($0, shapes) }))
        case .list(let parts): .list(parts.map { self.shapes($0, shapes) })
        }
    }
}

extension Feature.Leaf {
    /// The shape of one example as a list.
    fileprivate var shapeValue: Value {
        switch self {
        case .bulk(let leaf): .list(leaf.shape.counts.map { .int($0) })
        case .ragged(let leaf): .list([.none] + leaf.item.counts.map { .int($0) })
        case .computed(let rows, let part): rows.shapeValue(part)
        }
    }

    /// The element type.
    var type: ElementType {
        switch self {
        case .bulk(let leaf): leaf.type
        case .ragged(let leaf): leaf.type
        case .computed(let rows, let part): rows.signatures[part].type
        }
    }

    /// Whether batches of it may be gathered on another thread.
    var needsProgram: Bool {
        if case .computed = self { return true }
        return false
    }

    /// The batch of some rows, in memory of the slot.
    func batch(
        _ rows: ArraySlice<Int>, _ slot: BatchSlot, _ index: Int, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> BatchTensor {
        if case .computed(let computed, let part) = self { return try computed.batch(rows, part: part, slot, index, in: context) }
        do throws(DataFailure) { return try gathered(rows, slot, index) } catch { throw RuntimeFailure(data: error, at: span) }
    }

    /// The batch of some rows without the program. Precondition: not `needsProgram`.
    func gathered(_ rows: ArraySlice<Int>, _ slot: BatchSlot, _ index: Int) throws(DataFailure) -> BatchTensor {
        switch self {
        case .bulk(let leaf): return BatchTensor(try leaf.batch(rows, slot, index))
        case .ragged(let leaf): return try leaf.batch(rows, slot, index)
        case .computed: preconditionFailure("rows that need the program were gathered without it")
        }
    }

    /// The number of steps of a row where rows differ, else nil.
    func length(of row: Int, in context: EvaluationContext) throws(RuntimeFailure) -> Int? {
        switch self {
        case .bulk: return nil
        case .ragged(let leaf):
            do throws(DataFailure) { return try leaf.length(of: row) } catch { throw RuntimeFailure(data: error, at: .none) }
        case .computed(let rows, let part): return try rows.length(of: row, part: part, in: context)
        }
    }
}

extension Feature.Form {
    /// The form with later leaves.
    func shifted(by count: Int) -> Feature.Form {
        switch self {
        case .leaf(let index): .leaf(index + count)
        case .record(let names, let parts): .record(names: names, parts.map { $0.shifted(by: count) })
        case .list(let parts): .list(parts.map { $0.shifted(by: count) })
        }
    }
}
