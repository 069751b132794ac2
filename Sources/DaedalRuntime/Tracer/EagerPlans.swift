import DaedalEngine
import DaedalGraph
import DaedalTensor

/// The plans that values outside of blocks were last computed by, bound to their memory: an expression in a loop finds its own here by the hash of its
/// graph, without a request to the engine.
final class EagerPlans {
    private final class Entry {
        let hash: UInt64
        let graph: Graph
        let results: [NodeID]
        let plan: Plan
        let resultBytes: Int
        /// The plan with its memory, from its second run on.
        @exclusivity(unchecked) var execution: Execution?

        init(_ plan: Plan, of graph: Graph, _ hash: UInt64, _ results: [NodeID]) {
            (self.plan, self.graph, self.hash, self.results) = (plan, graph, hash, results)
            resultBytes = plan.results.reduce(0) { $0 + ($1.shape.elementCount ?? 0) * $1.type.byteCount }
        }

        deinit { if let execution { plan.giveBack(execution) } }
    }
    @exclusivity(unchecked) private var entries: [Entry] = []
    private var next = 0
    private static let most = 16
    /// Plans whose arenas are larger keep none here.
    private static let mostArenaBytes = 1 << 20
    private static let mostResultBytes = 1 << 12

    /// The values of nodes, if their plan is known; nil if it is not.
    func run(_ trace: Trace, _ hash: UInt64, _ results: [NodeID]) throws(PlanFailure) -> [Tensor]? {
        for entry in entries where entry.hash == hash {
            guard entry.results == results, trace.reading({ entry.graph == $0 }) else { continue }
            if entry.execution == nil { entry.execution = try entry.plan.execution() }
            guard let execution = entry.execution else { return nil }
            return try Self.run(execution, trace.inputs, entry)
        }
        return nil
    }

    private static func run(_ execution: Execution, _ inputs: [(any TraceInput)?], _ entry: Entry) throws(PlanFailure) -> [Tensor] {
        for position in inputs.indices {
            guard let input = inputs[position] else { preconditionFailure("an eager trace with an unbound input") }
            if let storage = input.lentStorage {
                execution.lendInput(position, storage, version: input.lentVersion)
            } else {
                execution.setInput(position, input.currentTensor)
            }
        }
        defer {
            // Small results keep their memory for the next run, if the program has dropped them by then.
            if entry.resultBytes > Self.mostResultBytes { execution.forgetTensors() } else { execution.forgetInputs() }
            // Contents that a result shares are no cell's alone any more.
            if entry.plan.sharesInputs { TensorCell.noteChange() }
        }
        try execution.run()
        return execution.results
    }

    /// Takes note of a plan that was made or found for a trace.
    func note(_ plan: Plan, of trace: Trace, _ hash: UInt64, _ results: [NodeID]) {
        guard plan.arenaByteCount <= Self.mostArenaBytes else { return }
        let entry = Entry(plan, of: trace.graph, hash, results)
        if entries.count < Self.most {
            entries.append(entry)
        } else {
            entries[next] = entry
            next = (next + 1) % Self.most
        }
    }
}
