/// How tightly an operator binds, from loose to tight.
enum Binding: Int {
    case or, and, not, compare, pipe, chain, range, sum, product, unary

    static func < (left: Binding, right: Binding) -> Bool { left.rawValue < right.rawValue }
    static func <= (left: Binding, right: Binding) -> Bool { left.rawValue <= right.rawValue }

    /// The next tighter level.
    var tighter: Binding { Binding(rawValue: rawValue + 1) ?? .unary }
}

extension Parser {
    /// Reads any expression: a lambda, or operators and their operands.
    @inline(never)
    func expression() throws(SyntaxFailure) -> Expression {
        try enter()
        defer { leave() }
        if at(.name), peek().kind == .fatArrow { return try lambda() }
        if at(.leftParen), partner[position] > position, peek(Int(partner[position]) - position + 1).kind == .fatArrow { return try lambda() }
        return try binary(.or)
    }

    /// Reads operands and every operator that binds at least as tightly as `minimum`.
    @inline(never)
    func binary(_ minimum: Binding) throws(SyntaxFailure) -> Expression {
        let start = position
        var left: Expression
        if at(.not), minimum <= .not {
            left = try negation()
        } else if at(.dotDot) || at(.dotDotEqual), minimum <= .range {
            left = try range(from: nil, start)
        } else {
            left = try unary()
        }
        while let level = operatorLevel, minimum <= level {
            if token.newlineBefore, newlinesCount {
                if at(.minus), startsLine(position) {
                    guard startsWithMinus else { break }
                    reportLeadingMinus()
                } else if endsLine {
                    break
                }
            }
            switch level {
            case .compare: left = try comparison(left, from: start)
            case .range:
                left = try range(from: left, start)
                if at(.dotDot) || at(.dotDotEqual) { throw failChainedRange() }
            default:
                let sign = token
                guard let operation = Self.operation(sign) else { return left }
                advance()
                let right = try binary(level.tighter)
                left = make(.binary(operation, left, operatorSpan: span(sign), right), span(from: start))
            }
        }
        return left
    }

    /// The level of the binary operator at the position.
    @inline(never)
    private var operatorLevel: Binding? {
        switch token.kind {
        case .plus, .minus: .sum
        case .star, .slash, .slashSlash, .percent, .at: .product
        case .dotDot, .dotDotEqual: .range
        case .arrow: .chain
        case .pipe: .pipe
        case .equalEqual, .notEqual, .less, .lessEqual, .greater, .greaterEqual: .compare
        case .keyword:
            switch token.word {
            case .or: .or
            case .and: .and
            case .in: .compare
            case .not: peek().word == .in ? .compare : nil
            default: nil
            }
        default: nil
        }
    }

    @inline(never)
    private static func operation(_ token: Token) -> BinaryOperator? {
        switch token.kind {
        case .plus: .add
        case .minus: .subtract
        case .star: .multiply
        case .slash: .divide
        case .slashSlash: .floorDivide
        case .percent: .remainder
        case .at: .matrixProduct
        case .starStar: .power
        case .arrow: .compose
        case .pipe: .pipe
        case .keyword: token.word == .or ? .or : token.word == .and ? .and : nil
        default: nil
        }
    }

    /// `a < b <= c`, `a in b`, `a not in b`
    @inline(never)
    private func comparison(_ first: Expression, from start: Int) throws(SyntaxFailure) -> Expression {
        var operands = [first]
        var operators: [(comparison: ComparisonOperator, span: Span)] = []
        while operatorLevel == .compare, !endsLine {
            let sign = position
            let comparison: ComparisonOperator
            switch token.kind {
            case .equalEqual: comparison = .equal
            case .notEqual: comparison = .notEqual
            case .less: comparison = .less
            case .lessEqual: comparison = .lessEqual
            case .greater: comparison = .greater
            case .greaterEqual: comparison = .greaterEqual
            default:
                comparison = at(.not) ? .notContained : .contained
                if at(.not) { advance() }
            }
            advance()
            operators.append((comparison, span(from: sign)))
            operands.append(try binary(.pipe))
        }
        return make(.comparison(operands, operators), span(from: start))
    }

    /// `not not a`, read without recursion.
    @inline(never)
    private func negation() throws(SyntaxFailure) -> Expression {
        var starts: [Int] = []
        while at(.not) {
            starts.append(position)
            advance()
        }
        if starts.count > Self.highestTree { throw failDepth(span(from: starts[0])) }
        var value = try binary(.compare)
        for start in starts.reversed() { value = make(.unary(.not, value), span(from: start)) }
        return value
    }

