import CKernels
import DaedalGraph
import DaedalTensor
import DaedalTestCases
import Testing

extension KernelTests {
    @Suite struct ConvolutionTests {
        struct Case: CustomStringConvertible {
            var batch, channels, filters, groups: Int
            /// Three axes each.
            var size, kernel, stride, low, high, dilation: [Int]

            init(
                _ batch: Int, _ channels: Int, _ filters: Int, groups: Int = 1, size: [Int], kernel: [Int], stride: Int = 1, low: Int = 0,
                high: Int? = nil,
                dilation: Int = 1
            ) {
                func leading(_ values: [Int], _ value: Int) -> [Int] { Array(repeating: value, count: 3 - values.count) + values }
                (self.batch, self.channels, self.filters, self.groups) = (batch, channels, filters, groups)
                let axes = size.count
                self.size = leading(size, 1)
                self.kernel = leading(kernel, 1)
                self.stride = leading(Array(repeating: stride, count: axes), 1)
                self.low = leading(Array(repeating: low, count: axes), 0)
                self.high = leading(Array(repeating: high ?? low, count: axes), 0)
                self.dilation = leading(Array(repeating: dilation, count: axes), 1)
            }

            var output: [Int] { (0..<3).map { (size[$0] + low[$0] + high[$0] - (kernel[$0] - 1) * dilation[$0] - 1) / stride[$0] + 1 } }
            var description: String {
                "n \(batch) c \(channels) k \(filters) g \(groups) size \(size) kernel \(kernel) stride \(stride) low \(low) high \(high) dilation \(dilation)"
            }
        }

        static let cases: [Case] = [
            Case(2, 3, 5, size: [9, 11], kernel: [3, 3], low: 1),
            Case(3, 1, 6, size: [28, 28], kernel: [5, 5], low: 2),
            Case(2, 6, 16, size: [14, 14], kernel: [5, 5]),
            Case(4, 1, 32, size: [28, 28], kernel: [3, 3], low: 1),
            Case(2, 20, 40, size: [8, 8], kernel: [3, 3], low: 1),
            Case(5, 33, 35, size: [4, 4], kernel: [3, 3], low: 1),
            Case(2, 16, 24, size: [7, 7], kernel: [1, 1]),
            Case(2, 16, 24, size: [8, 9], kernel: [1, 1], stride: 2),
            Case(3, 8, 8, size: [16, 15], kernel: [3, 3], stride: 2, low: 1),
            Case(2, 4, 6, groups: 2, size: [10, 10], kernel: [3, 2], stride: 3, low: 2, high: 0),
            Case(2, 12, 12, groups: 12, size: [13, 13], kernel: [3, 3], low: 1),
            Case(2, 6, 12, groups: 6, size: [9, 9], kernel: [3, 3], stride: 2, low: 1),
            Case(2, 3, 4, size: [12, 12], kernel: [3, 3], low: 2, dilation: 2),
            Case(2, 3, 4, size: [17, 12], kernel: [3, 3], stride: 2, low: 3, high: 1, dilation: 3),
            Case(1, 3, 8, size: [70, 40], kernel: [7, 7], stride: 2, low: 3),
            Case(2, 5, 7, size: [100], kernel: [9], low: 4),
            Case(3, 4, 3, size: [33], kernel: [4], stride: 4),
            Case(2, 3, 4, size: [5, 6, 7], kernel: [3, 3, 3], low: 1),
            Case(2, 4, 4, groups: 2, size: [6, 5, 8], kernel: [2, 3, 1], stride: 2, low: 1, high: 0),
            Case(0, 3, 4, size: [8, 8], kernel: [3, 3], low: 1),
            Case(1, 1, 1, size: [1, 1], kernel: [1, 1]),
            Case(2, 2, 3, size: [1, 1], kernel: [3, 3], low: 1),
            Case(1, 64, 64, size: [33, 31], kernel: [3, 3], low: 1),
            Case(2, 3, 2, size: [4, 4], kernel: [2, 2], stride: 5),
        ]

        /// The arguments of a case, pointers apart.
        func arguments(_ c: Case, _ type: Int) -> ck_convolution_args {
            var p = ck_convolution_args()
            (p.batch, p.channels, p.filters, p.groups) = (Int64(c.batch), Int64(c.channels), Int64(c.filters), Int64(c.groups))
            fill(&p.size, c.size)
            fill(&p.kernel, c.kernel)
            fill(&p.stride, c.stride)
            fill(&p.low, c.low)
            fill(&p.dilation, c.dilation)
            fill(&p.output, c.output)
            p.type = UInt8(type)
            return p
        }

