import CKernels
import DaedalGraph
import DaedalTensor
import Testing

/// Convolutions and windows with channels last against the definitions that their forms with channels first are tested with.
extension KernelTests {
    @Suite struct ChannelsLastTests {
        typealias Case = ConvolutionTests.Case

        /// Channels first to channels last, `[n, c, s] → [n, s, c]`, and back.
        static func last<T>(_ values: [T], channels: Int, space: Int) -> [T] {
            values.indices.map { i in
                let c = i % channels, s = i / channels % space, n = i / channels / space
                return values[(n * channels + c) * space + s]
            }
        }
        static func first<T>(_ values: [T], channels: Int, space: Int) -> [T] { last(values, channels: space, space: channels) }

        /// What three directions give.
        struct Results: Equatable {
            var y: [Float], dx: [Float], dw: [Float]
            var isGuarded: Bool
        }

        /// A buffer for a kernel's working memory, full of numbers that are none.
        static func space(_ floats: Int64) -> Buffer<Float> { Buffer(repeating: .nan, count: Int(floats)) }

        static func set<Tuple>(_ tuple: inout Tuple, _ values: [Int]) { fill(&tuple, values) }

        /// Sums over taps. Phases of the adjoint are found by trying all taps, slowly.
        static func correlate(_ c: Case, x: [Float], w: [Float], dy: [Float], pool: Pool, tail: [[Float]]? = nil) -> Results {
            let volume = c.kernel.reduce(1, *)
            let (x, w, dy) = (Buffer(x), Buffer(w), Buffer(dy))
            let y = Buffer<Float>(repeating: .nan, count: dy.count), dx = Buffer<Float>(repeating: .nan, count: x.count)
            let dw = Buffer<Float>(repeating: .nan, count: w.count)
            var filters = ck_correlation_filters_args(), a = ck_correlation_args()
            filters.w = UnsafePointer(w.pointer)
            (filters.targets, filters.sources) = (Int64(c.filters), Int64(c.channels))
            (filters.target_stride, filters.source_stride) = (Int64(c.channels * volume), Int64(volume))
            set(&filters.kernel, c.kernel)
            set(&filters.step, [1, 1, 1])
            set(&filters.taps, c.kernel)
            let panels = space(ck_correlation_filters_count(&filters))
            filters.panels = panels.pointer
            pool.run(ck_correlation_filters_tiles, ck_correlation_filters_run, filters)
            (a.x, a.y, a.panels) = (UnsafePointer(x.pointer), y.pointer, UnsafePointer(panels.pointer))
            (a.images, a.sources, a.targets) = (Int64(c.batch), Int64(c.channels), Int64(c.filters))
            set(&a.size, c.size)
            set(&a.first, c.low.map { -$0 })
            set(&a.step, c.stride)
            set(&a.taps, c.kernel)
            set(&a.tap_step, c.dilation)
            set(&a.count, c.output)
            set(&a.output, c.output)
            set(&a.target_step, [1, 1, 1])
            let parts = (tail ?? []).map { Buffer($0) }
            if parts.count == 3 {
                (a.scale, a.bias) = (UnsafePointer(parts[0].pointer), UnsafePointer(parts[1].pointer))
                (a.residual, a.relu) = (UnsafePointer(parts[2].pointer), true)
            }
            var isGuarded = run(a, pool) && y.isGuarded && panels.isGuarded
            for number in 0..<(0..<3).map({ min(c.stride[$0], c.size[$0]) }).reduce(1, *) {
                isGuarded = runPhase(c, number, w: w, dy: dy, dx: dx, pool: pool) && isGuarded
            }
            var g = ck_correlation_gradient_args()
            (g.x, g.dy, g.dw) = (UnsafePointer(x.pointer), UnsafePointer(dy.pointer), dw.pointer)
            (g.images, g.sources, g.targets) = (Int64(c.batch), Int64(c.channels), Int64(c.filters))
            set(&g.size, c.size)
            set(&g.first, c.low.map { -$0 })
            set(&g.step, c.stride)
            set(&g.taps, c.kernel)
            set(&g.tap_step, c.dilation)
            set(&g.count, c.output)
            let sums = space(ck_correlation_gradient_workspace(&g) / 4)
            g.workspace = UnsafeMutableRawPointer(sums.pointer)
            pool.run(ck_correlation_gradient_gather_tiles, ck_correlation_gradient_gather_run, g)
            pool.run(ck_correlation_gradient_finish_tiles, ck_correlation_gradient_finish_run, g)
            isGuarded = isGuarded && dx.isGuarded && dw.isGuarded && sums.isGuarded
            // Read here as well: whoever only lends its pointer is let go of before the run.
            isGuarded = parts.allSatisfy(\.isGuarded) && isGuarded
            return Results(y: y.values, dx: dx.values, dw: dw.values, isGuarded: isGuarded)
        }

