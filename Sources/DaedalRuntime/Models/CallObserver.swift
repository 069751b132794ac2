import DaedalGraph
import DaedalTensor

/// Notes every call of a model with what it gave and the operations it took: what `summary` prints.
final class CallObserver {
    /// One call of a model that calls no other.
    struct Row {
        let model: ModelObject
        let result: Shape?
        /// Multiply-adds of its products and convolutions; nil when a size is not known.
        let multiplyAdds: Int?
        /// The bytes of the values that it computed, views of others left out.
        let byteCount: Int
    }
    private(set) var rows: [Row] = []
    private var depthRows: [Int] = []

    /// Begins a call: the count of nodes so far.
    func begin(in context: EvaluationContext) -> Int {
        depthRows.append(rows.count)
        return context.trace.graph.count
    }

    /// Ends a call. Models whose parts were called are not listed themselves.
    func end(_ model: ModelObject, _ value: Value, since start: Int, in context: EvaluationContext) {
        guard let before = depthRows.popLast(), before == rows.count else { return }
        var total: Int? = 0
        let graph = context.trace.graph
        for index in min(start, graph.count)..<graph.count {
            guard let current = total, let more = graph.multiplyAdds(of: NodeID(index)) else { total = nil; break }
            let (sum, overflow) = current.addingReportingOverflow(more)
            total = overflow ? nil : sum
        }
        rows.append(Row(model: model, result: value.tensorShape, multiplyAdds: total, byteCount: graph.byteCount(ofNodesFrom: start)))
    }
}

extension Graph {
    /// The bytes of the values of all nodes from one on, but for inputs, constants and what only looks at another value.
    func byteCount(ofNodesFrom start: Int) -> Int {
        (min(start, count)..<count).reduce(0) { total, index in
            let node = self[NodeID(index)]
            switch node.primitive {
            case .input, .constant, .reshape, .permute, .expand, .slice, .stopGradient: return total
            default: return total + (node.shape.elementCount ?? 0) * node.type.byteCount
            }
        }
    }

    /// The multiply-adds of a product or convolution (0 for other operations); nil when a size is symbolic or the count overflows.
    func multiplyAdds(of id: NodeID) -> Int? {
        func product(_ factors: Int?...) -> Int? {
            var result = 1
            for factor in factors {
                guard let factor else { return nil }
                let (next, overflow) = result.multipliedReportingOverflow(by: factor)
                if overflow { return nil }
                result = next
            }
            return result
        }
        switch self[id].primitive {
        case .matrixProduct:
            guard case .product(let transposesLeft, _) = attributes(of: id) else { return 0 }
            let left = self[operand(0, of: id)].shape
            return product(self[id].shape.elementCount, left[transposesLeft ? left.rank - 2 : left.rank - 1].known)
        case .convolution:
            let weight = self[operand(1, of: id)].shape
            return product(self[id].shape.elementCount, weight.removing(axis: 0).elementCount)
        case .scan:
            guard case .loop(let loop) = attributes(of: id) else { return 0 }
            var total = 0
            for node in loop.body.ids {
                guard let more = loop.body.multiplyAdds(of: node), let turns = product(more, loop.length.known) else { return nil }
                let (sum, overflow) = total.addingReportingOverflow(turns)
                if overflow { return nil }
                total = sum
            }
            return total
        default: return 0
        }
    }
}
