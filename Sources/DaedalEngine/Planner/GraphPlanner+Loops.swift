import CKernels
import DaedalGraph
import DaedalTensor

/// Steps of a scan: its body planned once, run for every element of its sequences; or once for each thread's rows, where rows do not meet.
extension GraphPlanner {
    /// The fewest rows that a thread takes.
    private static let fewestRows = 4

    func appendScan(_ id: NodeID) throws(AllocationFailure) {
        guard case .loop(let loop) = graph.attributes(of: id) else { preconditionFailure("no loop") }
        let operands = Array(graph.operands(of: id))
        let length = loop.length.known ?? 0
        let parts = partPlaces(of: id, loop)
        if length == 0 {
            for (k, part) in parts.carries.enumerated() { try copy(operands[k], to: part, name: "scan") }
            return
        }
        var frame = LoopFrame(loop: loop, length: length, carries: parts.carries, stacks: parts.stacks)
        for operand in operands { frame.operands.append((try dense(operand), byteCount(operand))) }
        let split = RowSplit(loop)
        let shares = split.map { max(1, min(assembly.threads, $0.rows / Self.fewestRows)) } ?? 1
        let packed = try packConstants(loop, frame, rows: split.map { $0.rows / shares })
        let outside =
            frame.operands.map(\.place.buffer) + packed.values.map(\.buffer) + parts.carries.map(\.buffer) + parts.stacks.map(\.place.buffer)
        let number = assembly.makeLoop(length: length, isReversed: loop.isReversed)
        let written = parts.carries.map(\.buffer) + parts.stacks.map(\.place.buffer)
        assembly.append(
            .init(
                name: shares > 1 ? "scan by rows" : "scan", signature: "\(length) turns", origin: graph[id].origin, body: .loop(number),
                reads: outside, writes: written))
        var kept: [Int] = []
        for share in 0..<shares {
            let rows = split.map { split in
                LoopFrame.Rows(split: split, from: split.rows * share / shares, to: split.rows * (share + 1) / shares)
            }
            var chunk = PlanAssembly.LoopPlan.Chunk()
            let inputs = frame.bind(&chunk, rows, assembly)
            kept += chunk.carries.flatMap { [$0.even, $0.odd] }
            let body = GraphPlanner(
                graph: shares > 1 ? rows?.body ?? loop.body : loop.body, assembly: assembly, inputPlaces: inputs,
                wanted: loop.carryResults + loop.stackedResults)
            body.packed = packed
            assembly.open(number, isShare: shares > 1)
            chunk.start = assembly.steps.count
            try body.appendBody(
                carries: zip(loop.carryResults, chunk.carries.map(\.output)).map { ($0, $1) },
                stacks: zip(loop.stackedResults, chunk.stacks.map(\.variable)).map { ($0, $1) })
            chunk.end = assembly.steps.count
            assembly.close(number)
            assembly.loops[number].chunks.append(chunk)
        }
        // What carries go through is alive from the first turn to the last.
        assembly.extend(number, with: kept)
        assembly.append(
            .init(name: "end", signature: "", origin: graph[id].origin, body: .endLoop(number), reads: outside + kept, writes: written))
    }

    /// Packs the constants that the products of a body have on their right, once for all turns; by product.
    private func packConstants(_ loop: Loop, _ frame: LoopFrame, rows: Int?) throws(AllocationFailure) -> [NodeID: Place] {
        let body = loop.body, first = loop.carryCount + loop.sequenceCount
        let views = ViewTable(body)
        var made: [PackedMatrix: Place] = [:], result: [NodeID: Place] = [:]
        for id in body.ids where body[id].primitive == .matrixProduct && body[id].type == .f32 && body[id].shape.rank == 2 {
            guard case .product(_, let transposesRight) = body.attributes(of: id) else { continue }
            let right = body.operand(1, of: id), (root, view) = views[right]
            guard case .input(let position) = body.attributes(of: root), body[root].primitive == .input, position >= first,
                loop.length.known ?? 0 > 3,
                (rows ?? body[id].shape[0].known ?? 0) > 3
            else { continue }
            let (row, column) = transposesRight ? (view.strides[1], view.strides[0]) : (view.strides[0], view.strides[1])
            let (k, n) = transposesRight ? (view.extents[1], view.extents[0]) : (view.extents[0], view.extents[1])
            guard k > 0, n > 0, row >= 0, column >= 0 else { continue }
            let source = frame.operands[position].place
            let key = PackedMatrix(
                root, Place(buffer: source.buffer, offset: source.offset + view.offset * 4), k: Int64(k), n: Int64(n), row: Int64(row),
                column: Int64(column))
            let place = made[key] ?? appendPack(key, origin: body[id].origin, signature: body.signature(of: right).description)
            made[key] = place
            result[id] = place
        }
        return result
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
