import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// Turns plain values into tensors: numbers, booleans, rectangular lists of them, and lists that hold tensors of one shape.
package struct TensorLiteral {
    /// Whether a list may arrive as a tensor: its first innermost item is a number, a boolean or a tensor.
    package static func isNumeric(_ list: ListObject) -> Bool {
        switch list.items.first {
        case nil: true
        case .list(let inner): isNumeric(inner)
        case .int, .float, .bool, .tensor, .size: true
        case .unknown(let kind): [.anything, .bool, .int, .float, .number, .tensor].contains(kind)
        default: false
        }
    }

    private var sizes: [Int] = []
    private var type = ElementType.bool
    private var numbers: [Value] = []
    private var holdsTensors = false
    private var isSymbolic = false
    private let span: Span

    private init(at span: Span) { self.span = span }

    /// The tensor that a value stands for, or nil if it stands for none (a string, a record, …). If it is `wide`, the floats of a list keep all their
    /// digits.
    package static func tensor(
        from value: Value, in context: EvaluationContext, at span: Span, wide: Bool = false
    ) throws(RuntimeFailure) -> TensorObject? {
        switch value {
        case .tensor(let tensor): return tensor
        case .int, .float, .bool: return TensorObject(try scalar(value, at: span))
        case .size, .unknown(.int), .unknown(.float), .unknown(.number), .unknown(.bool):
            return placeholder(type(of: value), .scalar, in: context)
        case .list(let list):
            guard isNumeric(list) else { return nil }
            var literal = TensorLiteral(at: span)
            try literal.measure(list, depth: 0)
            if wide, literal.type == .f32, !literal.holdsTensors { literal.type = .f64 }
            return try literal.build(list, in: context)
        case .range(let range):
            guard let start = range.start, let end = range.end, range.step != 0 else { return nil }
            guard let count = range.count, count <= Size.maximum else { throw RuntimeFailure("E203", "a tensor's axis is too long", at: span) }
            return TensorObject(
                try allocate(at: span) { () throws(AllocationFailure) in
                    let result = try Tensor(uninitialized: .i64, shape: Shape([count]))
                    let elements = result.elements(as: Int64.self)
                    for (index, number) in stride(from: start, to: end, by: range.step).enumerated() { elements[index] = Int64(number) }
                    return result
                })
        default: return nil
        }
    }

    /// The element type of a number.
    static func type(of value: Value) -> ElementType {
        switch value {
        case .bool, .unknown(.bool): .bool
        case .int, .size, .unknown(.int): .i64
        default: .f32
        }
    }

    /// A number as a rank-0 tensor.
    static func scalar(_ value: Value, at span: Span) throws(RuntimeFailure) -> Tensor {
        try allocate(at: span) { () throws(AllocationFailure) in
            switch value {
            case .bool(let bool): try Tensor(scalar: bool)
            case .int(let int): try Tensor(scalar: Int64(int))
            case .float(let float): try Tensor(scalar: Float(float))
            default: try Tensor(scalar: Float.nan)
            }
        }
    }

    /// Something of a type and shape whose contents the checker does not know.
    static func placeholder(_ type: ElementType, _ shape: Shape, in context: EvaluationContext) -> TensorObject {
        TensorObject(trace: context.trace, node: context.trace.input(Signature(type: type, shape: shape)))
    }

    /// Runs what needs memory; a lack of it is the program's failure.
    static func allocate<Result>(at span: Span, _ body: () throws(AllocationFailure) -> Result) throws(RuntimeFailure) -> Result {
        do throws(AllocationFailure) { return try body() } catch { throw Evaluation.outOfMemory(error.byteCount, at: span) }
    }

    /// Walks the list: sizes of its axes, the common type, and all numbers in row-major order.
    private mutating func measure(_ list: ListObject, depth: Int) throws(RuntimeFailure) {
        if depth == sizes.count {
            sizes.append(list.items.count)
        } else if sizes[depth] != list.items.count {
            throw ragged(list.items.count, sizes[depth])
        }
        if depth >= Shape.maximumRank { throw RuntimeFailure("E203", "a tensor has at most \(Shape.maximumRank) axes", at: span) }
        for item in list.items {
            switch item {
            case .list(let inner):
                if depth + 1 == sizes.count, !numbers.isEmpty { throw mixed() }
                try measure(inner, depth: depth + 1)
                continue
            case .int: type = max(type, .i64)
            case .float: type = max(type, .f32)
            case .bool: break
            case .size, .unknown(.int), .unknown(.float), .unknown(.number), .unknown(.bool):
                isSymbolic = true
                type = max(type, Self.type(of: item))
            case .tensor(let tensor):
                holdsTensors = true
                type = max(type, tensor.type)
            default:
                if item.isUnknown { throw .unknownWhileChecking }
                throw RuntimeFailure("E202", "a tensor holds numbers or booleans; this list holds \(item.kindWithArticle)", at: span)
            }
            if depth + 1 != sizes.count { throw mixed() }
            numbers.append(item)
        }
    }

    private func ragged(_ a: Int, _ b: Int) -> RuntimeFailure {
        RuntimeFailure("E201", "a list that becomes a tensor must be rectangular; here a row of \(a) stands beside a row of \(b)", at: span)
    }

    private func mixed() -> RuntimeFailure {
        RuntimeFailure("E201", "a list that becomes a tensor must be rectangular; here a number stands beside a list", at: span)
    }

    private func build(_ list: ListObject, in context: EvaluationContext) throws(RuntimeFailure) -> TensorObject {
        if holdsTensors { return try stack(in: context) }
        // An empty list has no kind of its own: floats, like `zeros(0)`.
        let type = numbers.isEmpty ? .f32 : type
        guard sizes.allSatisfy({ $0 <= Size.maximum }) else { throw RuntimeFailure("E203", "a tensor's axis is too long", at: span) }
        if isSymbolic { return Self.placeholder(type, Shape(sizes), in: context) }
        return TensorObject(
            try Self.allocate(at: span) { () throws(AllocationFailure) in
                let result = try Tensor(uninitialized: type, shape: Shape(sizes))
                fill(result)
                return result
            })
    }

    private func fill(_ result: Tensor) {
        if numbers.isEmpty { return }
        switch type {
        case .bool:
            let elements = result.elements(as: Bool.self)
            for (index, number) in numbers.enumerated() { elements[index] = number.plainDouble != 0 }
        case .i64:
            let elements = result.elements(as: Int64.self)
            for (index, number) in numbers.enumerated() { elements[index] = Int64(number.plainInt) }
        case .f64:
            let elements = result.elements(as: Double.self)
            for (index, number) in numbers.enumerated() { elements[index] = number.plainDouble }
        default:
            let elements = result.elements(as: Float.self)
            for (index, number) in numbers.enumerated() { elements[index] = Float(number.plainDouble) }
        }
    }

    /// Stacks the tensors (and numbers) along the axes of the list around them.
    private func stack(in context: EvaluationContext) throws(RuntimeFailure) -> TensorObject {
        let lowering = try Lowering(context, at: span)
        var shape = Shape.scalar
        for case .tensor(let tensor) in numbers where tensor.shape.rank > 0 { shape = tensor.shape }
        var common = ElementType.bool
        for number in numbers {
            if case .tensor(let tensor) = number { common = max(common, tensor.type) }
        }
        for number in numbers { common = Operand.met(common, by: number) }
        var parts: [NodeID] = []
        for number in numbers {
            guard case .tensor(let tensor) = number else {
                guard shape.rank == 0 else { throw mixed() }
                parts.append(try lowering.reshape(lowering.literal(number, common), [1]))
                continue
            }
            guard tensor.shape == shape else {
                throw context.failure(ShapeFailure("only tensors of one shape can be stacked; here are \(shape) and \(tensor.shape)"), at: span)
            }
            parts.append(try lowering.reshape(lowering.cast(lowering.node(tensor), common), shape.inserting(1, at: 0, within: span)))
        }
        let flat = parts.count == 1 ? parts[0] : try lowering.apply(.concatenate, parts, .axis(0))
        guard sizes.count + shape.rank <= Shape.maximumRank else {
            throw RuntimeFailure("E203", "a tensor has at most \(Shape.maximumRank) axes", at: span)
        }
        return lowering.tensor(try lowering.reshape(flat, Shape(sizes.map { Size($0) } + Array(shape))))
    }
}

