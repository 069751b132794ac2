/// The name a user probably meant.
package enum Suggestion {
    /// The candidate nearest to a misspelt name, if it is near enough: equal but for case, or within a third of the length
    /// in Damerau–Levenshtein distance (Damerau, 1964). Ties go to the earlier candidate.
    package static func nearest(to name: String, in candidates: some Sequence<String>) -> String? {
        if let translated = translated(name, in: candidates) { return translated }
        let wanted = Array(name.lowercased().unicodeScalars)
        var best: (name: String, distance: Int)?
        for candidate in candidates where candidate != name {
            let other = Array(candidate.lowercased().unicodeScalars)
            let limit = max(wanted.count, other.count) / 3
            guard abs(wanted.count - other.count) <= max(limit, 1) else { continue }
            let distance = distance(wanted, other)
            if distance <= max(limit, min(wanted.count, other.count) > 2 ? 1 : 0), distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// The least number of insertions, deletions, replacements and swaps of neighbours.
    private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var before = [Int](), previous = Array(0...b.count), current = previous
        for i in a.indices {
            current[0] = i + 1
            for j in b.indices {
                var cost = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
                current[j + 1] = cost
            }
            before = previous
            previous = current
        }
        return previous[b.count]
    }
}
