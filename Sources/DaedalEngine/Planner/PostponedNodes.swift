import DaedalGraph

/// Elementwise operations that nobody needs before something later is there: the factors of a gradient, which follow from what a layer made but
/// meet the gradient only on the way back. They are computed where they are read, from what is kept anyway, in place of being kept themselves.
struct PostponedNodes {
    private var isPostponed: [Bool]

    init(_ planner: GraphPlanner) {
        let graph = planner.graph
        // For every node the last step (an operation with a kernel of its own) that has to be done before it.
        var after = [Int32](repeating: -1, count: graph.count)
        isPostponed = [Bool](repeating: false, count: graph.count)
        guard planner.fuses else { return }
        for id in graph.ids where planner.isComputed(id) {
            for operand in planner.sources(id) {
                let step =
                    graph[operand].primitive == .part || !PostponedNodes.isFusable(operand, planner) ? operand.index : after[Int(operand.index)]
                if graph[operand].primitive != .input && graph[operand].primitive != .constant && graph[operand].primitive != .iota {
                    after[Int(id.index)] = max(after[Int(id.index)], step)
                }
            }
        }
        for id in graph.ids.reversed() where planner.isComputed(id) && ProgramBuilder.isElementwise(graph[id].primitive) {
            let readers = planner.readers[Int(id.index)]
            if planner.isWanted[Int(id.index)] || readers.isEmpty || planner.tails.lastOfNode[id] != nil { continue }
            isPostponed[Int(id.index)] = readers.allSatisfy { reader in
                PostponedNodes.isFusable(reader, planner) && planner.tails.lastOfNode[reader] == nil
                    && (after[Int(reader.index)] > after[Int(id.index)] || isPostponed[Int(reader.index)])
            }
        }
    }

    func contains(_ id: NodeID) -> Bool { isPostponed[Int(id.index)] }

    /// Whether a node becomes a part of a program.
    private static func isFusable(_ id: NodeID, _ planner: GraphPlanner) -> Bool {
        let primitive = planner.graph[id].primitive
        return planner.isComputed(id) && (ProgramBuilder.isElementwise(primitive) || ProgramBuilder.reduction(primitive) != nil)
    }
}
