import DaedalGraph

/// What a matrix product or a convolution does to its elements before it stores them: `max(chain · scale + bias + residual, 0)`, each part or not.
struct StoreTail {
    /// The product and the operations that its last store does for it, in order. The last one's value is what is stored.
    var nodes: [NodeID]
    /// Of a convolution alone: one factor a channel.
    var scale: NodeID?
    /// One value a column (of a convolution: a channel), or a row.
    var bias: NodeID?
    var biasIsPerRow = false
    /// Laid out like the product.
    var residual: NodeID?
    var hasRelu = false
}

/// Finds the tails of a graph's products and convolutions. The operations are those on their own, in the same order, each rounded: the bits of sums stay,
/// those of a scale with a bias too where a program would not contract them.
struct StoreTails {
    private(set) var tailOfLast: [NodeID: StoreTail] = [:]
    /// The last node of the tail that each node is in.
    private(set) var lastOfNode: [NodeID: NodeID] = [:]

    init() {}

    init(_ planner: GraphPlanner) {
        for id in planner.graph.ids where planner.isComputed(id) && lastOfNode[id] == nil && planner.attentions[id] == nil {
            guard let store = Store(id, planner) else { continue }
            var tail = StoreTail(nodes: [id])
            while let next = extended(tail, store, planner) { tail = next }
            guard tail.nodes.count > 1, let last = tail.nodes.last else { continue }
            tailOfLast[last] = tail
            for node in tail.nodes { lastOfNode[node] = last }
        }
    }

    /// How a product's or convolution's elements lie, and what its kernel can do to them.
    private struct Store {
        let count: Int
        /// The views that read one value a column, or one a row.
        let perColumn: [StridedView.Run], perRow: [StridedView.Run]?
        var canScale = false, canAdd = true

        init?(_ id: NodeID, _ planner: GraphPlanner) {
            let graph = planner.graph, shape = graph[id].shape.counts
            count = shape.reduce(1, *)
            guard graph[id].type == .f32, count > 0 else { return nil }
            switch graph[id].primitive {
            case .matrixProduct:
                let columns = shape[shape.count - 1], rows = shape[shape.count - 2], isMatrix = shape.dropLast(2).allSatisfy { $0 == 1 }
                perColumn = Store.perColumn(count, columns)
                perRow = isMatrix && rows > 1 && columns > 1 ? [.init(extent: rows, stride: 1), .init(extent: columns, stride: 0)] : nil
            case .convolution, .convolutionInputGradient:
                perRow = nil
                switch ConvolutionForm(id, in: graph, isTraining: planner.isTraining, isPrecise: planner.assembly.isPrecise) {
                case .channelsLast where graph[id].primitive == .convolution, .winograd:
                    perColumn = Store.perColumn(count, shape[1])
                    canScale = true
                case .lanes where graph[id].primitive == .convolution:
                    perColumn = StridedView(offset: 0, extents: [shape[0], shape[1], shape[2...].reduce(1, *)], strides: [0, 1, 0]).runs
                    canAdd = false
                case .channelsLast, .lanes, .channelsFirst, .depthwise: return nil
                }
            default: return nil
            }
        }

        private static func perColumn(_ count: Int, _ columns: Int) -> [StridedView.Run] {
            StridedView(offset: 0, extents: [count / columns, columns], strides: [0, 1]).runs
        }
    }

    /// The tail with the one operation that reads its last value, nil if there is none that fits.
    private func extended(_ tail: StoreTail, _ store: Store, _ planner: GraphPlanner) -> StoreTail? {
        let graph = planner.graph, last = tail.nodes[tail.nodes.count - 1]
        guard !planner.isWanted[Int(last.index)], planner.readers[Int(last.index)].count == 1, let reader = planner.readers[Int(last.index)].first,
            planner.isComputed(reader), graph[reader].type == .f32, lastOfNode[reader] == nil, !tail.hasRelu,
            graph[reader].shape.elementCount == store.count
        else { return nil }
        let operands = Array(graph.operands(of: reader))
        let mine = operands.filter { planner.views.root($0) == last }
        guard operands.count == 2, mine.count == 1, let own = mine.first, let other = operands.first(where: { $0 != own }) else { return nil }
        let view = planner.views.view(own)
        guard view.isDense, view.offset == 0, view.count == store.count else { return nil }
        var result = tail
        result.nodes.append(reader)
        switch graph[reader].primitive {
        case .maximum:
            guard graph.constantValue(of: other) == 0 else { return nil }
            result.hasRelu = true
            return result
        case .multiply:
            guard store.canScale, tail.nodes.count == 1, planner.views.view(other).runs == store.perColumn else { return nil }
            result.scale = other
            return result
        case .add: return added(other, to: result, store, planner)
        default: return nil
        }
    }

    private func added(_ other: NodeID, to tail: StoreTail, _ store: Store, _ planner: GraphPlanner) -> StoreTail? {
        var result = tail
        let (root, view) = planner.views[other]
        let runs = view.runs
        if tail.bias == nil, tail.residual == nil {
            // The kernels read a bias as adjacent values.
            if runs == store.perColumn {
                result.bias = other
                return result
            }
            if let perRow = store.perRow, runs == perRow {
                (result.bias, result.biasIsPerRow) = (other, true)
                return result
            }
        }
        guard store.canAdd, tail.residual == nil, view.isDense, planner.graph[root].primitive != .constant, planner.graph[root].primitive != .iota
        else { return nil }
        // What has no other use costs nothing more where it is made: the sum belongs there.
        let isOnlyHere =
            planner.isComputed(root) && lastOfNode[root] == nil && ProgramBuilder.isElementwise(planner.graph[root].primitive)
            && planner.readers[Int(root.index)].count == 1 && !planner.isWanted[Int(root.index)]
        if isOnlyHere { return nil }
        result.residual = other
        return result
    }
}
