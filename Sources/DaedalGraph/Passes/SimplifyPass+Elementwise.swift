import DaedalTensor

/// Identities of elementwise operations. `x * 0` stays: x may be NaN or infinite.
extension Rewriter {
    /// A number in the shape and type of the result.
    private mutating func number(_ value: Double, _ s: Subject) -> NodeID { splat(bits: Graph.bits(value, s.type), s.signature) }

    /// -(-x) is x.
    mutating func negated(_ s: Subject) -> NodeID? { under(.negate, s.operands[0]) }

    /// not not x is x.
    mutating func inverted(_ s: Subject) -> NodeID? { under(.not, s.operands[0]) }

    /// A cast to the same type, or there and back through a type that holds every value.
    mutating func converted(_ s: Subject) -> NodeID? {
        let x = s.operands[0], from = graph[x].type
        if from == s.type { return x }
        guard let inner = under(.cast, x), widens(graph[inner].type, to: from) else { return nil }
        return emit(.cast, [inner], s.signature)
    }

    /// Whether every value of a type is one of the other.
    private func widens(_ type: ElementType, to other: ElementType) -> Bool {
        switch (type, other) {
        case (.bool, _): true
        case (.i32, .i64), (.i32, .f64), (.f32, .f64): true
        default: type == other
        }
    }

    /// x + 0, x + (-y), (-x) + y.
    mutating func sumOfTwo(_ s: Subject) -> NodeID? {
        let (a, b) = (s.operands[0], s.operands[1])
        if graph.constantValue(of: b) == 0 { return a }
        if graph.constantValue(of: a) == 0 { return b }
        if let y = under(.negate, b) { return emit(.subtract, [a, y], s.signature) }
        if let x = under(.negate, a) { return emit(.subtract, [b, x], s.signature) }
        return padsJoined(s, a, b) ?? padsJoined(s, b, a)
    }

    /// x - 0, 0 - x, x - (-y); integers also x - x.
    mutating func difference(_ s: Subject) -> NodeID? {
        let (a, b) = (s.operands[0], s.operands[1])
        if graph.constantValue(of: b) == 0 { return a }
        if graph.constantValue(of: a) == 0 { return emit(.negate, [b], s.signature) }
        if let y = under(.negate, b) { return emit(.add, [a, y], s.signature) }
        return a == b && !s.type.isFloat ? number(0, s) : nil
    }

    /// x · 1, x · -1, (-x) · (-y), (-x) · c; integers also x · 0.
    mutating func productOfTwo(_ s: Subject) -> NodeID? {
        for (x, other) in [(s.operands[0], s.operands[1]), (s.operands[1], s.operands[0])] {
            guard let value = graph.constantValue(of: other) else { continue }
            if value == 1 { return x }
            if value == -1 { return emit(.negate, [x], s.signature) }
            if value == 0 && !s.type.isFloat { return number(0, s) }
            if s.type.isFloat, let inner = under(.negate, x) { return emit(.multiply, [inner, number(-value, s)], s.signature) }
        }
        if let x = under(.negate, s.operands[0]), let y = under(.negate, s.operands[1]) { return emit(.multiply, [x, y], s.signature) }
        return factorsJoined(s, s.operands[0], s.operands[1]) ?? factorsJoined(s, s.operands[1], s.operands[0])
    }

    /// (x · a) · b and (x / a) · b, where a and b are few values repeated in the same way: x · (a · b), x · (b / a).
    private mutating func factorsJoined(_ s: Subject, _ x: NodeID, _ other: NodeID) -> NodeID? {
        guard s.type.isFloat, let b = fewRepeated(other) else { return nil }
        if let terms = match(x, .divide), let a = fewRepeated(terms[1]), graph[a].shape == graph[b].shape {
            return scaled(s, terms[0], by: .divide, b, a)
        }
        guard let terms = match(x, .multiply) else { return nil }
        for (y, factor) in [(terms[0], terms[1]), (terms[1], terms[0])] {
            if let a = fewRepeated(factor), graph[a].shape == graph[b].shape { return scaled(s, y, by: .multiply, a, b) }
        }
        return nil
    }

