import DaedalTensor

/// Gradients of largest elements of windows: what is asked of the whole plane behind them is asked of the windows, which are fewer.
///
/// A window's slope goes to the element that is its maximum, so a rectifier lets it pass there exactly where the maximum is above 0, and a sum over
/// the plane (the gradient of a bias) is one over the windows.
enum PoolPass {
    @Sendable static func run(_ graph: Graph, _ results: [NodeID]) -> (Graph, [NodeID?]) {
        if !graph.ids.contains(where: { graph[$0].primitive == .windowMaximumScatter }) { return (graph, graph.ids.map { $0 }) }
        var rewriter = Rewriter(graph, results: results)
        let isShared = graph.isReadTwice(for: results)
        for id in graph.ids where rewriter.isNeeded(id) {
            let operands = rewriter.operands(of: id)
            rewriter.graph.defaultOrigin = graph[id].origin
            let made: NodeID? =
                switch graph[id].primitive {
                // Who else reads the scattered slopes needs them as they are.
                case .select where !isShared[Int(graph.operand(2, of: id).index)]: rewriter.rectifiedBefore(operands)
                case .sum: rewriter.summedWindows(operands[0], graph.attributes(of: id), graph.signature(of: id))
                default: nil
                }
            rewriter.map[Int(id.index)] = made ?? rewriter.copy(id, operands)
        }
        return (rewriter.graph, rewriter.map)
    }
}

extension Rewriter {
    /// `y ≤ 0 ? 0 : scatter(y, v)` as `scatter(y, m ≤ 0 ? 0 : v)`, where m is the maxima of y's windows.
    fileprivate mutating func rectifiedBefore(_ operands: [NodeID]) -> NodeID? {
        let (condition, zero, scatter) = (operands[0], operands[1], operands[2])
        guard graph[condition].primitive == .lessEqual, graph[scatter].primitive == .windowMaximumScatter,
            graph.constantValue(of: zero) == 0, graph.constantValue(of: graph.operand(1, of: condition)) == 0,
            graph.operand(0, of: condition) == graph.operand(0, of: scatter)
        else { return nil }
        let y = graph.operand(0, of: scatter), slopes = graph.operand(1, of: scatter), window = graph.attributes(of: scatter)
        let windows = graph.signature(of: slopes)
        let maxima = append(.windowMaximum, [y], windows, window), none = splat(bits: Graph.bits(0.0, windows.type), windows)
        let isNone = append(.lessEqual, [maxima, none], Signature(type: .bool, shape: windows.shape))
        return append(.windowMaximumScatter, [y, append(.select, [isNone, none, slopes], windows)], graph.signature(of: scatter), window)
    }

    /// The sum over whole planes of what windows inside them scatter, as one over the windows.
    fileprivate mutating func summedWindows(_ x: NodeID, _ attributes: Attributes, _ signature: Signature) -> NodeID? {
        guard graph[x].primitive == .windowMaximumScatter, case .axes(let axes) = attributes, case .window(let window) = graph.attributes(of: x),
            // Windows of nothing but padding have no maximum.
            window.paddingLow.allSatisfy({ $0 == 0 }), window.paddingHigh.allSatisfy({ $0 == 0 }),
            (2..<graph[x].shape.rank).allSatisfy({ axes.contains($0) })
        else { return nil }
        return append(.sum, [graph.operand(1, of: x)], signature, attributes)
    }
}

extension Graph {
    /// Whether more than one operand of needed nodes, or a result, is a node.
    fileprivate func isReadTwice(for results: [NodeID]) -> [Bool] {
        var counts = [Int](repeating: 0, count: count)
        for id in results { counts[Int(id.index)] += 1 }
        let needed = needed(for: results)
        for id in ids where needed[Int(id.index)] {
            for operand in operands(of: id) { counts[Int(operand.index)] += 1 }
        }
        return counts.map { $0 > 1 }
    }
}
