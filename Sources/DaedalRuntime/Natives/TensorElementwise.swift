import DaedalGraph
import DaedalSyntax
import DaedalTensor

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The C library's logarithm, whose name a native hides.
private func decimalLogarithm(_ x: Double) -> Double { log10(x) }

extension TensorNatives {
    /// Functions of one element each; plain numbers give plain numbers.
    static var elementwise: [NativeFunction] {
        [
            real("exp", .exponential) { exp($0) }, real("log", .logarithm) { log($0) }, real("sqrt", .squareRoot) { $0.squareRoot() },
            real("sin", .sine) { sin($0) }, real("cos", .cosine) { cos($0) }, real("tanh", .hyperbolicTangent) { tanh($0) },
            real("sigmoid", .logistic) { 1 / (1 + exp(-$0)) }, real("erf", .errorFunction) { erf($0) },
            log10, tangent, absolute, sign,
            rounding("floor", .floor) { $0.rounded(.down) }, rounding("ceil", .ceiling) { $0.rounded(.up) },
            rounding("round", .round) { $0.rounded(.toNearestOrEven) },
            isFinite, isNaN, clip, whereNative, constant, cast,
        ]
    }

    /// A function of floats; integers and booleans become f32.
    private static func real(_ name: String, _ primitive: Primitive, _ plain: @escaping (Double) -> Double) -> NativeFunction {
        .tensor(name, [.init("x")]) { (call) throws(RuntimeFailure) in
            if call[0].isNumber { return call.isKnownNumber(0) ? .float(plain(try call.float(0))) : .unknown(.float) }
            let x = try call.tensor(0), lowering = try call.lowering()
            return lowering.value(try lowering.apply(primitive, [lowering.float(lowering.node(x))]))
        }
    }

    private static var log10: NativeFunction {
        .tensor("log10", [.init("x")]) { (call) throws(RuntimeFailure) in
            if call[0].isNumber { return call.isKnownNumber(0) ? .float(decimalLogarithm(try call.float(0))) : .unknown(.float) }
            let x = try call.tensor(0), lowering = try call.lowering()
            let natural = try lowering.apply(.logarithm, [lowering.float(lowering.node(x))])
            return lowering.value(try lowering.binary(.multiply, natural, lowering.constant(0.4342944819032518, lowering.type(natural))))
        }
    }

    private static var tangent: NativeFunction {
        .tensor("tan", [.init("x")]) { (call) throws(RuntimeFailure) in
            if call[0].isNumber { return call.isKnownNumber(0) ? .float(tan(try call.float(0))) : .unknown(.float) }
            let x = try call.tensor(0), lowering = try call.lowering()
            let node = try lowering.float(lowering.node(x))
            return lowering.value(try lowering.apply(.divide, [lowering.apply(.sine, [node]), lowering.apply(.cosine, [node])]))
        }
    }

    private static var absolute: NativeFunction {
        .tensor("abs", [.init("x")]) { (call) throws(RuntimeFailure) in
            switch call[0] {
            case .int(let int):
                guard int != .min else { throw call.failure("E507", "the result does not fit in 64 bits") }
                return .int(Swift.abs(int))
            case .float(let float): return .float(Swift.abs(float))
            case .bool(let bool): return .int(bool ? 1 : 0)
            case .size, .unknown(.int): return call[0]
            case let other where other.isNumber: return .unknown(.number)
            default:
                let x = try call.tensor(0), lowering = try call.lowering()
                return lowering.value(try lowering.apply(.absolute, [lowering.number(lowering.node(x))]))
            }
        }
    }

    private static var sign: NativeFunction {
        .tensor("sign", [.init("x")]) { (call) throws(RuntimeFailure) in
            switch call[0] {
            case .int(let int): return .int(int.signum())
            case .bool(let bool): return .int(bool ? 1 : 0)
            case .float(let float): return .float(float > 0 ? 1 : float < 0 ? -1 : float)
            case .size, .unknown(.int): return .unknown(.int)
            case let other where other.isNumber: return .unknown(.number)
            default:
                let x = try call.tensor(0), lowering = try call.lowering()
                return lowering.value(try lowering.apply(.sign, [lowering.number(lowering.node(x))]))
            }
        }
    }

    /// Rounding leaves integers alone.
    private static func rounding(_ name: String, _ primitive: Primitive, _ plain: @escaping (Double) -> Double) -> NativeFunction {
        .tensor(name, [.init("x")]) { (call) throws(RuntimeFailure) in
            switch call[0] {
            case .float(let float): return .float(plain(float))
            case let other where other.isNumber: return other
            default:
                let x = try call.tensor(0), lowering = try call.lowering(), node = try lowering.node(x)
                return x.type.isFloat ? lowering.value(try lowering.apply(primitive, [node])) : .tensor(x)
            }
        }
    }

    private static var isFinite: NativeFunction {
        .tensor("isfinite", [.init("x")], unknown: .anything) { (call) throws(RuntimeFailure) in
            if call[0].isNumber { return call.isKnownNumber(0) ? .bool(try call.float(0).isFinite) : .unknown(.bool) }
            let x = try call.tensor(0), lowering = try call.lowering()
            let node = try lowering.apply(.absolute, [lowering.float(lowering.node(x))])
            return lowering.value(try lowering.binary(.less, node, lowering.constant(.infinity, lowering.type(node))))
        }
    }

    private static var isNaN: NativeFunction {
        .tensor("isnan", [.init("x")], unknown: .anything) { (call) throws(RuntimeFailure) in
            if call[0].isNumber { return call.isKnownNumber(0) ? .bool(try call.float(0).isNaN) : .unknown(.bool) }
            let x = try call.tensor(0), lowering = try call.lowering()
            let node = try lowering.apply(.absolute, [lowering.float(lowering.node(x))])
            let ordered = try lowering.binary(.lessEqual, node, lowering.constant(.infinity, lowering.type(node)))
            return lowering.value(try lowering.apply(.not, [ordered]))
        }
    }

