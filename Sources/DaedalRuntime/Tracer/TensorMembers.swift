import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension TensorObject {
    /// The names that `member` answers to.
    package static let memberNames = ["shape", "dtype", "rank", "count", "lengths", "mask"]

    /// `.shape` (a list), `.dtype`, `.rank`, `.count`, and of padded batches `.lengths` and `.mask`; nil for anything else.
    package func member(_ name: String, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value? {
        switch name {
        case "shape": .list(shape.map { Value($0) })
        case "dtype": .object(ElementTypeObject(type))
        case "rank": .int(shape.rank)
        case "count": Value(shape.elementCountSize)
        case "lengths": notes?.lengths.map { Value.tensor($0) } ?? Value.none
        case "mask": try mask(in: context, at: span)
        default: nil
        }
    }

    /// Which steps of a padded batch are real: `[rows, steps]`, true before each row's length; `none` for anything not padded.
    private func mask(in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        guard let lengths = notes?.lengths, shape.rank >= 2 else { return .none }
        let lowering = try Lowering(context, at: span), steps = Shape([shape[0], shape[1]])
        let ends = try lowering.reshape(lowering.cast(lowering.node(lengths), .i64), Shape([shape[0], 1]))
        return lowering.value(try lowering.apply(.less, [lowering.iota(steps, axis: 1), lowering.expand(ends, steps)]))
    }
}

extension Value {
    /// A size as an integer of the program.
    package init(_ size: Size) { self = size.known.map { .int($0) } ?? .size(size) }
}

/// How tensors leave the world of tensors: `int(t)`, `float(t)`, `bool(t)`, `list(t)`.
package enum TensorConversion {
    /// The one element as a plain value of its kind.
    package static func element(_ tensor: TensorObject, as kind: String, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value
    {
        if let count = tensor.shape.elementCount, count != 1 {
            throw RuntimeFailure("E202", "only a tensor of one element becomes \(kind); this is \(tensor.description)", at: span)
        }
        return try context.force(tensor, at: span).plain(at: 0)
    }

    /// Nested lists of plain values.
    package static func list(_ tensor: TensorObject, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        try context.force(tensor, at: span).plainList
    }
}
