/// `"encoder.layer.*.attention.": "layers.*.attention."`: a beginning of names, in which `*` stands for one part that is carried over.
struct RenamePattern {
    private let from: String
    private let to: String

    init(_ from: String, _ to: String) {
        self.from = from
        self.to = to
    }

    /// The name after the pattern that fits the longest beginning; as it is if none does.
    static func rename(_ name: String, _ patterns: [RenamePattern]) -> String {
        patterns.compactMap { $0.apply(name) }.max { $0.matched < $1.matched }?.result ?? name
    }

    private func apply(_ name: String) -> (matched: Int, result: String)? {
        var rest = name[...]
        var carried: [Substring] = []
        for (i, piece) in from.split(separator: "*", omittingEmptySubsequences: false).enumerated() {
            if i > 0 {
                let end = rest.firstIndex(of: ".") ?? rest.endIndex
                guard end > rest.startIndex else { return nil }
                carried.append(rest[..<end])
                rest = rest[end...]
            }
            guard rest.hasPrefix(piece) else { return nil }
            rest = rest.dropFirst(piece.count)
        }
        var result = ""
        for (i, piece) in to.split(separator: "*", omittingEmptySubsequences: false).enumerated() {
            if i > 0 { result += i - 1 < carried.count ? String(carried[i - 1]) : "*" }
            result += piece
        }
        return (name.count - rest.count, result + rest)
    }
}
