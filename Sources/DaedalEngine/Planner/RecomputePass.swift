import DaedalGraph
import DaedalTensor

/// The pass `recompute`: a large elementwise value that is cheap to make again is not kept for the way back.
///
/// The backward pass reads what the forward pass computed on the way: of gelu the square, the cube and the tangent, of a norm the centred values. To write
/// them, keep them through the whole forward pass and read them costs more than to compute them again from what is kept anyway. Such a node is made
/// twice: one that its neighbours read at once, and one that late readers read, which is computed where they are (`PostponedNodes`).
/// (The rule of Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost", at the size of one program.)
struct RecomputePass {
    private let planner: GraphPlanner
    private let order: StepOrder
    private var source: Graph { planner.graph }
    /// The nodes that are made again.
    private var isSplit: [Bool]
    private var graph = Graph()
    private var map: [NodeID?]
    private var translation: [Int32] = []
    /// Second makings, by node and by the step that their reader waits for.
    private var late: [Late: NodeID] = [:]

    private struct Late: Hashable { var node: NodeID, step: Int32 }

    /// Values below this many bytes stay in a near cache.
    private static let leastBytes = 1 << 20
    /// The most that making a value again may cost, in the nanoseconds an element of `ProgramBuilder.nanoseconds(of:)`.
    private static let mostCost = 1.2

    /// The graph and the new nodes of the old ones; the graph as it is if nothing is worth it.
    static func run(_ graph: Graph, wanted: [NodeID], isPrecise: Bool) -> (graph: Graph, map: [NodeID?]) {
        let same: [NodeID?] = graph.ids.map { $0 }
        let hasLarge = graph.ids.contains {
            ProgramBuilder.isElementwise(graph[$0].primitive) && (graph[$0].shape.elementCount ?? 0) * graph[$0].type.byteCount >= leastBytes
        }
        if !hasLarge { return (graph, same) }
        let assembly = PlanAssembly(threads: 1)
        assembly.isPrecise = isPrecise
        var pass = RecomputePass(GraphPlanner(graph: graph, assembly: assembly, inputPlaces: [:], wanted: wanted))
        if !pass.isSplit.contains(true) { return (graph, same) }
        for id in graph.ids { pass.visit(id) }
        return (pass.graph, pass.map)
    }

    private init(_ planner: GraphPlanner) {
        self.planner = planner
        order = StepOrder(planner)
        map = [NodeID?](repeating: nil, count: planner.graph.count)
        isSplit = [Bool](repeating: false, count: planner.graph.count)
        choose()
    }

    /// What it takes to make a node again.
    private struct Making {
        /// What is made again: the node, and operands of it.
        var nodes: Set<NodeID>
        /// Large values that are read for it.
        var leaves: Set<NodeID> = []
    }

    /// Decides which nodes are made again: those that some read at once and others late, where each of the others can make it from what is kept.
    private mutating func choose() {
        var makings: [NodeID: Making] = [:]
        for id in source.ids where isCandidate(id) {
            if let making = making(of: id, makings) { makings[id] = making }
        }
        for id in source.ids.reversed() where makings[id] != nil {
            let readers = planner.readers[Int(id.index)]
            let lateReaders = readers.filter { isLate($0, id) }
            let isReadLate = !lateReaders.isEmpty || readers.contains { isSplit[Int($0.index)] }
            // What late readers alone read is postponed as it is.
            guard isReadLate, lateReaders.count < readers.count, let making = makings[id] else { continue }
            let kept = making.leaves.filter { !isKept($0, after: id) }
            if kept.reduce(0, { $0 + planner.byteCount($1) }) <= planner.byteCount(id) { isSplit[Int(id.index)] = true }
        }
    }

    /// Whether a node is large, is no end of a tail, and is read by programs alone.
    private func isCandidate(_ id: NodeID) -> Bool {
        planner.isComputed(id) && ProgramBuilder.isElementwise(source[id].primitive) && planner.byteCount(id) >= RecomputePass.leastBytes
            && !planner.isWanted[Int(id.index)] && planner.tails.lastOfNode[id] == nil
            && planner.readers[Int(id.index)].allSatisfy { StepOrder.isFusable($0, planner) && planner.tails.lastOfNode[$0] == nil }
    }

    /// How a candidate is made again, nil where that costs too much.
    private func making(of id: NodeID, _ makings: [NodeID: Making]) -> Making? {
        var result = Making(nodes: [id])
        for operand in source.operands(of: id) {
            let root = planner.views.root(operand)
            if let inner = makings[root], planner.views.view(operand).isDense {
                result.nodes.formUnion(inner.nodes)
                result.leaves.formUnion(inner.leaves)
            } else if planner.byteCount(root) * 16 > planner.byteCount(id) {
                result.leaves.insert(root)
            }
        }
        let cost = result.nodes.reduce(0) { $0 + ProgramBuilder.nanoseconds(of: source[$1].primitive) }
        return cost <= RecomputePass.mostCost ? result : nil
    }

    /// Whether a reader has to wait for a step that the node it reads does not wait for.
    private func isLate(_ reader: NodeID, _ id: NodeID) -> Bool { order[reader] > order[id] }

    /// Whether a value is there after another was made, whatever is decided here.
    private func isKept(_ leaf: NodeID, after id: NodeID) -> Bool {
        switch source[leaf].primitive {
        case .input, .constant, .iota: true
        default:
            planner.isWanted[Int(leaf.index)]
                || planner.readers[Int(leaf.index)].contains { order[$0] > order[id] }
        }
    }

    /// Appends what an old node becomes.
    private mutating func visit(_ id: NodeID) {
        let isReader = planner.isComputed(id)
        let operands = source.operands(of: id).map { operand in
            let root = planner.views.root(operand)
            if isReader, isSplit[Int(root.index)], isLate(id, root) { return again(operand, for: order[id]) }
            return map[Int(operand.index)] ?? operand
        }
        map[Int(id.index)] = graph.append(copyOf: id, in: source, operands, translation: &translation)
    }

    /// The second making of a node, or of a view of one, for readers that wait for a step.
    private mutating func again(_ id: NodeID, for step: Int32) -> NodeID {
        let root = planner.views.root(id)
        guard isSplit[Int(root.index)] else { return map[Int(id.index)] ?? id }
        let key = Late(node: id, step: step)
        if let known = late[key] { return known }
        let operands = source.operands(of: id).map { again($0, for: step) }
        let made = graph.append(copyOf: id, in: source, operands, translation: &translation)
        late[key] = made
        return made
    }
}