    /// `a..b`, `a..=b`; an end may be missing only where an index item stands alone.
    @inline(never)
    private func range(from low: Expression?, _ start: Int) throws(SyntaxFailure) -> Expression {
        let inclusive = at(.dotDotEqual)
        let sign = position
        advance()
        var high: Expression?
        if !(at(.comma) || at(.rightBracket) || at(.rightParen) || at(.stringTail) || at(.stringMiddle) || at(.end) || at(.leftBrace)) {
            high = try binary(.sum)
        }
        let range = make(.range(low, high, inclusive: inclusive), span(from: start))
        if low == nil || high == nil, indexItem != start || !(at(.comma) || at(.rightBracket)) { reportOpenRange(range, sign) }
        return range
    }

    /// `- - a`, read without recursion.
    @inline(never)
    private func unary() throws(SyntaxFailure) -> Expression {
        guard at(.minus) else { return try power() }
        var starts: [Int] = []
        while at(.minus) {
            roles[position].insert(.unary)
            starts.append(position)
            advance()
        }
        if starts.count > Self.highestTree { throw failDepth(span(from: starts[0])) }
        // -2⁶³ is a literal of its own, for 2⁶³ is none.
        if isSmallestInteger {
            advance()
            starts.removeLast()
            var value = Expression(.integer(.min), span(from: position - 2))
            for start in starts.reversed() { value = make(.unary(.negate, value), span(from: start)) }
            return value
        }
        var value = try power()
        for start in starts.reversed() { value = make(.unary(.negate, value), span(from: start)) }
        return value
    }

    @inline(never)
    private var isSmallestInteger: Bool {
        guard at(.integer), token.value == 1 << 63 else { return false }
        switch peek().kind {
        case .starStar: return false
        case .leftParen, .leftBracket: return peek().newlineBefore
        case .dot: return false
        case .name: return peek().word.unit == nil || peek().newlineBefore
        default: return true
        }
    }

    /// `a ** b`: its right side may be negative, and is read first.
    @inline(never)
    private func power() throws(SyntaxFailure) -> Expression {
        let start = position
        let base = try postfix()
        guard at(.starStar) else { return base }
        let sign = token
        advance()
        try enter()
        let exponent: Expression
        do throws(SyntaxFailure) { exponent = try unary() } catch {
            leave()
            throw error
        }
        leave()
        return make(.binary(.power, base, operatorSpan: span(sign), exponent), span(from: start))
    }

    /// An atom and the calls, indices and members after it.
    @inline(never)
    private func postfix() throws(SyntaxFailure) -> Expression {
        let start = position
        var value = try atom()
        while !endsLine {
            switch token.kind {
            case .leftParen:
                roles[position].insert(.tight)
                let arguments = try arguments()
                value = make(.call(value, arguments), span(from: start))
            case .leftBracket:
                roles[position].insert(.tight)
                let items = try indexItems()
                value = make(.index(value, items), span(from: start))
            case .dot:
                advance()
                if isStatementAfterDot { throw failMember() }
                guard token.isWord || at(.integer) else { throw failMember() }
                let member = Identifier(text(token), span(token))
                advance()
                value = make(.member(value, member), span(from: start))
            default: return value
            }
        }
        return value
    }

    /// Whether the line after a `.` at the end of a line begins a statement rather than naming a member.
    @inline(never)
    private var isStatementAfterDot: Bool {
        guard token.newlineBefore, peek().kind == .name, !peek().newlineBefore else { return false }
        return Word(reserved: text(token)) != nil
    }

    /// `(a, name: b, ...xs)`
    @inline(never)
    private func arguments() throws(SyntaxFailure) -> [Argument] {
        let missing = Argument(label: nil, isSpread: false, value: Expression(.invalid, span(token)))
        return try group("an argument", replacement: missing) { parser throws(SyntaxFailure) in try parser.argument() }.items
    }

    /// `e`, `name: e`, `...e`
    @inline(never)
    func argument() throws(SyntaxFailure) -> Argument {
        var label: Identifier?
        if token.isWord, peek().kind == .colon {
            label = Identifier(text(token), span(token))
            advance()
            advance()
        }
        let isSpread = eat(.ellipsis)
        let value = try expression()
        if at(.equal), label == nil, case .name(let name) = value.kind { throw failArgumentSign(name) }
        return Argument(label: label, isSpread: isSpread, value: value)
    }

    @inline(never)
    private func indexItems() throws(SyntaxFailure) -> [IndexItem] {
        let start = position
        let outer = indexItem
        defer { indexItem = outer }
        let missing = IndexItem.expression(Expression(.invalid, span(token)))
        let items = try group("an index", replacement: missing) { parser throws(SyntaxFailure) in
            let start = parser.position
            if parser.eat(.ellipsis) { return IndexItem.rest(parser.span(from: start)) }
            if parser.eat(.new) { return IndexItem.newAxis(parser.span(from: start)) }
            parser.indexItem = start
            return IndexItem.expression(try parser.expression())
        }.items
        if items.isEmpty { report(.expectedExpression, "an index is missing between `[` and `]`", span(from: start)) }
        return items
    }
}
