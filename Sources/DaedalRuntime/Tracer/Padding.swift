import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// How the lengths of padded rows travel: a tensor computed step by step from a padded one is padded alike, so that losses, metrics and
/// recurrent layers know what is real wherever they meet it.
enum Padding {
    /// Natives that give each step of a row its own result.
    private static let stepwise: Set<String> = [
        "exp", "log", "log10", "sqrt", "sin", "cos", "tan", "tanh", "sigmoid", "erf", "abs", "sign", "floor", "ceil", "round", "clip", "where",
        "constant",
        "cast", "tensor", "one_hot", "pick", "gather", "min", "max", "isfinite", "isnan", "matmul",
    ]
    /// Natives that do so where they reduce an axis behind the steps.
    private static let reductions: Set<String> = ["sum", "mean", "max", "min", "prod", "argmax", "argmin", "any", "all"]

    /// The result of a native with the lengths of the last padded argument it works on step by step.
    static func carried(_ result: Value, through call: NativeCall) -> Value {
        guard case .tensor(let made) = result, call.arguments.contains(where: \.isPadded) else { return result }
        let name = call.function.name
        if reductions.contains(name), let at = call.function.nativeParameters.firstIndex(where: { $0.name == "axis" }), !call.isNone(at) {
            guard case .int(let axis) = call[at], case .tensor(let whole)? = call.arguments.first else { return result }
            return (axis < 0 ? axis + whole.shape.rank : axis) >= 2 ? carried(.tensor(made), from: call.arguments) : result
        }
        return stepwise.contains(name) ? carried(result, from: call.arguments) : result
    }

    /// A tensor with the lengths of the last of `values` that is padded and has the same rows and steps.
    static func carried(_ result: Value, from values: [Value]) -> Value {
        guard case .tensor(let made) = result, made.shape.rank >= 2, made.notes?.lengths == nil else { return result }
        for case .tensor(let tensor) in values.reversed() {
            guard let lengths = tensor.notes?.lengths, tensor !== made, tensor.shape.rank >= 2, tensor.shape[0] == made.shape[0],
                tensor.shape[1] == made.shape[1]
            else { continue }
            made.setLengths(lengths)
            break
        }
        return result
    }

    /// `_with_lengths(x, lengths)`: for the library, a tensor of padded rows; without lengths the tensor as it is.
    nonisolated(unsafe) static let withLengths = NativeFunction.tensor("_with_lengths", [.init("x"), .init("lengths")]) {
        (call) throws(RuntimeFailure) in
        if call.isNone(1) { return call[0] }
        let x = try call.tensor(0), lengths = try call.tensor(1), lowering = try call.lowering()
        guard x.shape.rank >= 2 else { return .tensor(x) }
        let made = lowering.tensor(try lowering.apply(.reshape, [lowering.node(x)], target: x.signature))
        made.setLengths(lengths)
        return .tensor(made)
    }

    /// The lengths of a part of a padded tensor: rows by their numbers, steps cut at the ends of a range.
    static func index(_ indexing: TensorIndexing, _ tensor: TensorObject, _ result: Value, _ lowering: () throws(RuntimeFailure) -> Lowering)
        throws(RuntimeFailure)
    {
        // `weight[ids]`: each step of the padded rows of `ids` becomes a row of the table.
        if case .indices(let ids)? = indexing.parts.first, ids.shape.rank >= 2 { _ = carried(result, from: [.tensor(ids)]) }
        guard let lengths = tensor.notes?.lengths, case .tensor(let part) = result, part.shape.rank >= 2, indexing.parts.count >= 2,
            indexing.places.count >= 2, case .axis(0) = indexing.places[0], case .axis(1) = indexing.places[1],
            case .range(let first, let kept, let stride, false) = indexing.parts[1], stride == 1
        else { return }
        let isWhole = first == 0 && kept == tensor.shape[1]
        if isWhole, case .range(0, tensor.shape[0], 1, false) = indexing.parts[0] { return part.setLengths(lengths) }
        let lowering = try lowering()
        var node = try lowering.node(lengths)
        switch indexing.parts[0] {
        case .range(let start, let count, let step, false): node = try lowering.slice(node, axis: 0, start: start, count: count, step: step)
        case .indices(let rows) where rows.shape.rank == 1: node = try lowering.gather(node, lowering.node(rows), axis: 0)
        default: return
        }
        if !isWhole, let from = first.known, let steps = kept.known {
            let type = lowering.type(node), shape = lowering.shape(node)
            func filled(_ number: Int) throws(RuntimeFailure) -> NodeID { try lowering.fill(lowering.constant(int: number, type), shape) }
            node = try lowering.apply(.subtract, [node, filled(from)])
            node = try lowering.apply(.maximum, [lowering.apply(.minimum, [node, filled(steps)]), filled(0)])
        }
        part.setLengths(lowering.tensor(node))
    }
}

extension TensorObject {
    /// Makes the tensor one of padded rows.
    func setLengths(_ lengths: TensorObject) {
        let new = TensorNotes()
        new.meaning = notes?.meaning
        new.split = notes?.split
        new.lengths = lengths
        notes = new
    }
}

extension Value {
    /// Whether it is a tensor that knows how long its rows are.
    fileprivate var isPadded: Bool {
        if case .tensor(let tensor) = self { return tensor.notes?.lengths != nil }
        return false
    }
}
