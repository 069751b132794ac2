import DaedalTensor

/// How the shapes of two tensors meet in an elementwise operation (LANGUAGE.md, section 3).
package enum Broadcasting {
    /// The common shape: trailing axes aligned as NumPy does, but refused when one operand gains leading axes while the other is
    /// stretched, since `[n, 1] - [n]` is almost always a bug.
    package static func result(of a: Shape, _ b: Shape) throws(ShapeFailure) -> Shape {
        if a == b { return a }
        let (long, short) = a.rank >= b.rank ? (a, b) : (b, a)
        let lead = long.rank - short.rank
        var shape = long
        var stretchesLong = false
        for axis in short.indices {
            let x = long[axis + lead], y = short[axis]
            if y == 1 || x == y { continue }
            if x == 1 {
                stretchesLong = true
                shape[axis + lead] = y
                continue
            }
            if x.relation(to: y) == .different {
                let (left, right) = a.rank >= b.rank ? (x, y) : (y, x)
                throw ShapeFailure("shapes do not fit: \(a) meets \(b), and \(left) is not \(right)", hint: hint(x, long, axis + lead, y, short))
            }
            shape[axis + lead] = x.merged(with: y)
        }
        if lead > 0 && stretchesLong {
            throw ShapeFailure(
                "shapes do not fit: \(short) would gain \(lead == 1 ? "an axis" : "\(lead) axes") while \(long) is stretched, "
                    + "and \(a) with \(b) would give \(shape)",
                hint: "say which is meant: `t[.., new] * f[new]` for every pair, `t[.., 0] - f` for element by element")
        }
        return shape
    }

    /// The axes of `result` along which an operand of shape `operand` is repeated.
    package static func repeatedAxes(of operand: Shape, in result: Shape) -> [Int] {
        let lead = result.rank - operand.rank
        return result.indices.filter { $0 < lead || (operand[$0 - lead] == 1 && result[$0] != 1) }
    }

    /// A way out when the sizes that differ stand in the other operand on another axis.
    private static func hint(_ x: Size, _ long: Shape, _ axis: Int, _ y: Size, _ short: Shape) -> String? {
        guard short.rank < long.rank, long.dropLast(1).contains(where: { $0 == y }) else { return nil }
        return "axes are aligned from the last one; an axis of 1 can be added with `new`, as in `x[.., new]`"
    }
}

extension ElementType {
    /// The type in which two tensors meet: the later in the order bool, i32, i64, f32, f64.
    package static func meeting(_ a: ElementType, _ b: ElementType) -> ElementType { max(a, b) }

    /// What a plain value of a script is when it meets a tensor.
    package enum Literal: Sendable { case bool, integer, float }

    /// The type in which a tensor of this type meets a number: its own, except that a float makes integers f32 and an integer makes bools i64.
    package func meeting(_ literal: Literal) -> ElementType {
        switch literal {
        case .bool: self
        case .integer: self == .bool ? .i64 : self
        case .float: isFloat ? self : .f32
        }
    }

    /// The type in which `/`, `mean`, `exp` and the like compute: floats as they are, all else f32.
    package var floating: ElementType { isFloat ? self : .f32 }
}
