import CKernels
import DaedalGraph
import DaedalTensor

/// A plan in the making: buffers and steps, before anything has an address.
final class PlanAssembly {
    /// Where a buffer's bytes will be.
    enum Home {
        /// In the arena, for as long as somebody needs it.
        case arena
        /// The storage of an input, by position.
        case input(Int)
        /// The storage of a result, by position.
        case result(Int)
        /// Storage that the plan owns and nobody writes.
        case constant(Storage)
        /// Words that kernels set to report a fault.
        case faults
        /// Set by a loop for every turn.
        case loopVariable
    }

    struct Buffer {
        var byteCount: Int
        var home: Home
        /// The innermost scope inside which it was made, or -1.
        var scope: Int
        /// Whether its content is for the next run too.
        var isKept = false
    }

    /// A pointer field of a kernel's arguments.
    struct PointerField {
        /// Bytes into the arguments.
        var field: Int
        var buffer: Int
        /// Bytes into the buffer.
        var offset: Int
    }

    /// What a loop changes between its turns.
    struct LoopPlan {
        struct Carry {
            /// The loop variables that the body reads and writes.
            var input: Int, output: Int
            var start: Int, startOffset: Int
            /// Two buffers in turn, and where the last turn writes.
            var even: Int, odd: Int, final: Int, finalOffset: Int
        }
        struct Stream {
            var variable: Int
            var base: Int, baseOffset: Int
            /// Bytes from one element to the next.
            var stride: Int
        }
        /// The loop, or what one thread runs of it: all turns on some rows.
        struct Chunk {
            var carries: [Carry] = []
            var sequences: [Stream] = []
            var stacks: [Stream] = []
            /// The steps of the body.
            var start = 0, end = 0
        }
        var length: Int
        var isReversed: Bool
        /// One, or several that threads run at the same time.
        var chunks: [Chunk] = []
    }

    enum Body {
        case kernel(run: ck_tile_function, tiles: Int, arguments: [UInt8], pointers: [PointerField])
        case program(VectorProgram)
        case indexCheck(buffer: Int, offset: Int, type: ElementType, count: Int, limit: Int)
        case faultCheck(word: Int)
        case finiteCheck(buffer: Int, offset: Int, type: ElementType)
        case loop(Int)
        case endLoop(Int)
    }

    struct Step {
        var name: String
        /// The type and shape of what it makes, for people.
        var signature: String
        var origin: UInt32
        var body: Body
        var reads: [Int]
        var writes: [Int]
        /// Pairs (written, read) that may be the same memory.
        var inPlace: [(Int, Int)] = []
        var operations: Double = 0
        var bytes: Double = 0
        /// How long it takes on one thread, roughly; 0 where operations and bytes say it.
        var nanoseconds: Double = 0
        var isCommit = false
        /// The input that alone decides what it writes, to kept buffers: it runs again when that input is another tensor.
        var prepares: Int?
    }

    /// Between how many threads work may be divided.
    let threads: Int
    private(set) var buffers: [Buffer] = []
    var steps: [Step] = []
    var loops: [LoopPlan] = []
    /// Everything that buffers are made inside of: loops, and the chunks of those that threads share. Its outer one, or -1.
    private(set) var scopes: [(parent: Int, isChunk: Bool)] = []
    /// The scope of each loop.
    private(set) var loopScopes: [Int] = []
    private(set) var openScope = -1
    /// Whether what is appended is one thread's share of a loop.
    var isInShare: Bool { openScope >= 0 && scopes[openScope].isChunk }
    var isCommitting = false
    private var inputBuffers: [Int: Int] = [:]
    private var constantBuffers: [ConstantKey: Int] = [:]
    private(set) var faultWords = 0
    private var faultBuffer = -1

    private enum ConstantKey: Hashable {
        case scalar(UInt64, ElementType)
        case iota(Int, ElementType)
    }

    /// Makes a buffer in the arena or elsewhere.
    func makeBuffer(_ byteCount: Int, _ home: Home = .arena) -> Int {
        buffers.append(Buffer(byteCount: byteCount, home: home, scope: openScope))
        return buffers.count - 1
    }

    /// The buffer of an input.
    func inputBuffer(_ position: Int, byteCount: Int) -> Int {
        if let known = inputBuffers[position] { return known }
        buffers.append(Buffer(byteCount: byteCount, home: .input(position), scope: -1))
        inputBuffers[position] = buffers.count - 1
        return buffers.count - 1
    }

    /// A buffer that holds one constant, given as attribute `.scalar` has it.
    func constantBuffer(bits: UInt64, type: ElementType) throws(AllocationFailure) -> Int {
        let key = ConstantKey.scalar(bits, type)
        if let known = constantBuffers[key] { return known }
        let storage = try Storage(byteCount: 8)
        storage.pointer.storeBytes(of: PlanAssembly.memoryBits(bits, type), as: UInt64.self)
        buffers.append(Buffer(byteCount: type.byteCount, home: .constant(storage), scope: -1))
        constantBuffers[key] = buffers.count - 1
        return buffers.count - 1
    }

