/// Which bracket closes which. Where the text lacks a closer, one without width is inserted, so that the parser always sees pairs.
struct Brackets {
    private(set) var tokens: [Token]
    /// For an opener (or a string's head or middle) the index of what closes it; for a closer the index of its opener; else -1.
    private(set) var partner: [Int32]
    private let text: [UInt8]

    private init(tokens: [Token], text: [UInt8]) {
        self.tokens = tokens
        self.text = text
        partner = Array(repeating: -1, count: tokens.count)
    }

    /// Pairs the brackets of a source; only a text whose brackets do not fit is repaired.
    static func match(_ lexed: LexedSource) -> Brackets {
        var brackets = Brackets(tokens: lexed.tokens, text: lexed.source.text)
        if !brackets.pair() { brackets.repair() }
        return brackets
    }

    /// Pairs brackets that fit; false as soon as one does not.
    private mutating func pair() -> Bool {
        var stack: [Int] = []
        for index in tokens.indices {
            let kind = tokens[index].kind
            switch kind {
            case .leftParen, .leftBracket, .leftBrace, .stringHead: stack.append(index)
            case .rightParen, .rightBracket, .rightBrace, .stringMiddle, .stringTail:
                guard let open = stack.popLast() else { return false }
                let fits = kind.isCloser ? tokens[open].kind.closer == kind : Self.isPiece(tokens[open].kind)
                guard fits else { return false }
                partner[open] = Int32(index)
                partner[index] = Int32(open)
                if kind == .stringMiddle { stack.append(index) }
            default: break
            }
        }
        return stack.isEmpty
    }

    private static func isPiece(_ kind: TokenKind) -> Bool { kind == .stringHead || kind == .stringMiddle }

    /// An opener that waits for its closer.
    private struct Open {
        let index: Int
        let kind: TokenKind
        /// The column at which its line starts.
        let indent: Int
        /// The column at which the first line within it starts; nil until there is one.
        var contentIndent: Int?
    }

    /// Pairs brackets that do not fit, by indentation and by the words that declare something.
    private mutating func repair() {
        let old = tokens
        tokens = []
        tokens.reserveCapacity(old.count + 16)
        partner = []
        var stack: [Open] = []
        var indent = 0
        for index in old.indices {
            let token = old[index]
            if token.newlineBefore {
                indent = column(of: token)
                if let last = stack.indices.last, stack[last].contentIndent == nil, !token.kind.isCloser { stack[last].contentIndent = indent }
                if declares(old, index) {
                    while let top = stack.last, !Self.isPiece(top.kind), top.indent >= indent,
                        top.kind != .leftBrace || (top.contentIndent ?? 0) > top.indent
                    {
                        closeTop(&stack)
                    }
                }
            }
            switch token.kind {
            case .leftParen, .leftBracket, .leftBrace, .stringHead: open(token, indent, &stack)
            case .stringMiddle, .stringTail:
                while let top = stack.last, !Self.isPiece(top.kind) { closeTop(&stack) }
                if stack.isEmpty { append(token) } else { close(token, &stack) }
                if token.kind == .stringMiddle { stack.append(Open(index: tokens.count - 1, kind: .stringMiddle, indent: indent)) }
            case .rightParen, .rightBracket, .rightBrace:
                if token.newlineBefore { closeByIndentation(token.kind, indent, &stack) }
                if let depth = depth(of: token, stack) {
                    while stack.count - 1 > depth { closeTop(&stack) }
                    close(token, &stack)
                } else {
                    append(token)
                    tokens[tokens.count - 1].flags.insert(.stray)
                }
            case .end:
                while !stack.isEmpty { closeTop(&stack) }
                append(token)
            default: append(token)
            }
        }
    }

    private mutating func append(_ token: Token) {
        tokens.append(token)
        partner.append(-1)
    }

    private mutating func open(_ token: Token, _ indent: Int, _ stack: inout [Open]) {
        stack.append(Open(index: tokens.count, kind: token.kind, indent: indent))
        append(token)
    }

    /// Adds a closer and pairs it with the top of the stack.
    private mutating func close(_ token: Token, _ stack: inout [Open]) {
        guard let top = stack.popLast() else { return }
        partner[top.index] = Int32(tokens.count)
        append(token)
        partner[tokens.count - 1] = Int32(top.index)
    }

    /// Inserts the closer that the top of the stack lacks.
    private mutating func closeTop(_ stack: inout [Open]) {
        guard let top = stack.last, let last = tokens.last else { return }
        close(Token(kind: top.kind.closer ?? .stringTail, flags: .synthetic, start: last.end, end: last.end), &stack)
    }

    /// A closer at the start of a line belongs to the bracket whose line has its indentation: deeper ones were left open.
    private mutating func closeByIndentation(_ kind: TokenKind, _ indent: Int, _ stack: inout [Open]) {
        guard let depth = stack.lastIndex(where: { Self.isPiece($0.kind) || ($0.kind.closer == kind && $0.indent == indent) }),
            !Self.isPiece(stack[depth].kind), stack[(depth + 1)...].allSatisfy({ $0.indent > indent })
        else { return }
        while stack.count - 1 > depth { closeTop(&stack) }
    }

    /// The place in the stack of the bracket that a closer closes; a `)` does not reach out of a block unless it starts a line.
    private func depth(of token: Token, _ stack: [Open]) -> Int? {
        for depth in stack.indices.reversed() {
            if stack[depth].kind.closer == token.kind { return depth }
            if Self.isPiece(stack[depth].kind) { return nil }
            if stack[depth].kind == .leftBrace, token.kind != .rightBrace, !token.newlineBefore { return nil }
        }
        return nil
    }

    private func column(of token: Token) -> Int {
        var start = Int(token.start)
        while start > 0, text[start - 1] != UInt8(ascii: "\n") { start -= 1 }
        return Int(token.start) - start
    }

    /// Whether the token starts a declaration.
    private func declares(_ tokens: [Token], _ index: Int) -> Bool {
        guard index + 1 < tokens.count else { return false }
        let next = tokens[index + 1]
        guard !next.newlineBefore else { return false }
        switch tokens[index].word {
        case .let, .var: return next.kind == .name || next.kind == .leftParen
        case .import: return next.kind == .name || next.kind == .string
        case .fn, .network, .dataset, .optimizer, .param, .state: return next.kind == .name
        case .test: return next.kind == .string
        case .forward, .update: return next.kind == .leftParen
        default: return false
        }
    }
}
