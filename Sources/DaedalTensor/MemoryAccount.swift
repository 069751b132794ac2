import Synchronization

/// The tensor memory that one program may hold, and holds now. Whatever is allocated while an account is current is charged to it until it is freed.
package final class MemoryAccount: Sendable {
    /// The account of the program that runs here; nil outside of programs with a limit.
    @TaskLocal package static var current: MemoryAccount?

    /// The most bytes.
    package let limit: Int
    private let held = Atomic<Int>(0)

    package init(limit: Int) { self.limit = limit }

    /// The bytes that are held now.
    package var heldByteCount: Int { held.load(ordering: .relaxed) }

    /// Takes bytes if there are enough left.
    func charge(_ byteCount: Int) -> Bool {
        let (_, after) = held.add(byteCount, ordering: .relaxed)
        if after <= limit { return true }
        held.subtract(byteCount, ordering: .relaxed)
        return false
    }

    /// Gives bytes back.
    func refund(_ byteCount: Int) { held.subtract(byteCount, ordering: .relaxed) }
}
