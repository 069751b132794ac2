import DaedalTensor

/// Rectifiers: `z ≤ 0 ? 0 : z` becomes the maximum of z and 0, and whoever else asks whether z ≤ 0 (its gradient does) asks the maximum.
/// Then nobody but the maximum reads z, and what makes z can make the maximum in its place.
enum RectifierPass {
    @Sendable static func run(_ graph: Graph, _ results: [NodeID]) -> (Graph, [NodeID?]) {
        var conditions: Set<NodeID> = []
        for id in graph.ids { if let condition = condition(of: id, graph) { conditions.insert(condition) } }
        if conditions.isEmpty { return (graph, graph.ids.map { $0 }) }
        var rewriter = Rewriter(graph, results: results)
        var maxima: [NodeID: NodeID] = [:]
        for id in graph.ids where rewriter.isNeeded(id) {
            let operands = rewriter.operands(of: id)
            rewriter.graph.defaultOrigin = graph[id].origin
            if conditions.contains(id) {
                let maximum = rewriter.append(.maximum, operands, rewriter.graph.signature(of: operands[0]))
                maxima[id] = maximum
                rewriter.map[Int(id.index)] = rewriter.append(.lessEqual, [maximum, operands[1]], graph.signature(of: id))
            } else if let condition = condition(of: id, graph), let maximum = maxima[condition] {
                rewriter.map[Int(id.index)] = maximum
            } else {
                rewriter.map[Int(id.index)] = rewriter.copy(id, operands)
            }
        }
        return (rewriter.graph, rewriter.map)
    }

    /// The node `z ≤ 0` of a rectifier.
    private static func condition(of id: NodeID, _ graph: Graph) -> NodeID? {
        guard graph[id].primitive == .select, graph[id].type.isFloat else { return nil }
        let condition = graph.operand(0, of: id), z = graph.operand(2, of: id)
        guard graph[condition].primitive == .lessEqual, graph.operand(0, of: condition) == z,
            graph.constantValue(of: graph.operand(1, of: condition)) == 0,
            graph.constantValue(of: graph.operand(1, of: id)) == 0
        else { return nil }
        return condition
    }
}
