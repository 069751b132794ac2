import CKernels
import DaedalGraph
import DaedalTensor

/// From a request to a plan: steps, lifetimes, one arena, code.
enum PlanCompiler {
    static func compile(
        _ request: PlanRequest, pool: ThreadPool, counters: CounterCell, isPrecise: Bool, isTimed: Bool
    ) throws(PlanFailure) -> Plan {
        do {
            let assembly = PlanAssembly(threads: pool.threads)
            assembly.isPrecise = isPrecise
            var parts = PlanParts()
            parts.results = request.results.map { request.graph.signature(of: $0) }
            parts.inputs = inputs(of: request.graph)
            parts.updates = request.updates
            try assemble(optimised(request, isPrecise: isPrecise), assembly, &parts)
            lay(out: assembly, &parts)
            encode(assembly, &parts)
            return Plan(parts, pool: pool, counters: counters, isTimed: isTimed)
        } catch {
            throw PlanFailure(.outOfMemory(byteCount: error.byteCount), origin: 0)
        }
    }

    /// The request on the graph after the passes of the graph room.
    private static func optimised(_ request: PlanRequest, isPrecise: Bool) -> PlanRequest {
        let wanted = request.results + request.updates.map(\.node) + (request.finiteCheck.map { [$0] } ?? [])
        guard let (simpler, map) = try? Passes.optimise(request.graph, results: wanted) else { return request }
        let (graph, layout) = LayoutPass.run(simpler, wanted: wanted.compactMap { map[Int($0.index)] })
        let (final, second) = RecomputePass.run(
            graph, wanted: wanted.compactMap { map[Int($0.index)].flatMap { layout[Int($0.index)] } }, isPrecise: isPrecise)
        func new(_ id: NodeID) -> NodeID? {
            map[Int(id.index)].flatMap { layout[Int($0.index)] }.flatMap { second[Int($0.index)] }
        }
        let results = request.results.compactMap { new($0) }
        let updates = request.updates.compactMap { update in new(update.node).map { PlanRequest.Update(node: $0, input: update.input) } }
        guard results.count == request.results.count, updates.count == request.updates.count else { return request }
        return PlanRequest(graph: final, results: results, updates: updates, finiteCheck: request.finiteCheck.flatMap { new($0) })
    }

    /// The type and shape of the inputs by position.
    private static func inputs(of graph: Graph) -> [Signature?] {
        var result: [Signature?] = []
        for id in graph.ids {
            guard case .input(let position) = graph.attributes(of: id), graph[id].primitive == .input else { continue }
            while result.count <= position { result.append(nil) }
            result[position] = graph.signature(of: id)
        }
        return result
    }

    /// Steps for everything that is wanted: compute, test, commit.
    private static func assemble(_ request: PlanRequest, _ assembly: PlanAssembly, _ parts: inout PlanParts) throws(AllocationFailure) {
        let graph = request.graph
        var places: [Int: GraphPlanner.Place] = [:]
        for (position, signature) in parts.inputs.enumerated() {
            guard let signature else { continue }
            let bytes = (signature.shape.elementCount ?? 0) * signature.type.byteCount
            let buffer = assembly.inputBuffer(position, byteCount: bytes)
            places[position] = .init(buffer: buffer, offset: 0)
            parts.inputBuffers[position] = buffer
        }
        assembly.lastingInputs = Set(places.keys).subtracting(request.updates.map(\.input))
        let wanted = request.results + request.updates.map(\.node) + (request.finiteCheck.map { [$0] } ?? [])
        let planner = GraphPlanner(graph: graph, assembly: assembly, inputPlaces: places, wanted: wanted)
        let copies = chooseResults(request, planner, assembly, &parts)
        // What is read of inputs that are overwritten is saved before anything else.
        func isInput(_ node: NodeID) -> Bool { graph[planner.views.root(node)].primitive == .input }
        for (node, buffer) in copies where isInput(node) { try planner.copy(node, to: .init(buffer: buffer, offset: 0), name: "result") }
        var saved: [(buffer: Int, update: PlanRequest.Update)] = []
        for update in request.updates where isInput(update.node) {
            let buffer = assembly.makeBuffer(planner.byteCount(update.node))
            try planner.copy(update.node, to: .init(buffer: buffer, offset: 0), name: "save")
            saved.append((buffer, update))
        }
        var schedule = CommitSchedule(request, planner, inputBuffers: parts.inputBuffers)
        try schedule.append(to: assembly)
        assembly.isCommitting = false
        for (node, buffer) in copies where !isInput(node) { try planner.copy(node, to: .init(buffer: buffer, offset: 0), name: "result") }
        assembly.isCommitting = true
        for update in request.updates where !isInput(update.node) {
            guard let target = places[update.input], !schedule.written.contains(update) else { continue }
            try planner.copy(update.node, to: target, name: "commit")
        }
        for save in saved {
            guard let target = places[save.update.input] else { continue }
            let view = StridedView(dense: graph[save.update.node].shape.counts)
            planner.copy(view, at: .init(buffer: save.buffer, offset: 0), save.update.node, to: target, name: "commit")
        }
    }

    /// Decides where results are: in storage of their own that their steps write to, shared, or copied at the end.
    private static func chooseResults(
        _ request: PlanRequest, _ planner: GraphPlanner, _ assembly: PlanAssembly, _ parts: inout PlanParts
    ) -> [(NodeID, Int)] {
        var copies: [(NodeID, Int)] = []
        var known: [NodeID: Int] = [:]
        let overwritten = Set(request.updates.map(\.input))
        for (position, node) in request.results.enumerated() {
            let (root, view) = planner.views[node]
            let isWhole = view.isDense && view.offset == 0 && view.count == planner.graph[root].shape.elementCount
            if isWhole, case .input(let input) = planner.graph.attributes(of: root), planner.graph[root].primitive == .input,
                !overwritten.contains(input)
            {
                parts.resultSources.append(.input(input))
                continue
            }
            if isWhole, let other = known[root] {
                parts.resultSources.append(.sameAs(other))
                continue
            }
            let buffer = assembly.makeBuffer(planner.byteCount(node), .result(position))
            parts.resultBuffers[position] = buffer
            parts.resultSources.append(.own)
            if isWhole && (planner.isComputed(root) || planner.graph[root].primitive == .part) {
                planner.destinations[root] = buffer
                known[root] = position
            } else {
                copies.append((node, buffer))
            }
        }
        return copies
    }
}