        /// The definition: every tap that meets an element adds a product to y, dx and dw.
        static func forEachProduct(_ c: Case, _ body: (_ x: Int, _ w: Int, _ y: Int) -> Void) {
            let (o, s, k, perGroup, filtersPerGroup) = (c.output, c.size, c.kernel, c.channels / c.groups, c.filters / c.groups)
            let (outputs, inputs, taps) = (o.reduce(1, *), s.reduce(1, *), k.reduce(1, *))
            for at in 0..<outputs {
                let position = [at / (o[1] * o[2]), at / o[2] % o[1], at % o[2]]
                for r in 0..<taps {
                    let tap = [r / (k[1] * k[2]), r / k[2] % k[1], r % k[2]]
                    let i = (0..<3).map { position[$0] * c.stride[$0] + tap[$0] * c.dilation[$0] - c.low[$0] }
                    guard (0..<3).allSatisfy({ i[$0] >= 0 && i[$0] < s[$0] }) else { continue }
                    let place = (i[0] * s[1] + i[1]) * s[2] + i[2]
                    for n in 0..<c.batch {
                        for f in 0..<c.filters {
                            let channel = n * c.channels + f / filtersPerGroup * perGroup, y = (n * c.filters + f) * outputs + at
                            for q in 0..<perGroup { body((channel + q) * inputs + place, (f * perGroup + q) * taps + r, y) }
                        }
                    }
                }
            }
        }

        /// y, dx and dw in double precision.
        func reference(_ c: Case, x: [Double], w: [Double], dy: [Double]) -> (y: [Double], dx: [Double], dw: [Double]) {
            var y = [Double](repeating: 0, count: dy.count), dx = [Double](repeating: 0, count: x.count), dw = [Double](repeating: 0, count: w.count)
            x.withUnsafeBufferPointer { x in
                w.withUnsafeBufferPointer { w in
                    dy.withUnsafeBufferPointer { dy in
                        y.withUnsafeMutableBufferPointer { y in
                            dx.withUnsafeMutableBufferPointer { dx in
                                dw.withUnsafeMutableBufferPointer { dw in
                                    Self.forEachProduct(c) { xi, wi, yi in
                                        y[yi] += x[xi] * w[wi]
                                        dx[xi] += dy[yi] * w[wi]
                                        dw[wi] += dy[yi] * x[xi]
                                    }
                                }
                            }
                        }
                    }
                }
            }
            return (y, dx, dw)
        }

        /// The definition in double precision with what each element adds, by a function that computes the three directions.
        static func exact(
            x: [Double], w: [Double], dy: [Double], _ definition: ([Double], [Double], [Double]) -> (y: [Double], dx: [Double], dw: [Double])
        ) -> [ExactResult] {
            func ones(_ values: [Double]) -> [Double] { values.map { _ in 1 } }
            let values = definition(x, w, dy), counts = definition(ones(x), ones(w), ones(dy))
            let magnitudes = definition(x.map(abs), w.map(abs), dy.map(abs))
            return [
                ExactResult(values: values.y, magnitudes: magnitudes.y, counts: counts.y),
                ExactResult(values: values.dx, magnitudes: magnitudes.dx, counts: counts.dx),
                ExactResult(values: values.dw, magnitudes: magnitudes.dw, counts: counts.dw),
            ]
        }

        /// The three directions by the kernels.
        func run<T: BitwiseCopyable & Equatable & Numeric>(_ c: Case, _ type: Int, x: [T], w: [T], dy: [T], pool: Pool) -> (
            y: [T], dx: [T], dw: [T], isGuarded: Bool
        ) {
            let (x, w, dy) = (Buffer(x), Buffer(w), Buffer(dy))
            let (y, dx, dw) = (
                Buffer<T>(repeating: 77, count: dy.count), Buffer<T>(repeating: 77, count: x.count), Buffer<T>(repeating: 77, count: w.count)
            )
            var p = arguments(c, type)
            (p.x, p.w, p.y) = (UnsafeMutableRawPointer(x.pointer), UnsafeMutableRawPointer(w.pointer), UnsafeMutableRawPointer(y.pointer))
            pool.run(ck_convolution_forward_tiles, ck_convolution_forward_run, p)
            (p.x, p.y) = (UnsafeMutableRawPointer(dx.pointer), UnsafeMutableRawPointer(dy.pointer))
            let inputSpace = Buffer<UInt8>(repeating: 255, count: Int(ck_convolution_input_workspace(&p)))
            p.workspace = UnsafeMutableRawPointer(inputSpace.pointer)
            pool.run(ck_convolution_input_arrange_tiles, ck_convolution_input_arrange_run, p)
            pool.run(ck_convolution_input_tiles, ck_convolution_input_run, p)
            (p.x, p.w) = (UnsafeMutableRawPointer(x.pointer), UnsafeMutableRawPointer(dw.pointer))
            let weightSpace = Buffer<UInt8>(repeating: 255, count: Int(ck_convolution_weights_workspace(&p)))
            p.workspace = UnsafeMutableRawPointer(weightSpace.pointer)
            pool.run(ck_convolution_weights_tiles, ck_convolution_weights_run, p)
            pool.run(ck_convolution_weights_finish_tiles, ck_convolution_weights_finish_run, p)
            let isGuarded = y.isGuarded && dx.isGuarded && dw.isGuarded && inputSpace.isGuarded && weightSpace.isGuarded
            return (y.values, dx.values, dw.values, isGuarded)
        }

