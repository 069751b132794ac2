import DaedalGraph
import DaedalTensor

/// The pass `fusion`: elementwise operations and reductions that share an iteration space become one vector program.
///
/// Nodes are visited in topological order, and each joins the groups of its operands where their spaces fit and no cycle would arise.
struct Fusion {
    private let planner: GraphPlanner
    private var graph: Graph { planner.graph }
    private var views: ViewTable { planner.views }
    private var groups: [Int: FusionGroup] = [:]
    /// The group of each computed node, by the group's number.
    private(set) var groupOfNode: [NodeID: Int] = [:]
    /// The numbers of the groups on which each group depends, directly or not; numbers that were joined away stay set.
    private var reach: [Int: NumberSet] = [:]
    private let capacity: Int
    /// The nodes that are better computed where they are read than where their operands are.
    private let postponed: PostponedNodes

    /// More instructions than this leave a program no place to keep its registers.
    private static let largestGroup = 40

    init(_ planner: GraphPlanner, joins: Bool = true) {
        self.planner = planner
        capacity = planner.graph.count
        postponed = PostponedNodes(planner)
        for id in planner.graph.ids where planner.isComputed(id) {
            visit(id, joins: joins)
        }
    }

    /// The groups in an order in which each finds its operands.
    func ordered() -> [FusionGroup] {
        var result: [FusionGroup] = []
        var done: Set<Int> = []
        let members = Dictionary(grouping: groupOfNode.keys, by: { groupOfNode[$0] ?? 0 })
        func emit(_ number: Int) {
            if !done.insert(number).inserted { return }
            var needed: Set<Int> = []
            for node in members[number] ?? [] { needed.formUnion(operandGroups(node)) }
            for other in needed.sorted() where other != number { emit(other) }
            if let group = groups[number] { result.append(group) }
        }
        let last = members.mapValues { $0.map(\.index).max() ?? 0 }
        for number in groups.keys.sorted(by: { (last[$0] ?? 0, $0) < (last[$1] ?? 0, $1) }) { emit(number) }
        return result
    }

    /// The groups that compute a node's operands.
    private func operandGroups(_ id: NodeID) -> Set<Int> {
        var result: Set<Int> = []
        for operand in sources(id) {
            let source = graph[operand].primitive == .part ? graph.operand(0, of: operand) : operand
            if let number = groupOfNode[source] { result.insert(number) }
        }
        return result
    }

    /// The roots that a node reads.
    private func sources(_ id: NodeID) -> [NodeID] { planner.sources(id) }

    private mutating func visit(_ id: NodeID, joins: Bool) {
        // What has a tail is met at the tail's end: nobody reads it before.
        if let last = planner.tails.lastOfNode[id], last != id { return }
        // Gradients of attention are met together, at the first of them.
        if groupOfNode[id] != nil { return }
        let number = Int(id.index)
        var set = NumberSet(capacity: capacity)
        let group = planner.single(id)
        for node in group.nodes {
            for other in operandGroups(node) {
                set.insert(other)
                if let more = reach[other] { set.formUnion(more) }
            }
        }
        reach[number] = set
        groups[number] = group
        for node in group.nodes { groupOfNode[node] = number }
        guard joins, groups[number]?.space != nil else { return }
        for source in sources(id) where !postponed.contains(id) || postponed.contains(source) {
            if let other = groupOfNode[source], let mine = groupOfNode[id], other != mine { join(other, mine) }
        }
    }

    /// Joins two groups if that is allowed.
    private mutating func join(_ a: Int, _ b: Int) {
        guard let first = groups[a], let second = groups[b], let joined = joined(first, second), !hasDetour(a, b) else { return }
        groups[a] = joined
        groups[b] = nil
        for node in second.nodes { groupOfNode[node] = a }
        var set = reach[a] ?? NumberSet(capacity: capacity)
        if let other = reach[b] { set.formUnion(other) }
        set.remove(a)
        set.remove(b)
        reach[a] = set
        set.insert(a)
        set.insert(b)
        reach[b] = nil
        for number in reach.keys where number != a {
            if reach[number]?.contains(a) == true || reach[number]?.contains(b) == true { reach[number]?.formUnion(set) }
        }
    }

