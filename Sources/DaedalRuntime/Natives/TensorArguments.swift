import DaedalSyntax
import DaedalTensor

/// Arguments as natives want them, with errors that name the parameter.
extension NativeCall {
    /// Whether a parameter was left at `none`.
    package func isNone(_ position: Int) -> Bool {
        if case .none = arguments[position] { return true }
        return false
    }

    /// A failure of this call: `conv: …`.
    package func failure(_ code: String, _ message: String, notes: [String] = []) -> RuntimeFailure {
        RuntimeFailure(code, "`\(function.name)`: \(message)", at: span, notes: notes)
    }

    /// The failure of an argument of the wrong kind: `` `steps` of `arange` must be an integer, this is a string ``.
    package func wrongKind(_ position: Int, _ wanted: String) -> RuntimeFailure {
        let value = arguments[position]
        if context.isChecking, value.isUnknown { return .unknownWhileChecking }
        let parameter = function.nativeParameters.indices.contains(position) ? function.nativeParameters[position].name : "\(position)"
        return RuntimeFailure("E202", "`\(parameter)` of `\(function.name)` must be \(wanted); this is \(value.kindWithArticle)", at: span)
    }

    /// An integer.
    package func int(_ position: Int) throws(RuntimeFailure) -> Int {
        switch arguments[position] {
        case .int(let value): return value
        case .size(let size):
            guard let known = size.known else { throw .unknownWhileChecking }
            return known
        case .tensor(let tensor) where tensor.shape.rank == 0 && tensor.type.isInteger:
            return try context.force(tensor, at: span).int(at: 0)
        default: throw wrongKind(position, "an integer")
        }
    }

    /// An integer that counts or measures an axis: it may be symbolic while checking.
    package func size(_ position: Int) throws(RuntimeFailure) -> Size {
        guard let size = try size(arguments[position], of: position) else { throw wrongKind(position, "an integer") }
        return size
    }

    /// A list of sizes, a single size, or what a rest parameter gathered: `zeros(3, 4)`, `zeros([3, 4])`.
    package func sizes(_ position: Int) throws(RuntimeFailure) -> [Size] {
        var sizes: [Size] = []
        for item in try items(position) {
            guard let size = try size(item, of: position) else { throw wrongKind(position, "sizes (integers, or one list of integers)") }
            sizes.append(size)
        }
        return sizes
    }

    /// A shape of at most `Shape.maximumRank` axes.
    package func shape(_ position: Int) throws(RuntimeFailure) -> Shape {
        let sizes = try sizes(position)
        guard sizes.count <= Shape.maximumRank else {
            throw failure("E203", "a tensor has at most \(Shape.maximumRank) axes, not \(sizes.count)")
        }
        return Shape(sizes)
    }

    /// The items of a list or of what a rest parameter gathered; a single list inside a rest list stands for its items; one value for itself.
    package func items(_ position: Int) throws(RuntimeFailure) -> [Value] {
        switch arguments[position] {
        case .list(let list):
            if list.items.count == 1, case .list(let inner) = list.items[0] { return inner.items }
            if list.items.count == 1, case .tensor(let tensor) = list.items[0], tensor.shape.rank == 1 {
                return try context.force(tensor, at: span).plainItems
            }
            return list.items
        case .record(let record) where record.names == nil: return record.fields
        case .tensor(let tensor) where tensor.shape.rank == 1: return try context.force(tensor, at: span).plainItems
        case let single: return [single]
        }
    }

    private func size(_ value: Value, of position: Int) throws(RuntimeFailure) -> Size? {
        switch value {
        case .int(let count):
            guard let size = Size(exactly: count) else {
                throw failure("E203", count < 0 ? "a size cannot be negative, this is \(count)" : "\(count) is too large for the size of an axis")
            }
            return size
        case .size(let size): return size
        case .tensor(let tensor) where tensor.shape.rank == 0 && tensor.type.isInteger:
            return try size(.int(context.force(tensor, at: span).int(at: 0)), of: position)
        case let other:
            if context.isChecking, other.isUnknown { throw .unknownWhileChecking }
            return nil
        }
    }

