import CKernels
import DaedalGraph
import DaedalTensor

/// One step as it is run: a trivial value, no references.
struct StepCode {
    enum Kind: UInt8 {
        /// All tiles on the caller.
        case serial
        /// Tiles on the pool.
        case pooled
        /// The same, but only when an input is another tensor than in the run before.
        case prepare
        case indexCheck
        case faultCheck
        case finiteCheck
        case loop
        case endLoop

        var isLoop: Bool { self == .loop }
    }
    var kind: Kind
    /// Of an index check or finite check.
    var type: ElementType = .f32
    var origin: UInt32
    /// Bytes into the arguments; a buffer for checks; a loop's number.
    var argument: Int
    /// Bytes into the buffer, for checks; the number of a preparation.
    var offset = 0
    var tiles = 0
    /// Of an index check; the input of a preparation.
    var limit = 0
    var run: ck_tile_function = { _, _ in }
}

/// A loop as it is run.
struct LoopCode {
    var plan: PlanAssembly.LoopPlan
    /// The steps inside.
    var start = 0
    var end = 0
}

/// Everything that a plan is made of.
struct PlanParts {
    var inputs: [Signature?] = []
    var results: [Signature] = []
    var resultSources: [Plan.ResultSource] = []
    var updates: [PlanRequest.Update] = []
    var arenaByteCount = 0
    var scratchByteCount = 0
    var descriptions: [Plan.StepDescription] = []
    var homes: [Plan.Home] = []
    var code: [StepCode] = []
    var arguments: [UInt8] = []
    var relocations: [Plan.Relocation] = []
    var relocationStarts: [Int] = []
    var tableFields: [Int] = []
    var loops: [LoopCode] = []
    var faultWords = 0
    /// How many steps prepare something for later runs.
    var preparations = 0
    var inputBuffers: [Int: Int] = [:]
    var resultBuffers: [Int: Int] = [:]
    var programs = ProgramMemory()
}
