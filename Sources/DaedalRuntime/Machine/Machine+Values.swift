import DaedalSyntax

/// The slow paths of operators: everything that is not two numbers of one kind.
extension Machine {
    @inline(__always) static func floorQuotient(_ x: Int, _ y: Int) -> Int {
        let quotient = x / y
        return x % y < 0 ? quotient - 1 : quotient
    }

    @inline(__always) static func remainder(_ x: Int, _ y: Int) -> Int {
        let rest = x % y
        return rest < 0 ? rest + y : rest
    }

    @inline(never) func loadConstant(_ a: Register, _ constant: UnsafeMutablePointer<Value>) { a.store(constant.pointee) }

    /// An operand: moved out of a temporary, copied from a variable.
    @inline(__always) func operand(_ register: Register, drops: Bool) -> Value { drops ? register.take() : register.value }

    @inline(never) func binary(_ operation: BinaryOperator, _ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let b = base + Int(i.b), c = base + Int(i.c), a = base + Int(i.a)
        if operation == .add, i.a == i.b, b.pointee.tag == c.pointee.tag, i.b != i.c, try grow(b, by: c, drops: i.flags & Instruction.dropsC != 0) {
            return
        }
        let left = operand(b, drops: i.flags & Instruction.dropsB != 0)
        let right = operand(c, drops: i.flags & Instruction.dropsC != 0)
        a.store(try Operators.binary(operation, left, right, in: self, at: currentSpan))
    }

    /// `xs += ys`, `text += more` on what nothing else holds.
    private func grow(_ target: Register, by more: Register, drops: Bool) throws(RuntimeFailure) -> Bool {
        switch (target.value, more.value) {
        case (.list, .list(let added)):
            let items = added.items
            let count = target.withReference { (list: ListObject) in list.items.count } ?? 0
            guard count + items.count <= ListObject.mostItems else { throw ListObject.tooLong(at: currentSpan) }
            return withList(target) { $0.items.append(contentsOf: items) }
        case (.string, .string(let added)):
            let size = target.withReference { (string: StringObject) in string.text.utf8.count } ?? 0
            guard size + added.text.utf8.count <= StringObject.mostBytes else { throw StringObject.tooLong(at: currentSpan) }
            guard var string: StringObject = target.takeReference() else { return false }
            if !isKnownUniquelyReferenced(&string) { string = StringObject(string.text) }
            string.text += added.text
            target.store(.string(string))
            return true
        default: return false
        }
    }

    /// Changes the list in a register, which is copied first unless nothing else holds it. False if it is no list.
    @inline(__always) func withList(_ register: Register, _ body: (ListObject) -> Void) -> Bool {
        guard register.pointee.tag == Tag.list, var list: ListObject = register.takeReference() else { return false }
        if !isKnownUniquelyReferenced(&list) { list = ListObject(list.items) }
        body(list)
        register.pointer.initialize(to: .list(list))
        return true
    }

    @inline(never) func binaryWithInt(_ operation: BinaryOperator, _ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        try binary(operation, i, base, literal: .int(i.k))
    }

    @inline(never) func binaryWithFloat(_ operation: BinaryOperator, _ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        try binary(operation, i, base, literal: .float(Double(bitPattern: UInt64(bitPattern: Int64(i.k)))))
    }

    private func binary(_ operation: BinaryOperator, _ i: Instruction, _ base: Register, literal: Value) throws(RuntimeFailure) {
        let value = operand(base + Int(i.b), drops: i.flags & Instruction.dropsB != 0)
        let isSwapped = i.flags & Instruction.swapped != 0
        (base + Int(i.a)).store(
            try Operators.binary(operation, isSwapped ? literal : value, isSwapped ? value : literal, in: self, at: currentSpan))
    }

    @inline(never) func unary(_ operation: UnaryOperator, _ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let value = operand(base + Int(i.b), drops: i.flags & Instruction.dropsB != 0)
        (base + Int(i.a)).store(try Operators.unary(operation, value, in: self, at: currentSpan))
    }

    static func comparison(_ op: Opcode) -> ComparisonOperator {
        switch op {
        case .lessEqual: .lessEqual
        case .greater: .greater
        case .greaterEqual: .greaterEqual
        case .notEqual: .notEqual
        case .contained: .contained
        case .notContained: .notContained
        case .less: .less
        default: .equal
        }
    }

    private func compared(_ comparison: ComparisonOperator, _ i: Instruction, _ base: Register) throws(RuntimeFailure) -> Value {
        let left = operand(base + Int(i.b), drops: i.flags & Instruction.dropsB != 0)
        let right = operand(base + Int(i.c), drops: i.flags & Instruction.dropsC != 0)
        return try Operators.comparison(comparison, left, right, in: self, at: currentSpan)
    }

    @inline(never) func compare(_ comparison: ComparisonOperator, _ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        (base + Int(i.a)).store(try compared(comparison, i, base))
    }

    @inline(never) func holdsSlowly(_ comparison: ComparisonOperator, _ i: Instruction, _ base: Register) throws(RuntimeFailure) -> Bool {
        try Operators.truth(compared(comparison, i, base), in: self, at: currentSpan)
    }

    @inline(never) func holdsWithInt(_ comparison: ComparisonOperator, _ i: Instruction, _ base: Register) throws(RuntimeFailure) -> Bool {
        let left = operand(base + Int(i.b), drops: i.flags & Instruction.dropsB != 0)
        let result = try Operators.comparison(comparison, left, .int(i.k >> 32), in: self, at: currentSpan)
        return try Operators.truth(result, in: self, at: currentSpan)
    }

    @inline(never) func truth(_ a: Register, _ i: Instruction) throws(RuntimeFailure) -> Bool {
        try Operators.truth(operand(a, drops: i.flags & Instruction.dropsB != 0), in: self, at: currentSpan)
    }

    /// Lets through what may stand left of `and` and `or`: tensors, which need the right side.
    @inline(never) func checkLogical(_ a: Register, _ i: Instruction) throws(RuntimeFailure) {
        if a.pointee.tag == Tag.tensor { return }
        _ = try Operators.truth(a.value, in: self, at: currentSpan)
    }

    /// The right side of `and` and `or` after the left one did not decide.
    @inline(never) func joinLogical(_ operation: BinaryOperator, _ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let a = base + Int(i.a)
        let right = operand(base + Int(i.b), drops: i.flags & Instruction.dropsB != 0)
        if a.pointee.tag == Tag.bool {
            switch right {
            case .bool, .tensor: a.store(right)
            default: _ = try Operators.truth(right, in: self, at: currentSpan)
            }
        } else {
            a.store(try Operators.binary(operation, a.take(), right, in: self, at: currentSpan))
        }
    }

    /// An element of a list by a number inside its bounds.
    @inline(__always) func element(_ list: Register, _ at: Int, into a: Register) -> Bool {
        list.withReference { (object: ListObject) in
            guard at >= 0 && at < object.items.count else { return false }
            a.store(object.items[at])
            return true
        } ?? false
    }

    func refuelOrFail(_ end: Register) throws(RuntimeFailure) {
        if end >= stackEnd || state.pointee.frameCount >= state.pointee.frameLimit { throw tooDeep(at: currentSpan) }
        try refuel()
    }
}
