import DaedalTensor

/// Rules of reductions and running sums.
extension Gradient {
    /// The reduced axes of a node and its value put back to the operand's shape.
    private static func axes(_ g: Graph, _ t: Turn) -> [Int] {
        guard case .axes(let axes) = g.attributes(of: t.node) else { return [] }
        return axes
    }

    /// A tensor in the result's shape repeated to the operand's.
    private static func spread(_ g: inout Graph, _ t: Turn, _ id: NodeID) throws(ShapeFailure) -> NodeID {
        let shape = g[t.operands[0]].shape
        return try g.broadcast(try g.restore(id, axes(g, t), in: shape), to: shape)
    }

    static func sum(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] { [try spread(&g, t, t.cotangent)] }

    /// dy times the product of all others, exact with any number of zeros.
    static func product(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        let x = t.operands[0], signature = g.signature(of: x), axes = axes(g, t)
        let zero = try g.filled(0, signature), one = try g.filled(1, signature)
        let isZero = try g.apply(.equal, [x, zero])
        let nonZero = try g.select(isZero, one, x)
        let zeros = try spread(&g, t, try g.sum(try g.convert(isZero, to: signature.type), axes))
        let ofNonZero = try spread(&g, t, try g.apply(.product, [nonZero], .axes(axes)))
        // An element sees the zeros among the others: none, or its own share is zero.
        let others = try g.subtract(zeros, try g.convert(isZero, to: signature.type))
        let rest = try g.divide(ofNonZero, nonZero)
        let share = try g.select(try g.apply(.equal, [others, zero]), rest, zero)
        return [try g.multiply(try spread(&g, t, t.cotangent), share)]
    }

    /// Whatever equals the extremum receives an equal share.
    static func extremumOf(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        let x = t.operands[0], signature = g.signature(of: x)
        let wins = try g.apply(.equal, [x, try spread(&g, t, t.node)])
        let count = try g.sum(try g.convert(wins, to: signature.type), axes(g, t))
        let share = try spread(&g, t, try g.divide(t.cotangent, count))
        return [try g.select(wins, share, try g.filled(0, signature))]
    }

    /// The running sum from the other end.
    static func cumulativeSum(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        guard case .axis(let axis) = g.attributes(of: t.node) else { return [nil] }
        let reversed = try g.apply(.reverse, [t.cotangent], .axes([axis]))
        return [try g.apply(.reverse, [try g.apply(.cumulativeSum, [reversed], .axis(axis))], .axes([axis]))]
    }
}
