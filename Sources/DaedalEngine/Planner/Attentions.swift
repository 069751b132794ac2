import DaedalGraph

/// The attention of a graph, by what belongs to it. Found before anything else is planned: what lies between operands and results is not computed.
struct Attentions {
    private var byResult: [NodeID: AttentionMatch] = [:]
    /// What is never computed.
    private(set) var inner: Set<NodeID> = []
    /// How each result lies: as the operand that it is like.
    private(set) var layouts: [NodeID: ResultLayout] = [:]

    init(_ graph: Graph, wanted: [NodeID]) {
        guard graph.ids.contains(where: { graph[$0].primitive == .exponential }) else { return }
        let search = AttentionSearch(graph, wanted: wanted)
        for id in graph.ids {
            guard let match = AttentionMatch(id, search) else { continue }
            for result in [match.output] + match.gradients { byResult[result] = match }
            inner.formUnion(match.inner)
            layouts.merge(match.layouts(graph)) { first, _ in first }
        }
    }

    /// The attention that a node is a result of.
    subscript(result: NodeID) -> AttentionMatch? { byResult[result] }
}
