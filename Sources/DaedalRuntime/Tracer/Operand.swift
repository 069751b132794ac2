import DaedalGraph
import DaedalTensor

/// One side of an operation between numbers and tensors, and the types in which the sides meet.
enum Operand {
    /// The type a tensor type takes when it meets a value: numbers take the tensor's type, except that a float makes integers f32.
    static func met(_ type: ElementType, by value: Value) -> ElementType {
        switch value {
        case .float, .unknown(.float), .unknown(.number): type.isFloat ? type : .f32
        case .int, .size, .unknown(.int): type == .bool ? .i64 : type
        case .tensor(let tensor): max(type, tensor.type)
        default: type
        }
    }

    /// The type in which all values meet, at least one of them a tensor.
    static func common(_ values: [Value]) -> ElementType {
        var type = ElementType.bool
        for case .tensor(let tensor) in values { type = max(type, tensor.type) }
        for value in values { type = met(type, by: value) }
        return type
    }
}

extension Lowering {
    /// A number as a literal of a type; the checker's unknown numbers are some literal, because only shapes matter there.
    func literal(_ value: Value, _ type: ElementType) throws(RuntimeFailure) -> NodeID {
        switch value {
        case .int(let int): constant(int: int, type)
        case .bool(let bool): constant(int: bool ? 1 : 0, type)
        case .float(let float): constant(float, type)
        default: constant(1, type)
        }
    }

    /// The node of a number or tensor, in a type.
    func node(_ value: Value, as type: ElementType) throws(RuntimeFailure) -> NodeID {
        if case .tensor(let tensor) = value { return try cast(node(tensor), type) }
        return try literal(value, type)
    }
}