    /// A buffer that holds 0, 1, … as a type.
    func iotaBuffer(_ count: Int, type: ElementType) throws(AllocationFailure) -> Int {
        let key = ConstantKey.iota(count, type)
        if let known = constantBuffers[key] { return known }
        let storage = try Storage(byteCount: max(count, 1) * type.byteCount)
        for i in 0..<count {
            let at = storage.pointer + i * type.byteCount
            switch type {
            case .bool: at.storeBytes(of: i == 0 ? 0 : 1, as: UInt8.self)
            case .i32: at.storeBytes(of: Int32(truncatingIfNeeded: i), as: Int32.self)
            case .i64: at.storeBytes(of: Int64(i), as: Int64.self)
            case .f32: at.storeBytes(of: Float(i), as: Float.self)
            case .f64: at.storeBytes(of: Double(i), as: Double.self)
            }
        }
        buffers.append(Buffer(byteCount: count * type.byteCount, home: .constant(storage), scope: -1))
        constantBuffers[key] = buffers.count - 1
        return buffers.count - 1
    }

    /// A word that a program may set, as an offset into the buffer of faults.
    func makeFaultWord() -> (buffer: Int, word: Int) {
        if faultBuffer < 0 {
            buffers.append(Buffer(byteCount: 0, home: .faults, scope: -1))
            faultBuffer = buffers.count - 1
        }
        faultWords += 1
        return (faultBuffer, faultWords - 1)
    }

    init(threads: Int) { self.threads = threads }

    /// Makes a loop inside what is open.
    func makeLoop(length: Int, isReversed: Bool) -> Int {
        loops.append(LoopPlan(length: length, isReversed: isReversed))
        scopes.append((openScope, false))
        loopScopes.append(scopes.count - 1)
        return loops.count - 1
    }

    /// Opens the body of a loop; that of one thread's share has buffers of its own.
    func open(_ loop: Int, isShare: Bool) {
        openScope = loopScopes[loop]
        if isShare {
            scopes.append((openScope, true))
            openScope = scopes.count - 1
        }
    }

    /// Closes what `open` opened.
    func close(_ loop: Int) { openScope = scopes[loopScopes[loop]].parent }

    /// Makes the line of a loop read some buffers more.
    func extend(_ loop: Int, with buffers: [Int]) {
        guard let at = steps.lastIndex(where: { if case .loop(loop) = $0.body { true } else { false } }) else { return }
        steps[at].reads += buffers
    }

    func append(_ step: Step) {
        var step = step
        step.isCommit = isCommitting
        steps.append(step)
    }

    /// Whether nothing is computed less exactly than by its plain sum.
    var isPrecise = false
    /// Inputs that no commit overwrites: what is made of them alone is made once for each tensor.
    var lastingInputs: Set<Int> = []

    /// Whether what is made here of an input alone may be kept from run to run.
    func keepsSteps(for input: Int) -> Bool { openScope < 0 && !isCommitting && lastingInputs.contains(input) }

    /// Makes the last step run only when an input is another tensor than in the run before, and keeps what it wrote.
    func keepLastStep(for input: Int) {
        guard keepsSteps(for: input), let last = steps.indices.last else { return }
        steps[last].prepares = input
        for buffer in steps[last].writes { buffers[buffer].isKept = true }
    }

    /// Gives a buffer another home: a result or an input that it turned out it may be written to directly.
    func rehome(_ buffer: Int, to home: Home) { buffers[buffer].home = home }

    /// The bits in memory of a literal of attribute `.scalar`.
    static func memoryBits(_ bits: UInt64, _ type: ElementType) -> UInt64 {
        switch type {
        case .bool: bits & 1
        case .i32: UInt64(UInt32(truncatingIfNeeded: bits))
        case .i64, .f64: bits
        case .f32: UInt64(Float(Double(bitPattern: bits)).bitPattern)
        }
    }
}

extension PlanAssembly {
    /// Appends a kernel of one argument struct. `pointers` names its fields; what is null stays null.
    func appendKernel<Arguments: BitwiseCopyable>(
        _ name: String, _ arguments: Arguments, tiles: ck_tiles_function, run: @escaping ck_tile_function, reads: [PointerField],
        writes: [PointerField],
        origin: UInt32, signature: String, operations: Double, bytes: Double
    ) {
        let count = withUnsafePointer(to: arguments) { Int(tiles($0)) }
        if count == 0 { return }
        let content = withUnsafeBytes(of: arguments) { Array($0) }
        append(
            Step(
                name: name, signature: signature, origin: origin, body: .kernel(run: run, tiles: count, arguments: content, pointers: reads + writes),
                reads: reads.map(\.buffer), writes: writes.map(\.buffer), operations: operations, bytes: bytes))
    }
}
