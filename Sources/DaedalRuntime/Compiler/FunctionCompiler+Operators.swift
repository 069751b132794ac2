import DaedalSyntax

extension FunctionCompiler {
    // MARK: Arithmetic

    func arithmetic(_ operation: BinaryOperator, _ left: Expression, _ right: Expression, into target: Int, at span: Span) {
        if let (op, k) = immediate(operation, right, isLeft: false) {
            let b = operand(left)
            builder.emit(op, target, b.register, k: k, flags: b.isTemporary ? Instruction.dropsB : 0, at: span)
            return
        }
        if let (op, k) = immediate(operation, left, isLeft: true) {
            let b = operand(right)
            builder.emit(op, target, b.register, k: k, flags: Instruction.swapped | (b.isTemporary ? Instruction.dropsB : 0), at: span)
            return
        }
        let b = operand(left, before: right), c = operand(right)
        builder.emit(Self.opcode(operation), target, b.register, c.register, flags: drops(b, c), at: span)
    }

    static func opcode(_ operation: BinaryOperator) -> Opcode {
        switch operation {
        case .add, .and, .or, .pipe, .compose: .add
        case .subtract: .subtract
        case .multiply: .multiply
        case .divide: .divide
        case .floorDivide: .floorDivide
        case .remainder: .remainder
        case .power: .power
        case .matrixProduct: .matrixProduct
        }
    }

    /// The form of an operation with a literal as right operand; as left operand where the order makes no difference to numbers.
    private func immediate(_ operation: BinaryOperator, _ literal: Expression, isLeft: Bool) -> (Opcode, Int)? {
        if isLeft && operation != .add && operation != .multiply { return nil }
        switch literal.kind {
        case .group(let inner): return immediate(operation, inner, isLeft: isLeft)
        case .integer(let value):
            switch operation {
            case .add: return (.addI, value)
            case .subtract: return (.subtractI, value)
            case .multiply: return (.multiplyI, value)
            case .divide: return (.divideI, value)
            case .floorDivide: return (.floorDivideI, value)
            case .remainder: return (.remainderI, value)
            default: return nil
            }
        case .float(let value):
            let bits = Int(bitPattern: UInt(value.bitPattern))
            switch operation {
            case .add: return (.addF, bits)
            case .subtract: return (.subtractF, bits)
            case .multiply: return (.multiplyF, bits)
            case .divide: return (.divideF, bits)
            default: return nil
            }
        default: return nil
        }
    }

    func unary(_ operation: UnaryOperator, _ inner: Expression, into target: Int, at span: Span) {
        if operation == .negate {
            switch inner.kind {
            case .integer(let value):
                builder.emit(.loadInt, target, k: 0 &- value)
                return
            case .float(let value):
                builder.emit(.loadFloat, target, k: Int(bitPattern: UInt((-value).bitPattern)))
                return
            default: break
            }
        }
        let b = operand(inner)
        builder.emit(operation == .negate ? .negate : .not, target, b.register, flags: b.isTemporary ? Instruction.dropsB : 0, at: span)
    }

    // MARK: Logic

    func logical(_ operation: BinaryOperator, _ left: Expression, _ right: Expression, into target: Int, at span: Span) {
        let result = builder.allocate()
        expression(left, into: result)
        let decided = builder.emit(operation == .and ? .andJump : .orJump, result, at: left.span)
        let other = operand(right)
        builder.emit(operation == .and ? .andJoin : .orJoin, result, other.register, flags: other.isTemporary ? Instruction.dropsB : 0, at: span)
        builder.patch(decided)
        builder.emit(.take, target, result)
    }

    func comparison(_ operands: [Expression], _ operators: [(comparison: ComparisonOperator, span: Span)], into target: Int) {
        var left = operand(operands[0], before: operands[1])
        if operators.count == 1 {
            let right = operand(operands[1])
            builder.emit(
                Self.opcode(operators[0].comparison), target, left.register, right.register, flags: drops(left, right), at: operators[0].span)
            return
        }
        let result = builder.allocate()
        var decided: [Int] = []
        for (at, (comparison, span)) in operators.enumerated() {
            let isLast = at == operators.count - 1
            let right = isLast ? operand(operands[at + 1]) : operand(operands[at + 1], before: operands[at + 2])
            let here = at == 0 ? result : builder.allocate()
            // The operand in the middle is used once more.
            let flags = (left.isTemporary ? Instruction.dropsB : 0) | (isLast && right.isTemporary ? Instruction.dropsC : 0)
            builder.emit(Self.opcode(comparison), here, left.register, right.register, flags: flags, at: span)
            if at > 0 { builder.emit(.andJoin, result, here, flags: Instruction.dropsB, at: span) }
            if !isLast {
                // The jump leaves the operand in the middle behind.
                builder.keep(to: builder.next)
                decided.append(builder.emit(.andJump, result, at: span))
            }
            left = right
        }
        builder.patch(decided)
        builder.emit(.take, target, result)
    }

