import DaedalTensor

/// Constants: how they are written into a graph and read from it.
extension Graph {
    /// A rank-0 constant of a float, rounded (or, for integers, truncated and saturated) to the type.
    package mutating func literal(_ value: Double, _ type: ElementType) -> NodeID {
        append(.constant, type: type, shape: .scalar, attributes: .scalar(bits: Self.bits(value, type)))
    }

    /// A rank-0 constant of an integer; i32 wraps.
    package mutating func literal(_ value: Int, _ type: ElementType) -> NodeID {
        append(.constant, type: type, shape: .scalar, attributes: .scalar(bits: Self.bits(value, type)))
    }

    /// A rank-0 constant of a boolean.
    package mutating func literal(_ value: Bool, _ type: ElementType = .bool) -> NodeID { literal(value ? 1 : 0, type) }

    /// A constant repeated to a shape.
    package mutating func filled(_ value: Double, _ signature: Signature) throws(ShapeFailure) -> NodeID {
        try broadcast(literal(value, signature.type), to: signature.shape)
    }

    /// The bits of attribute `.scalar` for a float.
    static func bits(_ value: Double, _ type: ElementType) -> UInt64 {
        switch type {
        case .bool: value != 0 ? 1 : 0
        case .i32: UInt64(bitPattern: Int64(Int32.saturating(value)))
        case .i64: UInt64(bitPattern: Int64.saturating(value))
        case .f32: Double(Float(value)).bitPattern
        case .f64: value.bitPattern
        }
    }

    /// The bits of attribute `.scalar` for an integer.
    static func bits(_ value: Int, _ type: ElementType) -> UInt64 {
        switch type {
        case .bool: value != 0 ? 1 : 0
        case .i32: UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: value)))
        case .i64: UInt64(bitPattern: Int64(value))
        case .f32: Double(Float(value)).bitPattern
        case .f64: Double(value).bitPattern
        }
    }

    /// The value that attribute bits stand for, as a double (integers beyond 2^53 round).
    package static func double(bits: UInt64, _ type: ElementType) -> Double {
        type.isFloat ? Double(bitPattern: bits) : Double(Int64(bitPattern: bits))
    }

    /// The value of a constant node, also seen through reshapes, expansions and permutations of one; nil for anything else.
    package func constantValue(of id: NodeID) -> Double? {
        var id = id
        while true {
            switch self[id].primitive {
            case .constant:
                guard case .scalar(let bits) = attributes(of: id) else { return nil }
                return Self.double(bits: bits, self[id].type)
            case .reshape, .expand, .permute: id = operand(0, of: id)
            default: return nil
            }
        }
    }
}

extension FixedWidthInteger {
    /// Truncation toward zero; NaN gives 0 and what is out of range the nearest end.
    package static func saturating(_ value: Double) -> Self {
        if value.isNaN { return 0 }
        return Self(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max)
    }
}
