/// Lifetimes of buffers and their places in one arena.
extension PlanCompiler {
    static func lay(out assembly: PlanAssembly, _ parts: inout PlanParts) {
        let buffers = assembly.buffers
        var birth = [Int](repeating: .max, count: buffers.count), death = [Int](repeating: -1, count: buffers.count)
        var begin = [Int](repeating: 0, count: assembly.loops.count), end = begin
        for (index, step) in assembly.steps.enumerated() {
            if case .loop(let number) = step.body { begin[number] = index }
            if case .endLoop(let number) = step.body { end[number] = index }
        }
        var open: [Int] = []
        for (index, step) in assembly.steps.enumerated() {
            for buffer in step.reads + step.writes {
                birth[buffer] = min(birth[buffer], index)
                death[buffer] = max(death[buffer], index)
                // What a loop finds when it begins must be there for all of its turns.
                for loop in open where !isInside(buffers[buffer].loop, loop, assembly) {
                    birth[buffer] = min(birth[buffer], begin[loop])
                    death[buffer] = max(death[buffer], end[loop])
                }
            }
            if case .loop(let number) = step.body { open.append(number) }
            if case .endLoop = step.body { open.removeLast() }
        }
        // What is kept from run to run shares its memory with nobody.
        for buffer in buffers.indices where buffers[buffer].isKept && death[buffer] >= 0 {
            (birth[buffer], death[buffer]) = (0, assembly.steps.count)
        }
        var owner = Array(buffers.indices)
        func isInArena(_ buffer: Int) -> Bool { if case .arena = buffers[buffer].home { true } else { false } }
        // An output takes the memory of an operand that dies where it is born.
        for (index, step) in assembly.steps.enumerated() {
            for (out, source) in step.inPlace {
                let old = owner[source]
                guard owner[out] == out, old != out, isInArena(out), isInArena(old), birth[out] == index, death[old] == index,
                    buffers[out].loop == buffers[old].loop, buffers[source].loop == buffers[old].loop,
                    buffers[out].byteCount == buffers[old].byteCount
                else { continue }
                owner[out] = old
                death[old] = death[out]
            }
        }
        let needs = buffers.indices.compactMap { buffer -> ArenaLayout.Need? in
            guard isInArena(buffer), owner[buffer] == buffer, death[buffer] >= 0, buffers[buffer].byteCount > 0 else { return nil }
            return .init(buffer: buffer, byteCount: buffers[buffer].byteCount, birth: birth[buffer], death: death[buffer])
        }
        let layout = ArenaLayout(needs)
        parts.arenaByteCount = layout.byteCount
        parts.homes = buffers.enumerated().map { index, buffer in
            switch buffer.home {
            case .arena: layout.offsets[owner[index]].map { .arena($0) } ?? (parts.arenaByteCount > 0 ? .arena(0) : .none)
            case .input(let position): .input(position)
            case .result(let position): .result(position)
            case .constant(let storage): .constant(storage)
            case .faults: .faults
            case .loopVariable: .loopVariable
            }
        }
    }

    /// Whether a buffer made in `home` was made inside `loop`.
    private static func isInside(_ home: Int, _ loop: Int, _ assembly: PlanAssembly) -> Bool {
        var home = home
        while home >= 0 {
            if home == loop { return true }
            home = assembly.loopParents[home]
        }
        return false
    }
}
