import DaedalTensor

/// The operations whose places in a tensor are themselves tensors.
extension ShapeRules.Application {
    func dynamicSlice() throws(ShapeFailure) -> Signature {
        let x = operands[0], axis = try axis(of: operands[0].shape), shape = try wanted().shape
        try requireStart(operands[1])
        guard shape.rank == x.shape.rank, shape.replacing(axis: axis, with: 1).mayEqual(x.shape.replacing(axis: axis, with: 1)) else {
            throw ShapeFailure("cannot take \(shape) out of \(x.shape) on axis \(axis): all other axes must be equal")
        }
        guard !shape[axis].surelyExceeds(x.shape[axis]) else {
            throw ShapeFailure("cannot take \(shape[axis]) elements on axis \(axis) of \(x.shape), which has \(x.shape[axis])")
        }
        return Signature(type: x.type, shape: x.shape.replacing(axis: axis, with: shape[axis]))
    }

    func dynamicUpdate() throws(ShapeFailure) -> Signature {
        let x = operands[0], values = operands[1], axis = try axis(of: operands[0].shape)
        try requireSameType(x, values)
        try requireStart(operands[2])
        guard values.shape.rank == x.shape.rank, values.shape.replacing(axis: axis, with: 1).mayEqual(x.shape.replacing(axis: axis, with: 1)) else {
            throw ShapeFailure("cannot put \(values.shape) into \(x.shape) on axis \(axis): all other axes must be equal")
        }
        guard !values.shape[axis].surelyExceeds(x.shape[axis]) else {
            throw ShapeFailure("cannot put \(values.shape[axis]) elements on axis \(axis) of \(x.shape), which has \(x.shape[axis])")
        }
        return x
    }

    private func requireStart(_ start: Signature) throws(ShapeFailure) {
        guard start.type == .i64, start.shape.rank == 0 else { throw ShapeFailure("`\(name)` starts at one i64, not \(start)") }
    }

    private func requireIndices(_ indices: Signature) throws(ShapeFailure) {
        guard indices.type.isInteger else {
            throw ShapeFailure("`\(name)` takes indices of i32 or i64, not \(indices.type.name)", hint: "`cast(ids, i64)` makes integers of floats")
        }
    }

    /// The shape of the slices of `x` that `indices` name along an axis.
    private func gathered(_ x: Shape, _ indices: Shape, axis: Int) throws(ShapeFailure) -> Shape {
        try requireRank(atMostMaximum: x.rank - 1 + indices.rank)
        return Shape(Array(x.prefix(axis)) + Array(indices) + Array(x.dropFirst(axis + 1)))
    }

    func gather() throws(ShapeFailure) -> Signature {
        let x = operands[0], axis = try axis(of: operands[0].shape)
        try requireIndices(operands[1])
        return Signature(type: x.type, shape: try gathered(x.shape, operands[1].shape, axis: axis))
    }

    func scatter() throws(ShapeFailure) -> Signature {
        guard case .scatter(let axis, let mode) = attributes else { throw wrongAttributes }
        let x = operands[0], values = operands[2]
        try require(axis, isAxisOf: x.shape)
        try requireIndices(operands[1])
        try requireSameType(x, values)
        if mode != .set { try require(x.type, in: .numbers) }
        let expected = try gathered(x.shape, operands[1].shape, axis: axis)
        guard expected.mayEqual(values.shape) else {
            throw ShapeFailure(
                "shapes do not fit: `scatter` into \(x.shape) at \(operands[1].shape) indices on axis \(axis) takes values of \(expected), not \(values.shape)"
            )
        }
        return x
    }
}
