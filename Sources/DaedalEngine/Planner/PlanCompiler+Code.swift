import CKernels
import DaedalTensor

/// Steps as code: argument blocks, pointer fields by buffer.
extension PlanCompiler {
    /// Work below this many nanoseconds stays on the caller: waking and joining would cost as much.
    private static let poolThreshold = 6000.0

    static func encode(_ assembly: PlanAssembly, _ parts: inout PlanParts) {
        var relocations: [[Plan.Relocation]] = Array(repeating: [], count: assembly.buffers.count)
        parts.loops = assembly.loops.map { LoopCode(plan: $0) }
        parts.faultWords = assembly.faultWords
        for (index, step) in assembly.steps.enumerated() {
            var code = StepCode(kind: .serial, origin: step.origin, argument: parts.arguments.count)
            switch step.body {
            case .kernel(let run, let tiles, let bytes, let pointers):
                code.run = run
                code.tiles = tiles
                parts.scratchByteCount = max(parts.scratchByteCount, bytes.withUnsafeBytes { Int(ck_scratch_bytes(run, $0.baseAddress)) })
                code.kind = isWorthSharing(step, tiles) ? .pooled : .serial
                if let input = step.prepares {
                    (code.kind, code.offset, code.limit) = (.prepare, parts.preparations, input)
                    parts.preparations += 1
                }
                for pointer in pointers {
                    relocations[pointer.buffer].append(.init(field: parts.arguments.count + pointer.field, offset: pointer.offset))
                }
                parts.arguments += bytes
            case .program(let program):
                code.run = ck_vector_run
                code.tiles = program.tiles
                code.kind = isWorthSharing(step, program.tiles) ? .pooled : .serial
                let arguments = ck_vector_args(program: parts.programs.encode(program), table: nil)
                if let field = MemoryLayout<ck_vector_args>.offset(of: \.table) { parts.tableFields.append(parts.arguments.count + field) }
                withUnsafeBytes(of: arguments) { parts.arguments += $0 }
            case .indexCheck(let buffer, let offset, let type, let count, let limit):
                code.kind = .indexCheck
                (code.argument, code.offset, code.type, code.tiles, code.limit) = (buffer, offset, type, count, limit)
            case .faultCheck(let word):
                code.kind = .faultCheck
                code.argument = word
            case .finiteCheck(let buffer, let offset, let type):
                code.kind = .finiteCheck
                (code.argument, code.offset, code.type) = (buffer, offset, type)
            case .loop(let number):
                code.kind = .loop
                code.argument = number
                parts.loops[number].start = index + 1
            case .endLoop(let number):
                code.kind = .endLoop
                parts.loops[number].end = index
            }
            while parts.arguments.count % 16 != 0 { parts.arguments.append(0) }
            parts.code.append(code)
            parts.descriptions.append(
                .init(
                    name: step.name, signature: step.signature, operations: step.operations, bytes: step.bytes, origin: step.origin,
                    isCommit: step.isCommit, tiles: code.kind == .pooled ? code.tiles : 1))
        }
        for loop in parts.loops.reversed() { describe(loop, &parts) }
        parts.relocationStarts = [0]
        for list in relocations {
            parts.relocations += list
            parts.relocationStarts.append(parts.relocations.count)
        }
    }

    /// Gives a loop's line the operations and bytes of all its turns; inner loops have theirs already.
    private static func describe(_ loop: LoopCode, _ parts: inout PlanParts) {
        var position = loop.start, operations = 0.0, bytes = 0.0
        while position < loop.end {
            operations += parts.descriptions[position].operations
            bytes += parts.descriptions[position].bytes
            position = parts.code[position].kind.isLoop ? parts.loops[parts.code[position].argument].end + 1 : position + 1
        }
        parts.descriptions[loop.start - 1].operations = operations * Double(loop.plan.length)
        parts.descriptions[loop.start - 1].bytes = bytes * Double(loop.plan.length)
    }

    /// Whether a step is long enough for the pool.
    private static func isWorthSharing(_ step: PlanAssembly.Step, _ tiles: Int) -> Bool {
        let estimate = step.nanoseconds > 0 ? step.nanoseconds : max(step.operations / 60, step.bytes / 20)
        return tiles > 1 && estimate > poolThreshold
    }
}
