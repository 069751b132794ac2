/// Texts as sequences of numbers and back. 0 is padding; no token has it.
package protocol Tokenizer: Sendable {
    /// One more than the largest number.
    var count: Int { get }
    /// The number of what has none, and those that programs put before and behind a text.
    var unknown: Int { get }
    var start: Int { get }
    var end: Int { get }
    /// The numbers of a text's tokens, without start and end.
    func encode(_ text: String) -> [Int]
    /// The text of numbers; padding, start and end give nothing.
    func decode(_ numbers: [Int]) -> String
    /// The number of one token as it stands in the vocabulary.
    func index(of token: String) -> Int?
    /// The token of a number; nil for padding, start, end, unknown and what is out of range.
    func token(_ number: Int) -> String?
}

/// The numbers that the tokenizers fitted here begin with.
package enum TokenNumbers {
    package static let unknown = 1
    package static let start = 2
    package static let end = 3
    /// The first number of a token.
    package static let first = 4
}

/// A tokenizer whose tokens are pieces of the text itself: characters or words.
package struct PieceTokenizer: Tokenizer {
    /// How a text falls into pieces, and how pieces make a text.
    package enum Pieces: Sendable {
        /// Characters as people see them.
        case characters
        /// Runs of letters and digits (with apostrophes and hyphens inside), and every other visible character alone.
        case words
    }

    private let pieces: Pieces
    private let tokens: [String]
    private let numbers: [String: Int]

    /// Numbers the pieces of texts, the most frequent first, equally frequent ones by appearance. With `most` the rest is unknown.
    package init(_ pieces: Pieces, fit texts: some Sequence<String>, most: Int? = nil) {
        self.pieces = pieces
        var indices: [String: Int] = [:], counts: [Int] = [], all: [String] = []
        for text in texts {
            Self.visit(text, pieces) { piece in
                if let index = indices[piece] {
                    counts[index] += 1
                } else {
                    indices[piece] = all.count
                    all.append(piece)
                    counts.append(1)
                }
            }
        }
        let order = all.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
        tokens = order.prefix(most ?? .max).map { all[$0] }
        numbers = Dictionary(zip(tokens, TokenNumbers.first...), uniquingKeysWith: { first, _ in first })
    }

    package var count: Int { tokens.count + TokenNumbers.first }
    package var unknown: Int { TokenNumbers.unknown }
    package var start: Int { TokenNumbers.start }
    package var end: Int { TokenNumbers.end }
    package func index(of token: String) -> Int? { numbers[token] }
    package func token(_ number: Int) -> String? {
        tokens.indices.contains(number - TokenNumbers.first) ? tokens[number - TokenNumbers.first] : nil
    }

    package func encode(_ text: String) -> [Int] {
        var result: [Int] = []
        Self.visit(text, pieces) { result.append(numbers[$0] ?? TokenNumbers.unknown) }
        return result
    }

    package func decode(_ numbers: [Int]) -> String {
        var result = ""
        for number in numbers where number != 0 && number != start && number != end {
            let piece = token(number) ?? "?"
            // A space before words, but not before the marks that close one.
            if case .words = pieces, !result.isEmpty, !Self.closing.contains(piece) { result += " " }
            result += piece
        }
        return result
    }

    private static let closing: Set<String> = [".", ",", ";", ":", "!", "?", ")", "]", "}", "…", "%", "”", "’"]

    /// Calls `body` with each piece of a text.
    static func visit(_ text: String, _ pieces: Pieces, _ body: (String) -> Void) {
        if case .characters = pieces {
            for character in text { body(String(character)) }
            return
        }
        var word = "", joint: Character?
        for character in text {
            if character.isLetter || character.isNumber {
                if let held = joint { word.append(held) }
                joint = nil
                word.append(character)
                continue
            }
            // An apostrophe or hyphen belongs to a word when another letter follows.
            if !word.isEmpty, joint == nil, character == "'" || character == "’" || character == "-" {
                joint = character
                continue
            }
            if !word.isEmpty { body(word) }
            if let held = joint { body(String(held)) }
            (word, joint) = ("", nil)
            if !character.isWhitespace { body(String(character)) }
        }
        if !word.isEmpty { body(word) }
        if let held = joint { body(String(held)) }
    }
}
