import DaedalGraph
import DaedalTensor

/// Steps of a scan: its body planned once, run for every element of its sequences.
extension GraphPlanner {
    func appendScan(_ id: NodeID) throws(AllocationFailure) {
        guard case .loop(let loop) = graph.attributes(of: id) else { preconditionFailure("no loop") }
        let operands = Array(graph.operands(of: id))
        let length = loop.length.known ?? 0
        let parts = partPlaces(of: id, loop)
        if length == 0 {
            for (k, part) in parts.carries.enumerated() { try copy(operands[k], to: part, name: "scan") }
            return
        }
        var plan = PlanAssembly.LoopPlan(length: length, isReversed: loop.isReversed)
        var inputs: [Int: Place] = [:]
        var outer: [Int] = []
        let carryCount = loop.carryCount
        for (position, operand) in operands.enumerated() {
            let place = try dense(operand)
            outer.append(place.buffer)
            let size = byteCount(operand)
            if position < carryCount {
                let input = assembly.makeBuffer(size, .loopVariable), output = assembly.makeBuffer(size, .loopVariable)
                let even = assembly.makeBuffer(length > 1 ? size : 0), odd = assembly.makeBuffer(length > 2 ? size : 0)
                plan.carries.append(
                    .init(
                        input: input, output: output, start: place.buffer, startOffset: place.offset, even: even, odd: odd,
                        final: parts.carries[position].buffer))
                inputs[position] = Place(buffer: input, offset: 0)
                outer += [even, odd, parts.carries[position].buffer]
            } else if position < carryCount + loop.sequenceCount {
                let variable = assembly.makeBuffer(size / length, .loopVariable)
                plan.sequences.append(.init(variable: variable, base: place.buffer, baseOffset: place.offset, stride: size / length))
                inputs[position] = Place(buffer: variable, offset: 0)
            } else {
                inputs[position] = place
            }
        }
        for part in parts.stacks {
            let size = part.byteCount / length
            let variable = assembly.makeBuffer(size, .loopVariable)
            plan.stacks.append(.init(variable: variable, base: part.place.buffer, baseOffset: part.place.offset, stride: size))
            outer.append(part.place.buffer)
        }
        let body = GraphPlanner(graph: loop.body, assembly: assembly, inputPlaces: inputs, wanted: loop.carryResults + loop.stackedResults)
        let number = assembly.loops.count
        assembly.loops.append(plan)
        assembly.loopParents.append(assembly.openLoop)
        let written = plan.carries.flatMap { [$0.even, $0.odd, $0.final] } + plan.stacks.map(\.base)
        assembly.append(
            .init(
                name: "scan", signature: "\(length) turns", origin: graph[id].origin, body: .loop(number), reads: outer, writes: written))
        assembly.openLoop = number
        try body.appendBody(
            carries: zip(loop.carryResults, plan.carries.map(\.output)).map { ($0, $1) },
            stacks: zip(loop.stackedResults, plan.stacks.map(\.variable)).map { ($0, $1) })
        assembly.openLoop = assembly.loopParents[number]
        assembly.append(
            .init(name: "end", signature: "", origin: graph[id].origin, body: .endLoop(number), reads: outer, writes: written))
    }

    /// The steps of a loop's body, with its results in the variables of the loop.
    private func appendBody(carries: [(NodeID, Int)], stacks: [(NodeID, Int)]) throws(AllocationFailure) {
        var copies: [(NodeID, Int)] = []
        for (node, variable) in carries + stacks {
            let (root, view) = views[node]
            if (isComputed(root) || graph[root].primitive == .part), view.isDense, view.count == graph[root].shape.elementCount,
                destinations[root] == nil
            {
                destinations[root] = variable
            } else {
                copies.append((node, variable))
            }
        }
        for group in groups() { try append(group) }
        for (node, variable) in copies { try copy(node, to: Place(buffer: variable, offset: 0), name: "carry") }
    }

    /// The places of the results of a scan; parts that nobody reads have places too, since the loop writes them.
    private func partPlaces(of scan: NodeID, _ loop: Loop) -> (carries: [Place], stacks: [(place: Place, byteCount: Int)]) {
        var carries: [Place?] = Array(repeating: nil, count: loop.carryCount)
        var stacks: [Place?] = Array(repeating: nil, count: loop.stackedResults.count)
        for id in graph.ids where graph[id].primitive == .part && graph.operand(0, of: id) == scan && isNeeded[Int(id.index)] {
            guard case .part(let k) = graph.attributes(of: id) else { continue }
            let known = k < carries.count ? carries[k] : stacks[k - carries.count]
            let place = known ?? Place(buffer: destinations[id] ?? assembly.makeBuffer(byteCount(id)), offset: 0)
            if k < carries.count { carries[k] = place } else { stacks[k - carries.count] = place }
            setPlace(id, place)
        }
        func bytes(_ node: NodeID) -> Int { (loop.body[node].shape.elementCount ?? 0) * loop.body[node].type.byteCount }
        let length = loop.length.known ?? 0
        return (
            zip(carries, loop.carryResults).map { place, node in place ?? Place(buffer: assembly.makeBuffer(bytes(node)), offset: 0) },
            zip(stacks, loop.stackedResults).map { place, node in
                (place ?? Place(buffer: assembly.makeBuffer(bytes(node) * length), offset: 0), bytes(node) * length)
            }
        )
    }
}
