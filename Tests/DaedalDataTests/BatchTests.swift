import DaedalData
import DaedalTensor
import Synchronization
import Testing

@Suite(.serialized) struct BatchTests {
    private func matrix(_ rows: Int, _ columns: Int) throws -> Tensor {
        try Tensor((0..<rows * columns).map { Float($0) }, shape: Shape([rows, columns]))
    }

    @Test func gathersRows() throws {
        let source = try matrix(10, 3)
        let target = try Tensor(uninitialized: .f32, shape: [2, 3])
        try source.gatherRows([9, 1], into: target)
        #expect(target.doubles == [27, 28, 29, 3, 4, 5])
        try source.gatherRows([0, 2], into: target, transform: Affine(scales: [1, 2, 3], shifts: [0, 0, 1]))
        #expect(target.doubles == [0, 2, 7, 6, 14, 25])
        let integers = try Tensor(uninitialized: .i64, shape: [2, 3])
        try source.gatherRows([0, 1], into: integers)
        #expect(integers.doubles == [0, 1, 2, 3, 4, 5])
        let half = failure { () throws(DataFailure) in try source.gatherRows([0, 1], into: integers, transform: Affine(scale: 0.5)) }
        #expect(half?.kind == .unfit)
        for rows in [[10, 0], [-1, 0], [0], [0, 1, 2]] {
            #expect(failure { () throws(DataFailure) in try source.gatherRows(rows[...], into: target) }?.kind == .unfit)
        }
        let wrong = failure { () throws(DataFailure) in
            try source.gatherRows([0, 1], into: target, transform: Affine(scales: [1, 2], shifts: [0, 0]))
        }
        #expect(wrong?.kind == .unfit)
    }

    @Test func memorySource() throws {
        let table = try Table(tensors: [("x", matrix(4, 3)), ("y", Tensor([Int64(3), 2, 1, 0], shape: [4]))])
        #expect(table.fields == [Field(name: "x", kind: .tensor(.f32, [3])), Field(name: "y", kind: .integer)])
        #expect(try table.record(at: 1).values.map(show) == ["f32[3][3.0, 4.0, 5.0]", "2"])
        let y = try Tensor([Int64(1)], shape: [1])
        #expect(failure { () throws(DataFailure) in try Table(tensors: [("x", y), ("y", try! matrix(4, 3))]) }?.kind == .malformed)
        #expect(failure { () throws(DataFailure) in try Table(tensors: [("x", try! Tensor(scalar: Float(1)))]) }?.kind == .unfit)
        var records = RecordTable()
        records.append([("a", .integer(1)), ("b", .text("x"))])
        records.append([("a", .number(2.5)), ("c", .missing)])
        let list = try records.table(name: "list")
        #expect(try rows(list) == ["1.0 'x' -", "2.5 - -"])
        #expect(failure { () throws(DataFailure) in try list.tensor([1], rows: [0], as: .f32) }?.kind == .unfit)
    }

    @Test func batchesComeInOrder() throws {
        let source = try matrix(1000, 64)
        let slots = BatchSlots()
        func pass() throws {
            let prefetcher = Prefetcher<Tensor, DataFailure>(count: 31, slots: slots) { (batch, slot) throws(DataFailure) in
                let rows = Array(batch * 32..<min(batch * 32 + 32, 1000))
                let target = try slot.tensor(0, .f32, Shape([rows.count, 64]))
                try source.gatherRows(rows[...], into: target)
                return target
            }
            var seen = 0
            while let batch = try prefetcher.next() {
                #expect(batch.double(at: 0) == Double(seen * 32 * 64))
                seen += 1
            }
            #expect(seen == 31)
            #expect(try prefetcher.next() == nil)
        }
        try pass()
        try pass()
    }

