import CKernels
import COpenBLAS
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
    @Suite struct ProductTests {
        /// One product with every option drawn.
        struct Case: CustomStringConvertible {
            var m, n, k, batch: Int
            var transposesA, transposesB, sharesB, packs, accumulates, relu, hasResidual: Bool
            /// 0 none, 1 a value a column, 2 a value a row.
            var bias: Int
            var gap: Int
            var description: String {
                "m \(m) n \(n) k \(k) batch \(batch) At \(transposesA) Bt \(transposesB) shared \(sharesB) packed \(packs) accumulate \(accumulates) relu \(relu) residual \(hasResidual) bias \(bias) gap \(gap)"
            }
        }

        static func cases(_ seed: UInt32, _ count: Int) -> [Case] {
            var dice = Dice(seed)
            return (0..<count).map { i in
                var c = Case(
                    m: dice.next(0...40), n: dice.next(0...80), k: dice.next(0...40), batch: dice.next(1...3), transposesA: dice.flag(),
                    transposesB: dice.flag(), sharesB: dice.flag(), packs: dice.next(0...2) == 0, accumulates: dice.flag(), relu: dice.flag(),
                    hasResidual: dice.flag(), bias: dice.next(0...2), gap: dice.next(0...1) * 3)
                switch i {
                case _ where i % 7 == 0: c.k = dice.next(500...1100)
                case _ where i % 11 == 0: (c.m, c.n) = (dice.next(1...3), dice.next(100...400))
                case _ where i % 13 == 0: c.n = 1
                case _ where i % 37 == 0: (c.m, c.n) = (dice.next(200...400), dice.next(30...100))
                // Long transposed rows, which are gathered first.
                case _ where i % 41 == 0: (c.m, c.n, c.k, c.transposesA) = (dice.next(256...300), dice.next(65...130), dice.next(64...600), true)
                // Whole matrices of many rows and panels a tile: A is turned into blocks, C is written along its rows.
                case _ where i % 31 == 0:
                    (c.m, c.n, c.k, c.batch) = (dice.next(65...100), dice.next(225...290), dice.next(8...30), 10)
                    (c.transposesA, c.sharesB) = (false, false)
                // Rows of B that fall on few sets.
                case _ where i % 43 == 0: (c.m, c.n, c.k, c.gap) = (dice.next(20...70), 512, dice.next(20...300), 0)
                default: break
                }
                return c
            }
        }

        /// Runs a case; the number of elements that are wrong: other bits than the chain of fused multiply-adds, or, without them, beyond the bound of sums.
        func wrong(_ c: Case, isExact: Bool, pool: Pool, dice: inout Dice) -> Int {
            let lda = (c.transposesA ? c.m : c.k) + c.gap, ldb = (c.transposesB ? c.k : c.n) + c.gap, ldc = c.n + c.gap
            let aBatch = (c.transposesA ? c.k : c.m) * lda, bBatch = (c.transposesB ? c.n : c.k) * ldb, cBatch = c.m * ldc
            let a = dice.numbers(aBatch * c.batch), b = dice.numbers(bBatch * c.batch), before = dice.numbers(cBatch * c.batch)
            let residual = dice.numbers(cBatch * c.batch), bias = dice.numbers(max(c.m, c.n))
            let result = Buffer(before)
            let panels = Int(ck_product_packed_count(Int64(c.k), Int64(c.n)))
            let packed = Buffer<Float>(repeating: .nan, count: panels * c.batch)
            a.withUnsafeBufferPointer { a in
                b.withUnsafeBufferPointer { b in
                    residual.withUnsafeBufferPointer { residual in
                        bias.withUnsafeBufferPointer { bias in
                            var p = ck_product_args()
                            p.a = UnsafeRawPointer(a.baseAddress)
                            p.b = UnsafeRawPointer(b.baseAddress)
                            p.c = UnsafeMutableRawPointer(result.pointer)
                            (p.m, p.n, p.k, p.batch) = (Int64(c.m), Int64(c.n), Int64(c.k), Int64(c.batch))
                            (p.a_row, p.a_column) = c.transposesA ? (1, Int64(lda)) : (Int64(lda), 1)
                            (p.b_row, p.b_column) = c.transposesB ? (1, Int64(ldb)) : (Int64(ldb), 1)
                            (p.c_row, p.a_batch, p.b_batch, p.c_batch) = (Int64(ldc), Int64(aBatch), c.sharesB ? 0 : Int64(bBatch), Int64(cBatch))
                            p.type = UInt8(CK_F32)
                            (p.relu, p.accumulate, p.bias_per_row) = (c.relu, c.accumulates, c.bias == 2)
                            p.bias = c.bias == 0 ? nil : bias.baseAddress
                            p.residual = c.hasResidual ? residual.baseAddress : nil
                            if c.packs {
                                for item in 0..<c.batch {
                                    let pack = ck_product_pack_args(
                                        b: b.baseAddress.map { $0 + item * bBatch }, target: packed.pointer + item * panels, n: p.n, k: p.k,
                                        b_row: p.b_row, b_column: p.b_column)
                                    pool.run(ck_product_pack_tiles, ck_product_pack_run, pack)
                                }
                                (p.packed, p.b, p.is_packed) = (UnsafePointer(packed.pointer), nil, true)
                                if !c.sharesB { p.b_batch = Int64(panels) }
                            }
                            pool.run(ck_product_tiles, ck_product_run, p)
                        }
                    }
                }
            }
            var wrong = result.isGuarded && packed.isGuarded ? 0 : 1
            for item in 0..<c.batch {
                for i in 0..<c.m {
                    for j in 0..<ldc {
                        let at = item * cBatch + i * ldc + j
                        var sum = before[at]
                        var exact = 0.0, terms = ErrorBound.Terms()
                        func add(_ term: Double) {
                            exact += term
                            terms.count += 1
                            terms.magnitude += abs(term)
                        }
                        if j < c.n {
                            if c.accumulates { add(Double(sum)) } else { sum = 0 }
                            for k in 0..<c.k {
                                let x = a[item * aBatch + (c.transposesA ? k * lda + i : i * lda + k)]
                                let y = b[(c.sharesB ? 0 : item * bBatch) + (c.transposesB ? j * ldb + k : k * ldb + j)]
                                sum = fmaf(x, y, sum)
                                add(Double(x) * Double(y))
                            }
                            for term in [c.bias == 1 ? bias[j] : 0, c.bias == 2 ? bias[i] : 0, c.hasResidual ? residual[at] : 0] where term != 0 {
                                sum += term
                                add(Double(term))
                            }
                            if c.relu { (sum, exact) = (max(sum, 0), max(exact, 0)) }
                        }
                        // The chain that gives the bits is itself held to the bound.
                        let isNear = j >= c.n || ProductForm.plain.bound.accepts(Double(result.pointer[at]), exact, .f32, terms)
                        let isRight = isNear && (!isExact && j < c.n || result.pointer[at].bitPattern == sum.bitPattern)
                        if !isRight { wrong += 1 }
                    }
                }
            }
            return wrong
        }

        @Test(arguments: instructionSets)
        func everyElementIsOneChain(isa: Int32) {
            #expect(ck_set_isa(isa) == isa)
            defer { ck_set_isa(-1) }
            var dice = Dice(7)
            let pool = Pool()
            #if arch(x86_64)
            let isExact = isa > 0
            #else
            let isExact = false
            #endif
            for c in Self.cases(UInt32(isa) + 3, 250) { #expect(wrong(c, isExact: isExact, pool: pool, dice: &dice) == 0, "\(c)") }
        }

        /// A plan counts tiles before it knows where anything is.
        @Test func tilesAreCountedWithoutPointers() {
            let somewhere = Buffer<Float>(repeating: 0, count: 16)
            for c in Self.cases(5, 300) {
                var p = ck_product_args()
                (p.m, p.n, p.k, p.batch) = (Int64(c.m) * 16, Int64(c.n) * 16, Int64(c.k), Int64(c.batch))
                (p.a_row, p.a_column) = c.transposesA ? (1, p.m) : (p.k, 1)
                (p.b_row, p.b_column) = c.transposesB ? (1, p.k) : (p.n, 1)
                (p.c_row, p.a_batch, p.b_batch, p.c_batch) = (p.n, p.m * p.k, c.sharesB ? 0 : p.k * p.n, p.m * p.n)
                (p.type, p.is_packed, p.bias_per_row) = (UInt8(CK_F32), c.packs, c.bias == 2)
                let before = ck_product_tiles(&p)
                (p.a, p.b) = (UnsafeRawPointer(somewhere.pointer), c.packs ? nil : UnsafeRawPointer(somewhere.pointer))
                (p.packed, p.bias, p.residual) = (
                    c.packs ? UnsafePointer(somewhere.pointer) : nil, UnsafePointer(somewhere.pointer), UnsafePointer(somewhere.pointer)
                )
                p.c = UnsafeMutableRawPointer(somewhere.pointer)
                #expect(ck_product_tiles(&p) == before, "\(c)")
            }
        }

        /// Long chains are cut into few tiles, as many as threads divide: a narrow tile would bring all of A again.
        @Test(arguments: [(512, 512, 16384, true, 16), (512, 128, 3200, true, 16), (2048, 384, 128, false, 16), (128, 512, 784, false, 8)])
        func longChainsAreCutIntoFewTiles(_ m: Int64, _ n: Int64, _ k: Int64, _ transposesA: Bool, _ most: Int64) {
            var p = ck_product_args()
            (p.m, p.n, p.k, p.batch) = (m, n, k, 1)
            (p.a_row, p.a_column) = transposesA ? (1, m) : (k, 1)
            (p.b_row, p.b_column, p.c_row, p.type) = (n, 1, n, UInt8(CK_F32))
            let tiles = ck_product_tiles(&p)
            #expect(tiles % 4 == 0 && tiles >= 4 && tiles <= most, "\(tiles) tiles")
        }

        @Test func integersWrapAndDoublesAgree() {
            var dice = Dice(11)
            let pool = Pool()
            for _ in 0..<60 {
                let (m, n, k) = (dice.next(0...20), dice.next(0...300), dice.next(0...30))
                let a = (0..<m * k).map { _ in Int64(dice.next(-3_000_000...3_000_000)) << 40 },
                    b = (0..<k * n).map { _ in Int64(dice.next(-1000...1000)) }
                let result = Buffer<Int64>(repeating: 5, count: m * n), small = Buffer<Int32>(repeating: 5, count: m * n),
                    real = Buffer<Double>(repeating: 5, count: m * n)
                func product<T>(_ a: [T], _ b: [T], _ to: Buffer<T>, _ type: Int) {
                    a.withUnsafeBytes { a in
                        b.withUnsafeBytes { b in
                            var p = ck_product_args()
                            (p.a, p.b, p.c) = (a.baseAddress, b.baseAddress, UnsafeMutableRawPointer(to.pointer))
                            (p.m, p.n, p.k, p.batch, p.a_row, p.a_column, p.b_row, p.b_column, p.c_row) = (
                                Int64(m), Int64(n), Int64(k), 1, Int64(k), 1, Int64(n), 1, Int64(n)
                            )
                            p.type = UInt8(type)
                            pool.run(ck_product_tiles, ck_product_run, p)
                        }
                    }
                }
                product(a, b, result, CK_I64)
                product(a.map { Int32(truncatingIfNeeded: $0 >> 30) }, b.map { Int32($0) }, small, CK_I32)
                product(a.map { Double($0 >> 40) }, b.map { Double($0) }, real, CK_F64)
                for i in 0..<m {
                    for j in 0..<n {
                        let terms = (0..<k).map { (a[i * k + $0], b[$0 * n + j]) }
                        #expect(result.pointer[i * n + j] == terms.reduce(0) { $0 &+ $1.0 &* $1.1 })
                        #expect(small.pointer[i * n + j] == terms.reduce(0) { $0 &+ Int32(truncatingIfNeeded: $1.0 >> 30) &* Int32($1.1) })
                        #expect(real.pointer[i * n + j] == terms.reduce(0) { $0 + Double($1.0 >> 40) * Double($1.1) })
                    }
                }
            }
        }

        @Test func theTwinAgrees() {
            guard cob_is_available() else { return }
            var dice = Dice(13)
            let pool = Pool()
            for (ta, tb) in [(false, false), (false, true), (true, false), (true, true)] {
                let (m, n, k) = (dice.next(1...70), dice.next(1...70), dice.next(1...700))
                let a = dice.numbers(m * k), b = dice.numbers(k * n)
                let ours = Buffer<Float>(repeating: 0, count: m * n), twin = Buffer<Float>(repeating: 0, count: m * n)
                let exact = Buffer<Double>(repeating: 0, count: m * n), magnitudes = Buffer<Double>(repeating: 0, count: m * n)
                let (lda, ldb) = (ta ? m : k, tb ? k : n)
                a.withUnsafeBufferPointer { a in
                    b.withUnsafeBufferPointer { b in
                        var p = ck_product_args()
                        (p.a, p.b, p.c) = (UnsafeRawPointer(a.baseAddress), UnsafeRawPointer(b.baseAddress), UnsafeMutableRawPointer(ours.pointer))
                        (p.m, p.n, p.k, p.batch, p.c_row) = (Int64(m), Int64(n), Int64(k), 1, Int64(n))
                        (p.a_row, p.a_column) = ta ? (1, Int64(lda)) : (Int64(lda), 1)
                        (p.b_row, p.b_column) = tb ? (1, Int64(ldb)) : (Int64(ldb), 1)
                        p.type = UInt8(CK_F32)
                        pool.run(ck_product_tiles, ck_product_run, p)
                        #expect(cob_sgemm(ta, tb, p.m, p.n, p.k, a.baseAddress, Int64(lda), b.baseAddress, Int64(ldb), twin.pointer, Int64(n), false))
                    }
                }
                let (wideA, wideB) = (a.map(Double.init), b.map(Double.init))
                #expect(cob_dgemm(ta, tb, Int64(m), Int64(n), Int64(k), wideA, Int64(lda), wideB, Int64(ldb), exact.pointer, Int64(n), false))
                let (absoluteA, absoluteB) = (wideA.map(abs), wideB.map(abs))
                #expect(
                    cob_dgemm(
                        ta, tb, Int64(m), Int64(n), Int64(k), absoluteA, Int64(lda), absoluteB, Int64(ldb), magnitudes.pointer, Int64(n), false))
                let counts = [Double](repeating: Double(k), count: m * n)
                let truth = ExactResult(values: exact.values, magnitudes: magnitudes.values, counts: counts)
                for found in [ours, twin] { #expect(truth.firstBeyond(ProductForm.plain.bound, .f32, found.values.map(Double.init)) == nil) }
            }
        }
    }
}
