/// Common subexpressions: equal operations on equal operands become one. Random numbers are equal when key and execution are.
enum SharePass {
    @Sendable static func run(_ graph: Graph, _ results: [NodeID]) -> (Graph, [NodeID?]) {
        var rewriter = Rewriter(graph, results: results)
        for id in graph.ids where rewriter.isNeeded(id) {
            var operands = rewriter.operands(of: id)
            if graph[id].primitive.isCommutative && operands[0] > operands[1] { operands.swapAt(0, 1) }
            rewriter.map[Int(id.index)] = rewriter.copy(id, operands)
        }
        return (rewriter.graph, rewriter.map)
    }
}