    /// Whether one group depends on the other by way of a third.
    private func hasDetour(_ a: Int, _ b: Int) -> Bool {
        for (from, to) in [(a, b), (b, a)] {
            guard let reached = reach[from] else { continue }
            for (number, set) in reach where number != a && number != b && reached.contains(number) && set.contains(to) { return true }
        }
        return false
    }

    /// The group that two would be together, nil if they do not fit.
    private func joined(_ a: FusionGroup, _ b: FusionGroup) -> FusionGroup? {
        guard let left = a.space, let right = b.space, a.nodes.count + b.nodes.count <= Fusion.largestGroup,
            let space = Fusion.joined(left, right)
        else { return nil }
        let result = FusionGroup(nodes: (a.nodes + b.nodes).sorted(), space: space, columnNodes: a.columnNodes.union(b.columnNodes))
        let members = Set(result.nodes)
        var operands: Set<NodeID> = []
        for node in result.nodes {
            for operand in graph.operands(of: node) {
                let root = views.root(operand)
                if members.contains(root) {
                    if !isFollowable(operand, root, by: node, in: result, space) { return nil }
                } else {
                    operands.insert(operand)
                }
            }
        }
        return operands.count <= 24 ? result : nil
    }

    /// The space of both, nil if they do not fit.
    private static func joined(_ a: ProgramSpace, _ b: ProgramSpace) -> ProgramSpace? {
        if a.count == 0 || b.count == 0 { return nil }
        if a.count == b.count {
            var result = a
            if let length = b.rowLength {
                if let mine = a.rowLength, mine != length { return nil }
                result.rowLength = length
            }
            if let columns = b.columns {
                if let mine = a.columns, mine != columns { return nil }
                result.columns = columns
            }
            return result.adding(cuts: b.cuts)
        }
        // Elements that there are one of in each row.
        let (large, small) = a.count > b.count ? (a, b) : (b, a)
        guard let length = large.rowLength, small.count * length == large.count, small.rowLength == nil, small.columns == nil,
            length <= ProgramSpace.longestRow
        else { return nil }
        return large.adding(cuts: small.cuts.map { $0 * length })
    }

    /// Whether a node can read a member of its own group where the program has it.
    private func isFollowable(_ operand: NodeID, _ root: NodeID, by node: NodeID, in group: FusionGroup, _ space: ProgramSpace) -> Bool {
        if group.columnNodes.contains(root) { return false }
        let view = views.view(operand), count = graph[root].shape.elementCount ?? 0
        let isReduction = ProgramBuilder.reduction(graph[root].primitive) != nil
        if isReduction, let length = space.rowLength, length > ProgramSpace.longestRow { return false }
        if view.isDense && view.offset == 0 && view.count == count { return true }
        guard let length = space.rowLength, count * length == space.count, view.count == space.count, view.offset == 0 else { return false }
        let runs = view.runs
        if count == 1 { return runs == [.init(extent: length, stride: 0)] }
        return runs == [.init(extent: count, stride: 1), .init(extent: length, stride: 0)]
    }
}

/// A set of small numbers.
struct NumberSet {
    private var words: [UInt64]

    init(capacity: Int) { words = Array(repeating: 0, count: capacity / 64 + 1) }

    func contains(_ number: Int) -> Bool { words[number >> 6] >> UInt64(number & 63) & 1 != 0 }
    mutating func insert(_ number: Int) { words[number >> 6] |= 1 << UInt64(number & 63) }
    mutating func remove(_ number: Int) { words[number >> 6] &= ~(1 << UInt64(number & 63)) }
    mutating func formUnion(_ other: NumberSet) { for index in words.indices { words[index] |= other.words[index] } }
}