    /// A number as a float; integers and booleans count.
    package func float(_ position: Int) throws(RuntimeFailure) -> Double {
        switch arguments[position] {
        case .float(let value): return value
        case .int(let value): return Double(value)
        case .bool(let value): return value ? 1 : 0
        case .size: throw .unknownWhileChecking
        case .tensor(let tensor) where tensor.shape.rank == 0: return try context.force(tensor, at: span).double(at: 0)
        default: throw wrongKind(position, "a number")
        }
    }

    /// A boolean.
    package func bool(_ position: Int) throws(RuntimeFailure) -> Bool {
        switch arguments[position] {
        case .bool(let value): return value
        case .tensor(let tensor) where tensor.shape.rank == 0 && tensor.type == .bool:
            return try context.force(tensor, at: span).int(at: 0) != 0
        default: throw wrongKind(position, "true or false")
        }
    }

    /// A string.
    package func string(_ position: Int) throws(RuntimeFailure) -> String {
        guard case .string(let text) = arguments[position] else { throw wrongKind(position, "a string") }
        return text.text
    }

    /// One of some words given as a string: `how: "set" | "add"`.
    package func word(_ position: Int, _ allowed: [String]) throws(RuntimeFailure) -> String {
        let text = try string(position)
        guard allowed.contains(text) else {
            let words = allowed.map { "\"\($0)\"" }.joined(separator: ", ")
            throw failure("E203", "`\(function.nativeParameters[position].name)` is one of \(words), not \"\(text)\"")
        }
        return text
    }

    /// Something that can be called.
    package func function(_ position: Int) throws(RuntimeFailure) -> Value {
        switch arguments[position] {
        case .function, .model: return arguments[position]
        default: throw wrongKind(position, "a function")
        }
    }

    /// An element type such as `f64`, or nil for `none`. `bool` names both a type and the function that converts to it.
    package func elementType(_ position: Int) throws(RuntimeFailure) -> ElementType? {
        if isNone(position) { return nil }
        if case .function(let function) = arguments[position], function is NativeFunction, function.name == "bool" { return .bool }
        guard case .object(let object) = arguments[position], let type = object as? ElementTypeObject else {
            throw wrongKind(position, "an element type (f32, f64, i64, i32, bool)")
        }
        return type.type
    }

    /// One axis, negative ones counted from the end, in `0..<rank`.
    package func axis(_ position: Int, rank: Int) throws(RuntimeFailure) -> Int { try checkedAxis(int(position), rank: rank) }

    /// The axes named by a number, a list, or all of them for `none`; ascending, without repeats.
    package func axes(_ position: Int, rank: Int) throws(RuntimeFailure) -> [Int] {
        if isNone(position) { return Array(0..<rank) }
        var axes: [Int] = []
        for item in try items(position) {
            guard case .int(let given) = item else { throw wrongKind(position, "an axis (an integer) or a list of axes") }
            let axis = try checkedAxis(given, rank: rank)
            if axes.contains(axis) { throw failure("E203", "axis \(given) is given twice") }
            axes.append(axis)
        }
        return axes.sorted()
    }

    /// Checks one axis number.
    package func checkedAxis(_ given: Int, rank: Int) throws(RuntimeFailure) -> Int {
        let axis = given < 0 ? given &+ rank : given
        guard axis >= 0 && axis < rank else {
            throw failure("E203", "axis \(given) does not exist in a tensor of \(rank) \(rank == 1 ? "axis" : "axes")")
        }
        return axis
    }
}

extension RuntimeFailure {
    /// Thrown while checking when an argument's contents are needed that only running gives; the native's result is then unknown.
    package static var unknownWhileChecking: RuntimeFailure { RuntimeFailure("E000", "not known before the program runs", at: .none) }
    /// Whether it only says that the checker cannot know.
    package var isUnknownWhileChecking: Bool { diagnostic.code == "E000" }
}

extension Value {
    /// Whether the checker knows at most its kind.
    package var isUnknown: Bool {
        if case .unknown = self { return true }
        return false
    }

    /// The kind as it stands in a sentence: `an integer`, `a list`, `none`.
    package var kindWithArticle: String {
        if case .none = self { return "none" }
        let name = kindName
        return ("aeiou".contains(name.first ?? "x") ? "an " : "a ") + name
    }
}
