import DaedalSyntax
import DaedalTensor

/// When two values are the same, which comes first, and what can be a key.
package enum Equality {
    /// Whether two whole values are equal. Values inside containers of kinds that can never be equal are simply different.
    package static func equal(_ a: Value, _ b: Value, in context: EvaluationContext) throws(RuntimeFailure) -> Bool {
        switch (a, b) {
        case (.none, .none): return true
        case (.bool(let x), .bool(let y)): return x == y
        case (.int(let x), .int(let y)): return x == y
        case (.float(let x), .float(let y)): return x == y
        case (.int(let x), .float(let y)), (.float(let y), .int(let x)): return Double(x) == y && Int(exactly: y) == x
        case (.string(let x), .string(let y)): return x.text == y.text
        case (.range(let x), .range(let y)): return x.start == y.start && x.end == y.end && x.step == y.step
        case (.list(let x), .list(let y)):
            if x === y { return true }
            guard x.items.count == y.items.count else { return false }
            return try equal(x.items, y.items, in: context)
        case (.record(let x), .record(let y)):
            guard x.names == y.names, x.fields.count == y.fields.count else { return false }
            return try equal(x.fields, y.fields, in: context)
        case (.dictionary(let x), .dictionary(let y)):
            guard x.keys.count == y.keys.count else { return false }
            var others: [Value] = []
            for key in x.keys {
                guard let other = y[key] else { return false }
                others.append(other)
            }
            return try equal(x.values, others, in: context)
        case (.tensor(let x), .tensor(let y)):
            if x === y { return true }
            guard x.shape == y.shape else { return false }
            let p = try context.force(x, at: .none), q = try context.force(y, at: .none)
            return (0..<p.count).allSatisfy { p.double(at: $0) == q.double(at: $0) }
        case (.function(let x), .function(let y)): return x === y
        case (.model(let x), .model(let y)): return x === y
        case (.object(let x as QuantityObject), .object(let y as QuantityObject)):
            guard x.unit == y.unit else { return false }
            return try equal(x.amount, y.amount, in: context)
        case (.object(let x as ElementTypeObject), .object(let y as ElementTypeObject)): return x.type == y.type
        case (.object(let x as ElementTypeObject), .function(let y as NativeFunction)),
            (.function(let y as NativeFunction), .object(let x as ElementTypeObject)):
            return x.type == .bool && y.name == "bool"
        case (.object(let x), .object(let y)): return x === y
        default: return false
        }
    }

    private static func equal(_ a: [Value], _ b: [Value], in context: EvaluationContext) throws(RuntimeFailure) -> Bool {
        for (x, y) in zip(a, b) { if try !equal(x, y, in: context) { return false } }
        return true
    }

    /// Whether values of the two kinds may be equal at all; `==` between others is a mistake.
    package static func isPossible(_ a: Value, _ b: Value) -> Bool {
        switch (a, b) {
        case (.none, _), (_, .none), (.unknown, _), (_, .unknown): true
        case (.int, .float), (.float, .int), (.size, .int), (.int, .size), (.size, .float), (.float, .size), (.size, .size): true
        case (.function, .model), (.model, .function), (.function, .function): true
        case (.object(let x), .object(let y)): x.kindName == y.kindName
        // The type `bool` goes by the name of the function.
        case (.object(is ElementTypeObject), .function(is NativeFunction)), (.function(is NativeFunction), .object(is ElementTypeObject)): true
        default: a.kindName == b.kindName
        }
    }

    /// -1, 0 or 1: numbers by value, strings by Unicode order, lists and records item by item, false before true. Nil if there is no order.
    package static func order(_ a: Value, _ b: Value) -> Int? {
        switch (a, b) {
        case (.int(let x), .int(let y)): return x < y ? -1 : x > y ? 1 : 0
        case (.float(let x), .float(let y)): return x < y ? -1 : x > y ? 1 : x == y ? 0 : nil
        case (.int(let x), .float(let y)): return order(.float(Double(x)), .float(y))
        case (.float(let x), .int(let y)): return order(.float(x), .float(Double(y)))
        case (.bool(let x), .bool(let y)): return x == y ? 0 : x ? 1 : -1
        case (.string(let x), .string(let y)): return x.text < y.text ? -1 : x.text == y.text ? 0 : 1
        case (.list(let x), .list(let y)): return order(x.items, y.items)
        case (.record(let x), .record(let y)) where x.names == y.names: return order(x.fields, y.fields)
        default: return nil
        }
    }

    private static func order(_ a: [Value], _ b: [Value]) -> Int? {
        for (x, y) in zip(a, b) {
            guard let one = order(x, y) else { return nil }
            if one != 0 { return one }
        }
        return a.count < b.count ? -1 : a.count > b.count ? 1 : 0
    }
}

extension DictionaryKey {
    /// The key for a value, or nil if values of its kind cannot be keys. Floats that are whole numbers are the integer's key.
    package init?(_ value: Value) {
        switch value {
        case .none: self = .none
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int(value)
        case .float(let value):
            guard !value.isNaN else { return nil }
            self = Int(exactly: value).map { .int($0) } ?? .float(value)
        case .string(let string): self = .string(string.text)
        case .list(let list):
            let keys = list.items.compactMap { DictionaryKey($0) }
            guard keys.count == list.items.count else { return nil }
            self = .list(keys)
        case .record(let record) where record.names == nil:
            let keys = record.fields.compactMap { DictionaryKey($0) }
            guard keys.count == record.fields.count else { return nil }
            self = .list(keys)
        default: return nil
        }
    }
}
