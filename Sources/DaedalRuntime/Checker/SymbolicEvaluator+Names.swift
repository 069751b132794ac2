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
        let name = Resolver.moduleName(path, alias).text
        guard case .file = path, let source = modules(path, session.sources.source(of: span)) else { return scope.define(name, .unknown(.anything)) }
        if let known = moduleScopes[source.id] { return scope.define(name, .object(SymbolicModule(known, named: name))) }
        let inner = SymbolicScope(parent: nil, isLibrary: source.isLibrary)
        moduleScopes[source.id] = inner
        topLevel(Parser.parse(source).statements.filter(\.isDeclaration), inner)
        scope.define(name, .object(SymbolicModule(inner, named: name)))
    }
}

extension Statement {
    /// Whether the statement declares a name for importers; other statements of a module do not run.
    var isDeclaration: Bool {
        switch kind {
        case .function, .network, .optimizer, .dataset, .importModule: true
        case .binding(let isVariable, _): !isVariable
        default: false
        }
    }
}
