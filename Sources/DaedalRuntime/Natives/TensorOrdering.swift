import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension TensorNatives {
    /// Orders along an axis.
    static var ordering: [NativeFunction] { [argsort, topK] }

    /// `sort(x, axis: -1, descending: false)` of a tensor. The machine's `sort` sends tensors here.
    package static func sort(_ x: TensorObject, axis: Int, descending: Bool, _ call: NativeCall) throws(RuntimeFailure) -> Value {
        let axis = try call.checkedAxis(axis, rank: x.shape.rank), lowering = try call.lowering(), node = try lowering.node(x)
        return lowering.value(try lowering.along(node, lowering.order(node, axis: axis, descending: descending), axis: axis))
    }

    private static var argsort: NativeFunction {
        .tensor("argsort", [.init("x"), .init("axis", .int(-1)), .init("descending", .bool(false))]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), axis = try call.axis(1, rank: x.shape.rank), descending = try call.bool(2), lowering = try call.lowering()
            return lowering.value(try lowering.order(lowering.node(x), axis: axis, descending: descending))
        }
    }

    /// The `k` largest along an axis, with their places; `top_k` of the library is this and a metric.
    private static var topK: NativeFunction {
        .tensor("_top_k", [.init("x"), .init("k"), .init("axis", .int(-1))], unknown: .record) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), count = try call.size(1), axis = try call.axis(2, rank: x.shape.rank)
            if let wanted = count.known, let have = x.shape[axis].known, wanted > have {
                throw RuntimeFailure("E201", "`top_k`: axis \(axis) of \(x.shape) has only \(have), not \(wanted)", at: call.span)
            }
            let lowering = try call.lowering(), node = try lowering.node(x)
            let order = try lowering.slice(lowering.order(node, axis: axis, descending: true), axis: axis, start: 0, count: count)
            return .record(
                RecordObject(
                    names: nil,
                    fields: [lowering.value(try lowering.along(node, order, axis: axis)), lowering.value(order)]))
        }
    }
}

extension Lowering {
    /// The stable order of the elements along an axis, i64.
    func order(_ node: NodeID, axis: Int, descending: Bool) throws(RuntimeFailure) -> NodeID {
        let x = try number(node)
        guard descending else { return try apply(.order, [x], .axis(axis)) }
        // Equal elements keep their places: the order of the reversed axis, reversed, counted from the other end.
        let backwards = try apply(.reverse, [x], .axes([axis]))
        let order = try apply(.reverse, [apply(.order, [backwards], .axis(axis))], .axes([axis]))
        let last = constant(int: (shape(x)[axis].known ?? 1) - 1, .i64)
        return try binary(.subtract, last, order)
    }
}
