import CKernels
import DaedalGraph
import DaedalTensor
import Synchronization

/// Makes plans and keeps them: equal requests get the same plan.
package final class Engine: Sendable {
    private struct Key: Hashable {
        var hash: UInt64
        var results: [NodeID]
        var updates: [PlanRequest.Update]
        var finiteCheck: NodeID?
    }
    private struct Entry {
        var graph: Graph
        var plan: Plan
        var lastUse: Int
    }
    private struct Cache: ~Copyable {
        var entries: [Key: [Entry]] = [:]
        var count = 0
        var clock = 0
    }
    private let cache = Mutex(Cache())
    private let cell = CounterCell()
    let pool: ThreadPool

    /// Whether plans keep the times of their steps.
    private let isTimed: Bool

    /// The most plans that are kept.
    private static let limit = 512

    private let isPrecise: Bool

    /// An engine with threads of its own: as many as the processors, unless told otherwise. A precise one computes nothing less exactly than by its plain
    /// sum (others train convolutions by Winograd's F(4 × 4)). `isTimed` makes its plans keep the times of their steps.
    package init(threads: Int? = nil, isPrecise: Bool = false, isTimed: Bool = false) {
        pool = ThreadPool(threads: threads ?? Int(ck_processor_count()))
        self.isPrecise = isPrecise
        self.isTimed = isTimed
    }

    /// The number of threads that runs use, the caller counted.
    package var threads: Int { pool.threads }

    /// What the engine has done so far.
    package var counters: EngineCounters { cell.value }

    /// The plan of a request: found, or made (optimised, laid out) and kept.
    package func plan(for request: PlanRequest) throws(PlanFailure) -> Plan {
        let key = Key(hash: request.graph.structuralHash, results: request.results, updates: request.updates, finiteCheck: request.finiteCheck)
        let found = cache.withLock { cache -> Plan? in
            cache.clock += 1
            guard let index = cache.entries[key]?.firstIndex(where: { $0.graph == request.graph }) else { return nil }
            cache.entries[key]?[index].lastUse = cache.clock
            return cache.entries[key]?[index].plan
        }
        if let found {
            cell.add(.plansFound)
            return found
        }
        let plan = try PlanCompiler.compile(request, pool: pool, counters: cell, isPrecise: isPrecise, isTimed: isTimed)
        cell.add(.plansMade)
        cache.withLock { cache in
            cache.entries[key, default: []].append(Entry(graph: request.graph, plan: plan, lastUse: cache.clock))
            cache.count += 1
            if cache.count > Engine.limit { Engine.evict(&cache) }
        }
        return plan
    }

    /// Forgets the half of the plans that were not used for longest.
    private static func evict(_ cache: inout Cache) {
        let uses = cache.entries.values.joined().map(\.lastUse).sorted()
        let median = uses[uses.count / 2]
        for (key, entries) in cache.entries {
            let kept = entries.filter { $0.lastUse > median }
            cache.entries[key] = kept.isEmpty ? nil : kept
        }
        cache.count = cache.entries.values.reduce(0) { $0 + $1.count }
    }
}
