extension Lexer {
    /// The Unicode scalar at an offset and its length in bytes; nil where the bytes are not UTF-8.
    func scalar(at index: Int) -> (Unicode.Scalar, Int)? {
        guard index < bytes.count else { return nil }
        let first = bytes[index]
        if first < 0x80 { return (Unicode.Scalar(first), 1) }
        let length: Int
        var value: UInt32
        switch first {
        case 0xC2...0xDF: (length, value) = (2, UInt32(first & 0x1F))
        case 0xE0...0xEF: (length, value) = (3, UInt32(first & 0x0F))
        case 0xF0...0xF4: (length, value) = (4, UInt32(first & 0x07))
        default: return nil
        }
        guard index + length <= bytes.count else { return nil }
        for offset in 1..<length {
            let byte = bytes[index + offset]
            guard byte & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        // Overlong forms, surrogates and values past the last character are no UTF-8.
        guard value >= (length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000), let scalar = Unicode.Scalar(value) else { return nil }
        return (scalar, length)
    }

    /// Whether a character beyond ASCII may stand within a name.
    func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.properties.isAlphabetic { return true }
        switch scalar.properties.generalCategory {
        case .decimalNumber, .letterNumber, .otherNumber, .nonspacingMark, .spacingMark: return true
        default: return false
        }
    }

