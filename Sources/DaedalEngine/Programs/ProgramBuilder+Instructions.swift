import CKernels
import DaedalGraph
import DaedalTensor

/// Instruction selection: one node, one instruction (constant operands folded where f32 has a form for it).
extension ProgramBuilder {
    /// Whether a node can be an instruction.
    static func isElementwise(_ primitive: Primitive) -> Bool { operation(primitive) != nil || primitive == .cast }

    /// The instruction of an elementwise primitive; nil for everything else (and for `cast`, where the type decides).
    static func operation(_ primitive: Primitive) -> ck_vop? {
        switch primitive {
        case .negate: CK_V_NEGATE
        case .absolute: CK_V_ABSOLUTE
        case .sign: CK_V_SIGN
        case .exponential: CK_V_EXPONENTIAL
        case .logarithm: CK_V_LOGARITHM
        case .squareRoot: CK_V_SQUARE_ROOT
        case .sine: CK_V_SINE
        case .cosine: CK_V_COSINE
        case .hyperbolicTangent: CK_V_TANH
        case .logistic: CK_V_LOGISTIC
        case .errorFunction: CK_V_ERF
        case .floor: CK_V_FLOOR
        case .ceiling: CK_V_CEILING
        case .round: CK_V_ROUND
        case .not: CK_V_NOT
        case .add: CK_V_ADD
        case .subtract: CK_V_SUBTRACT
        case .multiply: CK_V_MULTIPLY
        case .divide: CK_V_DIVIDE
        case .power: CK_V_POWER
        case .minimum: CK_V_MINIMUM
        case .maximum: CK_V_MAXIMUM
        case .floorDivide: CK_V_FLOOR_DIVIDE
        case .remainder: CK_V_REMAINDER
        case .less: CK_V_LESS
        case .lessEqual: CK_V_LESS_EQUAL
        case .equal: CK_V_EQUAL
        case .notEqual: CK_V_NOT_EQUAL
        case .and: CK_V_AND
        case .or: CK_V_OR
        case .select: CK_V_SELECT
        case .cast, .input, .constant, .iota, .random, .stopGradient, .reshape, .expand, .permute, .slice, .pad, .concatenate, .reverse,
            .dynamicSlice, .dynamicUpdate, .gather, .scatter, .sum, .product, .maximumOf, .minimumOf, .indexOfMaximum, .cumulativeSum, .order,
            .matrixProduct, .convolution, .convolutionInputGradient, .convolutionWeightGradient, .windowMaximum, .windowMaximumScatter,
            .windowMaximumGather, .windowSum, .windowSumScatter, .scan, .part:
            nil
        }
    }

    /// The row and column forms of a reduction.
    static func reduction(_ primitive: Primitive) -> (row: ck_vop, column: ck_vop)? {
        switch primitive {
        case .sum: (CK_V_ROW_SUM, CK_V_COLUMN_SUM)
        case .product: (CK_V_ROW_PRODUCT, CK_V_COLUMN_PRODUCT)
        case .maximumOf: (CK_V_ROW_MAXIMUM, CK_V_COLUMN_MAXIMUM)
        case .minimumOf: (CK_V_ROW_MINIMUM, CK_V_COLUMN_MINIMUM)
        default: nil
        }
    }

    static func castOperation(to type: ElementType) -> ck_vop {
        switch type {
        case .bool: CK_V_TO_BOOL
        case .i32: CK_V_TO_I32
        case .i64: CK_V_TO_I64
        case .f32: CK_V_TO_F32
        case .f64: CK_V_TO_F64
        }
    }

