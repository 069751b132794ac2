import DaedalTensor

/// A number in a column, however it is stored.
protocol GatherElement: BitwiseCopyable {
    /// The value; 64-bit integers beyond 2⁵³ round.
    var asDouble: Double { get }
    /// The value as a float, rounded once.
    var asFloat: Float { get }
    /// The value as an integer, or nil if it is none.
    var asInteger: Int64? { get }
}

extension GatherElement where Self: BinaryInteger {
    @inline(__always) var asDouble: Double { Double(self) }
    @inline(__always) var asFloat: Float { Float(self) }
    @inline(__always) var asInteger: Int64? { Int64(self) }
}
extension UInt8: GatherElement {}
extension Int8: GatherElement {}
extension Int16: GatherElement {}
extension UInt16: GatherElement {}
extension Int32: GatherElement {}
extension UInt32: GatherElement {}
extension Int64: GatherElement {}
extension Bool: GatherElement {
    @inline(__always) var asDouble: Double { self ? 1 : 0 }
    @inline(__always) var asFloat: Float { self ? 1 : 0 }
    @inline(__always) var asInteger: Int64? { self ? 1 : 0 }
}
extension Float: GatherElement {
    @inline(__always) var asDouble: Double { Double(self) }
    @inline(__always) var asFloat: Float { self }
    @inline(__always) var asInteger: Int64? { Int64(exactly: self) }
}
extension Double: GatherElement {
    @inline(__always) var asDouble: Double { self }
    @inline(__always) var asFloat: Float { Float(self) }
    @inline(__always) var asInteger: Int64? { Int64(exactly: self) }
}
extension HalfBits: GatherElement {
    @inline(__always) var asDouble: Double { Double(float) }
    @inline(__always) var asFloat: Float { float }
    @inline(__always) var asInteger: Int64? { Int64(exactly: float) }
}
extension BrainBits: GatherElement {
    @inline(__always) var asDouble: Double { Double(float) }
    @inline(__always) var asFloat: Float { float }
    @inline(__always) var asInteger: Int64? { Int64(exactly: float) }
}

/// A copy of chosen rows of one column into a tensor of rows, converted and scaled on the way.
struct Gather {
    /// The chosen rows. Precondition: each is a row of the source (`Table.gather` checks).
    let rows: ArraySlice<Int>
    /// The number of elements that are copied from a row of the source.
    let width: Int
    /// The number of elements from one row of the source to the next, if it is not `width`.
    var stride: Int?
    /// Where in a row of the source the copied elements start.
    var sourceOffset = 0
    let target: Tensor
    /// The row of the target that the first chosen row goes to.
    var targetRow = 0
    /// The number of elements of a row of the target.
    let targetWidth: Int
    /// Where in a target row the elements go.
    let targetOffset: Int
    let transform: Affine?

    /// Copies, and gives the row whose value does not fit the target's type, if there is one.
    func run<Source: GatherElement>(_ source: UnsafePointer<Source>) -> Int? {
        switch target.type {
        case .f32:
            if let transform {
                copyScaled(source, to: Float.self, transform) { Float($0) }
            } else {
                copy(source, to: Float.self) { $0.asFloat }
            }
        case .f64:
            if let transform {
                copyScaled(source, to: Double.self, transform) { $0 }
            } else {
                copy(source, to: Double.self) { $0.asDouble }
            }
        case .i64: return copyChecked(source, to: Int64.self) { $0 }
        case .i32: return copyChecked(source, to: Int32.self) { Int32(exactly: $0) }
        case .bool: return copyChecked(source, to: Bool.self) { $0 == 0 ? false : $0 == 1 ? true : nil }
        }
        return nil
    }

    /// Copies values as they are, or converted.
    @inline(__always)
    private func copy<Source: GatherElement, Target: TensorElement>(
        _ source: UnsafePointer<Source>, to _: Target.Type, _ convert: (Source) -> Target
    ) {
        let sameBytes = Source.self == Target.self
        var out = target.pointer.assumingMemoryBound(to: Target.self) + targetRow * targetWidth + targetOffset
        for row in rows {
            let from = source + row * (stride ?? width) + sourceOffset
            if sameBytes && width > 8 {
                UnsafeMutableRawPointer(out).copyMemory(from: from, byteCount: width * MemoryLayout<Target>.stride)
            } else {
                for index in 0..<width { out[index] = convert(from[index]) }
            }
            out += targetWidth
        }
    }

    /// Copies `x · scale + shift`, computed in double precision.
    @inline(__always)
    private func copyScaled<Source: GatherElement, Target: TensorElement>(
        _ source: UnsafePointer<Source>, to _: Target.Type, _ transform: Affine, _ convert: (Double) -> Target
    ) {
        var out = target.pointer.assumingMemoryBound(to: Target.self) + targetRow * targetWidth + targetOffset
        if transform.width == nil {
            let scale = transform.scale[0], shift = transform.shift[0]
            for row in rows {
                let from = source + row * (stride ?? width) + sourceOffset
                for index in 0..<width { out[index] = convert(from[index].asDouble * scale + shift) }
                out += targetWidth
            }
            return
        }
        transform.scale.withUnsafeBufferPointer { scales in
            transform.shift.withUnsafeBufferPointer { shifts in
                for row in rows {
                    let from = source + row * (stride ?? width) + sourceOffset
                    for index in 0..<width {
                        let value = from[index].asDouble * scales[targetOffset + index] + shifts[targetOffset + index]
                        out[index] = convert(value)
                    }
                    out += targetWidth
                }
            }
        }
    }

    /// Copies integers, and gives the row of the first that does not fit.
    @inline(__always)
    private func copyChecked<Source: GatherElement, Target: TensorElement>(
        _ source: UnsafePointer<Source>, to _: Target.Type, _ convert: (Int64) -> Target?
    ) -> Int? {
        var out = target.pointer.assumingMemoryBound(to: Target.self) + targetRow * targetWidth + targetOffset
        for row in rows {
            let from = source + row * (stride ?? width) + sourceOffset
            for index in 0..<width {
                let exact: Int64?
                if let transform {
                    let at = transform.width == nil ? 0 : targetOffset + index
                    exact = Int64(exactly: from[index].asDouble * transform.scale[at] + transform.shift[at])
                } else {
                    exact = from[index].asInteger
                }
                guard let exact, let value = convert(exact) else { return row }
                out[index] = value
            }
            out += targetWidth
        }
        return nil
    }
}
