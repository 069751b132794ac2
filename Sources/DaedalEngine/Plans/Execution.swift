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
    let loops: UnsafeMutablePointer<LoopCode>
    /// By position: the buffer of an input or -1, and what it must be.
    private let inputBuffers: UnsafeMutablePointer<Int>
    private let expected: UnsafeMutablePointer<Signature?>
    /// By position: what an input is bound to, counted only where `held` has it too.
    private let lent: UnsafeMutablePointer<Unmanaged<Storage>?>
    private let held: UnsafeMutablePointer<Storage?>
    /// By position: whether an input is other contents at every run, so that nothing is kept that was made of it.
    private let passing: UnsafeMutablePointer<Bool>
    /// By position: the version of an input's contents, where its owner tells them apart by versions; else 0.
    private let versions: UnsafeMutablePointer<Int>
    private let owned: UnsafeMutablePointer<Storage?>
    /// The results that are written into storage of their own.
    private let ownResults: UnsafeMutablePointer<OwnResult>
    /// What each preparation was made of: a version, or contents without one. Holding those makes whoever would overwrite them take other memory.
    private let preparedVersions: UnsafeMutablePointer<Int>
    private let prepared: UnsafeMutablePointer<Storage?>
    private let arena: Storage
    private let counts: Counts
    private let times: StepTimes?
    private let counters: CounterCell
    /// The threads that runs use; nil while runs stay on the thread that makes them.
    private(set) var pool: OpaquePointer?
    /// The bytes of the arena that it holds.
    package let arenaByteCount: Int

    private struct OwnResult {
        let position: Int
        let buffer: Int
        let type: ElementType
        let byteCount: Int
    }

    /// The lengths of the arrays.
    private struct Counts {
        let inputs: Int
        let results: Int
        let ownResults: Int
        let preparations: Int
        let loops: Int
        let steps: Int
        let faultWords: Int
    }

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
        times = plan.times
        let results = Self.ownResults(of: plan)
        counts = Counts(
            inputs: plan.inputs.count, results: plan.results.count, ownResults: results.count, preparations: plan.preparations,
            loops: plan.loops.count, steps: plan.code.count, faultWords: plan.faultWords)
        lent = Self.copied(Array(repeating: nil, count: plan.inputs.count))
        passing = Self.copied(Array(repeating: false, count: plan.inputs.count))
        versions = Self.copied(Array(repeating: 0, count: plan.inputs.count))
        preparedVersions = Self.copied(Array(repeating: 0, count: plan.preparations))
        held = Self.copied(Array(repeating: nil, count: plan.inputs.count))
        owned = Self.copied(Array(repeating: nil, count: plan.results.count))
        prepared = Self.copied(Array(repeating: nil, count: plan.preparations))
        ownResults = Self.copied(results)
        loops = Self.copied(plan.loops)
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
        lent.deallocate()
        passing.deallocate()
        versions.deallocate()
        preparedVersions.deallocate()
        ownResults.deallocate()
        Self.free(held, counts.inputs)
        Self.free(owned, counts.results)
        Self.free(prepared, counts.preparations)
        Self.free(loops, counts.loops)
    }

    private static func ownResults(of plan: Plan) -> [OwnResult] {
        plan.results.indices.compactMap { position in
            guard case .own = plan.resultSources[position], let buffer = plan.resultBuffers[position] else { return nil }
            let signature = plan.results[position]
            return OwnResult(
                position: position, buffer: buffer, type: signature.type, byteCount: (signature.shape.elementCount ?? 0) * signature.type.byteCount)
        }
    }

    private static func copied<Element>(_ values: [Element]) -> UnsafeMutablePointer<Element> {
        let result = UnsafeMutablePointer<Element>.allocate(capacity: max(values.count, 1))
        result.initialize(from: values, count: values.count)
        return result
    }

    private static func free<Element>(_ values: UnsafeMutablePointer<Element>, _ count: Int) {
        values.deinitialize(count: count)
        values.deallocate()
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

    /// Sets an input, which is held from now on. Precondition: the plan's type and shape at that position.
    package func setInput(_ position: Int, _ tensor: Tensor) {
        guard position < counts.inputs, let expected = expected[position] else { return }
        precondition(tensor.type == expected.type && tensor.shape == expected.shape, "an input of another type or shape")
        if held[position] !== tensor.storage { held[position] = tensor.storage }
        lendInput(position, .passUnretained(tensor.storage))
    }

    /// Sets an input to what its owner keeps alive and in place until the end of the next run. Precondition: the type and shape that the plan expects at
    /// that position. Of one that `passes` nothing is kept after the run: it has other contents in the next, maybe in the same place. A `version` other
    /// than 0 is one that no other contents have.
    @inline(__always) package func lendInput(_ position: Int, _ storage: Unmanaged<Storage>, passes: Bool = false, version: Int = 0) {
        lent[position] = storage
        passing[position] = passes
        versions[position] = version
        let buffer = inputBuffers[position]
        if buffer < 0 { return }
        let address = storage._withUnsafeGuaranteedRef { $0.pointer }
        if table[buffer] != address { bind(buffer, address) }
    }

    /// What an input must be; nil where nothing reads it.
    package func signature(ofInput position: Int) -> Signature? { position < counts.inputs ? expected[position] : nil }

    /// The inputs as they are bound; none of those that nothing reads.
    package var boundInputs: [Tensor?] {
        (0..<counts.inputs).map { position in
            guard let signature = expected[position], let storage = lent[position] else { return nil }
            return tensor(storage.takeUnretainedValue(), signature)
        }
    }

    /// Lets go of an input after a run, so that its storage belongs to the caller alone. It must be set again before the next run.
    package func forgetInput(_ position: Int) {
        if position < counts.inputs, held[position] != nil { held[position] = nil }
    }

    /// Lets go of inputs and results, which then belong to the caller alone.
    package func forgetTensors() {
        forgetInputs()
        for position in 0..<counts.results { owned[position] = nil }
    }

    /// Lets go of all inputs.
    package func forgetInputs() { for position in 0..<counts.inputs where held[position] != nil { held[position] = nil } }

    /// The results of the last run. What they hold stays as it is while anybody keeps them: the next run then writes elsewhere.
    package var results: [Tensor] { plan.results.indices.map { result($0) } }

    /// One result of the last run. Precondition: there was one.
    package func result(_ position: Int) -> Tensor {
        let signature = plan.results[position]
        switch plan.resultSources[position] {
        case .own: return tensor(owned[position], signature)
        case .sameAs(let other): return tensor(owned[other], signature)
        case .input(let input): return tensor(lent[input]?.takeUnretainedValue(), signature)
        }
    }

    private func tensor(_ storage: Storage?, _ signature: Signature) -> Tensor {
        guard let storage else { preconditionFailure("a result before the first run") }
        return Tensor(type: signature.type, shape: signature.shape, storage: storage)
    }

    /// The first element of a result as a double, read in place.
    package func scalarResult(_ position: Int) -> Double {
        guard let source = ownPlace(position), let address = table[source.buffer] else { return result(position).double(at: 0) }
        switch source.type {
        case .f32: return Double(address.load(as: Float.self))
        case .f64: return address.load(as: Double.self)
        case .i32: return Double(address.load(as: Int32.self))
        case .i64: return Double(address.load(as: Int64.self))
        case .bool: return address.load(as: Bool.self) ? 1 : 0
        }
    }

    private func ownPlace(_ position: Int) -> (buffer: Int, type: ElementType)? {
        for i in 0..<counts.ownResults where ownResults[i].position == position { return (ownResults[i].buffer, ownResults[i].type) }
        return nil
    }

    /// Runs the plan: computes, tests, commits. After a failure nothing was committed.
    package func run() throws(PlanFailure) {
        try bindResults()
        let mode = ck_float_enter()
        defer { ck_float_leave(mode) }
        let code = UnsafeBufferPointer(start: steps, count: counts.steps)
        if let times { try runTimed(code, times) } else { try run(code, from: 0, to: code.count) }
        counters.add(.runs)
    }

    /// Runs with a look at the clock after every step; a loop is one step.
    private func runTimed(_ code: UnsafeBufferPointer<StepCode>, _ times: StepTimes) throws(PlanFailure) {
        var position = 0
        let begin = ck_nanoseconds()
        var last = begin
        while position < code.count {
            let next = code[position].kind.isLoop ? loops[code[position].argument].end + 1 : position + 1
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
        for i in 0..<counts.ownResults {
            let result = ownResults[i]
            if owned[result.position] != nil, isKnownUniquelyReferenced(&owned[result.position]) { continue }
            do {
                let storage = try Storage(byteCount: result.byteCount)
                owned[result.position] = storage
                bind(result.buffer, storage.pointer)
                counters.add(.resultAllocations)
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
                if isPrepared(step) { break }
                ck_pool_run(pool, Int64(step.tiles), step.run, UnsafeRawPointer(arguments + step.argument))
                notePrepared(step)
            case .indexCheck: try checkIndices(step)
            case .faultCheck:
                if faults[step.argument] != 0 {
                    for word in 0..<counts.faultWords { faults[word] = 0 }
                    throw PlanFailure(.integerDivisionByZero, origin: step.origin)
                }
            case .finiteCheck: try checkFinite(step)
            case .loop:
                let loop = loops[step.argument]
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

    /// Whether what a step prepares was made of the input's contents in an earlier run.
    private func isPrepared(_ step: StepCode) -> Bool {
        let position = step.limit, version = versions[position]
        if passing[position] { return false }
        if version != 0 { return preparedVersions[step.offset] == version }
        guard let storage = lent[position], let known = prepared[step.offset] else { return false }
        return storage.toOpaque() == Unmanaged.passUnretained(known).toOpaque()
    }

    private func notePrepared(_ step: StepCode) {
        let position = step.limit, version = versions[position]
        let isHeld = !passing[position] && version == 0
        preparedVersions[step.offset] = passing[position] ? 0 : version
        if isHeld || prepared[step.offset] != nil { prepared[step.offset] = isHeld ? lent[position]?.takeUnretainedValue() : nil }
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
