import DaedalSyntax

extension FunctionCompiler {
    // MARK: Operands

    /// The register of an expression's value: a local's own, or a temporary.
    func operand(_ expression: Expression) -> Operand {
        if let register = localRegister(expression) { return Operand(register: register, isTemporary: false) }
        let register = builder.allocate()
        self.expression(expression, into: register)
        return Operand(register: register, isTemporary: true)
    }

    /// The same for an operand that is used only after another was evaluated: blocks in that one might assign the local.
    func operand(_ expression: Expression, before other: Expression) -> Operand {
        if localRegister(expression) != nil, holdsBlock(other) {
            let register = builder.allocate()
            self.expression(expression, into: register)
            return Operand(register: register, isTemporary: true)
        }
        return operand(expression)
    }

    /// The register of a local variable of this function.
    func localRegister(_ expression: Expression) -> Int? {
        switch expression.kind {
        case .group(let inner): return localRegister(inner)
        case .name:
            guard case .variable(let variable) = resolution.use(expression.span), !variable.isSlot else { return nil }
            if let slot = variable.moduleSlot {
                // What an earlier run failed to bind has no value.
                return scope === resolution.main && variable.owner === scope ? slot : nil
            }
            return variable.owner === scope && !variable.isCell ? variable.register : nil
        default: return nil
        }
    }

    private func holdsBlock(_ expression: Expression) -> Bool {
        switch expression.kind {
        case .conditional: true
        case .group(let inner), .unary(_, let inner), .quantity(let inner, _): holdsBlock(inner)
        case .binary(_, let left, _, let right): holdsBlock(left) || holdsBlock(right)
        case .comparison(let operands, _): operands.contains { holdsBlock($0) }
        case .call(let callee, let arguments): holdsBlock(callee) || arguments.contains { holdsBlock($0.value) }
        case .index(let base, let items):
            holdsBlock(base)
                || items.contains { item in
                    if case .expression(let inner) = item { holdsBlock(inner) } else { false }
                }
        case .member(let base, _): holdsBlock(base)
        case .list(let items): items.contains { holdsBlock($0) }
        case .record(let items): items.contains { holdsBlock($0.value) }
        case .range(let start, let end, _): (start.map { holdsBlock($0) } ?? false) || (end.map { holdsBlock($0) } ?? false)
        default: false
        }
    }

    func drops(_ b: Operand, _ c: Operand) -> UInt8 {
        (b.isTemporary ? Instruction.dropsB : 0) | (c.isTemporary ? Instruction.dropsC : 0)
    }

    /// Whether the only thing that compiling does to its target comes last, so that the target may be a variable that the expression reads.
    func isSafe(_ expression: Expression) -> Bool {
        switch expression.kind {
        case .none, .boolean, .integer, .float, .name, .list, .range, .index, .member, .lambda, .call, .string: true
        case .binary(let operation, _, _, _): ![.and, .or].contains(operation)
        case .group(let inner), .unary(_, let inner): isSafe(inner)
        default: false
        }
    }

    // MARK: Expressions

    /// Evaluates an expression for its effects.
    func discard(_ expression: Expression) {
        builder.span = expression.span
        switch expression.kind {
        case .conditional(let branches, let otherwise): conditional(branches, otherwise, into: nil)
        case .group(let inner): discard(inner)
        default:
            let register = builder.allocate()
            self.expression(expression, into: register)
            builder.emit(.clear, register, 1)
            builder.release(to: register)
        }
    }

