import DaedalTensor

/// Rules of elementwise primitives. `x` is the operand, `y` the result, `dy` the cotangent.
extension Gradient {
    /// dy · sign(x).
    static func absolute(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        [try g.multiply(t.cotangent, try g.apply(.sign, [t.operands[0]]))]
    }

    /// dy / (2 y).
    static func squareRoot(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        [try g.divide(try g.apply(.multiply, t.cotangent, number: 0.5), t.node)]
    }

    /// dy · cos x.
    static func sine(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        [try g.multiply(t.cotangent, try g.apply(.cosine, [t.operands[0]]))]
    }

    /// -dy · sin x.
    static func cosine(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        [try g.negate(try g.multiply(t.cotangent, try g.apply(.sine, [t.operands[0]])))]
    }

    /// dy · (1 - y²).
    static func hyperbolicTangent(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        let square = try g.multiply(t.node, t.node), one = try g.filled(1, g.signature(of: t.node))
        return [try g.multiply(t.cotangent, try g.subtract(one, square))]
    }

    /// dy · y · (1 - y).
    static func logistic(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        let one = try g.filled(1, g.signature(of: t.node))
        return [try g.multiply(t.cotangent, try g.multiply(t.node, try g.subtract(one, t.node)))]
    }

    /// dy · 2/√π · exp(-x²).
    static func errorFunction(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        let x = t.operands[0]
        let bell = try g.apply(.exponential, [try g.negate(try g.multiply(x, x))])
        return [try g.multiply(t.cotangent, try g.apply(.multiply, bell, number: 1.1283791670955126))]
    }

    static func multiply(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        let a = t.wanted[0] ? try g.multiply(t.cotangent, t.operands[1]) : nil
        let b = t.wanted[1] ? try g.multiply(t.cotangent, t.operands[0]) : nil
        return [a, b]
    }

    /// dy / b and -(dy / b) · y.
    static func divide(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        let share = try g.divide(t.cotangent, t.operands[1])
        return [share, t.wanted[1] ? try g.negate(try g.multiply(share, t.node)) : nil]
    }

    /// dy · b · a^(b-1) and dy · y · log a, without 0 · ∞ where a or b is zero.
    static func power(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        let (a, b) = (t.operands[0], t.operands[1])
        var base: NodeID?, exponent: NodeID?
        if t.wanted[0] {
            switch g.constantValue(of: b) {
            case 0: base = nil
            case 1: base = t.cotangent
            case 2: base = try g.multiply(t.cotangent, try g.apply(.multiply, a, number: 2))
            case let number?:
                let lower = try g.apply(.power, a, number: number - 1)
                base = try g.multiply(t.cotangent, try g.apply(.multiply, lower, number: number))
            case nil:
                let zero = try g.filled(0, g.signature(of: b)), one = try g.filled(1, g.signature(of: b))
                let lowered = try g.select(try g.apply(.equal, [b, zero]), one, try g.subtract(b, one))
                base = try g.multiply(t.cotangent, try g.multiply(b, try g.apply(.power, [a, lowered])))
            }
        }
        if t.wanted[1] {
            let zero = try g.filled(0, g.signature(of: a)), one = try g.filled(1, g.signature(of: a))
            let logarithm = try g.apply(.logarithm, [try g.select(try g.apply(.equal, [a, zero]), one, a)])
            exponent = try g.multiply(t.cotangent, try g.multiply(t.node, logarithm))
        }
        return [base, exponent]
    }

    /// The operand that won receives dy, equal ones half of it each.
    static func extremum(_ g: inout Graph, _ t: Turn, larger: Bool) throws(ShapeFailure) -> [NodeID?] {
        let (a, b) = (t.operands[0], t.operands[1])
        let zero = try g.filled(0, g.signature(of: t.cotangent))
        let tie = try g.select(try g.apply(.equal, [a, b]), try g.apply(.multiply, t.cotangent, number: 0.5), zero)
        let aWins = try g.apply(.less, larger ? [b, a] : [a, b]), bWins = try g.apply(.less, larger ? [a, b] : [b, a])
        return [
            t.wanted[0] ? try g.select(aWins, t.cotangent, tie) : nil,
            t.wanted[1] ? try g.select(bWins, t.cotangent, tie) : nil,
        ]
    }

    /// `a % b` is `a - b · (a // b)`: dy and -dy · (a // b).
    static func remainder(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        let b = t.wanted[1] ? try g.negate(try g.multiply(t.cotangent, try g.apply(.floorDivide, t.operands))) : nil
        return [t.cotangent, b]
    }

    static func select(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        let zero = try g.filled(0, g.signature(of: t.cotangent))
        return [
            nil,
            t.wanted[1] ? try g.select(t.operands[0], t.cotangent, zero) : nil,
            t.wanted[2] ? try g.select(t.operands[0], zero, t.cotangent) : nil,
        ]
    }
}
