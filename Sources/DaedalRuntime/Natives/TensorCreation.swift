import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension TensorNatives {
    /// Tensors from nothing, from numbers, and in the shape of others.
    static var creation: [NativeFunction] {
        [
            tensorNative, filled("zeros", 0), filled("ones", 1), full, like("zeros_like", 0), like("ones_like", 1),
            eye, arange, linspace, oneHot,
        ]
    }

    private static var tensorNative: NativeFunction {
        .tensor("tensor", [.init("values"), .init("dtype", .none)]) { (call) throws(RuntimeFailure) in
            let wanted = try call.elementType(1), x = try call.tensor(0, wide: wanted == .f64)
            guard let type = wanted, type != x.type else { return .tensor(x) }
            if type == .f64, call[0].isNumber, call[0].isKnown { return .tensor(try wideScalar(call[0], at: call.span)) }
            let lowering = try call.lowering()
            return lowering.value(try lowering.cast(lowering.node(x), type))
        }
    }

    private static func wideScalar(_ number: Value, at span: Span) throws(RuntimeFailure) -> TensorObject {
        TensorObject(try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in try Tensor(scalar: number.plainDouble) })
    }

    private static func filled(_ name: String, _ value: Double) -> NativeFunction {
        .tensor(name, [.rest("shape"), .init("dtype", .none, namedOnly: true)]) { (call) throws(RuntimeFailure) in
            let shape = try call.shape(0), type = try call.elementType(1) ?? .f32
            let lowering = try call.lowering()
            return lowering.value(try lowering.fill(lowering.constant(value, type), shape))
        }
    }

    private static var full: NativeFunction {
        .tensor("full", [.init("shape"), .init("value"), .init("dtype", .none, namedOnly: true)]) { (call) throws(RuntimeFailure) in
            let shape = try call.shape(0), wanted = try call.elementType(2)
            let value = try call.numberOrTensor(1), lowering = try call.lowering()
            guard case .tensor(let tensor) = value else {
                return lowering.value(try lowering.fill(lowering.literal(value, wanted ?? TensorLiteral.type(of: value)), shape))
            }
            return lowering.value(try lowering.broadcast(lowering.cast(lowering.node(tensor), wanted ?? tensor.type), to: shape))
        }
    }

    private static func like(_ name: String, _ value: Double) -> NativeFunction {
        .tensor(name, [.init("x")]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), lowering = try call.lowering()
            return lowering.value(try lowering.fill(lowering.constant(value, x.type), x.shape))
        }
    }

    private static var eye: NativeFunction {
        .tensor("eye", [.init("n"), .init("m", .none), .init("dtype", .none, namedOnly: true)]) { (call) throws(RuntimeFailure) in
            let rows = try call.size(0), columns = call.isNone(1) ? rows : try call.size(1), type = try call.elementType(2) ?? .f32
            let lowering = try call.lowering(), shape = Shape([rows, columns])
            let same = try lowering.apply(.equal, [lowering.iota(shape, axis: 0), lowering.iota(shape, axis: 1)])
            return lowering.value(try lowering.cast(same, type))
        }
    }

    private static var arange: NativeFunction {
        .tensor("arange", [.init("start"), .init("end", .none), .init("step", .none)]) { (call) throws(RuntimeFailure) in
            let ends = call.isNone(1) ? (Value.int(0), call[0]) : (call[0], call[1])
            if ends.0.isIntegral && ends.1.isIntegral && (call.isNone(2) || call[2].isIntegral) {
                return try integerRange(ends.0, ends.1, call.isNone(2) ? 1 : try call.int(2), call)
            }
            let (low, high) = (call.isNone(1) ? 0 : try call.float(0), try call.float(call.isNone(1) ? 0 : 1))
            let step = call.isNone(2) ? 1 : try call.float(2)
            let steps = ((high - low) / step).rounded(.up)
            guard step != 0, steps.isFinite, steps <= Double(Size.maximum) else { throw call.failure("E203", "there is no such range") }
            let lowering = try call.lowering()
            let index = try lowering.iota(Shape([Size(max(0, Int(steps)))]), axis: 0, .f32)
            let scaled = step == 1 ? index : try lowering.binary(.multiply, index, lowering.constant(step, .f32))
            return lowering.value(low == 0 ? scaled : try lowering.binary(.add, scaled, lowering.constant(low, .f32)))
        }
    }

    private static func integerRange(_ low: Value, _ high: Value, _ step: Int, _ call: NativeCall) throws(RuntimeFailure) -> Value {
        guard step != 0 else { throw call.failure("E203", "the step cannot be 0") }
        let count: Size
        switch (low, high) {
        case (.int(let a), .int(let b)):
            let (distance, overflow) = b.subtractingReportingOverflow(a)
            guard !overflow, step != .min,
                let size = Size(
                    exactly: max(0, step > 0 ? (distance - 1) / step + (distance > 0 ? 1 : 0) : (distance + 1) / step + (distance < 0 ? 1 : 0)))
            else {
                throw call.failure("E203", "the range is too long for a tensor")
            }
            count = size
        case (.int(0), .size(let b)) where step == 1: count = b
        case (.size(let a), .size(let b)) where step == 1: count = b - a
        case (.int(let a), .size(let b)) where step == 1 && a >= 0: count = b - (Size(exactly: a) ?? 0)
        default: throw .unknownWhileChecking
        }
        let lowering = try call.lowering()
        let index = try lowering.iota(Shape([count]), axis: 0, .i64)
        let scaled = step == 1 ? index : try lowering.binary(.multiply, index, lowering.constant(int: step, .i64))
        if case .int(0) = low { return lowering.value(scaled) }
        return lowering.value(try lowering.binary(.add, scaled, lowering.literal(low, .i64)))
    }

    private static var linspace: NativeFunction {
        .tensor("linspace", [.init("start"), .init("end"), .init("count")]) { (call) throws(RuntimeFailure) in
            let low = try call.float(0), high = try call.float(1), count = try call.size(2)
            let lowering = try call.lowering()
            let index = try lowering.iota(Shape([count]), axis: 0, .f32)
            let steps = max((count.known ?? 2) - 1, 1)
            // Measured from the nearer end, so that both ends are met exactly.
            let step = lowering.constant((high - low) / Double(steps), .f32)
            let rising = try lowering.binary(.add, lowering.binary(.multiply, index, step), lowering.constant(low, .f32))
            let back = try lowering.binary(.subtract, lowering.constant(Double(steps), .f32), index)
            let falling = try lowering.binary(.subtract, lowering.constant(high, .f32), lowering.binary(.multiply, back, step))
            let isFirstHalf = try lowering.binary(.less, index, back)
            return lowering.value(try lowering.apply(.select, [isFirstHalf, rising, falling]))
        }
    }

    private static var oneHot: NativeFunction {
        .tensor("one_hot", [.init("ids"), .init("n"), .init("dtype", .none, namedOnly: true)]) { (call) throws(RuntimeFailure) in
            let ids = try call.tensor(0), count = try call.size(1), type = try call.elementType(2) ?? .f32
            guard ids.type.isInteger else { throw call.failure("E202", "`ids` must be integers; this is a tensor of \(ids.type.name)") }
            let lowering = try call.lowering()
            let shape = try ids.shape.inserting(count, at: ids.shape.rank, within: call.span)
            let spread = try lowering.expand(lowering.reshape(lowering.node(ids), shape.replacing(axis: shape.rank - 1, with: 1)), shape)
            let same = try lowering.apply(.equal, [spread, lowering.iota(shape, axis: shape.rank - 1, ids.type)])
            return lowering.value(try lowering.cast(same, type))
        }
    }
}
