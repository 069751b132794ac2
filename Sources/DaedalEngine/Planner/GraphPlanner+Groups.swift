import DaedalGraph
import DaedalTensor

/// The steps of a graph in an order in which each finds its operands.
extension GraphPlanner {
    /// The groups in order.
    func groups() -> [FusionGroup] {
        graph.ids.filter { isComputed($0) }.map { single($0) }
    }

    /// A group of one node.
    func single(_ id: NodeID) -> FusionGroup {
        guard ProgramBuilder.isElementwise(graph[id].primitive) else { return FusionGroup(nodes: [id]) }
        var space = ProgramSpace(count: graph[id].shape.elementCount ?? 0)
        for operand in graph.operands(of: id) where space.count > 0 { space = space.adding(cuts: views.view(operand).cuts) ?? space }
        return FusionGroup(nodes: [id], space: space)
    }
}
