import DaedalSyntax

extension Resolver {
    mutating func expression(_ expression: Expression) {
        switch expression.kind {
        case .invalid, .none, .boolean, .integer, .float: break
        case .quantity(let inner, _), .group(let inner), .unary(_, let inner): self.expression(inner)
        case .string(let parts):
            for part in parts { if case .interpolation(let inner) = part { self.expression(inner) } }
        case .name(let name): self.name(name, at: expression.span)
        case .record(let items): arguments(items)
        case .list(let items): for item in items { self.expression(item) }
        case .dictionary(let entries):
            for entry in entries {
                self.expression(entry.key)
                self.expression(entry.value)
            }
        case .binary(_, let left, _, let right):
            self.expression(left)
            self.expression(right)
        case .comparison(let operands, _): for operand in operands { self.expression(operand) }
        case .range(let start, let end, _):
            if let start { self.expression(start) }
            if let end { self.expression(end) }
        case .call(let callee, let items):
            if case .member(let receiver, let name) = callee.kind {
                self.expression(receiver)
                method(name)
            } else {
                self.expression(callee)
            }
            arguments(items)
        case .index(let base, let items):
            self.expression(base)
            for item in items { if case .expression(let inner) = item { self.expression(inner) } }
        case .member(let base, _): self.expression(base)
        case .lambda(let function): self.function(function)
        case .conditional(let branches, let otherwise):
            for branch in branches {
                self.expression(branch.condition)
                block(branch.body)
            }
            if let otherwise { block(otherwise) }
        case .minimize(let pairs, let body):
            for pair in pairs {
                self.expression(pair.subject)
                self.expression(pair.optimizer)
            }
            let inner = FunctionScope(parent: function, allowsReturn: false)
            resolution.functions[ObjectIdentifier(body)] = inner
            inside(inner, Scope(scope, inner)) { $0.block(body) }
        case .train(let model, let data, let clauses):
            self.expression(model)
            self.expression(data)
            for clause in clauses { self.clause(clause) }
        }
    }

    private mutating func arguments(_ arguments: [Argument]) { for argument in arguments { expression(argument.value) } }

    /// The function that `x.name(…)` calls if `x` has no such member. There may be none.
    private mutating func method(_ name: Identifier) {
        let declared = ArgumentBinding.declaredName(name.text)
        if lookUp(declared, at: name.span) != nil { return }
        if names.hasLibraryName(declared, forLibrary: source.isLibrary) { resolution.uses[name.span.start] = .library(declared) }
    }

    // MARK: Functions

    /// Resolves a function, method or lambda. `hidden` are parameters that stand before its own.
    mutating func function(_ function: Function, hidden: [String] = []) {
        let inner = FunctionScope(parent: self.function)
        resolution.functions[ObjectIdentifier(function)] = inner
        inside(inner, Scope(scope, inner)) { resolver in
            for name in hidden { _ = resolver.scope.bind(resolver.hidden(name, function)) }
            resolver.parameters(function.parameters)
            resolver.patterns(function)
            switch function.body {
            case .expression(let expression): resolver.expression(expression)
            case .block(let block): resolver.block(block)
            }
        }
    }

    private mutating func hidden(_ name: String, _ function: Function) -> Variable {
        let variable = Variable(name, function.span, .parameter, owner: self.function)
        self.function.hidden.append(variable)
        return variable
    }

    /// Resolves default values, each of which sees the parameters before it, and binds the parameters.
    mutating func parameters(_ parameters: [DaedalSyntax.Parameter], as kind: Variable.Kind = .parameter) {
        for parameter in parameters {
            if let value = parameter.defaultValue { expression(value) }
            // What takes an argument apart, and `_`, bind no name of their own.
            if parameter.pattern != nil || parameter.name.text == "_" {
                resolution.variables[parameter.name.span.start] = Variable(parameter.name.text, parameter.name.span, kind, owner: function)
            } else {
                declare(parameter.name, kind)
            }
        }
        for parameter in parameters { if let pattern = parameter.pattern { bind(pattern, as: kind) } }
    }
}