extension Shape {
    /// The shape with one more axis, or an error where there is no room for it.
    func inserting(_ size: Size, at axis: Int, within span: Span) throws(RuntimeFailure) -> Shape {
        guard rank < Shape.maximumRank else { throw RuntimeFailure("E203", "a tensor has at most \(Shape.maximumRank) axes", at: span) }
        return inserting(size, at: axis)
    }
}

extension Value {
    /// A number or boolean as a double; 0 for everything else.
    var plainDouble: Double {
        switch self {
        case .int(let value): Double(value)
        case .float(let value): value
        case .bool(let value): value ? 1 : 0
        default: 0
        }
    }

    /// An integer or boolean as an integer; floats are clamped.
    var plainInt: Int {
        switch self {
        case .int(let value): value
        case .float(let value): Int(Int64(clampedTruncating: value))
        case .bool(let value): value ? 1 : 0
        default: 0
        }
    }

    /// Whether it is a number or boolean of the language, known or not.
    var isNumber: Bool {
        switch self {
        case .int, .float, .bool, .size, .unknown(.int), .unknown(.float), .unknown(.number), .unknown(.bool): true
        default: false
        }
    }
}

extension Tensor {
    /// The element at a flat index as a plain value.
    package func plain(at index: Int) -> Value {
        switch type {
        case .bool: .bool(int(at: index) != 0)
        case .i32, .i64: .int(int(at: index))
        case .f32, .f64: .float(double(at: index))
        }
    }

    /// The elements as plain values, in row-major order.
    package var plainItems: [Value] { (0..<count).map { plain(at: $0) } }

    /// Nested lists of plain values; a plain value for rank 0.
    package var plainList: Value {
        var next = 0
        func nest(_ axis: Int) -> Value {
            guard axis < shape.rank else {
                next += 1
                return plain(at: next - 1)
            }
            return .list((0..<(shape[axis].known ?? 0)).map { _ in nest(axis + 1) })
        }
        return nest(0)
    }
}
