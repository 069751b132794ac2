import DaedalSyntax
import DaedalTensor

/// The operators on plain values; whatever meets a tensor goes on to `TensorOperators`. The machine's slow paths and the checker call here.
package enum Operators {
    /// `a + b` and its like. `and`, `or`, `|>` and `->` come here only with tensors, since they do not simply evaluate both sides.
    package static func binary(
        _ operation: BinaryOperator, _ a: Value, _ b: Value, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Value {
        switch (a, b) {
        case (.int(let x), .int(let y)): return try integers(operation, x, y, at: span)
        case (.float(let x), .float(let y)): return try floats(operation, x, y, a, b, at: span)
        case (.int(let x), .float(let y)): return try floats(operation, Double(x), y, a, b, at: span)
        case (.float(let x), .int(let y)): return try floats(operation, x, Double(y), a, b, at: span)
        case (.tensor, _), (_, .tensor): return try TensorOperators.binary(operation, a, b, in: context, at: span)
        case (.string(let x), .string(let y)) where operation == .add:
            guard x.text.utf8.count + y.text.utf8.count <= StringObject.mostBytes else { throw StringObject.tooLong(at: span) }
            return .string(x.text + y.text)
        case (.list(let x), .list(let y)) where operation == .add:
            guard x.items.count + y.items.count <= ListObject.mostItems else { throw ListObject.tooLong(at: span) }
            return .list(x.items + y.items)
        case (.record(let x), .record(let y)) where operation == .add: return .record(try joined(x, y, at: span))
        case (.bool(let x), .bool(let y)) where operation == .and: return .bool(x && y)
        case (.bool(let x), .bool(let y)) where operation == .or: return .bool(x || y)
        case (.list, _), (_, .list):
            // A rectangular list of numbers is a tensor in arithmetic.
            if a.isArithmetic && b.isArithmetic { return try TensorOperators.binary(operation, a, b, in: context, at: span) }
            throw cannot(operation.rawValue, a, b, at: span)
        default: throw cannot(operation.rawValue, a, b, at: span)
        }
    }

    /// `-a`, `not a`.
    package static func unary(
        _ operation: UnaryOperator, _ a: Value, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Value {
        switch (operation, a) {
        case (.negate, .int(let value)):
            guard value != .min else { throw overflow(at: span) }
            return .int(-value)
        case (.negate, .float(let value)): return .float(-value)
        case (.not, .bool(let value)): return .bool(!value)
        case (_, .tensor), (.negate, .list): return try TensorOperators.unary(operation, a, in: context, at: span)
        default: throw RuntimeFailure("E202", "`\(operation.rawValue)` cannot be applied to \(a.kindWithArticle)", at: span)
        }
    }

    /// Whether a condition of `if`, `while`, `and`, `or`, `not` holds: a boolean or a one-element bool tensor, nothing else.
    package static func truth(_ value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Bool {
        switch value {
        case .bool(let value): return value
        case .tensor(let tensor): return try TensorOperators.truth(tensor, in: context, at: span)
        default:
            let fixes: [Diagnostic.Fix] =
                switch value {
                case .int, .float: [Diagnostic.Fix("compare it: `… != 0`")]
                case .none: [Diagnostic.Fix("compare it: `… != none`")]
                case .list, .string, .dictionary: [Diagnostic.Fix("compare its length: `len(…) > 0`")]
                default: []
                }
            throw RuntimeFailure("E202", "a condition is a boolean; this is \(value.kindWithArticle)", at: span, fixes: fixes)
        }
    }

    // MARK: Numbers

    private static func integers(_ operation: BinaryOperator, _ x: Int, _ y: Int, at span: Span) throws(RuntimeFailure) -> Value {
        let result: (partialValue: Int, overflow: Bool)
        switch operation {
        case .add: result = x.addingReportingOverflow(y)
        case .subtract: result = x.subtractingReportingOverflow(y)
        case .multiply: result = x.multipliedReportingOverflow(by: y)
        case .divide: return .float(Double(x) / Double(y))
        case .floorDivide:
            if y == 0 { throw division("//", at: span) }
            result = x.dividedReportingOverflow(by: y)
            if !result.overflow, x % y != 0, (x < 0) != (y < 0) { return .int(result.partialValue - 1) }
        case .remainder:
            if y == 0 { throw division("%", at: span) }
            if y == -1 { return .int(0) }
            let rest = x % y
            return .int(rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest)
        case .power: return try power(x, y, at: span)
        case .matrixProduct, .and, .or, .pipe, .compose: throw cannot(operation.rawValue, .int(x), .int(y), at: span)
        }
        if result.overflow { throw overflow(at: span) }
        return .int(result.partialValue)
    }

    private static func power(_ base: Int, _ exponent: Int, at span: Span) throws(RuntimeFailure) -> Value {
        if exponent < 0 { return .float(CoreMath.power(Double(base), Double(exponent))) }
        var result = 1, factor = base, left = exponent
        while left > 0 {
            if left & 1 == 1 {
                let (product, overflow) = result.multipliedReportingOverflow(by: factor)
                if overflow { throw self.overflow(at: span) }
                result = product
            }
            left >>= 1
            if left > 0 {
                let (square, overflow) = factor.multipliedReportingOverflow(by: factor)
                if overflow { throw self.overflow(at: span) }
                factor = square
            }
        }
        return .int(result)
    }

    private static func floats(
        _ operation: BinaryOperator, _ x: Double, _ y: Double, _ a: Value, _ b: Value, at span: Span
    ) throws(RuntimeFailure) -> Value {
        switch operation {
        case .add: return .float(x + y)
        case .subtract: return .float(x - y)
        case .multiply: return .float(x * y)
        case .divide: return .float(x / y)
        case .floorDivide: return .float((x / y).rounded(.down))
        case .remainder:
            let rest = x.truncatingRemainder(dividingBy: y)
            return .float(rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest)
        case .power: return .float(CoreMath.power(x, y))
        case .matrixProduct, .and, .or, .pipe, .compose: throw cannot(operation.rawValue, a, b, at: span)
        }
    }

    // MARK: Records

    /// Named records joined: fields of the left, then new ones of the right, which also wins. Positional ones one after the other.
    private static func joined(_ x: RecordObject, _ y: RecordObject, at span: Span) throws(RuntimeFailure) -> RecordObject {
        switch (x.names, y.names) {
        case (nil, nil): return RecordObject(names: nil, fields: x.fields + y.fields)
        case (let left?, let right?):
            var names = left, fields = x.fields
            for (name, field) in zip(right, y.fields) {
                if let at = names.firstIndex(of: name) {
                    fields[at] = field
                } else {
                    names.append(name)
                    fields.append(field)
                }
            }
            return RecordObject(names: names, fields: fields)
        default: throw RuntimeFailure("E202", "a record with names and one without cannot be joined", at: span)
        }
    }

    // MARK: Failures

    static func cannot(_ operation: String, _ a: Value, _ b: Value, at span: Span) -> RuntimeFailure {
        var fixes: [Diagnostic.Fix] = []
        if operation == "+", a.isText || b.isText { fixes = [Diagnostic.Fix("put values into text with `\"… \\(value) …\"`")] }
        return RuntimeFailure("E202", "`\(operation)` cannot be applied to \(a.kindWithArticle) and \(b.kindWithArticle)", at: span, fixes: fixes)
    }

    /// The failure of integer arithmetic that leaves 64 bits.
    package static func overflow(at span: Span) -> RuntimeFailure {
        RuntimeFailure("E507", "the result does not fit in 64 bits", at: span, fixes: [Diagnostic.Fix("use floats: `float(x)`")])
    }

    /// The failure of integer division by zero.
    package static func division(_ operation: String, at span: Span) -> RuntimeFailure {
        RuntimeFailure("E508", "`\(operation)` of integers by zero", at: span)
    }
}

extension ListObject {
    /// The most items a list may have: 4 GB of memory.
    static var mostItems: Int { 1 << 28 }

    static func tooLong(at span: Span) -> RuntimeFailure {
        RuntimeFailure("E506", "a list holds at most \(mostItems) items", at: span)
    }
}

extension StringObject {
    /// The most bytes a string may have.
    static var mostBytes: Int { 1 << 31 }

    static func tooLong(at span: Span) -> RuntimeFailure {
        RuntimeFailure("E506", "a string holds at most \(mostBytes) bytes", at: span)
    }
}

extension Value {
    fileprivate var isText: Bool { if case .string = self { true } else { false } }

    /// Whether it can take part in arithmetic with lists of numbers.
    fileprivate var isArithmetic: Bool {
        switch self {
        case .list, .int, .float, .bool, .tensor, .size, .unknown: true
        default: false
        }
    }
}
