import DaedalGraph

/// Nodes that become one step: a vector program over a space, or one node with a kernel of its own.
struct FusionGroup {
    /// In topological order.
    var nodes: [NodeID]
    /// The iteration space of a program, nil for a kernel of its own.
    var space: ProgramSpace?
    /// The reductions that accumulate columns; all others reduce rows.
    var columnNodes: Set<NodeID> = []
    /// What a product or a convolution does in its last store.
    var tail: StoreTail?
    /// What the nodes are results of.
    var attention: AttentionMatch?
}
