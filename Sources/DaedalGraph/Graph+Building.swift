import DaedalTensor

/// Short forms of what gradients and the functions of the language build again and again. Elementwise forms want equal shapes.
extension Graph {
    package mutating func add(_ a: NodeID, _ b: NodeID) throws(ShapeFailure) -> NodeID { try apply(.add, [a, b]) }
    package mutating func subtract(_ a: NodeID, _ b: NodeID) throws(ShapeFailure) -> NodeID { try apply(.subtract, [a, b]) }
    package mutating func multiply(_ a: NodeID, _ b: NodeID) throws(ShapeFailure) -> NodeID { try apply(.multiply, [a, b]) }
    package mutating func divide(_ a: NodeID, _ b: NodeID) throws(ShapeFailure) -> NodeID { try apply(.divide, [a, b]) }
    package mutating func negate(_ a: NodeID) throws(ShapeFailure) -> NodeID { try apply(.negate, [a]) }
    package mutating func not(_ a: NodeID) throws(ShapeFailure) -> NodeID { try apply(.not, [a]) }

    /// `condition ? a : b`, elementwise.
    package mutating func select(_ condition: NodeID, _ a: NodeID, _ b: NodeID) throws(ShapeFailure) -> NodeID {
        try apply(.select, [condition, a, b])
    }

    /// A node combined with a number of its type and shape.
    package mutating func apply(_ primitive: Primitive, _ a: NodeID, number: Double) throws(ShapeFailure) -> NodeID {
        try apply(primitive, [a, try filled(number, signature(of: a))])
    }

    /// A node after a conversion, if it is of another type.
    package mutating func convert(_ id: NodeID, to type: ElementType) throws(ShapeFailure) -> NodeID {
        if self[id].type == type { return id }
        return try apply(.cast, [id], target: Signature(type: type, shape: self[id].shape))
    }

    /// A node repeated to a shape that it broadcasts to: new leading axes, then stretched axes of 1; nodes only where needed.
    package mutating func broadcast(_ id: NodeID, to shape: Shape) throws(ShapeFailure) -> NodeID {
        let from = self[id].shape
        if from == shape { return id }
        guard from.rank <= shape.rank else { throw ShapeFailure("cannot broadcast \(from) to \(shape)") }
        let aligned = Shape(Array(repeating: 1, count: shape.rank - from.rank) + Array(from))
        let reshaped = try reshape(id, to: aligned)
        if !Broadcasting.repeatedAxes(of: aligned, in: shape).isEmpty { return try apply(.expand, [reshaped], target: target(id, shape)) }
        guard aligned.mayEqual(shape) else { throw ShapeFailure("cannot broadcast \(from) to \(shape)") }
        return reshaped
    }

    /// Two tensors in the type and shape in which they meet.
    package mutating func meet(_ a: NodeID, _ b: NodeID) throws(ShapeFailure) -> (NodeID, NodeID) {
        let type = ElementType.meeting(self[a].type, self[b].type)
        let shape = try Broadcasting.result(of: self[a].shape, self[b].shape)
        let x = try convert(a, to: type), y = try convert(b, to: type)
        return (try broadcast(x, to: shape), try broadcast(y, to: shape))
    }

    package mutating func reshape(_ id: NodeID, to shape: Shape) throws(ShapeFailure) -> NodeID {
        self[id].shape == shape ? id : try apply(.reshape, [id], target: target(id, shape))
    }

    package mutating func permute(_ id: NodeID, _ order: [Int]) throws(ShapeFailure) -> NodeID {
        order == Array(self[id].shape.indices) ? id : try apply(.permute, [id], .permutation(order))
    }

    /// The last two axes exchanged. Fails below rank 2.
    package mutating func transpose(_ id: NodeID) throws(ShapeFailure) -> NodeID {
        let rank = self[id].shape.rank
        guard rank >= 2 else { throw ShapeFailure("`transpose` exchanges the last two axes; \(self[id].shape) has \(rank)") }
        return try permute(id, Array(0..<rank - 2) + [rank - 1, rank - 2])
    }

    /// A sum over axes, which are removed or kept with size 1.
    package mutating func sum(_ id: NodeID, _ axes: [Int], keep: Bool = false) throws(ShapeFailure) -> NodeID {
        try reduce(.sum, id, axes, keep: keep)
    }

    /// A reduction over axes, which are removed or kept with size 1.
    package mutating func reduce(_ primitive: Primitive, _ id: NodeID, _ axes: [Int], keep: Bool = false) throws(ShapeFailure) -> NodeID {
        if axes.isEmpty && self[id].type != .bool { return id }
        let result = try apply(primitive, [id], .axes(axes.sorted()))
        return keep ? try restore(result, axes, in: self[id].shape) : result
    }

    /// A reduction's result with its axes put back with size 1.
    package mutating func restore(_ id: NodeID, _ axes: [Int], in shape: Shape) throws(ShapeFailure) -> NodeID {
        try reshape(id, to: Shape(shape.indices.map { axes.contains($0) ? 1 : shape[$0] }))
    }

    /// `count` elements of one axis from `start` on, all others whole.
    package mutating func slice(_ id: NodeID, axis: Int, from start: Size, count: Size, step: Int = 1) throws(ShapeFailure) -> NodeID {
        let shape = self[id].shape
        if start == 0 && shape.indices.contains(axis) && count == shape[axis] { return id }
        var starts = [Size](repeating: 0, count: shape.rank), steps = [Int](repeating: 1, count: shape.rank)
        guard shape.indices.contains(axis) else { throw ShapeFailure("a slice on axis \(axis) of \(shape), which has \(shape.rank) axes") }
        starts[axis] = start
        steps[axis] = step
        return try apply(.slice, [id], .slice(starts: starts, steps: steps), target: target(id, shape.replacing(axis: axis, with: count)))
    }

    /// `low` and `high` more elements around one axis.
    package mutating func pad(_ id: NodeID, axis: Int, low: Size, high: Size, value: Double = 0) throws(ShapeFailure) -> NodeID {
        if low == 0 && high == 0 { return id }
        let shape = self[id].shape
        let lows = shape.indices.map { $0 == axis ? low : 0 }, highs = shape.indices.map { $0 == axis ? high : 0 }
        return try apply(.pad, [id], .padding(low: lows, high: highs, value: value))
    }

    package mutating func concatenate(_ ids: [NodeID], axis: Int) throws(ShapeFailure) -> NodeID {
        ids.count == 1 ? ids[0] : try apply(.concatenate, ids, .axis(axis))
    }

    package mutating func gather(_ id: NodeID, _ indices: NodeID, axis: Int) throws(ShapeFailure) -> NodeID {
        try apply(.gather, [id, indices], .axis(axis))
    }

    /// The index along an axis of a shape.
    package mutating func iota(_ signature: Signature, axis: Int) throws(ShapeFailure) -> NodeID {
        try apply(.iota, [], .axis(axis), target: signature)
    }

    package mutating func product(
        _ a: NodeID, _ b: NodeID, transposesLeft: Bool = false, transposesRight: Bool = false
    ) throws(ShapeFailure) -> NodeID {
        try apply(.matrixProduct, [a, b], .product(transposesLeft: transposesLeft, transposesRight: transposesRight))
    }

    private func target(_ id: NodeID, _ shape: Shape) -> Signature { Signature(type: self[id].type, shape: shape) }
}
