/// The sizes of a tensor's axes, outermost first; at most `Shape.maximumRank` of them, held inline so that a shape is a plain value.
package struct Shape: Hashable, Sendable {
    /// The largest number of axes of a tensor.
    package static let maximumRank = 8

    private var codes: SIMD8<Int32>
    private var axisCount: Int32

    /// The shape of a single element (rank 0).
    package static let scalar = Shape()

    package init() {
        codes = SIMD8(repeating: 0)
        axisCount = 0
    }

    /// Creates a shape. Precondition: at most `maximumRank` axes (callers check what users give).
    package init(_ sizes: some Sequence<Size>) {
        self.init()
        for size in sizes { append(size) }
    }

    /// Creates a concrete shape. Precondition: at most `maximumRank` axes, each a valid size.
    package init(_ sizes: [Int]) { self.init(sizes.lazy.map { Size($0) }) }

    package mutating func append(_ size: Size) {
        precondition(Int(axisCount) < Shape.maximumRank, "a shape of too high a rank reached the tensor room")
        codes[Int(axisCount)] = size.code
        axisCount += 1
    }

    /// The number of axes.
    package var rank: Int { Int(axisCount) }

    /// Whether every size is a number.
    package var isKnown: Bool { codes.min() >= 0 }

    /// The count of elements of a concrete shape, or nil when a size is symbolic or the product overflows.
    package var elementCount: Int? {
        guard isKnown else { return nil }
        var count = 1
        for axis in 0..<rank {
            let (product, overflow) = count.multipliedReportingOverflow(by: Int(codes[axis]))
            if overflow { return nil }
            count = product
        }
        return count
    }

    /// The symbolic product of all sizes.
    package var elementCountSize: Size { reduce(1) { $0 * $1 } }

    /// A hash of the sizes, the same within one process.
    package var hash64: UInt64 {
        var state = UInt64(UInt32(bitPattern: axisCount)) &+ 0x51ED_270B
        for axis in 0..<Int(axisCount) {
            state = (state ^ UInt64(UInt32(bitPattern: codes[axis]))) &* 0xFF51_AFD7_ED55_8CCD
            state ^= state >> 32
        }
        return state
    }

    /// The concrete sizes. Precondition: `isKnown`.
    package var counts: [Int] { map { Int($0.code) } }

    package func removing(axis: Int) -> Shape {
        var result = Array(self)
        result.remove(at: axis)
        return Shape(result)
    }

    package func inserting(_ size: Size, at axis: Int) -> Shape {
        var result = Array(self)
        result.insert(size, at: axis)
        return Shape(result)
    }

    package func replacing(axis: Int, with size: Size) -> Shape {
        var result = self
        result[axis] = size
        return result
    }
}

extension Shape: RandomAccessCollection, MutableCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { Int(axisCount) }
    package subscript(axis: Int) -> Size {
        get {
            precondition(axis >= 0 && axis < Int(axisCount))
            return Size(code: codes[axis])
        }
        set {
            precondition(axis >= 0 && axis < Int(axisCount))
            codes[axis] = newValue.code
        }
    }
}

extension Shape: CustomStringConvertible, ExpressibleByArrayLiteral {
    package init(arrayLiteral elements: Size...) { self.init(elements) }
    /// `[batch, 3, 32]`.
    package var description: String { "[" + map(\.description).joined(separator: ", ") + "]" }
}
