import Synchronization

/// What an engine has done so far.
package struct EngineCounters: Sendable, Equatable {
    package var plansMade = 0
    package var plansFound = 0
    /// Finished runs of plans.
    package var runs = 0
    /// Bindings of plans to memory (each allocates one arena).
    package var executions = 0
    /// Results for which storage was taken from the pool.
    package var resultAllocations = 0
    /// The bytes of the arenas that are bound now.
    package var arenaByteCount = 0
}

/// Counters that several threads add to.
final class CounterCell: Sendable {
    private let plansMade = Atomic<Int>(0), plansFound = Atomic<Int>(0), runs = Atomic<Int>(0), executions = Atomic<Int>(0)
    private let resultAllocations = Atomic<Int>(0), arenaByteCount = Atomic<Int>(0)

    enum Name { case plansMade, plansFound, runs, executions, resultAllocations }

    func add(_ name: Name) {
        switch name {
        case .plansMade: plansMade.add(1, ordering: .relaxed)
        case .plansFound: plansFound.add(1, ordering: .relaxed)
        case .runs: runs.add(1, ordering: .relaxed)
        case .executions: executions.add(1, ordering: .relaxed)
        case .resultAllocations: resultAllocations.add(1, ordering: .relaxed)
        }
    }

    /// An arena of so many bytes was bound, or (a negative number) given back.
    func add(arenaByteCount bytes: Int) { arenaByteCount.add(bytes, ordering: .relaxed) }

    var value: EngineCounters {
        EngineCounters(
            plansMade: plansMade.load(ordering: .relaxed), plansFound: plansFound.load(ordering: .relaxed), runs: runs.load(ordering: .relaxed),
            executions: executions.load(ordering: .relaxed), resultAllocations: resultAllocations.load(ordering: .relaxed),
            arenaByteCount: arenaByteCount.load(ordering: .relaxed))
    }
}
