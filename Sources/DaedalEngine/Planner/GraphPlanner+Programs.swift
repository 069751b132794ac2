import CKernels
import DaedalGraph
import DaedalTensor

/// Steps for groups of elementwise operations and reductions.
extension GraphPlanner {
    /// Whether something outside a group reads a node.
    func isRead(_ id: NodeID, outside members: Set<NodeID>) -> Bool {
        isWanted[Int(id.index)] || readers[Int(id.index)].contains { !members.contains($0) }
    }

    /// Appends the program of a group, and what finishes its partial reductions.
    func appendProgram(_ group: FusionGroup) throws(AllocationFailure) {
        guard let space = group.space else { preconditionFailure("a group without a space") }
        if space.count == 0 { return try appendEmpty(group) }
        let members = Set(group.nodes)
        var builder = ProgramBuilder(graph: graph, views: views, space: cut(space, forPartsOf: group.nodes), nodes: group.nodes) {
            root throws(AllocationFailure) in
            try self.place(root)
        }
        var faults: [(word: Int, origin: UInt32)] = []
        var finishing: [(node: NodeID, partial: Place, count: Int)] = []
        var columnOutputs: [(node: NodeID, register: Int)] = []
        let isLong = space.rowLength.map { $0 > ProgramSpace.longestRow } ?? false
        for id in group.nodes {
            let node = graph[id]
            if let reduction = ProgramBuilder.reduction(node.primitive) {
                let operand = graph.operand(0, of: id)
                let type = graph[operand].type
                let source = builder.register(try builder.operand(operand, overRows: false), type: type, overRows: false)
                if group.columnNodes.contains(id) {
                    let d = builder.define(
                        id,
                        output: ProgramRegister(
                            kind: CK_V_COLUMNS, size: node.type.byteCount, constant: ProgramBuilder.identity(node.primitive, type)))
                    builder.instructions.append(ProgramInstruction(op: reduction.column, type: type.rawValue, d: d, a: source))
                    columnOutputs.append((id, d))
                } else if isLong, let length = space.rowLength {
                    let chunks = (length + ProgramBuilder.partialLength - 1) / ProgramBuilder.partialLength
                    let partial = Place(buffer: assembly.makeBuffer(builder.rows * chunks * node.type.byteCount), offset: 0)
                    let d = builder.define(
                        id, output: ProgramRegister(kind: CK_V_PARTIALS, size: node.type.byteCount, overRows: true, buffer: partial.buffer))
                    builder.instructions.append(ProgramInstruction(op: reduction.row, type: type.rawValue, d: d, a: source))
                    finishing.append((id, partial, chunks))
                } else {
                    let d = builder.define(id, output: try output(id, builder, members))
                    builder.instructions.append(ProgramInstruction(op: reduction.row, type: type.rawValue, d: d, a: source))
                }
                continue
            }
            var fault: Int?
            if node.type.isInteger && (node.primitive == .floorDivide || node.primitive == .remainder) {
                let (buffer, word) = assembly.makeFaultWord()
                builder.registers.append(ProgramRegister(kind: CK_V_FIXED, size: 4, buffer: buffer, offset: word * 4))
                fault = builder.registers.count - 1
                faults.append((word, node.origin))
            }
            try builder.appendElementwise(id, output: try output(id, builder, members), fault: fault)
        }
        var program = builder.finish(partialsPerRow: isLong)
        for (id, register) in columnOutputs {
            let final = try place(id)
            if program.rowTiles == 1 {
                program.registers[register].slot = Int32(final.buffer)
                program.registers[register].offset = Int64(final.offset)
            } else {
                let partial = Place(buffer: assembly.makeBuffer(program.rowTiles * byteCount(id)), offset: 0)
                program.registers[register].slot = Int32(partial.buffer)
                finishing.append((id, partial, program.rowTiles))
            }
        }
        appendProgramStep(program, group.nodes, cost: builder.costPerElement)
        for (id, partial, count) in finishing { try appendFinish(id, partial, count: count, isColumn: group.columnNodes.contains(id)) }
        for (word, origin) in faults {
            assembly.append(
                PlanAssembly.Step(name: "check", signature: "", origin: origin, body: .faultCheck(word: word), reads: [], writes: []))
        }
    }

