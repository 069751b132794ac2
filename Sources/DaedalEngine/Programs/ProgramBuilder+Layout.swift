import CKernels
import DaedalGraph
import DaedalTensor

/// Places for scratch registers, block and tile sizes: the last stage of a program.
extension ProgramBuilder {
    /// The program, with everything in its place. One that `reducesPartials` divides no more rows than the length of its chains asks for.
    mutating func finish(partialsPerRow: Bool = false, reducesPartials: Bool = false) -> VectorProgram {
        instructions = Peephole.run(instructions, registers: registers)
        var program = VectorProgram()
        let inner = max(space.inner, 1), rows = rows
        program.rows = rows
        program.inner = inner
        program.outer = space.outer
        program.groupRows = space.columns?.rows ?? rows
        let block = blockElements
        if partialsPerRow {
            (program.blockRows, program.blockInner) = (1, min(inner, ProgramBuilder.partialLength))
        } else if let width = columnWidth {
            (program.blockRows, program.blockInner) = (1, width)
        } else if space.rowLength != nil || inner <= block {
            (program.blockRows, program.blockInner) = (min(max(1, block / inner), max(program.groupRows, 1)), inner)
        } else {
            let chunks = (inner + block - 1) / block
            (program.blockRows, program.blockInner) = (1, ((inner + chunks - 1) / chunks + 15) / 16 * 16)
        }
        if program.blockInner < inner {
            // Rows that are cut have a block of their own for every piece, though all rows be alike.
            for index in registers.indices { registers[index].invariant = false }
        }
        setTiles(&program, reducesPartials: reducesPartials)
        allocateScratch(&program)
        program.scalars = scalars
        return program
    }

    /// The elements of one partial reduction of a long row.
    static let partialLength = 1024

    /// The elements a block should have: fewer when many registers would leave first-level cache.
    private var blockElements: Int {
        let live = registers.count(where: { $0.kind == CK_V_SCRATCH || $0.isLoaded })
        return live > 10 ? 512 : 1024
    }

    /// How many columns of a sum over few rows a thread takes, nil where the columns stay together. Rows are divided where there are many; where one tile
    /// holds all of them, only columns are left to divide, which changes no sum.
    private var columnWidth: Int? {
        guard let columns = space.columns, columns.groups == 1, space.rowLength == nil, columns.rows <= ProgramBuilder.longestChain,
            Double(columns.rows * columns.inner) < ProgramBuilder.accumulatingTile
        else { return nil }
        // Of some 6 µs, an even number.
        let pieces = min(Int(costPerElement * Double(columns.rows * columns.inner) / 6000), columns.inner / 128) & ~1
        return pieces > 1 ? ((columns.inner + pieces - 1) / pieces + 15) / 16 * 16 : nil
    }

    /// Long chains of additions lose digits: at most so many rows a tile.
    private static let longestChain = 512
    /// The elements of a tile in which columns accumulate.
    private static let accumulatingTile = 131_072.0

    /// Nanoseconds that one element costs, roughly.
    var costPerElement: Double {
        var cost = 0.0
        for instruction in instructions where !instruction.overRows {
            cost += ProgramBuilder.nanoseconds(of: instruction.op)
            if instruction.type == ElementType.f64.rawValue { cost += 0.2 }
        }
        return cost + 0.05 * Double(registers.count(where: { !$0.overRows && $0.buffer >= 0 }))
    }

    /// Nanoseconds that an instruction takes for an element, roughly.
    private static func nanoseconds(of operation: ck_vop) -> Double {
        switch operation {
        case CK_V_EXPONENTIAL, CK_V_LOGISTIC, CK_V_SINE, CK_V_COSINE: 0.3
        case CK_V_LOGARITHM, CK_V_TANH, CK_V_ERF: 0.6
        case CK_V_POWER, CK_V_REMAINDER, CK_V_FLOOR_DIVIDE: 8
        case CK_V_DIVIDE, CK_V_SQUARE_ROOT, CK_V_DIVIDE_ROOT, CK_V_DIVIDE_K, CK_V_K_DIVIDE: 0.15
        default: 0.07
        }
    }

    /// Nanoseconds that an elementwise primitive takes for an element, roughly.
    static func nanoseconds(of primitive: Primitive) -> Double { operation(primitive).map { nanoseconds(of: $0) } ?? 0.07 }

