import DaedalSyntax

/// Turns one resolved file into code.
final class Compiler {
    let program: Program
    let resolution: Resolution
    let mode: Resolver.Mode
    let variables: ModuleVariables
    /// The library's entries by name: positions that `getLibrary` reads.
    let library: LibraryModules
    /// The code of functions at the top level, known to all calls in the file.
    private(set) var functions: [ObjectIdentifier: Code] = [:]

    init(_ program: Program, _ resolution: Resolution, mode: Resolver.Mode, variables: ModuleVariables, library: LibraryModules) {
        self.program = program
        self.resolution = resolution
        self.mode = mode
        self.variables = variables
        self.library = library
    }

    /// What a file is made of once it is compiled.
    struct Output {
        /// Runs the statements; nil for an imported file.
        var main: Code?
        /// What stands in slots before anything runs.
        var functions: [(slot: Int, code: Code)] = []
        var networks: [(slot: Int, code: Code)] = []
        var optimizers: [(slot: Int, code: Code)] = []
        var datasets: [(slot: Int, code: Code, DatasetDeclaration)] = []
        var modules: [(slot: Int, ModuleObject)] = []
        /// For an imported file: code that gives the value of each `let`.
        var initializers: [(slots: [Int], code: Code)] = []
        var tests: [(name: String, span: Span, code: Code)] = []
        var diagnostics: [Diagnostic] = []
    }

    func compile() -> Output {
        var output = Output()
        for statement in program.statements {
            guard case .function(let function) = statement.kind, let name = function.name, let variable = resolution.variable(name) else { continue }
            functions[ObjectIdentifier(variable)] = FunctionCompiler.shell(of: function, in: self)
        }
        for statement in program.statements { declaration(statement, &output) }
        if mode != .imported {
            let main = Code(name: program.source.name, parameters: [], variables: variables)
            let lastSlot = resolution.topLevel.compactMap(\.moduleSlot).max() ?? 0
            let compiler = FunctionCompiler(self, resolution.main, main, firstFree: max(lastSlot, variables.used) + 1)
            compiler.mainProgram(program.statements)
            compiler.finish(firstCleared: max(lastSlot, variables.used) + 1)
            output.main = main
        }
        output.diagnostics = diagnostics
        return output
    }

    /// Mistakes that only show while code is made.
    var diagnostics: [Diagnostic] = []

    private func declaration(_ statement: Statement, _ output: inout Output) {
        func slot(_ name: Identifier) -> Int? { resolution.variable(name)?.moduleSlot }
        switch statement.kind {
        case .function(let function):
            guard let name = function.name, let variable = resolution.variable(name), let slot = variable.moduleSlot,
                let code = functions[ObjectIdentifier(variable)]
            else { return }
            FunctionCompiler.fill(code, function, in: self)
            output.functions.append((slot, code))
        case .network(let declaration):
            guard let slot = slot(declaration.name), let code = FunctionCompiler.network(declaration, in: self) else { return }
            output.networks.append((slot, code))
        case .optimizer(let declaration):
            guard let slot = slot(declaration.name), let code = FunctionCompiler.optimizer(declaration, in: self) else { return }
            output.optimizers.append((slot, code))
        case .dataset(let declaration):
            guard let slot = slot(declaration.name), let code = FunctionCompiler.dataset(declaration, in: self) else { return }
            output.datasets.append((slot, code, declaration))
        case .importModule(let path, let alias):
            guard let module = resolution.imports[statement.span.start], let slot = slot(Resolver.moduleName(path, alias)) else { return }
            output.modules.append((slot, module))
        case .test(let name, let block):
            guard let scope = resolution.function(block) else { return }
            let code = Code(name: "test \"\(name)\"", parameters: [], variables: variables)
            let compiler = FunctionCompiler(self, scope, code, firstFree: 1)
            compiler.discard(block)
            compiler.builder.emit(.returnNone)
            compiler.finish()
            output.tests.append((name, statement.span, code))
        case .binding(_, let bindings) where mode == .imported:
            for binding in bindings {
                guard let scope = resolution.function(binding.value) else { continue }
                let code = Code(name: program.source.name, parameters: [], variables: variables)
                let compiler = FunctionCompiler(self, scope, code, firstFree: 1)
                compiler.initializer(binding.pattern, binding.value)
                compiler.finish()
                output.initializers.append((binding.pattern.names.compactMap { resolution.variable($0)?.moduleSlot }, code))
            }
        default: break
        }
    }

    /// The code of a function at the top level that can never be another one.
    func knownCode(_ variable: Variable) -> Code? { mode == .entry ? nil : functions[ObjectIdentifier(variable)] }
}
