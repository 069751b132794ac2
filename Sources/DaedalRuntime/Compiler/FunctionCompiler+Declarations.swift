import DaedalSyntax

/// Bodies of networks and optimizers, which tell a builder what they are made of; clauses of datasets; the statements that learn.
extension FunctionCompiler {
    private static func infos(_ parameters: [DaedalSyntax.Parameter]) -> [ParameterInfo] {
        parameters.map { ParameterInfo($0) }
    }

    /// The builder stands in register 1 of a body.
    private static var builderRegister: Int { 1 }

    private func tell(_ step: BuildStep, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, name: String = "", at span: Span) {
        builder.emit(.build, a, b, c, k: builder.name(name), flags: step.rawValue, at: span)
    }

    // MARK: Networks

    static func network(_ declaration: NetworkDeclaration, in file: Compiler) -> Code? {
        guard let scope = file.resolution.function(declaration) else { return nil }
        let code = Code(
            name: declaration.name.text, parameters: infos(declaration.parameters), hiddenCount: 1, variables: file.variables,
            documentation: declaration.documentation)
        let compiler = FunctionCompiler(file, scope, code, firstFree: 2 + declaration.parameters.count)
        compiler.parameters(declaration.parameters, first: 2)
        for parameter in declaration.parameters {
            guard let variable = compiler.resolution.variable(parameter.name) else { continue }
            // What a rest parameter with names gathered are arguments of their own.
            let isMany = ParameterInfo(parameter).takesNames
            compiler.tell(.argument, 0, variable.register, name: isMany ? "" : parameter.name.text, at: parameter.name.span)
        }
        if let training = scope.network?.training, training.isCaptured {
            training.register = compiler.builder.allocate()
            compiler.tell(.training, training.register, at: declaration.name.span)
        }
        for (name, variable) in scope.network?.modelSizes ?? [] {
            variable.register = compiler.builder.allocate()
            compiler.tell(.size, variable.register, name: name, at: variable.span)
        }
        compiler.body(declaration.body)
        return code
    }

    private func body(_ block: Block) {
        isNetworkBody = true
        open(block.statements)
        for statement in block.statements { part(statement) }
        builder.emit(.returnNone)
        finish()
    }

    private func part(_ statement: Statement) {
        builder.span = statement.span
        switch statement.kind {
        case .slots(let kind, let slots): for slot in slots { self.slot(slot, kind) }
        case .input(let shapes):
            let mark = builder.next
            let first = builder.allocate(shapes.count)
            for (at, shape) in shapes.enumerated() { sizes(shape, into: first + at) }
            let list = builder.allocate()
            builder.emit(.list, list, first, shapes.count)
            tell(.input, 0, list, at: statement.span)
            builder.release(to: mark)
        case .forward(let function):
            let register = builder.allocate()
            // A call of the model is a call of its `forward`: failures name the network.
            closure(function, named: code.name, into: register)
            tell(.forward, 0, register, at: statement.span)
            builder.release(to: register)
        case .update(let function):
            let register = builder.allocate()
            closure(function, into: register)
            tell(.update, 0, register, function.parameters.count, at: statement.span)
            builder.release(to: register)
        case .function(let function):
            self.statement(statement)
            guard scope.network?.isOptimizer == false, let name = function.name, let variable = resolution.variable(name) else { return }
            let register = builder.allocate()
            load(variable, into: register, at: name.span)
            tell(.method, 0, register, name: name.text, at: name.span)
            builder.release(to: register)
        default: self.statement(statement)
        }
    }

    /// Tells the builder of a name that the body of a network binds, which may become a model by that.
    func noteName(_ name: Identifier, _ register: Int) {
        if isNetworkBody, scope.network?.isOptimizer == false, resolution.variable(name)?.kind == .constant {
            tell(.name, register, name: name.text, at: name.span)
        }
    }

    /// An expression line in the body of a network.
    func step(_ expression: Expression) {
        switch expression.kind {
        case .conditional(let branches, let otherwise): conditional(branches, otherwise, into: nil)
        case .binary(.compose, let left, operatorSpan: _, let right):
            // A chain on a line of its own is as many steps as it has parts; in parentheses it is one.
            step(left)
            step(right)
        default:
            let register = builder.allocate()
            self.expression(expression, into: register)
            if scope.network?.isOptimizer == false { tell(.step, 0, register, at: expression.span) } else { builder.emit(.clear, register, 1) }
        }
    }

