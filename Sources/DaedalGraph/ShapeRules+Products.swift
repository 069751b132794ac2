import DaedalTensor

/// Matrix products.
extension ShapeRules.Application {
    func matrixProduct() throws(ShapeFailure) -> Signature {
        guard case .product(let transposesLeft, let transposesRight) = attributes else { throw wrongAttributes }
        let a = operands[0], b = operands[1]
        try require(a.type, in: .numbers)
        try requireSameType(a, b)
        let rank = a.shape.rank
        guard rank >= 2, b.shape.rank == rank else { throw ShapeFailure("shapes do not fit: `@` meets \(a.shape) and \(b.shape)") }
        let rows = a.shape[transposesLeft ? rank - 1 : rank - 2], columns = a.shape[transposesLeft ? rank - 2 : rank - 1]
        let rightRows = b.shape[transposesRight ? rank - 1 : rank - 2], rightColumns = b.shape[transposesRight ? rank - 2 : rank - 1]
        guard columns.relation(to: rightRows) != .different else {
            throw ShapeFailure("shapes do not fit: `@` meets \(columns) columns on the left and \(rightRows) rows on the right")
        }
        let stackLeft = Shape(a.shape.dropLast(2)), stackRight = Shape(b.shape.dropLast(2))
        guard stackLeft.mayEqual(stackRight) else {
            throw ShapeFailure("shapes do not fit: `@` meets stacks of \(stackLeft) matrices on the left and \(stackRight) on the right")
        }
        var shape = stackLeft.merged(with: stackRight)
        shape.append(rows)
        shape.append(rightColumns)
        return Signature(type: a.type, shape: shape)
    }
}
