// The wording of errors in statements and declarations.
extension Parser {
    /// A statement is followed by something on its line.
    @inline(never)
    func unended(from start: Int) throws(SyntaxFailure) {
        if startsWithMinus, endsLine {
            reportLeadingMinus()
            throw SyntaxFailure()
        }
        if at(.fatArrow) { throw failArrow() }
        if at(.name) { try foreignWord() }
        let (text, place) = found
        var notes: [String] = []
        var fixes: [Diagnostic.Fix] = []
        switch token.kind {
        case .equal:
            throw fail(
                .assignmentAsValue, "`=` is a statement and has no value", place,
                fixes: [.init("equality is written `==`", span: place, replacement: "==")])
        case .colon: notes = ["a block stands in braces `{ … }`; names of arguments stand within the parentheses of a call"]
        case .leftBrace where position == start + 1:
            notes = ["`\(self.text(tokens[start]))` is no word that a block follows"]
        case .dotDot, .dotDotEqual: throw failChainedRange()
        case .keyword where token.word == .else: throw failElse()
        case .name where tokens[position - 1].kind == .integer || tokens[position - 1].kind == .float:
            if tokens[position - 1].end == token.start {
                fixes = [.init("a name starts with a letter or `_`; a product is written with `*`")]
            } else {
                notes = ["the units of numbers are `steps`, `epochs` and `seconds`"]
            }
        default:
            if position == start + 1, tokens[start].kind == .name, startsOperand {
                fixes = [.init("the arguments of a call stand in parentheses: `\(self.text(tokens[start]))(…)`")]
            }
        }
        throw fail(.statementNotEnded, "expected a new line or `;` after the statement, found \(text)", place, notes: notes, fixes: fixes)
    }

    /// Whether a word of another language begins the statement.
    @inline(never)
    func checkForeignWord() throws(SyntaxFailure) {
        guard at(.name), !peek().newlineBefore else { return }
        switch token.word {
        case .other: break
        case .param where peek().kind == .name, .state where peek().kind == .name:
            let word = token.word.text
            throw fail(
                .misplaced, "`\(word)` stands only directly in the body of a network or an optimizer", span(token),
                notes: ["a condition follows it: `\(word) name: [shape] = zeros if condition`"])
        case .network, .dataset, .optimizer:
            guard peek().kind == .leftBrace else { return }
            throw fail(
                .expectedToken, "expected a name after `\(token.word.text)`, found `{`", span(peek()),
                fixes: [.init("write `\(token.word.text) Name { … }`")])
        default: return
        }
        switch peek().kind {
        case .name, .string, .leftBrace, .colon: try foreignWord()
        case .keyword where [.if, .true, .false, .none, .let, .fn].contains(peek().word): try foreignWord()
        default: break
        }
    }

    @inline(never)
    private func foreignWord() throws(SyntaxFailure) {
        let word = text(token)
        guard let (message, replacement) = Self.foreignWords[word] else { return }
        throw fail(
            .foreignWord, "`\(word)` is no word of Daedal: \(message)", span(token),
            fixes: replacement.map { [.init("write `\($0)`", span: span(token), replacement: $0)] } ?? [])
    }

    /// Words that begin statements elsewhere: what to say, and what to write in their place.
    private static let foreignWords: [String: (String, String?)] = [
        "def": ("functions are declared with `fn`", "fn"), "func": ("functions are declared with `fn`", "fn"),
        "function": ("functions are declared with `fn`", "fn"), "fun": ("functions are declared with `fn`", "fn"),
        "elif": ("another condition is `else if`", "else if"), "elsif": ("another condition is `else if`", "else if"),
        "elseif": ("another condition is `else if`", "else if"), "const": ("names are bound with `let`", "let"),
        "val": ("names are bound with `let`", "let"), "foreach": ("loops are written `for x in xs { … }`", "for"),
        "class": ("a kind of model is a `network`, a bundle of values a record `(x: 1, y: 2)`", nil),
        "struct": ("a bundle of values is a record `(x: 1, y: 2)`", nil), "model": ("a kind of model is a `network`", "network"),
        "from": ("a library is brought in with `import name`, a file with `import \"name.dl\"`", nil),
        "switch": ("choices are written `if … { } else if … { }`", nil), "match": ("choices are written `if … { } else if … { }`", nil),
        "unless": ("write `if not …`", "if not"), "until": ("write `while not …`", "while not"), "loop": ("write `while true { … }`", "while true"),
        "try": ("scripts catch no errors; the host does", nil), "throw": ("a script ends itself with `fail(\"message\")`", nil),
        "raise": ("a script ends itself with `fail(\"message\")`", nil), "lambda": ("a function without a name is `x => …`", nil),
        "do": ("a block follows `for`, `while` or `if` directly", nil),
    ]

    /// Whether another language's `else if` follows a block on its line; it is reported and read as what it means.
    @inline(never)
    func eatForeignElse() -> Bool {
        guard at(.name), !endsLine, ["elif", "elsif", "elseif"].contains(text(token)) else { return false }
        do throws(SyntaxFailure) { try foreignWord() } catch {}
        return true
    }

    @inline(never)
    func failElse() -> SyntaxFailure {
        fail(
            .misplaced, "`else` without an `if` before it", span(token),
            notes: ["`else` follows the `}` of its `if`, on the same line or the next"])
    }

