import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension SymbolicEvaluator {
    /// A binary operator on values. `operands` are the places of the two sides, for labels.
    func binary(
        _ operation: BinaryOperator, _ a: Value, _ b: Value, at span: Span, operands: (Span, Span)? = nil
    ) throws(RuntimeFailure) -> Value {
        if a.isOutOfReach || b.isOutOfReach { return .unknown(.anything) }
        switch (a, b) {
        case (.unknown(let x), .unknown(let y)): return x == .tensor || y == .tensor ? .unknown(.tensor) : .unknown(result(operation, x, y))
        case (.unknown(let x), _): return .unknown(x == .tensor || b.isTensor ? .tensor : result(operation, x, kind(b)))
        case (_, .unknown(let y)): return .unknown(y == .tensor || a.isTensor ? .tensor : result(operation, kind(a), y))
        case (.size, .int), (.int, .size), (.size, .size): return sizes(operation, a, b)
        case (.size, .float), (.float, .size): return .unknown(.float)
        default: break
        }
        if a.hasUnknown || b.hasUnknown {
            if case .list(let x) = a, case .list(let y) = b, operation == .add { return .list(x.items + y.items) }
            if a.isTensor || b.isTensor { return .unknown(.tensor) }
            return .unknown(.anything)
        }
        do {
            return try Operators.binary(operation, a, b, in: self, at: span)
        } catch {
            if let operands, error.diagnostic.labels.isEmpty, let x = shapeText(a), let y = shapeText(b) {
                error.diagnostic.labels = [Diagnostic.Label(operands.0, x), Diagnostic.Label(operands.1, y)]
                error.diagnostic.notes.removeAll { $0 == "left \(x), right \(y)" }
                let source = session.sources.source(of: span), left = source.text(operands.0), right = source.text(operands.1)
                for at in error.diagnostic.fixes.indices where error.diagnostic.fixes[at].message.contains("`a @ transpose(b)`") {
                    error.diagnostic.fixes[at] = .init("transpose the right side: `\(left) @ transpose(\(right))`")
                }
            }
            throw error
        }
    }

    /// The shape of a tensor operand, as a label shows it.
    private func shapeText(_ value: Value) -> String? {
        if case .tensor(let tensor) = value { return tensor.shape.description }
        return nil
    }

    func unary(_ operation: UnaryOperator, _ operand: Value, at span: Span) throws(RuntimeFailure) -> Value {
        switch operand {
        case .unknown(let kind): return operation == .not ? .unknown(kind == .tensor ? .tensor : .bool) : operand
        case .size: return .unknown(.int)
        default: return try Operators.unary(operation, operand, in: self, at: span)
        }
    }

    private func kind(_ value: Value) -> UnknownKind {
        switch value {
        case .int, .size: .int
        case .float: .float
        case .string: .string
        case .list: .list
        case .tensor: .tensor
        default: .anything
        }
    }

    private func result(_ operation: BinaryOperator, _ a: UnknownKind, _ b: UnknownKind) -> UnknownKind {
        switch operation {
        case .and, .or: return a == b ? a : .anything
        case .divide: return [.int, .float, .number].contains(a) && [.int, .float, .number].contains(b) ? .float : .anything
        case .add, .subtract, .multiply, .floorDivide, .remainder, .power:
            if a == b && [.int, .float, .string, .list].contains(a) { return operation == .power && a == .int ? .number : a }
            return [.int, .float, .number].contains(a) && [.int, .float, .number].contains(b) ? .number : .anything
        default: return .anything
        }
    }

    /// Arithmetic of symbolic integers.
    private func sizes(_ operation: BinaryOperator, _ a: Value, _ b: Value) -> Value {
        guard let x = size(a), let y = size(b) else { return .unknown(operation == .divide ? .float : .int) }
        switch operation {
        case .add: return value(of: x + y)
        case .subtract: return value(of: x - y)
        case .multiply: return value(of: x * y)
        case .floorDivide: return y == 0 ? .unknown(.int) : value(of: x / y)
        case .divide: return .unknown(.float)
        default: return .unknown(.int)
        }
    }

    /// An integer value as a size, if it can be one.
    func size(_ value: Value) -> Size? {
        switch value {
        case .int(let number): Size(exactly: number)
        case .size(let size): size
        default: nil
        }
    }

    /// A size as the integer value a program sees.
    func value(of size: Size) -> Value { size.known.map { .int($0) } ?? .size(size) }

    func comparison(
        _ operands: [Expression], _ operators: [(comparison: ComparisonOperator, span: Span)], _ scope: SymbolicScope
    ) throws(RuntimeFailure) -> Value {
        var values: [Value] = []
        for operand in operands { values.append(try evaluate(operand, scope)) }
        var result: Value = .bool(true)
        for (at, (comparison, span)) in operators.enumerated() {
            let one = try compare(comparison, values[at], values[at + 1], at: span)
            if at == 0 {
                result = one
            } else if case .bool(true) = result {
                result = one
            } else if case .bool(false) = result {
                return result
            } else {
                result = result.isTensor && one.isTensor ? try binary(.and, result, one, at: span) : .unknown(.anything)
            }
        }
        return result
    }

    private func compare(_ comparison: ComparisonOperator, _ a: Value, _ b: Value, at span: Span) throws(RuntimeFailure) -> Value {
        if case .none = b, !a.hasUnknown, comparison == .equal || comparison == .notEqual { return equality(comparison, isNone(a)) }
        if case .none = a, !b.hasUnknown, comparison == .equal || comparison == .notEqual { return equality(comparison, isNone(b)) }
        if let x = size(a), let y = size(b), !(x.isKnown && y.isKnown) {
            switch (comparison, x.relation(to: y)) {
            case (.equal, .equal), (.notEqual, .different), (.lessEqual, .equal), (.greaterEqual, .equal): return .bool(true)
            case (.equal, .different), (.notEqual, .equal), (.less, .equal), (.greater, .equal): return .bool(false)
            default: return .unknown(.bool)
            }
        }
        if let known = compareLists(comparison, a, b) { return known }
        if a.isOutOfReach || b.isOutOfReach { return .unknown(.bool) }
        if a.hasUnknown || b.hasUnknown || !a.isComparable || !b.isComparable {
            return .unknown(a.isTensor || b.isTensor || a.mayBeTensor || b.mayBeTensor ? .anything : .bool)
        }
        return try Operators.comparison(comparison, a, b, in: self, at: span)
    }

    private func isNone(_ value: Value) -> Bool { if case .none = value { true } else { false } }
    private func equality(_ comparison: ComparisonOperator, _ equal: Bool) -> Value { .bool(comparison == .equal ? equal : !equal) }

    /// Lists of sizes, such as two shapes: decided where every pair is.
    private func compareLists(_ comparison: ComparisonOperator, _ a: Value, _ b: Value) -> Value? {
        guard comparison == .equal || comparison == .notEqual, case .list(let x) = a, case .list(let y) = b else { return nil }
        if x.items.count != y.items.count { return equality(comparison, false) }
        var equal = true
        for (left, right) in zip(x.items, y.items) {
            guard let p = size(left), let q = size(right) else { return nil }
            switch p.relation(to: q) {
            case .equal: break
            case .different: return self.equality(comparison, false)
            case .unknown: equal = false
            }
        }
        return equal ? equality(comparison, true) : .unknown(.bool)
    }
}

extension Value {
    var isTensor: Bool { if case .tensor = self { true } else { false } }
    fileprivate var mayBeTensor: Bool {
        switch self {
        case .unknown(let kind): kind == .anything || kind == .tensor
        default: false
        }
    }
    /// Whether the machine's comparison can be asked (no symbolic sizes inside).
    fileprivate var isComparable: Bool {
        switch self {
        case .size: false
        case .list(let list): list.items.allSatisfy(\.isComparable)
        case .record(let record): record.fields.allSatisfy(\.isComparable)
        default: true
        }
    }
}
