@preconcurrency import CReadline

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The entries of earlier sessions, in the XDG state folder (`$XDG_STATE_HOME/daedal/history`, else `~/.local/state/daedal/history`).
struct PromptHistory {
    private static let most: CInt = 5000
    /// nil where there is no folder to keep it in.
    private let path: String?

    /// Reads what earlier sessions kept.
    init() {
        let state = Self.variable("XDG_STATE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? Self.variable("HOME").map { $0 + "/.local/state" }
        path = state.map { $0 + "/daedal/history" }
        using_history()
        stifle_history(Self.most)
        if let path { read_history(path) }
    }

    /// Adds an entry and keeps it at once, so that no session loses those of another.
    func add(_ entry: String) {
        // An entry of several lines is one line of the history; newlines that count are `;` again when it comes back.
        let line = entry.split(separator: "\n").joined(separator: " ")
        if let last = history_get(history_base + history_length - 1)?.pointee.line, String(cString: last) == line { return }
        add_history(line)
        guard let path, Self.makeFolders(above: path) else { return }
        if append_history(1, path) != 0 { write_history(path) }
        chmod(path, 0o600)
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    private static func makeFolders(above path: String) -> Bool {
        var at = path.startIndex
        while let slash = path[path.index(after: at)...].firstIndex(of: "/") {
            if mkdir(String(path[..<slash]), 0o700) != 0, errno != EEXIST { return false }
            at = slash
        }
        return true
    }
}
