import DaedalSyntax

extension FunctionCompiler {
    // MARK: Calls

    func call(_ callee: Expression, _ arguments: [Argument], into target: Int, at span: Span) {
        if case .member(let receiver, let name) = callee.kind { return method(receiver, name, arguments, into: target, at: span) }
        let isPlain = arguments.allSatisfy { $0.label == nil && !$0.isSpread }
        if isPlain, case .name = callee.kind {
            switch resolution.use(callee.span) {
            case .library(let name):
                guard let native = NativeTable.lookup(name), case .function = native else { break }
                let first = builder.allocate(arguments.count + 1)
                self.arguments(arguments, at: first + 1)
                builder.emit(.callNative, target, first, arguments.count, k: builder.constant(native), at: span)
                return
            case .variable(let variable):
                guard variable.kind == .function, variable.moduleSlot != nil, let code = file.knownCode(variable),
                    let missing = missing(arguments.count, of: code)
                else { break }
                let first = builder.allocate(code.parameters.count + 1)
                self.arguments(arguments, at: first + 1)
                for at in 0..<missing { builder.emit(.unbind, first + 1 + arguments.count + at) }
                builder.emit(.callKnown, target, first, code.parameters.count, k: Int(bitPattern: code.header), at: span)
                return
            default: break
            }
        }
        let first = builder.allocate(arguments.count + 1)
        expression(callee, into: first)
        self.arguments(arguments, at: first + 1)
        builder.emit(.call, target, first, arguments.count, k: shape(arguments), at: span)
    }

    /// How many optional parameters a call by position leaves out; nil if it cannot be bound right here.
    private func missing(_ count: Int, of code: Code) -> Int? {
        guard count <= code.parameters.count, !code.parameters.contains(where: \.isRest), code.parameters.count < 200,
            code.parameters[count...].allSatisfy({ !$0.isRequired })
        else { return nil }
        return code.parameters.count - count
    }

    private func arguments(_ arguments: [Argument], at first: Int) {
        for (at, argument) in arguments.enumerated() { expression(argument.value, into: first + at) }
    }

    /// `x.name(…)`: a member, or a function of that name with `x` as first argument. Registers: the function (or nothing), `x`, the arguments.
    private func method(_ receiver: Expression, _ name: Identifier, _ arguments: [Argument], into target: Int, at span: Span) {
        let first = builder.allocate(arguments.count + 2)
        if resolution.uses[name.span.start] == nil {
            builder.emit(.unbind, first)
        } else {
            mayBeUnbound = true
            self.name(ArgumentBinding.declaredName(name.text), name.span, into: first)
            mayBeUnbound = false
        }
        expression(receiver, into: first + 1)
        self.arguments(arguments, at: first + 2)
        builder.tables.methods.append(.init(name: name.text, shape: shape(arguments)))
        builder.emit(.callMethod, target, first, arguments.count, k: builder.tables.methods.count - 1, at: span)
    }

    // MARK: Pipes and chains

    /// `a |> f(b)`: the left value goes before the arguments.
    func pipe(_ left: Expression, _ right: Expression, into target: Int, at span: Span) {
        if case .call(let callee, let arguments) = right.kind {
            let first = builder.allocate(arguments.count + 2)
            expression(left, into: first + 1)
            expression(callee, into: first)
            self.arguments(arguments, at: first + 2)
            let shape =
                arguments.allSatisfy { $0.label == nil && !$0.isSpread }
                ? -1 : self.shape([.init(label: nil, isSpread: false, value: left)] + arguments)
            builder.emit(.pipe, target, first, arguments.count + 1, k: shape, flags: 1, at: span)
        } else {
            let first = builder.allocate(2)
            expression(left, into: first + 1)
            expression(right, into: first)
            builder.emit(.pipe, target, first, 1, k: -1, at: span)
        }
    }

    /// `f -> g -> h`: the parts of one chain together.
    func compose(_ chain: Expression, into target: Int) {
        var parts: [Expression] = []
        var rest = chain
        while case .binary(.compose, let left, _, let right) = rest.kind {
            parts.append(right)
            rest = left
        }
        parts.append(rest)
        parts.reverse()
        let first = builder.allocate(parts.count)
        for (at, part) in parts.enumerated() { expression(part, into: first + at) }
        builder.tables.spanLists.append(parts.map(\.span))
        builder.emit(.compose, target, first, parts.count, k: builder.tables.spanLists.count - 1, at: chain.span)
    }

    // MARK: Assignment

    /// Where a variable is changed in place: the place and its number.
    private func place(_ variable: Variable) -> (Place, Int) {
        if let slot = variable.moduleSlot { return scope === resolution.main ? (.register, slot) : (.module, slot) }
        if variable.owner === scope { return (variable.isCell ? .cell : .register, variable.register) }
        return (.capture, scope.capturePosition(variable) ?? 0)
    }

    func assign(_ target: Expression, _ operation: BinaryOperator?, _ value: Expression, at span: Span) {
        switch target.kind {
        case .group(let inner): assign(inner, operation, value, at: span)
        case .name: assignName(target, operation, value, at: span)
        default: assignPath(target, operation, value, at: span)
        }
    }

