/// Files by patterns: `*` stands for any text within a name, `?` for one character.
package enum Glob {
    /// The paths that a pattern stands for, sorted. A path without a pattern stands for itself; a pattern that fits nothing is a failure.
    package static func paths(_ pattern: String, from files: any FileAccess) throws(DataFailure) -> [String] {
        guard pattern.contains(where: { $0 == "*" || $0 == "?" }) else { return [pattern] }
        var found = [pattern.hasPrefix("/") ? "/" : ""], isChosen = false
        for part in pattern.split(separator: "/") {
            var next: [String] = []
            for folder in found {
                let prefix = folder.isEmpty || folder.hasSuffix("/") ? folder : folder + "/"
                guard part.contains(where: { $0 == "*" || $0 == "?" }) else {
                    // A folder that the pattern chose need not hold the name.
                    if !isChosen || ((try? files.names(in: prefix)) ?? []).contains(String(part)) { next.append(prefix + part) }
                    continue
                }
                let names: [String]
                do throws(DataFailure) { names = try files.names(in: prefix.isEmpty ? "." : prefix) } catch {
                    // A file among the folders that a pattern chose holds nothing.
                    if found.count > 1 { continue }
                    throw error
                }
                for name in names where matches(Array(part), Array(name)) && (!name.hasPrefix(".") || part.hasPrefix(".")) {
                    next.append(prefix + name)
                }
            }
            isChosen = isChosen || part.contains(where: { $0 == "*" || $0 == "?" })
            found = next
        }
        guard !found.isEmpty else { throw DataFailure(.missing, "no file fits this pattern", file: pattern) }
        return found.sorted()
    }

    /// Whether a name fits a pattern.
    static func matches(_ pattern: [Character], _ name: [Character]) -> Bool {
        var p = 0, n = 0
        var star: (p: Int, n: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] && pattern[p] != "*" {
                (p, n) = (p + 1, n + 1)
            } else if p < pattern.count, pattern[p] == "*" {
                star = (p, n)
                p += 1
            } else if let back = star {
                star = (back.p, back.n + 1)
                (p, n) = (back.p + 1, back.n + 1)
            } else {
                return false
            }
        }
        while p < pattern.count && pattern[p] == "*" { p += 1 }
        return p == pattern.count
    }
}