    private func setTiles(_ program: inout VectorProgram, reducesPartials: Bool) {
        let accumulates = registers.contains { $0.kind == CK_V_COLUMNS }
        let elements = Double(program.groupRows * program.inner)
        // A tile of about 20 µs; where columns accumulate, tiles decide the order of the sum and depend on the shape alone.
        let tileElements = accumulates ? ProgramBuilder.accumulatingTile : max(20_000 / max(costPerElement, 0.01), 4096)
        let least = min(64, max(1, Int((elements / tileElements).rounded(.up))))
        // An even number, for two threads, where that decides the order of no sum.
        let wanted = least == 1 || accumulates ? least : (least + 1) & ~1
        let blocks = (program.groupRows + program.blockRows - 1) / program.blockRows
        let chunks = (program.inner + program.blockInner - 1) / program.blockInner
        if accumulates {
            let byRows = (program.groupRows + ProgramBuilder.longestChain - 1) / ProgramBuilder.longestChain
            let rowTiles = min(blocks, reducesPartials ? byRows : max(byRows, wanted))
            let blocksPerTile = (blocks + rowTiles - 1) / max(rowTiles, 1)
            program.tileRows = max(blocksPerTile, 1) * program.blockRows
        } else {
            let rowTiles = max(1, min(wanted, blocks))
            program.tileRows = max((blocks + rowTiles - 1) / rowTiles, 1) * program.blockRows
        }
        program.rowTiles = max((program.groupRows + program.tileRows - 1) / max(program.tileRows, 1), 1)
        let innerTiles = accumulates ? (program.rowTiles == 1 ? min(chunks, 16) : 1) : max(1, min(chunks, wanted / program.rowTiles))
        program.tileInner = (chunks + innerTiles - 1) / innerTiles * program.blockInner
        program.innerTiles = max((program.inner + program.tileInner - 1) / program.tileInner, 1)
    }

    /// Linear scan over the instructions: a scratch register's place is free again after its last use.
    private func allocateScratch(_ program: inout VectorProgram) {
        var lastUse = [Int](repeating: -1, count: registers.count)
        program.lastReads = lastUse
        program.firstWrites = [Int](repeating: .max, count: registers.count)
        for (index, instruction) in instructions.enumerated() {
            for source in instruction.sources { program.lastReads[source] = index }
            program.firstWrites[instruction.d] = min(program.firstWrites[instruction.d], index)
        }
        for (index, instruction) in instructions.enumerated() {
            for source in instruction.sources { lastUse[source] = index }
            lastUse[instruction.d] = max(lastUse[instruction.d], index)
        }
        func bytes(_ register: ProgramRegister) -> Int {
            let elements = register.overRows ? program.blockRows : program.blockRows * min(program.blockInner, program.inner)
            return (max(elements, 1) * register.size + 63) / 64 * 64
        }
        var places = [Int](repeating: 0, count: registers.count)
        var free: [Int: [Int]] = [:]
        var top = 0
        func take(_ size: Int) -> Int {
            if let place = free[size]?.popLast() { return place }
            top += size
            return top - size
        }
        var isPlaced = [Bool](repeating: false, count: registers.count)
        for (index, register) in registers.enumerated() where register.isLoaded || register.kind == CK_V_STORE {
            places[index] = take(bytes(register))
            isPlaced[index] = true
        }
        for (index, instruction) in instructions.enumerated() {
            let d = instruction.d
            var freed: [Int] = []
            for source in Set(instruction.sources)
            where lastUse[source] == index && registers[source].kind == CK_V_SCRATCH && isPlaced[source] && source != d {
                freed.append(source)
            }
            func release(_ sources: [Int]) {
                for source in sources { free[bytes(registers[source]), default: []].append(places[source]) }
            }
            // An elementwise instruction may write where an operand of the same size dies.
            let (same, other) = (
                freed.filter { instruction.isElementwise && registers[$0].size == registers[d].size },
                freed.filter { !instruction.isElementwise || registers[$0].size != registers[d].size }
            )
            release(same)
            if registers[d].kind == CK_V_SCRATCH && !isPlaced[d] {
                places[d] = take(bytes(registers[d]))
                isPlaced[d] = true
            }
            release(other)
            if lastUse[d] == index && registers[d].kind == CK_V_SCRATCH { release([d]) }
        }
        program.scratchBytes = top
        program.registers = registers.indices.map { registers[$0].encoded(scratch: places[$0]) }
        program.instructions = instructions.map(\.encoded)
    }
}

extension ProgramRegister {
    /// The register for the kernels; its slot is the buffer's number.
    func encoded(scratch: Int) -> ck_vregister {
        var result = ck_vregister()
        result.kind = kind.rawValue
        result.size = UInt8(size)
        result.invariant = invariant ? 1 : 0
        result.over = UInt8(overRows ? CK_V_OVER_ROWS : CK_V_OVER_BLOCK)
        result.slot = Int32(buffer)
        result.offset = Int64(offset)
        result.scratch = Int64(scratch)
        result.inner_stride = Int64(innerStride)
        withUnsafeMutableBytes(of: &result.stride) { raw in
            let stride = raw.assumingMemoryBound(to: Int64.self)
            for (axis, value) in strides.enumerated() where axis < stride.count { stride[axis] = Int64(value) }
        }
        result.constant = constant
        return result
    }
}

extension ProgramInstruction {
    /// The instruction for the kernels.
    var encoded: ck_vinstruction {
        ck_vinstruction(
            op: op.rawValue, type: type, over: UInt8(overRows ? CK_V_OVER_ROWS : CK_V_OVER_BLOCK), d: UInt16(d), a: UInt16(max(a, 0)),
            b: UInt16(max(b, 0)), c: UInt16(max(c, 0)), ks: ks < 0 ? UInt16(CK_V_NONE) : UInt16(ks), k2s: k2s < 0 ? UInt16(CK_V_NONE) : UInt16(k2s),
            k: k, k2: k2)
    }
}