    /// The register of a node that is read outside its group, nil if none is needed.
    private func output(_ id: NodeID, _ builder: ProgramBuilder, _ members: Set<NodeID>) throws(AllocationFailure) -> ProgramRegister? {
        guard isRead(id, outside: members) else { return nil }
        let size = graph[id].type.byteCount, over = builder.isOverRows(id)
        if !over, let (whole, view) = part(id), builder.space.adding(cuts: view.cuts) == builder.space {
            let place = try place(whole), strides = builder.space.strides(of: view)
            storedParts.insert(id)
            return ProgramRegister(
                kind: CK_V_STORE, size: size, buffer: place.buffer, offset: place.offset + view.offset * size, innerStride: strides.inner,
                strides: strides.outer)
        }
        let place = try place(id)
        return ProgramRegister(kind: over ? CK_V_ROWS : CK_V_DENSE, size: size, overRows: over, buffer: place.buffer, offset: place.offset)
    }

    /// The space with the cuts of the parts of concatenations among a program's values, where its rows stay long enough.
    private func cut(_ space: ProgramSpace, forPartsOf nodes: [NodeID]) -> ProgramSpace {
        nodes.reduce(space) { space, id in
            guard let view = part(id)?.view, view.count == space.count, let cut = space.adding(cuts: view.cuts), cut.inner >= 64 else { return space }
            return cut
        }
    }

    /// The concatenation that alone reads a value, and the view of it that the value is; nil if there is none. A program may store its elements there.
    private func part(_ id: NodeID) -> (whole: NodeID, view: StridedView)? {
        guard !isWanted[Int(id.index)], readers[Int(id.index)].count == 1, let whole = readers[Int(id.index)].first,
            graph[whole].primitive == .concatenate, case .axis(let axis) = graph.attributes(of: whole)
        else { return nil }
        let operands = Array(graph.operands(of: whole))
        guard let position = operands.firstIndex(of: id), operands.count(where: { views.root($0) == id }) == 1 else { return nil }
        let strides = StridedView.denseStrides(graph[whole].shape.counts)
        let start = operands[..<position].reduce(0) { $0 + (graph[$1].shape[axis].known ?? 0) }
        return (whole, StridedView(offset: start * strides[axis], extents: graph[id].shape.counts, strides: strides))
    }

    /// Appends the step of a finished program.
    func appendProgramStep(_ finished: VectorProgram, _ nodes: [NodeID], cost: Double) {
        var program = finished
        var reads: [Int] = [], writes: [Int] = []
        let pairs = overwritingInputs(&program, inPlacePairs(program))
        for (index, register) in program.registers.enumerated() where register.slot >= 0 && register.kind != CK_V_FIXED.rawValue {
            if program.firstWrites[index] != .max { writes.append(Int(register.slot)) } else { reads.append(Int(register.slot)) }
        }
        reads += program.scalars.map { Int($0.slot) }
        let last = nodes[nodes.count - 1]
        var step = PlanAssembly.Step(
            name: nodes.count == 1 ? graph[last].primitive.name : "fused " + nodes.map { graph[$0].primitive.name }.joined(separator: "·"),
            signature: signature(last), origin: graph[last].origin, body: .program(program), reads: Array(Set(reads)), writes: Array(Set(writes)),
            operations: Double(program.instructions.count * program.rows * program.inner), bytes: 0)
        step.nanoseconds = cost * Double(program.rows * program.inner)
        step.bytes = program.registers.reduce(0.0) { sum, register in
            switch register.kind {
            case CK_V_DENSE.rawValue, CK_V_STORE.rawValue: sum + Double(program.rows * program.inner * Int(register.size))
            case CK_V_ROWS.rawValue: sum + Double(program.rows * Int(register.size))
            default: sum
            }
        }
        step.inPlace = pairs
        assembly.append(step)
    }

    /// Lets outputs that are updates of inputs write there directly, if what the program reads of these inputs is read before.
    private func overwritingInputs(_ program: inout VectorProgram, _ pairs: [(Int, Int)]) -> [(Int, Int)] {
        var pairs = pairs
        for (buffer, input) in updateTargets {
            guard let output = program.registers.firstIndex(where: { $0.slot == Int32(buffer) }),
                program.registers[output].kind == CK_V_DENSE.rawValue
            else { continue }
            let isRead = program.registers.contains { $0.slot == Int32(input) } || program.scalars.contains { $0.slot == Int32(input) }
            if isRead && !pairs.contains(where: { $0 == (buffer, input) }) { continue }
            for index in program.registers.indices where program.registers[index].slot == Int32(buffer) {
                program.registers[index].slot = Int32(input)
            }
            pairs.removeAll { $0.0 == buffer || $0.1 == input }
            updateTargets[buffer] = nil
            movePlace(from: buffer, to: input)
        }
        return pairs
    }

