import DaedalTensor

/// The leaves and everything elementwise.
extension ShapeRules.Application {
    /// What an operation takes.
    enum Domain {
        case floats, numbers, bools, anything

        func contains(_ type: ElementType) -> Bool {
            switch self {
            case .floats: type.isFloat
            case .numbers: type != .bool
            case .bools: type == .bool
            case .anything: true
            }
        }

        var description: String {
            switch self {
            case .floats: "floats (f32 or f64)"
            case .numbers: "numbers"
            case .bools: "bool"
            case .anything: "anything"
            }
        }
    }

    func require(_ type: ElementType, in domain: Domain) throws(ShapeFailure) {
        guard domain.contains(type) else { throw ShapeFailure("`\(name)` takes \(domain.description), not \(type.name)") }
    }

    func leaf() throws(ShapeFailure) -> Signature {
        guard case .input(let position) = attributes, position >= 0 else { throw wrongAttributes }
        return try wanted()
    }

    func constant() throws(ShapeFailure) -> Signature {
        guard case .scalar = attributes else { throw wrongAttributes }
        let type = try wanted().type
        return Signature(type: type, shape: .scalar)
    }

    func iota() throws(ShapeFailure) -> Signature {
        let result = try wanted()
        try require(result.type, in: .numbers)
        _ = try axis(of: result.shape)
        return result
    }

    func random() throws(ShapeFailure) -> Signature {
        guard case .random = attributes else { throw wrongAttributes }
        let result = try wanted(), key = operands[0]
        guard key.type == .i64, key.shape.mayEqual([2]) else { throw ShapeFailure("a random key is i64[2], not \(key)") }
        guard result.type == .f32 else { throw ShapeFailure("random numbers are f32, not \(result.type.name)") }
        return result
    }

    func unary(_ domain: Domain) throws(ShapeFailure) -> Signature {
        try require(operands[0].type, in: domain)
        return operands[0]
    }

    func binary(_ domain: Domain) throws(ShapeFailure) -> Signature {
        let a = operands[0], b = operands[1]
        try require(a.type, in: domain)
        try require(b.type, in: domain)
        try requireSameType(a, b)
        return Signature(type: a.type, shape: try common(a.shape, b.shape))
    }

    func select() throws(ShapeFailure) -> Signature {
        guard operands[0].type == .bool else { throw ShapeFailure("the condition of `where` is bool, not \(operands[0].type.name)") }
        try requireSameType(operands[1], operands[2])
        let branches = try common(operands[1].shape, operands[2].shape)
        return Signature(type: operands[1].type, shape: try common(branches, operands[0].shape))
    }

    func requireSameType(_ a: Signature, _ b: Signature) throws(ShapeFailure) {
        guard a.type == b.type else { throw ShapeFailure("`\(name)` meets \(a.type.name) and \(b.type.name)") }
    }

    /// The shape of two operands that must have the same one.
    func common(_ a: Shape, _ b: Shape) throws(ShapeFailure) -> Shape {
        guard a.mayEqual(b) else { throw ShapeFailure("shapes do not fit: `\(name)` meets \(a) and \(b)") }
        return a.merged(with: b)
    }
}
