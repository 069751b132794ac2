import DaedalTensor

/// Reverse-mode differentiation, graph to graph: the rules use primitives alone, so any order can be had by differentiating again.
package enum Gradient {
    /// Appends the gradient of `output` (times `seed`, of its type and shape; ones if nil) and returns it for each of `respectTo`;
    /// nil where the output does not depend on the node through floats.
    package static func append(
        to graph: inout Graph, of output: NodeID, with seed: NodeID? = nil, respectTo: [NodeID]
    ) throws(ShapeFailure) -> [NodeID?] {
        guard graph[output].type.isFloat else {
            throw ShapeFailure("there is no gradient of \(graph[output].type.name) values", hint: "`cast(x, f32)` makes floats")
        }
        if let seed {
            let given = graph.signature(of: seed), expected = graph.signature(of: output)
            guard given.type == expected.type, given.shape.mayEqual(expected.shape) else {
                throw ShapeFailure("the gradient of \(expected) cannot start from \(given)")
            }
        }
        if let seed { return try append(to: &graph, seeds: [(output, seed)], respectTo: respectTo) }
        let ones = try graph.filled(1, graph.signature(of: output))
        return try append(to: &graph, seeds: [(output, ones)], respectTo: respectTo)
    }

    /// The gradient of several outputs at once, each with its seed: the vector-Jacobian product.
    static func append(
        to graph: inout Graph, seeds: [(output: NodeID, seed: NodeID)], respectTo: [NodeID]
    ) throws(ShapeFailure) -> [NodeID?] {
        guard let last = seeds.map(\.output).max() else { return respectTo.map { _ in nil } }
        let origin = graph.defaultOrigin
        defer { graph.defaultOrigin = origin }
        let active = dependents(of: respectTo, in: graph, through: last)
        var cotangents = Cotangents(count: Int(last.index) + 1)
        for (output, seed) in seeds where active[Int(output.index)] { try cotangents.add(seed, to: output, in: &graph) }
        let first = respectTo.min() ?? last
        for index in stride(from: Int(last.index), through: Int(first.index), by: -1) where active[index] {
            let node = NodeID(index)
            if graph[node].primitive == .scan {
                guard let parts = cotangents.parts[node] else { continue }
                graph.defaultOrigin = graph[node].origin
                let operands = Array(graph.operands(of: node))
                let found = try scan(&graph, node, parts: parts, wanted: operands.map { active[Int($0.index)] })
                for (operand, contribution) in zip(operands, found) { try cotangents.add(contribution, to: operand, in: &graph) }
                continue
            }
            guard let cotangent = cotangents[node], graph[node].operandCount > 0 else { continue }
            graph.defaultOrigin = graph[node].origin
            let operands = Array(graph.operands(of: node))
            if graph[node].primitive == .part {
                if case .part(let part) = graph.attributes(of: node) { try cotangents.add(cotangent, to: operands[0], part: part, in: &graph) }
                continue
            }
            let turn = Turn(node: node, cotangent: cotangent, operands: operands, wanted: operands.map { active[Int($0.index)] })
            guard turn.wanted.contains(true) else { continue }
            let found = try contributions(&graph, turn)
            for (position, operand) in operands.enumerated() where turn.wanted[position] {
                try cotangents.add(found[position], to: operand, in: &graph)
            }
        }
        return respectTo.map { $0 <= last ? cotangents[$0] : nil }
    }

    /// Whether a gradient can flow through each node up to `last` to one of `sources`.
    static func dependents(of sources: [NodeID], in graph: Graph, through last: NodeID) -> [Bool] {
        var active = [Bool](repeating: false, count: Int(last.index) + 1)
        for source in sources where source <= last && graph[source].type.isFloat { active[Int(source.index)] = true }
        guard let first = sources.min(), first <= last else { return active }
        for index in Int(first.index)...Int(last.index) where !active[index] {
            let node = NodeID(index), primitive = graph[node].primitive
            guard graph[node].type.isFloat || primitive == .scan, !primitive.blocksGradient else { continue }
            active[index] = graph.operands(of: node).contains { active[Int($0.index)] }
        }
        return active
    }

    /// A node whose turn it is: what arrived at it, and which of its operands want their share.
    struct Turn {
        let node: NodeID
        let cotangent: NodeID
        let operands: [NodeID]
        let wanted: [Bool]
    }

    /// What has arrived so far, by node and, for scans, by part.
    struct Cotangents {
        private var byNode: [NodeID?]
        private(set) var parts: [NodeID: [Int: NodeID]] = [:]

        init(count: Int) { byNode = Array(repeating: nil, count: count) }

        subscript(node: NodeID) -> NodeID? { byNode[Int(node.index)] }

        mutating func add(_ contribution: NodeID?, to node: NodeID, in graph: inout Graph) throws(ShapeFailure) {
            guard let contribution else { return }
            let present = byNode[Int(node.index)]
            byNode[Int(node.index)] = if let present { try graph.add(present, contribution) } else { contribution }
        }

        mutating func add(_ contribution: NodeID, to scan: NodeID, part: Int, in graph: inout Graph) throws(ShapeFailure) {
            let present = parts[scan]?[part]
            parts[scan, default: [:]][part] = if let present { try graph.add(present, contribution) } else { contribution }
        }
    }
}

extension Primitive {
    /// Whether the derivative is zero or undefined everywhere although the operands may be floats.
    package var blocksGradient: Bool {
        switch self {
        case .input, .constant, .iota, .random: true
        case .sign, .floor, .ceiling, .round, .stopGradient, .floorDivide: true
        case .not, .less, .lessEqual, .equal, .notEqual, .and, .or, .indexOfMaximum, .order: true
        case .negate, .absolute, .exponential, .logarithm, .squareRoot, .sine, .cosine, .hyperbolicTangent, .logistic, .errorFunction, .cast,
            .add, .subtract, .multiply, .divide, .power, .minimum, .maximum, .remainder, .select,
            .reshape, .expand, .permute, .slice, .pad, .concatenate, .reverse, .dynamicSlice, .dynamicUpdate, .gather, .scatter,
            .sum, .product, .maximumOf, .minimumOf, .cumulativeSum,
            .matrixProduct, .convolution, .convolutionInputGradient, .convolutionWeightGradient,
            .windowMaximum, .windowMaximumScatter, .windowMaximumGather, .windowSum, .windowSumScatter, .scan, .part:
            false
        }
    }
}
