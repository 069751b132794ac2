import DaedalSyntax

extension Resolver {
    /// Resolves a block in a scope of its own.
    mutating func block(_ block: Block) {
        nested { resolver in
            resolver.announce(block.statements)
            for statement in block.statements { resolver.statement(statement) }
        }
    }

    /// Lets functions inside a block see what it binds further down.
    mutating func announce(_ statements: [Statement]) {
        for statement in statements {
            for (name, kind) in Self.declared(by: statement) where resolution.variables[name.span.start] == nil {
                let variable = Variable(name.text, name.span, kind, owner: function)
                resolution.variables[name.span.start] = variable
                if scope.pending[name.text] == nil { scope.pending[name.text] = variable }
            }
        }
    }

    mutating func statement(_ statement: Statement) {
        switch statement.kind {
        case .invalid: break
        case .expression(let expression): self.expression(expression)
        case .binding(_, let bindings):
            for binding in bindings {
                let names = Set(binding.pattern.names.map(\.text))
                scope.binding.formUnion(names)
                expression(binding.value)
                scope.binding.subtract(names)
                bind(binding.pattern)
            }
        case .assignment(let target, _, let value):
            expression(value)
            assignment(to: target)
        case .function(let function):
            if let name = function.name, let variable = resolution.variable(name), !variable.isBound { bind(variable) }
            self.function(function)
        case .forLoop(let pattern, let sequence, let body):
            expression(sequence)
            nested { resolver in
                resolver.bind(pattern, as: .loop)
                resolver.loop(body)
            }
        case .whileLoop(let condition, let body):
            expression(condition)
            loop(body)
        case .returnValue(let value):
            if !function.allowsReturn { report(outside("return", "a function", at: statement.span)) }
            if let value { expression(value) }
        case .breakLoop:
            if function.loopDepth == 0 { report(outside("break", "a loop", at: statement.span)) }
        case .continueLoop:
            if function.loopDepth == 0 { report(outside("continue", "a loop", at: statement.span)) }
        case .importModule(let path, let alias): importModule(path, alias, statement.span)
        case .network(let declaration):
            bindDeclared(declaration.name)
            network(declaration)
        case .optimizer(let declaration):
            bindDeclared(declaration.name)
            optimizer(declaration)
        case .dataset(let declaration):
            bindDeclared(declaration.name)
            dataset(declaration)
        case .test(_, let block):
            let test = FunctionScope(parent: function)
            resolution.functions[ObjectIdentifier(block)] = test
            inside(test, Scope(scope, test)) { $0.block(block) }
        case .slots, .input, .forward, .update: break
        }
    }

    private mutating func loop(_ body: Block) {
        function.loopDepth += 1
        block(body)
        function.loopDepth -= 1
    }

    private mutating func bindDeclared(_ name: Identifier) {
        if let variable = resolution.variable(name), !variable.isBound { bind(variable) }
    }

    private mutating func importModule(_ path: ImportPath, _ alias: Identifier?, _ span: Span) {
        do throws(ImportFailure) {
            resolution.imports[span.start] = try names.module(path, from: source, at: span)
        } catch {
            for diagnostic in error.diagnostics { report(diagnostic) }
        }
        bindDeclared(Self.moduleName(path, alias))
    }

    // MARK: Assignment

    private mutating func assignment(to target: Expression) {
        var root = target
        var onlyIndices = true
        var path = false
        descend: while true {
            switch root.kind {
            case .index(let base, let items):
                for item in items { if case .expression(let expression) = item { self.expression(expression) } }
                root = base
            case .member(let base, _):
                onlyIndices = false
                root = base
            case .group(let inner):
                root = inner
                continue descend
            default: break descend
            }
            path = true
        }
        guard case .name(let name) = root.kind else {
            expression(root)
            return
        }
        if lookUp(name, at: root.span) == nil {
            if names.hasLibraryName(name, forLibrary: source.isLibrary), scope.findPending(name) == nil {
                resolution.uses[root.span.start] = .library(name)
                report(libraryNotAssignable(name, at: root.span))
            } else {
                self.name(name, at: root.span)
            }
            return
        }
        guard case .variable(let variable) = resolution.use(root.span) else { return }
        switch variable.kind {
        case .variable, .slot(.state): break
        case .slot(.param) where path, .module where path: break
        default:
            // Through a `let`, what a reference stands for may be changed: `opt.rate = 0.1`. Values are checked when the program runs.
            if !path || onlyIndices { report(notAssignable(variable, at: root.span)) }
        }
    }
}
