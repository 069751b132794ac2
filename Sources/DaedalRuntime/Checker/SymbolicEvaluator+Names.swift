import DaedalSyntax

extension SymbolicEvaluator {
    /// What a name means that no scope of the file binds: a native, a constant, or a declaration of the library. Nil if nothing has it.
    func libraryValue(_ name: String, isLibrary: Bool) throws(RuntimeFailure) -> Value? {
        if let value = NativeTable.lookup(name) { return value }
        if name.hasPrefix("_"), !isLibrary { return nil }
        if let scope = libraryScopes[name] { return scope.cells[name]?.value }
        guard let program = session.library.program(declaring: name, sources: session.sources) else { return nil }
        let scope = SymbolicScope(parent: nil, isLibrary: true)
        libraryScopes[name] = scope
        topLevel(program.statements.filter(\.isDeclaration), scope)
        return scope.cells[name]?.value
    }

    /// `import`: the file's declarations under a name.
    func importModule(_ path: ImportPath, _ alias: Identifier?, _ scope: SymbolicScope, at span: Span) throws(RuntimeFailure) {
        let name: String
        switch path {
        case .library(let identifier): name = alias?.text ?? identifier.text
        case .file(let path, _):
            let last = path.split(separator: "/").last.map(String.init) ?? path
            name = alias?.text ?? (last.hasSuffix(".dl") ? String(last.dropLast(3)) : last)
        }
        scope.define(name, .unknown(.anything))
    }
}

extension Statement {
    /// Whether the statement declares a name for importers; other statements of a module do not run.
    var isDeclaration: Bool {
        switch kind {
        case .function, .network, .optimizer, .dataset: true
        case .binding(let isVariable, _): !isVariable
        default: false
        }
    }
}
