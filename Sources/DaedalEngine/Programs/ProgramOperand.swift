import CKernels

/// What an instruction of a program in the making reads: a register, a number, or one element of memory read when the program starts.
enum ProgramOperand: Hashable {
    case register(Int)
    case number(Double)
    case scalar(Int)

    /// Whether it is not a register.
    var isScalar: Bool { if case .register = self { false } else { true } }
}

/// An instruction before its registers have places.
struct ProgramInstruction {
    var op: ck_vop
    var type: UInt8
    /// Whether it covers rows, one element each, and not the block.
    var overRows = false
    var d: Int
    var a = -1, b = -1, c = -1
    var k = 0.0, k2 = 0.0
    /// Scalars read when the program starts in place of `k` and `k2`, or -1.
    var ks = -1, k2s = -1

    /// The registers read.
    var sources: [Int] { [a, b, c].filter { $0 >= 0 } }

    /// Whether element i of the result depends on elements i of the operands alone, so that it may overwrite one of them.
    var isElementwise: Bool { op.rawValue < CK_V_ELEMENTWISE_END.rawValue && op != CK_V_CHECK_ZERO }

    /// Puts a number or scalar where `k` is.
    mutating func setK(_ operand: ProgramOperand) {
        switch operand {
        case .number(let value): k = value
        case .scalar(let index): ks = index
        case .register: break
        }
    }

    /// Puts a number or scalar where `k2` is.
    mutating func setK2(_ operand: ProgramOperand) {
        switch operand {
        case .number(let value): k2 = value
        case .scalar(let index): k2s = index
        case .register: break
        }
    }

    /// What `k` is.
    var kOperand: ProgramOperand { ks >= 0 ? .scalar(ks) : .number(k) }
    /// What `k2` is.
    var k2Operand: ProgramOperand { k2s >= 0 ? .scalar(k2s) : .number(k2) }
}

/// A register of a program in the making.
struct ProgramRegister {
    var kind: ck_vkind
    var size: Int
    /// Whether it has one element a row and not one an element of the block.
    var overRows = false
    var buffer = -1
    /// Bytes into the buffer.
    var offset = 0
    var innerStride = 1
    var strides: [Int] = []
    var invariant = false
    var constant: UInt64 = 0

    /// Whether its block is in the tile's scratch.
    var needsScratch: Bool {
        switch kind {
        case CK_V_SCRATCH, CK_V_SCALAR, CK_V_CONSTANT, CK_V_ROW_VIEW, CK_V_STORE, CK_V_VIEW: true
        default: false
        }
    }
    /// Whether the scratch holds something before the first instruction of a block.
    var isLoaded: Bool { kind == CK_V_SCALAR || kind == CK_V_CONSTANT || kind == CK_V_ROW_VIEW || kind == CK_V_VIEW }
}
