import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// The operators where at least one side is a tensor, or a list that arithmetic turns into one. The machine's slow paths and the checker call here.
package enum TensorOperators {
    /// `a + b`, `a @ b`, `a and b`, …
    package static func binary(
        _ operation: BinaryOperator, _ left: Value, _ right: Value, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Value {
        let result = try combined(operation, left, right, in: context, at: span)
        return Padding.carried(result, from: operation == .matrixProduct ? [left] : [left, right])
    }

    private static func combined(
        _ operation: BinaryOperator, _ left: Value, _ right: Value, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Value {
        guard let a = try side(left, in: context, at: span), let b = try side(right, in: context, at: span) else {
            throw cannot(operation.rawValue, left, right, at: span)
        }
        if a.isUnknownTensor || b.isUnknownTensor { return .unknown(.tensor) }
        let lowering = try Lowering(context, at: span)
        switch operation {
        case .add: return lowering.value(try arithmetic(.add, a, b, lowering))
        case .subtract: return lowering.value(try arithmetic(.subtract, a, b, lowering))
        case .multiply: return lowering.value(try arithmetic(.multiply, a, b, lowering))
        case .divide: return lowering.value(try quotient(a, b, lowering))
        case .floorDivide: return lowering.value(try arithmetic(.floorDivide, a, b, lowering))
        case .remainder: return lowering.value(try arithmetic(.remainder, a, b, lowering))
        case .power: return lowering.value(try power(a, b, lowering))
        case .matrixProduct:
            guard case .tensor(let x) = a, case .tensor(let y) = b else { throw cannot("@", left, right, at: span) }
            return lowering.value(try lowering.matrixProduct(lowering.node(x), lowering.node(y)))
        case .and, .or: return lowering.value(try logical(operation == .and ? .and : .or, a, b, lowering, word: operation.rawValue))
        case .pipe, .compose: throw cannot(operation.rawValue, left, right, at: span)
        }
    }

    /// `-x`, `not x`.
    package static func unary(_ operation: UnaryOperator, _ operand: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure)
        -> Value
    {
        guard let x = try side(operand, in: context, at: span) else {
            throw RuntimeFailure("E202", "`\(operation.rawValue)` cannot be applied to \(operand.kindWithArticle)", at: span)
        }
        guard case .tensor(let tensor) = x else { return .unknown(.tensor) }
        let lowering = try Lowering(context, at: span)
        let node = try lowering.node(tensor)
        switch operation {
        case .negate: return Padding.carried(lowering.value(try lowering.apply(.negate, [lowering.number(node)])), from: [x])
        case .not:
            guard tensor.type == .bool else {
                throw RuntimeFailure("E202", "`not` needs booleans; this is a tensor of \(tensor.type.name)", at: span)
            }
            return Padding.carried(lowering.value(try lowering.apply(.not, [node])), from: [x])
        }
    }

    /// `a < b`, elementwise; `==` and `!=` with `none` compare whole values.
    package static func compare(
        _ comparison: ComparisonOperator, _ left: Value, _ right: Value, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Value {
        if case .none = left { return try compareWithNone(comparison, left, right, at: span) }
        if case .none = right { return try compareWithNone(comparison, left, right, at: span) }
        guard let a = try side(left, in: context, at: span), let b = try side(right, in: context, at: span) else {
            throw cannot(comparison.rawValue, left, right, at: span)
        }
        if a.isUnknownTensor || b.isUnknownTensor { return .unknown(.tensor) }
        let lowering = try Lowering(context, at: span)
        let type = Operand.common([a, b])
        let (x, y) = (try lowering.node(a, as: type), try lowering.node(b, as: type))
        let node =
            switch comparison {
            case .equal: try lowering.binary(.equal, x, y)
            case .notEqual: try lowering.binary(.notEqual, x, y)
            case .less: try ordered(.less, x, y, lowering)
            case .lessEqual: try ordered(.lessEqual, x, y, lowering)
            case .greater: try ordered(.less, y, x, lowering)
            case .greaterEqual: try ordered(.lessEqual, y, x, lowering)
            case .contained, .notContained: throw cannot(comparison.rawValue, left, right, at: span)
            }
        return Padding.carried(lowering.value(node), from: [left, right])
    }

    /// Whether a condition holds: a one-element bool tensor that may be looked at.
    package static func truth(_ tensor: TensorObject, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Bool {
        guard tensor.type == .bool, tensor.shape.elementCount == 1 || context.isChecking else {
            throw RuntimeFailure("E202", "a condition is one boolean; this is a tensor \(tensor.description)", at: span)
        }
        return try context.force(tensor, at: span).int(at: 0) != 0
    }

    // MARK: Sides

    /// A side as a tensor, a number, or an unknown tensor; nil for a kind that no operation with tensors takes.
    static func side(_ value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value? {
        switch value {
        case .tensor: return value
        case .unknown(.anything), .unknown(.tensor), .unknown(.list): return .unknown(.tensor)
        case .list, .range:
            do throws(RuntimeFailure) {
                return try TensorLiteral.tensor(from: value, in: context, at: span).map { .tensor($0) }
            } catch {
                if error.isUnknownWhileChecking { return .unknown(.tensor) }
                throw error
            }
        default: return value.isNumber ? value : nil
        }
    }

    private static func cannot(_ operation: String, _ left: Value, _ right: Value, at span: Span) -> RuntimeFailure {
        RuntimeFailure("E202", "`\(operation)` cannot be applied to \(left.kindWithArticle) and \(right.kindWithArticle)", at: span)
    }

    private static func compareWithNone(_ comparison: ComparisonOperator, _ left: Value, _ right: Value, at span: Span) throws(RuntimeFailure)
        -> Value
    {
        if comparison == .equal { return .bool(false) }
        if comparison == .notEqual { return .bool(true) }
        throw cannot(comparison.rawValue, left, right, at: span)
    }

    // MARK: Operations

    private static func arithmetic(_ primitive: Primitive, _ a: Value, _ b: Value, _ lowering: Lowering) throws(RuntimeFailure) -> NodeID {
        // Arithmetic on booleans counts.
        let common = Operand.common([a, b])
        let type = common == .bool ? .i64 : common
        return try lowering.binary(primitive, lowering.node(a, as: type), lowering.node(b, as: type))
    }

    private static func quotient(_ a: Value, _ b: Value, _ lowering: Lowering) throws(RuntimeFailure) -> NodeID {
        let common = Operand.common([a, b])
        let type = common.isFloat ? common : .f32
        return try lowering.binary(.divide, lowering.node(a, as: type), lowering.node(b, as: type))
    }

    private static func power(_ a: Value, _ b: Value, _ lowering: Lowering) throws(RuntimeFailure) -> NodeID {
        let common = Operand.common([a, b])
        var type = common == .bool ? .i64 : common
        if case .int(let exponent) = b, exponent < 0, !type.isFloat { type = .f32 }
        let base = try lowering.node(a, as: type)
        // Small powers as products: exact, and their derivatives stay products.
        switch b {
        case .int(1), .float(1): return base
        case .int(2), .float(2): return try lowering.apply(.multiply, [base, base])
        case .int(3), .float(3): return try lowering.apply(.multiply, [lowering.apply(.multiply, [base, base]), base])
        case .float(0.5) where type.isFloat: return try lowering.apply(.squareRoot, [base])
        default: return try lowering.binary(.power, base, lowering.node(b, as: type))
        }
    }

    private static func logical(
        _ primitive: Primitive, _ a: Value, _ b: Value, _ lowering: Lowering, word: String
    ) throws(RuntimeFailure) -> NodeID {
        for case .tensor(let tensor) in [a, b] where tensor.type != .bool {
            throw RuntimeFailure("E202", "`\(word)` needs booleans; this is a tensor of \(tensor.type.name)", at: lowering.span)
        }
        for side in [a, b] {
            switch side {
            case .tensor, .bool, .unknown: continue
            default: throw RuntimeFailure("E202", "`\(word)` needs booleans; this is \(side.kindWithArticle)", at: lowering.span)
            }
        }
        return try lowering.binary(primitive, lowering.node(a, as: .bool), lowering.node(b, as: .bool))
    }

    private static func ordered(_ primitive: Primitive, _ x: NodeID, _ y: NodeID, _ lowering: Lowering) throws(RuntimeFailure) -> NodeID {
        try lowering.binary(primitive, lowering.number(x), lowering.number(y))
    }
}

extension Value {
    /// Whether nothing but that it is (or becomes) a tensor is known.
    var isUnknownTensor: Bool {
        if case .unknown(.tensor) = self { return true }
        return false
    }
}
