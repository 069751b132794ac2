import DaedalSyntax
import DaedalTensor

extension Operators {
    /// `a < b`, `a == b`, `a in b`, …
    package static func comparison(
        _ comparison: ComparisonOperator, _ a: Value, _ b: Value, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Value {
        switch comparison {
        case .contained: return .bool(try isContained(a, b, in: context, at: span))
        case .notContained: return .bool(try !isContained(a, b, in: context, at: span))
        default: break
        }
        switch (a, b) {
        case (.tensor, _), (_, .tensor): return try TensorOperators.compare(comparison, a, b, in: context, at: span)
        default: break
        }
        switch comparison {
        case .equal, .notEqual:
            guard Equality.isPossible(a, b) else {
                throw RuntimeFailure("E206", "\(a.kindWithArticle) is never equal to \(b.kindWithArticle)", at: span)
            }
            return .bool(try Equality.equal(a, b, in: context) == (comparison == .equal))
        case .less, .lessEqual, .greater, .greaterEqual: return .bool(try ordered(comparison, a, b, at: span))
        case .contained, .notContained: return .bool(false)
        }
    }

    private static func ordered(_ comparison: ComparisonOperator, _ a: Value, _ b: Value, at span: Span) throws(RuntimeFailure) -> Bool {
        // Floats compare as IEEE says: with a NaN nothing holds.
        if let x = a.plainNumber, let y = b.plainNumber, x.isNaN || y.isNaN { return false }
        guard let order = Equality.order(a, b), a.isOrdered, b.isOrdered else { throw cannot(comparison.rawValue, a, b, at: span) }
        switch comparison {
        case .less: return order < 0
        case .lessEqual: return order <= 0
        case .greater: return order > 0
        default: return order >= 0
        }
    }

    private static func isContained(_ item: Value, _ collection: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Bool {
        switch collection {
        case .list(let list):
            for other in list.items { if try Equality.equal(item, other, in: context) { return true } }
            return false
        case .dictionary(let dictionary):
            guard let key = DictionaryKey(item) else {
                throw RuntimeFailure("E202", "\(item.kindWithArticle) cannot be a key", at: span)
            }
            return dictionary[key] != nil
        case .string(let string):
            guard case .string(let part) = item else {
                throw RuntimeFailure("E202", "`in` a string looks for a string, not \(item.kindWithArticle)", at: span)
            }
            return CoreNatives.position(of: part.text, in: string.text) != nil
        case .range(let range):
            guard case .int(let value) = item, let start = range.start, let end = range.end else { return false }
            let inside = range.step > 0 ? value >= start && value < end : value <= start && value > end
            return inside && (Int128(value) - Int128(start)) % Int128(range.step) == 0
        default:
            throw RuntimeFailure("E202", "`in` looks into lists, dictionaries and strings; this is \(collection.kindWithArticle)", at: span)
        }
    }
}

extension Value {
    fileprivate var plainNumber: Double? { if case .float(let value) = self { value } else { nil } }

    /// Whether `<` applies to its kind.
    fileprivate var isOrdered: Bool {
        switch self {
        case .int, .float, .string: true
        default: false
        }
    }
}
