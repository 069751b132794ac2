/// Lifetimes of buffers and their places in one arena.
extension PlanCompiler {
    static func lay(out assembly: PlanAssembly, _ parts: inout PlanParts) {
        let buffers = assembly.buffers
        var birth = [Int](repeating: .max, count: buffers.count), death = [Int](repeating: -1, count: buffers.count)
        var begin = [Int](repeating: 0, count: assembly.scopes.count), end = begin
        for (index, step) in assembly.steps.enumerated() {
            if case .loop(let number) = step.body { begin[assembly.loopScopes[number]] = index }
            if case .endLoop(let number) = step.body { end[assembly.loopScopes[number]] = index }
        }
        var open: [Int] = []
        for (index, step) in assembly.steps.enumerated() {
            for buffer in step.reads + step.writes {
                birth[buffer] = min(birth[buffer], index)
                death[buffer] = max(death[buffer], index)
                // What a loop finds when it begins must be there for all of its turns.
                for loop in open where !isInside(buffers[buffer].scope, loop, assembly) {
                    birth[buffer] = min(birth[buffer], begin[loop])
                    death[buffer] = max(death[buffer], end[loop])
                }
            }
            if case .loop(let number) = step.body { open.append(assembly.loopScopes[number]) }
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
                    buffers[out].scope == buffers[old].scope, buffers[source].scope == buffers[old].scope,
                    buffers[out].byteCount == buffers[old].byteCount
                else { continue }
                owner[out] = old
                death[old] = death[out]
            }
        }
        func needs(_ isMine: (PlanAssembly.Buffer) -> Bool) -> [ArenaLayout.Need] {
            buffers.indices.compactMap { buffer -> ArenaLayout.Need? in
                guard isInArena(buffer), owner[buffer] == buffer, death[buffer] >= 0, buffers[buffer].byteCount > 0, isMine(buffers[buffer]) else {
                    return nil
                }
                return .init(buffer: buffer, byteCount: buffers[buffer].byteCount, birth: birth[buffer], death: death[buffer])
            }
        }
        func isChunk(_ scope: Int) -> Bool { scope >= 0 && assembly.scopes[scope].isChunk }
        // Threads run chunks at the same time: each has an arena of its own inside the plan's, for as long as the loop lasts.
        var whole = needs { !isChunk($0.scope) }
        var inner: [Int: ArenaLayout] = [:]
        for scope in assembly.scopes.indices where isChunk(scope) {
            let layout = ArenaLayout(needs { $0.scope == scope }), loop = assembly.scopes[scope].parent
            inner[scope] = layout
            if layout.byteCount > 0 {
                whole.append(.init(buffer: buffers.count + scope, byteCount: layout.byteCount, birth: begin[loop], death: end[loop]))
            }
        }
        let layout = ArenaLayout(whole)
        parts.arenaByteCount = layout.byteCount
        func offset(_ buffer: Int) -> Int? {
            let scope = buffers[buffer].scope
            guard isChunk(scope) else { return layout.offsets[buffer] }
            guard let start = layout.offsets[buffers.count + scope], let more = inner[scope]?.offsets[buffer] else { return nil }
            return start + more
        }
        parts.homes = buffers.enumerated().map { index, buffer in
            switch buffer.home {
            case .arena: offset(owner[index]).map { .arena($0) } ?? (parts.arenaByteCount > 0 ? .arena(0) : .none)
            case .input(let position): .input(position)
            case .result(let position): .result(position)
            case .constant(let storage): .constant(storage)
            case .faults: .faults
            case .loopVariable: .loopVariable
            }
        }
    }

    /// Whether a scope is inside another.
    private static func isInside(_ home: Int, _ scope: Int, _ assembly: PlanAssembly) -> Bool {
        var home = home
        while home >= 0 {
            if home == scope { return true }
            home = assembly.scopes[home].parent
        }
        return false
    }
}
