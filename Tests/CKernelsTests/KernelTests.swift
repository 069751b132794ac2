import CKernels
import Testing

/// The kernels against their definitions. Serialized: the instruction set in force is one for the whole process.
@Suite(.serialized) struct KernelTests {}

/// The instruction sets of this machine.
let instructionSets: [Int32] = {
    let best = ck_set_isa(-1)
    return Array(0...best)
}()

/// A pool that lives as long as this value.
final class Pool {
    let pointer: OpaquePointer?
    init(threads: Int32 = 3) { pointer = ck_pool_create(threads) }
    deinit { ck_pool_destroy(pointer) }

    /// Runs all tiles of a kernel.
    func run<Arguments>(_ tiles: ck_tiles_function, _ function: @escaping ck_tile_function, _ arguments: Arguments) {
        withUnsafePointer(to: arguments) { ck_pool_run(pointer, tiles($0), function, $0) }
    }
}

/// Memory of a fixed count of elements, 64-byte aligned, with guard values behind it that a kernel may not touch.
final class Buffer<Element: BitwiseCopyable & Equatable> {
    static var guardBytes: Int { 256 }
    let pointer: UnsafeMutablePointer<Element>
    let count: Int
    private let raw: UnsafeMutableRawPointer

    init(_ values: [Element]) {
        count = values.count
        let bytes = count * MemoryLayout<Element>.stride
        raw = .allocate(byteCount: bytes + Self.guardBytes, alignment: 64)
        raw.initializeMemory(as: UInt8.self, repeating: 0xA5, count: bytes + Self.guardBytes)
        pointer = raw.bindMemory(to: Element.self, capacity: count)
        for (i, value) in values.enumerated() { pointer[i] = value }
    }

    convenience init(repeating value: Element, count: Int) { self.init(Array(repeating: value, count: count)) }
    deinit { raw.deallocate() }

    var values: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

    /// Whether nothing was written behind the last element.
    var isGuarded: Bool {
        let start = count * MemoryLayout<Element>.stride
        return (start..<start + Self.guardBytes).allSatisfy { raw.load(fromByteOffset: $0, as: UInt8.self) == 0xA5 }
    }
}

/// A small linear congruential generator: the same cases in every run.
struct Dice {
    var state: UInt32
    init(_ seed: UInt32) { state = seed }
    mutating func next(_ range: ClosedRange<Int>) -> Int {
        state = state &* 1_664_525 &+ 1_013_904_223
        return range.lowerBound + Int(state >> 10) % (range.upperBound - range.lowerBound + 1)
    }
    mutating func flag() -> Bool { next(0...1) == 1 }
    mutating func number() -> Float { Float(next(0...65535)) / 65536 - 0.5 }
    mutating func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in number() } }
}

/// Writes up to eight numbers into a C array that Swift sees as a tuple.
func fill<Tuple>(_ tuple: inout Tuple, _ values: [Int]) {
    withUnsafeMutableBytes(of: &tuple) { bytes in
        for (i, value) in values.enumerated() { bytes.storeBytes(of: Int64(value), toByteOffset: i * 8, as: Int64.self) }
    }
}
