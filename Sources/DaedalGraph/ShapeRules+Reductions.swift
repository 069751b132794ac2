import DaedalTensor

/// Reductions, running sums and orders.
extension ShapeRules.Application {
    func reduction(_ domain: Domain, emptyIsFine: Bool) throws(ShapeFailure) -> Signature {
        let x = operands[0], axes = try axes(of: operands[0].shape)
        try require(x.type, in: domain)
        if !emptyIsFine { for axis in axes { try requireElements(x.shape, axis) } }
        var shape = Shape()
        for axis in x.shape.indices where !axes.contains(axis) { shape.append(x.shape[axis]) }
        return Signature(type: x.type == .bool ? .i64 : x.type, shape: shape)
    }

    func indexOfMaximum() throws(ShapeFailure) -> Signature {
        let x = operands[0], axis = try axis(of: operands[0].shape)
        try require(x.type, in: .numbers)
        try requireElements(x.shape, axis)
        return Signature(type: .i64, shape: x.shape.removing(axis: axis))
    }

    func alongAxis(type: ElementType) throws(ShapeFailure) -> Signature {
        let x = operands[0]
        _ = try axis(of: x.shape)
        try require(x.type, in: .numbers)
        return Signature(type: type, shape: x.shape)
    }

    private func requireElements(_ shape: Shape, _ axis: Int) throws(ShapeFailure) {
        if shape[axis] == 0 { throw ShapeFailure("`\(name)` over axis \(axis) of \(shape) has nothing to choose from") }
    }
}