        /// One phase of the adjoint in x: x's elements i ≡ phase mod stride meet the taps r with r · dilation ≡ i + low.
        private static func runPhase(_ c: Case, _ number: Int, w: Buffer<Float>, dy: Buffer<Float>, dx: Buffer<Float>, pool: Pool) -> Bool {
            var rest = number
            let volume = c.kernel.reduce(1, *)
            var phase = [0, 0, 0]
            for i in [2, 1, 0] {
                phase[i] = rest % min(c.stride[i], c.size[i])
                rest /= min(c.stride[i], c.size[i])
            }
            let met = (0..<3).map { i in (0..<c.kernel[i]).filter { (phase[i] + c.low[i] - $0 * c.dilation[i]) % c.stride[i] == 0 } }
            let steps = (0..<3).map { met[$0].count > 1 ? met[$0][1] - met[$0][0] : 1 }
            var filters = ck_correlation_filters_args(), a = ck_correlation_args()
            filters.w = UnsafePointer(w.pointer)
            (filters.targets, filters.sources) = (Int64(c.channels), Int64(c.filters))
            (filters.target_stride, filters.source_stride) = (Int64(volume), Int64(c.channels * volume))
            set(&filters.kernel, c.kernel)
            set(&filters.first, met.map { $0.last ?? 0 })
            set(&filters.step, steps.map { -$0 })
            set(&filters.taps, met.map(\.count))
            let panels = space(ck_correlation_filters_count(&filters))
            filters.panels = panels.pointer
            pool.run(ck_correlation_filters_tiles, ck_correlation_filters_run, filters)
            (a.x, a.y, a.panels) = (UnsafePointer(dy.pointer), dx.pointer, UnsafePointer(panels.pointer))
            (a.images, a.sources, a.targets) = (Int64(c.batch), Int64(c.filters), Int64(c.channels))
            set(&a.size, c.output)
            set(&a.first, (0..<3).map { i in met[i].last.map { (phase[i] + c.low[i] - $0 * c.dilation[i]) / c.stride[i] } ?? 0 })
            set(&a.step, [1, 1, 1])
            set(&a.taps, met.map(\.count))
            set(&a.tap_step, (0..<3).map { steps[$0] * c.dilation[$0] / c.stride[$0] })
            set(&a.count, (0..<3).map { (c.size[$0] - 1 - phase[$0]) / c.stride[$0] + 1 })
            set(&a.output, c.size)
            set(&a.first_target, phase)
            set(&a.target_step, c.stride)
            return run(a, pool) && panels.isGuarded
        }

        /// Both runs of a correlation; whether they kept to their working memory.
        private static func run(_ arguments: ck_correlation_args, _ pool: Pool) -> Bool {
            var a = arguments
            let rows = space(ck_correlation_workspace(&a) / 4)
            a.workspace = rows.pointer
            pool.run(ck_correlation_gather_tiles, ck_correlation_gather_run, a)
            pool.run(ck_correlation_tiles, ck_correlation_run, a)
            return rows.isGuarded
        }

