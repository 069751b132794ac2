import DaedalSyntax
import DaedalTensor

/// Finds what is wrong with a program before anything runs: syntax, names, arguments, kinds, shapes, meaning.
package enum Checker {
    /// Everything found, in the order of the text: errors and warnings. Names are looked up as `machine` would when it runs the program next.
    package static func check(_ program: Program, for machine: Machine) -> [Diagnostic] {
        let names = machine.diagnostics(of: program)
        let evaluator = SymbolicEvaluator(session: machine.session) { path, source in
            (try? machine.names.module(path, from: source, at: .none))?.module.source
        }
        evaluator.outerNames = Set(machine.mainNames)
        evaluator.run(program)
        // A name that does not exist is said once, by the resolver.
        let places = Set(names.map(\.span))
        let found = names + evaluator.diagnostics.filter { !places.contains($0.span) }
        let unread = program.diagnostics.filter { $0.severity == .error }
        return sorted(unread.isEmpty ? found : program.diagnostics + found.filter { isIndependent($0, of: unread, in: program) })
    }

    /// Whether a mistake has nothing to do with what could not be read: it stands in another statement, and what it misses was not lost there.
    private static func isIndependent(_ diagnostic: Diagnostic, of unread: [Diagnostic], in program: Program) -> Bool {
        guard diagnostic.severity == .error, diagnostic.code > "E1", !["E108", "E109"].contains(diagnostic.code),
            diagnostic.span.source == program.source.id
        else { return false }
        let torn = program.statements.filter { statement in
            unread.contains { $0.span.start >= statement.span.start && $0.span.start <= statement.span.end }
        }
        if torn.contains(where: { $0.span.start <= diagnostic.span.start && diagnostic.span.start < $0.span.end }) { return false }
        guard ["E101", "E113"].contains(diagnostic.code) else { return true }
        let name = program.source.text(diagnostic.span)
        return !torn.contains { program.source.text($0.span).contains(name) }
    }

    private static func sorted(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        diagnostics.enumerated().sorted { a, b in
            (a.element.span.source, a.element.span.start, a.offset) < (b.element.span.source, b.element.span.start, b.offset)
        }.map(\.element)
    }
}

extension SymbolicEvaluator {
    /// Walks a whole program: its statements in order, then whatever they never called.
    func run(_ program: Program) {
        let scope = SymbolicScope(parent: nil, isLibrary: program.source.isLibrary)
        writesFiles = program.names("write_text")
        changesElements = program.assignsElements
        topLevel(program.statements, scope)
        visitUncalled(program.statements, scope)
        reportUnread()
    }

    /// Evaluates statements one by one; a failure ends its statement alone.
    func topLevel(_ statements: [Statement], _ scope: SymbolicScope) {
        hoist(statements, scope)
        for statement in statements {
            do { _ = try execute(statement, scope) } catch { report(error) }
            pendingFlow = nil
        }
    }

    /// Functions and networks that nothing called are walked with arguments of which only the declared shape is known.
    private func visitUncalled(_ statements: [Statement], _ scope: SymbolicScope) {
        for statement in statements {
            do {
                switch statement.kind {
                case .function(let function) where callCounts[ObjectIdentifier(function)] == nil:
                    let closure = SymbolicClosure(function, scope)
                    _ = try uncertainly { () throws(RuntimeFailure) in
                        try call(closure, unknownArguments(function.parameters, SymbolicScope(parent: scope)), at: function.span)
                    }
                case .network(let declaration) where !models.contains(where: { $0.network === declaration }):
                    try visit(SymbolicNetwork(declaration, scope))
                default: break
                }
            } catch { report(error) }
        }
    }

    private func visit(_ network: SymbolicNetwork) throws(RuntimeFailure) {
        let bound: [Value?] = network.declaration.parameters.map { $0.isRest ? .unknown(.list) : $0.defaultValue == nil ? .unknown(.anything) : nil }
        _ = try uncertainly { () throws(RuntimeFailure) in
            guard case .object(let model as SymbolicModel) = try make(network, bound, at: network.declaration.name.span), !model.isOpaque,
                let scope = model.scope
            else { return }
            if let forward = model.forward {
                let closure = SymbolicClosure(forward, scope, name: network.name)
                _ = try call(closure, unknownArguments(forward.parameters, SymbolicScope(parent: scope)), at: forward.span)
            } else if !model.steps.isEmpty {
                _ = try apply(model, Arguments([.unknown(.tensor)]), at: network.declaration.name.span)
            }
        }
    }

    private func unknownArguments(_ parameters: [DaedalSyntax.Parameter], _ scope: SymbolicScope) -> [Value?] {
        parameters.map { parameter in
            if parameter.isRest { return .unknown(.list) }
            if parameter.defaultValue != nil { return nil }
            return parameter.shape.flatMap { instance(of: $0, scope) } ?? .unknown(.anything)
        }
    }
}

extension Program {
    /// Whether an element of something is assigned anywhere in it.
    fileprivate var assignsElements: Bool {
        var found = false
        for statement in statements {
            let visit: (TreeNode) -> Bool = { node in
                if case .statement(let statement) = node, case .assignment(let target, _, _) = statement.kind, case .index = target.kind {
                    found = true
                }
                return !found
            }
            if visit(.statement(statement)) { TreeNode.statement(statement).walk(visit) }
        }
        return found
    }

    /// Whether a name stands anywhere in it.
    fileprivate func names(_ name: String) -> Bool {
        var found = false
        for statement in statements {
            TreeNode.statement(statement).walk { node in
                if case .expression(let expression) = node {
                    switch expression.kind {
                    case .name(name): found = true
                    case .member(_, let member) where member.text == name: found = true
                    default: break
                    }
                }
                return !found
            }
        }
        return found
    }
}
