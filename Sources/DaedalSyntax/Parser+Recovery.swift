// Sequences and brackets: where an error ends, and how reading goes on after it.
extension Parser {
    /// Reads `{ NL } [ item { NL item } ] { NL }` up to the token at `close`; an item that fails gives what it declares.
    func sequence(until close: Int, _ item: (Parser) throws(SyntaxFailure) -> Statement) -> [Statement] {
        var statements: [Statement] = []
        sequence(until: close) { parser throws(SyntaxFailure) in
            let statement = try item(parser)
            if statement.height > Self.highestTree {
                _ = parser.failDepth(statement.span)
                statements.append(Statement(.invalid, statement.span))
            } else {
                statements.append(statement)
            }
        } failed: { parser, start, isRead in
            // What an expression goes on with is unknown, so its beginning says nothing; other statements keep what was read of them.
            if isRead {
                guard case .expression? = statements.last?.kind else { return }
                statements.removeLast()
            }
            statements.append(parser.partial ?? Statement(.invalid, parser.span(from: start)))
            parser.partial = nil
        }
        return statements
    }

    /// Reads items up to the token at `close`, each ended by a newline or `;`.
    func sequence(
        until close: Int, item: (Parser) throws(SyntaxFailure) -> Void, failed: (Parser, _ start: Int, _ isRead: Bool) -> Void
    ) {
        while true {
            while at(.semicolon) || token.isSynthetic && position < close { advance() }
            if position >= close || at(.end) { return }
            if token.isStray {
                reportStray()
                advance()
                continue
            }
            let start = position
            roles[start].insert(.statementStart)
            var isRead = false
            do throws(SyntaxFailure) {
                try item(self)
                isRead = true
                if !endsStatement(close) { try unended(from: start) }
            } catch {
                synchronize(from: start, until: close)
                failed(self, start, isRead)
            }
            if position == start { advance() }
        }
    }

    private func endsStatement(_ close: Int) -> Bool {
        position >= close || at(.semicolon) || at(.end) || token.isSynthetic || token.isStray || endsLine && !startsWithMinus
    }

    /// A line that starts with `- ` is neither a continuation nor a statement.
    var startsWithMinus: Bool { at(.minus) && token.flags.contains(.spaceAfter) }

    /// Moves to where the statement that starts at `start` ends, past the position.
    @inline(never)
    private func synchronize(from start: Int, until close: Int) {
        let failure = position
        var index = start
        while index < close {
            let token = tokens[index]
            if index >= failure, index > start {
                if token.kind == .semicolon || startsLine(index) || token.newlineBefore && startsStatement(token) || token.isSynthetic { break }
            }
            let end = Int(partner[index])
            let isPair = end > index && !tokens[end].isSynthetic
            index = !isPair ? index + 1 : tokens[end].kind == .stringMiddle ? end : end + 1
        }
        position = min(index, close)
    }

    private func startsStatement(_ token: Token) -> Bool {
        guard token.kind == .keyword else { return false }
        switch token.word {
        case .let, .var, .fn, .for, .while, .return, .break, .continue, .import: return true
        default: return false
        }
    }

    /// Reads `{ … }` with the given kind of item.
    func braces<Body>(_ what: String, _ body: (Parser, Int) throws(SyntaxFailure) -> Body) throws(SyntaxFailure) -> Body {
        guard at(.leftBrace), partner[position] >= 0 else { throw failBlock(what) }
        try enter()
        let open = position
        let close = Int(partner[open])
        let outer = newlinesCount
        newlinesCount = true
        advance()
        let result: Body
        do throws(SyntaxFailure) {
            result = try body(self, close)
        } catch {
            newlinesCount = outer
            leave()
            throw error
        }
        newlinesCount = outer
        leave()
        position = close
        if tokens[close].isSynthetic { reportUnclosed(open) }
        advance()
        return result
    }

    /// Reads a block of statements.
    @inline(never)
    func block(_ what: String) throws(SyntaxFailure) -> Block {
        let start = position
        let statements = try braces(what) { parser, close throws(SyntaxFailure) in
            parser.sequence(until: close) { parser throws(SyntaxFailure) in try parser.statement() }
        }
        return Block(statements, span(from: start))
    }

    /// Reads `( … )` or `[ … ]`: items between commas, a last comma allowed. An item that fails gives `replacement`, if there is one.
    func group<Item>(
        _ what: String, replacement: Item? = nil, _ item: (Parser) throws(SyntaxFailure) -> Item
    ) throws(SyntaxFailure) -> (items: [Item], trailingComma: Bool) {
        let open = position
        let close = Int(partner[open])
        guard close >= 0 else { throw failExpression() }
        let outer = newlinesCount
        newlinesCount = false
        advance()
        defer { newlinesCount = outer }
        var items: [Item] = []
        var trailingComma = false
        do throws(SyntaxFailure) {
            while position < close {
                items.append(try item(self))
                trailingComma = false
                if position >= close { break }
                if at(.comma) {
                    advance()
                    trailingComma = true
                } else if tokens[close].isSynthetic, token.newlineBefore || at(.end) {
                    // The line ends and the bracket was never closed: it was meant to close here.
                    reportUnclosed(open)
                    return (items, trailingComma)
                } else {
                    throw failGroup(what, open)
                }
            }
        } catch {
            guard !tokens[close].isSynthetic else { throw error }
            if let replacement { items.append(replacement) }
        }
        position = close
        if tokens[close].isSynthetic { reportUnclosed(open) }
        advance()
        return (items, trailingComma)
    }
}
