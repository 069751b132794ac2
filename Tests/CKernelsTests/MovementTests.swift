import CKernels
import Testing

extension KernelTests {
    @Suite struct MovementTests {
        func copy<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type, bytes: Int) {
            var dice = Dice(31)
            let pool = Pool()
            for number in 0..<150 {
                let rank = dice.next(0...5)
                var extent = (0..<rank).map { _ in dice.next(number % 25 == 0 ? 0...3 : 1...7) }
                if number % 10 == 0 && rank >= 2 { (extent[0], extent[rank - 1]) = (dice.next(50...150), dice.next(50...150)) }
                let count = extent.reduce(1, *)
                // The target is dense in a drawn order of the axes; the source dense in another, some axes stretched or flipped.
                func strides(_ axes: [Int]) -> [Int] {
                    var result = [Int](repeating: 0, count: rank), next = 1
                    for axis in axes {
                        result[axis] = next
                        next *= max(1, extent[axis])
                    }
                    return result
                }
                func shuffled() -> [Int] {
                    var axes = Array(0..<rank)
                    for i in axes.indices.reversed() where i > 0 { axes.swapAt(i, dice.next(0...i)) }
                    return axes
                }
                let targetStrides = strides(number % 2 == 0 ? Array((0..<rank).reversed()) : shuffled())
                var sourceStrides = strides(shuffled()), corner = 0
                for axis in 0..<rank {
                    let choice = dice.next(0...5)
                    if choice == 0 { sourceStrides[axis] = 0 }
                    if choice == 1 {
                        corner += sourceStrides[axis] * max(0, extent[axis] - 1)
                        sourceStrides[axis] = -sourceStrides[axis]
                    }
                }
                let source = Buffer((0..<max(1, count)).map { T(truncatingIfNeeded: $0 &* 7 &+ 1) }), target = Buffer<T>(repeating: 0, count: count)
                var p = ck_copy_args()
                p.source = UnsafeRawPointer(source.pointer + corner)
                p.target = UnsafeMutableRawPointer(target.pointer)
                p.rank = Int64(rank)
                fill(&p.extent, extent)
                fill(&p.source_stride, sourceStrides)
                fill(&p.target_stride, targetStrides)
                p.element_bytes = UInt8(bytes)
                pool.run(ck_copy_tiles, ck_copy_run, p)
                var wrong = 0
                for flat in 0..<count {
                    var rest = flat, from = corner, to = 0
                    for axis in (0..<rank).reversed() {
                        from += rest % extent[axis] * sourceStrides[axis]
                        to += rest % extent[axis] * targetStrides[axis]
                        rest /= extent[axis]
                    }
                    if target.pointer[to] != source.pointer[from] { wrong += 1 }
                }
                #expect(wrong == 0 && target.isGuarded, "extent \(extent) from \(sourceStrides) to \(targetStrides)")
            }
        }

        @Test(arguments: instructionSets) func stridedCopies(isa: Int32) {
            ck_set_isa(isa)
            defer { ck_set_isa(-1) }
            copy(UInt8.self, bytes: 1)
            copy(UInt32.self, bytes: 4)
            copy(UInt64.self, bytes: 8)
        }

        @Test func aDynamicStartMovesThePointer() {
            let pool = Pool(), source = Buffer((0..<60).map { Int32($0) }), target = Buffer<Int32>(repeating: -1, count: 60),
                starts = Buffer<Int64>([3, 5])
            var p = ck_copy_args()
            (p.source, p.target) = (UnsafeRawPointer(source.pointer), UnsafeMutableRawPointer(target.pointer))
            (p.source_start, p.source_start_stride) = (UnsafePointer(starts.pointer), 6)
            (p.target_start, p.target_start_stride) = (UnsafePointer(starts.pointer + 1), 1)
            p.rank = 2
            fill(&p.extent, [4, 2])
            fill(&p.source_stride, [6, 1])
            fill(&p.target_stride, [12, 1])
            p.element_bytes = 4
            pool.run(ck_copy_tiles, ck_copy_run, p)
            for at in 0..<60 {
                let (row, column) = (at / 12, at % 12 - 5)
                #expect(target.pointer[at] == (row < 4 && (0..<2).contains(column) ? Int32((row + 3) * 6 + column) : -1))
            }
        }

