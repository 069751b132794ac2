import DaedalSyntax

extension FunctionCompiler {
    // MARK: Blocks

    /// Makes the cells of variables that functions use before their line has run.
    func open(_ statements: [Statement]) {
        for statement in statements {
            for (name, _) in Resolver.declared(by: statement) {
                guard let variable = resolution.variable(name), variable.moduleSlot == nil, variable.owner === scope, needsEarlyCell(variable) else {
                    continue
                }
                variable.register = builder.allocateKept()
                builder.emit(.newCell, variable.register, -1, flags: 1, at: name.span)
            }
        }
    }

    private func needsEarlyCell(_ variable: Variable) -> Bool {
        guard variable.isCell else { return false }
        switch variable.kind {
        case .function, .network, .optimizer, .dataset: return true
        default: return variable.isCapturedEarly
        }
    }

    /// A block whose value is wanted.
    func block(_ block: Block, into target: Int, isBody: Bool = false) {
        let mark = builder.next
        open(block.statements)
        var hasValue = false
        for (at, statement) in block.statements.enumerated() {
            if at == block.statements.count - 1, case .expression(let expression) = statement.kind {
                self.expression(expression, into: target)
                hasValue = true
            } else {
                self.statement(statement)
            }
        }
        if !hasValue { builder.emit(.loadNone, target, at: block.span) }
        // At the end of a function everything is dropped anyway.
        if isBody { builder.release(to: mark) } else { close(mark) }
    }

    /// A block whose value nobody wants.
    func discard(_ block: Block) {
        let mark = builder.next
        open(block.statements)
        for statement in block.statements { self.statement(statement) }
        close(mark)
    }

    /// Gives the registers of a block's locals back; what they hold is dropped.
    func close(_ mark: Int) {
        if builder.next > mark { builder.emit(.clear, mark, builder.next - mark) }
        builder.release(to: mark)
    }

    // MARK: Statements

    func statement(_ statement: Statement) {
        builder.span = statement.span
        let mark = builder.next
        switch statement.kind {
        case .invalid, .slots, .input, .forward, .update, .test, .importModule: break
        case .expression(let expression):
            if isNetworkBody { step(expression) } else { discard(expression) }
            builder.release(to: mark)
        case .binding(_, let bindings):
            for binding in bindings { bind(binding.pattern, to: binding.value) }
        case .assignment(let target, let operation, let value):
            assign(target, operation, value, at: statement.span)
            builder.release(to: mark)
        case .function(let function):
            guard let name = function.name else { return }
            define(name) { self.closure(function, into: $0) }
        case .network(let declaration):
            define(declaration.name) { self.declare(declaration, into: $0) }
        case .optimizer(let declaration):
            define(declaration.name) { self.declare(declaration, into: $0) }
        case .dataset(let declaration):
            define(declaration.name) { self.declare(declaration, into: $0) }
        case .forLoop(let pattern, let sequence, let body): forLoop(pattern, sequence, body, at: statement.span)
        case .whileLoop(let condition, let body): whileLoop(condition, body, at: statement.span)
        case .returnValue(let value):
            // Temporaries of an expression around this statement are left as they are.
            builder.keep(to: builder.next)
            if let value {
                tail(value)
            } else {
                let result = builder.allocate()
                builder.emit(.loadNone, result)
                leave(with: result, at: statement.span)
            }
            builder.release(to: mark)
        case .breakLoop:
            guard !loops.isEmpty else { return }
            loops[loops.count - 1].breaks.append(builder.emit(.jump))
        case .continueLoop:
            guard !loops.isEmpty else { return }
            loops[loops.count - 1].continues.append(builder.emit(.jump))
        }
    }

    /// Binds the name of a declaration inside a function; those of the top level stand in their slots already.
    private func define(_ name: Identifier, _ make: (Int) -> Void) {
        guard let variable = resolution.variable(name), variable.moduleSlot == nil else { return }
        if variable.isCell {
            let temporary = builder.allocate()
            make(temporary)
            builder.emit(.setCell, variable.register, temporary, flags: Instruction.dropsB)
            builder.release(to: temporary)
        } else {
            variable.register = builder.allocateKept()
            make(variable.register)
        }
    }

    // MARK: Bindings