    private static var clip: NativeFunction {
        .tensor("clip", [.init("x"), .init("low", .none), .init("high", .none)]) { (call) throws(RuntimeFailure) in
            let raised = call.isNone(1) ? call[0] : try extremum(call[0], call[1], isMaximum: true, call)
            return call.isNone(2) ? raised : try extremum(raised, call[2], isMaximum: false, call)
        }
    }

    private static var whereNative: NativeFunction {
        .tensor("where", [.init("condition"), .init("yes"), .init("no")]) { (call) throws(RuntimeFailure) in
            if case .bool(let condition) = call[0] { return call[condition ? 1 : 2] }
            if case .unknown = call[0] { return .unknown(.anything) }
            let condition = try call.tensor(0)
            guard condition.type == .bool else {
                throw call.failure("E202", "the condition must be booleans; this is a tensor of \(condition.type.name)")
            }
            let yes = try call.numberOrTensor(1), no = try call.numberOrTensor(2)
            let lowering = try call.lowering()
            var type: ElementType = Operand.common([yes, no])
            if yes.isNumber && no.isNumber {
                type = max(TensorLiteral.type(of: yes), TensorLiteral.type(of: no))
            }
            let (a, b, c) = (try lowering.node(yes, as: type), try lowering.node(no, as: type), try lowering.node(condition))
            let branches = try lowering.broadcastShape(lowering.shape(a), lowering.shape(b))
            let shape = try lowering.broadcastShape(lowering.shape(c), branches)
            return lowering.value(
                try lowering.apply(
                    .select, [lowering.broadcast(c, to: shape), lowering.broadcast(a, to: shape), lowering.broadcast(b, to: shape)]))
        }
    }

    private static var constant: NativeFunction {
        .tensor("constant", [.init("value")], unknown: .anything) { (call) throws(RuntimeFailure) in
            let tree = TensorTree(call[0])
            let lowering = try call.lowering()
            var leaves: [Value] = []
            for leaf in tree.leaves {
                guard case .tensor(let tensor) = leaf, tensor.type.isFloat else {
                    leaves.append(leaf)
                    continue
                }
                leaves.append(lowering.value(try lowering.apply(.stopGradient, [lowering.node(tensor)])))
            }
            return tree.rebuilt(leaves)
        }
    }

    private static var cast: NativeFunction {
        .tensor("cast", [.init("x"), .init("type")]) { (call) throws(RuntimeFailure) in
            guard let type = try call.elementType(1) else { throw call.wrongKind(1, "an element type (f32, f64, i64, i32, bool)") }
            if call.isKnownNumber(0), type == .f64 || type == .i64 {
                // Plain numbers keep all their digits on the way.
                let number = call[0]
                return .tensor(
                    TensorObject(
                        try TensorLiteral.allocate(at: call.span) { () throws(AllocationFailure) in
                            type == .f64 ? try Tensor(scalar: number.plainDouble) : try Tensor(scalar: Int64(number.plainInt))
                        }))
            }
            let x = try call.tensor(0, wide: type == .f64), lowering = try call.lowering()
            return x.type == type ? .tensor(x) : lowering.value(try lowering.cast(lowering.node(x), type))
        }
    }

    /// The larger or smaller of two values, elementwise with a tensor among them.
    static func extremum(_ a: Value, _ b: Value, isMaximum: Bool, _ call: NativeCall) throws(RuntimeFailure) -> Value {
        switch (a, b) {
        case (.int(let x), .int(let y)): return .int(isMaximum ? Swift.max(x, y) : Swift.min(x, y))
        case (.size(let x), .size(let y)) where x == y: return a
        case (.size, .int(let y)) where isMaximum && y <= 0: return a
        case (.int(let x), .size) where isMaximum && x <= 0: return b
        default: break
        }
        if a.isNumber && b.isNumber {
            guard a.isKnown, b.isKnown else { return .unknown(a.isIntegral && b.isIntegral ? .int : .number) }
            let (x, y) = (a.plainDouble, b.plainDouble)
            if x.isNaN || y.isNaN { return .float(.nan) }
            return (isMaximum ? x >= y : x <= y) ? a : b
        }
        if a.isUnknown && !a.isNumber || b.isUnknown && !b.isNumber { return .unknown(.tensor) }
        guard let x = try TensorOperators.side(a, in: call.context, at: call.span),
            let y = try TensorOperators.side(b, in: call.context, at: call.span)
        else {
            throw RuntimeFailure(
                "E202", "`\(call.function.name)` needs numbers or tensors, not \(a.kindWithArticle) and \(b.kindWithArticle)", at: call.span)
        }
        let lowering = try call.lowering()
        let common = Operand.common([x, y]), type = common == .bool ? ElementType.i64 : common
        return lowering.value(try lowering.binary(isMaximum ? .maximum : .minimum, lowering.node(x, as: type), lowering.node(y, as: type)))
    }
}

extension NativeCall {
    /// Whether an argument is a plain number whose value is there.
    func isKnownNumber(_ position: Int) -> Bool { arguments[position].isNumber && arguments[position].isKnown }
}

extension Value {
    /// Whether it is no symbol of the checker.
    var isKnown: Bool {
        switch self {
        case .size, .unknown: false
        default: true
        }
    }

    /// Whether it is an integer, known or not.
    var isIntegral: Bool {
        switch self {
        case .int, .size, .unknown(.int), .bool: true
        default: false
        }
    }
}