    /// Two passes over the same rows at once fill slots of their own; a later one has those of an earlier again.
    @Test func passesSideBySideShareNoSlot() throws {
        let slots = BatchSlots()
        func pass() -> Prefetcher<ObjectIdentifier, DataFailure> {
            Prefetcher(count: 12, depth: 2, threads: 2, slots: slots) { (_, slot) throws(DataFailure) in ObjectIdentifier(slot) }
        }
        var earlier: Set<ObjectIdentifier> = []
        do {
            let a = pass(), b = pass()
            var seen: [Set<ObjectIdentifier>] = [[], []]
            for _ in 0..<12 {
                seen[0].insert(try #require(try a.next()))
                seen[1].insert(try #require(try b.next()))
            }
            #expect(seen[0].count == 4 && seen[1].count == 4)
            #expect(seen[0].isDisjoint(with: seen[1]))
            earlier = seen[0].union(seen[1])
        }
        let c = pass()
        while let slot = try c.next() { #expect(earlier.contains(slot)) }
    }

    @Test func slotsReuseMemoryThatNobodyHolds() throws {
        let slot = BatchSlot()
        // The slot keeps the block, so that a new one would stand elsewhere.
        let first = try slot.tensor(0, .f32, [1000]).pointer
        let second = try slot.tensor(0, .f32, [999])
        #expect(second.pointer == first)
        let third = try slot.tensor(0, .f32, [1000])
        #expect(third.pointer != second.pointer)
        #expect(try slot.tensor(1, .f32, [1000]).pointer != third.pointer)
        #expect(try slot.tensor(0, .f64, [1000]).byteCount == 8000)
    }

    @Test func aBatchThatIsHeldKeepsItsValues() throws {
        let prefetcher = Prefetcher<Tensor, DataFailure>(count: 20) { (batch, slot) throws(DataFailure) in
            let target = try slot.tensor(0, .f32, [2])
            target.elements(as: Float.self).update(repeating: Float(batch))
            return target
        }
        var held: [Tensor] = []
        while let batch = try prefetcher.next() { held.append(batch) }
        #expect(held.map { $0.double(at: 1) } == (0..<20).map(Double.init))
    }

    @Test(arguments: [0, 1, 2, 5])
    func failuresComeAtTheirPlace(_ depth: Int) throws {
        let prefetcher = Prefetcher<Int, DataFailure>(count: 10, depth: depth) { (batch, _) throws(DataFailure) in
            if batch == 3 { throw DataFailure(.malformed, "three") }
            return batch
        }
        for batch in 0..<3 { #expect(try prefetcher.next() == batch) }
        #expect(failure { () throws(DataFailure) in try prefetcher.next() }?.message == "three")
        #expect(try prefetcher.next() == nil)
    }

    @Test func severalThreadsKeepTheOrderAndTheMemoryApart() throws {
        let prefetcher = Prefetcher<Tensor, DataFailure>(count: 200, depth: 4, threads: 3) { (batch, slot) throws(DataFailure) in
            let target = try slot.tensor(0, .f32, [64])
            for _ in 0..<batch % 5 { target.elements(as: Float.self).update(repeating: -1) }
            target.elements(as: Float.self).update(repeating: Float(batch))
            return target
        }
        for batch in 0..<200 {
            let found = try prefetcher.next()
            #expect(found?.double(at: 0) == Double(batch) && found?.double(at: 63) == Double(batch))
        }
        #expect(try prefetcher.next() == nil)
    }

    @Test func rowsOfLikeLengthsGoTogether() throws {
        let lengths = (0..<1000).map { $0 * 7919 % 97 }
        func padding(_ plan: BatchPlan) -> Int {
            (0..<plan.count).reduce(0) { total, batch in
                let counts = plan.rows(ofBatch: batch).map { lengths[$0] }
                return total + (counts.max() ?? 0) * counts.count - counts.reduce(0, +)
            }
        }
        func plan(_ epoch: Int, _ lengths: [Int]) throws -> BatchPlan {
            try BatchPlan(rows: RowSet(0..<1000), batchSize: 16, shuffle: true, seed: 5, epoch: epoch, lengths: lengths)
        }
        let bucketed = try plan(0, lengths)
        #expect(padding(bucketed) * 10 < padding(try plan(0, [])))
        #expect((0..<bucketed.count).flatMap { bucketed.rows(ofBatch: $0) }.sorted() == Array(0..<1000))
        #expect(bucketed.rows(ofBatch: bucketed.count - 1).count == 1000 % 16)
        #expect(try plan(1, lengths).rows(ofBatch: 0) != bucketed.rows(ofBatch: 0))
    }

    @Test func stopsWhenToldTo() throws {
        let filled = Mutex(0)
        for depth in [0, 2] {
            let prefetcher = Prefetcher<Int, DataFailure>(count: 1_000_000, depth: depth) { (batch, _) throws(DataFailure) in
                filled.withLock { $0 += 1 }
                return batch
            }
            #expect(try prefetcher.next() == 0)
            prefetcher.cancel()
            let count = filled.withLock { $0 }
            #expect(count < 10)
            #expect(try prefetcher.next() == nil)
            #expect(filled.withLock { $0 } == count)
        }
        // Letting go of one ends it as well.
        _ = Prefetcher<Int, DataFailure>(count: 1_000_000) { (batch, _) throws(DataFailure) in batch }
    }
}
