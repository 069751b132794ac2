import DaedalSyntax

/// Compiles the body of one function: registers are locals and temporaries of a stack discipline, and every temporary is used up by exactly one
/// instruction, so that no register keeps a value alive that the program has left.
final class FunctionCompiler {
    let file: Compiler
    let scope: FunctionScope
    let code: Code
    let builder: CodeBuilder
    /// The loops around the current place: jumps that leave them, and the positions `continue` goes to.
    var loops: [Loop] = []
    /// The pattern of the result, checked before each return.
    var resultShape: (pattern: ShapePattern, what: String)?
    /// Whether expression statements are steps of a network.
    var isNetworkBody = false
    /// Whether a name that is loaded now may have no value yet: the function that `x.name(…)` would call if `x` had no such member.
    var mayBeUnbound = false

    struct Loop {
        var breaks: [Int] = []
        var continues: [Int] = []
    }

    /// A register that holds the value of an expression, and whether nothing else uses it.
    struct Operand {
        let register: Int
        let isTemporary: Bool
    }

    init(_ file: Compiler, _ scope: FunctionScope, _ code: Code, firstFree: Int) {
        self.file = file
        self.scope = scope
        self.code = code
        builder = CodeBuilder(firstFree: firstFree)
    }

    var resolution: Resolution { file.resolution }

    /// Hands the code over.
    func finish(firstCleared: Int = 0) {
        if builder.most > Int(UInt16.max) {
            file.diagnostics.append(Diagnostic(.error, "E116", "this is too long for one function; split it into several", at: builder.span))
        }
        code.finish(
            builder.instructions, builder.spans, builder.constants, builder.tables, registerCount: builder.most, firstCleared: firstCleared,
            clearedAtReturn: firstCleared > 0 ? builder.most : builder.kept)
    }

    // MARK: The top level

    /// The statements of a program; the value of the last one is the result.
    func mainProgram(_ statements: [Statement]) {
        open(statements)
        for (at, statement) in statements.enumerated() {
            if at == statements.count - 1, case .expression(let expression) = statement.kind {
                let result = builder.allocate()
                self.expression(expression, into: result)
                builder.emit(.returnValue, result, at: statement.span)
                return
            }
            self.statement(statement)
        }
        builder.emit(.returnNone)
    }

    /// The value of a `let` of an imported file, stored in its slots.
    func initializer(_ pattern: Pattern, _ value: Expression) {
        let register = builder.allocate()
        expression(value, into: register)
        bind(pattern, from: register)
        builder.emit(.returnNone)
    }

    // MARK: Functions

    /// The code of a function before its body is compiled.
    static func shell(of function: Function, named name: String? = nil, in file: Compiler, hidden: Int = 0) -> Code {
        Code(
            name: name ?? function.name?.text ?? "function",
            parameters: function.parameters.map { ParameterInfo($0) },
            hiddenCount: hidden, isLambda: function.name == nil, variables: file.variables, documentation: function.documentation)
    }

    /// Compiles the body of a function.
    static func fill(_ code: Code, _ function: Function, in file: Compiler) {
        guard let scope = file.resolution.function(function) else { return }
        let compiler = FunctionCompiler(file, scope, code, firstFree: 1 + scope.hidden.count + function.parameters.count)
        for (at, variable) in scope.hidden.enumerated() { variable.register = 1 + at }
        compiler.parameters(function.parameters, first: 1 + scope.hidden.count)
        compiler.shapes(of: function)
        switch function.body {
        case .expression(let expression): compiler.tail(expression)
        case .block(let block): compiler.tail(block)
        }
        compiler.finish()
    }

    /// Gives parameters their registers and, where they were left out, their default values.
    func parameters(_ parameters: [DaedalSyntax.Parameter], first: Int) {
        for (at, parameter) in parameters.enumerated() {
            let register = first + at
            resolution.variable(parameter.name)?.register = register
            guard let value = parameter.defaultValue else { continue }
            let given = builder.emit(.jumpIfBound, register, at: value.span)
            expression(value, into: register)
            builder.patch(given)
        }
        for (at, parameter) in parameters.enumerated() {
            guard let pattern = parameter.pattern else { continue }
            prepare(pattern)
            bind(pattern, from: first + at)
        }
    }

    /// Returns the value of an expression.
    func tail(_ expression: Expression) {
        let mark = builder.next
        defer { builder.release(to: mark) }
        builder.span = expression.span
        switch expression.kind {
        case .group(let inner): tail(inner)
        case .conditional(let branches, let otherwise):
            for branch in branches {
                let misses = jumpUnless(branch.condition)
                builder.release(to: mark)
                tail(branch.body)
                builder.patch(misses)
            }
            if let otherwise {
                tail(otherwise)
            } else {
                let result = builder.allocate()
                builder.emit(.loadNone, result)
                leave(with: result, at: expression.span)
            }
        default:
            if let register = localRegister(expression) { return leave(with: register, at: expression.span) }
            let result = builder.allocate()
            self.expression(expression, into: result)
            leave(with: result, at: expression.span)
        }
    }

    /// Returns the value of a block.
    func tail(_ block: Block) {
        let mark = builder.next
        defer { builder.release(to: mark) }
        open(block.statements)
        for (at, statement) in block.statements.enumerated() {
            if at == block.statements.count - 1 {
                if case .expression(let expression) = statement.kind { return tail(expression) }
                self.statement(statement)
                if case .returnValue = statement.kind { return }
            } else {
                self.statement(statement)
            }
        }
        let result = builder.allocate()
        builder.emit(.loadNone, result, at: block.span)
        leave(with: result, at: block.span)
    }

    /// Returns a register's value, which must fit the pattern of the result.
    func leave(with register: Int, at span: Span) {
        if let resultShape { match(resultShape.pattern, register, what: resultShape.what, allowsNone: false, at: span) }
        builder.emit(.returnValue, register, at: span)
    }

    /// Makes a function of code inside this one.
    func prototype(_ code: Code, _ inner: FunctionScope) -> Int {
        var captures: [(isRegister: Bool, index: Int)] = []
        for variable in inner.captures {
            if variable.owner === scope {
                captures.append((true, variable.register))
            } else {
                captures.append((false, scope.capturePosition(variable) ?? 0))
            }
        }
        builder.tables.prototypes.append(
            CodeTables.Prototype(code: code, captures: captures, names: inner.captures.map(\.name), isConstant: inner.captures.map { !$0.isCell }))
        return builder.tables.prototypes.count - 1
    }

    /// A closure of a function, method or lambda.
    func closure(_ function: Function, named name: String? = nil, into target: Int) {
        guard let inner = resolution.function(function) else { return }
        let code = Self.shell(of: function, named: name, in: file, hidden: inner.hidden.count)
        Self.fill(code, function, in: file)
        builder.emit(.closure, target, k: prototype(code, inner), at: function.span)
    }

    /// A closure without parameters whose body `emit` compiles; it must return.
    func thunk(_ inner: FunctionScope, name: String, into target: Int, at span: Span, _ emit: (FunctionCompiler) -> Void) {
        let code = Code(name: name, parameters: [], variables: file.variables)
        let compiler = FunctionCompiler(file, inner, code, firstFree: 1)
        compiler.builder.span = span
        emit(compiler)
        compiler.finish()
        builder.emit(.closure, target, k: prototype(code, inner), at: span)
    }
}
