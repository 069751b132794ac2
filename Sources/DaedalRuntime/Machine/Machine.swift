import DaedalSyntax

// Machine: runs code. In: compiled programs, values. Out: results, effects through natives. Calls between functions of the program use no native
// stack; natives that call back do, as far as there is room. Never: names, trees, shapes.

/// Runs programs: a register machine whose registers are `Value`s in one block of memory.
package final class Machine: EvaluationContext {
    /// The most calls inside each other, and the registers for them.
    static let mostFrames = 20_000
    private static let registerCount = 1 << 20

    let state: UnsafeMutablePointer<MachineState>
    let frames: UnsafeMutablePointer<Frame>
    let stack: Register
    let stackEnd: Register
    private(set) var names: SessionNames!
    private(set) var library: LibraryModules
    /// The file that is run, or the prompt.
    package private(set) var main: Module
    /// Every file that was compiled.
    var modules: [Module] = []
    private var mainStackLimit: UInt = 0
    private var nativeDepth = 0

    package init(session: Session) {
        precondition(Tag.isRight, "values do not lie in memory as the machine expects")
        state = .allocate(capacity: 1)
        state.initialize(to: MachineState(frameLimit: min(max(session.limits.calls ?? Self.mostFrames, 1), Self.mostFrames)))
        frames = .allocate(capacity: Self.mostFrames)
        stack = StackRoom.zeroed(Self.registerCount)
        stackEnd = stack + Self.registerCount
        library = LibraryModules(session: session)
        main = Module(source: session.sources.add(name: "", text: ""))
        super.init(session: session, trace: Trace(.eager))
        names = SessionNames(self)
    }

    deinit {
        StackRoom.free(stack)
        frames.deallocate()
        state.deallocate()
    }

    // MARK: Running

    /// Calls anything that can be called.
    override package func call(_ callee: Value, _ arguments: Arguments, at span: Span) throws(RuntimeFailure) -> Value {
        switch callee {
        case .function(let function):
            if let closure = function as? Closure {
                if arguments.named.isEmpty, closure.code.header.pointee.isSimple,
                    arguments.positional.count == closure.code.header.pointee.parameterCount
                {
                    return try execute(closure, arguments.positional, at: span)
                }
                switch try bind(arguments, to: closure, at: span) {
                case .complete(let values): return try execute(closure, values.map { $0 ?? .unknown(.anything) }, at: span)
                case .options(let preset): return .function(partial(callee, preset, of: function))
                }
            }
            return try callOther(function, arguments, at: span)
        case .model(let model): return try model.call(arguments, in: self, at: span)
        default: throw notCallable(callee, at: span)
        }
    }

    /// Runs a function of the program with a value for each parameter (`.unknown` asks for the default) until it returns.
    func execute(_ closure: Closure, _ arguments: [Value], at span: Span) throws(RuntimeFailure) -> Value {
        try enterNatively(at: span)
        defer { nativeDepth -= 1 }
        let header = UnsafePointer(closure.code.header)
        let depth = state.pointee.frameCount
        let base = depth == 0 ? stack : frames[depth - 1].top
        try push(header, captures: closure.captures, base: base, at: span)
        base.store(.function(closure))
        for (at, value) in arguments.enumerated() { (base + 1 + at).store(value) }
        return try runFrames(above: depth)
    }

    /// Runs main code, whose registers are the module's variables.
    func execute(main code: Code, at span: Span) throws(RuntimeFailure) -> Value {
        try enterNatively(at: span)
        defer { nativeDepth -= 1 }
        let variables = code.variables
        let wasRunning = variables.isRunning
        variables.isRunning = true
        defer { variables.isRunning = wasRunning }
        let depth = state.pointee.frameCount
        let top = depth == 0 ? stack : frames[depth - 1].top
        let header = UnsafePointer(code.header)
        guard depth < state.pointee.frameLimit else { throw tooDeep(at: span) }
        frames[depth] = Frame(
            ip: UnsafePointer(header.pointee.instructions), base: UnsafeMutableRawPointer(variables.slots).assumingMemoryBound(to: RegisterWord.self),
            top: top,
            header: header, captures: header.pointee.constants, destination: 0)
        state.pointee.frameCount = depth + 1
        return try runFrames(above: depth)
    }

    /// Makes a frame; its registers hold nothing that is counted.
    func push(_ header: UnsafePointer<CodeHeader>, captures: UnsafeMutablePointer<Value>, base: Register, at span: Span) throws(RuntimeFailure) {
        let depth = state.pointee.frameCount
        let top = base + header.pointee.registerCount
        guard depth < state.pointee.frameLimit, top < stackEnd else { throw tooDeep(at: span) }
        frames[depth] = Frame(
            ip: UnsafePointer(header.pointee.instructions), base: base, top: top, header: header, captures: captures, destination: 0)
        state.pointee.frameCount = depth + 1
    }

    private func runFrames(above depth: Int) throws(RuntimeFailure) -> Value {
        do throws(RuntimeFailure) { return try run(above: depth) } catch {
            unwind(to: depth, error)
            throw error
        }
    }

    /// Leaves frames because of a failure, taking note of the calls.
    private func unwind(to depth: Int, _ failure: RuntimeFailure) {
        var isInnermost = true
        while state.pointee.frameCount > depth {
            let frame = frames[state.pointee.frameCount - 1]
            let code = frame.header.pointee.code.takeUnretainedValue()
            if failure.diagnostic.span == .none, isInnermost { failure.diagnostic.span = frame.header.span(before: frame.ip) }
            isInnermost = false
            clear(frame)
            state.pointee.frameCount -= 1
            if state.pointee.frameCount > 0 {
                let caller = frames[state.pointee.frameCount - 1]
                var name = code.name
                for step in stepPlaces.reversed() where step.depth == state.pointee.frameCount {
                    failure.unwind(through: .init(name: name, span: step.span))
                    name = step.model
                }
                failure.unwind(through: .init(name: name, span: caller.header.span(before: caller.ip)))
            }
        }
    }

    /// Drops what a frame's registers hold.
    func clear(_ frame: Frame) {
        var register = frame.base + frame.header.pointee.firstCleared
        let end = frame.base + frame.header.pointee.registerCount
        while register < end {
            register.drop()
            register += 1
        }
    }

    override var callDepth: Int { state.pointee.frameCount }

    override func userCall(leadingTo span: Span) -> RuntimeFailure.Frame? {
        guard session.sources.source(of: span).isLibrary else { return nil }
        let isUsers = { (place: Span) in place != .none && !self.session.sources.source(of: place).isLibrary }
        var steps = stepPlaces[...]
        for depth in stride(from: state.pointee.frameCount, to: 0, by: -1) {
            var callee = depth < state.pointee.frameCount ? frames[depth].header.pointee.code.takeUnretainedValue().name : ""
            while let step = steps.last, step.depth == depth {
                if isUsers(step.span) { return .init(name: callee, span: step.span) }
                callee = step.model
                steps.removeLast()
            }
            let place = frames[depth - 1].header.span(before: frames[depth - 1].ip)
            if isUsers(place) { return .init(name: callee, span: place) }
        }
        return nil
    }

    /// The place of the instruction that runs in the innermost frame.
    var currentSpan: Span {
        guard state.pointee.frameCount > 0 else { return .none }
        let frame = frames + (state.pointee.frameCount - 1)
        return frame.pointee.header.span(before: frame.pointee.ip)
    }

    // MARK: Limits

    private func enterNatively(at span: Span) throws(RuntimeFailure) {
        if nativeDepth == 0 { mainStackLimit = StackRoom.limit }
        guard StackRoom.isLeft(mainStackLimit) else { throw tooDeep(at: span) }
        nativeDepth += 1
    }

    func tooDeep(at span: Span) -> RuntimeFailure {
        RuntimeFailure("E513", "recursion too deep: \(state.pointee.frameCount) calls inside each other", at: span)
    }

    /// The number of turns between two looks at the outside.
    private static let fullTank = 20_000

    /// Called at a loop's edge or a call when the fuel is used up.
    func refuel() throws(RuntimeFailure) {
        state.pointee.fuel = Self.fullTank
        try checkStop(at: currentSpan)
    }
}