    private func assignName(_ target: Expression, _ operation: BinaryOperator?, _ value: Expression, at span: Span) {
        guard case .variable(let variable) = resolution.use(target.span) else { return discard(value) }
        if variable.isSlot {
            let slot = builder.allocate(), result = builder.allocate()
            load(variable, into: slot, at: target.span)
            if let operation {
                builder.emit(.readSlot, result, slot, at: target.span)
                let other = operand(value)
                builder.emit(Self.opcode(operation), result, result, other.register, flags: other.isTemporary ? Instruction.dropsC : 0, at: span)
            } else {
                expression(value, into: result)
            }
            builder.emit(.writeSlot, slot, result, flags: Instruction.dropsB, at: span)
            builder.emit(.clear, slot, 1)
            return
        }
        let (place, number) = place(variable)
        if operation == .add, case .list(let items) = value.kind {
            for item in items {
                let element = builder.allocate()
                expression(item, into: element)
                builder.emit(.append, number, element, flags: place.rawValue, at: span)
                builder.release(to: element)
            }
            if items.isEmpty { discard(value) }
            return
        }
        if let operation {
            if place == .register {
                if let (op, k) = immediate(operation, value) {
                    builder.emit(op, number, number, k: k, at: span)
                } else {
                    let other = operand(value)
                    builder.emit(Self.opcode(operation), number, number, other.register, flags: other.isTemporary ? Instruction.dropsC : 0, at: span)
                }
            } else {
                let other = operand(value)
                builder.emit(
                    .compound, number, other.register, other.isTemporary ? 1 : 0, k: Self.number(operation), flags: place.rawValue, at: span)
            }
            return
        }
        switch place {
        case .register:
            if isSafe(value) {
                expression(value, into: number)
                return
            }
            let temporary = builder.allocate()
            expression(value, into: temporary)
            builder.emit(.take, number, temporary)
        case .cell, .capture, .module:
            let temporary = builder.allocate()
            expression(value, into: temporary)
            switch place {
            case .cell: builder.emit(.setCell, number, temporary, flags: Instruction.dropsB, at: span)
            case .capture: builder.emit(.setCaptureCell, 0, temporary, k: number, flags: Instruction.dropsB, at: span)
            default: builder.emit(.setModule, 0, temporary, k: number, flags: Instruction.dropsB | 4, at: span)
            }
        }
    }

    private func immediate(_ operation: BinaryOperator, _ value: Expression) -> (Opcode, Int)? {
        switch (operation, value.kind) {
        case (.add, .integer(let int)): (.addI, int)
        case (.subtract, .integer(let int)): (.subtractI, int)
        case (.multiply, .integer(let int)): (.multiplyI, int)
        case (.add, .float(let float)): (.addF, Int(bitPattern: UInt(float.bitPattern)))
        case (.subtract, .float(let float)): (.subtractF, Int(bitPattern: UInt(float.bitPattern)))
        case (.multiply, .float(let float)): (.multiplyF, Int(bitPattern: UInt(float.bitPattern)))
        case (.divide, .float(let float)): (.divideF, Int(bitPattern: UInt(float.bitPattern)))
        default: nil
        }
    }

    /// An operator as a number and back.
    static func number(_ operation: BinaryOperator) -> Int { operators.firstIndex(of: operation) ?? 0 }
    static let operators: [BinaryOperator] = [.add, .subtract, .multiply, .divide, .floorDivide, .remainder, .power, .matrixProduct]

    /// `xs[i] = v`, `d["k"][1] += 2`, `model.head.weight = t`.
    private func assignPath(_ target: Expression, _ operation: BinaryOperator?, _ value: Expression, at span: Span) {
        var steps: [(Expression, CodeTables.PathStep)] = []
        var root = target
        walk: while true {
            switch root.kind {
            case .index(let base, let items):
                steps.append(
                    (
                        root,
                        .index(
                            items.map { item in
                                switch item {
                                case .expression: .value
                                case .newAxis: .newAxis
                                case .rest: .rest
                                }
                            })
                    ))
                root = base
            case .member(let base, let name):
                steps.append((root, .member(name.text)))
                root = base
            case .group(let inner): root = inner
            default: break walk
            }
        }
        steps.reverse()
        var isConstant = false
        var place = Place.register, number = 0
        var name = ""
        if case .name(let text) = root.kind, case .variable(let variable) = resolution.use(root.span) {
            name = text
            if variable.isSlot || !(variable.kind == .variable) {
                // What a `let` or slot stands for is looked up; only references in it can be changed.
                number = builder.allocate()
                self.name(text, root.span, into: number)
                isConstant = true
            } else {
                (place, number) = self.place(variable)
            }
        } else {
            number = builder.allocate()
            expression(root, into: number)
            isConstant = true
        }
        if operation == nil, place == .register, !isConstant, steps.count == 1, case .index(let base, let items) = target.kind, items.count == 1,
            case .expression(let item) = items[0], base.span == root.span
        {
            let at = operand(item, before: value), new = operand(value)
            builder.emit(.setIndex, number, at.register, new.register, flags: drops(at, new), at: span)
            return
        }
        let first = builder.next
        for (expression, _) in steps {
            if case .index(_, let items) = expression.kind { _ = indexItems(items) }
        }
        let new = builder.allocate()
        expression(value, into: new)
        builder.tables.paths.append(
            .init(steps: steps.map(\.1), operation: operation, constant: isConstant ? name : nil, spans: steps.map(\.0.span)))
        builder.emit(.assignPath, number, first, new, k: builder.tables.paths.count - 1, flags: place.rawValue, at: span)
        if isConstant { builder.emit(.clear, number, 1) }
    }
}
