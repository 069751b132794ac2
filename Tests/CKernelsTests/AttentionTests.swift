import CKernels
import DaedalGraph
import DaedalTensor
import DaedalTestCases
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension KernelTests {
    @Suite struct AttentionTests {
        /// One attention: heads are parts of rows, as layers leave them.
        struct Case: CustomStringConvertible {
            var batch: Int, heads: Int, queries: Int, keys: Int, depth: Int, width: Int
            var isCausal = false, hasMask = false, fill: Float = -1e9, isLarge = false
            var description: String {
                "\(batch)×\(heads) heads, \(queries) queries of \(keys) keys, depth \(depth), width \(width)\(isCausal ? ", causal" : "")\(hasMask ? ", mask" : ""), fill \(fill)"
            }
        }

        static let cases = [
            Case(batch: 2, heads: 3, queries: 20, keys: 20, depth: 8, width: 8),
            Case(batch: 1, heads: 2, queries: 130, keys: 300, depth: 32, width: 32),
            Case(batch: 2, heads: 2, queries: 128, keys: 128, depth: 32, width: 32, isCausal: true),
            Case(batch: 1, heads: 1, queries: 300, keys: 300, depth: 40, width: 24, isCausal: true),
            Case(batch: 1, heads: 2, queries: 70, keys: 290, depth: 5, width: 33, isCausal: true),
            // The first 200 queries see nothing: all keys weigh the same.
            Case(batch: 1, heads: 1, queries: 300, keys: 100, depth: 16, width: 64, isCausal: true),
            // The same with -∞: no numbers.
            Case(batch: 1, heads: 1, queries: 90, keys: 40, depth: 16, width: 16, isCausal: true, fill: -.infinity),
            Case(batch: 1, heads: 1, queries: 200, keys: 200, depth: 16, width: 16, isCausal: true, fill: -.infinity),
            Case(batch: 2, heads: 2, queries: 33, keys: 150, depth: 12, width: 20, hasMask: true),
            Case(batch: 1, heads: 2, queries: 150, keys: 260, depth: 12, width: 20, hasMask: true, fill: -.infinity),
            Case(batch: 1, heads: 2, queries: 150, keys: 150, depth: 12, width: 20, isCausal: true, hasMask: true),
            // A number that hides nothing much, and scores below the number that hides.
            Case(batch: 1, heads: 1, queries: 150, keys: 300, depth: 8, width: 8, isCausal: true, fill: -1),
            Case(batch: 1, heads: 1, queries: 150, keys: 150, depth: 8, width: 8, isCausal: true, fill: -50, isLarge: true),
            Case(batch: 1, heads: 1, queries: 1, keys: 1, depth: 1, width: 1),
        ]

        /// Operands and results of a case.
        private final class Run {
            let c: Case
            let q: Buffer<Float>, k: Buffer<Float>, v: Buffer<Float>, dO: Buffer<Float>, mask: Buffer<UInt8>
            let o: Buffer<Float>, statistics: Buffer<Float>, dQ: Buffer<Float>, dK: Buffer<Float>, dV: Buffer<Float>

            init(_ c: Case) {
                self.c = c
                var dice = Dice(11)
                let size: Float = c.isLarge ? 40 : 4
                q = Buffer(dice.numbers(c.batch * c.queries * c.heads * c.depth).map { $0 * size })
                k = Buffer(dice.numbers(c.batch * c.keys * c.heads * c.depth).map { $0 * size })
                v = Buffer(dice.numbers(c.batch * c.keys * c.heads * c.width))
                dO = Buffer(dice.numbers(c.batch * c.queries * c.heads * c.width))
                // One mask for all heads of an example; a row of its queries sees nothing.
                mask = Buffer((0..<c.batch * c.queries * c.keys).map { $0 / c.keys % c.queries != 7 && dice.next(0...3) > 0 ? 1 : 0 })
                o = Buffer(repeating: .nan, count: dO.count)
                statistics = Buffer(repeating: .nan, count: c.batch * c.heads * 2 * c.queries)
                (dQ, dK, dV) = (
                    Buffer(repeating: .nan, count: q.count), Buffer(repeating: .nan, count: k.count), Buffer(repeating: .nan, count: v.count)
                )
            }

            private func layout(_ rows: Int, _ columns: Int) -> ck_attention_layout {
                ck_attention_layout(outer: Int64(rows * c.heads * columns), inner: Int64(columns), row: Int64(c.heads * columns))
            }

            func run(_ pool: Pool, isSplit: Bool) {
                var problem = ck_attention_problem()
                (problem.q, problem.k, problem.v) = (UnsafePointer(q.pointer), UnsafePointer(k.pointer), UnsafePointer(v.pointer))
                (problem.q_at, problem.k_at, problem.v_at) = (layout(c.queries, c.depth), layout(c.keys, c.depth), layout(c.keys, c.width))
                (problem.outer, problem.inner, problem.queries, problem.keys) = (Int64(c.batch), Int64(c.heads), Int64(c.queries), Int64(c.keys))
                (problem.depth, problem.width, problem.offset) = (Int64(c.depth), Int64(c.width), Int64(c.keys - c.queries))
                (problem.scale, problem.fill, problem.is_causal) = (1 / Float(c.depth).squareRoot(), c.fill, c.isCausal)
                if c.hasMask {
                    problem.mask = UnsafePointer(mask.pointer)
                    (problem.mask_outer, problem.mask_row, problem.mask_column) = (Int64(c.queries * c.keys), Int64(c.keys), 1)
                }
                var forward = ck_attention_args()
                (forward.problem, forward.o, forward.statistics) = (problem, o.pointer, statistics.pointer)
                forward.o_at = layout(c.queries, c.width)
                pool.run(ck_attention_tiles, ck_attention_run, forward)
                var backward = ck_attention_gradient_args()
                (backward.problem, backward.o, backward.o_gradient) = (problem, UnsafePointer(o.pointer), UnsafePointer(dO.pointer))
                backward.statistics = UnsafePointer(statistics.pointer)
                (backward.q_gradient, backward.k_gradient, backward.v_gradient) = (dQ.pointer, dK.pointer, dV.pointer)
                (backward.o_at, backward.o_gradient_at) = (forward.o_at, forward.o_at)
                (backward.q_gradient_at, backward.k_gradient_at, backward.v_gradient_at) = (problem.q_at, problem.k_at, problem.v_at)
                (backward.wants_queries, backward.wants_keys, backward.is_split) = (true, true, isSplit)
                pool.run(ck_attention_gradient_tiles, ck_attention_gradient_run, backward)
            }

            var isGuarded: Bool { [o, statistics, dQ, dK, dV].allSatisfy { $0.isGuarded } }
            var bits: [[UInt32]] { [o, dQ, dK, dV].map { $0.values.map(\.bitPattern) } }

            /// What is beyond its bound, result by result.
            func wrong(_ expected: [ExactResult]) -> [String] {
                zip([o, dQ, dK, dV], expected).enumerated().compactMap { number, pair in
                    let bound = (number == 0 ? ProductForm.attention : .attentionGradient).bound
                    return pair.1.firstBeyond(bound, .f32, pair.0.values.map(Double.init)).map { "result \(number): \($0)" }
                }
            }

            /// O and the gradients by the plain formula in double precision, and what each adds: the formula in absolute values, and the largest sum of
            /// absolute values in an exponent.
            var expected: [ExactResult] {
                var sizeO = [Double](repeating: 0, count: dO.count), sizeQ = [Double](repeating: 0, count: q.count)
                var sizeK = [Double](repeating: 0, count: k.count), sizeV = [Double](repeating: 0, count: v.count), exponent = 0.0
                var o = [Double](repeating: 0, count: dO.count), dQ = [Double](repeating: 0, count: q.count)
                var dK = [Double](repeating: 0, count: k.count), dV = [Double](repeating: 0, count: v.count)
                let scale = Double(1 / Float(c.depth).squareRoot())
                for example in 0..<c.batch {
                    for head in 0..<c.heads {
                        func at(_ row: Int, _ rows: Int, _ columns: Int) -> Int { ((example * rows + row) * c.heads + head) * columns }
                        for i in 0..<c.queries {
                            let qi = at(i, c.queries, c.depth), oi = at(i, c.queries, c.width)
                            let seen = (0..<c.keys).map { j in
                                (!c.isCausal || j <= i + c.keys - c.queries)
                                    && (!c.hasMask || mask.pointer[(example * c.queries + i) * c.keys + j] != 0)
                            }
                            let scores = (0..<c.keys).map { j -> Double in
                                let kj = at(j, c.keys, c.depth)
                                let product = (0..<c.depth).reduce(0.0) { $0 + Double(q.pointer[qi + $1]) * Double(k.pointer[kj + $1]) }
                                let size = (0..<c.depth).reduce(0.0) { $0 + abs(Double(q.pointer[qi + $1]) * Double(k.pointer[kj + $1])) }
                                if seen[j] { exponent = max(exponent, size * scale) }
                                return seen[j] ? product * scale : Double(c.fill)
                            }
                            let top = scores.max() ?? 0, powers = scores.map { exp($0 - top) }, sum = powers.reduce(0, +)
                            let weights = powers.map { $0 / sum }
                            var mean = 0.0, meanSize = 0.0
                            for e in 0..<c.width {
                                let value = (0..<c.keys).reduce(0.0) { $0 + weights[$1] * Double(v.pointer[at($1, c.keys, c.width) + e]) }
                                o[oi + e] = value
                                mean += value * Double(dO.pointer[oi + e])
                                let size = (0..<c.keys).reduce(0.0) { $0 + weights[$1] * abs(Double(v.pointer[at($1, c.keys, c.width) + e])) }
                                sizeO[oi + e] = size
                                meanSize += size * abs(Double(dO.pointer[oi + e]))
                            }
                            for j in 0..<c.keys {
                                let kj = at(j, c.keys, c.depth), vj = at(j, c.keys, c.width)
                                var slope = -mean, size = meanSize
                                for e in 0..<c.width {
                                    size += abs(Double(dO.pointer[oi + e]) * Double(v.pointer[vj + e]))
                                    sizeV[vj + e] += weights[j] * abs(Double(dO.pointer[oi + e]))
                                    slope += Double(dO.pointer[oi + e]) * Double(v.pointer[vj + e])
                                    dV[vj + e] += weights[j] * Double(dO.pointer[oi + e])
                                }
                                slope = seen[j] ? slope * weights[j] * scale : 0
                                size = seen[j] ? size * weights[j] * scale : 0
                                for d in 0..<c.depth {
                                    dQ[qi + d] += slope * Double(k.pointer[kj + d])
                                    dK[kj + d] += slope * Double(q.pointer[qi + d])
                                    sizeQ[qi + d] += size * abs(Double(k.pointer[kj + d]))
                                    sizeK[kj + d] += size * abs(Double(q.pointer[qi + d]))
                                }
                            }
                        }
                    }
                }
                return zip([o, dQ, dK, dV], [sizeO, sizeQ, sizeK, sizeV]).map { values, sizes in
                    ExactResult(
                        values: values, terms: sizes.map { ErrorBound.Terms(count: Double(c.queries * c.keys), magnitude: $0, largest: exponent) })
                }
            }
        }

        @Test func agreesWithThePlainFormula() {
            defer { ck_set_isa(-1) }
            let pool = Pool()
            for c in Self.cases {
                let expected = Run(c).expected
                for isa in instructionSets {
                    #expect(ck_set_isa(isa) == isa)
                    for isSplit in [false, true] {
                        let run = Run(c)
                        run.run(pool, isSplit: isSplit)
                        #expect(run.isGuarded, "\(c)")
                        let wrong = run.wrong(expected)
                        #expect(wrong.isEmpty, "\(c), instruction set \(isa), split \(isSplit): \(wrong)")
                    }
                }
            }
        }

        @Test func bitsDependOnNothingElse() {
            defer { ck_set_isa(-1) }
            for c in Self.cases {
                var expected: [[UInt32]]?
                for isa in instructionSets where isa > 0 || instructionSets.count == 1 {
                    ck_set_isa(isa)
                    for (threads, isSplit) in [(1, false), (3, false), (3, true), (1, true)] {
                        let run = Run(c)
                        run.run(Pool(threads: Int32(threads)), isSplit: isSplit)
                        let bits = run.bits
                        if let expected {
                            #expect(bits == expected, "\(c): instruction set \(isa), \(threads) threads, split \(isSplit)")
                        } else {
                            expected = bits
                        }
                    }
                }
            }
        }
    }
}