    /// Evaluates an expression into a register.
    func expression(_ expression: Expression, into target: Int) {
        builder.span = expression.span
        let mark = builder.next
        defer { builder.release(to: max(mark, target + 1)) }
        switch expression.kind {
        case .invalid, .none: builder.emit(.loadNone, target)
        case .boolean(let value): builder.emit(.loadBool, target, k: value ? 1 : 0)
        case .integer(let value): builder.emit(.loadInt, target, k: value)
        case .float(let value): builder.emit(.loadFloat, target, k: Int(bitPattern: UInt(value.bitPattern)))
        case .quantity(let amount, let unit):
            let value: Value =
                switch amount.kind {
                case .integer(let int): .int(int)
                case .float(let float): .float(float)
                default: .none
                }
            constant(.object(QuantityObject(amount: value, unit: unit.rawValue)), into: target)
        case .string(let parts): text(parts, into: target)
        case .name(let name): self.name(name, expression.span, into: target)
        case .group(let inner): self.expression(inner, into: target)
        case .record(let items): record(items, into: target, at: expression.span)
        case .list(let items): list(items, into: target, at: expression.span)
        case .dictionary(let entries): dictionary(entries, into: target, at: expression.span)
        case .unary(let operation, let inner): unary(operation, inner, into: target, at: expression.span)
        case .binary(let operation, let left, let place, let right):
            switch operation {
            case .and, .or: logical(operation, left, right, into: target, at: place)
            case .pipe: pipe(left, right, into: target, at: expression.span)
            case .compose: compose(expression, into: target)
            default: arithmetic(operation, left, right, into: target, at: place)
            }
        case .comparison(let operands, let operators): comparison(operands, operators, into: target)
        case .range(let start, let end, let inclusive): range(start, end, inclusive, into: target, at: expression.span)
        case .call(let callee, let arguments): call(callee, arguments, into: target, at: expression.span)
        case .index(let base, let items): index(base, items, into: target, at: expression.span)
        case .member(let base, let name):
            let object = operand(base)
            builder.emit(
                .member, target, object.register, k: builder.name(name.text), flags: object.isTemporary ? Instruction.dropsB : 0, at: name.span)
        case .lambda(let function): closure(function, into: target)
        case .conditional(let branches, let otherwise): conditional(branches, otherwise, into: target)
        case .minimize(let pairs, let block): minimize(pairs, block, into: target, at: expression.span)
        case .train(let model, let data, let clauses): train(model, data, clauses, into: target, at: expression.span)
        }
    }

    func constant(_ value: Value, into target: Int) { builder.emit(.loadConstant, target, k: builder.constant(value)) }

    // MARK: Names

    func name(_ name: String, _ span: Span, into target: Int) {
        switch resolution.use(span) {
        case .unknown: builder.emit(.loadNone, target, at: span)
        case .word(let word): constant(.string(word), into: target)
        case .library(let name):
            if let native = NativeTable.lookup(name) {
                if case .function(let function as NativeFunction) = native, case .value = function.purity {
                    let first = builder.allocate()
                    builder.emit(.callNative, target, first, 0, k: builder.constant(native), at: span)
                    builder.release(to: first)
                } else {
                    constant(native, into: target)
                }
            } else {
                builder.emit(.getLibrary, target, k: file.library.position(of: name), at: span)
            }
        case .variable(let variable):
            load(variable, into: target, at: span)
            if variable.isSlot { builder.emit(.readSlot, target, target, at: span) }
        }
    }

    /// Loads what a variable holds; for slots the slot object.
    func load(_ variable: Variable, into target: Int, at span: Span) {
        if let slot = variable.moduleSlot {
            if scope === resolution.main {
                builder.emit(.move, target, slot, at: span)
                if variable.owner !== scope && !mayBeUnbound { builder.emit(.checkBound, target, k: builder.name(variable.name), at: span) }
            } else {
                builder.emit(.getModule, target, k: slot, flags: (variable.kind == .variable ? 1 : 0) | (mayBeUnbound ? 8 : 0), at: span)
            }
        } else if variable.owner === scope {
            if variable.isCell {
                builder.emit(.getCell, target, variable.register, at: span)
                if variable.isCapturedEarly { builder.emit(.checkBound, target, k: builder.name(variable.name), at: span) }
            } else {
                builder.emit(.move, target, variable.register, at: span)
            }
        } else {
            let position = scope.capturePosition(variable) ?? 0
            if variable.isCell {
                builder.emit(.getCaptureCell, target, k: position, flags: variable.kind == .variable ? 1 : 0, at: span)
                builder.emit(.checkBound, target, k: builder.name(variable.name), at: span)
            } else {
                builder.emit(.getCapture, target, k: position, at: span)
            }
        }
    }

    // MARK: Texts and collections

    private func text(_ parts: [StringPart], into target: Int) {
        if parts.isEmpty { return constant(.string(""), into: target) }
        if parts.count == 1, case .text(let text) = parts[0] { return constant(.string(text), into: target) }
        let span = builder.span
        let first = builder.allocate(parts.count)
        for (at, part) in parts.enumerated() {
            switch part {
            case .text(let text): constant(.string(text), into: first + at)
            case .interpolation(let inner): expression(inner, into: first + at)
            }
        }
        builder.emit(.text, target, first, parts.count, at: span)
    }

    /// How many elements are gathered in registers before they are appended.
    private static var chunk: Int { 48 }

