/// The tokenizer of BERT (Devlin et al., 2019): words and punctuation marks, then the longest pieces that a given vocabulary holds.
package struct WordPieceTokenizer: Tokenizer {
    private let tokens: [String]
    private let numbers: [String: Int]
    package let unknown: Int
    package let start: Int
    package let end: Int
    /// Whether the vocabulary knows small letters alone, so that texts lose their capitals and accents.
    private let isUncased: Bool
    private static let longestWord = 100

    /// Reads a vocabulary, one token a line; its first is `[PAD]`.
    package init(opening path: String, from files: any FileAccess) throws(DataFailure) {
        var lines = LineReader(try ByteStream(opening: path, from: files))
        var tokens: [String] = []
        while let line = try lines.read() { tokens.append(String(decoding: line, as: UTF8.self)) }
        guard !tokens.isEmpty else { throw DataFailure(.empty, "there are no tokens in it", file: path) }
        self.tokens = tokens
        let numbers = Dictionary(zip(tokens, tokens.indices), uniquingKeysWith: { first, _ in first })
        self.numbers = numbers
        guard tokens[0] == "[PAD]" else {
            throw DataFailure(.malformed, "the first token is `\(tokens[0].prefix(40))` where `[PAD]` belongs: 0 is padding", file: path, line: 1)
        }
        func special(_ name: String) throws(DataFailure) -> Int {
            guard let number = numbers[name] else { throw DataFailure(.malformed, "the vocabulary has no `\(name)`", file: path) }
            return number
        }
        unknown = try special("[UNK]")
        start = try special("[CLS]")
        end = try special("[SEP]")
        isUncased = !tokens.contains { !$0.hasPrefix("[") && $0.contains(where: \.isUppercase) }
    }

    package var count: Int { tokens.count }
    package func index(of token: String) -> Int? { numbers[token] }
    package func token(_ number: Int) -> String? {
        number != 0 && number != start && number != end && number != unknown && tokens.indices.contains(number) ? tokens[number] : nil
    }

    package func encode(_ text: String) -> [Int] {
        var result: [Int] = []
        visit(text) { word in result += pieces(word) }
        return result
    }

    /// The longest known pieces of a word from the left; unknown as a whole if one is missing.
    private func pieces(_ word: [Character]) -> [Int] {
        guard word.count <= Self.longestWord else { return [unknown] }
        var result: [Int] = [], from = 0
        while from < word.count {
            var to = word.count
            while to > from {
                if let number = numbers[(from > 0 ? "##" : "") + String(word[from..<to])] {
                    result.append(number)
                    break
                }
                to -= 1
            }
            if to == from { return [unknown] }
            from = to
        }
        return result
    }

    /// Calls `body` with the words and the punctuation marks of a text.
    private func visit(_ text: String, _ body: ([Character]) -> Void) {
        var word: [Character] = []
        func close() {
            if !word.isEmpty { body(word) }
            word = []
        }
        for character in text {
            if character.isWhitespace {
                close()
            } else if Self.isMark(character) {
                close()
                body([character])
            } else if isUncased {
                word += Latin.withoutAccents(character.lowercased())
            } else {
                word.append(character)
            }
        }
        close()
    }

    /// Punctuation, symbols of ASCII, and ideographs, each of which is a word.
    private static func isMark(_ character: Character) -> Bool {
        guard let scalar = character.unicodeScalars.first else { return false }
        switch scalar.value {
        case 33...47, 58...64, 91...96, 123...126, 0x4E00...0x9FFF, 0x3400...0x4DBF, 0xF900...0xFAFF: return true
        default: return character.isPunctuation
        }
    }

    package func decode(_ numbers: [Int]) -> String {
        var result = ""
        for number in numbers where number != 0 && number != start && number != end {
            let piece = token(number) ?? "[UNK]"
            if piece.hasPrefix("##") {
                result += piece.dropFirst(2)
            } else {
                if !result.isEmpty && !Self.closing.contains(piece) { result += " " }
                result += piece
            }
        }
        return result
    }

    private static let closing: Set<String> = [".", ",", ";", ":", "!", "?", ")", "]", "}"]
}

/// Letters of Latin scripts without their accents.
enum Latin {
    /// The text without combining marks; letters with marks become the letters alone.
    static func withoutAccents(_ text: String) -> [Character] {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return Array(text) }
        var result: [Character] = []
        for scalar in text.unicodeScalars {
            if scalar.properties.generalCategory == .nonspacingMark { continue }
            result.append(base[scalar] ?? Character(scalar))
        }
        return result
    }

    private static let base: [Unicode.Scalar: Character] = {
        let groups: [(Character, String)] = [
            ("a", "àáâãäåāăąǎạảấầẩẫậắằẳẵặ"), ("c", "çćĉċč"), ("d", "ď"), ("e", "èéêëēĕėęěẹẻẽếềểễệ"), ("g", "ĝğġģ"), ("h", "ĥ"), ("i", "ìíîïĩīĭįǐịỉ"),
            ("j", "ĵ"), ("k", "ķ"), ("l", "ĺļľ"), ("n", "ñńņňǹ"), ("o", "òóôõöōŏőơǒọỏốồổỗộớờởỡợ"), ("r", "ŕŗř"), ("s", "śŝşšș"), ("t", "ţťț"),
            ("u", "ùúûüũūŭůűųưǔụủứừửữự"), ("w", "ŵ"), ("y", "ýÿŷỳỹ"), ("z", "źżž"),
        ]
        var result: [Unicode.Scalar: Character] = [:]
        for (letter, others) in groups { for scalar in others.unicodeScalars { result[scalar] = letter } }
        return result
    }()
}
