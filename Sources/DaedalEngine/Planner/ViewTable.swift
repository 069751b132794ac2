import DaedalGraph
import DaedalTensor

/// How a computed value lies in memory: one axis adjacent, the others nested as those of an operand.
struct ResultLayout {
    let model: NodeID
    let adjacent: Int
}

/// For every node, the node whose elements it reads in place (itself, unless it only moves) and how.
struct ViewTable {
    private var roots: [NodeID]
    private var views: [StridedView]
    /// What nodes that only move would read, though they are computed because their readers cannot follow.
    private var copied: [NodeID: (root: NodeID, view: StridedView)] = [:]

    /// The table of a graph; the nodes of `materialized` are roots even if they only move, those of `layouts` lie in memory as these say.
    init(_ graph: Graph, materialized: Set<NodeID> = [], layouts: [NodeID: ResultLayout] = [:]) {
        roots = []
        views = []
        roots.reserveCapacity(graph.count)
        views.reserveCapacity(graph.count)
        for id in graph.ids {
            if let (root, view) = moved(id, graph) {
                if materialized.contains(id) {
                    copied[id] = (root, view)
                    roots.append(id)
                    views.append(StridedView(dense: graph[id].shape.counts))
                    continue
                }
                roots.append(root)
                views.append(view)
            } else {
                roots.append(id)
                let counts = graph[id].shape.counts
                views.append(
                    layouts[id].map { StridedView(dense: counts, like: views[Int($0.model.index)], adjacent: $0.adjacent) } ?? ownView(id, graph))
            }
        }
    }

    subscript(id: NodeID) -> (root: NodeID, view: StridedView) { (roots[Int(id.index)], views[Int(id.index)]) }
    func root(_ id: NodeID) -> NodeID { roots[Int(id.index)] }
    func view(_ id: NodeID) -> StridedView { views[Int(id.index)] }

    /// What a computed node that only moves copies, nil for all others.
    func source(_ id: NodeID) -> (root: NodeID, view: StridedView)? { copied[id] }

    /// How the elements of a root lie: row-major but for indices, and for what convolutions and windows compute with channels last.
    private func ownView(_ id: NodeID, _ graph: Graph) -> StridedView {
        let counts = graph[id].shape.counts
        switch graph[id].primitive {
        case .iota: return ViewTable.iota(id, graph)
        case .convolution, .convolutionInputGradient:
            return ConvolutionForm.isChannelsLast(id, in: graph) ? ChannelOrder.view(counts) : StridedView(dense: counts)
        case .windowMaximum, .windowMaximumScatter, .windowMaximumGather, .windowSum, .windowSumScatter:
            return hasWindowLast(id, graph) ? ChannelOrder.view(counts) : StridedView(dense: counts)
        default: return StridedView(dense: counts)
        }
    }

    /// Whether a window is computed with channels last: as its first operand lies.
    func hasWindowLast(_ id: NodeID, _ graph: Graph) -> Bool {
        graph[id].type == .f32 && ChannelOrder.isLast(views[Int(graph.operand(0, of: id).index)])
    }

    /// An iota reads one axis of indices, again and again.
    private static func iota(_ id: NodeID, _ graph: Graph) -> StridedView {
        let counts = graph[id].shape.counts
        guard case .axis(let axis) = graph.attributes(of: id) else { return StridedView(dense: counts) }
        return StridedView(offset: 0, extents: counts, strides: counts.indices.map { $0 == axis ? 1 : 0 })
    }

    /// The root and view of a node that only moves elements, nil if it must be computed.
    private func moved(_ id: NodeID, _ graph: Graph) -> (NodeID, StridedView)? {
        let node = graph[id]
        guard let operand = graph.operands(of: id).first else { return nil }
        let root = roots[Int(operand.index)], view = views[Int(operand.index)]
        let counts = node.shape.counts
        switch node.primitive {
        case .stopGradient: return (root, view)
        case .cast: return graph[operand].type == node.type ? (root, view) : nil
        case .reshape: return view.reshaped(to: counts).map { (root, $0) }
        case .expand: return (root, view.expanded(to: counts))
        case .permute:
            guard case .permutation(let order) = graph.attributes(of: id) else { return nil }
            return (root, view.permuted(order))
        case .slice:
            guard case .slice(let starts, let steps) = graph.attributes(of: id) else { return nil }
            return (root, view.sliced(starts: starts.map { $0.known ?? 0 }, steps: steps, counts: counts))
        case .reverse:
            guard case .axes(let axes) = graph.attributes(of: id) else { return nil }
            return (root, view.reversed(axes))
        case .input, .constant, .iota, .random, .negate, .absolute, .sign, .exponential, .logarithm, .squareRoot, .sine, .cosine,
            .hyperbolicTangent, .logistic, .errorFunction, .floor, .ceiling, .round, .not, .add, .subtract, .multiply, .divide, .power, .minimum,
            .maximum, .floorDivide, .remainder, .less, .lessEqual, .equal, .notEqual, .and, .or, .select, .pad, .concatenate, .dynamicSlice,
            .dynamicUpdate, .gather, .scatter, .sum, .product, .maximumOf, .minimumOf, .indexOfMaximum, .cumulativeSum, .order, .matrixProduct,
            .convolution, .convolutionInputGradient, .convolutionWeightGradient, .windowMaximum, .windowMaximumScatter, .windowMaximumGather,
            .windowSum, .windowSumScatter, .scan, .part:
            return nil
        }
    }
}
