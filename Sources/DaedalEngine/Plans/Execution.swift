import CKernels
import DaedalGraph
import DaedalTensor

/// A plan bound to memory: run again and again without allocation. One thread at a time.
package final class Execution {
    /// The plan; whoever runs an execution that does not keep it alive does so.
    package var plan: Plan { reference.takeUnretainedValue() }
    private let reference: Unmanaged<Plan>
    private let kept: Plan?
    let table: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    let arguments: UnsafeMutableRawPointer
    private let faults: UnsafeMutablePointer<Int32>
    /// The plan's relocations and steps once more, where threads read them without counting references.
    private let relocations: UnsafeMutablePointer<Plan.Relocation>
    private let relocationStarts: UnsafeMutablePointer<Int>
    let steps: UnsafeMutablePointer<StepCode>
    /// By position: the buffer of an input or -1, and what it must be.
    private let inputBuffers: UnsafeMutablePointer<Int>
    private let expected: UnsafeMutablePointer<Signature?>
    private let arena: Storage
    private var inputs: [Tensor?]
    private var owned: [Storage?]
    /// What each preparation was made of. Holding it makes whoever would overwrite it take other memory.
    private var prepared: [Storage?]
    private let counters: CounterCell
    /// The threads that runs use; nil while runs stay on the thread that makes them.
    private(set) var pool: OpaquePointer?
    /// The bytes of the arena that it holds.
    package let arenaByteCount: Int

    /// Binds a plan. Fails when there is no memory for the arena.
    package convenience init(_ plan: Plan) throws(PlanFailure) { try self.init(plan, keepsPlan: true) }

    /// Binds a plan, which keeps its own idle executions and must not be kept by them.
    init(_ plan: Plan, keepsPlan: Bool) throws(PlanFailure) {
        reference = .passUnretained(plan)
        kept = keepsPlan ? plan : nil
        pool = plan.pool.handle
        counters = plan.counters
        arenaByteCount = plan.arenaByteCount
        do {
            arena = try Storage(byteCount: plan.arenaByteCount)
        } catch {
            throw PlanFailure(.outOfMemory(byteCount: error.byteCount), origin: 0)
        }
        inputs = Array(repeating: nil, count: plan.inputs.count)
        owned = Array(repeating: nil, count: plan.results.count)
        prepared = Array(repeating: nil, count: plan.preparations)
        table = .allocate(capacity: max(plan.homes.count, 1))
        table.initialize(repeating: nil, count: max(plan.homes.count, 1))
        let block = UnsafeMutableRawPointer.allocate(byteCount: max(plan.arguments.count, 1), alignment: 64)
        plan.arguments.withUnsafeBytes { if let base = $0.baseAddress { block.copyMemory(from: base, byteCount: $0.count) } }
        arguments = block
        faults = .allocate(capacity: max(plan.faultWords, 1))
        faults.initialize(repeating: 0, count: max(plan.faultWords, 1))
        relocations = Self.copied(plan.relocations)
        relocationStarts = Self.copied(plan.relocationStarts)
        steps = Self.copied(plan.code)
        inputBuffers = Self.copied(plan.inputs.indices.map { plan.inputBuffers[$0] ?? -1 })
        expected = Self.copied(plan.inputs)
        for field in plan.tableFields { (arguments + field).storeBytes(of: UnsafeRawPointer(table), as: UnsafeRawPointer.self) }
        for (buffer, home) in plan.homes.enumerated() {
            switch home {
            case .arena(let offset): bind(buffer, arena.pointer + offset)
            case .constant(let storage): bind(buffer, storage.pointer)
            case .faults: bind(buffer, UnsafeMutableRawPointer(faults))
            case .input, .result, .loopVariable, .none: break
            }
        }
        counters.add(.executions)
        counters.add(arenaByteCount: arenaByteCount)
    }

    deinit {
        counters.add(arenaByteCount: -arenaByteCount)
        table.deallocate()
        arguments.deallocate()
        faults.deallocate()
        relocations.deallocate()
        relocationStarts.deallocate()
        steps.deallocate()
        inputBuffers.deallocate()
        expected.deallocate()
    }

    private static func copied<Element>(_ values: [Element]) -> UnsafeMutablePointer<Element> {
        let result = UnsafeMutablePointer<Element>.allocate(capacity: max(values.count, 1))
        result.initialize(from: values, count: values.count)
        return result
    }

    /// Whether runs leave the pool to others: a run beside another would otherwise take the pool's turns from it.
    var staysOnThread: Bool {
        get { pool == nil }
        set { pool = newValue ? nil : plan.pool.handle }
    }

    /// Gives a buffer its address, in the table and in every argument that names it.
    @inline(__always) func bind(_ buffer: Int, _ address: UnsafeMutableRawPointer) {
        table[buffer] = address
        for index in relocationStarts[buffer]..<relocationStarts[buffer + 1] {
            let relocation = relocations[index]
            (arguments + relocation.field).storeBytes(of: address + relocation.offset, as: UnsafeMutableRawPointer.self)
        }
    }

    /// Sets an input. Precondition: the plan's type and shape at that position.
    package func setInput(_ position: Int, _ tensor: Tensor) {
        guard position < inputs.count, let expected = expected[position] else { return }
        precondition(tensor.type == expected.type && tensor.shape == expected.shape, "an input of another type or shape")
        if inputs[position]?.storage !== tensor.storage { inputs[position] = tensor }
        let buffer = inputBuffers[position]
        if buffer >= 0, table[buffer] != tensor.pointer { bind(buffer, tensor.pointer) }
    }

    /// The inputs as they are bound; none of those that nothing reads.
    package var boundInputs: [Tensor?] { inputs }

    /// Lets go of an input after a run, so that its storage belongs to the caller alone. It must be set again before the next run.
    package func forgetInput(_ position: Int) {
        if position < inputs.count { inputs[position] = nil }
    }

    /// Lets go of inputs and results, which then belong to the caller alone.
    func forgetTensors() {
        for position in inputs.indices { inputs[position] = nil }
        for position in owned.indices { owned[position] = nil }
    }

    /// The results of the last run. What they hold stays as it is while anybody keeps them: the next run then writes elsewhere.
    package var results: [Tensor] { plan.results.indices.map { result($0) } }

    /// One result of the last run. Precondition: there was one.
    package func result(_ position: Int) -> Tensor {
        let signature = plan.results[position]
        switch plan.resultSources[position] {
        case .own: return tensor(owned[position], signature)
        case .sameAs(let other): return tensor(owned[other], signature)
        case .input(let input): return tensor(inputs[input]?.storage, signature)
        }
    }

    private func tensor(_ storage: Storage?, _ signature: Signature) -> Tensor {
        guard let storage else { preconditionFailure("a result before the first run") }
        return Tensor(type: signature.type, shape: signature.shape, storage: storage)
    }

    /// The first element of a result as a double.
    package func scalarResult(_ position: Int) -> Double { result(position).double(at: 0) }

    /// Runs the plan: computes, tests, commits. After a failure nothing was committed.
    package func run() throws(PlanFailure) {
        try bindResults()
        let mode = ck_float_enter()
        defer { ck_float_leave(mode) }
        let code = UnsafeBufferPointer(start: steps, count: plan.code.count)
        if let times = plan.times { try runTimed(code, times) } else { try run(code, from: 0, to: code.count) }
        plan.counters.add(.runs)
    }

    /// Runs with a look at the clock after every step; a loop is one step.
    private func runTimed(_ code: UnsafeBufferPointer<StepCode>, _ times: StepTimes) throws(PlanFailure) {
        var position = 0
        let begin = ck_nanoseconds()
        var last = begin
        while position < code.count {
            let next = code[position].kind.isLoop ? plan.loops[code[position].argument].end + 1 : position + 1
            try run(code, from: position, to: next)
            let now = ck_nanoseconds()
            times.add(now - last, at: position)
            last = now
            position = next
        }
        times.addRun(last - begin)
    }

    /// Finds storage for results: the last run's, unless somebody still holds it.
    private func bindResults() throws(PlanFailure) {
        for position in owned.indices {
            guard case .own = plan.resultSources[position], let buffer = plan.resultBuffers[position] else { continue }
            if owned[position] != nil, isKnownUniquelyReferenced(&owned[position]) { continue }
            let signature = plan.results[position]
            do {
                let storage = try Storage(byteCount: (signature.shape.elementCount ?? 0) * signature.type.byteCount)
                owned[position] = storage
                bind(buffer, storage.pointer)
                plan.counters.add(.resultAllocations)
            } catch {
                throw PlanFailure(.outOfMemory(byteCount: error.byteCount), origin: 0)
            }
        }
    }

    func run(_ code: UnsafeBufferPointer<StepCode>, from start: Int, to end: Int) throws(PlanFailure) {
        var position = start
        while position < end {
            let step = code[position]
            position += 1
            switch step.kind {
            case .serial:
                let block = UnsafeRawPointer(arguments + step.argument)
                for tile in 0..<step.tiles { step.run(block, Int64(tile)) }
            case .pooled: ck_pool_run(pool, Int64(step.tiles), step.run, UnsafeRawPointer(arguments + step.argument))
            case .prepare:
                let storage = inputs[step.limit]?.storage
                if let storage, prepared[step.offset] === storage { break }
                ck_pool_run(pool, Int64(step.tiles), step.run, UnsafeRawPointer(arguments + step.argument))
                prepared[step.offset] = storage
            case .indexCheck: try checkIndices(step)
            case .faultCheck:
                if faults[step.argument] != 0 {
                    for word in 0..<plan.faultWords { faults[word] = 0 }
                    throw PlanFailure(.integerDivisionByZero, origin: step.origin)
                }
            case .finiteCheck: try checkFinite(step)
            case .loop:
                let loop = plan.loops[step.argument]
                if loop.plan.chunks.count == 1 {
                    try turns(of: loop, loop.plan.chunks[0]) { (chunk) throws(PlanFailure) in try run(code, from: chunk.start, to: chunk.end) }
                } else {
                    runChunks(step.argument, loop.plan.chunks.count)
                }
                position = loop.end + 1
            case .endLoop: break
            }
        }
    }

    private func address(_ step: StepCode) -> UnsafeMutableRawPointer? { table[step.argument].map { $0 + step.offset } }

    private func checkIndices(_ step: StepCode) throws(PlanFailure) {
        guard let indices = address(step) else { return }
        let bad = Int(ck_index_check(indices, Int32(step.type.rawValue), Int64(step.tiles), Int64(step.limit)))
        if bad < 0 { return }
        let index =
            step.type == .i32
            ? Int(indices.load(fromByteOffset: bad * 4, as: Int32.self)) : Int(indices.load(fromByteOffset: bad * 8, as: Int64.self))
        throw PlanFailure(.indexOutOfRange(index: index, limit: step.limit), origin: step.origin)
    }

    private func checkFinite(_ step: StepCode) throws(PlanFailure) {
        guard let at = address(step) else { return }
        let value = step.type == .f64 ? at.load(as: Double.self) : Double(at.load(as: Float.self))
        if !value.isFinite { throw PlanFailure(.notFinite(value), origin: step.origin) }
    }
}