    private func slot(_ slot: Slot, _ kind: SlotKind) {
        guard let variable = resolution.variable(slot.name), let network = scope.network else { return }
        if !variable.isCell { variable.register = builder.allocate() }
        let mark = builder.next
        let result = builder.allocate()
        var dropped: [Int] = []
        if let condition = slot.condition {
            builder.emit(.loadNone, result)
            if !network.isOptimizer { tell(.conditional, name: slot.name.text, at: slot.name.span) }
            dropped = jumpUnless(condition)
        }
        let shape = builder.allocate(), start = builder.allocate()
        if let pattern = slot.shape, let inner = resolution.shapeThunks[slot.name.span.start] {
            thunk(inner, name: "the shape of \(slot.name.text)", into: shape, at: pattern.span) { compiler in
                let sizes = compiler.builder.allocate()
                compiler.sizes(pattern, into: sizes)
                compiler.builder.emit(.returnValue, sizes)
                compiler.code.axes = Self.axes(pattern)
            }
        } else {
            builder.emit(.loadNone, shape)
        }
        if network.isOptimizer {
            if let inner = resolution.function(slot.initializer) {
                thunk(inner, name: "the start of \(slot.name.text)", into: start, at: slot.initializer.span) { compiler in
                    let value = compiler.builder.allocate()
                    compiler.expression(slot.initializer, into: value)
                    compiler.builder.emit(.returnValue, value)
                }
            }
            tell(.optimizerState, result, shape, start, name: slot.name.text, at: slot.name.span)
        } else {
            expression(slot.initializer, into: start)
            tell(kind == .param ? .param : .state, result, shape, start, name: slot.name.text, at: slot.name.span)
        }
        builder.patch(dropped)
        if variable.isCell {
            builder.emit(.setCell, variable.register, result, flags: Instruction.dropsB)
        } else {
            builder.emit(.take, variable.register, result)
        }
        builder.release(to: mark)
    }

    /// The bare names in a shape.
    private static func axes(_ pattern: ShapePattern) -> DeclaredAxes? {
        guard case .axes(let axes, _) = pattern else { return nil }
        var names: [String?] = []
        for axis in axes {
            guard case .size(let expression) = axis else { return DeclaredAxes(names: names, isOpen: true) }
            if case .name(let name) = expression.kind { names.append(name) } else { names.append(nil) }
        }
        return DeclaredAxes(names: names, isOpen: false)
    }

    /// The sizes of a shape in which everything is an expression, as a list.
    private func sizes(_ pattern: ShapePattern, into target: Int) {
        guard case .axes(let axes, let span) = pattern else {
            file.diagnostics.append(Diagnostic(.error, "E206", "here the shape of one tensor is expected: `[sizes]`", at: pattern.span))
            return
        }
        let first = builder.allocate(axes.count)
        for (at, axis) in axes.enumerated() {
            switch axis {
            case .size(let expression), .rest(let expression?, _): self.expression(expression, into: first + at)
            case .rest(nil, let place):
                file.diagnostics.append(
                    Diagnostic(.error, "E206", "`...` alone says nothing here: every size must be known; `...sizes` spreads a list", at: place))
            }
        }
        builder.tables.callShapes.append(
            .init(
                labels: axes.map { _ in nil },
                spreads: axes.map { if case .rest = $0 { true } else { false } }))
        builder.emit(.listSpread, target, first, axes.count, k: builder.tables.callShapes.count - 1, at: span)
    }

    func declare(_ declaration: NetworkDeclaration, into target: Int) {
        guard let inner = resolution.function(declaration), let code = Self.network(declaration, in: file) else { return }
        builder.emit(.declareNetwork, target, k: prototype(code, inner), at: declaration.span)
    }

    // MARK: Optimizers

    static func optimizer(_ declaration: OptimizerDeclaration, in file: Compiler) -> Code? {
        guard let scope = file.resolution.function(declaration) else { return nil }
        let code = Code(
            name: declaration.name.text, parameters: infos(declaration.parameters), hiddenCount: 1, variables: file.variables,
            documentation: declaration.documentation)
        let compiler = FunctionCompiler(file, scope, code, firstFree: 2 + declaration.parameters.count)
        for (at, parameter) in declaration.parameters.enumerated() {
            let register = 2 + at
            compiler.resolution.variable(parameter.name)?.register = register
            if let value = parameter.defaultValue {
                let given = compiler.builder.emit(.jumpIfBound, register, at: value.span)
                compiler.expression(value, into: register)
                compiler.builder.patch(given)
            }
            compiler.tell(.option, register, name: parameter.name.text, at: parameter.name.span)
        }
        compiler.body(declaration.body)
        return code
    }

