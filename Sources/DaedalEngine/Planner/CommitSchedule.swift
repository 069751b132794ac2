import DaedalGraph
import DaedalTensor

/// The order of a plan's groups: what computes, the test of the finite check, then what does nothing but overwrite inputs.
///
/// The last kind runs as soon as nothing can fail any more and all readers of the old values have run, so that a gradient
/// need not wait for all others; such a group writes to its input directly.
struct CommitSchedule {
    private let request: PlanRequest
    private let planner: GraphPlanner
    private let inputBuffers: [Int: Int]
    private var groups: [FusionGroup] = []
    private var numberOf: [NodeID: Int] = [:]
    private var commits: Set<Int> = []
    private var emitted: Set<Int> = []
    /// The updates that their groups wrote in place.
    private(set) var written: Set<PlanRequest.Update> = []

    init(_ request: PlanRequest, _ planner: GraphPlanner, inputBuffers: [Int: Int]) {
        self.request = request
        self.planner = planner
        self.inputBuffers = inputBuffers
        groups = planner.groups()
        for (number, group) in groups.enumerated() { for node in group.nodes { numberOf[node] = number } }
        findCommits()
    }

    private var graph: Graph { planner.graph }

    /// Groups that cannot fail and that only updates, or other such groups, depend on.
    private mutating func findCommits() {
        let kept = Set((request.results + (request.finiteCheck.map { [$0] } ?? [])).map { planner.views.root($0) })
        for number in groups.indices.reversed() {
            let group = groups[number]
            guard group.space != nil, group.nodes.allSatisfy({ !kept.contains($0) && !canFail($0) }) else { continue }
            let readers = group.nodes.flatMap { planner.readers[Int($0.index)] }
            if readers.allSatisfy({ numberOf[$0].map { $0 == number || commits.contains($0) } ?? false }) { commits.insert(number) }
        }
    }

    /// Whether a node's step may end a run.
    private func canFail(_ id: NodeID) -> Bool {
        switch graph[id].primitive {
        case .floorDivide, .remainder: graph[id].type.isInteger
        case .gather, .scatter, .dynamicSlice, .dynamicUpdate, .scan: true
        default: false
        }
    }

    /// Appends the steps of all groups.
    mutating func append(to assembly: PlanAssembly) throws(AllocationFailure) {
        let computing = groups.indices.filter { !commits.contains($0) }
        var lastFallible = computing.lastIndex { groups[$0].nodes.contains { canFail($0) } } ?? -1
        let check = request.finiteCheck
        if let check, let number = numberOf[source(check)], let at = computing.firstIndex(of: number) { lastFallible = max(lastFallible, at) }
        if lastFallible < 0 { try appendCheck(check, assembly) }
        for (position, number) in computing.enumerated() {
            assembly.isCommitting = false
            try planner.append(groups[number])
            emitted.insert(number)
            if position == lastFallible { try appendCheck(check, assembly) }
            if position >= lastFallible { try appendReady(assembly) }
        }
        assembly.isCommitting = true
        for number in groups.indices where commits.contains(number) && !emitted.contains(number) { try appendCommit(number, assembly) }
    }

    /// The root of a node, or the scan that makes it.
    private func source(_ id: NodeID) -> NodeID {
        let root = planner.views.root(id)
        return graph[root].primitive == .part ? graph.operand(0, of: root) : root
    }

    private func appendCheck(_ node: NodeID?, _ assembly: PlanAssembly) throws(AllocationFailure) {
        guard let node else { return }
        let place = try planner.dense(node)
        assembly.append(
            .init(
                name: "finite", signature: planner.signature(node), origin: graph[node].origin,
                body: .finiteCheck(buffer: place.buffer, offset: place.offset, type: graph[node].type), reads: [place.buffer], writes: []))
    }

    /// Appends the commits whose operands are there and whose inputs nobody else has to read any more.
    private mutating func appendReady(_ assembly: PlanAssembly) throws(AllocationFailure) {
        assembly.isCommitting = true
        var found = true
        while found {
            found = false
            for number in groups.indices where commits.contains(number) && !emitted.contains(number) {
                let operands = groups[number].nodes.flatMap { graph.operands(of: $0) }.compactMap { numberOf[source($0)] }
                guard operands.allSatisfy({ $0 == number || emitted.contains($0) }),
                    targets(number).allSatisfy({ hasNoOtherReader($0.input, number) })
                else { continue }
                try appendCommit(number, assembly)
                found = true
            }
        }
    }

    /// The updates that a group makes as whole values of their own.
    private func targets(_ number: Int) -> [PlanRequest.Update] {
        request.updates.filter { update in
            let (root, view) = planner.views[update.node]
            return numberOf[root] == number && view.isDense && view.count == graph[root].shape.elementCount
        }
    }

    /// Whether all readers of an input but one group have run.
    private func hasNoOtherReader(_ input: Int, _ number: Int) -> Bool {
        for id in graph.ids where graph[id].primitive == .input && graph.attributes(of: id) == .input(input) {
            for reader in planner.readers[Int(id.index)] {
                if let other = numberOf[reader], other != number, !emitted.contains(other) { return false }
            }
        }
        return true
    }

    private mutating func appendCommit(_ number: Int, _ assembly: PlanAssembly) throws(AllocationFailure) {
        var candidates: [Int: PlanRequest.Update] = [:]
        for update in targets(number) where hasNoOtherReader(update.input, number) {
            guard let input = inputBuffers[update.input] else { continue }
            let buffer = try planner.place(planner.views.root(update.node)).buffer
            if candidates[buffer] != nil { continue }
            candidates[buffer] = update
            planner.updateTargets[buffer] = input
        }
        try planner.append(groups[number])
        emitted.insert(number)
        for (buffer, update) in candidates where planner.updateTargets[buffer] == nil { written.insert(update) }
        planner.updateTargets = [:]
    }
}
