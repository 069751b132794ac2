import DaedalSyntax

extension SymbolicEvaluator {
    /// How a statement ended.
    enum Flow {
        case normal(Value)
        case returned(Value)
        case broke
        case continued
    }

    /// Makes what is visible in the whole block: functions, networks, optimizers, datasets without parameters are made when reached.
    func hoist(_ statements: [Statement], _ scope: SymbolicScope) {
        for statement in statements {
            switch statement.kind {
            case .function(let function):
                if let name = function.name { scope.define(name.text, .function(SymbolicClosure(function, scope))) }
            case .network(let declaration): scope.define(declaration.name.text, .function(SymbolicNetwork(declaration, scope)))
            case .optimizer(let declaration): scope.define(declaration.name.text, .function(SymbolicOptimizerDeclaration(declaration, scope)))
            default: break
            }
        }
    }

    /// Evaluates a block in a scope of its own; its value is its last statement's if that is an expression.
    func block(_ block: Block, in parent: SymbolicScope) throws(RuntimeFailure) -> Flow {
        let scope = SymbolicScope(parent: parent)
        hoist(block.statements, scope)
        return try sequence(block.statements, scope)
    }

    func sequence(_ statements: [Statement], _ scope: SymbolicScope) throws(RuntimeFailure) -> Flow {
        var last = Value.none
        var failure: RuntimeFailure?
        for statement in statements {
            let flow: Flow
            do throws(RuntimeFailure) { flow = try execute(statement, scope) } catch {
                // What comes after a mistake is looked at all the same, so that a file shows all of its mistakes at once.
                if scope.isLibrary || error.isUnknownWhileChecking { throw error }
                if failure == nil { failure = error } else { report(error) }
                pendingFlow = nil
                last = .unknown(.anything)
                continue
            }
            if let pending = pendingFlow {
                pendingFlow = nil
                if uncertainty == 0 || uncertainty == frames.last?.uncertainty {
                    if let failure { throw failure }
                    return pending
                }
            }
            switch flow {
            case .normal(let value): last = value
            case let left:
                if let failure { throw failure }
                return left
            }
        }
        if let failure { throw failure }
        return .normal(last)
    }

    func execute(_ statement: Statement, _ scope: SymbolicScope) throws(RuntimeFailure) -> Flow {
        switch statement.kind {
        case .invalid: break
        case .expression(let expression): return .normal(try evaluate(expression, scope))
        case .binding(let isVariable, let bindings):
            for (pattern, expression) in bindings {
                let value: Value
                do { value = try evaluate(expression, scope) } catch {
                    // The names exist all the same, so that one mistake does not look like many.
                    define(pattern, .unknown(.anything), scope, isVariable: isVariable)
                    throw error
                }
                define(pattern, value, scope, isVariable: isVariable)
                try checkParts(pattern, value)
            }
        case .assignment(let target, let operation, let value): try assign(target, operation, value, scope, at: statement.span)
        case .function, .network, .optimizer: break
        case .dataset(let declaration):
            let value: Value =
                declaration.parameters.isEmpty
                ? try makeDataset(declaration, scope) : .function(SymbolicDatasetDeclaration(declaration, scope))
            scope.define(declaration.name.text, value)
        case .forLoop(let pattern, let sequence, let body): return try forLoop(pattern, sequence, body, scope)
        case .whileLoop(let condition, let body): return try whileLoop(condition, body, scope)
        case .returnValue(let expression):
            let value = if let expression { try evaluate(expression, scope) } else { Value.none }
            if let frame = frames.last, uncertainty > frame.uncertainty {
                frames[frames.count - 1].possibleReturns.append(value)
                return .normal(.none)
            }
            return .returned(value)
        case .breakLoop: return .broke
        case .continueLoop: return .continued
        case .importModule(let path, let alias): try importModule(path, alias, scope, at: statement.span)
        case .test(_, let body): _ = try uncertainly { () throws(RuntimeFailure) in try block(body, in: scope) }
        case .slots, .input, .forward, .update: break
        }
        return .normal(.none)
    }

    /// `model.head = Dense(3)`: the part is another one now. False if it is no part of a model.
    private func assignPart(_ base: Expression, _ name: String, _ value: Value, _ scope: SymbolicScope) throws(RuntimeFailure) -> Bool {
        guard case .object(let model as SymbolicModel) = try evaluate(base, scope) else { return false }
        if model.slots.contains(where: { $0.slot.name.text == name }) { return true }
        guard let cell = model.scope?.cells[name], case .object(is SymbolicModel) = value else {
            model.isOpaque = true
            return true
        }
        assign(cell, value)
        return true
    }

    /// Refuses to take a value apart into another number of names than it has parts.
    func checkParts(_ pattern: Pattern, _ value: Value) throws(RuntimeFailure) {
        guard case .parts(let parts, let span) = pattern else { return }
        let count: Int
        switch value {
        case .record(let record):
            count = record.fields.count
            if count == parts.count { for (part, field) in zip(parts, record.fields) { try checkParts(part, field) } }
        case .list(let list): count = list.items.count
        case .tensor(let tensor):
            guard let first = tensor.shape.first else { fallthrough }
            guard let known = first.known else { return }
            count = known
        case .int, .float, .bool, .string, .none, .function:
            throw RuntimeFailure("E212", "\(value.kindWithArticle) cannot be taken apart into \(parts.count) names", at: span)
        default: return
        }
        guard count != parts.count else { return }
        throw RuntimeFailure(
            "E212", "\(value.kindWithArticle) of \(count) cannot be taken apart into \(parts.count) name\(parts.count == 1 ? "" : "s")", at: span,
            notes: ["`_` drops a part"])
    }

    /// Binds the names of a pattern to the parts of a value.
    func define(_ pattern: Pattern, _ value: Value, _ scope: SymbolicScope, isVariable: Bool) {
        switch pattern {
        case .ignored: break
        case .name(let name): scope.define(name.text, value, isVariable: isVariable)
        case .parts(let parts, _):
            let values: [Value] =
                switch value {
                case .record(let record): record.fields
                case .list(let list): list.items
                case .tensor(let tensor) where tensor.shape.rank > 0:
                    (0..<parts.count).map {
                        (try? TensorOperators.subscripted(tensor, [.value(.int($0))], in: self, at: pattern.span)) ?? .unknown(.tensor)
                    }
                default: []
                }
            for (at, part) in parts.enumerated() {
                define(part, values.indices.contains(at) ? values[at] : .unknown(.anything), scope, isVariable: isVariable)
            }
        }
    }

    private func assign(
        _ target: Expression, _ operation: BinaryOperator?, _ expression: Expression, _ scope: SymbolicScope, at span: Span
    ) throws(RuntimeFailure) {
        var value: Value
        do throws(RuntimeFailure) { value = try evaluate(expression, scope) } catch {
            if case .name(let name) = target.kind, let cell = scope.cell(name) { assign(cell, .unknown(.anything)) }
            throw error
        }
        switch target.kind {
        case .name(let name):
            if let model = scope.enclosingModel, model.assignState(name, value, self) { return }
            guard let cell = scope.cell(name) else { return }
            if let operation { value = try binary(operation, cell.value, value, at: span) }
            assign(cell, value)
        case .member(let base, let name) where try assignPart(base, name.text, value, scope): return
        case .index(let base, _), .member(let base, _):
            // What an element is now is not followed; tensors keep their shape.
            if case .name(let name) = base.kind, let cell = scope.cell(name) {
                if case .tensor = cell.value { return }
                assign(cell, blurred(cell.value))
            }
        default: break
        }
    }
}
