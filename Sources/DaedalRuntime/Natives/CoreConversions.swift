import DaedalTensor

extension CoreNatives {
    /// `int float string bool list type len steps epochs seconds`
    static var conversions: [NativeFunction] {
        [
            native("int", [.init("x")], .pure(result: .int)) { (call) throws(RuntimeFailure) in try int(call) },
            native("float", [.init("x")], .pure(result: .float)) { (call) throws(RuntimeFailure) in try float(call) },
            native("string", [.init("x")], .pure(result: .string)) { (call) throws(RuntimeFailure) in .string(try call[0].text(in: call.context)) },
            native("bool", [.init("x")], .pure(result: .bool)) { (call) throws(RuntimeFailure) in try bool(call) },
            native("list", [.init("x")], .pure(result: .list)) { (call) throws(RuntimeFailure) in
                if case .tensor(let tensor) = call[0] {
                    if tensor.shape.rank == 0 { throw call.wrongKind(0, "a list, or a tensor with at least one axis") }
                    return try call.context.force(tensor, at: call.span).plainList
                }
                return .list(try call.sequence(0))
            },
            native("type", [.init("x")], .pure(result: .string)) { (call) throws(RuntimeFailure) in .string(call[0].kindName) },
            native("len", [.init("x")], .pure(result: .int)) { (call) throws(RuntimeFailure) in try length(call) },
            quantity("steps"), quantity("epochs"), quantity("seconds"),
        ]
    }

    private static func quantity(_ unit: String) -> NativeFunction {
        native(unit, [.init("n")], .pure(result: .anything)) { (call) throws(RuntimeFailure) in
            switch call[0] {
            case .int, .float, .size: return .object(QuantityObject(amount: call[0], unit: unit))
            default: throw call.wrongKind(0, "a number")
            }
        }
    }

    private static func int(_ call: NativeCall) throws(RuntimeFailure) -> Value {
        switch call[0] {
        case .int: return call[0]
        case .bool(let value): return .int(value ? 1 : 0)
        case .float(let value):
            guard let whole = Int(exactly: value.rounded(.towardZero)) else {
                throw call.failure("E507", "\(Value.text(of: value)) does not fit in 64 bits")
            }
            return .int(whole)
        case .string(let string):
            let digits = string.text.filter { $0 != "_" }
            guard let value = Int(digits) ?? Int(digits.hasPrefix("0x") ? String(digits.dropFirst(2)) : "", radix: 16) else {
                throw call.failure("E503", "\(Value.quoted(string.text)) is not an integer")
            }
            return .int(value)
        case .tensor(let tensor):
            let scalar = try single(tensor, call)
            if scalar.type.isFloat {
                guard let whole = Int(exactly: scalar.double(at: 0).rounded(.towardZero)) else {
                    throw call.failure("E507", "\(Value.text(of: scalar.double(at: 0))) does not fit in 64 bits")
                }
                return .int(whole)
            }
            return .int(scalar.int(at: 0))
        default: throw call.wrongKind(0, "a number, a string or a tensor with one element")
        }
    }

    private static func float(_ call: NativeCall) throws(RuntimeFailure) -> Value {
        switch call[0] {
        case .float: return call[0]
        case .int(let value): return .float(Double(value))
        case .bool(let value): return .float(value ? 1 : 0)
        case .string(let string):
            guard let value = Double(string.text.filter { $0 != "_" }) else {
                throw call.failure("E503", "\(Value.quoted(string.text)) is not a number")
            }
            return .float(value)
        case .tensor(let tensor): return .float(try single(tensor, call).double(at: 0))
        default: throw call.wrongKind(0, "a number, a string or a tensor with one element")
        }
    }

    private static func bool(_ call: NativeCall) throws(RuntimeFailure) -> Value {
        switch call[0] {
        case .bool: return call[0]
        case .int(let value): return .bool(value != 0)
        case .float(let value): return .bool(value != 0)
        case .tensor(let tensor): return .bool(try single(tensor, call).double(at: 0) != 0)
        default: throw call.wrongKind(0, "a boolean, a number or a tensor with one element")
        }
    }

    private static func single(_ tensor: TensorObject, _ call: NativeCall) throws(RuntimeFailure) -> Tensor {
        guard tensor.shape.elementCount == 1 else {
            throw call.failure("E202", "the tensor has the shape \(tensor.shape), not one element")
        }
        return try call.context.force(tensor, at: call.span)
    }

    private static func length(_ call: NativeCall) throws(RuntimeFailure) -> Value {
        switch call[0] {
        case .list(let list): return .int(list.items.count)
        case .string(let string): return .int(string.text.count)
        case .dictionary(let dictionary): return .int(dictionary.keys.count)
        case .record(let record): return .int(record.fields.count)
        case .range(let range):
            guard let count = range.count else { throw call.failure("E202", "an open range has no length") }
            return .int(count)
        case .tensor(let tensor):
            guard tensor.shape.rank > 0 else { throw call.failure("E202", "a tensor of rank 0 has no length") }
            return tensor.shape[0].known.map { .int($0) } ?? .size(tensor.shape[0])
        case .object(let object):
            if let count = try object.member("count", in: call.context) { return count }
            throw call.wrongKind(0, "something with items")
        default: throw call.wrongKind(0, "something with items")
        }
    }
}
