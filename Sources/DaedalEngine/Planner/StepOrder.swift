import DaedalGraph

/// What programs have to wait for: for every node the last operation with a kernel of its own that is done before it.
struct StepOrder {
    private var last: [Int32]

    init(_ planner: GraphPlanner) {
        let graph = planner.graph
        last = [Int32](repeating: -1, count: graph.count)
        for id in graph.ids where planner.isComputed(id) {
            for operand in planner.sources(id) {
                switch graph[operand].primitive {
                case .input, .constant, .iota: continue
                case .part: last[Int(id.index)] = max(last[Int(id.index)], operand.index)
                default:
                    let step = StepOrder.isFusable(operand, planner) ? last[Int(operand.index)] : operand.index
                    last[Int(id.index)] = max(last[Int(id.index)], step)
                }
            }
        }
    }

    /// The index of that operation, -1 if there is none.
    subscript(id: NodeID) -> Int32 { last[Int(id.index)] }

    /// Whether a node becomes a part of a program.
    static func isFusable(_ id: NodeID, _ planner: GraphPlanner) -> Bool {
        let primitive = planner.graph[id].primitive
        return planner.isComputed(id) && (ProgramBuilder.isElementwise(primitive) || ProgramBuilder.reduction(primitive) != nil)
    }
}
