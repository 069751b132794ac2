import DaedalRuntime
import DaedalTensor

/// A Swift type whose values a script can hold.
public protocol Convertible {
    /// The value as a script's, or nil if it has no such form.
    func toScript() -> ScriptValue?
    /// The script's value as this type, or nil if it is of another kind or out of range.
    static func fromScript(_ value: ScriptValue) -> Self?
}

/// A value of a script, opaque to the host: convert it with `as(_:)`.
public struct ScriptValue {
    let value: Value
    weak var interpreter: Interpreter?

    /// The value as a Swift type, or nil if it is of another kind or out of range.
    public func `as`<T: Convertible>(_ type: T.Type) -> T? { T.fromScript(self) }

    /// The kind as the language names it: `integer`, `list`, `tensor`, …
    public var kind: String { value.kindName }
}

extension Bool: Convertible {
    /// The value as a script holds it.
    public func toScript() -> ScriptValue? { ScriptValue(value: .bool(self)) }
    /// The script's value as this type, or nil.
    public static func fromScript(_ value: ScriptValue) -> Bool? {
        if case .bool(let bool) = value.value { return bool }
        return value.element.map { $0 != 0 }
    }
}

extension Int: Convertible {
    /// The value as a script holds it.
    public func toScript() -> ScriptValue? { ScriptValue(value: .int(self)) }
    /// The script's value as this type, or nil.
    public static func fromScript(_ value: ScriptValue) -> Int? {
        if case .int(let int) = value.value { return int }
        return value.element.flatMap { Int(exactly: $0) }
    }
}

extension Double: Convertible {
    /// The value as a script holds it.
    public func toScript() -> ScriptValue? { ScriptValue(value: .float(self)) }
    /// The script's value as this type, or nil.
    public static func fromScript(_ value: ScriptValue) -> Double? {
        switch value.value {
        case .float(let float): float
        case .int(let int): Double(int)
        default: value.element
        }
    }
}

extension Float: Convertible {
    /// The value as a script holds it.
    public func toScript() -> ScriptValue? { Double(self).toScript() }
    /// The script's value as this type, or nil.
    public static func fromScript(_ value: ScriptValue) -> Float? { Double.fromScript(value).map { Float($0) } }
}

extension String: Convertible {
    /// The value as a script holds it.
    public func toScript() -> ScriptValue? { ScriptValue(value: .string(self)) }
    /// The script's value as this type, or nil.
    public static func fromScript(_ value: ScriptValue) -> String? {
        if case .string(let string) = value.value { return string.text }
        return nil
    }
}

extension Array: Convertible where Element: Convertible {
    /// The value as a script holds it.
    public func toScript() -> ScriptValue? {
        var items: [Value] = []
        for element in self {
            guard let item = element.toScript() else { return nil }
            items.append(item.value)
        }
        return ScriptValue(value: .list(items))
    }
    /// The script's value as this type, or nil.
    public static func fromScript(_ value: ScriptValue) -> [Element]? {
        var items: [Value]
        switch value.value {
        case .list(let list): items = list.items
        case .tensor: items = value.evaluated.map { if case .list(let list) = $0.plainList { list.items } else { [] } } ?? []
        default: return nil
        }
        var result: [Element] = []
        for item in items {
            guard let element = Element.fromScript(ScriptValue(value: item, interpreter: value.interpreter)) else { return nil }
            result.append(element)
        }
        return result
    }
}

extension Optional: Convertible where Wrapped: Convertible {
    /// The value as a script holds it.
    public func toScript() -> ScriptValue? {
        guard let self else { return ScriptValue(value: .none) }
        return self.toScript()
    }
    /// The script's value as this type, or nil.
    public static func fromScript(_ value: ScriptValue) -> Wrapped?? {
        if case .none = value.value { return .some(nil) }
        return Wrapped.fromScript(value).map { .some($0) }
    }
}

extension ScriptValue: Convertible {
    /// The value as a script holds it.
    public func toScript() -> ScriptValue? { self }
    /// The script's value as this type, or nil.
    public static func fromScript(_ value: ScriptValue) -> ScriptValue? { value }

    /// A tensor with its contents computed, or nil for other kinds (or if computing failed).
    var evaluated: DaedalTensor.Tensor? {
        guard case .tensor(let tensor) = value, let interpreter else { return nil }
        return try? interpreter.machine.force(tensor)
    }

    /// The only element of a one-element tensor.
    fileprivate var element: Double? {
        guard let tensor = evaluated, tensor.count == 1 else { return nil }
        return tensor.double(at: 0)
    }
}

extension Dictionary: Convertible where Key == String, Value: Convertible {
    /// The value as a script holds it: a dictionary, its keys sorted.
    public func toScript() -> ScriptValue? {
        let result = DictionaryObject()
        for (key, value) in sorted(by: { $0.key < $1.key }) {
            guard let item = value.toScript() else { return nil }
            result[.string(key)] = item.value
        }
        return ScriptValue(value: .dictionary(result))
    }
    /// The script's dictionary with strings as keys, or record with names, as this type; nil for anything else.
    public static func fromScript(_ value: ScriptValue) -> [String: Value]? {
        var result: [String: Value] = [:]
        func add(_ key: String, _ item: DaedalRuntime.Value) -> Bool {
            guard let converted = Value.fromScript(ScriptValue(value: item, interpreter: value.interpreter)) else { return false }
            result[key] = converted
            return true
        }
        switch value.value {
        case .dictionary(let dictionary):
            for (key, item) in zip(dictionary.keys, dictionary.values) {
                guard case .string(let name) = key, add(name, item) else { return nil }
            }
        case .record(let record):
            guard let names = record.names else { return nil }
            for (name, item) in zip(names, record.fields) { guard add(name, item) else { return nil } }
        default: return nil
        }
        return result
    }
}