        /// Winograd's form. The tail (scale, bias, residual, then the maximum with 0) belongs to y alone.
        static func winograd(_ c: Case, outputs: Int, x: [Float], w: [Float], dy: [Float], pool: Pool, tail: [[Float]]? = nil) -> Results {
            let (x, w, dy) = (Buffer(x), Buffer(w), Buffer(dy))
            let y = Buffer<Float>(repeating: .nan, count: dy.count), dx = Buffer<Float>(repeating: .nan, count: x.count)
            let dw = Buffer<Float>(repeating: .nan, count: w.count)
            let parts = (tail ?? []).map { Buffer($0) }
            var isGuarded = true
            for isAdjoint in [false, true] {
                var filters = ck_winograd_filters_args(), a = ck_winograd_args()
                let (sources, targets) = isAdjoint ? (c.filters, c.channels) : (c.channels, c.filters)
                (filters.targets, filters.sources, filters.outputs) = (Int64(targets), Int64(sources), Int64(outputs))
                (filters.target_stride, filters.source_stride) = (Int64(isAdjoint ? 9 : c.channels * 9), Int64(isAdjoint ? c.channels * 9 : 9))
                filters.turned = isAdjoint
                let panels = space(ck_winograd_filters_count(filters.targets, filters.sources, filters.outputs))
                (filters.w, filters.panels) = (UnsafePointer(w.pointer), panels.pointer)
                pool.run(ck_winograd_filters_tiles, ck_winograd_filters_run, filters)
                (a.x, a.panels) = (UnsafePointer(isAdjoint ? dy.pointer : x.pointer), UnsafePointer(panels.pointer))
                a.y = isAdjoint ? dx.pointer : y.pointer
                (a.images, a.sources, a.targets, a.outputs) = (Int64(c.batch), Int64(sources), Int64(targets), Int64(outputs))
                set(&a.size, Array((isAdjoint ? c.output : c.size)[1...]))
                set(&a.output, Array((isAdjoint ? c.size : c.output)[1...]))
                set(&a.low, c.low[1...].map { isAdjoint ? 2 - $0 : $0 })
                if !isAdjoint, parts.count == 3 {
                    (a.scale, a.bias) = (UnsafePointer(parts[0].pointer), UnsafePointer(parts[1].pointer))
                    (a.residual, a.relu) = (UnsafePointer(parts[2].pointer), true)
                }
                let inputs = space(ck_winograd_workspace(&a) / 4)
                a.workspace = inputs.pointer
                pool.run(ck_winograd_transform_tiles, ck_winograd_transform_run, a)
                pool.run(ck_winograd_tiles, ck_winograd_run, a)
                isGuarded = isGuarded && panels.isGuarded && inputs.isGuarded
            }
            var g = ck_winograd_gradient_args()
            (g.x, g.dy, g.dw) = (UnsafePointer(x.pointer), UnsafePointer(dy.pointer), dw.pointer)
            (g.images, g.sources, g.targets, g.outputs) = (Int64(c.batch), Int64(c.channels), Int64(c.filters), Int64(outputs))
            set(&g.size, Array(c.size[1...]))
            set(&g.low, Array(c.low[1...]))
            set(&g.output, Array(c.output[1...]))
            let sums = space(ck_winograd_gradient_workspace(&g) / 4)
            g.workspace = UnsafeMutableRawPointer(sums.pointer)
            pool.run(ck_winograd_gradient_transform_tiles, ck_winograd_gradient_transform_run, g)
            pool.run(ck_winograd_gradient_gather_tiles, ck_winograd_gradient_gather_run, g)
            pool.run(ck_winograd_gradient_finish_tiles, ck_winograd_gradient_finish_run, g)
            isGuarded = isGuarded && y.isGuarded && dx.isGuarded && dw.isGuarded && sums.isGuarded
            isGuarded = parts.allSatisfy(\.isGuarded) && isGuarded
            return Results(y: y.values, dx: dx.values, dw: dw.values, isGuarded: isGuarded)
        }

