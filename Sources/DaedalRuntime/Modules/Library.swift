import CStdlib
import DaedalSyntax

/// The library in `.dl`: a name lives in the file of that name, which is read when the name is first needed.
package final class Library {
    /// A folder that stands in for the embedded files (`--stdlib`), with a way to read it.
    package struct Override {
        package let folder: String
        package let read: (String) -> [UInt8]?
        /// Paths below the folder that end in `.dl`.
        package let paths: [String]
        package init(folder: String, paths: [String], read: @escaping (String) -> [UInt8]?) {
            self.folder = folder
            self.paths = paths
            self.read = read
        }
    }

    private enum Place {
        case embedded(Int)
        case file(String)
    }

    private let places: [String: Place]
    private let override: Override?
    private var programs: [String: Program] = [:]

    package init(override: Override? = nil) {
        self.override = override
        var places: [String: Place] = [:]
        if let override {
            for path in override.paths { places[Library.name(of: path)] = .file(path) }
        } else {
            places.reserveCapacity(stdlib_count())
            for position in 0..<stdlib_count() { places[Library.name(of: String(cString: stdlib_at(position).path))] = .embedded(position) }
        }
        self.places = places
    }

    private static func name(of path: String) -> String {
        let file = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[path.utf8.index(after: $0)...] } ?? path[...]
        return String(file.dropLast(3))
    }

    /// Whether a file of the library declares a name. Names that start with `_` are for library files alone.
    package func declares(_ name: String, forLibrary: Bool) -> Bool { (forLibrary || !name.hasPrefix("_")) && places[name] != nil }

    /// All public names, sorted.
    package var names: [String] { places.keys.filter { !$0.hasPrefix("_") && !$0.hasSuffix("_") }.sorted() }

    /// The parsed file that declares a name, or nil if there is none.
    package func program(declaring name: String, sources: SourceMap) -> Program? {
        if let program = programs[name] { return program }
        guard let place = places[name] else { return nil }
        let source: Source
        switch place {
        case .embedded(let position):
            let file = stdlib_at(position)
            source = sources.add(
                name: "library/" + String(cString: file.path), text: Array(UnsafeBufferPointer(start: file.bytes, count: file.count)), isLibrary: true
            )
        case .file(let path):
            guard let bytes = override?.read(path) else { return nil }
            source = sources.add(name: "\(override?.folder ?? "")/\(path)", text: bytes, isLibrary: true)
        }
        let program = Parser.parse(source)
        programs[name] = program
        return program
    }
}