    /// `let pattern = value`
    func bind(_ pattern: Pattern, to value: Expression) {
        if case .name(let name) = pattern, let variable = resolution.variable(name) {
            let isMain = variable.moduleSlot != nil && scope === resolution.main
            if !variable.isCell, variable.moduleSlot == nil || isMain {
                let slot = variable.moduleSlot
                if slot == nil { variable.register = builder.allocateKept() } else { variable.register = slot ?? 0 }
                if slot == nil || isSafe(value) {
                    expression(value, into: variable.register)
                } else {
                    let temporary = builder.allocate()
                    expression(value, into: temporary)
                    builder.emit(.take, variable.register, temporary)
                    builder.release(to: temporary)
                }
                noteName(name, variable.register)
                return
            }
        }
        if case .ignored = pattern {
            let mark = builder.next
            discard(value)
            builder.release(to: mark)
            return
        }
        // A cell must keep its register while the temporary goes.
        prepare(pattern)
        let temporary = builder.allocate()
        expression(value, into: temporary)
        if case .name(let name) = pattern { noteName(name, temporary) }
        bind(pattern, from: temporary)
        builder.release(to: temporary)
    }

    /// Gives the locals of a pattern their registers.
    func prepare(_ pattern: Pattern) {
        for name in pattern.names {
            guard let variable = resolution.variable(name), variable.moduleSlot == nil else { continue }
            if variable.isCell && needsEarlyCell(variable) { continue }
            variable.register = builder.allocateKept()
        }
    }

    /// Binds a pattern whose locals have registers to the value of a temporary, which is used up.
    func bind(_ pattern: Pattern, from register: Int) {
        switch pattern {
        case .ignored: builder.emit(.clear, register, 1)
        case .name(let name):
            guard let variable = resolution.variable(name) else { return }
            if let slot = variable.moduleSlot {
                if scope === resolution.main {
                    builder.emit(.take, slot, register, at: name.span)
                } else {
                    builder.emit(.setModule, 0, register, k: slot, flags: Instruction.dropsB, at: name.span)
                }
            } else if variable.isCell {
                if needsEarlyCell(variable) {
                    builder.emit(.setCell, variable.register, register, flags: Instruction.dropsB, at: name.span)
                } else {
                    builder.emit(.newCell, variable.register, register, at: name.span)
                }
            } else if variable.register != register {
                builder.emit(.take, variable.register, register, at: name.span)
            }
        case .parts(let parts, let span):
            let first = builder.allocate(parts.count)
            builder.emit(.unpack, first, register, parts.count, flags: Instruction.dropsB, at: span)
            for (at, part) in parts.enumerated() { bind(part, from: first + at) }
            builder.release(to: first)
        }
    }

    // MARK: Loops

    private func forLoop(_ pattern: Pattern, _ sequence: Expression, _ body: Block, at span: Span) {
        let state = builder.allocateKept(3)
        if case .range(let start?, let end?, let inclusive) = sequence.kind {
            let mark = builder.next
            let first = operand(start, before: end), last = operand(end)
            builder.emit(.loopRange, state, first.register, last.register, k: inclusive ? 1 : 0, flags: drops(first, last), at: sequence.span)
            builder.release(to: mark)
        } else {
            let source = operand(sequence)
            builder.emit(.loopOver, state, source.register, flags: source.isTemporary ? Instruction.dropsB : 0, at: sequence.span)
            builder.release(to: state + 3)
        }
        let top = builder.here
        let inside = builder.next
        prepare(pattern)
        var element = builder.next
        var isDirect = false
        if case .name(let name) = pattern, let variable = resolution.variable(name), !variable.isCell {
            element = variable.register
            isDirect = true
        } else {
            element = builder.allocate()
        }
        let exit = builder.emit(.loopNext, state, 0, element, at: sequence.span)
        if !isDirect {
            bind(pattern, from: element)
            builder.release(to: element)
        }
        loops.append(Loop())
        discard(body)
        let loop = loops.removeLast()
        builder.patch(loop.continues)
        if !isDirect { builder.emit(.clear, inside, max(builder.next - inside, 1)) }
        builder.emit(.loopEdge, k: top, at: span)
        builder.patch(exit)
        builder.patch(loop.breaks)
        builder.emit(.clear, state, builder.most - state)
        builder.release(to: state)
    }

    private func whileLoop(_ condition: Expression, _ body: Block, at span: Span) {
        let top = builder.here
        let mark = builder.next
        let exits = jumpUnless(condition)
        builder.release(to: mark)
        loops.append(Loop())
        discard(body)
        let loop = loops.removeLast()
        builder.patch(loop.continues)
        builder.emit(.loopEdge, k: top, at: span)
        builder.patch(exits)
        builder.patch(loop.breaks)
        if !loop.breaks.isEmpty { builder.emit(.clear, mark, builder.most - mark) }
    }
}