        /// Runs a form on every instruction set and with one to three threads: within the form's bound of the definition, and with the same bits where
        /// multiply-adds are fused.
        private func check(
            _ c: Case, _ product: ProductForm = .plain, isLast: Bool = true, _ form: (_ x: [Float], _ w: [Float], _ dy: [Float], Pool) -> Results
        ) {
            defer { ck_set_isa(-1) }
            func last(_ values: [Float], _ channels: Int, _ space: Int) -> [Float] {
                isLast ? Self.last(values, channels: channels, space: space) : values
            }
            func first(_ values: [Float], _ channels: Int, _ space: Int) -> [Float] {
                isLast ? Self.first(values, channels: channels, space: space) : values
            }
            var dice = Dice(23)
            let (space, outputs) = (c.size.reduce(1, *), c.output.reduce(1, *))
            let x = dice.numbers(c.batch * c.channels * space)
            let w = dice.numbers(c.filters * c.channels / c.groups * c.kernel.reduce(1, *)), dy = dice.numbers(c.batch * c.filters * outputs)
            let pool = Pool()
            // In double precision, which `ConvolutionTests` compares with the definition.
            let expected = ConvolutionTests.exact(x: x.map(Double.init), w: w.map(Double.init), dy: dy.map(Double.init)) {
                let wide = ConvolutionTests().run(c, CK_F64, x: $0, w: $1, dy: $2, pool: pool)
                return (wide.y, wide.dx, wide.dw)
            }
            var bits: Results?
            let lastX = last(x, c.channels, space), lastDY = last(dy, c.filters, outputs)
            for isa in instructionSets {
                for threads in [1, 2, 3] as [Int32] {
                    ck_set_isa(isa)
                    ck_pool_set_threads(pool.pointer, threads)
                    let got = form(lastX, w, lastDY, pool)
                    if let bits, isa > 0 {
                        #expect(bits == got, "bits with \(threads) threads, set \(isa)")
                        continue
                    }
                    #expect(got.isGuarded)
                    let found = [first(got.y, c.filters, outputs), first(got.dx, c.channels, space), got.dw]
                    for (exact, found) in zip(expected, found) {
                        #expect(exact.firstBeyond(product.bound, .f32, found.map(Double.init)) == nil, "\(threads) threads, set \(isa)")
                    }
                    if isa > 0 { bits = got }
                }
            }
        }

        /// Cases that only channels last has to do with: long rows, many panels, bands, pieces, rows that are gathered.
        static let more: [Case] = [
            Case(2, 40, 70, size: [12, 11], kernel: [3, 3], low: 1), Case(1, 24, 33, size: [300], kernel: [3], low: 1),
            Case(1, 16, 16, size: [3, 9, 10], kernel: [3, 3, 3], low: 1), Case(3, 33, 64, size: [8, 16], kernel: [1, 1], stride: 2),
            Case(2, 130, 20, size: [9, 9], kernel: [5, 5], stride: 2, low: 2),
            // Few outputs of many channels: taps are gathered first, filters are streamed.
            Case(2, 48, 80, size: [5, 6], kernel: [3, 3], low: 1), Case(1, 80, 144, size: [9, 9], kernel: [3, 3], stride: 2, low: 1),
        ]

        @Test(arguments: ConvolutionTests.cases.filter { $0.groups == 1 && $0.channels < 64 } + more)
        func sumsOverTapsFollowTheirDefinition(c: Case) { check(c) { Self.correlate(c, x: $0, w: $1, dy: $2, pool: $3) } }

        static let tiled: [Case] = [
            Case(2, 16, 16, size: [8, 8], kernel: [3, 3], low: 1), Case(3, 17, 33, size: [7, 5], kernel: [3, 3], low: 1),
            Case(2, 3, 5, size: [6, 9], kernel: [3, 3]), Case(1, 40, 70, size: [9, 13], kernel: [3, 3], low: 2),
            Case(2, 64, 96, size: [10, 10], kernel: [3, 3], low: 1), Case(1, 1, 1, size: [1, 1], kernel: [3, 3], low: 1),
            Case(2, 20, 24, size: [5, 6], kernel: [3, 3], low: 0, high: 2), Case(0, 16, 16, size: [8, 8], kernel: [3, 3], low: 1),
            // So many channels that the adjoint in the filters takes all positions of some of them, with more tiles position by position.
            Case(1, 130, 128, size: [6, 6], kernel: [3, 3], low: 1), Case(5, 96, 160, size: [12, 12], kernel: [3, 3], low: 1),
            Case(130, 96, 96, size: [4, 4], kernel: [3, 3], low: 1),
            // Images of so many tiles that these are transformed where they are multiplied.
            Case(2, 16, 48, size: [31, 32], kernel: [3, 3], low: 1),
        ]

        @Test(arguments: tiled)
        func winogradOfTwoStaysInItsBound(c: Case) { check(c, .winogradOfTwo) { Self.winograd(c, outputs: 2, x: $0, w: $1, dy: $2, pool: $3) } }

        @Test(arguments: tiled)
        func winogradOfFourStaysInItsBound(c: Case) { check(c, .winogradOfFour) { Self.winograd(c, outputs: 4, x: $0, w: $1, dy: $2, pool: $3) } }

