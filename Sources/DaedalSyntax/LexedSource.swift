/// What the lexer made of a source: tokens, comments, decoded strings, and what was wrong.
package struct LexedSource: Sendable {
    package let source: Source
    /// Never empty: the last is `.end`.
    package var tokens: [Token]
    /// In order of the text.
    package var comments: [Comment]
    /// The decoded texts that string tokens refer to.
    package var texts: [String]
    package var diagnostics: [Diagnostic]

    package func span(_ token: Token) -> Span { Span(source: source.id, start: Int(token.start), end: Int(token.end)) }
}

/// A comment, from its `#` to the end of the line.
package struct Comment: Hashable, Sendable {
    package var start: UInt32
    package var end: UInt32
    /// Nothing but spaces stands before it on its line.
    package var isAlone: Bool
    /// `##`
    package var isDocumentation: Bool
    /// The number of tokens before it.
    package var tokenIndex: Int
}
