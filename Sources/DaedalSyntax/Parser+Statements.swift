extension Parser {
    /// Reads one statement.
    @inline(never)
    func statement() throws(SyntaxFailure) -> Statement {
        let start = position
        switch token.word {
        case .let, .var: return try binding()
        case .fn: return try function(start)
        case .for: return try forLoop()
        case .while:
            advance()
            let condition = try condition("while")
            return Statement(.whileLoop(condition, try block("`while` and its condition")), span(from: start))
        case .return:
            advance()
            var value: Expression?
            if !(endsLine && !startsWithMinus || at(.rightBrace) || at(.semicolon) || at(.end)) { value = try expression() }
            return Statement(.returnValue(value), span(from: start))
        case .break:
            advance()
            return Statement(.breakLoop, span(from: start))
        case .continue:
            advance()
            return Statement(.continueLoop, span(from: start))
        case .import: return try importModule()
        case .network where isDeclared(.name), .optimizer where isDeclared(.name): return try networkOrOptimizer()
        case .dataset where isDeclared(.name): return try dataset()
        case .test where peek().kind == .string || peek().kind == .stringHead:
            if !peek().newlineBefore { return try test() }
        default: break
        }
        try checkForeignWord()
        return try assignment()
    }

    /// Whether the next token is of a kind and on the same line: what makes a word a keyword.
    func isDeclared(_ kind: TokenKind) -> Bool { peek().kind == kind && !peek().newlineBefore }

    /// `let pattern = value, …`; a binding that fails still declares its names.
    @inline(never)
    private func binding() throws(SyntaxFailure) -> Statement {
        let start = position
        let isVariable = at(.var)
        advance()
        var bindings: [(pattern: Pattern, value: Expression)] = []
        repeat {
            let pattern = try pattern()
            do throws(SyntaxFailure) {
                guard eat(.equal) else { throw failBinding(pattern, isVariable) }
                bindings.append((pattern, try expression()))
            } catch {
                bindings.append((pattern, Expression(.invalid, pattern.span)))
                partial = Statement(.binding(isVariable: isVariable, bindings), span(from: start))
                throw error
            }
        } while eat(.comma)
        return Statement(.binding(isVariable: isVariable, bindings), span(from: start))
    }

    /// Leaves a name declared though the rest of its declaration failed.
    @inline(never)
    func declarePartially(_ name: Identifier) {
        partial = Statement(.binding(isVariable: false, [(.name(name), Expression(.invalid, name.span))]), name.span)
    }

    /// `name`, `_`, or `(a, (b, _))`
    @inline(never)
    func pattern() throws(SyntaxFailure) -> Pattern {
        let start = position
        guard at(.leftParen) else {
            let name = try name("a name")
            return name.text == "_" ? .ignored(name.span) : .name(name)
        }
        try enter()
        defer { leave() }
        let parts = try group("a pattern") { parser throws(SyntaxFailure) in try parser.pattern() }.items
        if parts.isEmpty, position == start + 2 { report(.emptyParentheses, "a pattern needs a name between `(` and `)`", span(from: start)) }
        return .parts(parts, span(from: start))
    }

    /// The condition of `if` or `while`: an expression that a block follows.
    @inline(never)
    func condition(_ word: String) throws(SyntaxFailure) -> Expression {
        let value = try expression()
        guard at(.equal) else { return value }
        reportComparison(word)
        advance()
        _ = try expression()
        return Expression(.invalid, value.span)
    }

    @inline(never)
    private func forLoop() throws(SyntaxFailure) -> Statement {
        let start = position
        advance()
        if at(.leftParen), let end = parenthesisedLoop() { throw failLoop(end) }
        let pattern = try pattern()
        guard eat(.in) else { throw failToken("`in`", "after what `for` names", help: "write `for x in xs { … }`") }
        let subject = try expression()
        return Statement(.forLoop(pattern, subject, try block("`for … in …`")), span(from: start))
    }

    @inline(never)
    private func importModule() throws(SyntaxFailure) -> Statement {
        let start = position
        advance()
        let path: ImportPath
        var module: Identifier?
        if at(.string) || at(.stringHead) {
            let file = try plainString("the path of an import")
            path = .file(file.text, file.span)
        } else {
            let name = try name("the name of a library or a path between quotes")
            path = .library(name)
            module = name
        }
        var alias: Identifier?
        if at(.as), !endsLine {
            advance()
            alias = try name("the name for the import")
        }
        if at(.dot) || at(.comma) {
            if let module = alias ?? module { declarePartially(module) }
            throw failImport()
        }
        return Statement(.importModule(path, alias: alias), span(from: start))
    }

    @inline(never)
    private func test() throws(SyntaxFailure) -> Statement {
        let start = position
        advance()
        let name = try plainString("the name of a test")
        return Statement(.test(name: name.text, try block("the name of a test")), span(from: start))
    }

    /// Reads a string that may hold no interpolation.
    @inline(never)
    private func plainString(_ what: String) throws(SyntaxFailure) -> (text: String, span: Span) {
        let start = position
        let isPlain = at(.string)
        let string = try string()
        if !isPlain { report(.interpolatedName, "\(what) is plain text, without `\\( )`", span(from: start)) }
        var text = ""
        if case .string(let parts) = string.kind {
            for case .text(let part) in parts { text += part }
        }
        return (text, string.span)
    }

    /// An expression, or an assignment to one.
    @inline(never)
    private func assignment() throws(SyntaxFailure) -> Statement {
        let start = position
        let target = try expression()
        var operation: BinaryOperator?
        switch token.kind {
        case .equal: operation = nil
        case .plusEqual: operation = .add
        case .minusEqual: operation = .subtract
        case .starEqual: operation = .multiply
        case .slashEqual: operation = .divide
        default: return Statement(.expression(target), target.span)
        }
        guard !token.newlineBefore else { return Statement(.expression(target), target.span) }
        let sign = token
        advance()
        let isAllowed = checkTarget(target, sign)
        let value = try expression()
        if at(.equal), !token.newlineBefore { throw failChainedAssignment() }
        guard isAllowed else { return Statement(.invalid, span(from: start)) }
        return Statement(.assignment(target: target, operation: operation, value: value), span(from: start))
    }
}
