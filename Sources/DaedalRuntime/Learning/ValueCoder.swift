import DaedalData
import DaedalSyntax
import DaedalTensor

/// Plain values as JSON and back, exactly: rows of a history, what a schedule remembers. Tensors stand beside, under names.
struct ValueCoder {
    /// The tensors met so far, by the names that the JSON gives them.
    private(set) var tensors: [(name: String, tensor: Tensor)] = []
    private let prefix: String

    init(prefix: String) { self.prefix = prefix }

    /// The JSON of a value; nil for what has none (a function, a model).
    mutating func json(_ value: Value) -> JSONValue? {
        switch value {
        case .none: return .null
        case .bool(let flag): return .bool(flag)
        case .int(let number): return .integer(number)
        case .float(let number):
            // JSON has no infinities, and a float that is whole must come back as a float.
            return .object([("float", .text(number.isFinite ? "\(number)" : String(number.bitPattern)))])
        case .string(let string): return .text(string.text)
        case .list(let list): return parts(list.items).map { .array($0) }
        case .record(let record):
            guard let fields = parts(record.fields) else { return nil }
            return .object([("record", .array(fields)), ("names", record.names.map { .array($0.map { .text($0) }) } ?? .null)])
        case .tensor(let tensor):
            guard let contents = tensor.value else { return nil }
            tensors.append(("\(prefix)\(tensors.count)", contents))
            return .object([("tensor", .text("\(prefix)\(tensors.count - 1)"))])
        default: return nil
        }
    }

    private mutating func parts(_ values: [Value]) -> [JSONValue]? {
        var result: [JSONValue] = []
        for value in values {
            guard let part = json(value) else { return nil }
            result.append(part)
        }
        return result
    }

    /// The value of a JSON that `json` made; nil if it is none. `tensor` finds tensors by name.
    static func value(_ json: JSONValue, _ tensor: (String) -> Tensor?) -> Value? {
        switch json {
        case .null: return Value.none
        case .bool(let flag): return .bool(flag)
        case .integer(let number): return .int(number)
        case .number(let number): return .float(number)
        case .text(let text): return .string(text)
        case .array(let items): return values(items, tensor).map { .list($0) }
        case .object:
            if case .text(let text)? = json["float"] {
                if let bits = UInt64(text), !Double(bitPattern: bits).isFinite { return .float(Double(bitPattern: bits)) }
                return Double(text).map { .float($0) }
            }
            if case .text(let name)? = json["tensor"] { return tensor(name).map { .tensor(TensorObject($0)) } }
            guard case .array(let items)? = json["record"], let fields = values(items, tensor) else { return nil }
            guard case .array(let labels)? = json["names"] else { return .record(RecordObject(names: nil, fields: fields)) }
            let names = labels.compactMap { if case .text(let text) = $0 { text } else { nil } }
            return names.count == fields.count ? .record(RecordObject(names: names, fields: fields)) : nil
        }
    }

    private static func values(_ items: [JSONValue], _ tensor: (String) -> Tensor?) -> [Value]? {
        var result: [Value] = []
        for item in items {
            guard let value = value(item, tensor) else { return nil }
            result.append(value)
        }
        return result
    }
}
