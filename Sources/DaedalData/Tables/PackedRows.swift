import DaedalTensor

/// Rows of elements that are kept in the form of their file and become tensors when they are asked for.
package struct PackedRows: Sendable {
    /// The form of an element, in the byte order of the machine.
    package enum Element: Sendable, Equatable {
        case u8, i8, i16, u16, u32, f16, bf16

        /// The number of bytes an element takes.
        var byteCount: Int {
            switch self {
            case .u8, .i8: 1
            case .i16, .u16, .f16, .bf16: 2
            case .u32: 4
            }
        }

        /// The tensor type that holds every value.
        package var elementType: ElementType {
            switch self {
            case .u8, .i8, .i16, .u16: .i32
            case .u32: .i64
            case .f16, .bf16: .f32
            }
        }
    }

    let element: Element
    /// The shape of a row.
    let rowShape: Shape
    let rowWidth: Int
    package let count: Int
    let storage: Storage

    /// Wraps storage that holds the rows. Nil unless it holds that many.
    init?(element: Element, count: Int, rowShape: Shape, storage: Storage) {
        guard let width = rowShape.elementCount, count >= 0 else { return nil }
        let (elements, overflow) = width.multipliedReportingOverflow(by: count)
        let (bytes, overflow2) = elements.multipliedReportingOverflow(by: element.byteCount)
        guard !overflow, !overflow2, bytes <= storage.byteCount else { return nil }
        self.element = element
        self.count = count
        self.rowShape = rowShape
        self.storage = storage
        rowWidth = width
    }

    /// What a field with these rows holds.
    var fieldKind: Field.Kind {
        if rowShape.rank > 0 { return .tensor(element.elementType, rowShape) }
        return element.elementType.isFloat ? .real : .integer
    }

    /// The elements as they are stored. Precondition: the Swift type of `element`.
    func pointer<Value: BitwiseCopyable>(as _: Value.Type) -> UnsafePointer<Value> {
        UnsafePointer(storage.pointer.assumingMemoryBound(to: Value.self))
    }
}

/// The 16 bits of an IEEE half, with its value as a float.
struct HalfBits: BitwiseCopyable {
    let bits: UInt16

    /// The value. Exact: every half is a float.
    var float: Float {
        let sign = UInt32(bits & 0x8000) << 16, exponent = UInt32(bits >> 10) & 0x1f, fraction = UInt32(bits & 0x3ff)
        if exponent == 0x1f { return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13) }
        if exponent == 0 {
            let value = Float(fraction) * 0x1p-24
            return sign == 0 ? value : -value
        }
        return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
}

/// The 16 bits of a bfloat16: the upper half of a float.
struct BrainBits: BitwiseCopyable {
    let bits: UInt16

    /// The value. Exact.
    var float: Float { Float(bitPattern: UInt32(bits) << 16) }
}
