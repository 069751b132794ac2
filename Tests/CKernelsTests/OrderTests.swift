import CKernels
import DaedalGraph
import DaedalTensor
import Testing

extension KernelTests {
    @Suite struct OrderTests {
        static let shapes = [(1, 1, 1), (3, 7, 1), (2, 300, 1), (4, 5, 9), (1, 33, 70), (0, 4, 2), (3, 1, 4), (1, 40000, 1)]

        /// Numbers with ties, signed zeros, infinities and NaN.
        static func awkward(_ dice: inout Dice, _ count: Int) -> [Double] {
            (0..<count).map { _ in
                switch dice.next(0...20) {
                case 0: .nan
                case 1: -0.0
                case 2: 0.0
                case 3: .infinity
                case 4: -.infinity
                default: Double(dice.next(-50...50)) * 0.25
                }
            }
        }

        func check<T: BitwiseCopyable & Comparable>(_ shape: (Int, Int, Int), _ type: Int, _ values: [T], isNaN: (T) -> Bool) {
            let (outer, length, inner) = shape, pool = Pool()
            let source = Buffer(values), order = Buffer<Int64>(repeating: -1, count: values.count),
                best = Buffer<Int64>(repeating: -1, count: outer * inner)
            pool.run(
                ck_order_tiles, ck_order_run,
                ck_axis_args(
                    source: source.pointer, target: order.pointer, outer: Int64(outer), length: Int64(length), inner: Int64(inner), type: UInt8(type))
            )
            pool.run(
                ck_index_of_maximum_tiles, ck_index_of_maximum_run,
                ck_axis_args(
                    source: source.pointer, target: best.pointer, outer: Int64(outer), length: Int64(length), inner: Int64(inner), type: UInt8(type)))
            for o in 0..<outer {
                for i in 0..<inner {
                    let line = (0..<length).map { values[(o * length + $0) * inner + i] }
                    func precedes(_ a: Int, _ b: Int) -> Bool {
                        if isNaN(line[a]) || isNaN(line[b]) { return isNaN(line[a]) == isNaN(line[b]) ? a < b : isNaN(line[b]) }
                        return line[a] != line[b] ? line[a] < line[b] : a < b
                    }
                    #expect((0..<length).map { Int(order.pointer[(o * length + $0) * inner + i]) } == line.indices.sorted(by: precedes))
                    var at = 0
                    for k in 1..<max(1, length) where !isNaN(line[at]) && (isNaN(line[k]) || line[k] > line[at]) { at = k }
                    #expect(best.pointer[o * inner + i] == Int64(at))
                }
            }
            #expect(order.isGuarded && best.isGuarded)
        }

        @Test(arguments: shapes)
        func ordersAreStableAndMaximaFirst(shape: (Int, Int, Int)) {
            var dice = Dice(41)
            let numbers = Self.awkward(&dice, shape.0 * shape.1 * shape.2), whole = numbers.map { Int64($0.isFinite ? $0 * 4 : 7) }
            check(shape, CK_F64, numbers) { $0.isNaN }
            check(shape, CK_F32, numbers.map { Float($0) }) { $0.isNaN }
            check(shape, CK_I64, whole.map { $0 &* 0x1234_5678_9ABC }) { _ in false }
            check(shape, CK_I32, whole.map { Int32($0) }) { _ in false }
            check(shape, CK_BOOL, whole.map { UInt8($0 & 1) }) { _ in false }
        }

        @Test(arguments: shapes)
        func runningSumsAreChains(shape: (Int, Int, Int)) {
            let (outer, length, inner) = shape, pool = Pool()
            var dice = Dice(43)
            func check<T: BitwiseCopyable & Equatable>(_ type: Int, _ values: [T], _ add: (T, T) -> T) {
                let source = Buffer(values), target = Buffer(values)
                pool.run(
                    ck_cumulative_sum_tiles, ck_cumulative_sum_run,
                    ck_axis_args(
                        source: source.pointer, target: target.pointer, outer: Int64(outer), length: Int64(length), inner: Int64(inner),
                        type: UInt8(type)))
                var expected = values
                for at in expected.indices where at / inner % length > 0 { expected[at] = add(expected[at - inner], expected[at]) }
                #expect(target.values == expected && target.isGuarded)
            }
            let numbers = dice.numbers(outer * length * inner)
            check(CK_F32, numbers, +)
            check(CK_F64, numbers.map(Double.init), +)
            check(CK_I32, numbers.map { Int32($0 * 4e9) }, &+)
            check(CK_I64, numbers.map { Int64($0 * 1e19) }, &+)
        }

