import Foundation
import Testing

/// The rules of the grammar as `docs/language.md` writes them.
struct GrammarRules {
    /// What a rule may be made of.
    indirect enum Element {
        /// Text as it stands in a program.
        case literal(String)
        /// A rule (small letters) or a kind of token (capitals).
        case name(String)
        /// `~`: no newline that counts before the next token.
        case sameLine
        case sequence([Element])
        case choice([Element])
        /// `{ … }`
        case many(Element)
        /// `[ … ]`
        case optional(Element)
    }

    private(set) var rules: [String: Element] = [:]
    /// The least nesting that each rule needs to come to an end.
    private(set) var depths: [String: Int] = [:]

    /// Reads the block marked `ebnf` of a page.
    init(page: String) throws {
        let block = try #require(page.components(separatedBy: "```ebnf\n").dropFirst().first?.components(separatedBy: "```").first)
        var reader = Reader(Self.tokens(of: block))
        while let (name, element) = try reader.rule() { rules[name] = element }
        findDepths()
    }

    /// Reads the project's own page.
    init() throws {
        let root = Goldens.root.deletingLastPathComponent().deletingLastPathComponent()
        try self.init(page: String(contentsOf: root.appendingPathComponent("docs/language.md"), encoding: .utf8))
    }

    private static func tokens(of block: String) -> [String] {
        let text = block.replacing(/\(\*.*?\*\)/, with: " ")
        return text.matches(of: /"[^"]*"|[A-Za-z]+|[={}\[\]()|;,~]/).map { String($0.0) }
    }

    private struct Reader {
        private var tokens: ArraySlice<String>
        init(_ tokens: [String]) { self.tokens = tokens[...] }

        mutating func rule() throws -> (String, Element)? {
            guard let name = tokens.popFirst() else { return nil }
            try #require(tokens.popFirst() == "=", "after \(name)")
            let element = try choice()
            try #require(tokens.popFirst() == ";", "\(name) does not end")
            return (name, element)
        }

        private mutating func choice() throws -> Element {
            var parts = [try sequence()]
            while tokens.first == "|" {
                tokens.removeFirst()
                parts.append(try sequence())
            }
            return parts.count == 1 ? parts[0] : .choice(parts)
        }

        private mutating func sequence() throws -> Element {
            var parts: [Element] = []
            while let token = tokens.first, !["|", ";", "}", "]", ")"].contains(token) {
                tokens.removeFirst()
                switch token {
                case "{": parts.append(.many(try closed("}")))
                case "[": parts.append(.optional(try closed("]")))
                case "(": parts.append(try closed(")"))
                case "~": parts.append(.sameLine)
                default: parts.append(token.hasPrefix("\"") ? .literal(String(token.dropFirst().dropLast())) : .name(token))
                }
            }
            return parts.count == 1 ? parts[0] : .sequence(parts)
        }

        private mutating func closed(_ end: String) throws -> Element {
            let inner = try choice()
            try #require(tokens.popFirst() == end)
            return inner
        }
    }

    private mutating func findDepths() {
        var changed = true
        while changed {
            changed = false
            for (name, element) in rules {
                let depth = self.depth(element) + 1
                if depth < 1000, depth != depths[name] {
                    depths[name] = depth
                    changed = true
                }
            }
        }
    }

    /// The least nesting that an element needs.
    func depth(_ element: Element) -> Int {
        switch element {
        case .literal, .sameLine, .many, .optional: 0
        case .name(let name): name.first?.isUppercase == true ? 0 : depths[name] ?? 1000
        case .sequence(let parts): parts.map { depth($0) }.max() ?? 0
        case .choice(let parts): parts.map { depth($0) }.min() ?? 0
        }
    }
}