        /// 16 images side by side, channels first.
        static func lanes(_ c: Case, x: [Float], w: [Float], dy: [Float], pool: Pool, bias: [Float]? = nil) -> Results {
            let (x, w, dy) = (Buffer(x), Buffer(w), Buffer(dy)), taps = c.kernel.reduce(1, *)
            let y = Buffer<Float>(repeating: .nan, count: dy.count), dx = Buffer<Float>(repeating: .nan, count: x.count)
            let dw = Buffer<Float>(repeating: .nan, count: w.count), bias = bias.map { Buffer($0) }
            for isAdjoint in [false, true] {
                var a = ck_lanes_args()
                (a.x, a.w) = (UnsafePointer(isAdjoint ? dy.pointer : x.pointer), UnsafePointer(w.pointer))
                a.y = isAdjoint ? dx.pointer : y.pointer
                (a.images, a.turned) = (Int64(c.batch), isAdjoint)
                (a.sources, a.targets) = isAdjoint ? (Int64(c.filters), Int64(c.channels)) : (Int64(c.channels), Int64(c.filters))
                (a.target_stride, a.source_stride) = isAdjoint ? (Int64(taps), Int64(c.channels * taps)) : (Int64(c.channels * taps), Int64(taps))
                set(&a.size, Array((isAdjoint ? c.output : c.size)[1...]))
                set(&a.output, Array((isAdjoint ? c.size : c.output)[1...]))
                set(&a.kernel, Array(c.kernel[1...]))
                set(&a.low, [1, 2].map { isAdjoint ? c.kernel[$0] - 1 - c.low[$0] : c.low[$0] })
                if !isAdjoint, let bias { (a.bias, a.relu) = (UnsafePointer(bias.pointer), true) }
                pool.run(ck_lanes_tiles, ck_lanes_run, a)
            }
            var g = ck_lanes_gradient_args()
            (g.x, g.dy, g.dw) = (UnsafePointer(x.pointer), UnsafePointer(dy.pointer), dw.pointer)
            (g.images, g.sources, g.targets) = (Int64(c.batch), Int64(c.channels), Int64(c.filters))
            set(&g.size, Array(c.size[1...]))
            set(&g.kernel, Array(c.kernel[1...]))
            set(&g.low, Array(c.low[1...]))
            set(&g.output, Array(c.output[1...]))
            let sums = space(ck_lanes_gradient_workspace(&g) / 4)
            g.workspace = sums.pointer
            pool.run(ck_lanes_gradient_gather_tiles, ck_lanes_gradient_gather_run, g)
            pool.run(ck_lanes_gradient_finish_tiles, ck_lanes_gradient_finish_run, g)
            return Results(y: y.values, dx: dx.values, dw: dw.values, isGuarded: y.isGuarded && dx.isGuarded && dw.isGuarded && sums.isGuarded)
        }

        /// Every channel by itself.
        static func depthwise(_ c: Case, x: [Float], w: [Float], dy: [Float], pool: Pool) -> Results {
            let (x, w, dy) = (Buffer(x), Buffer(w), Buffer(dy))
            let y = Buffer<Float>(repeating: .nan, count: dy.count), dx = Buffer<Float>(repeating: .nan, count: x.count)
            let dw = Buffer<Float>(repeating: .nan, count: w.count)
            var a = ck_depthwise_args()
            (a.images, a.channels) = (Int64(c.batch), Int64(c.channels))
            set(&a.size, c.size)
            set(&a.kernel, c.kernel)
            set(&a.stride, c.stride)
            set(&a.low, c.low)
            set(&a.dilation, c.dilation)
            set(&a.output, c.output)
            let sums = space(ck_depthwise_weights_workspace(&a) / 4)
            (a.x, a.w, a.y, a.workspace) = (x.pointer, w.pointer, y.pointer, sums.pointer)
            pool.run(ck_depthwise_forward_tiles, ck_depthwise_forward_run, a)
            (a.x, a.y) = (dx.pointer, dy.pointer)
            pool.run(ck_depthwise_input_tiles, ck_depthwise_input_run, a)
            (a.x, a.w) = (x.pointer, dw.pointer)
            pool.run(ck_depthwise_weights_tiles, ck_depthwise_weights_run, a)
            pool.run(ck_depthwise_weights_finish_tiles, ck_depthwise_weights_finish_run, a)
            return Results(y: y.values, dx: dx.values, dw: dw.values, isGuarded: y.isGuarded && dx.isGuarded && dw.isGuarded && sums.isGuarded)
        }

