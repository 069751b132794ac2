import DaedalRuntime
import DaedalTensor

/// A Swift type that is an element of tensors: `Float` (f32), `Double` (f64), `Int64` (i64), `Int32` (i32), `Bool`.
public protocol TensorScalar: Sendable {
    /// Copies elements into a new tensor of the script.
    static func script(_ scalars: [Self], shape: [Int]) throws -> ScriptValue
    /// The elements of a script's tensor, converted from any element type.
    static func scalars(of value: ScriptValue) -> (scalars: [Self], shape: [Int])?
}

/// What is wrong with a tensor that a host makes.
public struct TensorError: Error, CustomStringConvertible {
    /// The argument and what is wrong with it.
    public let description: String
}

/// A dense tensor in row-major order, as hosts give them to scripts and get them back. A value.
public struct Tensor<Scalar: TensorScalar>: Sendable {
    /// The elements in row-major order.
    public let scalars: [Scalar]
    /// The sizes of the axes, outermost first.
    public let shape: [Int]

    /// Creates a tensor.
    /// - Throws: `TensorError` if the shape is not that of `scalars.count` elements or has more than 8 axes.
    public init(_ scalars: [Scalar], shape: [Int]) throws {
        guard shape.count <= 8, shape.allSatisfy({ $0 >= 0 && $0 <= Size.maximum }), Shape(shape).elementCount == scalars.count else {
            throw TensorError(description: "argument `shape`: \(shape) is not the shape of \(scalars.count) elements")
        }
        self.scalars = scalars
        self.shape = shape
    }

    init(unchecked scalars: [Scalar], shape: [Int]) {
        self.scalars = scalars
        self.shape = shape
    }
}

extension Tensor: Convertible {
    /// The value as a script holds it.
    public func toScript() -> ScriptValue? { try? Scalar.script(scalars, shape: shape) }
    /// The script's value as this type, or nil.
    public static func fromScript(_ value: ScriptValue) -> Tensor<Scalar>? {
        Scalar.scalars(of: value).map { Tensor(unchecked: $0.scalars, shape: $0.shape) }
    }
}

extension TensorScalar where Self: TensorElement {
    /// Copies elements of one of the in-memory types.
    static func make(_ scalars: [Self], _ shape: [Int]) throws -> ScriptValue {
        ScriptValue(value: .tensor(TensorObject(try DaedalTensor.Tensor(scalars, shape: Shape(shape)))))
    }

    static func read(_ value: ScriptValue, _ element: (DaedalTensor.Tensor, Int) -> Self) -> (scalars: [Self], shape: [Int])? {
        guard let tensor = value.evaluated else { return nil }
        if tensor.type == Self.elementType { return (Array(tensor.elements(as: Self.self)), tensor.shape.counts) }
        return ((0..<tensor.count).map { element(tensor, $0) }, tensor.shape.counts)
    }
}

extension Float: TensorScalar {
    /// Copies elements into a new tensor of the script.
    public static func script(_ scalars: [Float], shape: [Int]) throws -> ScriptValue { try make(scalars, shape) }
    /// The elements of a script's tensor.
    public static func scalars(of value: ScriptValue) -> (scalars: [Float], shape: [Int])? { read(value) { Float($0.double(at: $1)) } }
}
extension Double: TensorScalar {
    /// Copies elements into a new tensor of the script.
    public static func script(_ scalars: [Double], shape: [Int]) throws -> ScriptValue { try make(scalars, shape) }
    /// The elements of a script's tensor.
    public static func scalars(of value: ScriptValue) -> (scalars: [Double], shape: [Int])? { read(value) { $0.double(at: $1) } }
}
extension Int64: TensorScalar {
    /// Copies elements into a new tensor of the script.
    public static func script(_ scalars: [Int64], shape: [Int]) throws -> ScriptValue { try make(scalars, shape) }
    /// The elements of a script's tensor.
    public static func scalars(of value: ScriptValue) -> (scalars: [Int64], shape: [Int])? { read(value) { Int64($0.int(at: $1)) } }
}
extension Int32: TensorScalar {
    /// Copies elements into a new tensor of the script.
    public static func script(_ scalars: [Int32], shape: [Int]) throws -> ScriptValue { try make(scalars, shape) }
    /// The elements of a script's tensor.
    public static func scalars(of value: ScriptValue) -> (scalars: [Int32], shape: [Int])? {
        read(value) { Int32(clamping: $0.int(at: $1)) }
    }
}
extension Bool: TensorScalar {
    /// Copies elements into a new tensor of the script.
    public static func script(_ scalars: [Bool], shape: [Int]) throws -> ScriptValue { try make(scalars, shape) }
    /// The elements of a script's tensor.
    public static func scalars(of value: ScriptValue) -> (scalars: [Bool], shape: [Int])? { read(value) { $0.double(at: $1) != 0 } }
}