    /// `let x 3`, `let x: [n] = 3`
    @inline(never)
    func failBinding(_ pattern: Pattern, _ isVariable: Bool) -> SyntaxFailure {
        let word = isVariable ? "var" : "let"
        if at(.colon) {
            return fail(
                .expectedToken, "expected `=`, found `:`", span(token),
                notes: ["a name takes the kind of its value; shapes are written after parameters, in `param` and in `state`"])
        }
        if token.kind == .plusEqual || token.kind == .minusEqual || token.kind == .starEqual || token.kind == .slashEqual {
            return fail(
                .expectedToken, "`\(word)` binds a name with `=`, not with `\(token.kind.text)`", span(token),
                fixes: [.init("to change a name bound before, leave out `\(word)`")])
        }
        let name = lexed.source.text(pattern.span)
        let (text, span) = found
        let fix =
            isAtEnd || endsLine
            ? Diagnostic.Fix("give it a value: `\(word) \(name) = …`")
            : Diagnostic.Fix("write `=`", span: Span(source: span.source, start: Int(span.start), end: Int(span.start)), replacement: "= ")
        return fail(.expectedToken, "expected `=` and a value after `\(word) \(name)`, found \(text)", span, fixes: [fix])
    }

    /// `if x = 3 { }`
    @inline(never)
    func reportComparison(_ word: String) {
        _ = fail(
            .assignmentAsValue, "`=` assigns; the condition of `\(word)` compares with `==`", span(token),
            fixes: [.init("write `==`", span: span(token), replacement: "==")])
    }

    /// The `)` of `for (… in …)` or `for (i = 0; …)`, if the parentheses are no pattern.
    func parenthesisedLoop() -> Int? {
        let close = Int(partner[position])
        guard close > position else { return nil }
        return tokens[position..<close].contains { $0.word == .in || $0.kind == .semicolon || $0.kind == .equal } ? close : nil
    }

    @inline(never)
    func failLoop(_ close: Int) -> SyntaxFailure {
        fail(
            .expectedToken, "`for` takes no parentheses", span(token).union(span(tokens[close])),
            fixes: [.init("write `for x in xs { … }`; to count, `for i in 0..10 { … }`")])
    }

    @inline(never)
    func failImport() -> SyntaxFailure {
        fail(
            .expectedToken, "an import names one library or one file", span(token),
            fixes: [.init("for a file write its path: `import \"folder/name.dl\"`")])
    }

    /// Reports a target that cannot be assigned to.
    @inline(never)
    func checkTarget(_ target: Expression, _ sign: Token) -> Bool {
        var notes: [String] = []
        var fixes: [Diagnostic.Fix] = []
        switch target.kind {
        case .name, .index, .member, .invalid: return true
        case .record, .list:
            notes = ["assignments change one name, element or field; several names are bound at once with `let (a, b) = …`"]
        case .comparison, .binary(.and, _, operatorSpan: _, _), .binary(.or, _, operatorSpan: _, _), .unary(.not, _):
            if sign.kind == .equal { fixes = [.init("equality is written `==`", span: span(sign), replacement: "==")] }
        case .call:
            notes = ["a function is declared with `fn name(…) = …`"]
        default: break
        }
        report(.notAssignable, "this cannot be assigned to", target.span, label: "not a name, an element or a field", notes: notes, fixes: fixes)
        return false
    }

    @inline(never)
    func failChainedAssignment() -> SyntaxFailure {
        fail(
            .assignmentAsValue, "an assignment has no value, so it cannot be assigned again", span(token),
            fixes: [.init("write one assignment a line, or `==` to compare")])
    }

    /// `fn (x) { }`
    @inline(never)
    func failAnonymousFunction() -> SyntaxFailure {
        fail(
            .expectedToken, "a function declared with `fn` needs a name", span(token),
            fixes: [.init("a function without a name is written `x => …` or `(x, y) => { … }`")])
    }

    @inline(never)
    func failFunctionBody() -> SyntaxFailure {
        let (text, span) = found
        if at(.fatArrow) {
            return fail(
                .expectedToken, "the body of a `fn` follows `=`", span, fixes: [.init("write `=`", span: span, replacement: "=")])
        }
        var fixes: [Diagnostic.Fix] = []
        if at(.colon) { fixes = [.init("a block stands in braces: `{ … }`", span: span, replacement: "{")] }
        return fail(.expectedToken, "expected `=` and an expression or `{ … }` as the function's body, found \(text)", span, fixes: fixes)
    }

    @inline(never)
    func failShape() -> SyntaxFailure {
        let (text, span) = found
        return fail(
            .expectedToken, "expected a shape, found \(text)", span,
            notes: ["a shape is written like `[batch, 10]` or `[..., features]`; names have no other types", "a default follows `=`"])
    }

    @inline(never)
    func failSlot(_ kind: SlotKind, _ name: Identifier) -> SyntaxFailure {
        let (text, span) = found
        return fail(
            .expectedToken, "expected `=` and how `\(name.text)` starts, found \(text)", span,
            fixes: [.init("write `\(kind.rawValue) \(name.text): [shape] = zeros`, or another initializer")])
    }
}
