import DaedalTensor

/// A string. Characters are Swift's (extended grapheme clusters).
package final class StringObject {
    @exclusivity(unchecked) package var text: String
    package init(_ text: String) { self.text = text }
}

/// A list; changed in place only through a sole reference.
package final class ListObject {
    @exclusivity(unchecked) package var items: [Value]
    package init(_ items: [Value]) { self.items = items }
}

/// `a..b`, `a..=b`, or with a step; the ends may be missing inside an index.
package final class RangeObject {
    package let start: Int?
    /// The first integer past the range, or nil when open.
    package let end: Int?
    package let step: Int
    package init(start: Int?, end: Int?, step: Int = 1) {
        self.start = start
        self.end = end
        self.step = step
    }

    /// A range with a negative step as an index among `count` items: the first position, and the one before which it ends. Negative ends count
    /// from the back, but an end of -1 after a start that does not is what the range says: down to the first item.
    package func backwards(in count: Int) -> (first: Int, last: Int) {
        func counted(_ end: Int) -> Int { end < 0 ? end &+ count : end }
        let first = min(start.map(counted) ?? count - 1, count - 1)
        let isDown = end == -1 && (start ?? -1) >= 0
        return (first, max(isDown ? -1 : end.map(counted) ?? -1, -1))
    }
}

/// A key of a dictionary: the kinds of values that hash by content. `1` and `1.0` are the same key.
package enum DictionaryKey: Hashable {
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(String)
    case none
    case list([DictionaryKey])
}

/// A dictionary in the order of insertion; changed in place only through a sole reference.
package final class DictionaryObject {
    @exclusivity(unchecked) package var keys: [DictionaryKey] = []
    @exclusivity(unchecked) package var values: [Value] = []
    @exclusivity(unchecked) package var index: [DictionaryKey: Int] = [:]
    package init() {}

    package subscript(key: DictionaryKey) -> Value? {
        get { index[key].map { values[$0] } }
        set {
            if let at = index[key] {
                if let newValue {
                    values[at] = newValue
                } else {
                    keys.remove(at: at)
                    values.remove(at: at)
                    index.removeValue(forKey: key)
                    for (k, i) in index where i > at { index[k] = i - 1 }
                }
            } else if let newValue {
                index[key] = keys.count
                keys.append(key)
                values.append(newValue)
            }
        }
    }

    package func copy() -> DictionaryObject {
        let result = DictionaryObject()
        result.keys = keys
        result.values = values
        result.index = index
        return result
    }
}

/// A record: all fields named, or all positional (then `names` is nil).
package final class RecordObject {
    package let names: [String]?
    @exclusivity(unchecked) package var fields: [Value]
    package init(names: [String]?, fields: [Value]) {
        self.names = names
        self.fields = fields
    }

    /// The position of a field by name, or of a positional field by its number as text.
    package func position(of name: String) -> Int? {
        if let names { return names.firstIndex(of: name) }
        guard let position = Int(name), fields.indices.contains(position) else { return nil }
        return position
    }
}

/// The root of values with members that are not one of the language's own containers.
package class Object {
    package init() {}
    /// The kind as an error message names it.
    package var kindName: String { "object" }
    /// The value of `.name`, or nil if there is no such member.
    package func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? { nil }
    /// The names `member` answers to, for suggestions and completion.
    package var memberNames: [String] { [] }
    /// Sets `.name = value`; false if there is no such settable member.
    package func setMember(_ name: String, to value: Value, in context: EvaluationContext) throws(RuntimeFailure) -> Bool { false }
    /// The value of `[items]`, or nil if it cannot be indexed.
    package func subscripted(_ items: [Index], in context: EvaluationContext) throws(RuntimeFailure) -> Value? { nil }
    /// The values a `for` visits, or nil if it cannot be visited. The iterator gives nil at the end.
    package func iterator(in context: EvaluationContext) throws(RuntimeFailure) -> ValueIterator? { nil }
    /// The text `print` shows.
    package var text: String { "<\(kindName)>" }
}

/// One item between the brackets of an index.
package enum Index {
    case value(Value)
    case newAxis
    case rest
}

/// What a `for` steps through.
package class ValueIterator {
    package init() {}
    package func next(in context: EvaluationContext) throws(RuntimeFailure) -> Value? { nil }
}

/// `500 steps`, `3 epochs`, `90 seconds`.
package final class QuantityObject: Object {
    package let amount: Value
    package let unit: String
    package init(amount: Value, unit: String) {
        self.amount = amount
        self.unit = unit
    }
    override package var kindName: String { "number of \(unit)" }
    override package var text: String {
        switch amount {
        case .int(let count): "\(count) \(unit)"
        case .float(let count): "\(Value.text(of: count)) \(unit)"
        default: "<\(kindName)>"
        }
    }
}

/// `f32`, `i64`, …
package final class ElementTypeObject: Object {
    package let type: ElementType
    package init(_ type: ElementType) { self.type = type }
    override package var kindName: String { "element type" }
    override package var text: String { type.name }
}
