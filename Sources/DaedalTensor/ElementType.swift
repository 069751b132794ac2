// DaedalTensor: what a tensor is. In: nothing. Out: element types, sizes (concrete or symbolic), shapes, storage.
// Never: operations on tensors, graphs, the language.

/// The type of a tensor's elements, in the order in which they meet: the later one wins.
package enum ElementType: UInt8, Sendable, CaseIterable, Comparable {
    /// A byte that is 0 or 1.
    case bool
    case i32
    case i64
    case f32
    case f64

    /// The number of bytes one element takes in memory.
    package var byteCount: Int {
        switch self {
        case .bool: 1
        case .i32, .f32: 4
        case .i64, .f64: 8
        }
    }

    /// Whether the elements are floating-point numbers.
    package var isFloat: Bool { self >= .f32 }

    /// Whether the elements are integers (bool is not).
    package var isInteger: Bool { self == .i32 || self == .i64 }

    /// The name a script uses: `f32`, `i64`, …
    package var name: String {
        switch self {
        case .bool: "bool"
        case .i32: "i32"
        case .i64: "i64"
        case .f32: "f32"
        case .f64: "f64"
        }
    }

    /// The type with the given name in a script, or nil.
    package init?(name: String) {
        guard let type = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = type
    }

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
