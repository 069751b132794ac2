import CKernels
import Testing

extension KernelTests {
    /// Windows with channels last beside those with channels first, which are tested against their definition.
    @Suite struct WindowLastTests {
        /// 117 channels are four vectors, two, one and one that overlaps it.
        @Test(arguments: WindowTests.cases.enumerated().flatMap { $0 < 6 ? [($1, 3), ($1, 117)] : $0 < 24 ? [($1, 3), ($1, 21)] : [] })
        func orderOfChannelsChangesNothing(c: WindowTests.Case, channels: Int) {
            let pool = Pool(threads: 2), size = c.size.reduce(1, *), outputs = c.output.reduce(1, *), images = c.planes
            for special in [Float.nan, -.infinity] {
                var dice = Dice(31)
                func numbers(_ count: Int) -> [Float] {
                    (0..<images * channels * count).map { _ in dice.next(0...20) == 0 ? special : Float(dice.next(-4...4)) }
                }
                let x = numbers(size), v = numbers(size), dy = numbers(outputs)
                func firstForm(_ count: Int, _ tiles: ck_tiles_function, _ run: @escaping ck_tile_function, v second: [Float]) -> [Float] {
                    let y = Buffer<Float>(repeating: 99, count: images * channels * count), x = Buffer(x), second = Buffer(second)
                    var p = ck_window_args()
                    p.planes = Int64(images * channels)
                    (p.x, p.v, p.y) = (UnsafeRawPointer(x.pointer), UnsafeRawPointer(second.pointer), UnsafeMutableRawPointer(y.pointer))
                    fill(&p.size, c.size)
                    fill(&p.kernel, c.kernel)
                    fill(&p.stride, c.stride)
                    fill(&p.low, c.low)
                    fill(&p.dilation, c.dilation)
                    fill(&p.output, c.output)
                    p.type = UInt8(CK_F32)
                    pool.run(tiles, run, p)
                    return y.values
                }
                func lastForm(_ count: Int, _ tiles: ck_tiles_function, _ run: @escaping ck_tile_function, v second: [Float], space: Int) -> [Float] {
                    let y = Buffer<Float>(repeating: 99, count: images * channels * count)
                    let x = Buffer(ChannelsLastTests.last(x, channels: channels, space: size))
                    let second = Buffer(ChannelsLastTests.last(second, channels: channels, space: space))
                    var p = ck_window_last_args()
                    (p.images, p.channels) = (Int64(images), Int64(channels))
                    (p.x, p.v, p.y) = (UnsafePointer(x.pointer), UnsafePointer(second.pointer), y.pointer)
                    fill(&p.size, c.size)
                    fill(&p.kernel, c.kernel)
                    fill(&p.stride, c.stride)
                    fill(&p.low, c.low)
                    fill(&p.dilation, c.dilation)
                    fill(&p.output, c.output)
                    pool.run(tiles, run, p)
                    #expect(y.isGuarded)
                    return ChannelsLastTests.first(y.values, channels: channels, space: count)
                }
                func expectSame(_ a: [Float], _ b: [Float], _ what: String) {
                    #expect(a.count == b.count && zip(a, b).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }, "\(what) of \(c)")
                }
                expectSame(
                    lastForm(outputs, ck_window_last_maximum_tiles, ck_window_last_maximum_run, v: [], space: 1),
                    firstForm(outputs, ck_window_maximum_tiles, ck_window_maximum_run, v: []), "maxima")
                expectSame(
                    lastForm(outputs, ck_window_last_maximum_gather_tiles, ck_window_last_maximum_gather_run, v: v, space: size),
                    firstForm(outputs, ck_window_maximum_gather_tiles, ck_window_maximum_gather_run, v: v), "gathered")
                expectSame(
                    lastForm(size, ck_window_last_maximum_scatter_tiles, ck_window_last_maximum_scatter_run, v: dy, space: outputs),
                    firstForm(size, ck_window_maximum_scatter_tiles, ck_window_maximum_scatter_run, v: dy), "scattered")
                expectSame(
                    lastForm(outputs, ck_window_last_sum_tiles, ck_window_last_sum_run, v: [], space: 1),
                    firstForm(outputs, ck_window_sum_tiles, ck_window_sum_run, v: []), "sums")
                expectSame(
                    lastForm(size, ck_window_last_sum_scatter_tiles, ck_window_last_sum_scatter_run, v: dy, space: outputs),
                    firstForm(size, ck_window_sum_scatter_tiles, ck_window_sum_scatter_run, v: dy), "spread")
            }
        }
    }
}
