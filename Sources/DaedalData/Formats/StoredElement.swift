import DaedalTensor

/// An element type of files, under the names of safetensors. Tensors hold some as they are; the others are converted.
package enum StoredElement: String, Sendable, CaseIterable {
    case bool = "BOOL"
    case u8 = "U8", i8 = "I8", i16 = "I16", u16 = "U16", i32 = "I32", u32 = "U32", i64 = "I64", u64 = "U64"
    case f16 = "F16", bf16 = "BF16", f32 = "F32", f64 = "F64"

    /// The number of bytes one element takes in a file.
    package var byteCount: Int {
        switch self {
        case .bool, .u8, .i8: 1
        case .i16, .u16, .f16, .bf16: 2
        case .i32, .u32, .f32: 4
        case .i64, .u64, .f64: 8
        }
    }

    /// The type that tensors have once they are read: halves become f32, small integers i32.
    package var elementType: ElementType {
        switch self {
        case .bool: .bool
        case .u8, .i8, .i16, .u16, .i32: .i32
        case .u32, .i64, .u64: .i64
        case .f16, .bf16, .f32: .f32
        case .f64: .f64
        }
    }

    /// The type in which tensors are written.
    init(_ type: ElementType) {
        switch type {
        case .bool: self = .bool
        case .i32: self = .i32
        case .i64: self = .i64
        case .f32: self = .f32
        case .f64: self = .f64
        }
    }

    /// The form in which rows can stay packed, for types that tensors do not have.
    var packed: PackedRows.Element? {
        switch self {
        case .u8: .u8
        case .i8: .i8
        case .i16: .i16
        case .u16: .u16
        case .u32: .u32
        case .f16: .f16
        case .bf16: .bf16
        case .bool, .i32, .i64, .u64, .f32, .f64: nil
        }
    }

    /// Fails where bytes in the machine's order are no values of the tensor type.
    func check(_ storage: Storage, count: Int, of what: String, path: String) throws(DataFailure) {
        if self == .bool, !ElementReading.areBooleans(storage, count: count) {
            throw DataFailure(.malformed, "\(what): a boolean is neither 0 nor 1", file: path)
        }
        if self == .u64 {
            let words = storage.pointer.assumingMemoryBound(to: Int64.self)
            for index in 0..<count where words[index] < 0 {
                throw DataFailure(.unsupported, "\(what): a number is too large for i64", file: path)
            }
        }
    }

    /// The tensor that these bytes, in the machine's order, stand for. `shape` is concrete and fits the storage.
    func tensor(_ storage: Storage, shape: Shape, of what: String, path: String) throws(DataFailure) -> Tensor {
        let count = shape.elementCount ?? 0
        try check(storage, count: count, of: what, path: path)
        guard let packed else { return Tensor(type: elementType, shape: shape, storage: storage) }
        let target = try allocate(elementType, shape, for: what)
        if let rows = PackedRows(element: packed, count: 1, rowShape: shape, storage: storage) {
            _ = Gather(rows: [0], width: count, target: target, targetWidth: count, targetOffset: 0, transform: nil).run(rows)
        }
        return target
    }

    /// The rows along the first axis that these bytes stand for, kept packed where that is smaller. Precondition: rank at least 1.
    func rows(_ storage: Storage, shape: Shape, of what: String, path: String) throws(DataFailure) -> Column.Values {
        try check(storage, count: shape.elementCount ?? 0, of: what, path: path)
        guard let packed else { return .tensor(Tensor(type: elementType, shape: shape, storage: storage)) }
        guard let rows = PackedRows(element: packed, count: shape[0].known ?? 0, rowShape: shape.removing(axis: 0), storage: storage) else {
            throw DataFailure(.malformed, "\(what): its sizes \(shape) are too large", file: path)
        }
        return .packed(rows)
    }
}
