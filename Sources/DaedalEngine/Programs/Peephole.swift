import CKernels
import DaedalTensor

/// Joins neighbouring f32 instructions into super-instructions: fewer passes over the registers of a block.
///
/// Registers are written once, so an instruction may move to its only reader. Which instructions join depends on the program alone:
/// the bits are the same for every thread count and, since multiply-adds are explicit, with AVX2 and AVX-512.
struct Peephole {
    private var instructions: [ProgramInstruction?]
    private let isScratch: [Bool]
    private var producer: [Int: Int] = [:]
    private var uses: [Int]

    /// The program after joining.
    static func run(_ instructions: [ProgramInstruction], registers: [ProgramRegister]) -> [ProgramInstruction] {
        var pass = Peephole(instructions, registers)
        pass.rewrite()
        return pass.instructions.compactMap { $0 }
    }

    private init(_ instructions: [ProgramInstruction], _ registers: [ProgramRegister]) {
        self.instructions = instructions
        isScratch = registers.map { $0.kind == CK_V_SCRATCH }
        uses = Array(repeating: 0, count: registers.count)
        for (index, instruction) in instructions.enumerated() {
            for source in instruction.sources { uses[source] += 1 }
            producer[instruction.d] = index
        }
    }

    private mutating func rewrite() {
        for index in instructions.indices {
            while let instruction = instructions[index], instruction.type == ElementType.f32.rawValue, step(index, instruction) {}
        }
    }

    /// The instruction that makes a register which nobody else reads, if it covers what `reader` covers.
    private func only(_ register: Int, _ reader: ProgramInstruction, _ op: ck_vop) -> ProgramInstruction? {
        guard register >= 0, isScratch[register], uses[register] == 1, let at = producer[register], let made = instructions[at],
            made.op == op, made.overRows == reader.overRows, made.type == ElementType.f32.rawValue
        else { return nil }
        return made
    }

    /// Puts an instruction in a reader's place and takes away what it swallowed.
    private mutating func replace(_ index: Int, _ reader: ProgramInstruction, _ new: ProgramInstruction, swallowing made: [ProgramInstruction])
        -> Bool
    {
        var new = new
        (new.d, new.type, new.overRows) = (reader.d, reader.type, reader.overRows)
        for old in made + [reader] { for source in old.sources { uses[source] -= 1 } }
        for old in made {
            if let at = producer[old.d] { instructions[at] = nil }
            producer[old.d] = nil
        }
        for source in new.sources { uses[source] += 1 }
        instructions[index] = new
        return true
    }

    private func make(_ op: ck_vop, _ a: Int, _ b: Int = -1, _ c: Int = -1, k: ProgramOperand? = nil, k2: ProgramOperand? = nil) -> ProgramInstruction
    {
        var result = ProgramInstruction(op: op, type: 0, d: -1, a: a, b: b, c: c)
        if let k { result.setK(k) }
        if let k2 { result.setK2(k2) }
        return result
    }

    /// The negative of a number; nil for scalars.
    private func negated(_ operand: ProgramOperand) -> ProgramOperand? { if case .number(let value) = operand { .number(-value) } else { nil } }

    private func isNumber(_ operand: ProgramOperand, _ value: Double) -> Bool { operand == .number(value) }

    /// Tries one join at an instruction.
    private mutating func step(_ index: Int, _ x: ProgramInstruction) -> Bool {
        switch x.op {
        case CK_V_ADD: joinAdd(index, x)
        case CK_V_SUBTRACT: joinSubtract(index, x)
        case CK_V_MULTIPLY: joinMultiply(index, x)
        case CK_V_ADD_K: joinAddK(index, x)
        case CK_V_K_SUBTRACT: joinKSubtract(index, x)
        case CK_V_DIVIDE: joinDivide(index, x)
        case CK_V_MAXIMUM_K: joinMaximum(index, x)
        case CK_V_SELECT_ZERO: joinSelect(index, x)
        case CK_V_FMA_KK: joinSquare(index, x)
        default: false
        }
    }

    private mutating func joinAdd(_ index: Int, _ x: ProgramInstruction) -> Bool {
        if let p = only(x.a, x, CK_V_MULTIPLY_K), let q = only(x.b, x, CK_V_MULTIPLY_K), p.d != q.d {
            return replace(index, x, make(CK_V_FMA_KK, p.a, q.a, k: p.kOperand, k2: q.kOperand), swallowing: [p, q])
        }
        for (mine, other) in [(x.a, x.b), (x.b, x.a)] where mine != other {
            if let p = only(mine, x, CK_V_MULTIPLY_K) { return replace(index, x, make(CK_V_FMA_K, p.a, other, k: p.kOperand), swallowing: [p]) }
            if let p = only(mine, x, CK_V_MULTIPLY) { return replace(index, x, make(CK_V_FMA, p.a, p.b, other), swallowing: [p]) }
            if let p = only(mine, x, CK_V_SQUARE) { return replace(index, x, make(CK_V_FMA, p.a, p.a, other), swallowing: [p]) }
        }
        for (mine, other) in [(x.a, x.b), (x.b, x.a)] where mine != other {
            if let p = only(mine, x, CK_V_ADD) { return replace(index, x, make(CK_V_ADD_ADD, p.a, p.b, other), swallowing: [p]) }
        }
        return false
    }

