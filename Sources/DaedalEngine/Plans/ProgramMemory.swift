import CKernels

/// The memory of a plan's vector programs, freed with the plan.
final class ProgramMemory: @unchecked Sendable {
    private var blocks: [UnsafeMutableRawPointer] = []

    deinit { for block in blocks { block.deallocate() } }

    private func keep<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafePointer<Element> {
        let block = UnsafeMutableRawPointer.allocate(byteCount: max(values.count, 1) * MemoryLayout<Element>.stride, alignment: 16)
        blocks.append(block)
        let typed = block.bindMemory(to: Element.self, capacity: max(values.count, 1))
        for (index, value) in values.enumerated() { (typed + index).initialize(to: value) }
        return UnsafePointer(typed)
    }

    /// Copies a program to memory that stays.
    func encode(_ program: VectorProgram) -> UnsafePointer<ck_vprogram> {
        var result = ck_vprogram()
        result.rows = Int64(program.rows)
        result.inner = Int64(program.inner)
        result.group_rows = Int64(program.groupRows)
        result.block_rows = Int64(program.blockRows)
        result.block_inner = Int64(program.blockInner)
        result.tile_rows = Int64(program.tileRows)
        result.tile_inner = Int64(program.tileInner)
        result.row_tiles = Int64(program.rowTiles)
        result.inner_tiles = Int64(program.innerTiles)
        setTuple(&result.outer, program.outer)
        result.axes = Int32(program.outer.count)
        result.register_count = Int32(program.registers.count)
        result.instruction_count = Int32(program.instructions.count)
        result.scalar_count = Int32(program.scalars.count)
        result.scratch_bytes = Int64(program.scratchBytes)
        result.registers = keep(program.registers)
        result.instructions = keep(program.instructions)
        result.scalars = keep(program.scalars)
        return keep([result])
    }
}
