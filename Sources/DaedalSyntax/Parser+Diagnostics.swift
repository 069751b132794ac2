// The wording of errors that several rules share; `report` is the only way in.
extension Parser {
    @inline(never)
    func report(
        _ code: SyntaxCode, _ message: String, _ span: Span, label: String = "", labels: [Diagnostic.Label] = [], notes: [String] = [],
        fixes: [Diagnostic.Fix] = []
    ) {
        if diagnostics.isEmpty { endsTooEarly = isAtEnd }
        if diagnostics.count == Self.mostErrors {
            diagnostics.append(
                Diagnostic(.error, SyntaxCode.tooManyErrors.rawValue, "more than \(Self.mostErrors) errors: the rest is not shown", at: span))
        }
        guard diagnostics.count < Self.mostErrors else { return }
        diagnostics.append(Diagnostic(.error, code.rawValue, message, at: span, label: label, labels: labels, notes: notes, fixes: fixes))
    }

    /// Reports that reading cannot go on at the position, unless that follows from what the lexer reported.
    @inline(never)
    func fail(
        _ code: SyntaxCode, _ message: String, _ span: Span, label: String = "", labels: [Diagnostic.Label] = [], notes: [String] = [],
        fixes: [Diagnostic.Fix] = []
    ) -> SyntaxFailure {
        let previous = tokens[max(position - 1, 0)]
        func isBrokenString(_ token: Token) -> Bool { token.isBroken && (token.kind == .string || token.kind == .stringTail) }
        let isKnown = at(.error) || previous.kind == .error || isBrokenString(previous) || isBrokenString(token)
        if !isKnown { report(code, message, span, label: label, labels: labels, notes: notes, fixes: fixes) }
        return SyntaxFailure()
    }

    /// Whether nothing but inserted closers stands between the position and the end of the text.
    var isAtEnd: Bool { tokens[position...].allSatisfy { $0.kind == .end || $0.isSynthetic } }

    /// What stands at the position, in words, and where to point: behind the last token if the line or the text ends there.
    var found: (text: String, span: Span) {
        let token = token
        let end = position > 0 ? Int(tokens[position - 1].end) : 0
        let behind = Span(source: lexed.source.id, start: end, end: end)
        if isAtEnd { return ("the end of the text", behind) }
        if token.isSynthetic || newlinesCount && token.newlineBefore && position > 0 && !token.kind.continuesLine {
            return ("the end of the line", behind)
        }
        return (describe(token), span(token))
    }

    /// A token in words.
    func describe(_ token: Token) -> String {
        switch token.kind {
        case .end: return "the end of the text"
        case .string, .stringHead, .stringMiddle, .stringTail, .error: return token.kind.text
        case .name, .keyword, .integer, .float: return token.end - token.start <= 40 ? "`\(text(token))`" : token.kind.text
        default: return "`\(token.kind.text)`"
        }
    }

    /// `what` was expected here.
    @inline(never)
    func failToken(_ what: String, _ context: String, help: String? = nil) -> SyntaxFailure {
        let (text, span) = found
        return fail(.expectedToken, "expected \(what) \(context), found \(text)", span, fixes: help.map { [.init($0)] } ?? [])
    }

    /// A name was expected here.
    @inline(never)
    func failName(_ what: String) -> SyntaxFailure {
        if at(.keyword), !token.isBroken, !endsLine {
            let word = token.word.text
            return fail(
                .reservedWord, "`\(word)` is a reserved word and cannot be \(what)", span(token),
                fixes: [.init("choose another, such as `\(word)_`", span: span(token), replacement: word + "_")])
        }
        let (text, span) = found
        var fixes: [Diagnostic.Fix] = []
        if at(.integer), peek().kind == .name, peek().start == token.end { fixes = [.init("a name starts with a letter or `_`")] }
        return fail(.expectedToken, "expected \(what), found \(text)", span, fixes: fixes)
    }

    @inline(never)
    func failDepth(_ span: Span) -> SyntaxFailure {
        // One report is enough: what encloses the place is too high as well.
        if !diagnostics.contains(where: { $0.code == SyntaxCode.nestedTooDeep.rawValue }) {
            report(.nestedTooDeep, "the program is nested too deeply here", span, fixes: [.init("give the inner part a name with `let` or `fn`")])
        }
        return SyntaxFailure()
    }

