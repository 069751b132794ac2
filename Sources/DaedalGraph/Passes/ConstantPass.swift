import DaedalTensor

/// Constant folding: elementwise operations on constants become constants, by the reference's arithmetic rounded to the node's type.
enum ConstantPass {
    @Sendable static func run(_ graph: Graph, _ results: [NodeID]) -> (Graph, [NodeID?]) {
        guard hasWork(graph) else { return (graph, graph.ids.map { $0 }) }
        var rewriter = Rewriter(graph, results: results)
        for id in graph.ids where rewriter.isNeeded(id) {
            let operands = rewriter.operands(of: id)
            rewriter.graph.defaultOrigin = graph[id].origin
            let folded = rewriter.folded(graph[id].primitive, operands, graph.signature(of: id), graph.attributes(of: id))
            rewriter.map[Int(id.index)] = folded ?? rewriter.copy(id, operands)
        }
        return (rewriter.graph, rewriter.map)
    }

    private static func hasWork(_ graph: Graph) -> Bool {
        var isConstant = [Bool](repeating: false, count: graph.count)
        for id in graph.ids {
            switch graph[id].primitive {
            case .constant: isConstant[Int(id.index)] = true
            case .reshape, .expand, .permute: isConstant[Int(id.index)] = isConstant[Int(graph.operand(0, of: id).index)]
            case let primitive where primitive.isElementwise:
                if graph.operands(of: id).allSatisfy({ isConstant[Int($0.index)] }) { return true }
            default: break
            }
        }
        return false
    }
}
