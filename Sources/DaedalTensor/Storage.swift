import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A failure to get memory for a tensor.
package struct AllocationFailure: Error, Sendable {
    /// The bytes that were asked for, or nil when the count itself overflowed.
    package let byteCount: Int?
}

/// A block of 64-byte aligned bytes that tensors share. Whoever holds the only reference may write; everybody else only reads.
///
/// Writing is confined to the engine's plans and to code that has just created the block, which is why it may be `Sendable`.
package final class Storage: @unchecked Sendable {
    package let pointer: UnsafeMutableRawPointer
    package let byteCount: Int
    private let capacity: Int
    private let account: MemoryAccount?

    /// Gets at least `byteCount` bytes, contents undefined.
    package init(byteCount: Int) throws(AllocationFailure) {
        guard byteCount >= 0, byteCount < 1 << 46 else { throw AllocationFailure(byteCount: byteCount) }
        let capacity = StoragePool.sizeClass(for: byteCount)
        let account = MemoryAccount.current
        if let account, !account.charge(capacity) { throw AllocationFailure(byteCount: byteCount) }
        guard let pointer = StoragePool.take(capacity) else {
            account?.refund(capacity)
            throw AllocationFailure(byteCount: byteCount)
        }
        self.account = account
        self.pointer = pointer
        self.byteCount = byteCount
        self.capacity = capacity
    }

    deinit {
        account?.refund(capacity)
        StoragePool.give(pointer, capacity: capacity)
    }
}

extension Unmanaged<Storage> {
    /// Whether exactly one counted reference to the block exists.
    package var isCountedOnce: Bool {
        var copy = self
        return withUnsafeMutablePointer(to: &copy) { pointer in
            pointer.withMemoryRebound(to: Storage.self, capacity: 1) { isKnownUniquelyReferenced(&$0.pointee) }
        }
    }
}

/// Freed blocks by size class, kept for the next request: fresh pages cost 128 µs for the first megabyte, used ones nothing.
package enum StoragePool {
    private struct Shelves: ~Copyable, @unchecked Sendable {
        var free: [Int: [UnsafeMutableRawPointer]] = [:]
        var heldBytes = 0
        var liveBytes = 0
        var peakBytes = 0
        var allocations = 0
    }
    private static let shelves = Mutex(Shelves())
    /// The most bytes that freed blocks may keep from the system.
    private static let heldLimit = 256 << 20
    private static let hugePage = 2 << 20

    /// The capacity that serves a request: four classes to each power of two, so at most a quarter is wasted.
    static func sizeClass(for byteCount: Int) -> Int {
        let wanted = max(byteCount, 64)
        if wanted >= 4 * hugePage { return (wanted + hugePage - 1) / hugePage * hugePage }
        let power = Int.bitWidth - 1 - wanted.leadingZeroBitCount
        let step = max((1 << power) / 4, 64)
        return (wanted + step - 1) / step * step
    }

    /// The bytes of the machine's memory that a block takes once all of it was written.
    package static func residentBytes(of byteCount: Int) -> Int { byteCount >= 4 * hugePage ? sizeClass(for: byteCount) : byteCount }

    static func take(_ capacity: Int) -> UnsafeMutableRawPointer? {
        let reused = shelves.withLock { shelves -> UInt in
            shelves.liveBytes += capacity
            shelves.peakBytes = max(shelves.peakBytes, shelves.liveBytes)
            shelves.allocations += 1
            guard let block = shelves.free[capacity]?.popLast() else { return 0 }
            shelves.heldBytes -= capacity
            return UInt(bitPattern: block)
        }
        if reused != 0 { return UnsafeMutableRawPointer(bitPattern: reused) }
        var fresh: UnsafeMutableRawPointer?
        let alignment = capacity >= 4 * hugePage ? hugePage : 64
        guard posix_memalign(&fresh, alignment, capacity) == 0, let fresh else {
            shelves.withLock { $0.liveBytes -= capacity }
            return nil
        }
        #if os(Linux)
        if alignment == hugePage { madvise(fresh, capacity, 14 /* MADV_HUGEPAGE */) }
        #endif
        return fresh
    }

    static func give(_ pointer: UnsafeMutableRawPointer, capacity: Int) {
        let address = UInt(bitPattern: pointer)
        let keep = shelves.withLock { shelves -> Bool in
            shelves.liveBytes -= capacity
            guard shelves.heldBytes + capacity <= heldLimit, let block = UnsafeMutableRawPointer(bitPattern: address) else { return false }
            shelves.heldBytes += capacity
            shelves.free[capacity, default: []].append(block)
            return true
        }
        if !keep { free(pointer) }
    }

    /// Bytes in use now, the most that were in use at once, and the number of requests so far (counters for tests and `dl plan`).
    package static var statistics: (liveBytes: Int, peakBytes: Int, allocations: Int) {
        shelves.withLock { ($0.liveBytes, $0.peakBytes, $0.allocations) }
    }
}
