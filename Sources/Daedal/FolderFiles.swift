import DaedalData

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The files below one folder. A path is followed through its links before it is judged.
struct FolderFiles: FileAccess {
    private let files: any FileAccess = POSIXFiles()
    /// The folder without links, ended by a slash; nil if there is none.
    private let root: String?
    private let folder: String
    private let mayWrite: Bool

    init(_ folder: String, mayWrite: Bool) {
        self.folder = folder
        self.mayWrite = mayWrite
        root = Self.resolved(folder).map { $0.hasSuffix("/") ? $0 : $0 + "/" }
    }

    func stamp(of path: String) throws(DataFailure) -> FileStamp { try files.stamp(of: reading(path)) }
    func open(_ path: String) throws(DataFailure) -> any FileReader { try files.open(reading(path)) }
    func names(in folder: String) throws(DataFailure) -> [String] { try files.names(in: reading(folder)) }
    func replace(_ path: String, _ body: (any FileSink) throws(DataFailure) -> Void) throws(DataFailure) {
        try files.replace(writing(path), body)
    }
    func makeFolder(_ path: String) throws(DataFailure) { try files.makeFolder(writing(path)) }
    func remove(_ path: String) throws(DataFailure) { try files.remove(writing(path)) }

    private func reading(_ path: String) throws(DataFailure) -> String {
        // A file that does not exist is said to be missing, wherever its name leads inside.
        guard let full = Self.resolved(path) ?? Self.resolvedParent(path), isInside(full) else { throw refusal(path) }
        return full
    }

    private func writing(_ path: String) throws(DataFailure) -> String {
        guard mayWrite else { throw DataFailure(.refused, "the host allows reading alone", file: path) }
        return try reading(path)
    }

    private func isInside(_ full: String) -> Bool { root.map { (full + "/").hasPrefix($0) } ?? false }

    private func refusal(_ path: String) -> DataFailure { DataFailure(.refused, "the host allows files in \(folder) alone", file: path) }

    /// A path without links; nil if it does not exist.
    private static func resolved(_ path: String) -> String? {
        guard let full = realpath(path, nil) else { return nil }
        defer { free(full) }
        return String(cString: full)
    }

    /// A path that does not exist itself, in a folder that does: new files, and folders to be made.
    private static func resolvedParent(_ path: String) -> String? {
        var rest: [Substring] = []
        var parent = path[...]
        while true {
            while parent.hasSuffix("/") { parent = parent.dropLast() }
            let slash = parent.lastIndex(of: "/")
            let name = slash.map { parent[parent.index(after: $0)...] } ?? parent
            guard !name.isEmpty, name != "..", name != "." else { return nil }
            rest.insert(name, at: 0)
            let above = slash.map { $0 == parent.startIndex ? "/" : String(parent[..<$0]) } ?? "."
            // A link that leads nowhere is no new file.
            var status = stat()
            if lstat(String(parent), &status) == 0 { return nil }
            if let full = resolved(above) { return (full.hasSuffix("/") ? full : full + "/") + rest.joined(separator: "/") }
            guard slash != nil else { return nil }
            parent = above[...]
        }
    }
}
