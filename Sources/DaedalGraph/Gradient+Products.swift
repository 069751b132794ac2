import DaedalTensor

/// Rules of products and convolutions; each is linear in either operand, so its adjoints are products and convolutions again.
extension Gradient {
    static func matrixProduct(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        guard case .product(let left, let right) = g.attributes(of: t.node) else { return [nil, nil] }
        let (a, b, dy) = (t.operands[0], t.operands[1], t.cotangent)
        var da: NodeID?, db: NodeID?
        if t.wanted[0] {
            da =
                try left
                ? g.product(b, dy, transposesLeft: right, transposesRight: true) : g.product(dy, b, transposesRight: !right)
        }
        if t.wanted[1] {
            db =
                try right
                ? g.product(dy, a, transposesLeft: true, transposesRight: left) : g.product(a, dy, transposesLeft: !left)
        }
        return [da, db]
    }

    static func convolution(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        let (x, w, dy, window) = (t.operands[0], t.operands[1], t.cotangent, g.attributes(of: t.node))
        return [
            t.wanted[0] ? try g.apply(.convolutionInputGradient, [dy, w], window, target: g.signature(of: x)) : nil,
            t.wanted[1] ? try g.apply(.convolutionWeightGradient, [x, dy], window, target: g.signature(of: w)) : nil,
        ]
    }

    /// The cotangent has x's shape, the operands are dy and w.
    static func convolutionInputGradient(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        let (dy, w, c, window) = (t.operands[0], t.operands[1], t.cotangent, g.attributes(of: t.node))
        return [
            t.wanted[0] ? try g.apply(.convolution, [c, w], window) : nil,
            t.wanted[1] ? try g.apply(.convolutionWeightGradient, [c, dy], window, target: g.signature(of: w)) : nil,
        ]
    }

    /// The cotangent has w's shape, the operands are x and dy.
    static func convolutionWeightGradient(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        let (x, dy, c, window) = (t.operands[0], t.operands[1], t.cotangent, g.attributes(of: t.node))
        return [
            t.wanted[0] ? try g.apply(.convolutionInputGradient, [dy, c], window, target: g.signature(of: x)) : nil,
            t.wanted[1] ? try g.apply(.convolution, [x, c], window) : nil,
        ]
    }
}