    func declare(_ declaration: OptimizerDeclaration, into target: Int) {
        guard let inner = resolution.function(declaration), let code = Self.optimizer(declaration, in: file) else { return }
        builder.emit(.declareOptimizer, target, k: prototype(code, inner), at: declaration.span)
    }

    // MARK: Datasets

    /// Code that gives a list with the function of each argument, field and `step` of all clauses.
    static func dataset(_ declaration: DatasetDeclaration, in file: Compiler) -> Code? {
        guard let scope = file.resolution.function(declaration) else { return nil }
        let code = Code(
            name: declaration.name.text, parameters: infos(declaration.parameters), variables: file.variables,
            documentation: declaration.documentation)
        let compiler = FunctionCompiler(file, scope, code, firstFree: 1 + declaration.parameters.count)
        compiler.parameters(declaration.parameters, first: 1)
        let list = compiler.builder.allocate()
        compiler.builder.emit(.list, list, list, 0)
        compiler.clauses(declaration.clauses) { closure in
            compiler.builder.emit(.listExtend, list, closure, 1)
        }
        compiler.builder.emit(.returnValue, list)
        compiler.finish()
        return code
    }

    func declare(_ declaration: DatasetDeclaration, into target: Int) {
        guard let inner = resolution.function(declaration), let code = Self.dataset(declaration, in: file) else { return }
        builder.tables.datasets.append(.init(prototype: prototype(code, inner), declaration: declaration))
        builder.emit(.declareDataset, target, k: builder.tables.datasets.count - 1, at: declaration.span)
    }

    /// Makes the functions of clauses one after the other.
    private func clauses(_ clauses: [Clause], _ each: (Int) -> Void) {
        for clause in clauses {
            switch clause.kind {
            case .arguments(let arguments): for argument in arguments { thunk(of: argument.value, each) }
            case .field(_, let expression): thunk(of: expression, each)
            case .function(let function):
                let register = builder.allocate()
                closure(function, into: register)
                each(register)
                builder.release(to: register)
            }
        }
    }

    private func thunk(of expression: Expression, _ each: (Int) -> Void) {
        guard let inner = resolution.function(expression) else { return }
        let register = builder.allocate()
        thunk(inner, name: "clause", into: register, at: expression.span) { compiler in
            let value = compiler.builder.allocate()
            compiler.expression(expression, into: value)
            compiler.builder.emit(.returnValue, value, at: expression.span)
        }
        each(register)
        builder.release(to: register)
    }

    // MARK: Learning

    func train(_ model: Expression, _ data: Expression, _ clauses: [Clause], into target: Int, at span: Span) {
        let first = builder.allocate(3)
        expression(model, into: first)
        expression(data, into: first + 1)
        builder.emit(.list, first + 2, first + 2, 0)
        self.clauses(clauses) { builder.emit(.listExtend, first + 2, $0, 1) }
        builder.tables.trainings.append(.init(site: SiteObject(span: span), modelSpan: model.span, dataSpan: data.span, clauses: clauses))
        builder.emit(.train, target, first, k: builder.tables.trainings.count - 1, at: span)
    }

    func minimize(_ pairs: [(subject: Expression, optimizer: Expression)], _ block: Block, into target: Int, at span: Span) {
        guard let inner = resolution.function(block) else { return }
        let first = builder.allocate(2 * pairs.count + 1)
        for (at, pair) in pairs.enumerated() {
            expression(pair.subject, into: first + 2 * at)
            expression(pair.optimizer, into: first + 2 * at + 1)
        }
        thunk(inner, name: "minimize", into: first + 2 * pairs.count, at: block.span) { compiler in
            let result = compiler.builder.allocate()
            compiler.block(block, into: result, isBody: true)
            compiler.builder.emit(.returnValue, result, at: block.span)
        }
        builder.tables.minimizations.append(
            .init(
                site: SiteObject(span: span), subjectSpans: pairs.map(\.subject.span), optimizerSpans: pairs.map(\.optimizer.span),
                prototype: builder.tables.prototypes.count - 1))
        builder.emit(.minimize, target, first, pairs.count, k: builder.tables.minimizations.count - 1, at: span)
    }
}
