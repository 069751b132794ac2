import CKernels
import Testing

extension KernelTests {
    @Suite struct WindowTests {
        struct Case: CustomStringConvertible {
            var planes: Int
            /// Three axes each.
            var size, kernel, stride, low, dilation, output: [Int]
            var description: String {
                "planes \(planes) size \(size) kernel \(kernel) stride \(stride) low \(low) dilation \(dilation) output \(output)"
            }
        }

        static let cases: [Case] = {
            var dice = Dice(23)
            var cases: [Case] = [
                Case(planes: 3, size: [1, 8, 8], kernel: [1, 2, 2], stride: [1, 2, 2], low: [0, 0, 0], dilation: [1, 1, 1], output: [1, 4, 4]),
                Case(
                    planes: 2, size: [1, 7, 41], kernel: [1, 2, 2], stride: [1, 2, 2], low: [0, 0, 0], dilation: [1, 1, 1], output: [1, 3, 20]),
                Case(planes: 2, size: [3, 4, 6], kernel: [1, 2, 2], stride: [1, 2, 2], low: [0, 0, 0], dilation: [1, 1, 1], output: [3, 2, 3]),
                Case(
                    planes: 2, size: [1, 1, 700], kernel: [1, 1, 3], stride: [1, 1, 2], low: [0, 0, 1], dilation: [1, 1, 1], output: [1, 1, 350]),
                // Windows that lie wholly in the padding.
                Case(planes: 1, size: [1, 1, 2], kernel: [1, 1, 2], stride: [1, 1, 1], low: [0, 0, 3], dilation: [1, 1, 1], output: [1, 1, 7]),
                Case(planes: 0, size: [1, 4, 4], kernel: [1, 2, 2], stride: [1, 2, 2], low: [0, 0, 0], dilation: [1, 1, 1], output: [1, 2, 2]),
            ]
            for _ in 0..<40 {
                var c = Case(planes: dice.next(1...4), size: [], kernel: [], stride: [], low: [], dilation: [], output: [])
                let axes = dice.next(1...3)
                for axis in 0..<3 {
                    let isUsed = axis >= 3 - axes
                    c.size.append(isUsed ? dice.next(3...12) : 1)
                    c.kernel.append(isUsed ? dice.next(1...3) : 1)
                    c.stride.append(isUsed ? dice.next(1...3) : 1)
                    c.low.append(isUsed ? dice.next(0...2) : 0)
                    c.dilation.append(isUsed && dice.next(0...3) == 0 ? 2 : 1)
                    let room = c.size[axis] + c.low[axis] + (isUsed ? dice.next(0...1) : 0) - (c.kernel[axis] - 1) * c.dilation[axis] - 1
                    c.output.append(max(0, room) / c.stride[axis] + 1)
                }
                cases.append(c)
            }
            return cases
        }()

        /// The positions of the plane that each window holds, in order.
        func windows(_ c: Case) -> [[Int]] {
            var windows: [[Int]] = []
            for at in 0..<c.output.reduce(1, *) {
                let o = [at / (c.output[1] * c.output[2]), at / c.output[2] % c.output[1], at % c.output[2]]
                var positions: [Int] = []
                for r in 0..<c.kernel.reduce(1, *) {
                    let k = [r / (c.kernel[1] * c.kernel[2]), r / c.kernel[2] % c.kernel[1], r % c.kernel[2]]
                    let i = (0..<3).map { o[$0] * c.stride[$0] + k[$0] * c.dilation[$0] - c.low[$0] }
                    if (0..<3).allSatisfy({ i[$0] >= 0 && i[$0] < c.size[$0] }) { positions.append((i[0] * c.size[1] + i[1]) * c.size[2] + i[2]) }
                }
                windows.append(positions)
            }
            return windows
        }

