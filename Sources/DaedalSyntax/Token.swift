/// One lexical unit of a source: what it is, where it stands, and whether a newline stands before it.
package struct Token: Hashable, Sendable {
    package var kind: TokenKind
    /// The word it spells, for names and keywords that the grammar knows; `.other` for every other token.
    package var word: Word = .other
    package var flags: Flags = .none
    /// UTF-8 offsets in the source, half open.
    package var start: UInt32
    package var end: UInt32
    /// The bits of an integer or a float, or the index of a string's decoded text in `LexedSource.texts`.
    package var value: UInt64 = 0

    /// What else is known of a token.
    package struct Flags: Hashable, Sendable {
        package private(set) var rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let none = Flags(rawValue: 0)
        /// At least one newline (or the start of the text) stands between the token before and this one.
        package static let newlineBefore = Flags(rawValue: 1)
        /// The lexer reported an error within the token.
        package static let broken = Flags(rawValue: 2)
        /// A closing bracket that the text lacks; it has no width.
        package static let synthetic = Flags(rawValue: 4)
        /// A closing bracket that closes nothing.
        package static let stray = Flags(rawValue: 8)
        /// A space, a tab or a newline follows.
        package static let spaceAfter = Flags(rawValue: 16)

        package func contains(_ flag: Flags) -> Bool { rawValue & flag.rawValue != 0 }
        package mutating func insert(_ flag: Flags) { rawValue |= flag.rawValue }
    }

    package var newlineBefore: Bool { flags.contains(.newlineBefore) }
    package var isSynthetic: Bool { flags.contains(.synthetic) }
    package var isStray: Bool { flags.contains(.stray) }
    package var isBroken: Bool { flags.contains(.broken) }
    /// A name or a reserved word: what may stand after `.` and before `:`.
    package var isWord: Bool { kind == .name || kind == .keyword }
}

/// The closed set of token kinds; `text` is how operators and brackets are written.
package enum TokenKind: UInt8, Sendable {
    /// The end of the source: always the last token.
    case end
    /// Text that belongs to no token; the lexer reported it.
    case error
    case name, keyword, integer, float
    /// A string without interpolation; or its pieces `"a \(`, `) b \(`, `) c"`.
    case string, stringHead, stringMiddle, stringTail
    case plus, minus, star, slash, slashSlash, percent, at, starStar
    case equalEqual, notEqual, less, lessEqual, greater, greaterEqual
    case equal, plusEqual, minusEqual, starEqual, slashEqual
    case dot, dotDot, dotDotEqual, ellipsis, arrow, fatArrow, pipe
    case comma, colon, semicolon
    case leftParen, rightParen, leftBracket, rightBracket, leftBrace, rightBrace

    /// How an operator or bracket is written; what a diagnostic calls any other kind.
    package var text: String {
        switch self {
        case .end: "the end of the text"
        case .error: "unreadable text"
        case .name: "a name"
        case .keyword: "a reserved word"
        case .integer, .float: "a number"
        case .string, .stringHead, .stringMiddle, .stringTail: "a string"
        case .plus: "+"
        case .minus: "-"
        case .star: "*"
        case .slash: "/"
        case .slashSlash: "//"
        case .percent: "%"
        case .at: "@"
        case .starStar: "**"
        case .equalEqual: "=="
        case .notEqual: "!="
        case .less: "<"
        case .lessEqual: "<="
        case .greater: ">"
        case .greaterEqual: ">="
        case .equal: "="
        case .plusEqual: "+="
        case .minusEqual: "-="
        case .starEqual: "*="
        case .slashEqual: "/="
        case .dot: "."
        case .dotDot: ".."
        case .dotDotEqual: "..="
        case .ellipsis: "..."
        case .arrow: "->"
        case .fatArrow: "=>"
        case .pipe: "|>"
        case .comma: ","
        case .colon: ":"
        case .semicolon: ";"
        case .leftParen: "("
        case .rightParen: ")"
        case .leftBracket: "["
        case .rightBracket: "]"
        case .leftBrace: "{"
        case .rightBrace: "}"
        }
    }

    /// The bracket that closes this one, if it opens one. A string head is closed by its tail.
    package var closer: TokenKind? {
        switch self {
        case .leftParen: .rightParen
        case .leftBracket: .rightBracket
        case .leftBrace: .rightBrace
        default: nil
        }
    }

    package var isCloser: Bool { self == .rightParen || self == .rightBracket || self == .rightBrace }

    /// A binary operator that may begin a continuation line (all but `-`).
    package var continuesLine: Bool {
        switch self {
        case .plus, .star, .slash, .slashSlash, .percent, .at, .starStar, .equalEqual, .notEqual, .less, .lessEqual, .greater, .greaterEqual,
            .dotDot, .dotDotEqual, .arrow, .pipe:
            true
        default: false
        }
    }

    /// After such a token a newline does not count.
    package var expectsMore: Bool {
        switch self {
        case .minus, .equal, .plusEqual, .minusEqual, .starEqual, .slashEqual, .fatArrow, .colon, .comma: true
        default: continuesLine
        }
    }
}
