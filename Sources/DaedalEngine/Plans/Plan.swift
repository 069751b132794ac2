import CKernels
import DaedalGraph
import DaedalTensor

/// A compiled graph: steps over numbered buffers, each with one home. Immutable; may be run by several threads at once.
package final class Plan: @unchecked Sendable {
    /// One line of the plan, for people.
    package struct StepDescription: Sendable, CustomStringConvertible {
        package var name: String
        /// The type and shape of what it makes.
        package var signature: String
        package var operations: Double
        package var bytes: Double
        package var origin: UInt32
        /// Whether it runs after the finite check.
        package var isCommit: Bool
        package var tiles: Int

        package var description: String {
            var line = "\(name) \(signature)"
            if bytes > 0 { line += "  \(Int(bytes)) bytes" }
            if operations > 0 { line += "  \(Int(operations)) flops" }
            if tiles > 1 { line += "  \(tiles) tiles" }
            return isCommit ? line + "  commit" : line
        }
    }

    /// The type and shape of each input by position; nil where the graph reads none.
    package let inputs: [Signature?]
    package let results: [Signature]
    /// The bytes that a run takes beside inputs and results, exactly.
    package let arenaByteCount: Int
    /// The bytes that kernels keep on each thread that runs it.
    package let scratchByteCount: Int
    package let steps: [StepDescription]

    /// How a result reaches the caller.
    enum ResultSource {
        /// Written into storage of its own.
        case own
        /// The storage of an earlier result.
        case sameAs(Int)
        /// The storage of an input that nothing overwrites.
        case input(Int)
    }
    let resultSources: [ResultSource]
    let updates: [PlanRequest.Update]

    /// Where a buffer is.
    enum Home {
        case arena(Int)
        case input(Int)
        case result(Int)
        case constant(Storage)
        case faults
        case loopVariable
        case none
    }
    let homes: [Home]
    let code: [StepCode]
    let arguments: [UInt8]
    /// Pointer fields in the arguments, by buffer: `relocationStarts[buffer]..<relocationStarts[buffer + 1]`.
    let relocations: [Relocation]
    let relocationStarts: [Int]
    /// Fields that point to the table of addresses.
    let tableFields: [Int]
    let loops: [LoopCode]
    let faultWords: Int
    let preparations: Int
    let inputBuffers: [Int: Int]
    let resultBuffers: [Int: Int]
    private let programs: ProgramMemory
    let pool: ThreadPool
    let counters: CounterCell
    /// Where the time goes, if anybody wants to know.
    package let times: StepTimes?
    private let idle = IdleExecutions()

    struct Relocation {
        var field: Int
        var offset: Int
    }

    init(_ parts: PlanParts, pool: ThreadPool, counters: CounterCell, isTimed: Bool) {
        inputs = parts.inputs
        results = parts.results
        resultSources = parts.resultSources
        sharesInputs = parts.resultSources.contains { if case .input = $0 { true } else { false } }
        updates = parts.updates
        arenaByteCount = parts.arenaByteCount
        scratchByteCount = parts.scratchByteCount
        steps = parts.descriptions
        homes = parts.homes
        code = parts.code
        arguments = parts.arguments
        relocations = parts.relocations
        relocationStarts = parts.relocationStarts
        tableFields = parts.tableFields
        loops = parts.loops
        faultWords = parts.faultWords
        preparations = parts.preparations
        inputBuffers = parts.inputBuffers
        resultBuffers = parts.resultBuffers
        programs = parts.programs
        self.pool = pool
        self.counters = counters
        times = isTimed ? StepTimes(steps: parts.code.count) : nil
    }

    /// Whether anything is kept from run to run that was made of an input.
    package var prepares: Bool { preparations > 0 }
    /// Whether a result is the storage of an input.
    package let sharesInputs: Bool

    /// An execution of this plan for whoever keeps the plan alive: one that waits, or a new one. With `staysOnThread` its runs take no thread of the
    /// pool, which is left to runs beside them; the bits are the same.
    package func execution(staysOnThread: Bool = false) throws(PlanFailure) -> Execution {
        let execution = if let waiting = idle.take() { waiting } else { try Execution(self, keepsPlan: false) }
        execution.staysOnThread = staysOnThread
        return execution
    }

    /// Takes back an execution that nobody needs for now.
    package func giveBack(_ execution: Execution) {
        execution.forgetTensors()
        idle.give(execution)
    }

    /// Runs once, on this thread alone if it is to stay there. The results are fresh tensors; inputs named by updates are overwritten at the end, or not
    /// at all.
    package func run(_ inputs: [Tensor], staysOnThread: Bool = false) throws(PlanFailure) -> [Tensor] {
        let execution = try execution(staysOnThread: staysOnThread)
        // The arena of what is computed once, like the start of a parameter, is given back to the pool.
        defer { if idle.isUsedAgain() { idle.give(execution) } }
        for (position, tensor) in inputs.enumerated() { execution.setInput(position, tensor) }
        defer { execution.forgetTensors() }
        try execution.run()
        return execution.results
    }
}

extension Plan: CustomStringConvertible {
    /// The steps, one a line.
    package var description: String { steps.map(\.description).joined(separator: "\n") }
}
