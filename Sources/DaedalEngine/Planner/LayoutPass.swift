import DaedalGraph
import DaedalTensor

/// The pass `layout`: what lies between convolutions is computed on tensors with channels last.
///
/// A convolution's value lies with channels last (`ViewTable`), its node keeps the shape that users see; elementwise operations, reductions and windows
/// that read it are computed on its permutation, which then reads memory in order. A permutation to or from that order is a view.
package struct LayoutPass {
    private let source: Graph
    private var graph = Graph()
    /// The new node of each old one, as users see it, and with channels last where it is computed so; made where somebody asks.
    private var natural: [NodeID?]
    private var last: [NodeID?]

    /// The graph and the new nodes of the old ones; the graph as it is if no convolution wants channels last.
    package static func run(_ graph: Graph, wanted: [NodeID]) -> (graph: Graph, map: [NodeID?]) {
        let hasUse = graph.ids.contains {
            let primitive = graph[$0].primitive
            return primitive == .convolution || primitive == .convolutionInputGradient || primitive == .convolutionWeightGradient
                ? ConvolutionForm.isChannelsLast($0, in: graph) : false
        }
        if !hasUse { return (graph, graph.ids.map { $0 }) }
        var pass = LayoutPass(graph)
        for id in graph.ids { pass.visit(id) }
        for id in wanted { _ = pass.seen(id) }
        return (pass.graph, pass.natural)
    }

    private init(_ source: Graph) {
        self.source = source
        natural = Array(repeating: nil, count: source.count)
        last = natural
    }

    private mutating func append(
        _ primitive: Primitive, _ operands: [NodeID], _ type: ElementType, _ shape: [Int], _ attributes: Attributes, _ id: NodeID
    )
        -> NodeID
    {
        graph.append(primitive, operands, type: type, shape: Shape(shape), attributes: attributes, origin: source[id].origin)
    }

    /// The new node of an old one as users see it.
    private mutating func seen(_ id: NodeID) -> NodeID {
        if let known = natural[Int(id.index)] { return known }
        guard let moved = last[Int(id.index)] else { preconditionFailure("a node before its operands") }
        let shape = source[id].shape.counts
        let made = append(.permute, [moved], source[id].type, shape, .permutation(ChannelOrder.first(shape.count)), id)
        natural[Int(id.index)] = made
        return made
    }

    /// The new node of an old one with channels last.
    private mutating func moved(_ id: NodeID) -> NodeID {
        if let known = last[Int(id.index)] { return known }
        let shape = source[id].shape.counts, operand = seen(id)
        let made = append(.permute, [operand], source[id].type, ChannelOrder.moved(shape), .permutation(ChannelOrder.last(shape.count)), id)
        last[Int(id.index)] = made
        return made
    }

    private func isMoved(_ id: NodeID) -> Bool { last[Int(id.index)] != nil }

    /// Appends what an old node becomes.
    private mutating func visit(_ id: NodeID) {
        let node = source[id], operands = Array(source.operands(of: id)), shape = node.shape.counts, index = Int(id.index)
        if shape.count >= 3, moves(id, operands), let (operands, attributes) = movedForm(id, operands) {
            last[index] = append(node.primitive, operands, node.type, ChannelOrder.moved(shape), attributes, id)
            return
        }
        if let operand = operands.first, isMoved(operand), case .axes(let axes) = source.attributes(of: id), isReduction(node.primitive) {
            return visitReduction(id, operand, axes)
        }
        let made = append(node.primitive, operands.map { seen($0) }, node.type, shape, source.attributes(of: id), id)
        natural[index] = made
        if liesLast(id, operands) { _ = moved(id) }
    }

    /// Whether a node's value lies with channels last, whatever its shape says.
    private func liesLast(_ id: NodeID, _ operands: [NodeID]) -> Bool {
        switch source[id].primitive {
        case .convolution, .convolutionInputGradient: ConvolutionForm.isChannelsLast(id, in: source)
        case .windowMaximum, .windowMaximumScatter, .windowMaximumGather, .windowSum, .windowSumScatter:
            source[id].type == .f32 && isMoved(operands[0])
        default: false
        }
    }

    /// Whether a node is computed with channels last: it moves or maps elements of one that is.
    private func moves(_ id: NodeID, _ operands: [NodeID]) -> Bool {
        switch source[id].primitive {
        case .reshape, .expand, .pad, .slice: isMoved(operands[0])
        case .concatenate: operands.contains { isMoved($0) }
        case let primitive: primitive.isElementwise && operands.contains { isMoved($0) }
        }
    }

    /// The operands and attributes of a node with channels last, nil where it has no such form.
    private mutating func movedForm(_ id: NodeID, _ operands: [NodeID]) -> ([NodeID], Attributes)? {
        let attributes = source.attributes(of: id), rank = source[id].shape.rank
        switch (source[id].primitive, attributes) {
        case (.reshape, _):
            // Only the spatial axes change.
            let from = source[operands[0]].shape, to = source[id].shape
            if from.rank < 3 || from[0] != to[0] || from[1] != to[1] { return nil }
        case (.slice, .slice(let starts, let steps)):
            return ([moved(operands[0])], .slice(starts: ChannelOrder.moved(starts), steps: ChannelOrder.moved(steps)))
        case (.pad, .padding(let low, let high, let value)):
            return ([moved(operands[0])], .padding(low: ChannelOrder.moved(low), high: ChannelOrder.moved(high), value: value))
        case (.concatenate, .axis(let axis)): return (operands.map { moved($0) }, .axis(ChannelOrder.moved(axis, rank)))
        default: break
        }
        return (operands.map { moved($0) }, attributes)
    }

    private func isReduction(_ primitive: Primitive) -> Bool {
        switch primitive {
        case .sum, .product, .maximumOf, .minimumOf: true
        default: false
        }
    }

    /// A reduction of what has channels last.
    private mutating func visitReduction(_ id: NodeID, _ operand: NodeID, _ axes: [Int]) {
        let from = source[operand].shape.counts, rank = from.count, node = source[id]
        // The axes that are left, by their old numbers, in the order in which they come.
        let kept = ChannelOrder.last(rank).filter { !axes.contains($0) }
        let made = append(
            node.primitive, [moved(operand)], node.type, kept.map { from[$0] }, .axes(axes.map { ChannelOrder.moved($0, rank) }.sorted()), id)
        if kept == kept.sorted() {
            natural[Int(id.index)] = made
        } else if kept.count >= 3, ChannelOrder.moved(kept.sorted()) == kept {
            last[Int(id.index)] = made
        } else {
            let order = kept.sorted().map { axis in kept.firstIndex(of: axis) ?? 0 }
            natural[Int(id.index)] = append(.permute, [made], node.type, node.shape.counts, .permutation(order), id)
        }
    }
}