    private mutating func joinSubtract(_ index: Int, _ x: ProgramInstruction) -> Bool {
        if x.a == x.b { return false }
        if let p = only(x.b, x, CK_V_MULTIPLY) { return replace(index, x, make(CK_V_FNMA, p.a, p.b, x.a), swallowing: [p]) }
        if let p = only(x.b, x, CK_V_MULTIPLY_K), let k = negated(p.kOperand) {
            return replace(index, x, make(CK_V_FMA_K, p.a, x.a, k: k), swallowing: [p])
        }
        if let p = only(x.a, x, CK_V_MULTIPLY) { return replace(index, x, make(CK_V_FMS, p.a, p.b, x.b), swallowing: [p]) }
        if let p = only(x.a, x, CK_V_MULTIPLY_K) { return replace(index, x, make(CK_V_FMS_K, p.a, x.b, k: p.kOperand), swallowing: [p]) }
        return false
    }

    private mutating func joinMultiply(_ index: Int, _ x: ProgramInstruction) -> Bool {
        if x.a == x.b { return false }
        for (mine, other) in [(x.a, x.b), (x.b, x.a)] {
            if let p = only(mine, x, CK_V_K_SUBTRACT), isNumber(p.kOperand, 1), let q = only(p.a, p, CK_V_SQUARE) {
                return replace(index, x, make(CK_V_TANH_GRADIENT, q.a, other), swallowing: [p, q])
            }
            if let p = only(mine, x, CK_V_AFFINE), let q = only(p.a, p, CK_V_SQUARE), q.a == other {
                return replace(index, x, make(CK_V_CUBIC, other, k: p.kOperand, k2: p.k2Operand), swallowing: [p, q])
            }
        }
        for (mine, other) in [(x.a, x.b), (x.b, x.a)] {
            if let p = only(mine, x, CK_V_SUBTRACT) { return replace(index, x, make(CK_V_SUBTRACT_MULTIPLY, p.a, p.b, other), swallowing: [p]) }
            if let p = only(mine, x, CK_V_ADD) { return replace(index, x, make(CK_V_ADD_MULTIPLY, p.a, p.b, other), swallowing: [p]) }
            if let p = only(mine, x, CK_V_MULTIPLY) { return replace(index, x, make(CK_V_MULTIPLY_MULTIPLY, p.a, p.b, other), swallowing: [p]) }
        }
        return false
    }

    private mutating func joinAddK(_ index: Int, _ x: ProgramInstruction) -> Bool {
        guard let p = only(x.a, x, CK_V_MULTIPLY_K) else { return false }
        return replace(index, x, make(CK_V_AFFINE, p.a, k: p.kOperand, k2: x.kOperand), swallowing: [p])
    }

    private mutating func joinKSubtract(_ index: Int, _ x: ProgramInstruction) -> Bool {
        guard let p = only(x.a, x, CK_V_MULTIPLY_K), let k = negated(p.kOperand) else { return false }
        return replace(index, x, make(CK_V_AFFINE, p.a, k: k, k2: x.kOperand), swallowing: [p])
    }

    /// `a k / (√b + k2)`, the step of Adam and its kind.
    private mutating func joinDivide(_ index: Int, _ x: ProgramInstruction) -> Bool {
        guard x.a != x.b, let sum = only(x.b, x, CK_V_ADD_K), let root = only(sum.a, sum, CK_V_SQUARE_ROOT) else { return false }
        if let p = only(x.a, x, CK_V_MULTIPLY_K) {
            return replace(index, x, make(CK_V_DIVIDE_ROOT, p.a, root.a, k: p.kOperand, k2: sum.kOperand), swallowing: [p, sum, root])
        }
        return replace(index, x, make(CK_V_DIVIDE_ROOT, x.a, root.a, k: .number(1), k2: sum.kOperand), swallowing: [sum, root])
    }

    private mutating func joinMaximum(_ index: Int, _ x: ProgramInstruction) -> Bool {
        guard isNumber(x.kOperand, 0), let p = only(x.a, x, CK_V_ADD) else { return false }
        return replace(index, x, make(CK_V_RELU_ADD, p.a, p.b), swallowing: [p])
    }

    private mutating func joinSelect(_ index: Int, _ x: ProgramInstruction) -> Bool {
        guard let p = only(x.c, x, CK_V_K_LESS), x.a == x.b else { return false }
        return replace(index, x, make(CK_V_SELECT_LESS, x.a, p.a, k: p.kOperand), swallowing: [p])
    }

    private mutating func joinSquare(_ index: Int, _ x: ProgramInstruction) -> Bool {
        guard x.a != x.b, let p = only(x.b, x, CK_V_SQUARE) else { return false }
        return replace(index, x, make(CK_V_FMA_SQUARE, x.a, p.a, k: x.kOperand, k2: x.k2Operand), swallowing: [p])
    }
}
