#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Philox 4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC11), and how `random` uses it.
///
/// The operand of `random` is an i64 tensor `[stream, execution]`.
///  - key words: low, then high 32 bits of `stream`;
///  - counter words: low, high 32 bits of the block index, then low, high 32 bits of `execution`;
///  - element e (flat, row-major) takes word e % 4 of block e / 4;
///  - uniform: (word >> 8) · 2⁻²⁴, exact in f32, in [0, 1);
///  - normal: words are paired, (0, 1) and (2, 3), each made u = ((word >> 8) + 1) · 2⁻²⁴ in (0, 1]; with r = √(-2 ln u₀) the even
///    element is r · cos(2π u₁), the odd one r · sin(2π u₁) (Box and Muller, 1958), in f32 to within `Primitive.bound`.
package enum Philox {
    /// The four words of one block.
    package static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var c = counter, k = key
        for round in 0..<10 {
            if round > 0 { k = k &+ SIMD2(0x9E37_79B9, 0xBB67_AE85) }
            let a = UInt64(0xD251_1F53) * UInt64(c[0]), b = UInt64(0xCD9E_8D57) * UInt64(c[2])
            c = SIMD4(
                UInt32(truncatingIfNeeded: b >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: b),
                UInt32(truncatingIfNeeded: a >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: a))
        }
        return c
    }

    /// The words of a block of one draw.
    package static func words(stream: Int64, execution: Int64, block: Int) -> SIMD4<UInt32> {
        let s = UInt64(bitPattern: stream), e = UInt64(bitPattern: execution), b = UInt64(truncatingIfNeeded: block)
        return Self.block(
            counter: SIMD4(
                UInt32(truncatingIfNeeded: b), UInt32(truncatingIfNeeded: b >> 32), UInt32(truncatingIfNeeded: e), UInt32(truncatingIfNeeded: e >> 32)
            ),
            key: SIMD2(UInt32(truncatingIfNeeded: s), UInt32(truncatingIfNeeded: s >> 32)))
    }

    /// `count` numbers of one draw; normals before rounding to f32.
    package static func draw(_ distribution: Distribution, count: Int, stream: Int64, execution: Int64) -> [Double] {
        var result: [Double] = []
        result.reserveCapacity(count + 3)
        for block in 0..<(count + 3) / 4 {
            let words = words(stream: stream, execution: execution, block: block)
            switch distribution {
            case .uniform: for word in 0..<4 { result.append(Double(words[word] >> 8) * 0x1p-24) }
            case .normal:
                for pair in [0, 2] {
                    let u = Double((words[pair] >> 8) + 1) * 0x1p-24, v = Double((words[pair + 1] >> 8) + 1) * 0x1p-24
                    let radius = (-2 * log(u)).squareRoot(), angle = 2 * Double.pi * v
                    result.append(radius * cos(angle))
                    result.append(radius * sin(angle))
                }
            }
        }
        return Array(result.prefix(count))
    }
}
