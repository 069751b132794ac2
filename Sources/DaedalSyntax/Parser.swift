// Parser: what does the text say? In: one source. Out: an immutable tree and every diagnostic found on the way, sorted by place.
// Never: fails, traps or overflows the stack on any bytes (rules are `@inline(never)`: 200 levels fit in 512 KB); decides what names mean.

/// A hand-written parser by recursive descent over the tokens of one source.
package final class Parser {
    let lexed: LexedSource
    let partner: [Int32]
    // Tokens are read ten thousand times a file, and never two of these at once: the checks for that are left out.
    @exclusivity(unchecked) var tokens: [Token]
    @exclusivity(unchecked) var position = 0
    /// Whether the innermost open bracket is a block, where newlines end statements.
    @exclusivity(unchecked) var newlinesCount = true
    /// How many expressions, blocks, patterns and shapes are being read.
    @exclusivity(unchecked) var depth = 0
    var diagnostics: [Diagnostic]
    /// How each token was read; the formatter needs it.
    @exclusivity(unchecked) var roles: [TokenRole]
    /// The token at which the index item that is being read starts: an open range may stand there.
    @exclusivity(unchecked) var indexItem = -1
    /// What a statement that failed declares all the same.
    var partial: Statement?
    /// Whether the first error was that the text ends too early.
    var endsTooEarly = false
    /// Where a bracket was last found to have no closer.
    var unclosedAt = -1

    /// Deeper nesting of brackets and blocks is an error.
    static let deepestNesting = 200
    /// A higher tree is an error, so that later stages may walk it by recursion.
    package static let highestTree = 1000
    /// More errors than this are not reported.
    static let mostErrors = 100

    /// Reads a source; never fails.
    package static func parse(_ source: Source) -> Program { parse(Lexer.lex(source)).program }

    /// Whether a prompt entry ends too early: within a bracket, a block, a `"""` text, or after an operator.
    package static func isIncomplete(_ source: Source) -> Bool {
        let lexed = Lexer.lex(source)
        if let first = lexed.diagnostics.first {
            return lexed.diagnostics.count == 1 && first.code == SyntaxCode.stringNotClosed.rawValue && source.text(first.span) == "\"\"\""
        }
        let parser = Parser(lexed)
        _ = parser.program()
        return parser.endsTooEarly
    }

    /// Reads tokens and says how each was read. The roles fit the tokens only if there is no error.
    static func parse(_ lexed: LexedSource) -> (program: Program, roles: [TokenRole]) {
        let parser = Parser(lexed)
        let statements = parser.program()
        let diagnostics = parser.diagnostics.enumerated().sorted { left, right in
            (left.element.span.start, left.offset) < (right.element.span.start, right.offset)
        }
        return (Program(source: lexed.source, statements: statements, diagnostics: diagnostics.map(\.element)), parser.roles)
    }

    private init(_ lexed: LexedSource) {
        self.lexed = lexed
        let brackets = Brackets.match(lexed)
        tokens = brackets.tokens
        partner = brackets.partner
        diagnostics = lexed.diagnostics
        if diagnostics.count > Self.mostErrors { diagnostics.removeSubrange(Self.mostErrors...) }
        roles = Array(repeating: .none, count: tokens.count)
    }

    private func program() -> [Statement] {
        sequence(until: tokens.count - 1) { parser throws(SyntaxFailure) in try parser.statement() }
    }
}

/// A syntax error was reported; the statement or bracket that holds it goes on after it.
struct SyntaxFailure: Error {}

/// How the parser read a token.
struct TokenRole {
    private var rawValue: UInt8
    init(rawValue: UInt8) { self.rawValue = rawValue }
    static let none = TokenRole(rawValue: 0)
    /// The first token of a statement, part or clause.
    static let statementStart = TokenRole(rawValue: 1)
    /// A `-` with one operand.
    static let unary = TokenRole(rawValue: 2)
    /// A `(` or `[` of a call, an index, or a list of parameters: no space stands before it.
    static let tight = TokenRole(rawValue: 4)
    /// A clause's word that arguments follow.
    static let clauseWord = TokenRole(rawValue: 8)

    func contains(_ role: TokenRole) -> Bool { rawValue & role.rawValue != 0 }
    mutating func insert(_ role: TokenRole) { rawValue |= role.rawValue }
    mutating func remove(_ role: TokenRole) { rawValue &= ~role.rawValue }
}

// Reading tokens.
extension Parser {
    var token: Token { tokens[position] }

    func peek(_ offset: Int = 1) -> Token { tokens[min(position + offset, tokens.count - 1)] }

    func at(_ kind: TokenKind) -> Bool { tokens[position].kind == kind }

    func at(_ word: Word) -> Bool { tokens[position].word == word }

    func advance() {
        if position < tokens.count - 1 { position += 1 }
    }

    func eat(_ kind: TokenKind) -> Bool {
        guard at(kind) else { return false }
        advance()
        return true
    }

    func eat(_ word: Word) -> Bool {
        guard at(word) else { return false }
        advance()
        return true
    }

    func text(_ token: Token) -> String {
        String(decoding: lexed.source.text[Int(token.start)..<Int(token.end)], as: UTF8.self)
    }

    func span(_ token: Token) -> Span { lexed.span(token) }

    /// The span from the token at `start` to the one before the position.
    @inline(never)
    func span(from start: Int) -> Span {
        let end = position > start ? tokens[position - 1] : tokens[start]
        return Span(source: lexed.source.id, start: Int(tokens[start].start), end: Int(max(end.end, tokens[start].start)))
    }

    /// Whether a newline that counts stands before the token at the position.
    @inline(never)
    var endsLine: Bool { newlinesCount && startsLine(position) }

    /// Whether a newline that would count in a block stands before the token at an index.
    @inline(never)
    func startsLine(_ index: Int) -> Bool {
        let token = tokens[index]
        guard token.newlineBefore else { return false }
        if index > 0, expectsMore(tokens[index - 1]) { return false }
        if token.kind.continuesLine { return false }
        switch token.kind {
        case .keyword:
            switch token.word {
            case .else, .and, .or, .in: return false
            case .not: return tokens[min(index + 1, tokens.count - 1)].word != .in
            default: return true
            }
        case .dot: return !tokens[min(index + 1, tokens.count - 1)].isWord
        default: return true
        }
    }

    @inline(never)
    private func expectsMore(_ token: Token) -> Bool {
        if token.kind == .keyword {
            switch token.word {
            case .and, .or, .in, .not: return true
            default: return false
            }
        }
        return token.kind.expectsMore
    }

    /// Reads a name.
    @inline(never)
    func name(_ what: String) throws(SyntaxFailure) -> Identifier {
        guard at(.name) else { throw failName(what) }
        let identifier = Identifier(text(token), span(token))
        advance()
        return identifier
    }

    @inline(never)
    func need(_ kind: TokenKind, _ context: String) throws(SyntaxFailure) {
        guard eat(kind) else { throw failToken("`\(kind.text)`", context) }
    }

    /// Counts one level of nesting; every call needs a `leave` unless it throws for good.
    func enter() throws(SyntaxFailure) {
        guard depth < Self.deepestNesting else { throw failDepth(span(token)) }
        depth += 1
    }

    func leave() { depth -= 1 }

    /// Makes an expression; one that grows too high is replaced.
    @inline(never)
    func make(_ kind: Expression.Kind, _ span: Span) -> Expression {
        let expression = Expression(kind, span)
        guard expression.height > Self.highestTree else { return expression }
        _ = failDepth(span)
        return Expression(.invalid, span)
    }
}
