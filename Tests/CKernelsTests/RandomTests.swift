import CKernels
import DaedalGraph
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension KernelTests {
    @Suite struct RandomTests {
        /// One block of Philox 4x32-10 by its definition.
        static func block(_ counter: [UInt32], _ key: [UInt32]) -> [UInt32] {
            var (c, k) = (counter, key)
            for _ in 0..<10 {
                let a = UInt64(c[0]) * 0xD251_1F53, b = UInt64(c[2]) * 0xCD9E_8D57
                c = [UInt32(b >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: b), UInt32(a >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: a)]
                k = [k[0] &+ 0x9E37_79B9, k[1] &+ 0xBB67_AE85]
            }
            return c
        }

        func draw(_ key: [Int64], _ count: Int, _ distribution: Int) -> [Float] {
            let key = Buffer(key), target = Buffer<Float>(repeating: -9, count: count)
            Pool().run(
                ck_random_tiles, ck_random_run,
                ck_random_args(key: key.pointer, target: target.pointer, count: Int64(count), distribution: UInt8(distribution)))
            #expect(target.isGuarded)
            return target.values
        }

        @Test func theDefinitionGivesThePublishedVectors() {
            // The known answers of Random123, kat_vectors.
            #expect(Self.block([0, 0, 0, 0], [0, 0]) == [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8])
            let ones = UInt32.max
            #expect(Self.block([ones, ones, ones, ones], [ones, ones]) == [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD])
        }

        @Test(arguments: [0, 1, 3, 64, 65, 1000, 70003])
        func numbersFollowTheWords(count: Int) {
            let key: [Int64] = [-0x1234_5678_9ABC_DEF1, 0x7_0000_0003]
            let (uniform, normal) = (draw(key, count, CK_UNIFORM), draw(key, count, CK_NORMAL))
            let bound = Primitive.random.bound(.f32, .random(.normal))
            for j in 0..<(count + 3) / 4 {
                let words = Self.block([UInt32(j), 0, 3, 7], [0x6543_210F, 0xEDCB_A987])
                for i in 0..<min(4, count - 4 * j) {
                    #expect(uniform[4 * j + i] == Float(words[i] >> 8) * 0x1p-24)
                    let pair = i / 2 * 2, u = Double((words[pair] >> 8) + 1) * 0x1p-24,
                        t = 2 * Double.pi * Double((words[pair + 1] >> 8) + 1) * 0x1p-24
                    let exact = (-2 * log(u)).squareRoot() * (i % 2 == 0 ? cos(t) : sin(t))
                    #expect(bound.accepts(Double(normal[4 * j + i]), exact, .f32), "\(normal[4 * j + i]) is not \(exact)")
                }
            }
        }

        @Test func momentsAreThoseOfTheDistributions() {
            let uniform = draw([1, 2], 400_000, CK_UNIFORM).map(Double.init), normal = draw([1, 2], 400_000, CK_NORMAL).map(Double.init)
            func moment(_ values: [Double], _ order: Double, about center: Double = 0) -> Double {
                values.reduce(0) { $0 + pow($1 - center, order) } / Double(values.count)
            }
            #expect(uniform.allSatisfy { $0 >= 0 && $0 < 1 })
            #expect(abs(moment(uniform, 1) - 0.5) < 0.003 && abs(moment(uniform, 2, about: 0.5) - 1.0 / 12) < 0.001)
            #expect(
                abs(moment(normal, 1)) < 0.01 && abs(moment(normal, 2) - 1) < 0.01 && abs(moment(normal, 3)) < 0.03
                    && abs(moment(normal, 4) - 3) < 0.1)
        }
    }
}