        @Test(arguments: cases)
        func directionsFollowTheirDefinition(c: Case) {
            defer { ck_set_isa(-1) }
            var dice = Dice(17)
            let outputs = c.output.reduce(1, *), perGroup = c.channels / c.groups
            let x = dice.numbers(c.batch * c.channels * c.size.reduce(1, *)), w = dice.numbers(c.filters * perGroup * c.kernel.reduce(1, *))
            let dy = dice.numbers(c.batch * c.filters * outputs)
            let expected = Self.exact(x: x.map(Double.init), w: w.map(Double.init), dy: dy.map(Double.init)) { reference(c, x: $0, w: $1, dy: $2) }
            let bound = ProductForm.plain.bound
            let pool = Pool()
            var first: (y: [Float], dx: [Float], dw: [Float], isGuarded: Bool)?
            for isa in instructionSets {
                for threads in [1, 2, 3] as [Int32] {
                    ck_set_isa(isa)
                    ck_pool_set_threads(pool.pointer, threads)
                    let got = run(c, CK_F32, x: x, w: w, dy: dy, pool: pool)
                    #expect(got.isGuarded)
                    for (exact, found) in zip(expected, [got.y, got.dx, got.dw]) {
                        #expect(exact.firstBeyond(bound, .f32, found.map(Double.init)) == nil)
                    }
                    guard isa > 0 else { continue }
                    if let first { #expect(first.y == got.y && first.dx == got.dx && first.dw == got.dw, "bits with \(threads) threads, set \(isa)") }
                    first = first ?? got
                }
            }
            let wide = run(c, CK_F64, x: x.map(Double.init), w: w.map(Double.init), dy: dy.map(Double.init), pool: pool)
            for (exact, found) in zip(expected, [wide.y, wide.dx, wide.dw]) { #expect(exact.firstBeyond(bound, .f64, found) == nil) }
            func whole(_ values: [Float]) -> [Int64] { values.map { Int64($0 * 100) } }
            let integers = run(c, CK_I64, x: whole(x), w: whole(w), dy: whole(dy), pool: pool)
            let exact = reference(c, x: whole(x).map(Double.init), w: whole(w).map(Double.init), dy: whole(dy).map(Double.init))
            #expect(integers.y.map(Double.init) == exact.y && integers.dx.map(Double.init) == exact.dx && integers.dw.map(Double.init) == exact.dw)
        }

        @Test(arguments: [0, 3, 4, 5, 6, 10])
        func theTailAddsAndCuts(number: Int) {
            let c = Self.cases[number]
            var dice = Dice(19)
            let x = Buffer(dice.numbers(c.batch * c.channels * c.size.reduce(1, *)))
            let w = Buffer(dice.numbers(c.filters * c.channels / c.groups * c.kernel.reduce(1, *)))
            let outputs = c.output.reduce(1, *), count = c.batch * c.filters * outputs
            let bias = Buffer(dice.numbers(c.filters)), residual = Buffer(dice.numbers(count))
            let plain = Buffer<Float>(repeating: 0, count: count), tail = Buffer<Float>(repeating: 0, count: count)
            let pool = Pool()
            var p = arguments(c, CK_F32)
            (p.x, p.w, p.y) = (UnsafeMutableRawPointer(x.pointer), UnsafeMutableRawPointer(w.pointer), UnsafeMutableRawPointer(plain.pointer))
            pool.run(ck_convolution_forward_tiles, ck_convolution_forward_run, p)
            p.y = UnsafeMutableRawPointer(tail.pointer)
            (p.bias, p.residual, p.relu) = (UnsafePointer(bias.pointer), UnsafePointer(residual.pointer), true)
            pool.run(ck_convolution_forward_tiles, ck_convolution_forward_run, p)
            for i in 0..<count {
                let sum = plain.pointer[i] + bias.pointer[i / outputs % c.filters] + residual.pointer[i]
                #expect(tail.pointer[i] == max(sum, 0))
            }
        }
    }
}