        static let apart: [Case] = [
            Case(2, 12, 12, groups: 12, size: [13, 13], kernel: [3, 3], low: 1),
            Case(3, 70, 70, groups: 70, size: [9, 8], kernel: [3, 2], stride: 2, low: 1),
            Case(2, 64, 64, groups: 64, size: [7], kernel: [3], stride: 3, low: 2, dilation: 2),
            Case(1, 3, 3, groups: 3, size: [3, 4, 5], kernel: [2, 3, 2], low: 1), Case(0, 4, 4, groups: 4, size: [5, 5], kernel: [3, 3]),
        ]

        @Test(arguments: apart)
        func channelsByThemselvesFollowTheDefinition(c: Case) { check(c) { Self.depthwise(c, x: $0, w: $1, dy: $2, pool: $3) } }

        static let few: [Case] = [
            Case(16, 1, 6, size: [12, 12], kernel: [5, 5], low: 2), Case(17, 3, 5, size: [9, 11], kernel: [3, 2], low: 1, high: 0),
            Case(5, 2, 7, size: [12, 7], kernel: [4, 3], low: 2), Case(33, 6, 16, size: [7, 9], kernel: [5, 5]),
            Case(3, 1, 1, size: [1, 1], kernel: [1, 1]), Case(8, 2, 3, size: [20], kernel: [7], low: 3),
            Case(0, 1, 4, size: [5, 5], kernel: [3, 3]),
        ]

        @Test(arguments: few)
        func imagesSideBySideFollowTheDefinition(c: Case) { check(c, isLast: false) { Self.lanes(c, x: $0, w: $1, dy: $2, pool: $3) } }

        @Test func tailsOfImagesSideBySide() {
            let c = Self.few[1], pool = Pool(), outputs = c.output.reduce(1, *)
            var dice = Dice(37)
            let x = dice.numbers(c.batch * c.channels * c.size.reduce(1, *)), w = dice.numbers(c.filters * c.channels * c.kernel.reduce(1, *))
            let dy = dice.numbers(c.batch * c.filters * outputs), bias = dice.numbers(c.filters)
            let plain = Self.lanes(c, x: x, w: w, dy: dy, pool: pool).y, tail = Self.lanes(c, x: x, w: w, dy: dy, pool: pool, bias: bias).y
            for i in plain.indices { #expect(tail[i] == max(plain[i] + bias[i / outputs % c.filters], 0)) }
        }

        /// On every instruction set, at whole panels and at parts of them.
        @Test(arguments: [0, 1, 3, 4, 10])
        func tailsScaleAddAndCut(number: Int) {
            defer { ck_set_isa(-1) }
            let c = Self.tiled[number], pool = Pool(), outputs = c.output.reduce(1, *)
            var dice = Dice(29)
            let x = dice.numbers(c.batch * c.channels * c.size.reduce(1, *)), w = dice.numbers(c.filters * c.channels * 9)
            let dy = dice.numbers(c.batch * c.filters * outputs), bias = dice.numbers(c.filters), residual = dice.numbers(dy.count)
            let scale = dice.numbers(c.filters)
            typealias Form = ([[Float]]?) -> Results
            let forms: [Form] = [
                { Self.correlate(c, x: x, w: w, dy: dy, pool: pool, tail: $0) },
                { Self.winograd(c, outputs: 2, x: x, w: w, dy: dy, pool: pool, tail: $0) },
                { Self.winograd(c, outputs: 4, x: x, w: w, dy: dy, pool: pool, tail: $0) },
            ]
            for isa in instructionSets {
                ck_set_isa(isa)
                for form in forms {
                    let plain = form(nil).y, tail = form([scale, bias, residual]).y
                    let wrong = plain.indices.filter { tail[$0] != max(plain[$0] * scale[$0 % c.filters] + bias[$0 % c.filters] + residual[$0], 0) }
                    #expect(wrong.isEmpty, "set \(isa)")
                }
            }
        }
    }
}
