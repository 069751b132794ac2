/// Dead code: drops what no result needs.
enum PrunePass {
    @Sendable static func run(_ graph: Graph, _ results: [NodeID]) -> (Graph, [NodeID?]) {
        let needed = graph.needed(for: results)
        if !needed.contains(false) { return (graph, graph.ids.map { $0 }) }
        var pruned = Graph(), map = [NodeID?](repeating: nil, count: graph.count), translation: [Int32] = []
        var operands: [NodeID] = []
        for id in graph.ids where needed[Int(id.index)] {
            operands.removeAll(keepingCapacity: true)
            for operand in graph.operands(of: id) { if let new = map[Int(operand.index)] { operands.append(new) } }
            map[Int(id.index)] = pruned.append(copyOf: id, in: graph, operands, translation: &translation)
        }
        return (pruned, map)
    }
}
