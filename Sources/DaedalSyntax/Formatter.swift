/// Lays a source out in the one style: only white space and needless `;` change, so the tree stays the same and comments stay in place.
package struct Formatter {
    /// Spaces a level.
    static let indentation = 2

    let pieces: [Piece]
    /// For each bracket the piece that closes or opens it; else -1.
    let partner: [Int]
    /// For each `{` whether its statements stand on lines of their own.
    private(set) var isMultiline: [Bool]
    /// For each `{` of clauses the width of the column of words; 0 where there is none.
    private(set) var clauseWidth: [Int]

    /// The text in the one style; nil, with what is wrong, if the source does not parse.
    package static func format(_ source: Source) -> (text: String?, diagnostics: [Diagnostic]) {
        let lexed = Lexer.lex(source)
        let (program, roles) = Parser.parse(lexed)
        guard program.diagnostics.isEmpty else { return (nil, program.diagnostics) }
        var layout = FormatterLayout(Formatter(pieces: Piece.pieces(of: lexed, roles)))
        return (layout.run(), [])
    }

    private init(pieces: [Piece]) {
        self.pieces = pieces
        var partner = Array(repeating: -1, count: pieces.count)
        var parent = Array(repeating: -1, count: pieces.count)
        var stack: [Int] = []
        for index in pieces.indices {
            let kind = pieces[index].kind
            parent[index] = stack.last ?? -1
            if kind.closer != nil {
                stack.append(index)
            } else if kind.isCloser, let open = stack.popLast() {
                partner[open] = index
                partner[index] = open
            }
        }
        self.partner = partner
        isMultiline = Array(repeating: false, count: pieces.count)
        clauseWidth = Array(repeating: 0, count: pieces.count)
        findMultiline(parent)
        alignClauses(parent)
    }

    /// A block takes several lines if anything directly within it starts a line, or a comment stands there.
    private mutating func findMultiline(_ parent: [Int]) {
        for index in pieces.indices {
            let open = parent[index]
            guard open >= 0, pieces[open].kind == .leftBrace else { continue }
            let piece = pieces[index]
            let separates = piece.role.contains(.statementStart) || partner[index] == open
            if piece.isComment || separates && piece.newlines > 0 { isMultiline[open] = true }
        }
        // What holds a block of several lines takes several itself.
        for index in pieces.indices.reversed() where isMultiline[index] {
            var open = parent[index]
            while open >= 0, !isMultiline[open] {
                isMultiline[open] = pieces[open].kind == .leftBrace
                open = parent[open]
            }
        }
    }

    /// The words of clauses that start their lines form a column, two spaces wider than the longest.
    private mutating func alignClauses(_ parent: [Int]) {
        for index in pieces.indices where pieces[index].role.contains(.clauseWord) {
            let open = parent[index]
            guard open >= 0, isMultiline[open], startsLine(index) else { continue }
            clauseWidth[open] = max(clauseWidth[open], pieces[index].text.unicodeScalars.count + 2)
        }
    }

    /// Whether a statement or clause in a block of several lines starts its line.
    func startsLine(_ index: Int) -> Bool {
        index == 0 || pieces[index].newlines > 0 || pieces[index - 1].kind == .leftBrace || pieces[index - 1].isComment
    }

    /// A token, a whole string with its interpolations, or a comment.
    struct Piece {
        let kind: TokenKind
        let word: Word
        let role: TokenRole
        let text: String
        /// The newlines before it.
        var newlines: Int
        /// The column at which a comment stood.
        let column: Int
        let isComment: Bool

        /// The pieces of a source that parsed, in order, without needless `;`.
        static func pieces(of lexed: LexedSource, _ roles: [TokenRole]) -> [Piece] {
            let source = lexed.source
            var pieces: [Piece] = []
            pieces.reserveCapacity(lexed.tokens.count + lexed.comments.count)
            var end = 0
            func add(_ start: UInt32, _ stop: UInt32, _ kind: TokenKind, _ word: Word, _ role: TokenRole, isComment: Bool) {
                let low = Int(start)
                let newlines = low > end ? source.text[end..<low].count { $0 == UInt8(ascii: "\n") } : 0
                let column = isComment ? source.position(at: start).column : 0
                let text = source.text(Span(source: source.id, start: low, end: Int(stop)))
                pieces.append(Piece(kind: kind, word: word, role: role, text: text, newlines: newlines, column: column, isComment: isComment))
                end = Int(stop)
            }
            var comment = 0
            var index = 0
            while index < lexed.tokens.count {
                let token = lexed.tokens[index]
                while comment < lexed.comments.count, lexed.comments[comment].start < token.start || token.kind == .end {
                    let next = lexed.comments[comment]
                    add(next.start, next.end, .end, .other, .none, isComment: true)
                    comment += 1
                }
                if token.kind == .end { break }
                let first = index
                if token.kind == .stringHead {
                    var depth = 0
                    repeat {
                        if lexed.tokens[index].kind == .stringHead { depth += 1 }
                        if lexed.tokens[index].kind == .stringTail { depth -= 1 }
                        index += 1
                    } while depth > 0 && index < lexed.tokens.count
                    index -= 1
                }
                let kind: TokenKind = token.kind == .stringHead ? .string : token.kind
                add(token.start, lexed.tokens[index].end, kind, token.word, roles[first], isComment: false)
                index += 1
            }
            return dropSemicolons(pieces)
        }

        /// Keeps a `;` only between two statements on one line.
        private static func dropSemicolons(_ pieces: [Piece]) -> [Piece] {
            var result: [Piece] = []
            var newlines = 0
            for index in pieces.indices {
                var piece = pieces[index]
                guard piece.kind == .semicolon else {
                    piece.newlines += newlines
                    newlines = 0
                    result.append(piece)
                    continue
                }
                var next = index + 1
                while next < pieces.count, pieces[next].kind == .semicolon, pieces[next].newlines == 0 { next += 1 }
                let separates = next < pieces.count && pieces[next].newlines == 0 && pieces[next].role.contains(.statementStart)
                let follows = result.last.map { $0.kind != .semicolon && $0.kind != .leftBrace && !$0.isComment } ?? false
                if separates, follows, piece.newlines + newlines == 0 {
                    result.append(piece)
                } else {
                    newlines += piece.newlines
                    // A comment must not become the documentation of what a `;` kept it from.
                    if result.last?.isComment == true { newlines = max(newlines, 2) }
                }
            }
            return result
        }
    }
}
