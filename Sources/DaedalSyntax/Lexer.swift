// Lexer: what are the words of the text? In: the bytes of one source. Out: tokens with exact spans, each marked with the newline
// before it, comments kept aside, strings decoded, diagnostics. Never: fails, looks at grammar, or allocates per character.

/// Turns one source into tokens.
package struct Lexer {
    let source: Source
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0
    var tokens: [Token] = []
    var comments: [Comment] = []
    var texts: [String] = []
    var diagnostics: [Diagnostic] = []
    /// Strings whose interpolation is being read, outermost first.
    var openStrings: [OpenString] = []
    /// Whether a newline stands between the last token and the position.
    var sawNewline = true

    /// A string of which an interpolation is open.
    struct OpenString {
        /// Where its opening quotes stand.
        let start: Int
        /// Where the `\(` that is open stands.
        var interpolation: Int
        let isBlock: Bool
        /// The indices of its pieces among the tokens.
        var pieces: [Int]
        /// Parentheses opened within the interpolation.
        var parentheses = 0
    }

    /// Strings within interpolations within strings; deeper is an error.
    static let deepestString = 64

    /// Reads the whole source; never fails.
    package static func lex(_ source: Source) -> LexedSource {
        source.text.withUnsafeBufferPointer { bytes in
            var lexer = Lexer(source: source, bytes: bytes)
            lexer.tokens.reserveCapacity(bytes.count / 4 + 2)
            lexer.run()
            return LexedSource(
                source: source, tokens: lexer.tokens, comments: lexer.comments, texts: lexer.texts, diagnostics: lexer.diagnostics)
        }
    }

    private init(source: Source, bytes: UnsafeBufferPointer<UInt8>) {
        self.source = source
        self.bytes = bytes
    }

    /// The byte at an offset from the position; 0 past the end.
    func peek(_ offset: Int = 0) -> UInt8 {
        let index = position + offset
        return index < bytes.count ? bytes[index] : 0
    }

    func span(_ start: Int, _ end: Int) -> Span { Span(source: source.id, start: start, end: end) }

    mutating func report(_ code: SyntaxCode, _ message: String, _ span: Span, label: String = "", notes: [String] = [], fixes: [Diagnostic.Fix] = [])
    {
        diagnostics.append(Diagnostic(.error, code.rawValue, message, at: span, label: label, notes: notes, fixes: fixes))
    }

    /// Adds a token from `start` to the position.
    mutating func emit(_ kind: TokenKind, from start: Int, word: Word = .other, value: UInt64 = 0, isBroken: Bool = false) {
        var flags: Token.Flags = sawNewline ? .newlineBefore : .none
        if isBroken { flags.insert(.broken) }
        if position >= bytes.count || isSpace(bytes[position]) { flags.insert(.spaceAfter) }
        tokens.append(Token(kind: kind, word: word, flags: flags, start: UInt32(start), end: UInt32(position), value: value))
        sawNewline = false
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    private mutating func run() {
        guard bytes.count < Int(Int32.max) else {
            report(.textTooLarge, "the text is larger than 2 GB", span(0, 0))
            return emit(.end, from: 0)
        }
        if peek() == 0xEF, peek(1) == 0xBB, peek(2) == 0xBF { position = 3 }
        if peek() == UInt8(ascii: "#"), peek(1) == UInt8(ascii: "!") { comment() }
        while position < bytes.count { next() }
        while let string = openStrings.popLast() { closeUnfinished(string) }
        sawNewline = true
        emit(.end, from: position)
    }

    /// Reads one token, comment, or stretch of white space.
    private mutating func next() {
        let byte = bytes[position]
        switch byte {
        case 0x20, 0x09, 0x0D: position += 1
        case 0x0A: newline()
        case UInt8(ascii: "#"): comment()
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): name()
        case UInt8(ascii: "0")...UInt8(ascii: "9"): number()
        case UInt8(ascii: "\""): string()
        default:
            if byte >= 0x80 {
                wideCharacter()
            } else if let (kind, length) = symbol() {
                let start = position
                position += length
                track(kind)
                if kind == .rightParen, closesInterpolation { return resumeString(from: start) }
                if kind == .rightParen, let last = openStrings.indices.last { openStrings[last].parentheses -= 1 }
                emit(kind, from: start)
            } else {
                strangeCharacter()
            }
        }
    }

    private var closesInterpolation: Bool { openStrings.last.map { $0.parentheses == 0 } ?? false }

    private mutating func track(_ kind: TokenKind) {
        if kind == .leftParen, let last = openStrings.indices.last { openStrings[last].parentheses += 1 }
    }

    private mutating func newline() {
        position += 1
        sawNewline = true
        // A line that starts with a declaring word closes a one-line string that was left open above it.
        if let last = openStrings.last, !last.isBlock, startsDeclaration(at: position) { closeUnfinishedLines(at: position - 1) }
    }

    /// Whether a word that declares something stands at the very start of a line.
    private func startsDeclaration(at index: Int) -> Bool {
        var end = index
        while end < bytes.count, bytes[end] >= UInt8(ascii: "a"), bytes[end] <= UInt8(ascii: "z") { end += 1 }
        guard end > index, end < bytes.count, bytes[end] == 0x20 || bytes[end] == 0x09 else { return false }
        switch Word.spelled(by: bytes[index..<end]) {
        case .network, .dataset, .optimizer, .fn, .test, .let, .var, .import: return true
        default: return false
        }
    }

    /// The operator or bracket at the position, with its length.
    private func symbol() -> (TokenKind, Int)? {
        let next = peek(1)
        func two(_ second: Unicode.Scalar, _ long: TokenKind, _ short: TokenKind) -> (TokenKind, Int) {
            next == UInt8(ascii: second) ? (long, 2) : (short, 1)
        }
        switch bytes[position] {
        case UInt8(ascii: "("): return (.leftParen, 1)
        case UInt8(ascii: ")"): return (.rightParen, 1)
        case UInt8(ascii: "["): return (.leftBracket, 1)
        case UInt8(ascii: "]"): return (.rightBracket, 1)
        case UInt8(ascii: "{"): return (.leftBrace, 1)
        case UInt8(ascii: "}"): return (.rightBrace, 1)
        case UInt8(ascii: ","): return (.comma, 1)
        case UInt8(ascii: ":"): return (.colon, 1)
        case UInt8(ascii: ";"): return (.semicolon, 1)
        case UInt8(ascii: "@"): return (.at, 1)
        case UInt8(ascii: "%"): return (.percent, 1)
        case UInt8(ascii: "+"): return two("=", .plusEqual, .plus)
        case UInt8(ascii: "-"): return next == UInt8(ascii: ">") ? (.arrow, 2) : two("=", .minusEqual, .minus)
        case UInt8(ascii: "*"): return next == UInt8(ascii: "*") ? (.starStar, 2) : two("=", .starEqual, .star)
        case UInt8(ascii: "/"): return next == UInt8(ascii: "/") ? (.slashSlash, 2) : two("=", .slashEqual, .slash)
        case UInt8(ascii: "="): return next == UInt8(ascii: ">") ? (.fatArrow, 2) : two("=", .equalEqual, .equal)
        case UInt8(ascii: "<"): return two("=", .lessEqual, .less)
        case UInt8(ascii: ">"): return two("=", .greaterEqual, .greater)
        case UInt8(ascii: "!"): return next == UInt8(ascii: "=") ? (.notEqual, 2) : nil
        case UInt8(ascii: "|"): return next == UInt8(ascii: ">") ? (.pipe, 2) : nil
        case UInt8(ascii: "."):
            guard next == UInt8(ascii: ".") else { return (.dot, 1) }
            if peek(2) == UInt8(ascii: ".") { return (.ellipsis, 3) }
            return peek(2) == UInt8(ascii: "=") ? (.dotDotEqual, 3) : (.dotDot, 2)
        default: return nil
        }
    }

    /// Reads from `#` to the end of the line.
    private mutating func comment() {
        let start = position
        var isPlain = true
        while position < bytes.count, bytes[position] != 0x0A {
            if bytes[position] >= 0x80 { isPlain = false }
            position += 1
        }
        if !isPlain { checkText(start, position) }
        if let open = openStrings.last {
            report(.commentInString, "a comment cannot stand inside `\\( )`", span(start, position), label: "in the string that starts before")
            // With a quote in it, it was meant to be more than a comment: the end of the string.
            if !open.isBlock, bytes[start..<position].contains(UInt8(ascii: "\"")) { closeUnfinishedLines(at: position, isReported: true) }
            return
        }
        var end = position
        while end > start, bytes[end - 1] == 0x0D || bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        let isDocumentation = end - start >= 2 && bytes[start + 1] == UInt8(ascii: "#")
        comments.append(
            Comment(start: UInt32(start), end: UInt32(end), isAlone: sawNewline, isDocumentation: isDocumentation, tokenIndex: tokens.count))
    }

    /// Reads a name or keyword that starts with an ASCII letter or `_`.
    private mutating func name() {
        let start = position
        var isPlain = true
        scan: while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): position += 1
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                position += 1
                isPlain = false
            case 0x80...:
                guard let (scalar, length) = scalar(at: position), isNamePart(scalar) else { break scan }
                position += length
                isPlain = false
            default: break scan
            }
        }
        finishName(from: start, mayBeWord: isPlain)
    }

    /// Adds the name that ends at the position: a keyword, unless a `.` stands before it.
    mutating func finishName(from start: Int, mayBeWord: Bool) {
        let isMember = tokens.last?.kind == .dot
        let word = mayBeWord && !isMember ? Word.spelled(by: bytes[start..<position]) : .other
        emit(word.isReserved ? .keyword : .name, from: start, word: word)
    }
}
