import DaedalData
import DaedalTensor
import Testing

@Suite struct OrderTests {
    @Test func philoxKnownAnswers() {
        // The known answers that the authors publish with Random123 for philox4x32-10.
        #expect(Philox.block(counter: SIMD4(repeating: 0), key: SIMD2(repeating: 0)) == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        #expect(
            Philox.block(counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max)) == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        #expect(
            Philox.block(counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: SIMD2(0xa409_3822, 0x299f_31d0))
                == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    @Test func boundedDrawsAreEven() {
        var random = Philox(seed: 1), counts = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[Int(random.next(below: 7))] += 1 }
        #expect(counts.allSatisfy { abs($0 - 10_000) < 500 })
        #expect((0..<1000).allSatisfy { _ in (0..<1).contains(random.nextUnit()) })
    }

    @Test func shuffleIsAPermutation() {
        var a = Array(0..<1000), b = a, c = a
        Shuffle.shuffle(&a, seed: 5)
        Shuffle.shuffle(&b, seed: 5)
        Shuffle.shuffle(&c, seed: 6)
        #expect(a == b && a != c && a != Array(0..<1000))
        #expect(a.sorted() == Array(0..<1000))
    }

    @Test func fractionsAndCounts() throws {
        let split = try Split(
            count: 1797, into: [.init("train", .fraction(0.8)), .init("validation", .fraction(0.1)), .init("test", .fraction(0.1))], seed: 0)
        #expect(split.parts.map(\.rows.count) == [1438, 179, 180])
        #expect(split.parts.flatMap { Array($0.rows) }.sorted() == Array(0..<1797))
        #expect(split.parts.allSatisfy { Array($0.rows) == $0.rows.sorted() })
        #expect(
            split
                == (try Split(
                    count: 1797, into: [.init("train", .fraction(0.8)), .init("validation", .fraction(0.1)), .init("test", .fraction(0.1))], seed: 0))
        )
        let other = try Split(
            count: 1797, into: [.init("train", .fraction(0.8)), .init("validation", .fraction(0.1)), .init("test", .fraction(0.1))], seed: 1)
        #expect(split != other)
        let counts = try Split(count: 100, into: [.init("test", .count(10)), .init("train", .rest)], order: .asIs, seed: 0)
        #expect(Array(counts.rows("test")) == Array(0..<10) && counts.rows("train").count == 90)
        let part = try Split(count: 100, into: [.init("train", .fraction(0.5)), .init("test", .fraction(0.2))], seed: 0)
        #expect(part.parts.map(\.rows.count) == [50, 20])
        let sorted = try Split(count: 4, into: [.init("train", .count(3)), .init("test", .count(1))], order: .sorted([3, 1, 2, 0]), seed: 0)
        #expect(Array(sorted.rows("train")) == [3, 1, 2] && Array(sorted.rows("test")) == [0])
        let many = try Split(count: 10, into: (0..<20).map { .init("\($0)", .fraction(0.05)) }, seed: 0)
        #expect(many.parts.map(\.rows.count).reduce(0, +) == 10)
        // Every row is as likely as any other to be drawn.
        var times = [Int](repeating: 0, count: 10)
        for seed in 0..<2000 {
            for row in try Split(count: 10, into: [.init("a", .count(3)), .init("b", .rest)], seed: UInt64(seed)).rows("a") { times[row] += 1 }
        }
        #expect(times.allSatisfy { abs($0 - 600) < 100 })
    }

    private static let impossible: [[Split.Share]] = [
        [.fraction(0.8), .fraction(0.3)], [.fraction(-0.1)], [.fraction(1.5)], [.fraction(.nan)], [.count(11)], [.count(-1)], [.count(6), .count(6)],
        [.count(.max), .count(.max)], [.rest, .rest], [.count(10), .fraction(0.5)], [.fraction(.infinity)],
    ]

    @Test(arguments: impossible)
    func refuses(_ shares: [Split.Share]) {
        let parts = shares.enumerated().map { Split.Part("p\($0)", $1) }
        #expect(failure { () throws(DataFailure) in try Split(count: 10, into: parts, seed: 0) }?.kind == .unfit)
    }

    @Test func groupsStayTogether() throws {
        let groups = (0..<1000).map { $0 * 7 % 50 }
        let parts: [Split.Part] = [.init("train", .fraction(0.8)), .init("validation", .fraction(0.1)), .init("test", .fraction(0.1))]
        for order in [Split.Order.random, .asIs] {
            let split = try Split(count: 1000, into: parts, order: order, groups: groups, seed: 4)
            let sets = split.parts.map { Set($0.rows.map { groups[$0] }) }
            #expect(sets[0].isDisjoint(with: sets[1]) && sets[0].isDisjoint(with: sets[2]) && sets[1].isDisjoint(with: sets[2]))
            #expect(split.parts.map(\.rows.count) == [800, 100, 100])
        }
        #expect(failure { () throws(DataFailure) in try Split(count: 10, into: parts, groups: groups, seed: 4) }?.kind == .unfit)
        let one = try Split(count: 6, into: parts, groups: [1, 1, 1, 1, 1, 1], seed: 0)
        #expect(one.parts.map(\.rows.count) == [6, 0, 0])
    }

    @Test func batches() throws {
        for access in [RowAccess.anywhere, .blocks(starts: [0, 10, 25, 40], keeps: 4), .forward(starts: [0, 10, 25, 40], keeps: 4)] {
            let rows = RowSet((0..<50).filter { $0 % 7 != 0 })
            let first = try BatchPlan(rows: rows, batchSize: 8, shuffle: true, seed: 1, epoch: 0, access: access)
            let again = try BatchPlan(rows: rows, batchSize: 8, shuffle: true, seed: 1, epoch: 0, access: access)
            let next = try BatchPlan(rows: rows, batchSize: 8, shuffle: true, seed: 1, epoch: 1, access: access)
            func all(_ plan: BatchPlan) -> [Int] { (0..<plan.count).flatMap { plan.rows(ofBatch: $0) } }
            #expect(first.count == 6)
            #expect(first.rows(ofBatch: 5).count == 2)
            #expect(all(first) == all(again) && all(first) != all(next) && all(first) != Array(rows))
            #expect(all(first).sorted() == Array(rows))
            // Any batch can be asked for, in any order.
            #expect((0..<6).reversed().map { first.rows(ofBatch: $0) }.reversed().flatMap { $0 } == all(again))
        }
        let plain = try BatchPlan(rows: RowSet(3..<10), batchSize: 4, shuffle: false, seed: 0, epoch: 0)
        #expect(plain.rows(ofBatch: 1) == [7, 8, 9])
        #expect(try BatchPlan(rows: RowSet(), batchSize: 4, shuffle: true, seed: 0, epoch: 0).count == 0)
        #expect(
            failure { () throws(DataFailure) in try BatchPlan(rows: RowSet(0..<4), batchSize: 0, shuffle: false, seed: 0, epoch: 0) }?.kind == .unfit)
    }
}
