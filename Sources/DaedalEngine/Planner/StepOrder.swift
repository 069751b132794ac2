import DaedalGraph

/// What programs have to wait for: for every node the last operation before it that is done before others begin: one with a kernel of its own, or a
/// reduction whose result no element's program can follow.
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
                    let ends = !StepOrder.isFusable(operand, planner) || StepOrder.isWhole(operand, planner)
                    let step = ends ? operand.index : last[Int(operand.index)]
                    last[Int(id.index)] = max(last[Int(id.index)], step)
                }
            }
        }
    }

    /// The index of that operation, -1 if there is none.
    subscript(id: NodeID) -> Int32 { last[Int(id.index)] }

    /// Whether a node is a reduction that is there only when all of its operand was read.
    private static func isWhole(_ id: NodeID, _ planner: GraphPlanner) -> Bool {
        guard ProgramBuilder.reduction(planner.graph[id].primitive) != nil else { return false }
        return switch ReductionForm(id, in: planner.graph) {
        case .rows(let length): length > ProgramSpace.longestRow
        case .columns, .scattered: true
        }
    }

    /// Whether a node becomes a part of a program.
    static func isFusable(_ id: NodeID, _ planner: GraphPlanner) -> Bool {
        let primitive = planner.graph[id].primitive
        return planner.isComputed(id) && (ProgramBuilder.isElementwise(primitive) || ProgramBuilder.reduction(primitive) != nil)
    }
}
