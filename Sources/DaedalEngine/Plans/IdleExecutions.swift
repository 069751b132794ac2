import Synchronization

/// Executions of one plan that nobody uses at the moment.
final class IdleExecutions: Sendable {
    /// Handing an execution from thread to thread is safe: only one thread holds it at a time.
    private struct Box: @unchecked Sendable { var execution: Execution }
    private let waiting = Mutex<[Box]>([])
    private let wasUsed = Mutex(false)

    func take() -> Execution? { waiting.withLock { $0.popLast() }?.execution }

    /// Whether this is not the first use.
    func isUsedAgain() -> Bool {
        wasUsed.withLock { used in
            defer { used = true }
            return used
        }
    }

    /// Keeps at most two, so that a plan run once by many threads does not hold many arenas.
    func give(_ execution: Execution) {
        let box = Box(execution: execution)
        waiting.withLock { if $0.count < 2 { $0.append(box) } }
    }
}
