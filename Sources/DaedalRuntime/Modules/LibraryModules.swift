import DaedalSyntax

/// The values of the library in `.dl`, each made when it is first used.
package final class LibraryModules {
    private let session: Session
    private var positions: [String: Int] = [:]
    private var entries: [(name: String, value: Value?, module: Module?)] = []

    init(session: Session) { self.session = session }

    /// The position of a name that the library declares.
    func position(of name: String) -> Int {
        if let known = positions[name] { return known }
        positions[name] = entries.count
        entries.append((name, nil, nil))
        return entries.count - 1
    }

    /// The value at a position.
    func value(at position: Int, in machine: Machine, at span: Span) throws(RuntimeFailure) -> Value {
        if let value = entries[position].value { return value }
        let name = entries[position].name
        let module = try load(name, in: machine, at: span)
        guard let value = try module.value(of: name, in: machine, at: span) else {
            throw RuntimeFailure("E101", "the library file of `\(name)` does not declare it", at: span)
        }
        entries[position].value = value
        return value
    }

    /// The file that declares a name.
    func load(_ name: String, in machine: Machine, at span: Span) throws(RuntimeFailure) -> Module {
        let position = position(of: name)
        if let module = entries[position].module { return module }
        guard let program = session.library.program(declaring: name, sources: session.sources) else {
            throw RuntimeFailure("E101", "there is no `\(name)` in the library", at: span)
        }
        let module = Module(source: program.source)
        entries[position].module = module
        let (_, diagnostics) = try module.add(program, mode: .imported, machine: machine)
        if let error = diagnostics.first(where: { $0.severity == .error }) {
            entries[position].module = nil
            throw RuntimeFailure(error)
        }
        return module
    }
}
