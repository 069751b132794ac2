import DaedalTensor

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Leaves and elementwise primitives.
extension Reference {
    static func constant(_ result: Signature, _ attributes: Attributes) -> Value {
        guard case .scalar(let bits) = attributes else { return Value(result, floats: [0]) }
        return result.type.isFloat ? Value(result, floats: [Double(bitPattern: bits)]) : Value(result, integers: [Int64(bitPattern: bits)])
    }

    static func iota(_ result: Signature, _ attributes: Attributes) -> Value {
        guard case .axis(let axis) = attributes else { return Value(result, floats: []) }
        var values: [Int64] = []
        forEachIndex(result.shape.counts) { values.append(Int64($0[axis])) }
        return Value(result, integers: values)
    }

    static func random(_ key: Value, _ result: Signature, _ attributes: Attributes) -> Value {
        guard case .random(let distribution) = attributes else { return Value(result, floats: []) }
        let count = result.shape.elementCount ?? 0
        return Value(result, floats: Philox.draw(distribution, count: count, stream: key.integers[0], execution: key.integers[1]))
    }

    static func unary(_ primitive: Primitive, _ x: Value, _ result: Signature) -> Value {
        switch primitive {
        case .stopGradient: return x
        case .cast: return cast(x, result)
        case .not: return Value(result, integers: x.integers.map { 1 - $0 })
        default: break
        }
        if case .integers(let values) = x.elements {
            switch primitive {
            case .negate: return Value(result, integers: values.map { 0 &- $0 })
            case .absolute: return Value(result, integers: values.map { $0 < 0 ? 0 &- $0 : $0 })
            default: return Value(result, integers: values.map { $0.signum() })
            }
        }
        return Value(result, floats: x.floats.map { function(primitive, $0) })
    }

    private static func function(_ primitive: Primitive, _ x: Double) -> Double {
        switch primitive {
        case .negate: -x
        case .absolute: abs(x)
        case .sign: x > 0 ? 1 : x < 0 ? -1 : x
        case .exponential: exp(x)
        case .logarithm: log(x)
        case .squareRoot: x.squareRoot()
        case .sine: sin(x)
        case .cosine: cos(x)
        case .hyperbolicTangent: tanh(x)
        case .logistic: 1 / (1 + exp(-x))
        case .errorFunction: erf(x)
        case .floor: x.rounded(.down)
        case .ceiling: x.rounded(.up)
        case .round: x.rounded(.toNearestOrEven)
        default: x
        }
    }

    /// Float to integer truncates and saturates, to bool is `!= 0` (NaN is true), to f32 rounds; i64 to i32 wraps.
    private static func cast(_ x: Value, _ result: Signature) -> Value {
        switch (x.elements, result.type) {
        case (.floats(let values), .bool): Value(result, .integers(values.map { $0 != 0 ? 1 : 0 }))
        case (.floats(let values), .i32): Value(result, .integers(values.map { Int64(Int32.saturating($0)) }))
        case (.floats(let values), .i64): Value(result, .integers(values.map { Int64.saturating($0) }))
        case (.floats(let values), .f32): Value(result, .floats(x.type == .f32 ? values : values.map { Double(Float($0)) }))
        case (.floats(let values), .f64): Value(result, .floats(values))
        case (.integers(let values), .f32): Value(result, .floats(values.map { Double(Float($0)) }))
        case (.integers(let values), _): Value(result, integers: values)
        }
    }

    static func binary(_ primitive: Primitive, _ a: Value, _ b: Value, _ result: Signature) throws(Failure) -> Value {
        guard result.type.isFloat else {
            var values: [Int64] = []
            for (x, y) in zip(a.integers, b.integers) { values.append(try integer(primitive, x, y)) }
            return Value(result, integers: values)
        }
        return Value(result, floats: zip(a.floats, b.floats).map { float(primitive, $0, $1) })
    }

    private static func float(_ primitive: Primitive, _ x: Double, _ y: Double) -> Double {
        switch primitive {
        case .add: x + y
        case .subtract: x - y
        case .multiply: x * y
        case .divide: x / y
        case .power: pow(x, y)
        case .minimum: x.isNaN || y.isNaN ? .nan : min(x, y)
        case .maximum: x.isNaN || y.isNaN ? .nan : max(x, y)
        case .floorDivide: (x / y).rounded(.down)
        default: remainder(x, y)
        }
    }

    /// The remainder whose sign follows the divisor.
    private static func remainder(_ x: Double, _ y: Double) -> Double {
        let rest = fmod(x, y)
        return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest
    }

    private static func integer(_ primitive: Primitive, _ x: Int64, _ y: Int64) throws(Failure) -> Int64 {
        switch primitive {
        case .add: return x &+ y
        case .subtract: return x &- y
        case .multiply: return x &* y
        case .power: return power(x, y)
        case .minimum, .and: return min(x, y)
        case .maximum, .or: return max(x, y)
        default:
            if y == 0 { throw .integerDivisionByZero }
            let (quotient, rest) = y == -1 ? (0 &- x, 0) : x.quotientAndRemainder(dividingBy: y)
            let isBelow = rest != 0 && (rest < 0) != (y < 0)
            if primitive == .floorDivide { return isBelow ? quotient - 1 : quotient }
            return isBelow ? rest + y : rest
        }
    }

    /// Wrapping; a negative exponent gives the truncated reciprocal (0, or ±1 for ±1; 0 for a base of 0).
    private static func power(_ x: Int64, _ y: Int64) -> Int64 {
        if y < 0 { return x == 1 ? 1 : x == -1 ? (y & 1 == 0 ? 1 : -1) : 0 }
        var result: Int64 = 1, base = x, exponent = y
        while exponent > 0 {
            if exponent & 1 == 1 { result = result &* base }
            base = base &* base
            exponent >>= 1
        }
        return result
    }

    static func comparison(_ primitive: Primitive, _ a: Value, _ b: Value, _ result: Signature) -> Value {
        func compare<T: Comparable>(_ x: T, _ y: T) -> Int64 {
            let holds =
                switch primitive {
                case .less: x < y
                case .lessEqual: x <= y
                case .equal: x == y
                default: x != y
                }
            return holds ? 1 : 0
        }
        if case .integers(let x) = a.elements { return Value(result, .integers(zip(x, b.integers).map { compare($0, $1) })) }
        return Value(result, .integers(zip(a.floats, b.floats).map { compare($0, $1) }))
    }

    static func select(_ condition: Value, _ a: Value, _ b: Value, _ result: Signature) -> Value {
        let takes = condition.integers
        if result.type.isFloat {
            let x = a.floats, y = b.floats
            return Value(result, .floats(takes.indices.map { takes[$0] != 0 ? x[$0] : y[$0] }))
        }
        let x = a.integers, y = b.integers
        return Value(result, .integers(takes.indices.map { takes[$0] != 0 ? x[$0] : y[$0] }))
    }
}
