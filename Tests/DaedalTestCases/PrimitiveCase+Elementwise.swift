import DaedalGraph
import DaedalTensor

extension PrimitiveCase {
    /// Shapes that elementwise kernels meet: scalar, one, empty, odd, with axes of 1, more than a vector, more than a block.
    private static let shapes: [[Int]] = [[], [1], [0, 3], [7], [2, 1, 4], [3, 43], [1, 1031]]

    static let leaves: [PrimitiveCase] =
        [
            PrimitiveCase(.constant, [], .scalar(bits: (2.5).bitPattern), target: Signature(type: .f32, shape: []), isSmooth: false),
            PrimitiveCase(.constant, [], .scalar(bits: 7), target: Signature(type: .i64, shape: []), isSmooth: false),
            PrimitiveCase(.constant, [], .scalar(bits: 1), target: Signature(type: .bool, shape: []), isSmooth: false),
            PrimitiveCase(.input, [], .input(0), target: Signature(type: .f32, shape: [0]), isSmooth: false, note: "empty"),
            PrimitiveCase(.iota, [], .axis(0), target: Signature(type: .i64, shape: [9]), isSmooth: false),
            PrimitiveCase(.iota, [], .axis(1), target: Signature(type: .f32, shape: [2, 5, 3]), isSmooth: false),
            PrimitiveCase(.iota, [], .axis(0), target: Signature(type: .i32, shape: [0, 2]), isSmooth: false),
        ]
        + [Distribution.uniform, .normal].flatMap { distribution in
            [[0], [1], [2, 3], [1031]].map { (shape: [Int]) in
                PrimitiveCase(
                    .random, [Operand(.i64, [2], .values([-81_985_529_216_486_896, 5]))], .random(distribution),
                    target: Signature(type: .f32, shape: Shape(shape)), isSmooth: false, note: "\(distribution)")
            }
        }

    static let elementwise: [PrimitiveCase] = floatFunctions + numberFunctions + casts + binaries + comparisons + selects

    private static let floatFunctions: [PrimitiveCase] = [
        (Primitive.exponential, -3.0, 2.0, true), (.logarithm, 0.2, 3, true), (.squareRoot, 0.2, 3, true), (.sine, -5, 5, true),
        (.cosine, -5, 5, true), (.hyperbolicTangent, -3, 3, true), (.logistic, -5, 5, true), (.errorFunction, -2, 2, true),
        (.floor, -3, 3, false), (.ceiling, -3, 3, false), (.round, -3, 3, false), (.negate, -2, 2, true), (.absolute, -2, 2, true),
        (.sign, -2, 2, false), (.stopGradient, -2, 2, false),
    ].flatMap { (primitive, low, high, isSmooth) in
        shapes.map { PrimitiveCase(primitive, [Operand(.f32, $0, .spread(low, high))], isSmooth: isSmooth) }
    }

    private static let numberFunctions: [PrimitiveCase] =
        [Primitive.negate, .absolute, .sign].flatMap { primitive in
            [ElementType.i32, .i64].map { PrimitiveCase(primitive, [Operand($0, [3, 5], .whole(-4, 4))], isSmooth: false) }
        } + [
            PrimitiveCase(.not, [Operand(.bool, [4, 5], .whole(0, 1))], isSmooth: false),
            PrimitiveCase(.not, [Operand(.bool, [0], .whole(0, 1))], isSmooth: false),
            PrimitiveCase(.stopGradient, [Operand(.i64, [5], .whole(0, 9))], isSmooth: false),
            PrimitiveCase(.round, [Operand(.f32, [8], .values([0.5, 1.5, 2.5, -0.5, -1.5, 0.49, 3.51, -2.5]))], isSmooth: false, note: "ties"),
        ]

    private static let casts: [PrimitiveCase] = ElementType.allCases.flatMap { from in
        ElementType.allCases.map { to in
            PrimitiveCase(
                .cast, [Operand(from, [3, 7], from == .bool ? .whole(0, 1) : from.isFloat ? .spread(-9, 9) : .whole(-9, 9))],
                target: Signature(type: to, shape: [3, 7]), isSmooth: from.isFloat && to.isFloat, note: "to \(to.name)")
        }
    }

    private static let binaries: [PrimitiveCase] =
        [
            (Primitive.add, Contents.spread(-2, 2), Contents.spread(-2, 2), true), (.subtract, .spread(-2, 2), .spread(-2, 2), true),
            (.multiply, .spread(-2, 2), .spread(-2, 2), true), (.divide, .spread(-2, 2), .spread(0.5, 3), true),
            (.power, .spread(0.3, 2), .spread(-2, 3), true), (.minimum, .spread(-2, 2), .spread(-2, 2), true),
            (.maximum, .spread(-2, 2), .spread(-2, 2), true), (.floorDivide, .spread(-5, 5), .spread(0.7, 2), false),
            (.remainder, .spread(-5, 5), .spread(0.7, 2), true),
        ].flatMap { (primitive, a, b, isSmooth) in
            shapes.map { PrimitiveCase(primitive, [Operand(.f32, $0, a), Operand(.f32, $0, b)], isSmooth: isSmooth) }
        }
        + [Primitive.add, .subtract, .multiply, .power, .minimum, .maximum, .floorDivide, .remainder].flatMap { primitive in
            [ElementType.i32, .i64].map {
                let divides = primitive == .floorDivide || primitive == .remainder
                return PrimitiveCase(
                    primitive, [Operand($0, [3, 7], .whole(-6, 6)), Operand($0, [3, 7], divides ? .values([3, -2, 5, -1]) : .whole(-2, 5))],
                    isSmooth: false)
            }
        }
        + [Primitive.and, .or].map {
            PrimitiveCase($0, [Operand(.bool, [4, 9], .whole(0, 1)), Operand(.bool, [4, 9], .whole(0, 1))], isSmooth: false)
        }

    private static let comparisons: [PrimitiveCase] =
        [Primitive.less, .lessEqual, .equal, .notEqual].flatMap { primitive in
            [ElementType.i32, .i64, .f32, .f64].map {
                PrimitiveCase(primitive, [Operand($0, [3, 17], .whole(0, 3)), Operand($0, [3, 17], .whole(0, 3))], isSmooth: false)
            } + [PrimitiveCase(primitive, [Operand(.f32, [0], .whole(0, 1)), Operand(.f32, [0], .whole(0, 1))], isSmooth: false)]
        }
        + [Primitive.equal, .notEqual].map {
            PrimitiveCase($0, [Operand(.bool, [9], .whole(0, 1)), Operand(.bool, [9], .whole(0, 1))], isSmooth: false)
        }

    private static let selects: [PrimitiveCase] =
        shapes.map {
            PrimitiveCase(.select, [Operand(.bool, $0, .whole(0, 1)), Operand(.f32, $0, .spread(-2, 2)), Operand(.f32, $0, .spread(-2, 2))])
        }
        + [ElementType.i64, .i32, .bool].map {
            PrimitiveCase(
                .select, [Operand(.bool, [5], .whole(0, 1)), Operand($0, [5], .whole(0, 1)), Operand($0, [5], .whole(0, 1))], isSmooth: false)
        }
}
