import DaedalGraph

/// Elementwise operations that nobody needs before something later is there: the factors of a gradient, which follow from what a layer made but
/// meet the gradient only on the way back. They are computed where they are read, from what is kept anyway, in place of being kept themselves.
struct PostponedNodes {
    private var isPostponed: [Bool]

    init(_ planner: GraphPlanner) {
        let graph = planner.graph
        isPostponed = [Bool](repeating: false, count: graph.count)
        guard planner.fuses else { return }
        let order = StepOrder(planner)
        for id in graph.ids.reversed() where planner.isComputed(id) && ProgramBuilder.isElementwise(graph[id].primitive) {
            let readers = planner.readers[Int(id.index)]
            if planner.isWanted[Int(id.index)] || readers.isEmpty || planner.tails.lastOfNode[id] != nil { continue }
            isPostponed[Int(id.index)] = readers.allSatisfy { reader in
                StepOrder.isFusable(reader, planner) && planner.tails.lastOfNode[reader] == nil
                    && (order[reader] > order[id] || isPostponed[Int(reader.index)])
            }
        }
    }

    func contains(_ id: NodeID) -> Bool { isPostponed[Int(id.index)] }
}