    /// (x · a) / b in the same case: x · (a / b).
    private mutating func divisorJoined(_ s: Subject) -> NodeID? {
        guard s.type.isFloat, let b = fewRepeated(s.operands[1]), let terms = match(s.operands[0], .multiply) else { return nil }
        for (y, factor) in [(terms[0], terms[1]), (terms[1], terms[0])] {
            if let a = fewRepeated(factor), graph[a].shape == graph[b].shape { return scaled(s, y, by: .divide, a, b) }
        }
        return nil
    }

    private mutating func scaled(_ s: Subject, _ x: NodeID, by primitive: Primitive, _ a: NodeID, _ b: NodeID) -> NodeID {
        let factor = emit(primitive, [a, b], graph.signature(of: a))
        return emit(.multiply, [x, emit(.expand, [factor], s.signature)], s.signature)
    }

    /// The values that an operand repeats at least eight times each.
    private func fewRepeated(_ id: NodeID) -> NodeID? {
        guard let inner = under(.expand, id), let few = graph[inner].shape.elementCount, let all = graph[id].shape.elementCount else { return nil }
        return few * 8 <= all ? inner : nil
    }

    /// x / 1, x / -1, (x · a) / b of factors that are few, and x / 2ⁿ as the exact product x · 2⁻ⁿ.
    mutating func quotient(_ s: Subject) -> NodeID? {
        guard let value = graph.constantValue(of: s.operands[1]) else { return divisorJoined(s) }
        if value == 1 { return s.operands[0] }
        if value == -1 { return emit(.negate, [s.operands[0]], s.signature) }
        let inverse = 1 / value
        let isExact = s.type == .f32 ? Float(inverse).isNormal : inverse.isNormal
        guard value.isNormal, value.significandBitPattern == 0, isExact else { return nil }
        return emit(.multiply, [s.operands[0], number(inverse, s)], s.signature)
    }

    /// Small integer and half exponents as products, roots and reciprocals.
    mutating func raised(_ s: Subject) -> NodeID? {
        let x = s.operands[0]
        guard let exponent = graph.constantValue(of: s.operands[1]) else { return nil }
        func times(_ r: inout Rewriter, _ a: NodeID, _ b: NodeID) -> NodeID { r.emit(.multiply, [a, b], s.signature) }
        switch exponent {
        case 0: return number(1, s)
        case 1: return x
        case 2: return times(&self, x, x)
        case 3: return times(&self, times(&self, x, x), x)
        case 4:
            let square = times(&self, x, x)
            return times(&self, square, square)
        default: break
        }
        guard s.type.isFloat else { return nil }
        switch exponent {
        case 0.5: return emit(.squareRoot, [x], s.signature)
        case -0.5: return emit(.divide, [number(1, s), emit(.squareRoot, [x], s.signature)], s.signature)
        case -1: return emit(.divide, [number(1, s), x], s.signature)
        case -2: return emit(.divide, [number(1, s), times(&self, x, x)], s.signature)
        default: return nil
        }
    }

    /// f(x, x) is x.
    mutating func same(_ s: Subject) -> NodeID? { s.operands[0] == s.operands[1] ? s.operands[0] : nil }

    /// `and` and `or` with a constant.
    mutating func logic(_ s: Subject) -> NodeID? {
        for (x, other) in [(s.operands[0], s.operands[1]), (s.operands[1], s.operands[0])] {
            guard let value = graph.constantValue(of: other) else { continue }
            return (value != 0) == (s.primitive == .and) ? x : other
        }
        return nil
    }

    /// A constant condition, equal branches, a negated condition.
    mutating func chosen(_ s: Subject) -> NodeID? {
        let (condition, a, b) = (s.operands[0], s.operands[1], s.operands[2])
        if let value = graph.constantValue(of: condition) { return value != 0 ? a : b }
        if a == b { return a }
        if let inner = under(.not, condition) { return emit(.select, [inner, b, a], s.signature) }
        return nil
    }
}