    /// A block was expected after `what`.
    @inline(never)
    func failBlock(_ what: String) -> SyntaxFailure {
        let (text, span) = found
        var fixes: [Diagnostic.Fix] = []
        if at(.colon) || at(.name) && ["then", "do"].contains(self.text(token)) {
            fixes = [.init("a block stands in braces: `{ … }`", span: span, replacement: "{")]
        }
        return fail(.expectedToken, "expected `{` after \(what), found \(text)", span, fixes: fixes)
    }

    /// Neither a comma nor the closer follows an item.
    @inline(never)
    func failGroup(_ what: String, _ open: Int) -> SyntaxFailure {
        let closer = tokens[open].kind.closer?.text ?? ")"
        let opened = [Diagnostic.Label(span(tokens[open]), "opened here")]
        if token.isStray {
            return fail(
                .closesNothing, "`\(token.kind.text)` does not close `\(tokens[open].kind.text)`", span(token), label: "expected `\(closer)`",
                labels: opened, fixes: [.init("write `\(closer)`", span: span(token), replacement: closer)])
        }
        let (text, span) = found
        if at(.fatArrow) { return failArrow() }
        if at(.equal) {
            return fail(
                .assignmentAsValue, "`=` cannot stand between brackets", span,
                notes: ["an argument is named with `:`; equality is written `==`"])
        }
        var fixes: [Diagnostic.Fix] = []
        if startsOperand {
            let end = Int(tokens[position - 1].end)
            fixes = [.init("put a comma before it", span: Span(source: span.source, start: end, end: end), replacement: ",")]
        }
        return fail(.expectedToken, "expected `,` or `\(closer)` after \(what), found \(text)", span, labels: opened, fixes: fixes)
    }

    /// Whether the token at the position may begin an operand.
    var startsOperand: Bool {
        switch token.kind {
        case .name, .integer, .float, .string, .stringHead, .leftParen, .leftBracket: true
        case .keyword: [.true, .false, .none, .if, .not].contains(token.word)
        default: false
        }
    }

    /// A lambda that is an operand lacks its parentheses, or has no name before `=>`.
    @inline(never)
    func failArrow() -> SyntaxFailure {
        fail(
            .badParameter, "a function as an operand stands in parentheses", span(token),
            fixes: [.init("write `(x => …)`, or `(x, y) => …` for several parameters")])
    }

    /// The bracket at `open` has no closer.
    @inline(never)
    func reportUnclosed(_ open: Int) {
        let token = tokens[open]
        // Brackets that lack their closers at the same place are one mistake.
        let isOneMore = unclosedAt == position || unclosedAt == position - 1 && tokens[unclosedAt].isSynthetic
        unclosedAt = position
        if isOneMore, let last = diagnostics.indices.last, diagnostics[last].code == SyntaxCode.notClosed.rawValue {
            if diagnostics[last].labels.count < 3 { diagnostics[last].labels.append(.init(span(token), "nor is this one")) }
            return
        }
        // A string that runs on has most likely swallowed the closer.
        guard diagnostics.count <= Self.mostErrors, !tokens[open...max(open, position)].contains(where: \.isBroken) else { return }
        let closer = token.kind.closer?.text ?? ")"
        let end = position > open + 1 ? Int(tokens[position - 1].end) : Int(token.end)
        let place = Span(source: lexed.source.id, start: end, end: end)
        let fix =
            token.kind == .leftBrace
            ? Diagnostic.Fix("end the block with `}`")
            : Diagnostic.Fix("put `\(closer)` at the end of line \(lexed.source.line(at: place.start))", span: place, replacement: closer)
        report(.notClosed, "`\(token.kind.text)` is never closed", span(token), label: "opened here", fixes: [fix])
    }

    @inline(never)
    func reportStray() {
        // A row of closers that close nothing is one mistake.
        if position > 0, tokens[position - 1].kind == .error || tokens[position - 1].isStray { return }
        report(
            .closesNothing, "`\(token.kind.text)` closes nothing", span(token),
            fixes: [.init("take it away, or open a bracket before it", span: span(token), replacement: "")])
    }

    @inline(never)
    func reportLeadingMinus() {
        let previous = tokens[max(position - 1, 0)]
        let behind = Span(source: lexed.source.id, start: Int(previous.end), end: Int(previous.end))
        report(
            .leadingMinus, "a line cannot start with `-` and a space", span(token),
            notes: ["it would not be clear whether the line continues the one before or is a statement of its own"],
            fixes: [
                .init("to go on with the line before, move the `-` up to its end", span: behind, replacement: " -"),
                .init("for a negative number write it without the space"),
            ])
    }
}
