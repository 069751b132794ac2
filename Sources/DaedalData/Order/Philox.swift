/// A counter-based generator: the same seed, stream and counter give the same four words everywhere, in any order
/// (Philox 4x32-10; Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011).
package struct Philox: Sendable {
    private let key: SIMD2<UInt32>
    private let stream: UInt64
    private var counter: UInt64
    private var words = SIMD4<UInt32>()
    private var used = 4

    /// Starts at the first block of a stream of a seed.
    package init(seed: UInt64, stream: UInt64 = 0, counter: UInt64 = 0) {
        key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        self.stream = stream
        self.counter = counter
    }

    /// Four words for a counter and a key.
    package static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var c = counter, k = key
        for round in 0..<10 {
            if round > 0 { k = k &+ SIMD2(0x9E37_79B9, 0xBB67_AE85) }
            let a = UInt64(c.x) &* 0xD251_1F53, b = UInt64(c.z) &* 0xCD9E_8D57
            c = SIMD4(
                UInt32(truncatingIfNeeded: b >> 32) ^ c.y ^ k.x, UInt32(truncatingIfNeeded: b),
                UInt32(truncatingIfNeeded: a >> 32) ^ c.w ^ k.y, UInt32(truncatingIfNeeded: a))
        }
        return c
    }

    /// The next word.
    package mutating func nextWord() -> UInt32 {
        if used == 4 {
            words = Self.block(
                counter: SIMD4(
                    UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32),
                    UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32)),
                key: key)
            counter &+= 1
            used = 0
        }
        defer { used += 1 }
        return words[used]
    }

    /// An integer from 0 up to but not including `bound`, each equally likely. Precondition: `bound > 0`.
    package mutating func next(below bound: UInt64) -> UInt64 {
        // Lemire, "Fast random integer generation in an interval", 2019.
        let threshold = (0 &- bound) % bound
        while true {
            let word = UInt64(nextWord()) << 32 | UInt64(nextWord())
            let product = word.multipliedFullWidth(by: bound)
            if product.low >= threshold { return product.high }
        }
    }

    /// A double in [0, 1) with 53 random bits.
    package mutating func nextUnit() -> Double {
        let word = UInt64(nextWord()) << 32 | UInt64(nextWord())
        return Double(word >> 11) * 0x1p-53
    }
}