    static func opcode(_ comparison: ComparisonOperator) -> Opcode {
        switch comparison {
        case .less: .less
        case .lessEqual: .lessEqual
        case .greater: .greater
        case .greaterEqual: .greaterEqual
        case .equal: .equal
        case .notEqual: .notEqual
        case .contained: .contained
        case .notContained: .notContained
        }
    }

    // MARK: Conditions

    /// Jumps, to be patched, that are taken when a condition does not hold.
    func jumpUnless(_ condition: Expression) -> [Int] {
        switch condition.kind {
        case .group(let inner): return jumpUnless(inner)
        case .boolean(true): return []
        case .binary(.and, let left, _, let right):
            let first = jumpUnless(left)
            return first + jumpUnless(right)
        case .comparison(let operands, let operators) where operators.count == 1:
            guard let op = Self.jump(operators[0].comparison, immediate: false) else { break }
            let mark = builder.next
            defer { builder.release(to: mark) }
            if case .integer(let value) = operands[1].kind, value == Int(Int32(truncatingIfNeeded: value)),
                let immediate = Self.jump(operators[0].comparison, immediate: true)
            {
                let left = operand(operands[0])
                return [
                    builder.emit(immediate, 0, left.register, k: value << 32, flags: left.isTemporary ? Instruction.dropsB : 0, at: operators[0].span)
                ]
            }
            let left = operand(operands[0], before: operands[1]), right = operand(operands[1])
            return [builder.emit(op, 0, left.register, right.register, flags: drops(left, right), at: operators[0].span)]
        case .unary(.not, let inner):
            let mark = builder.next
            defer { builder.release(to: mark) }
            let value = operand(inner)
            return [builder.emit(.jumpIfTrue, value.register, flags: value.isTemporary ? Instruction.dropsB : 0, at: inner.span)]
        default: break
        }
        let mark = builder.next
        defer { builder.release(to: mark) }
        let value = operand(condition)
        return [builder.emit(.jumpIfFalse, value.register, flags: value.isTemporary ? Instruction.dropsB : 0, at: condition.span)]
    }

    private static func jump(_ comparison: ComparisonOperator, immediate: Bool) -> Opcode? {
        switch comparison {
        case .less: immediate ? .unlessLessI : .unlessLess
        case .lessEqual: immediate ? .unlessLessEqualI : .unlessLessEqual
        case .greater: immediate ? .unlessGreaterI : .unlessGreater
        case .greaterEqual: immediate ? .unlessGreaterEqualI : .unlessGreaterEqual
        case .equal: immediate ? .unlessEqualI : .unlessEqual
        case .notEqual: immediate ? .unlessNotEqualI : .unlessNotEqual
        case .contained, .notContained: nil
        }
    }

    /// `if`; without a target its value is not wanted.
    func conditional(_ branches: [(condition: Expression, body: Block)], _ otherwise: Block?, into target: Int?) {
        // The target may be a variable that a later condition reads.
        let result = target.map { _ in builder.allocate() }
        var ends: [Int] = []
        for (at, branch) in branches.enumerated() {
            let mark = builder.next
            let misses = jumpUnless(branch.condition)
            builder.release(to: mark)
            if let result { block(branch.body, into: result) } else { discard(branch.body) }
            let isLast = at == branches.count - 1 && otherwise == nil && result == nil
            if !isLast { ends.append(builder.emit(.jump)) }
            builder.patch(misses)
        }
        if let otherwise {
            if let result { block(otherwise, into: result) } else { discard(otherwise) }
        } else if let result {
            builder.emit(.loadNone, result)
        }
        builder.patch(ends)
        if let target, let result { builder.emit(.take, target, result) }
    }
}
