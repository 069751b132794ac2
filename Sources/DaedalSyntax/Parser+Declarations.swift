extension Parser {
    /// `fn name(parameters) …`
    @inline(never)
    func function(_ start: Int) throws(SyntaxFailure) -> Statement {
        let documentation = documentation(before: start)
        advance()
        if at(.leftParen) { throw failAnonymousFunction() }
        let name = try name("the name of the function")
        do throws(SyntaxFailure) {
            return Statement(.function(try functionRest(name, documentation, from: start)), span(from: start))
        } catch {
            declarePartially(name)
            throw error
        }
    }

    /// Parameters, result and body.
    @inline(never)
    private func functionRest(_ name: Identifier?, _ documentation: String?, from start: Int) throws(SyntaxFailure) -> Function {
        let parameters = try parameters()
        let result = eat(.arrow) ? try shape() : nil
        let body: Function.Body
        if eat(.equal) {
            body = .expression(try expression())
        } else if at(.leftBrace) {
            body = .block(try block("the head of a function"))
        } else {
            throw failFunctionBody()
        }
        return Function(name: name, parameters: parameters, result: result, body: body, span: span(from: start), documentation: documentation)
    }

    /// `(a, b: [n] = x, ...rest)`
    @inline(never)
    func parameters() throws(SyntaxFailure) -> [Parameter] {
        guard at(.leftParen) else { throw failToken("`(`", "and the parameters") }
        roles[position].insert(.tight)
        return try group("a parameter") { parser throws(SyntaxFailure) in try parser.parameter() }.items
    }

    @inline(never)
    private func parameter() throws(SyntaxFailure) -> Parameter {
        let isRest = eat(.ellipsis)
        let name = try name("the name of a parameter")
        let pattern = eat(.colon) ? try shape() : nil
        let value = eat(.equal) ? try expression() : nil
        return Parameter(name: name, isRest: isRest, shape: pattern, defaultValue: value)
    }

    /// `[..., t, 2 * d]` or `(heat: [n, c], size: [n, 2])`
    @inline(never)
    func shape() throws(SyntaxFailure) -> ShapePattern {
        let start = position
        try enter()
        defer { leave() }
        if at(.leftParen) {
            let fields = try group("a name and a shape") { parser throws(SyntaxFailure) in
                let name = try parser.name("the name of a part")
                try parser.need(.colon, "and a shape after `\(name.text)`")
                return (name: name, shape: try parser.shape())
            }.items
            if fields.isEmpty, position == start + 2 { report(.emptyParentheses, "a shape of a record needs at least one part", span(from: start)) }
            return .record(fields, span(from: start))
        }
        guard at(.leftBracket) else { throw failShape() }
        let axes = try group("a size") { parser throws(SyntaxFailure) in try parser.axis() }.items
        return .axes(axes, span(from: start))
    }

    @inline(never)
    private func axis() throws(SyntaxFailure) -> AxisPattern {
        let start = position
        if eat(.ellipsis) {
            if at(.comma) || at(.rightBracket) { return .rest(nil, span(from: start)) }
            return .rest(try binary(.range), span(from: start))
        }
        return .size(try binary(.range))
    }

    /// `network Name(parameters) { … }` or `optimizer name(parameters) { … }`
    @inline(never)
    func networkOrOptimizer() throws(SyntaxFailure) -> Statement {
        let start = position
        let documentation = documentation(before: start)
        let isNetwork = at(.network)
        advance()
        let name = try name("a name")
        do throws(SyntaxFailure) {
            let parameters = at(.leftParen) ? try parameters() : []
            let open = position
            let statements = try braces("the head of \(isNetwork ? "a network" : "an optimizer")") { parser, close throws(SyntaxFailure) in
                parser.sequence(until: close) { parser throws(SyntaxFailure) in try parser.part() }
            }
            let body = Block(statements, span(from: open))
            let span = span(from: start)
            if isNetwork {
                return Statement(
                    .network(NetworkDeclaration(name: name, parameters: parameters, body: body, span: span, documentation: documentation)), span)
            }
            return Statement(
                .optimizer(OptimizerDeclaration(name: name, parameters: parameters, body: body, span: span, documentation: documentation)), span)
        } catch {
            declarePartially(name)
            throw error
        }
    }

    /// One line of a network's or an optimizer's body.
    @inline(never)
    private func part() throws(SyntaxFailure) -> Statement {
        let start = position
        switch token.word {
        case .param where isDeclared(.name), .state where isDeclared(.name):
            let kind = at(.param) ? SlotKind.param : .state
            advance()
            var slots: [Slot] = []
            repeat { slots.append(try slot(kind)) } while eat(.comma)
            return Statement(.slots(kind, slots), span(from: start))
        case .input where isDeclared(.leftBracket), .input where isDeclared(.leftParen):
            advance()
            var shapes: [ShapePattern] = []
            repeat { shapes.append(try shape()) } while eat(.comma)
            return Statement(.input(shapes), span(from: start))
        case .forward where peek().kind == .leftParen, .update where peek().kind == .leftParen:
            let documentation = documentation(before: start)
            let isForward = at(.forward)
            let name = try name("a name")
            let function = try functionRest(name, documentation, from: start)
            return Statement(isForward ? .forward(function) : .update(function), span(from: start))
        default:
            return try statement()
        }
    }

    /// `weight: [units, features] = init if use_bias`
    @inline(never)
    private func slot(_ kind: SlotKind) throws(SyntaxFailure) -> Slot {
        let name = try name("the name of the \(kind.rawValue)")
        do throws(SyntaxFailure) {
            let pattern = eat(.colon) ? try shape() : nil
            guard eat(.equal) else { throw failSlot(kind, name) }
            let initializer = try expression()
            var condition: Expression?
            if at(.if), !endsLine {
                advance()
                condition = try expression()
            }
            return Slot(name: name, shape: pattern, initializer: initializer, condition: condition)
        } catch {
            partial = Statement(
                .slots(kind, [Slot(name: name, shape: nil, initializer: Expression(.invalid, name.span), condition: nil)]), name.span)
            throw error
        }
    }

    /// The `##` lines right above a declaration, without the marks.
    func documentation(before index: Int) -> String? {
        let comments = lexed.comments
        let text = lexed.source.text
        var low = 0, high = comments.count
        while low < high {
            let middle = (low + high) / 2
            if comments[middle].start < tokens[index].start { low = middle + 1 } else { high = middle }
        }
        var next = tokens[index].start
        var lines: [String] = []
        while low > 0 {
            let comment = comments[low - 1]
            guard comment.isAlone, comment.isDocumentation, comment.end <= next else { break }
            let between = text[Int(comment.end)..<Int(next)]
            guard between.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }),
                between.count(where: { $0 == 0x0A }) == 1
            else { break }
            var line = text[(Int(comment.start) + 2)..<Int(comment.end)]
            if line.first == 0x20 { line.removeFirst() }
            lines.append(String(decoding: line, as: UTF8.self))
            next = comment.start
            low -= 1
        }
        return lines.isEmpty ? nil : lines.reversed().joined(separator: "\n")
    }
}
