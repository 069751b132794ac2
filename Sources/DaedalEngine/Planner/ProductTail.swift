import DaedalGraph

/// What a matrix product does to its elements before it stores them: `max(chain + bias + residual, 0)`, each part or not.
struct ProductTail {
    /// The product and the operations that its last store does for it, in order. The last one's value is what is stored.
    var nodes: [NodeID]
    /// One value a column, or a row.
    var bias: NodeID?
    var biasIsPerRow = false
    /// Laid out like the product.
    var residual: NodeID?
    var hasRelu = false
}

/// Finds the tails of a graph's products. The sums are those of operations on their own, in the same order: the bits stay.
struct ProductTails {
    private(set) var tailOfLast: [NodeID: ProductTail] = [:]
    /// The last node of the tail that each node is in.
    private(set) var lastOfNode: [NodeID: NodeID] = [:]

    init() {}

    init(_ planner: GraphPlanner) {
        for id in planner.graph.ids where planner.isComputed(id) && planner.graph[id].primitive == .matrixProduct && lastOfNode[id] == nil {
            guard planner.graph[id].type == .f32, planner.byteCount(id) > 0 else { continue }
            var tail = ProductTail(nodes: [id])
            while let next = Self.extended(tail, planner, self) { tail = next }
            guard tail.nodes.count > 1, let last = tail.nodes.last else { continue }
            tailOfLast[last] = tail
            for node in tail.nodes { lastOfNode[node] = last }
        }
    }

    /// The tail with the one operation that reads its last value, nil if there is none that fits.
    private static func extended(_ tail: ProductTail, _ planner: GraphPlanner, _ known: ProductTails) -> ProductTail? {
        let graph = planner.graph, product = tail.nodes[0], last = tail.nodes[tail.nodes.count - 1]
        guard !planner.isWanted[Int(last.index)], planner.readers[Int(last.index)].count == 1, let reader = planner.readers[Int(last.index)].first,
            planner.isComputed(reader), graph[reader].type == .f32, known.lastOfNode[reader] == nil, !tail.hasRelu,
            graph[reader].shape.elementCount == graph[product].shape.elementCount
        else { return nil }
        let operands = Array(graph.operands(of: reader))
        let mine = operands.filter { planner.views.root($0) == last }
        guard operands.count == 2, mine.count == 1, let own = mine.first, let other = operands.first(where: { $0 != own }) else { return nil }
        let view = planner.views.view(own)
        guard view.isDense, view.offset == 0, view.count == graph[product].shape.elementCount else { return nil }
        var result = tail
        result.nodes.append(reader)
        switch graph[reader].primitive {
        case .maximum:
            guard graph.constantValue(of: other) == 0 else { return nil }
            result.hasRelu = true
            return result
        case .add: return added(other, to: result, planner)
        default: return nil
        }
    }

    private static func added(_ other: NodeID, to tail: ProductTail, _ planner: GraphPlanner) -> ProductTail? {
        var result = tail
        let (root, view) = planner.views[other]
        let shape = planner.graph[tail.nodes[0]].shape.counts, columns = shape[shape.count - 1], rows = shape[shape.count - 2]
        let isMatrix = shape.dropLast(2).allSatisfy { $0 == 1 }
        let runs = view.runs
        if tail.bias == nil, tail.residual == nil {
            // The kernels read a bias as adjacent values.
            if runs == [.init(extent: view.count / max(columns, 1), stride: 0), .init(extent: columns, stride: 1)] {
                result.bias = other
                return result
            }
            if isMatrix, rows > 1, columns > 1, runs == [.init(extent: rows, stride: 1), .init(extent: columns, stride: 0)] {
                (result.bias, result.biasIsPerRow) = (other, true)
                return result
            }
        }
        guard tail.residual == nil, view.isDense, planner.graph[root].primitive != .constant, planner.graph[root].primitive != .iota else {
            return nil
        }
        // What has no other use costs nothing more where it is made: the sum belongs there.
        let isOnlyHere =
            planner.isComputed(root) && ProgramBuilder.isElementwise(planner.graph[root].primitive)
            && planner.readers[Int(root.index)].count == 1 && !planner.isWanted[Int(root.index)]
        if isOnlyHere { return nil }
        result.residual = other
        return result
    }
}
