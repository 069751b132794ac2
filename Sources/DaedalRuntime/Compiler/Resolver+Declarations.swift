import DaedalSyntax

extension Resolver {
    // MARK: Networks

    mutating func network(_ declaration: NetworkDeclaration) {
        let inner = FunctionScope(parent: function, allowsReturn: false)
        let shared = NetworkScope(isOptimizer: false)
        inner.network = shared
        resolution.functions[ObjectIdentifier(declaration)] = inner
        inside(inner, Scope(scope, inner)) { resolver in
            resolver.parameters(declaration.parameters)
            shared.parameters = declaration.parameters.compactMap { resolver.resolution.variable($0.name) }
            if !declaration.parameters.contains(where: { $0.name.text == "training" }) {
                let training = Variable("training", declaration.name.span, .training, owner: inner)
                shared.training = training
                _ = resolver.scope.bind(training)
            }
            resolver.announce(declaration.body.statements)
            resolver.modelSizes(declaration, shared)
            for statement in declaration.body.statements { resolver.part(statement) }
        }
    }

    /// Finds the sizes that slots name and functions bind.
    private mutating func modelSizes(_ declaration: NetworkDeclaration, _ shared: NetworkScope) {
        var bound: Set<String> = []
        for statement in declaration.body.statements {
            switch statement.kind {
            case .forward(let function), .function(let function): bound.formUnion(Self.sizeNames(function))
            default: break
            }
        }
        for statement in declaration.body.statements {
            guard case .slots(_, let slots) = statement.kind else { continue }
            for slot in slots {
                for (name, span) in slot.shape.map(Self.names) ?? [] {
                    guard shared.modelSize(name) == nil, bound.contains(name), scope.names[name] == nil, scope.pending[name] == nil else { continue }
                    let variable = Variable(name, span, .modelSize, owner: function)
                    shared.modelSizes.append((name, variable))
                    _ = scope.bind(variable)
                }
            }
        }
    }

    /// All names in a shape, with their places.
    private static func names(in shape: ShapePattern) -> [(String, Span)] {
        switch shape {
        case .axes(let axes, _):
            axes.flatMap { axis -> [(String, Span)] in
                switch axis {
                case .rest(nil, _): []
                case .rest(let expression?, _), .size(let expression): names(in: expression)
                }
            }
        case .record(let fields, _): fields.flatMap { names(in: $0.shape) }
        }
    }

    private static func names(in expression: Expression) -> [(String, Span)] {
        switch expression.kind {
        case .name(let name): [(name, expression.span)]
        case .group(let inner), .unary(_, let inner): names(in: inner)
        case .binary(_, let left, _, let right): names(in: left) + names(in: right)
        case .call(let callee, let arguments): names(in: callee) + arguments.flatMap { names(in: $0.value) }
        case .index(let base, let items):
            names(in: base)
                + items.flatMap { item -> [(String, Span)] in
                    if case .expression(let inner) = item { names(in: inner) } else { [] }
                }
        case .member(let base, _): names(in: base)
        case .list(let items): items.flatMap { names(in: $0) }
        case .conditional(let branches, _): branches.flatMap { names(in: $0.condition) }
        default: []
        }
    }

    /// A statement in the body of a network or optimizer.
    private mutating func part(_ statement: Statement) {
        switch statement.kind {
        case .slots(_, let slots): for slot in slots { self.slot(slot) }
        case .input(let shapes): for shape in shapes { inputShape(shape) }
        case .forward(let function), .update(let function): self.function(function)
        default: self.statement(statement)
        }
    }

    private mutating func slot(_ slot: Slot) {
        if let condition = slot.condition { expression(condition) }
        if let shape = slot.shape {
            let thunk = FunctionScope(parent: function, allowsReturn: false)
            resolution.shapeThunks[slot.name.span.start] = thunk
            inside(thunk, Scope(scope, thunk)) { $0.inputShape(shape) }
        }
        thunk(slot.initializer)
        if let variable = resolution.variable(slot.name), !variable.isBound { bind(variable) }
    }

    /// A shape in which every size is an expression.
    private mutating func inputShape(_ shape: ShapePattern) {
        switch shape {
        case .axes(let axes, _):
            for axis in axes {
                switch axis {
                case .rest(nil, _): break
                case .rest(let expression?, _), .size(let expression): self.expression(expression)
                }
            }
        case .record(let fields, _): for field in fields { inputShape(field.shape) }
        }
    }

    /// An expression that is evaluated later, as a function of its own.
    private mutating func thunk(_ expression: Expression) {
        let inner = FunctionScope(parent: function, allowsReturn: false)
        resolution.functions[ObjectIdentifier(expression)] = inner
        inside(inner, Scope(scope, inner)) { $0.expression(expression) }
    }

    // MARK: Optimizers and datasets

    mutating func optimizer(_ declaration: OptimizerDeclaration) {
        let inner = FunctionScope(parent: function, allowsReturn: false)
        inner.network = NetworkScope(isOptimizer: true)
        resolution.functions[ObjectIdentifier(declaration)] = inner
        inside(inner, Scope(scope, inner)) { resolver in
            resolver.parameters(declaration.parameters, as: .option)
            resolver.announce(declaration.body.statements)
            for statement in declaration.body.statements { resolver.part(statement) }
        }
    }

    mutating func dataset(_ declaration: DatasetDeclaration) {
        let inner = FunctionScope(parent: function, allowsReturn: false)
        resolution.functions[ObjectIdentifier(declaration)] = inner
        inside(inner, Scope(scope, inner)) { resolver in
            resolver.parameters(declaration.parameters)
            for clause in declaration.clauses { resolver.clause(clause) }
        }
    }

    /// A clause of a dataset or `train`: each argument is a thunk.
    mutating func clause(_ clause: Clause) {
        switch clause.kind {
        case .arguments(let arguments):
            for argument in arguments {
                if let word = word(argument, of: clause) {
                    resolution.functions[ObjectIdentifier(argument.value)] = FunctionScope(parent: function, allowsReturn: false)
                    resolution.uses[argument.value.span.start] = .word(word)
                } else {
                    thunk(argument.value)
                }
            }
        case .function(let function): self.function(function, hidden: ["model", "optimizer"])
        case .field(_, let expression): thunk(expression)
        }
    }

    /// The bare word of `target input` and `stop on: loss`, which names no value.
    private func word(_ argument: Argument, of clause: Clause) -> String? {
        guard case .name(let name) = argument.value.kind else { return nil }
        if clause.word.text == "stop", argument.label?.text == "on" { return name }
        let isFree = scope.find(name, for: function) == nil && !names.hasLibraryName(name, forLibrary: source.isLibrary)
        return clause.word.text == "target" && name == "input" && isFree ? name : nil
    }
}
