import DaedalGraph
import DaedalTensor

/// The steps of a graph in an order in which each finds its operands.
extension GraphPlanner {
    /// The groups in order.
    func groups() -> [FusionGroup] { Fusion(self, joins: fuses).ordered() }

    /// The roots that a node reads.
    func sources(_ id: NodeID) -> [NodeID] {
        if let copied = views.source(id) { return [copied.root] }
        return (attentions[id]?.operands(of: id) ?? Array(graph.operands(of: id))).map { views.root($0) }
    }

    /// A group of one node (or of a product or convolution with its tail, or of the gradients of attention): a program if it is elementwise or a reduction of neighbouring axes, else a kernel of its own.
    func single(_ id: NodeID) -> FusionGroup {
        if let attention = attentions[id] {
            return FusionGroup(nodes: id == attention.output ? [id] : attention.gradients.filter { isComputed($0) }.sorted(), attention: attention)
        }
        if let tail = tails.tailOfLast[id] { return FusionGroup(nodes: tail.nodes, tail: tail) }
        let primitive = graph[id].primitive
        if ProgramBuilder.isElementwise(primitive) {
            var space = ProgramSpace(count: graph[id].shape.elementCount ?? 0)
            for operand in graph.operands(of: id) where space.count > 0 { space = space.adding(cuts: views.view(operand).cuts) ?? space }
            return FusionGroup(nodes: [id], space: space)
        }
        guard ProgramBuilder.reduction(primitive) != nil else { return FusionGroup(nodes: [id]) }
        let view = views.view(graph.operand(0, of: id))
        var space = ProgramSpace(count: view.count)
        var columnNodes: Set<NodeID> = []
        switch ReductionForm(id, in: graph) {
        case .rows(let length) where length > 1: space.rowLength = length
        case .columns(let columns):
            space.columns = columns
            columnNodes = [id]
        default: return FusionGroup(nodes: [id])
        }
        guard space.count > 0, let cut = space.adding(cuts: view.cuts) else { return FusionGroup(nodes: [id]) }
        return FusionGroup(nodes: [id], space: cut, columnNodes: columnNodes)
    }
}
