import DaedalSyntax

/// Gathers the instructions, constants and registers of one function while it is compiled.
final class CodeBuilder {
    private(set) var instructions: [Instruction] = []
    private(set) var spans: [Span] = []
    private(set) var constants: [Value] = []
    let tables = CodeTables()
    private var strings: [String: Int] = [:]
    private var integers: [Int: Int] = [:]
    /// The next free register.
    private(set) var next: Int
    private(set) var most: Int
    /// Registers below this one may hold references when the function returns; temporaries above are used up by then.
    private(set) var kept: Int
    /// The place that new instructions carry.
    var span = Span.none

    init(firstFree: Int) {
        next = firstFree
        most = firstFree
        kept = firstFree
    }

    /// The position of the next instruction.
    var here: Int { instructions.count }

    @discardableResult func emit(_ op: Opcode, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, k: Int = 0, flags: UInt8 = 0, at place: Span? = nil) -> Int {
        instructions.append(
            Instruction(
                op: op, flags: flags, a: UInt16(truncatingIfNeeded: a), b: UInt16(truncatingIfNeeded: b), c: UInt16(truncatingIfNeeded: c), k: k))
        spans.append(place ?? span)
        return instructions.count - 1
    }

    /// Lets a jump that was emitted go to the next instruction.
    func patch(_ at: Int) { patch(at, to: here) }

    func patch(_ at: Int, to target: Int) {
        // The number of a comparison with an integer stands above the target.
        instructions[at].k = instructions[at].k & ~0xFFFF_FFFF | target
    }

    func patch(_ jumps: [Int]) { for jump in jumps { patch(jump) } }

    // MARK: Registers

    /// Takes the next registers.
    func allocate(_ count: Int = 1) -> Int {
        let first = next
        next += count
        most = max(most, next)
        return first
    }

    /// Takes the next registers for values that live until a block ends.
    func allocateKept(_ count: Int = 1) -> Int {
        let first = allocate(count)
        keep(to: next)
        return first
    }

    /// Lets a return clear the registers below one.
    func keep(to register: Int) { kept = max(kept, register) }

    /// Gives back all registers from a mark on.
    func release(to mark: Int) { next = mark }

    // MARK: Constants

    func constant(_ value: Value) -> Int {
        switch value {
        case .int(let int):
            if let known = integers[int] { return known }
            integers[int] = constants.count
        case .string(let string):
            if let known = strings[string.text] { return known }
            strings[string.text] = constants.count
        default: break
        }
        constants.append(value)
        return constants.count - 1
    }

    func name(_ name: String) -> Int {
        if let known = tables.names.firstIndex(of: name) { return known }
        tables.names.append(name)
        return tables.names.count - 1
    }
}