    /// Appends the instruction of an elementwise node. `fault` is a register that points to a word to set on an integer division by zero.
    mutating func appendElementwise(_ id: NodeID, output: ProgramRegister?, fault: Int?) throws(AllocationFailure) {
        let node = graph[id], over = isOverRows(id)
        var operands: [ProgramOperand] = []
        for operand in graph.operands(of: id) { operands.append(try self.operand(operand, overRows: over)) }
        let types = graph.operands(of: id).map { graph[$0].type }
        guard let operation = node.primitive == .cast ? ProgramBuilder.castOperation(to: node.type) : ProgramBuilder.operation(node.primitive) else {
            preconditionFailure("not elementwise")
        }
        func isNumber(_ k: Int, _ value: Double) -> Bool { if case .number(let x) = operands[k] { x == value } else { false } }
        if types[0] == .f32, operands.count == 2, operands[0].isScalar != operands[1].isScalar,
            let folded = foldedScalar(node.primitive, operands[0], operands[1])
        {
            var instruction = folded
            instruction.type = ElementType.f32.rawValue
            instruction.overRows = over
            instruction.d = define(id, output: output)
            instructions.append(instruction)
            return
        }
        if node.primitive == .select, node.type == .f32, isNumber(2, 0), !operands[1].isScalar, case .number(let zero) = operands[2],
            zero.sign == .plus
        {
            let condition = register(operands[0], type: .bool, overRows: over), value = register(operands[1], type: .f32, overRows: over)
            let d = define(id, output: output)
            instructions.append(
                ProgramInstruction(op: CK_V_SELECT_ZERO, type: ElementType.f32.rawValue, overRows: over, d: d, a: value, b: value, c: condition))
            return
        }
        let registers = zip(operands, types).map { register($0, type: $1, overRows: over) }
        if let fault {
            instructions.append(ProgramInstruction(op: CK_V_CHECK_ZERO, type: types[1].rawValue, overRows: over, d: fault, a: registers[1]))
        }
        let d = define(id, output: output)
        if node.primitive == .select {
            instructions.append(
                ProgramInstruction(op: operation, type: node.type.rawValue, overRows: over, d: d, a: registers[1], b: registers[2], c: registers[0]))
        } else if operation == CK_V_MULTIPLY, node.type == .f32, registers[0] == registers[1] {
            instructions.append(ProgramInstruction(op: CK_V_SQUARE, type: types[0].rawValue, overRows: over, d: d, a: registers[0]))
        } else {
            instructions.append(
                ProgramInstruction(
                    op: operation, type: types[0].rawValue, overRows: over, d: d, a: registers[0], b: registers.count > 1 ? registers[1] : -1))
        }
    }

    /// The f32 form of a binary primitive of which one operand is a number or scalar; nil where there is none.
    private func foldedScalar(_ primitive: Primitive, _ x: ProgramOperand, _ y: ProgramOperand) -> ProgramInstruction? {
        func form(_ op: ck_vop, _ register: ProgramOperand, _ k: ProgramOperand) -> ProgramInstruction? {
            guard case .register(let a) = register else { return nil }
            var instruction = ProgramInstruction(op: op, type: 0, d: -1, a: a)
            instruction.setK(k)
            return instruction
        }
        let right = y.isScalar
        let (register, k) = right ? (x, y) : (y, x)
        switch primitive {
        case .add: return form(CK_V_ADD_K, register, k)
        case .subtract:
            if !right { return form(CK_V_K_SUBTRACT, register, k) }
            if case .number(let value) = k { return form(CK_V_ADD_K, register, .number(-value)) }
            return nil
        case .multiply: return form(CK_V_MULTIPLY_K, register, k)
        case .divide: return form(right ? CK_V_DIVIDE_K : CK_V_K_DIVIDE, register, k)
        case .minimum: return form(CK_V_MINIMUM_K, register, k)
        case .maximum: return form(CK_V_MAXIMUM_K, register, k)
        case .less: return form(right ? CK_V_LESS_K : CK_V_K_LESS, register, k)
        case .lessEqual: return form(right ? CK_V_LESS_EQUAL_K : CK_V_K_LESS_EQUAL, register, k)
        case .equal: return form(CK_V_EQUAL_K, register, k)
        case .power:
            guard right, case .number(let exponent) = k else { return nil }
            switch exponent {
            case 1: return form(CK_V_COPY, register, .number(0))
            case 2: return form(CK_V_SQUARE, register, .number(0))
            case 3:
                guard var cube = form(CK_V_CUBIC, register, .number(1)) else { return nil }
                cube.setK2(.number(0))
                return cube
            case -1: return form(CK_V_K_DIVIDE, register, .number(1))
            default: return nil
            }
        default: return nil
        }
    }
}
