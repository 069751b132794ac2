import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension SymbolicEvaluator {
    /// What an expression gives, as far as it can be known before the program runs.
    func evaluate(_ expression: Expression, _ scope: SymbolicScope) throws(RuntimeFailure) -> Value {
        if exhausted() { return .unknown(.anything) }
        switch expression.kind {
        case .invalid: return .unknown(.anything)
        case .none: return .none
        case .boolean(let value): return .bool(value)
        case .integer(let value): return .int(value)
        case .float(let value): return .float(value)
        case .quantity(let amount, let unit): return .object(QuantityObject(amount: try evaluate(amount, scope), unit: unit.rawValue))
        case .string(let parts): return try string(parts, scope)
        case .name(let name): return try self.name(name, scope, at: expression.span)
        case .group(let inner): return try evaluate(inner, scope)
        case .record(let arguments):
            let values = try self.arguments(arguments, scope)
            if values.named.isEmpty { return .record(RecordObject(names: nil, fields: values.positional)) }
            return .record(RecordObject(names: values.named.map(\.name), fields: values.named.map(\.value)))
        case .list(let items):
            var values: [Value] = []
            for item in items { values.append(try evaluate(item, scope)) }
            return .list(values)
        case .dictionary(let entries): return try dictionary(entries, scope)
        case .unary(let operation, let operand): return try unary(operation, try evaluate(operand, scope), at: expression.span)
        case .binary(.and, let left, _, let right), .binary(.or, let left, _, let right):
            guard case .binary(let operation, _, _, _) = expression.kind else { return .unknown(.bool) }
            return try logical(operation, left, right, scope, at: expression.span)
        case .binary(.pipe, let left, _, let right): return try pipe(left, right, scope, at: expression.span)
        case .binary(.compose, let left, _, let right):
            return try compose(try evaluate(left, scope), try evaluate(right, scope), scope, at: expression.span)
        case .binary(let operation, let left, let span, let right):
            return try binary(operation, try evaluate(left, scope), try evaluate(right, scope), at: span, operands: (left.span, right.span))
        case .comparison(let operands, let operators): return try comparison(operands, operators, scope)
        case .range(let start, let end, let inclusive): return try range(start, end, inclusive, scope)
        case .call(let callee, let arguments): return try callExpression(callee, arguments, scope, at: expression.span)
        case .index(let base, let items): return try index(try evaluate(base, scope), items, scope, at: expression.span)
        case .member(let base, let name): return try member(try evaluate(base, scope), name, scope)
        case .lambda(let function): return .function(SymbolicClosure(function, scope))
        case .conditional(let branches, let otherwise): return try conditional(branches, otherwise, scope)
        case .minimize(let subjects, let body): return try minimize(subjects, body, scope, at: expression.span)
        case .train(let model, let data, let clauses): return try train(model, data, clauses, scope, at: expression.span)
        }
    }

    private func string(_ parts: [StringPart], _ scope: SymbolicScope) throws(RuntimeFailure) -> Value {
        var text: String? = ""
        for part in parts {
            switch part {
            case .text(let literal): text?.append(literal)
            case .interpolation(let expression):
                switch try evaluate(expression, scope) {
                case .string(let string): text?.append(string.text)
                case .int(let value): text?.append(String(value))
                default: text = nil
                }
            }
        }
        return text.map { .string($0) } ?? .unknown(.string)
    }

    private func dictionary(_ entries: [(key: Expression, value: Expression)], _ scope: SymbolicScope) throws(RuntimeFailure) -> Value {
        let result = DictionaryObject()
        var known = true
        for (key, value) in entries {
            let item = try evaluate(value, scope)
            switch try evaluate(key, scope) {
            case .string(let string): result[.string(string.text)] = item
            case .int(let number): result[.int(number)] = item
            case .bool(let flag): result[.bool(flag)] = item
            default: known = false
            }
        }
        return known ? .dictionary(result) : .unknown(.dictionary)
    }

    func name(_ name: String, _ scope: SymbolicScope, at span: Span) throws(RuntimeFailure) -> Value {
        var here: SymbolicScope? = scope
        while let current = here {
            if let model = current.model, let value = try model.slotValue(name, self, at: span) { return value }
            if let cell = current.cells[name] { return cell.value }
            here = current.parent
        }
        if name == "training" { return .bool(isTraining) }
        if outerNames.contains(name), !scope.isLibrary { return .unknown(.anything) }
        let value = try libraryValue(name, isLibrary: scope.isLibrary) ?? .unknown(.anything)
        if case .function(let native as NativeFunction) = value, case .value(let result) = native.purity { return .unknown(result) }
        return value
    }

    private func logical(
        _ operation: BinaryOperator, _ left: Expression, _ right: Expression, _ scope: SymbolicScope, at span: Span
    ) throws(RuntimeFailure) -> Value {
        let a = try evaluate(left, scope)
        if case .bool(let value) = a {
            if value == (operation == .or) { return a }
            return try evaluate(right, scope)
        }
        let (b, changes) = try uncertainly { () throws(RuntimeFailure) in try evaluate(right, scope) }
        merge([changes, [:]])
        if case .tensor = a, !b.hasUnknown { return try binary(operation, a, b, at: span) }
        return .unknown(a.hasUnknown || b.hasUnknown ? .anything : .bool)
    }

    private func range(_ start: Expression?, _ end: Expression?, _ inclusive: Bool, _ scope: SymbolicScope) throws(RuntimeFailure) -> Value {
        let from: Value? = if let start { try evaluate(start, scope) } else { nil }
        let to: Value? = if let end { try evaluate(end, scope) } else { nil }
        var bounds: [Int?] = [nil, nil]
        for (at, value) in [from, to].enumerated() {
            switch value {
            case nil: break
            case .int(let number)?: bounds[at] = number
            default: return .unknown(.anything)
            }
        }
        if inclusive, let last = bounds[1] {
            if last == .max { return .unknown(.anything) }
            // Inside an index, ..=-1 keeps the last element too: an open end says the same.
            bounds[1] = last == -1 && start == nil ? nil : last + 1
        }
        return .range(RangeObject(start: bounds[0], end: bounds[1]))
    }

    private func conditional(
        _ branches: [(condition: Expression, body: Block)], _ otherwise: Block?, _ scope: SymbolicScope
    ) throws(RuntimeFailure) -> Value {
        var outcomes: [(Value, [ObjectIdentifier: (cell: SymbolicScope.Cell, after: Value)])] = []
        var decided = false
        for (condition, body) in branches {
            let test = try evaluate(condition, scope)
            try checkCondition(test, at: condition.span)
            if case .bool(let value) = test {
                if !value { continue }
                if outcomes.isEmpty { return try valueOf(body, scope) }
                decided = true
            }
            outcomes.append(try uncertainly { () throws(RuntimeFailure) in try valueOf(body, scope) })
            if decided { break }
        }
        if !decided {
            if let otherwise {
                if outcomes.isEmpty { return try valueOf(otherwise, scope) }
                outcomes.append(try uncertainly { () throws(RuntimeFailure) in try valueOf(otherwise, scope) })
            } else {
                outcomes.append((.none, [:]))
            }
        }
        merge(outcomes.map(\.1))
        return outcomes.dropFirst().reduce(outcomes[0].0) { join($0, $1.0) }
    }

    /// Whether the contents of a tensor are made by the block that learns around the place: nothing may look at them there.
    func isComputedInBlock(_ tensor: TensorObject) -> Bool {
        guard let blockStart, let node = tensor.node, tensor.value == nil, tensor.trace === trace.root else { return false }
        return Int(node.index) >= blockStart
    }

    /// Refuses what can never be a condition.
    func checkCondition(_ value: Value, at span: Span) throws(RuntimeFailure) {
        switch value {
        case .int, .float, .string, .list, .dictionary, .record, .none, .function, .range: _ = try Operators.truth(value, in: self, at: span)
        case .size: _ = try Operators.truth(.int(0), in: self, at: span)
        case .tensor(let tensor):
            if isComputedInBlock(tensor) { throw Self.lookInsideBlock(at: span) }
            guard tensor.shape.rank > 0, tensor.shape.isKnown, tensor.shape.elementCount != 1 else { break }
            throw RuntimeFailure(
                "E202", "a condition is one boolean; this is a tensor \(tensor.shape)", at: span,
                fixes: [.init("write `any(…)` or `all(…)`, or choose element by element with `where(condition, a, b)`")])
        default: break
        }
    }

    /// The value of a branch. `return`, `break` and `continue` leave through `pendingFlow`.
    private func valueOf(_ body: Block, _ scope: SymbolicScope) throws(RuntimeFailure) -> Value {
        switch try block(body, in: scope) {
        case .normal(let value): return value
        case let left:
            pendingFlow = left
            return .none
        }
    }
}
