/// What a script says of itself in comments:
/// `# expect: text` (the next printed line), `# expect error: E201` (a diagnostic on that line, or on the line after if the comment stands
/// alone), `# expect runtime error: text` (the program fails with a message that contains the text).
struct Expectations {
    var output: [String] = []
    var errors: [String] = []
    var failure: String?

    init(_ text: String) {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard let hash = Self.comment(in: String(line)) else { continue }
            let comment = String(line[line.index(line.startIndex, offsetBy: hash)...])
            let alone = line.prefix(hash).allSatisfy { $0 == " " }
            if let rest = comment.afterPrefix("# expect: ") ?? (comment == "# expect:" ? "" : nil) {
                output.append(rest)
            } else if let rest = comment.afterPrefix("# expect error: ") {
                let number = index + 1 + (alone ? 1 : 0)
                for code in rest.split(separator: " ") { errors.append("\(code) line \(number)") }
            } else if let rest = comment.afterPrefix("# expect runtime error: ") {
                failure = rest
            }
        }
    }

    /// Where an expectation begins in a line, if it has one.
    private static func comment(in line: String) -> Int? {
        guard let range = line.range(of: "# expect") else { return nil }
        return line.distance(from: line.startIndex, to: range.lowerBound)
    }

    /// The codes and lines of the errors in a rendering.
    static func errors(in rendering: String) -> [String] {
        var found: [String] = [], code: String?
        for line in rendering.split(separator: "\n") {
            if let rest = String(line).afterPrefix("error[") { code = rest.split(separator: "]").first.map(String.init) }
            if let place = String(line).trimmedStart.afterPrefix("--> "), let known = code {
                let parts = place.split(separator: ":")
                if parts.count >= 3 { found.append("\(known) line \(parts[parts.count - 2])") }
                code = nil
            }
        }
        return found
    }
}

extension String {
    func afterPrefix(_ prefix: String) -> String? { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil }
    var trimmedStart: String { String(drop { $0 == " " }) }
}
