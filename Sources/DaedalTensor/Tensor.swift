/// A dense tensor in row-major order: element type, concrete shape, and the storage it reads. A value; its storage is shared.
package struct Tensor: Sendable {
    package let type: ElementType
    package let shape: Shape
    package let storage: Storage

    /// Wraps storage. Precondition: the shape is concrete and the storage holds at least its elements.
    package init(type: ElementType, shape: Shape, storage: Storage) {
        precondition((shape.elementCount ?? .max) * type.byteCount <= storage.byteCount, "a tensor larger than its storage")
        self.type = type
        self.shape = shape
        self.storage = storage
    }

    /// Creates a tensor with undefined contents, to be written once by its creator.
    package init(uninitialized type: ElementType, shape: Shape) throws(AllocationFailure) {
        guard let count = shape.elementCount else { throw AllocationFailure(byteCount: nil) }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
        if overflow { throw AllocationFailure(byteCount: nil) }
        self.init(type: type, shape: shape, storage: try Storage(byteCount: bytes))
    }

    /// The number of elements.
    package var count: Int { shape.elementCount ?? 0 }

    /// The number of bytes its elements take.
    package var byteCount: Int { count * type.byteCount }

    package var pointer: UnsafeMutableRawPointer { storage.pointer }

    /// The elements as a buffer of their Swift type. Precondition: `Element` is the Swift type of `type`.
    package func elements<Element: TensorElement>(as _: Element.Type = Element.self) -> UnsafeMutableBufferPointer<Element> {
        precondition(Element.elementType == type, "elements read as another type")
        return UnsafeMutableBufferPointer(start: storage.pointer.assumingMemoryBound(to: Element.self), count: count)
    }

    /// Creates a tensor from elements in row-major order. Precondition: as many as the shape says.
    package init<Element: TensorElement>(_ values: some Collection<Element>, shape: Shape) throws(AllocationFailure) {
        try self.init(uninitialized: Element.elementType, shape: shape)
        precondition(values.count == count, "as many elements as the shape says")
        _ = elements(as: Element.self).update(fromContentsOf: values)
    }

    /// Creates a rank-0 tensor.
    package init<Element: TensorElement>(scalar value: Element) throws(AllocationFailure) {
        try self.init(CollectionOfOne(value), shape: .scalar)
    }

    /// The element at a flat index as a double (bool as 0 or 1; i64 beyond 2^53 rounds).
    package func double(at index: Int) -> Double {
        switch type {
        case .bool: elements(as: Bool.self)[index] ? 1 : 0
        case .i32: Double(elements(as: Int32.self)[index])
        case .i64: Double(elements(as: Int64.self)[index])
        case .f32: Double(elements(as: Float.self)[index])
        case .f64: elements(as: Double.self)[index]
        }
    }

    /// The element at a flat index as an integer: exact for integers and bools, truncated (and clamped) for floats.
    package func int(at index: Int) -> Int {
        switch type {
        case .bool: elements(as: Bool.self)[index] ? 1 : 0
        case .i32: Int(elements(as: Int32.self)[index])
        case .i64: Int(elements(as: Int64.self)[index])
        case .f32, .f64: Int(exactly: double(at: index).rounded(.towardZero)) ?? (double(at: index) > 0 ? .max : .min)
        }
    }

    /// All elements as doubles, in row-major order.
    package var doubles: [Double] { (0..<count).map { double(at: $0) } }

    /// The same elements under another shape. Precondition: equal counts.
    package func reshaped(_ shape: Shape) -> Tensor {
        precondition(shape.elementCount == count)
        return Tensor(type: type, shape: shape, storage: storage)
    }

    /// A tensor with storage of its own and equal contents.
    package func copy() throws(AllocationFailure) -> Tensor {
        let result = try Tensor(uninitialized: type, shape: shape)
        result.pointer.copyMemory(from: pointer, byteCount: byteCount)
        return result
    }
}

/// A Swift type that is the in-memory form of an element type.
package protocol TensorElement: BitwiseCopyable, Sendable {
    static var elementType: ElementType { get }
}
extension Bool: TensorElement { package static var elementType: ElementType { .bool } }
extension Int32: TensorElement { package static var elementType: ElementType { .i32 } }
extension Int64: TensorElement { package static var elementType: ElementType { .i64 } }
extension Float: TensorElement { package static var elementType: ElementType { .f32 } }
extension Double: TensorElement { package static var elementType: ElementType { .f64 } }