    /// The outputs that may take the memory of a dense operand: what is read is read before it is overwritten, element by element.
    private func inPlacePairs(_ program: VectorProgram) -> [(Int, Int)] {
        var pairs: [(Int, Int)] = []
        for (out, output) in program.registers.enumerated() where output.kind == CK_V_DENSE.rawValue {
            let write = program.firstWrites[out]
            if write == .max { continue }
            for (source, register) in program.registers.enumerated()
            where source != out && register.kind == CK_V_DENSE.rawValue && program.firstWrites[source] == .max && register.size == output.size {
                guard program.lastReads[source] <= write, register.offset == output.offset else { continue }
                // The same buffer must not be read in any other way, nor by another register later.
                let others = program.registers.indices.filter { $0 != source && program.registers[$0].slot == register.slot }
                if others.isEmpty && !program.scalars.contains(where: { $0.slot == register.slot }) {
                    pairs.append((Int(output.slot), Int(register.slot)))
                }
            }
        }
        return pairs
    }

    /// Reduces partial results [groups, count, inner] or [rows, count] to a node's place.
    private func appendFinish(_ id: NodeID, _ partial: Place, count: Int, isColumn: Bool) throws(AllocationFailure) {
        let node = graph[id]
        guard let reduction = ProgramBuilder.reduction(node.primitive) else { return }
        let final = try place(id)
        let elements = node.shape.elementCount ?? 0
        let size = node.type.byteCount
        var space = ProgramSpace(count: elements * count)
        if isColumn {
            // Groups were collapsed with the inner axis behind them; the number of groups follows from the program that made the partials.
            let inner = columnInner(id)
            space.columns = .init(groups: elements / max(inner, 1), rows: count, inner: inner)
        } else {
            space.rowLength = count
        }
        var builder = ProgramBuilder(graph: graph, views: views, space: space, nodes: []) { _ throws(AllocationFailure) in partial }
        builder.registers.append(ProgramRegister(kind: CK_V_DENSE, size: size, buffer: partial.buffer, offset: partial.offset))
        builder.registers.append(
            ProgramRegister(
                kind: isColumn ? CK_V_COLUMNS : CK_V_ROWS, size: size, overRows: !isColumn, buffer: final.buffer, offset: final.offset,
                constant: ProgramBuilder.identity(node.primitive, node.type)))
        builder.instructions.append(
            ProgramInstruction(op: isColumn ? reduction.column : reduction.row, type: node.type.rawValue, d: 1, a: 0))
        var program = builder.finish(reducesPartials: true)
        guard isColumn, program.rowTiles > 1 else { return appendProgramStep(program, [id], cost: builder.costPerElement) }
        // So many partial results are reduced in parts again.
        let fewer = Place(buffer: assembly.makeBuffer(program.rowTiles * byteCount(id)), offset: 0)
        program.registers[1].slot = Int32(fewer.buffer)
        program.registers[1].offset = 0
        appendProgramStep(program, [id], cost: builder.costPerElement)
        try appendFinish(id, fewer, count: program.rowTiles, isColumn: true)
    }

    /// The extent after the axes that a column reduction removes.
    func columnInner(_ id: NodeID) -> Int {
        guard case .axes(let axes) = graph.attributes(of: id), let last = axes.last(where: { graph[graph.operand(0, of: id)].shape[$0] != 1 }) else {
            return 1
        }
        return graph[graph.operand(0, of: id)].shape.dropFirst(last + 1).reduce(1) { $0 * ($1.known ?? 1) }
    }

    /// Appends what a group over no elements gives: reductions of nothing give their identity.
    private func appendEmpty(_ group: FusionGroup) throws(AllocationFailure) {
        for id in group.nodes where ProgramBuilder.reduction(graph[id].primitive) != nil && byteCount(id) > 0 {
            try appendReduction(id)
        }
    }
}

extension ProgramBuilder {
    /// The bits of the value that a reduction of nothing gives, in the type that columns accumulate.
    static func identity(_ primitive: Primitive, _ type: ElementType) -> UInt64 {
        switch (primitive, type) {
        case (.product, .bool): 1
        case (.product, .i32), (.product, .i64): 1
        case (.product, .f32): UInt64(Float(1).bitPattern)
        case (.product, .f64): (1.0).bitPattern
        case (.maximumOf, .i32): UInt64(UInt32(bitPattern: .min))
        case (.maximumOf, .i64): UInt64(bitPattern: .min)
        case (.maximumOf, .f32): UInt64((-Float.infinity).bitPattern)
        case (.maximumOf, .f64): (-Double.infinity).bitPattern
        case (.minimumOf, .bool): 1
        case (.minimumOf, .i32): UInt64(UInt32(bitPattern: .max))
        case (.minimumOf, .i64): UInt64(bitPattern: .max)
        case (.minimumOf, .f32): UInt64(Float.infinity.bitPattern)
        case (.minimumOf, .f64): Double.infinity.bitPattern
        default: 0
        }
    }
}