        func check<T: BitwiseCopyable & Comparable & Numeric>(
            _ c: Case, _ type: Int, lowest: T, isNaN: (T) -> Bool, same: (T, T) -> Bool, number: (inout Dice) -> T
        ) {
            var dice = Dice(29)
            let pool = Pool(threads: 2), size = c.size.reduce(1, *), outputs = c.output.reduce(1, *), held = windows(c)
            let x = Buffer((0..<c.planes * size).map { _ in number(&dice) }), v = Buffer((0..<c.planes * size).map { _ in number(&dice) })
            let dy = Buffer((0..<c.planes * outputs).map { _ in number(&dice) })
            var p = ck_window_args()
            p.planes = Int64(c.planes)
            fill(&p.size, c.size)
            fill(&p.kernel, c.kernel)
            fill(&p.stride, c.stride)
            fill(&p.low, c.low)
            fill(&p.dilation, c.dilation)
            fill(&p.output, c.output)
            p.type = UInt8(type)
            func result(_ count: Int, _ tiles: ck_tiles_function, _ run: @escaping ck_tile_function, v second: Buffer<T>?) -> [T] {
                let y = Buffer<T>(repeating: 99, count: count)
                p.x = UnsafeRawPointer(x.pointer)
                p.v = UnsafeRawPointer(second?.pointer)
                p.y = UnsafeMutableRawPointer(y.pointer)
                pool.run(tiles, run, p)
                #expect(y.isGuarded)
                return y.values
            }
            var maxima: [T] = [], gathered: [T] = [], sums: [T] = []
            var scattered = [T](repeating: 0, count: c.planes * size), spread = scattered
            for plane in 0..<c.planes {
                for (at, positions) in held.enumerated() {
                    var winner: Int?
                    var sum: T = 0
                    for position in positions {
                        let value = x.pointer[plane * size + position]
                        sum += value
                        spread[plane * size + position] += dy.pointer[plane * outputs + at]
                        guard let old = winner.map({ x.pointer[plane * size + $0] }) else {
                            winner = position
                            continue
                        }
                        if !isNaN(old) && (isNaN(value) || value > old) { winner = position }
                    }
                    sums.append(sum)
                    maxima.append(winner.map { x.pointer[plane * size + $0] } ?? lowest)
                    gathered.append(winner.map { v.pointer[plane * size + $0] } ?? 0)
                    if let winner { scattered[plane * size + winner] += dy.pointer[plane * outputs + at] }
                }
            }
            func expectSame(_ a: [T], _ b: [T], _ what: String) { #expect(a.count == b.count && zip(a, b).allSatisfy(same), "\(what) of \(c)") }
            expectSame(result(c.planes * outputs, ck_window_maximum_tiles, ck_window_maximum_run, v: nil), maxima, "maxima")
            expectSame(result(c.planes * outputs, ck_window_maximum_gather_tiles, ck_window_maximum_gather_run, v: v), gathered, "gathered")
            expectSame(result(c.planes * size, ck_window_maximum_scatter_tiles, ck_window_maximum_scatter_run, v: dy), scattered, "scattered")
            expectSame(result(c.planes * outputs, ck_window_sum_tiles, ck_window_sum_run, v: nil), sums, "sums")
            expectSame(result(c.planes * size, ck_window_sum_scatter_tiles, ck_window_sum_scatter_run, v: dy), spread, "spread")
        }

        @Test(arguments: cases)
        func windowsFollowTheirDefinition(c: Case) {
            // Few different values: many ties; some are NaN.
            func same(_ a: Float, _ b: Float) -> Bool { a == b || (a.isNaN && b.isNaN) }
            check(c, CK_F32, lowest: -Float.infinity, isNaN: { $0.isNaN }, same: same) { $0.next(0...40) == 0 ? .nan : Float($0.next(-4...4)) }
            check(c, CK_F32, lowest: -Float.infinity, isNaN: { $0.isNaN }, same: same) { $0.next(0...5) == 0 ? -.infinity : Float($0.next(-4...4)) }
            check(c, CK_F64, lowest: -Double.infinity, isNaN: { $0.isNaN }, same: ==) { Double($0.next(-4...4)) }
            check(c, CK_I64, lowest: Int64.min, isNaN: { _ in false }, same: ==) { Int64($0.next(-4...4)) }
            check(c, CK_I32, lowest: Int32.min, isNaN: { _ in false }, same: ==) { Int32($0.next(-4...4)) }
        }
    }
}
