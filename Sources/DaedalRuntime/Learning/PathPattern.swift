/// A pattern over parameter paths: a `*` at an end stands for any number of parts, elsewhere for one.
struct PathPattern {
    let text: String
    private let parts: [Substring]

    init(_ text: String) {
        self.text = text
        parts = text.split(separator: ".", omittingEmptySubsequences: false)
    }

    /// Whether a path fits.
    func matches(_ path: String) -> Bool {
        let path = path.split(separator: ".", omittingEmptySubsequences: false)
        var middle = parts[...]
        let opensAny = middle.first == "*"
        if opensAny { middle = middle.dropFirst() }
        let endsAny = middle.last == "*"
        if endsAny { middle = middle.dropLast() }
        guard middle.count <= path.count else { return false }
        switch (opensAny, endsAny) {
        case (false, false): return middle.count == path.count && Self.fits(middle, path[...])
        case (false, true): return Self.fits(middle, path.prefix(middle.count))
        case (true, false): return Self.fits(middle, path.suffix(middle.count))
        case (true, true):
            return middle.isEmpty || (0...path.count - middle.count).contains { Self.fits(middle, path[$0..<$0 + middle.count]) }
        }
    }

    private static func fits(_ pattern: ArraySlice<Substring>, _ path: ArraySlice<Substring>) -> Bool {
        zip(pattern, path).allSatisfy { $0 == "*" || $0 == $1 }
    }
}