    /// Whether a character beyond ASCII may begin a name.
    private func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber: true
        default: false
        }
    }

    /// Reports the first bytes of a stretch that are not UTF-8.
    mutating func checkText(_ start: Int, _ end: Int) {
        var index = start
        while index < end {
            if bytes[index] < 0x80 {
                index += 1
            } else if let (_, length) = scalar(at: index) {
                index += length
            } else {
                return reportBytes(index, min(index + 1, end))
            }
        }
    }

    private mutating func reportBytes(_ start: Int, _ end: Int) {
        report(.notUTF8, "the text is not UTF-8 here", span(start, end), notes: ["sources are UTF-8; save the file in that encoding"])
    }

    /// Reads what starts with a byte beyond ASCII: a name, a look-alike of a symbol, or a character that has no place.
    mutating func wideCharacter() {
        let start = position
        guard let (scalar, length) = scalar(at: position) else {
            while position < bytes.count, bytes[position] >= 0x80, self.scalar(at: position) == nil { position += 1 }
            reportBytes(start, position)
            return addError(from: start)
        }
        if isNameStart(scalar) {
            while let (next, length) = self.scalar(at: position), next == "_" || (next.isASCII ? isNameByte(bytes[position]) : isNamePart(next)) {
                position += length
            }
            return finishName(from: start, mayBeWord: false)
        }
        position += length
        if let alike = Self.lookAlikes[scalar] {
            return foreign(scalar, alike.text, alike.kind, from: start)
        }
        switch scalar.properties.generalCategory {
        case .spaceSeparator, .lineSeparator, .paragraphSeparator, .control, .format:
            report(
                .strangeCharacter, "an invisible character (\(Self.hexadecimal(scalar))) stands here", span(start, position),
                fixes: [.init("put a plain space or nothing in its place", span: span(start, position), replacement: " ")])
        default:
            let isQuote = "“”„«»‘’".unicodeScalars.contains(scalar)
            isQuote ? quoted(from: start, closers: Array("”“«»’‘".unicodeScalars)) : strange(from: start)
        }
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// Symbols that stand for a token of ours.
    private static let lookAlikes: [Unicode.Scalar: (text: String, kind: TokenKind, word: Word)] = [
        "\u{2212}": ("-", .minus, .other), "\u{2013}": ("-", .minus, .other), "×": ("*", .star, .other), "·": ("*", .star, .other),
        "÷": ("/", .slash, .other), "→": ("->", .arrow, .other), "⇒": ("=>", .fatArrow, .other), "≤": ("<=", .lessEqual, .other),
        "≥": (">=", .greaterEqual, .other), "≠": ("!=", .notEqual, .other), "…": ("...", .ellipsis, .other), "，": (",", .comma, .other),
        "（": ("(", .leftParen, .other), "）": (")", .rightParen, .other), "：": (":", .colon, .other), "；": (";", .semicolon, .other),
        "∧": ("and", .keyword, .and), "∨": ("or", .keyword, .or), "¬": ("not", .keyword, .not), "∈": ("in", .keyword, .in),
    ]

    private mutating func foreign(_ scalar: Unicode.Scalar, _ text: String, _ kind: TokenKind, from start: Int) {
        report(
            .foreignSymbol, "`\(Character(scalar))` is written `\(text)` here", span(start, position),
            fixes: [.init("write `\(text)`", span: span(start, position), replacement: text)])
        // Parentheses of another script would unbalance an open interpolation: they stay errors.
        if kind == .leftParen || kind == .rightParen { return addError(from: start) }
        emit(kind, from: start, word: Self.lookAlikes[scalar]?.word ?? .other, isBroken: true)
    }

    /// Reads an ASCII character that begins no token.
    mutating func strangeCharacter() {
        let start = position
        func isNext(_ scalar: Unicode.Scalar) -> Bool { peek(1) == UInt8(ascii: scalar) }
        switch bytes[position] {
        case UInt8(ascii: "&"): symbol(isNext("&") ? 2 : 1, "and", .and)
        case UInt8(ascii: "|"): symbol(isNext("|") ? 2 : 1, "or", .or)
        case UInt8(ascii: "!"): symbol(1, "not", .not)
        case UInt8(ascii: "^"):
            position += 1
            report(
                .foreignSymbol, "`^` is not an operator; a power is written `**`", span(start, position),
                fixes: [.init("write `**`", span: span(start, position), replacement: "**")])
            emit(.starStar, from: start, isBroken: true)
        case UInt8(ascii: "'"):
            position += 1
            quoted(from: start, closers: ["'"])
        case UInt8(ascii: "?"):
            position += 1
            report(
                .foreignSymbol, "`?` has no meaning in a program", span(start, position),
                notes: ["a choice is written `if condition { a } else { b }`; at the prompt `?name` shows documentation"])
            addError(from: start)
        default:
            position += 1
            strange(from: start)
        }
    }

    private mutating func symbol(_ length: Int, _ text: String, _ word: Word) {
        let start = position
        position += length
        let written = String(decoding: bytes[start..<position], as: UTF8.self)
        report(
            .foreignSymbol, "`\(written)` is written `\(text)` here", span(start, position),
            fixes: [.init("write `\(text)`", span: span(start, position), replacement: word == .not ? "not " : text)])
        emit(.keyword, from: start, word: word, isBroken: true)
    }

    /// Reads text between quotes that are not `"`, as the string it was meant to be.
    private mutating func quoted(from start: Int, closers: [Unicode.Scalar]) {
        var end = position
        while end < bytes.count, bytes[end] != 0x0A {
            guard let (scalar, length) = scalar(at: end) else { break }
            end += length
            guard closers.contains(scalar) else {
                if bytes[end - length] == UInt8(ascii: "\\"), end < bytes.count, bytes[end] != 0x0A { end += self.scalar(at: end)?.1 ?? 1 }
                continue
            }
            let text = String(decoding: bytes[position..<(end - length)], as: UTF8.self)
            position = end
            report(
                .foreignSymbol, "strings stand between double quotes", span(start, end),
                fixes: [.init("write `\"\(text)\"`", span: span(start, end), replacement: "\"\(text)\"")])
            emit(.string, from: start, value: UInt64(texts.count), isBroken: true)
            return texts.append(text)
        }
        report(
            .foreignSymbol, "strings stand between double quotes", span(start, position),
            fixes: [.init("write `\"`", span: span(start, position), replacement: "\"")])
        addError(from: start)
    }

    /// Reports a character that no rule knows; neighbours of its kind share one report.
    private mutating func strange(from start: Int) {
        let end = position
        while position < bytes.count {
            let byte = bytes[position]
            guard byte != UInt8(ascii: "\n"), byte == bytes[start] || byte < 0x20 && byte != 0x09 && byte != 0x0D || byte == 0x7F else { break }
            if byte >= 0x80 { break }
            position += 1
        }
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        let isControl = bytes[start] < 0x20 || bytes[start] == 0x7F
        let name = isControl ? "the control character \(Self.hexadecimal(Unicode.Scalar(bytes[start])))" : "`\(text)`"
        report(.strangeCharacter, "\(name) has no meaning here", span(start, position))
        addError(from: start)
    }

    /// Adds an error token, or lengthens the one that ends where it starts.
    private mutating func addError(from start: Int) {
        if let last = tokens.last, last.kind == .error, Int(last.end) == start, !sawNewline {
            tokens[tokens.count - 1].end = UInt32(position)
        } else {
            emit(.error, from: start, isBroken: true)
        }
    }
}
