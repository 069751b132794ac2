import DaedalSyntax

/// Programs and prompt entries as a whole.
extension Machine {
    /// Compiles a program into the main module; its mistakes, sorted by place. Nothing runs.
    package func diagnostics(of program: Program) -> [Diagnostic] {
        let resolution = Resolver.resolve(program, mode: .program, names: names, earlier: main.names, nextSlot: 1)
        return program.diagnostics + resolution.diagnostics
    }

    /// Runs a program; the value of its last expression, or nil if it ends in another statement. Names that earlier runs bound are visible.
    @discardableResult package func run(_ program: Program) throws(RuntimeFailure) -> Value? { try start(program, mode: .program) }

    /// Runs an entry at the prompt: what earlier entries bound may be bound again.
    @discardableResult package func enter(_ program: Program) throws(RuntimeFailure) -> Value? { try start(program, mode: .entry) }

    private func start(_ program: Program, mode: Resolver.Mode) throws(RuntimeFailure) -> Value? {
        let (code, diagnostics) = try main.add(program, mode: mode, machine: self)
        if let error = diagnostics.first(where: { $0.severity == .error }) { throw RuntimeFailure(error) }
        guard let code else { return nil }
        do throws(RuntimeFailure) {
            let value = try execute(main: code, at: .none)
            try flushEager()
            if case .expression? = program.statements.last?.kind { return value }
            return nil
        } catch {
            main.forgetUnbound()
            throw error
        }
    }

    /// Runs the `test` blocks of a program one after the other, each failure beside its test. `let` values are made as in an imported file.
    package func runTests(of program: Program) throws(RuntimeFailure) -> [(name: String, span: Span, failure: RuntimeFailure?)] {
        let module = Module(source: program.source)
        let (_, diagnostics) = try module.add(program, mode: .imported, machine: self)
        if let error = diagnostics.first(where: { $0.severity == .error }) { throw RuntimeFailure(error) }
        var results: [(name: String, span: Span, failure: RuntimeFailure?)] = []
        for test in module.tests {
            do throws(RuntimeFailure) {
                _ = try execute(Closure(test.code), [], at: test.span)
                try flushEager()
                results.append((test.name, test.span, nil))
            } catch {
                results.append((test.name, test.span, error))
            }
        }
        return results
    }

    /// The value of a name of the main module.
    package func value(of name: String) throws(RuntimeFailure) -> Value? { try main.value(of: name, in: self, at: .none) }

    /// Gives a name of the main module a value from outside.
    package func define(_ name: String, _ value: Value) { main.define(name, value) }

    /// Names of the main module, for completion.
    package var mainNames: [String] { main.names.keys.sorted() }
}

extension Resolver {
    /// Everything wrong with the names of a program.
    package static func check(_ program: Program, session: Session, earlier: [String: Variable] = [:]) -> [Diagnostic] {
        let machine = Machine(session: session)
        return resolve(program, mode: .program, names: machine.names, earlier: earlier).diagnostics
    }
}
