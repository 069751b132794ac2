import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Batches that threads make ahead while others are used: in order, few at a time, with their failures at their place.
package final class Prefetcher<Batch: Sendable, Failure: Error>: Sendable {
    private let queue: BatchQueue<Batch, Failure>

    /// Starts to make batches 0 to `count` - 1 by `fill`, at most `depth` ahead; with depth 0 each is made when it is asked for.
    ///
    /// `slots` lends memory that later passes use again. With several threads `fill` is called for several batches at once.
    package init(
        count: Int, depth: Int = 2, threads: Int = 1, slots: BatchSlots = BatchSlots(),
        fill: @escaping @Sendable (_ batch: Int, _ slot: BatchSlot) throws(Failure) -> Batch
    ) {
        queue = BatchQueue(count: count, depth: depth, slots: slots, fill: fill)
        if depth > 0 && count > 0 { queue.start(min(max(threads, 1), count)) }
    }

    deinit { queue.stop() }

    /// The next batch, or nil after the last or after `cancel`. After a failure there are no more batches.
    package func next() throws(Failure) -> Batch? { try queue.next() }

    /// Ends the work. When it returns nothing is being filled any more.
    package func cancel() { queue.stop() }
}

/// The slots of batches that are on their way, lent to one pass at a time: passes side by side have slots of their own, later ones use them again.
package final class BatchSlots: Sendable {
    private let waiting = Mutex<[[BatchSlot]]>([])
    /// The most sets that wait for a later pass.
    private static let most = 2

    /// No slots yet; they are made as passes need them.
    package init() {}

    /// At least `count` slots that nobody else has.
    package func lend(_ count: Int) -> [BatchSlot] {
        var slots = waiting.withLock { $0.popLast() } ?? []
        while slots.count < count { slots.append(BatchSlot()) }
        return slots
    }

    /// Takes back slots that nothing is filled in any more. Batches that are still held keep their memory.
    package func takeBack(_ slots: [BatchSlot]) {
        waiting.withLock { if $0.count < Self.most { $0.append(slots) } }
    }
}

/// What the thread and its user share, under one lock.
private final class BatchQueue<Batch: Sendable, Failure: Error>: @unchecked Sendable {
    private let count: Int
    private let depth: Int
    private let shelf: BatchSlots
    private let slots: [BatchSlot]
    private let fill: @Sendable (Int, BatchSlot) throws(Failure) -> Batch
    private let lock = PosixCondition()
    /// Batches that are made and not yet taken, by their numbers.
    private var ready: [Int: Result<Batch, Failure>] = [:]
    /// The next batch that a thread takes on.
    private var begun = 0
    private var taken = 0
    private var isStopped = false
    private var threads: [pthread_t] = []

    init(count: Int, depth: Int, slots: BatchSlots, fill: @escaping @Sendable (Int, BatchSlot) throws(Failure) -> Batch) {
        self.count = count
        self.depth = depth
        shelf = slots
        // Those that are begun or wait, the one in use, and one whose user still looks back.
        self.slots = slots.lend(depth + 2)
        self.fill = fill
    }

    deinit { shelf.takeBack(slots) }

    /// Starts threads. Where the system has none to give, batches are made when they are asked for.
    func start(_ count: Int) {
        for _ in 0..<count { if let thread = PosixThread.start({ [self] in work() }) { threads.append(thread) } }
    }

    /// Makes batches until there are enough, and waits.
    private func work() {
        while true {
            lock.lock()
            // Batches begun and not taken are at most `depth`: each has memory of its own.
            while !isStopped && begun < count && begun - taken >= depth { lock.wait() }
            let batch = begun
            let ends = isStopped || batch >= count
            if !ends { begun += 1 }
            lock.unlock()
            if ends { return }
            let result = make(batch)
            lock.lock()
            ready[batch] = result
            if case .failure = result { begun = count }
            lock.signal()
            lock.unlock()
        }
    }

    /// Makes one batch.
    private func make(_ batch: Int) -> Result<Batch, Failure> {
        do throws(Failure) { return .success(try fill(batch, slots[batch % slots.count])) } catch { return .failure(error) }
    }

    /// Takes the next batch, waiting for it.
    func next() throws(Failure) -> Batch? {
        lock.lock()
        guard taken < count, !isStopped else {
            lock.unlock()
            return nil
        }
        let result: Result<Batch, Failure>
        if threads.isEmpty {
            lock.unlock()
            result = make(taken)
            lock.lock()
        } else {
            while ready[taken] == nil && !isStopped { lock.wait() }
            guard !isStopped, let made = ready.removeValue(forKey: taken) else {
                lock.unlock()
                return nil
            }
            result = made
        }
        if case .failure = result { taken = count } else { taken += 1 }
        lock.signal()
        lock.unlock()
        return try result.get()
    }

    /// Ends the thread and drops what it made.
    func stop() {
        lock.lock()
        isStopped = true
        let running = threads
        threads = []
        lock.signal()
        lock.unlock()
        for thread in running { PosixThread.join(thread) }
        lock.lock()
        ready.removeAll()
        lock.unlock()
    }
}

/// A lock that threads can wait on.
private final class PosixCondition: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func lock() { pthread_mutex_lock(mutex) }
    func unlock() { pthread_mutex_unlock(mutex) }
    func wait() { pthread_cond_wait(condition, mutex) }
    func signal() { pthread_cond_broadcast(condition) }
}

/// What a thread does.
private final class ThreadWork: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

#if canImport(Darwin)
private func runThread(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<ThreadWork>.fromOpaque(context).takeRetainedValue().body()
    return nil
}
#else
private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { Unmanaged<ThreadWork>.fromOpaque(context).takeRetainedValue().body() }
    return nil
}
#endif

/// A thread of the system.
private enum PosixThread {
    /// The room for functions of a program that run on the thread. Pages that are never touched cost nothing.
    private static let stackSize = 64 << 20

    static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
        let work = Unmanaged.passRetained(ThreadWork(body))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, stackSize)
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        let code = pthread_create(&thread, &attributes, runThread, work.toOpaque())
        pthread_attr_destroy(&attributes)
        if code == 0 { return thread }
        work.release()
        return nil
    }

    /// Waits for the end of a thread. A thread does not wait for itself.
    static func join(_ thread: pthread_t) {
        if pthread_equal(thread, pthread_self()) != 0 { pthread_detach(thread) } else { pthread_join(thread, nil) }
    }
}
