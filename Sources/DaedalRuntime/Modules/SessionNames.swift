import DaedalData
import DaedalSyntax

/// The names and files that a program may refer to beyond its own text.
final class SessionNames: NameSource {
    private unowned let machine: Machine
    private var modules: [String: Module] = [:]

    init(_ machine: Machine) { self.machine = machine }

    private var session: Session { machine.session }

    func hasLibraryName(_ name: String, forLibrary: Bool) -> Bool {
        if name.hasPrefix("_") && !forLibrary { return false }
        return NativeTable.lookup(name) != nil || session.library.declares(name, forLibrary: forLibrary)
    }

    var libraryNames: [String] { NativeTable.names + session.library.names }

    func module(_ path: ImportPath, from source: Source, at span: Span) throws(ImportFailure) -> ModuleObject {
        switch path {
        case .library(let name):
            guard session.library.declares(name.text, forLibrary: source.isLibrary) else {
                let nearest = Suggestion.nearest(to: name.text, in: session.library.names)
                throw ImportFailure(diagnostics: [
                    Diagnostic(
                        .error, "E112", "the library has no file `\(name.text)`", at: name.span,
                        notes: ["a file beside this one is imported by its path: `import \"\(name.text).dl\"`"],
                        fixes: nearest.map { [.init("did you mean `\($0)`?", span: name.span, replacement: $0)] } ?? [])
                ])
            }
            do throws(RuntimeFailure) {
                return ModuleObject(try machine.library.load(name.text, in: machine, at: span), name: name.text)
            } catch {
                throw ImportFailure(diagnostics: [error.diagnostic])
            }
        case .file(let text, let place):
            let full = Self.path(text, relativeTo: source.name)
            return ModuleObject(try load(full, as: text, at: place), name: text)
        }
    }

    /// A path as the importing file means it: relative to its own folder.
    static func path(_ path: String, relativeTo importer: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let slash = importer.lastIndex(of: "/") else { return path }
        var folder = importer[...slash].split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        var parts = path.split(separator: "/").map(String.init)[...]
        while let first = parts.first, first == "." || (first == ".." && !folder.isEmpty && folder.last != "..") {
            parts = parts.dropFirst()
            if first == ".." { folder.removeLast() }
        }
        return (importer.hasPrefix("/") ? "/" : "") + (folder + parts).joined(separator: "/")
    }

    private func load(_ path: String, as text: String, at span: Span) throws(ImportFailure) -> Module {
        if let known = modules[path] {
            guard !known.isLoading else {
                throw ImportFailure(diagnostics: [
                    Diagnostic(
                        .error, "E112", "\"\(text)\" is imported in a circle", at: span,
                        notes: ["it is being read already, and what it imports leads back here"])
                ])
            }
            return known
        }
        let bytes: [UInt8]
        do throws(DataFailure) { bytes = try session.host.files.read(path) } catch {
            throw ImportFailure(diagnostics: [Diagnostic(.error, "E112", "\"\(text)\" cannot be read: \(error.description)", at: span)])
        }
        let program = Parser.parse(session.sources.add(name: path, text: bytes))
        let module = Module(source: program.source)
        modules[path] = module
        module.isLoading = true
        defer { module.isLoading = false }
        let diagnostics: [Diagnostic]
        do throws(RuntimeFailure) { (_, diagnostics) = try module.add(program, mode: .imported, machine: machine) } catch {
            modules[path] = nil
            throw ImportFailure(diagnostics: [error.diagnostic])
        }
        if diagnostics.contains(where: { $0.severity == .error }) {
            modules[path] = nil
            throw ImportFailure(diagnostics: diagnostics)
        }
        return module
    }
}
