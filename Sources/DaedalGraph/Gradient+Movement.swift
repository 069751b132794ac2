import DaedalTensor

/// Rules of primitives that move elements.
extension Gradient {
    /// Sums what the stretched axes repeated.
    static func expand(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        let from = g[t.operands[0]].shape
        return [try g.sum(t.cotangent, Broadcasting.repeatedAxes(of: from, in: g[t.node].shape), keep: true)]
    }

    /// The inverse permutation.
    static func permute(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        guard case .permutation(let order) = g.attributes(of: t.node) else { return [nil] }
        var inverse = order
        for (result, operand) in order.enumerated() { inverse[operand] = result }
        return [try g.permute(t.cotangent, inverse)]
    }

    /// Zeros around, and between the elements of a strided slice.
    static func slice(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        guard case .slice(let starts, let steps) = g.attributes(of: t.node) else { return [nil] }
        let from = g[t.operands[0]].shape, shape = g[t.node].shape
        if shape.contains(0) { return [nil] }
        var gradient = t.cotangent
        for axis in shape.indices where steps[axis] > 1 { gradient = try spread(&g, gradient, axis: axis, step: steps[axis]) }
        let spreadShape = g[gradient].shape
        let high = from.indices.map { from[$0] - starts[$0] - spreadShape[$0] }
        if high.allSatisfy({ $0 == 0 }) && starts.allSatisfy({ $0 == 0 }) { return [gradient] }
        return [try g.apply(.pad, [gradient], .padding(low: starts, high: high, value: 0))]
    }

    /// Elements `step` apart along an axis, zeros between them.
    private static func spread(_ g: inout Graph, _ x: NodeID, axis: Int, step: Int) throws(ShapeFailure) -> NodeID {
        let shape = g[x].shape, type = g[x].type
        let places = Signature(type: .i64, shape: [shape[axis]])
        let indices = try g.apply(.multiply, try g.iota(places, axis: 0), number: Double(step))
        let wide = shape.replacing(axis: axis, with: (shape[axis] - 1) * Size(step) + 1)
        let zeros = try g.filled(0, Signature(type: type, shape: wide))
        return try g.apply(.scatter, [zeros, indices, x], .scatter(axis: axis, mode: .add))
    }

    static func pad(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        guard case .padding(let low, _, _) = g.attributes(of: t.node) else { return [nil] }
        let steps = [Int](repeating: 1, count: low.count)
        return [try g.apply(.slice, [t.cotangent], .slice(starts: low, steps: steps), target: g.signature(of: t.operands[0]))]
    }

    static func concatenate(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        guard case .axis(let axis) = g.attributes(of: t.node) else { return t.operands.map { _ in nil } }
        var start: Size = 0
        var parts: [NodeID?] = []
        for (operand, wanted) in zip(t.operands, t.wanted) {
            let count = g[operand].shape[axis]
            parts.append(wanted ? try g.slice(t.cotangent, axis: axis, from: start, count: count) : nil)
            start = start + count
        }
        return parts
    }

    static func dynamicSlice(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        let zeros = try g.filled(0, g.signature(of: t.operands[0]))
        return [try g.apply(.dynamicUpdate, [zeros, t.cotangent, t.operands[1]], g.attributes(of: t.node)), nil]
    }

    static func dynamicUpdate(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        let attributes = g.attributes(of: t.node), start = t.operands[2]
        var x: NodeID?, values: NodeID?
        if t.wanted[0] {
            let zeros = try g.filled(0, g.signature(of: t.operands[1]))
            x = try g.apply(.dynamicUpdate, [t.cotangent, zeros, start], attributes)
        }
        if t.wanted[1] { values = try g.apply(.dynamicSlice, [t.cotangent, start], attributes, target: g.signature(of: t.operands[1])) }
        return [x, values, nil]
    }

    /// Adds each slice back where it was read.
    static func gather(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        guard case .axis(let axis) = g.attributes(of: t.node) else { return [nil, nil] }
        let zeros = try g.filled(0, g.signature(of: t.operands[0]))
        return [try g.apply(.scatter, [zeros, t.operands[1], t.cotangent], .scatter(axis: axis, mode: .add)), nil]
    }

    static func scatter(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        guard case .scatter(let axis, let mode) = g.attributes(of: t.node) else { return [nil, nil, nil] }
        let indices = t.operands[1]
        switch mode {
        case .add:
            return [t.cotangent, nil, t.wanted[2] ? try g.gather(t.cotangent, indices, axis: axis) : nil]
        case .set:
            var x: NodeID?, values: NodeID?
            if t.wanted[0] {
                let zeros = try g.filled(0, g.signature(of: t.operands[2]))
                x = try g.apply(.scatter, [t.cotangent, indices, zeros], .scatter(axis: axis, mode: .set))
            }
            if t.wanted[2] {
                let read = try g.gather(t.cotangent, indices, axis: axis)
                let zeros = try g.filled(0, g.signature(of: read))
                values = try g.select(try lastWriters(&g, t, axis: axis), read, zeros)
            }
            return [x, nil, values]
        case .maximum:
            return try scatterMaximum(&g, t, axis: axis)
        }
    }

    /// True in the shape of the values of a `.set` scatter where no later index names the same place.
    private static func lastWriters(_ g: inout Graph, _ t: Turn, axis: Int) throws(ShapeFailure) -> NodeID {
        let indices = t.operands[1], shape = g[indices].shape, values = g[t.operands[2]].shape
        let flat = try g.iota(Signature(type: .i64, shape: [shape.elementCountSize]), axis: 0)
        let places = try g.reshape(flat, to: shape)
        let owners = try g.filled(-1, Signature(type: .i64, shape: [g[t.node].shape[axis]]))
        let written = try g.apply(.scatter, [owners, indices, places], .scatter(axis: 0, mode: .set))
        let wins = try g.apply(.equal, [try g.gather(written, indices, axis: 0), places])
        let aligned = Shape(Array(shape) + Array(repeating: 1, count: values.rank - axis - shape.rank))
        return try g.broadcast(try g.reshape(wins, to: aligned), to: values)
    }

    /// Whatever equals the maximum receives an equal share.
    private static func scatterMaximum(_ g: inout Graph, _ t: Turn, axis: Int) throws(ShapeFailure) -> [NodeID?] {
        let (x, indices, values) = (t.operands[0], t.operands[1], t.operands[2]), type = g[t.node].type
        let keeps = try g.apply(.equal, [x, t.node])
        let wins = try g.apply(.equal, [values, try g.gather(t.node, indices, axis: axis)])
        let kept = try g.convert(keeps, to: type), won = try g.convert(wins, to: type)
        let count = try g.apply(.scatter, [kept, indices, won], .scatter(axis: axis, mode: .add))
        let share = try g.divide(t.cotangent, count)
        let zeros = try g.filled(0, g.signature(of: values))
        return [
            t.wanted[0] ? try g.select(keeps, share, try g.filled(0, g.signature(of: x))) : nil,
            nil,
            t.wanted[2] ? try g.select(wins, try g.gather(share, indices, axis: axis), zeros) : nil,
        ]
    }
}