    func list(_ items: [Expression], into target: Int, at span: Span) {
        if items.count <= Self.chunk {
            let first = builder.allocate(items.count)
            for (at, item) in items.enumerated() { expression(item, into: first + at) }
            builder.emit(.list, target, first, items.count, at: span)
            return
        }
        let gathered = builder.allocate()
        builder.emit(.list, gathered, gathered, 0, at: span)
        var rest = items[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.chunk)
            rest = rest.dropFirst(Self.chunk)
            let first = builder.allocate(part.count)
            for (at, item) in part.enumerated() { expression(item, into: first + at) }
            builder.emit(.listExtend, gathered, first, part.count, at: span)
            builder.release(to: first)
        }
        builder.emit(.take, target, gathered)
    }

    private func dictionary(_ entries: [(key: Expression, value: Expression)], into target: Int, at span: Span) {
        let gathered = builder.allocate()
        builder.emit(.dictionary, gathered, at: span)
        var rest = entries[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.chunk / 2)
            rest = rest.dropFirst(Self.chunk / 2)
            let first = builder.allocate(2 * part.count)
            for (at, entry) in part.enumerated() {
                expression(entry.key, into: first + 2 * at)
                expression(entry.value, into: first + 2 * at + 1)
            }
            builder.emit(.dictionaryExtend, gathered, first, part.count, at: span)
            builder.release(to: first)
        }
        builder.emit(.take, target, gathered)
    }

    private func record(_ items: [Argument], into target: Int, at span: Span) {
        let first = builder.allocate(items.count)
        for (at, item) in items.enumerated() { expression(item.value, into: first + at) }
        if items.contains(where: \.isSpread) || Set(items.map { $0.label == nil }).count > 1 {
            builder.emit(.recordSpread, target, first, items.count, k: shape(items), at: span)
        } else {
            builder.emit(.record, target, first, items.count, k: items.first?.label == nil ? -1 : shape(items), at: span)
        }
    }

    /// The labels and spreads of arguments; -1 if there are none.
    func shape(_ arguments: [Argument]) -> Int {
        if arguments.allSatisfy({ $0.label == nil && !$0.isSpread }) { return -1 }
        builder.tables.callShapes.append(.init(labels: arguments.map { $0.label?.text }, spreads: arguments.map(\.isSpread)))
        return builder.tables.callShapes.count - 1
    }

    private func range(_ start: Expression?, _ end: Expression?, _ inclusive: Bool, into target: Int, at span: Span) {
        var flags: UInt8 = inclusive ? 16 : 0
        var first = Operand(register: 0, isTemporary: false), last = first
        if let start {
            first = end.map { operand(start, before: $0) } ?? operand(start)
            flags |= 4
        }
        if let end {
            last = operand(end)
            flags |= 8
        }
        builder.emit(.range, target, first.register, last.register, flags: flags | drops(first, last), at: span)
    }

    // MARK: Index

    private func index(_ base: Expression, _ items: [IndexItem], into target: Int, at span: Span) {
        if items.count == 1, case .expression(let item) = items[0] {
            let object = operand(base, before: item), at = operand(item)
            builder.emit(.index, target, object.register, at.register, flags: drops(object, at), at: span)
            return
        }
        var object = operand(base)
        if !object.isTemporary, items.contains(where: { if case .expression(let inner) = $0 { holdsBlock(inner) } else { false } }) {
            let copy = builder.allocate()
            builder.emit(.move, copy, object.register)
            object = Operand(register: copy, isTemporary: true)
        }
        let (first, kinds) = indexItems(items)
        builder.tables.indices.append(kinds)
        builder.emit(
            .indexMany, target, object.register, first, k: builder.tables.indices.count - 1, flags: object.isTemporary ? Instruction.dropsB : 0,
            at: span)
    }

    /// The values between brackets in consecutive registers, and the kinds of all items.
    func indexItems(_ items: [IndexItem]) -> (first: Int, kinds: [CodeTables.IndexKind]) {
        let values = items.compactMap { item -> Expression? in if case .expression(let inner) = item { inner } else { nil } }
        let first = builder.allocate(values.count)
        for (at, value) in values.enumerated() { expression(value, into: first + at) }
        let kinds = items.map { item -> CodeTables.IndexKind in
            switch item {
            case .expression: .value
            case .newAxis: .newAxis
            case .rest: .rest
            }
        }
        return (first, kinds)
    }
}
