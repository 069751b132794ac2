import DaedalSyntax

/// One file that was compiled: its names, its code, its tests.
package final class Module {
    package let source: Source
    let variables = ModuleVariables()
    /// The names of the top level.
    package private(set) var names: [String: Variable] = [:]
    /// Everything compiled here lives as long as the module.
    private var codes: [Code] = []
    /// Values that names had before they were bound again: code that is running may still use them.
    private var retired: [Value] = []
    /// For an imported file: how the value of a slot is made when it is first used.
    private var initializers: [Int: Int] = [:]
    private var initializerCodes: [(code: Code, isRunning: Bool)] = []
    package private(set) var tests: [(name: String, span: Span, code: Code)] = []
    /// Whether the file is being read: importing it again is a cycle.
    var isLoading = false

    init(source: Source) { self.source = source }

    /// Resolves and compiles a program into this module; main code, unless there are mistakes.
    func add(_ program: Program, mode: Resolver.Mode, machine: Machine) throws(RuntimeFailure) -> (main: Code?, diagnostics: [Diagnostic]) {
        if !machine.modules.contains(where: { $0 === self }) { machine.modules.append(self) }
        let resolution = Resolver.resolve(
            program, mode: mode, names: machine.names, earlier: names, nextSlot: variables.used + 1)
        var diagnostics = program.diagnostics + resolution.diagnostics
        if diagnostics.contains(where: { $0.severity == .error }) { return (nil, diagnostics) }
        let before = variables.used
        variables.used = max(variables.used, resolution.topLevel.compactMap(\.moduleSlot).max() ?? 0)
        let output = Compiler(program, resolution, mode: mode, variables: variables, library: machine.library).compile()
        diagnostics += output.diagnostics
        if diagnostics.contains(where: { $0.severity == .error }) { return (nil, diagnostics) }
        if variables.isRunning, let main = output.main, main.header.pointee.registerCount >= variables.capacity {
            throw RuntimeFailure("E514", "a program cannot be run from inside itself", at: .none)
        }
        variables.reserve(max(output.main?.header.pointee.registerCount ?? 0, variables.used + 1))
        // A new slot may have been a temporary of an earlier run.
        if variables.used > before { for slot in (before + 1)...variables.used { variables[slot] = .unknown(.anything) } }
        for variable in resolution.topLevel { names[variable.name] = variable }
        try install(output, machine)
        return (output.main, diagnostics)
    }

    /// Puts what needs no running into its slots.
    private func install(_ output: Compiler.Output, _ machine: Machine) throws(RuntimeFailure) {
        codes += [output.main].compactMap(\.self)
        for (slot, code) in output.functions { set(slot, .function(Closure(code)), keeping: code) }
        for (slot, code) in output.networks { set(slot, .function(CompiledNetwork(Closure(code))), keeping: code) }
        for (slot, code) in output.optimizers { set(slot, .function(CompiledOptimizer(Closure(code))), keeping: code) }
        for (slot, module) in output.modules { variables[slot] = .object(module) }
        for (slots, code) in output.initializers {
            for slot in slots { initializers[slot] = initializerCodes.count }
            initializerCodes.append((code, false))
        }
        tests += output.tests
        for (slot, code, declaration) in output.datasets {
            codes.append(code)
            variables[slot] = try machine.datasetValue(CompiledDataset(Closure(code), declaration), at: declaration.name.span)
        }
    }

    private func set(_ slot: Int, _ value: Value, keeping code: Code) {
        codes.append(code)
        if variables.isBound(slot) { retired.append(variables[slot]) }
        variables[slot] = value
    }

    /// Forgets names that a failed run left without a value.
    func forgetUnbound() {
        for (name, variable) in names { if let slot = variable.moduleSlot, !variables.isBound(slot), initializers[slot] == nil { names[name] = nil } }
    }

    /// Makes the value of a slot of an imported file, if it has none yet.
    func initialize(_ slot: Int, in machine: Machine, at span: Span) throws(RuntimeFailure) -> Bool {
        if variables.isBound(slot) { return true }
        guard let at = initializers[slot], !initializerCodes[at].isRunning else { return false }
        initializerCodes[at].isRunning = true
        defer { initializerCodes[at].isRunning = false }
        _ = try machine.execute(Closure(initializerCodes[at].code), [], at: span)
        return variables.isBound(slot)
    }

    /// The value of a name of the top level; nil if there is none, or it has no value yet.
    package func value(of name: String, in machine: Machine, at span: Span) throws(RuntimeFailure) -> Value? {
        guard let slot = names[name]?.moduleSlot, try initialize(slot, in: machine, at: span) else { return nil }
        return variables[slot]
    }

    /// Gives a name a value from outside; binds it if it is new.
    package func define(_ name: String, _ value: Value) {
        let slot: Int
        if let known = names[name]?.moduleSlot {
            slot = known
        } else {
            slot = variables.used + 1
            if slot >= variables.capacity { variables.reserve(slot + 1) }
            variables.used = slot
            let variable = Variable(name, .none, .variable, owner: FunctionScope(parent: nil))
            variable.moduleSlot = slot
            variable.isBound = true
            names[name] = variable
        }
        if variables.isBound(slot) { retired.append(variables[slot]) }
        variables[slot] = value
    }
}
