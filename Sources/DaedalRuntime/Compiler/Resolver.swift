import DaedalSyntax

// Compiler: from a tree to code. In: a program, the names of the library, the modules it imports. Out: what every name means with every mistake
// in names (`Resolution`), and register code (`Code`). Never: runs anything, knows what values are.

/// What the resolver asks about names beyond the file.
package protocol NameSource: AnyObject {
    /// Whether the library has a name; names that start with `_` only for library files.
    func hasLibraryName(_ name: String, forLibrary: Bool) -> Bool
    /// All names of the library, for suggestions.
    var libraryNames: [String] { get }
    /// Finds, reads and compiles what an `import` names.
    func module(_ path: ImportPath, from source: Source, at span: Span) throws(ImportFailure) -> ModuleObject
}

/// Why an import failed: diagnostics of the importing file, and those of the imported one.
package struct ImportFailure: Error {
    package let diagnostics: [Diagnostic]
}

/// Finds out what every name of a file means: one pass over the tree that reports every mistake it finds.
///
/// Names are visible from their binding onwards; functions, networks, optimizers and datasets in their whole block; and the code of a function
/// sees everything that the blocks around it bind, also further down.
package struct Resolver {
    package enum Mode: Equatable {
        /// A program that runs.
        case program
        /// A file that is imported: statements do not run and each `let` is evaluated on its own.
        case imported
        /// An entry at the prompt, after others.
        case entry
    }

    let source: Source
    let mode: Mode
    let names: any NameSource
    var resolution: Resolution
    var scope: Scope
    var function: FunctionScope
    /// Gives the next free slot of the module.
    var nextSlot: Int

    /// Resolves a program. `earlier` are the names that the module has already (the prompt), `nextSlot` the first free slot.
    package static func resolve(
        _ program: Program, mode: Mode, names: any NameSource, earlier: [String: Variable] = [:], nextSlot: Int = 1
    ) -> Resolution {
        let main = FunctionScope(parent: nil, allowsReturn: false)
        let scope = Scope(nil, main)
        for variable in earlier.values { _ = scope.bind(variable) }
        scope.mayRebind = mode == .entry
        var resolver = Resolver(
            source: program.source, mode: mode, names: names, resolution: Resolution(main: main), scope: scope, function: main, nextSlot: nextSlot)
        resolver.file(program.statements, earlier: earlier)
        return resolver.resolution
    }

    // MARK: The top level

    private mutating func file(_ statements: [Statement], earlier: [String: Variable]) {
        for statement in statements { declareTopLevel(statement, earlier) }
        for statement in statements {
            if mode == .imported {
                importedStatement(statement)
            } else {
                self.statement(statement)
            }
        }
    }

    /// Gives every name of the top level its slot before anything else is looked at.
    private mutating func declareTopLevel(_ statement: Statement, _ earlier: [String: Variable]) {
        for (name, kind) in Self.declared(by: statement) {
            let variable = Variable(name.text, name.span, kind, owner: function)
            variable.moduleSlot = earlier[name.text]?.moduleSlot ?? nextSlot
            if earlier[name.text] == nil { nextSlot += 1 }
            resolution.variables[name.span.start] = variable
            resolution.topLevel.append(variable)
            switch kind {
            case .function, .network, .optimizer, .dataset: bind(variable)
            default: scope.pending[name.text] = variable
            }
        }
    }

    /// The names that a statement binds in its block, with what they are.
    static func declared(by statement: Statement) -> [(Identifier, Variable.Kind)] {
        switch statement.kind {
        case .binding(let isVariable, let bindings):
            bindings.flatMap { $0.pattern.names }.map { ($0, isVariable ? .variable : .constant) }
        case .function(let function): function.name.map { [($0, .function)] } ?? []
        case .network(let declaration): [(declaration.name, .network)]
        case .optimizer(let declaration): [(declaration.name, .optimizer)]
        case .dataset(let declaration): [(declaration.name, .dataset)]
        case .slots(let kind, let slots): slots.map { ($0.name, .slot(kind)) }
        case .importModule(let path, let alias): [(moduleName(path, alias), .module)]
        default: []
        }
    }

    /// The name that an import binds: its alias, or the name of the library module or of the file without its ending.
    static func moduleName(_ path: ImportPath, _ alias: Identifier?) -> Identifier {
        if let alias { return alias }
        switch path {
        case .library(let name): return name
        case .file(let text, let span):
            var name = text[(text.lastIndex(of: "/").map { text.index(after: $0) } ?? text.startIndex)...]
            if name.hasSuffix(".dl") { name = name.dropLast(3) }
            return Identifier(String(name), span)
        }
    }

    /// A statement of a file that is imported: only declarations count.
    private mutating func importedStatement(_ statement: Statement) {
        switch statement.kind {
        case .binding(_, let bindings):
            for binding in bindings {
                let thunk = FunctionScope(parent: nil, allowsReturn: false)
                resolution.functions[ObjectIdentifier(binding.value)] = thunk
                let names = Set(binding.pattern.names.map(\.text))
                scope.binding.formUnion(names)
                inside(thunk, Scope(scope, thunk)) { $0.expression(binding.value) }
                scope.binding.subtract(names)
                bind(binding.pattern)
            }
        case .function, .network, .optimizer, .dataset, .importModule, .test: self.statement(statement)
        default: break
        }
    }

    // MARK: Scopes

    /// Resolves something inside another function and scope.
    mutating func inside(_ function: FunctionScope, _ scope: Scope, _ body: (inout Resolver) -> Void) {
        let before = (self.function, self.scope)
        (self.function, self.scope) = (function, scope)
        body(&self)
        (self.function, self.scope) = before
    }

    /// Resolves something in a nested scope of the same function.
    mutating func nested(_ body: (inout Resolver) -> Void) { inside(function, Scope(scope, function), body) }

    /// Binds a variable in the current scope; twice is a mistake.
    mutating func bind(_ variable: Variable) {
        if let earlier = scope.bind(variable), earlier !== variable, !(scope.mayRebind && earlier.owner !== variable.owner) {
            report(twice(variable, earlier))
        }
    }

    /// Binds the names of a pattern.
    mutating func bind(_ pattern: Pattern, as kind: Variable.Kind = .constant) {
        for name in pattern.names {
            if let variable = resolution.variables[name.span.start] {
                bind(variable)
            } else {
                _ = declare(name, kind)
            }
        }
    }

    /// Makes a variable of the current function and binds it.
    @discardableResult mutating func declare(_ name: Identifier, _ kind: Variable.Kind) -> Variable {
        let variable = Variable(name.text, name.span, kind, owner: function)
        resolution.variables[name.span.start] = variable
        bind(variable)
        return variable
    }

    mutating func report(_ diagnostic: Diagnostic) { resolution.diagnostics.append(diagnostic) }

    // MARK: Uses

    /// Looks a name up for the current function and takes note of what it means there. nil: nothing has that name.
    mutating func lookUp(_ name: String, at span: Span) -> Variable? {
        if let variable = scope.find(name, for: function) {
            use(variable, at: span)
            return variable
        }
        return nil
    }

    /// Takes note that a place uses a variable.
    mutating func use(_ variable: Variable, at span: Span) {
        resolution.uses[span.start] = .variable(variable)
        guard variable.moduleSlot == nil, variable.owner !== function else { return }
        variable.isCaptured = true
        if !variable.isBound { variable.isCapturedEarly = true }
        var inner: FunctionScope? = function
        while let here = inner, here !== variable.owner {
            _ = here.capture(variable)
            inner = here.parent
        }
    }

    /// Resolves a name in an expression.
    mutating func name(_ name: String, at span: Span) {
        if lookUp(name, at: span) != nil { return }
        if names.hasLibraryName(name, forLibrary: source.isLibrary) {
            resolution.uses[span.start] = .library(name)
            return
        }
        if let (variable, pendingScope) = scope.findPending(name) {
            if pendingScope.function !== function {
                use(variable, at: span)
            } else {
                resolution.uses[span.start] = .unknown
                report(tooEarly(name, at: span, variable))
            }
            return
        }
        resolution.uses[span.start] = .unknown
        report(unknownName(name, at: span))
    }
}

extension Pattern {
    /// The names that a pattern binds, from left to right.
    package var names: [Identifier] {
        switch self {
        case .name(let name): [name]
        case .ignored: []
        case .parts(let parts, _): parts.flatMap(\.names)
        }
    }
}