        @Test func reductionsFollowTheirDefinition() {
            var dice = Dice(47)
            let pool = Pool()
            for number in 0..<120 {
                let rank = dice.next(1...4)
                var extent = (0..<rank).map { _ in dice.next(1...6) }
                if number % 12 == 0 { extent[dice.next(0...rank - 1)] = 0 }
                if number % 9 == 0 { extent[rank - 1] = dice.next(50...300) }
                let isReduced = (0..<rank).map { _ in dice.flag() }, count = extent.reduce(1, *)
                var strides = [Int](repeating: 1, count: rank)
                for axis in (0..<rank - 1).reversed() { strides[axis] = strides[axis + 1] * extent[axis + 1] }
                if number % 5 == 0 && rank > 1 && extent[0] == extent[1] { strides.swapAt(0, 1) }
                let kept = (0..<rank).filter { !isReduced[$0] }, reduced = (0..<rank).filter { isReduced[$0] }
                let results = kept.map { extent[$0] }.reduce(1, *)
                /// The groups of source positions, by result.
                var groups = [[Int]](repeating: [], count: results)
                for flat in 0..<count {
                    var rest = flat, at = 0, place = 0, scale = 1
                    for axis in (0..<rank).reversed() {
                        at += rest % extent[axis] * strides[axis]
                        if !isReduced[axis] {
                            place += rest % extent[axis] * scale
                            scale *= extent[axis]
                        }
                        rest /= extent[axis]
                    }
                    groups[place].append(at)
                }
                func check<T: BitwiseCopyable & Equatable, R: BitwiseCopyable & Equatable>(
                    _ type: Int, _ operation: Int, _ values: [T], _ zero: R, _ expected: ([T]) -> R, _ same: (R, R) -> Bool
                ) {
                    check(type, operation, values, zero) { same($0, expected($1)) }
                }
                func check<T: BitwiseCopyable & Equatable, R: BitwiseCopyable & Equatable>(
                    _ type: Int, _ operation: Int, _ values: [T], _ zero: R, _ accepts: (R, [T]) -> Bool
                ) {
                    let source = Buffer(values), target = Buffer(repeating: zero, count: results)
                    var p = ck_reduce_args()
                    (p.source, p.target) = (UnsafeRawPointer(source.pointer), UnsafeMutableRawPointer(target.pointer))
                    (p.kept_rank, p.reduced_rank) = (Int64(kept.count), Int64(reduced.count))
                    fill(&p.kept_extent, kept.map { extent[$0] })
                    fill(&p.kept_stride, kept.map { strides[$0] })
                    fill(&p.reduced_extent, reduced.map { extent[$0] })
                    fill(&p.reduced_stride, reduced.map { strides[$0] })
                    (p.type, p.operation) = (UInt8(type), UInt8(operation))
                    pool.run(ck_reduce_tiles, ck_reduce_run, p)
                    let isRight = zip(target.values, groups).allSatisfy { result, group in accepts(result, group.map { values[$0] }) }
                    #expect(isRight && target.isGuarded, "type \(type) operation \(operation) extent \(extent) reduced \(isReduced)")
                }
                let numbers: [Double] = OrderTests.awkward(&dice, max(1, count)).map { $0.isInfinite ? 1 : $0 }
                let finite: [Double] = numbers.map { $0.isNaN ? 0.5 : $0 }
                let whole: [Int64] = finite.map { (x: Double) -> Int64 in Int64(x * 4) &* 0x1_2345_6789 }
                let flags: [UInt8] = whole.map { UInt8($0 & 1) }
                let single: [Float] = numbers.map { Float($0) }, finiteSingle: [Float] = finite.map { Float($0) }
                let short: [Int32] = whole.map { Int32(truncatingIfNeeded: $0) }
                func wide(_ v: [Float]) -> [Double] { v.map { Double($0) } }
                func isSum(_ found: Double, of v: [Double], _ type: ElementType) -> Bool {
                    let terms = ErrorBound.Terms(count: Double(v.count), magnitude: v.reduce(0) { $0 + abs($1) })
                    return Primitive.sum.bound(type).accepts(found, v.reduce(0, +), type, terms)
                }
                func nanMaximum(_ v: [Double]) -> Double { v.contains { $0.isNaN } ? .nan : v.max() ?? -.infinity }
                func nanMinimum(_ v: [Double]) -> Double { v.contains { $0.isNaN } ? .nan : v.min() ?? .infinity }
                func sameOrNaN(_ a: Double, _ b: Double) -> Bool { a == b || (a.isNaN && b.isNaN) }
                check(CK_F64, CK_SUM, finite, 0.0) { isSum($0, of: $1, .f64) }
                check(CK_F32, CK_SUM, finiteSingle, Float(0)) { isSum(Double($0), of: wide($1), .f32) }
                check(CK_F64, CK_MAXIMUM, numbers, 0.0, nanMaximum, sameOrNaN)
                check(CK_F64, CK_MINIMUM, numbers, 0.0, nanMinimum, sameOrNaN)
                check(
                    CK_F32, CK_MAXIMUM, single, Float(0), { v -> Float in Float(nanMaximum(wide(v))) },
                    { (a: Float, b: Float) in a == b || (a.isNaN && b.isNaN) })
                check(CK_I64, CK_SUM, whole, Int64(0), { v -> Int64 in v.reduce(0, &+) }, ==)
                check(CK_I64, CK_PRODUCT, whole, Int64(0), { v -> Int64 in v.reduce(1, &*) }, ==)
                check(CK_I64, CK_MAXIMUM, whole, Int64(0), { v -> Int64 in v.max() ?? .min }, ==)
                check(CK_I32, CK_SUM, short, Int32(0), { v -> Int32 in v.reduce(0, &+) }, ==)
                check(CK_I32, CK_MINIMUM, short, Int32(0), { v -> Int32 in v.min() ?? .max }, ==)
                check(CK_BOOL, CK_SUM, flags, Int64(0), { v -> Int64 in v.reduce(Int64(0)) { $0 + Int64($1) } }, ==)
                check(CK_BOOL, CK_PRODUCT, flags, UInt8(0), { v -> UInt8 in v.reduce(1, &) }, ==)
                check(CK_BOOL, CK_MAXIMUM, flags, UInt8(0), { v -> UInt8 in v.reduce(0, |) }, ==)
            }
        }
    }
}
