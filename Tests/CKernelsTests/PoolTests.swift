import CKernels
import Synchronization
import Testing

extension KernelTests {
    @Suite struct PoolTests {
        /// How often each tile ran.
        final class Counts: Sendable {
            let hits: [Slot]
            let pool: UInt
            final class Slot: Sendable { let value = Atomic<Int>(0) }
            init(_ count: Int, pool: OpaquePointer?) {
                hits = (0..<count).map { _ in Slot() }
                self.pool = UInt(bitPattern: pool)
            }
        }

        @Test func everyTileRunsOnce() {
            let pool = Pool(threads: 4)
            var dice = Dice(1)
            for _ in 0..<2000 {
                let count = dice.next(0...100)
                let counts = Counts(count, pool: pool.pointer)
                ck_pool_run(
                    pool.pointer, Int64(count),
                    { arguments, tile in
                        guard let arguments else { return }
                        Unmanaged<Counts>.fromOpaque(arguments).takeUnretainedValue().hits[Int(tile)].value.add(1, ordering: .relaxed)
                    }, Unmanaged.passUnretained(counts).toOpaque())
                #expect(counts.hits.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
            }
        }

        @Test func nestedRunsStayOnTheirThread() {
            let pool = Pool(threads: 3)
            let counts = Counts(64, pool: pool.pointer)
            ck_pool_run(
                pool.pointer, 8,
                { arguments, tile in
                    guard let arguments else { return }
                    let counts = Unmanaged<Counts>.fromOpaque(arguments).takeUnretainedValue()
                    // Tile t of the outer run does 8 tiles of an inner one; which outer tile it was does not reach it, so they count together.
                    ck_pool_run(
                        OpaquePointer(bitPattern: counts.pool), 64,
                        { inner, tile in
                            guard let inner else { return }
                            Unmanaged<Counts>.fromOpaque(inner).takeUnretainedValue().hits[Int(tile)].value.add(1, ordering: .relaxed)
                        }, arguments)
                }, Unmanaged.passUnretained(counts).toOpaque())
            #expect(counts.hits.allSatisfy { $0.value.load(ordering: .relaxed) == 8 })
        }

        @Test func severalHostsShareAPool() async {
            let pool = Pool(threads: 3)
            let address = UInt(bitPattern: pool.pointer)
            let wrong = await withTaskGroup(of: Int.self) { group in
                for seed in 1...3 {
                    group.addTask {
                        var dice = Dice(UInt32(seed)), wrong = 0
                        for _ in 0..<1000 {
                            let count = dice.next(0...40)
                            let counts = Counts(count, pool: nil)
                            ck_pool_run(
                                OpaquePointer(bitPattern: address), Int64(count),
                                { arguments, tile in
                                    guard let arguments else { return }
                                    Unmanaged<Counts>.fromOpaque(arguments).takeUnretainedValue().hits[Int(tile)].value.add(1, ordering: .relaxed)
                                }, Unmanaged.passUnretained(counts).toOpaque())
                            if !counts.hits.allSatisfy({ $0.value.load(ordering: .relaxed) == 1 }) { wrong += 1 }
                        }
                        return wrong
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(wrong == 0)
            withExtendedLifetime(pool) {}
        }

        @Test func threadsComeAndGo() {
            let pool = Pool(threads: 1)
            for threads in [1, 4, 2, 1, 3, 64, 1000, -5] as [Int32] {
                ck_pool_set_threads(pool.pointer, threads)
                #expect(ck_pool_threads(pool.pointer) == min(max(threads, 1), 64))
                let counts = Counts(50, pool: nil)
                ck_pool_wake(pool.pointer)
                ck_pool_run(
                    pool.pointer, 50,
                    { arguments, tile in
                        guard let arguments else { return }
                        Unmanaged<Counts>.fromOpaque(arguments).takeUnretainedValue().hits[Int(tile)].value.add(1, ordering: .relaxed)
                    }, Unmanaged.passUnretained(counts).toOpaque())
                #expect(counts.hits.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
            }
        }

        @Test func workersRunInTheCallersFloatMode() {
            let pool = Pool(threads: 3)
            let results = Buffer<Float>(repeating: 1, count: 64)
            let body: ck_tile_function = { arguments, tile in
                guard let arguments else { return }
                let to = UnsafeMutableRawPointer(mutating: arguments).assumingMemoryBound(to: Float.self)
                // The operand is read back from memory, so nothing is folded when compiled.
                to[Int(tile)] = Float.leastNormalMagnitude * to[Int(tile)]
            }
            let half = [Float](repeating: 0.5, count: 64)
            let mode = ck_float_enter()
            for i in 0..<64 { results.pointer[i] = half[i] }
            ck_pool_run(pool.pointer, 64, body, results.pointer)
            ck_float_leave(mode)
            #expect(results.values.allSatisfy { $0.bitPattern == 0 })
            for i in 0..<64 { results.pointer[i] = half[i] }
            ck_pool_run(pool.pointer, 64, body, results.pointer)
            #expect(results.values.allSatisfy { $0.bitPattern == 0x0040_0000 })
        }
    }
}
