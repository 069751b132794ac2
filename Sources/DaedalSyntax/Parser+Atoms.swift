extension Parser {
    /// A literal, a name, something in brackets, or one of the expressions that a word begins.
    @inline(never)
    func atom() throws(SyntaxFailure) -> Expression {
        let start = position
        let token = token
        switch token.kind {
        case .integer, .float: return try number()
        case .string, .stringHead: return try string()
        case .leftParen: return try parenthesised()
        case .leftBracket: return try list()
        case .name:
            if token.word == .minimize, peek().word == .over, !peek().newlineBefore { return try minimize() }
            if token.word == .train, isDeclared(.name) || isTrainWithParentheses { return try train() }
            advance()
            return Expression(.name(text(token)), span(token))
        case .keyword:
            switch token.word {
            case .true, .false:
                advance()
                return Expression(.boolean(token.word == .true), span(token))
            case .none:
                advance()
                return Expression(.none, span(token))
            case .if: return try conditional()
            default: break
            }
        default: break
        }
        position = start
        throw failExpression()
    }

    @inline(never)
    private func number() throws(SyntaxFailure) -> Expression {
        let start = position
        let token = token
        advance()
        let value: Expression
        if token.kind == .float {
            value = Expression(.float(Double(bitPattern: token.value)), span(token))
        } else if let integer = Int(exactly: token.value) {
            value = Expression(.integer(integer), span(token))
        } else {
            reportTooLarge(token)
            value = Expression(.invalid, span(token))
        }
        if let unit = self.token.word.unit, !self.token.newlineBefore {
            advance()
            return make(.quantity(value, unit), span(from: start))
        }
        return value
    }

    /// A string and the expressions between `\(` and `)`.
    @inline(never)
    func string() throws(SyntaxFailure) -> Expression {
        let start = position
        var parts: [StringPart] = []
        func add(_ token: Token) {
            let text = lexed.texts[Int(token.value)]
            if !text.isEmpty { parts.append(.text(text)) }
        }
        if at(.string) {
            add(token)
            advance()
            return Expression(.string(parts), span(from: start))
        }
        let outer = newlinesCount
        newlinesCount = false
        defer { newlinesCount = outer }
        while at(.stringHead) || at(.stringMiddle) {
            let next = Int(partner[position])
            guard next > position else { break }
            add(token)
            advance()
            do throws(SyntaxFailure) {
                if position == next { throw failInterpolation() }
                parts.append(.interpolation(try expression()))
                if position != next { throw failInterpolationEnd() }
            } catch {
                parts.append(.interpolation(Expression(.invalid, span(tokens[next - 1]))))
            }
            position = next
        }
        if at(.stringTail), token.value < lexed.texts.count { add(token) }
        advance()
        return make(.string(parts), span(from: start))
    }

    /// `(e)`, `(a, b)`, `(x: 1, y: 2)`
    @inline(never)
    private func parenthesised() throws(SyntaxFailure) -> Expression {
        let start = position
        let missing = Argument(label: nil, isSpread: false, value: Expression(.invalid, span(token)))
        let (items, trailingComma) = try group("a value", replacement: missing) { parser throws(SyntaxFailure) in try parser.argument() }
        let span = span(from: start)
        guard let first = items.first else {
            report(
                .emptyParentheses, "nothing stands between `(` and `)`", span,
                notes: ["a record has at least one part; the value of nothing is `none`; a function without parameters is `() => …`"])
            return Expression(.invalid, span)
        }
        if items.count == 1, !trailingComma, first.label == nil, !first.isSpread { return make(.group(first.value), span) }
        checkRecord(items)
        return make(.record(items), span)
    }

    /// `[1, 2]`, `["a": 1]`, `[:]`
    @inline(never)
    private func list() throws(SyntaxFailure) -> Expression {
        let start = position
        if peek().kind == .colon, peek(2).kind == .rightBracket, !peek(2).isSynthetic {
            for _ in 0..<3 { advance() }
            return Expression(.dictionary([]), span(from: start))
        }
        let items = try group("an element") { parser throws(SyntaxFailure) in
            let key = try parser.expression()
            return (key, parser.eat(.colon) ? try parser.expression() : nil) as (Expression, Expression?)
        }.items
        let span = span(from: start)
        let keyed = items.count { $0.1 != nil }
        if keyed == 0 { return make(.list(items.map(\.0)), span) }
        if keyed < items.count {
            reportMixedList(items)
            return Expression(.invalid, span)
        }
        return make(.dictionary(items.map { (key: $0.0, value: $0.1 ?? $0.0) }), span)
    }

    /// `x => e`, `(x, y) => { … }`
    @inline(never)
    func lambda() throws(SyntaxFailure) -> Expression {
        let start = position
        var parameters: [Parameter] = []
        if at(.name) {
            parameters = [Parameter(name: try name("a name"), isRest: false, shape: nil, defaultValue: nil)]
        } else {
            parameters = try group("a parameter") { parser throws(SyntaxFailure) in try parser.lambdaParameter() }.items.compactMap(\.self)
        }
        try need(.fatArrow, "of a function")
        let body: Function.Body = at(.leftBrace) ? .block(try block("`=>`")) : .expression(try expression())
        let span = span(from: start)
        return make(.lambda(Function(name: nil, parameters: parameters, result: nil, body: body, span: span)), span)
    }

    /// A name, a pattern in parentheses, `...rest`, or `name: default`: what a record re-read as parameters may hold.
    @inline(never)
    private func lambdaParameter() throws(SyntaxFailure) -> Parameter? {
        let isRest = eat(.ellipsis)
        if at(.name), peek().kind == .comma || peek().kind == .rightParen || peek().kind == .colon {
            let name = try name("a name")
            let value = eat(.colon) ? try expression() : nil
            return Parameter(name: name, isRest: isRest, shape: nil, defaultValue: value)
        }
        if !isRest, at(.leftParen) {
            let pattern = try pattern()
            return Parameter(name: Identifier(pattern.text, pattern.span), isRest: false, shape: nil, defaultValue: nil, pattern: pattern)
        }
        try badLambdaParameter()
        return nil
    }

    /// `if c { } else if d { } else { }`, read without recursion.
    @inline(never)
    private func conditional() throws(SyntaxFailure) -> Expression {
        let start = position
        var branches: [(condition: Expression, body: Block)] = []
        var otherwise: Block?
        while true {
            advance()
            let condition = try condition("if")
            branches.append((condition, try block("`if` and its condition")))
            if eatForeignElse() { continue }
            guard at(.else) else { break }
            advance()
            if at(.if) { continue }
            otherwise = try block("`else`")
            break
        }
        return make(.conditional(branches, otherwise: otherwise), span(from: start))
    }

    /// `minimize over model with optimizer, … { … }`
    @inline(never)
    private func minimize() throws(SyntaxFailure) -> Expression {
        let start = position
        advance()
        advance()
        var subjects: [(subject: Expression, optimizer: Expression)] = []
        repeat {
            let subject = try expression()
            guard eat(.with) else { throw failToken("`with` and an optimizer", "after what is minimized over") }
            subjects.append((subject, try expression()))
        } while eat(.comma)
        return make(.minimize(subjects, try block("`minimize over … with …`")), span(from: start))
    }
}