        @Test func fillsTouchNothingElse() {
            let pool = Pool(), target = Buffer<Double>(repeating: 1, count: 7 * 9)
            var p = ck_fill_args()
            p.target = UnsafeMutableRawPointer(target.pointer + 9 + 2)
            p.bits = (-2.5).bitPattern
            p.rank = 2
            fill(&p.extent, [4, 5])
            fill(&p.target_stride, [9, 1])
            p.element_bytes = 8
            pool.run(ck_fill_tiles, ck_fill_run, p)
            for at in 0..<63 { #expect(target.pointer[at] == ((1..<5).contains(at / 9) && (2..<7).contains(at % 9) ? -2.5 : 1)) }
            let bytes = Buffer<UInt8>(repeating: 0, count: 200_000)
            p.target = UnsafeMutableRawPointer(bytes.pointer)
            (p.bits, p.rank, p.element_bytes) = (1, 1, 1)
            fill(&p.extent, [200_000])
            fill(&p.target_stride, [1])
            pool.run(ck_fill_tiles, ck_fill_run, p)
            #expect(bytes.values.allSatisfy { $0 == 1 } && bytes.isGuarded)
        }

        @Test func iotaCountsAlongItsAxis() {
            let pool = Pool()
            func check<T: BitwiseCopyable & Equatable>(_ type: Int, _ make: (Int) -> T) {
                let target = Buffer(repeating: make(99), count: 3 * 5 * 4)
                pool.run(ck_iota_tiles, ck_iota_run, ck_iota_args(target: target.pointer, outer: 3, length: 5, inner: 4, type: UInt8(type)))
                #expect(target.values == (0..<60).map { make($0 / 4 % 5) })
            }
            check(CK_I32) { Int32($0) }
            check(CK_I64) { Int64($0) }
            check(CK_F32) { Float($0) }
            check(CK_F64) { Double($0) }
        }

        @Test func badIndicesAreFound() {
            for limit in [1, 5, 3000] {
                var long = (0..<5000).map { Int64($0 % limit) }, short = long.map { Int32($0) }
                #expect(ck_index_check(&long, Int32(CK_I64), 5000, Int64(limit)) == -1)
                #expect(ck_index_check(&short, Int32(CK_I32), 5000, Int64(limit)) == -1)
                (long[4321], long[4999], short[77], short[78]) = (-1, Int64(limit), Int32(limit), -5)
                #expect(ck_index_check(&long, Int32(CK_I64), 5000, Int64(limit)) == 4321)
                #expect(ck_index_check(&short, Int32(CK_I32), 5000, Int64(limit)) == 77)
            }
            #expect(ck_index_check(nil, Int32(CK_I64), 0, 0) == -1)
        }

        @Test func gatherAndScatterFollowTheOrderOfTheIndices() {
            var dice = Dice(37)
            let pool = Pool()
            for number in 0..<60 {
                let (outer, limit, count) = (dice.next(1...4), dice.next(1...30), dice.next(0...60)), inner = number % 4 == 0 ? 1 : dice.next(1...90)
                let scale = number % 15 == 0 ? 40 : 1
                let rows = (0..<count * scale).map { _ in Int32(dice.next(0...limit - 1)) }, total = count * scale
                let indices = Buffer(rows), x = Buffer(dice.numbers(outer * limit * inner)), values = Buffer(dice.numbers(outer * total * inner))
                let gathered = Buffer<Float>(repeating: 9, count: outer * total * inner)
                pool.run(
                    ck_gather_tiles, ck_gather_run,
                    ck_gather_args(
                        source: x.pointer, indices: indices.pointer, target: gathered.pointer, outer: Int64(outer), limit: Int64(limit),
                        count: Int64(total),
                        inner: Int64(inner), element_bytes: 4, index_type: UInt8(CK_I32)))
                var expected = gathered.values
                for at in expected.indices {
                    expected[at] = x.pointer[(at / (total * inner) * limit + Int(rows[at / inner % total])) * inner + at % inner]
                }
                #expect(gathered.values == expected && gathered.isGuarded)
                for mode in [CK_SCATTER_SET, CK_SCATTER_ADD, CK_SCATTER_MAXIMUM] {
                    let target = Buffer(x.values)
                    pool.run(
                        ck_scatter_tiles, ck_scatter_run,
                        ck_scatter_args(
                            target: target.pointer, indices: indices.pointer, values: values.pointer, outer: Int64(outer), limit: Int64(limit),
                            count: Int64(total), inner: Int64(inner), type: UInt8(CK_F32), index_type: UInt8(CK_I32), mode: UInt8(mode)))
                    var sums = x.values
                    for o in 0..<outer {
                        for (i, row) in rows.enumerated() {
                            for j in 0..<inner {
                                let (to, from) = ((o * limit + Int(row)) * inner + j, values.pointer[(o * total + i) * inner + j])
                                sums[to] = mode == CK_SCATTER_SET ? from : mode == CK_SCATTER_ADD ? sums[to] + from : max(sums[to], from)
                            }
                        }
                    }
                    #expect(target.values == sums && target.isGuarded)
                }
            }
        }
    }
}
