extension Parser {
    /// The two blocks whose lines are clauses, with the words each knows.
    enum ClauseBlock {
        case dataset, train

        var words: [String] {
            switch self {
            case .dataset:
                [
                    "source", "input", "target", "field", "split", "batch", "shuffle", "augment", "seed", "limit", "cache", "workers", "on_error",
                ]
            case .train:
                [
                    "loss", "optimizer", "epochs", "steps", "metrics", "stop", "accumulate", "average", "checkpoint", "resume", "log", "seed",
                    "budget", "quiet", "each", "step",
                ]
            }
        }

        var name: String { self == .dataset ? "dataset" : "train" }

        /// Clauses that may stand alone.
        static let flags: Set<String> = ["shuffle", "cache", "quiet", "resume", "log", "checkpoint"]
    }

    /// `dataset Name(parameters) { clauses }`
    @inline(never)
    func dataset() throws(SyntaxFailure) -> Statement {
        let start = position
        let documentation = documentation(before: start)
        advance()
        let name = try name("the name of the dataset")
        do throws(SyntaxFailure) {
            let parameters = at(.leftParen) ? try parameters() : []
            let clauses = try clauses(.dataset, "the head of a dataset")
            let span = span(from: start)
            return Statement(
                .dataset(DatasetDeclaration(name: name, parameters: parameters, clauses: clauses, span: span, documentation: documentation)), span)
        } catch {
            declarePartially(name)
            throw error
        }
    }

    /// `train model on data { clauses }`
    @inline(never)
    func train() throws(SyntaxFailure) -> Expression {
        let start = position
        advance()
        let model = try expression()
        guard eat(.on) else { throw failTrain() }
        let data = try expression()
        let clauses = at(.leftBrace) && !endsLine ? try clauses(.train, "`train … on …`") : []
        return make(.train(model: model, data: data, clauses), span(from: start))
    }

    /// Whether `train (…)` begins a `train` with a parenthesised model rather than a call: `on` follows.
    @inline(never)
    var isTrainWithParentheses: Bool {
        guard peek().kind == .leftParen, !peek().newlineBefore else { return false }
        var index = position + 1
        while index < tokens.count {
            switch tokens[index].kind {
            case .leftParen, .leftBracket:
                guard partner[index] > index else { return false }
                index = Int(partner[index]) + 1
            case .dot: index += 2
            default: return tokens[index].word == .on && !tokens[index].newlineBefore
            }
        }
        return false
    }

    /// `{ clause … }`
    @inline(never)
    private func clauses(_ kind: ClauseBlock, _ what: String) throws(SyntaxFailure) -> [Clause] {
        try braces(what) { parser, close throws(SyntaxFailure) in
            var clauses: [Clause] = []
            parser.sequence(until: close) { parser throws(SyntaxFailure) in
                clauses.append(try parser.clause(kind))
            } failed: { parser, start, isRead in
                parser.partial = nil
                guard !isRead else { return }
                // A word that the block knows counts as given, with a value that is unknown.
                let token = parser.tokens[start]
                guard token.kind == .name, kind.words.contains(parser.text(token)) else { return }
                let word = Identifier(parser.text(token), parser.span(token))
                let value = Argument(label: nil, isSpread: false, value: Expression(.invalid, word.span))
                clauses.append(Clause(word: word, kind: .arguments([value]), span: word.span))
            }
            parser.checkClauses(clauses, kind)
            return clauses
        }
    }

    @inline(never)
    private func clause(_ kind: ClauseBlock) throws(SyntaxFailure) -> Clause {
        let start = position
        guard at(.name) else { throw failClauseWord(kind) }
        let word = Identifier(text(token), span(token))
        if at(.step), peek().kind == .leftParen {
            advance()
            let function = try clauseFunction(nil)
            return Clause(word: word, kind: .function(function), span: span(from: start))
        }
        if at(.each), peek().kind == .name {
            advance()
            let name = try name("`epoch` or `step`")
            let function = try clauseFunction(name)
            return Clause(word: word, kind: .function(function), span: span(from: start))
        }
        if at(.field), peek().kind == .name {
            advance()
            let name = try name("the name of the field")
            try need(.equal, "and a function of the row")
            return Clause(word: word, kind: .field(name, try expression()), span: span(from: start))
        }
        advance()
        if at(.colon) || at(.equal) { throw failClauseSign(word) }
        var arguments: [Argument] = []
        if !(endsLine && !startsWithMinus || at(.rightBrace) || at(.semicolon) || at(.end)) {
            roles[start].insert(.clauseWord)
            repeat { arguments.append(try argument()) } while eat(.comma)
        }
        return Clause(word: word, kind: .arguments(arguments), span: span(from: start))
    }

    /// `(x, y) { … }` after `step` or `each epoch`.
    @inline(never)
    private func clauseFunction(_ name: Identifier?) throws(SyntaxFailure) -> Function {
        let start = position
        guard at(.leftParen) else { throw failToken("`(`", "and a name after `each \(name?.text ?? "")`") }
        let parameters = try parameters()
        roles[start].remove(.tight)
        let body = try block("the names")
        return Function(name: name, parameters: parameters, result: nil, body: .block(body), span: span(from: start))
    }

    /// Reports words that the block does not know, and those given twice.
    @inline(never)
    private func checkClauses(_ clauses: [Clause], _ kind: ClauseBlock) {
        var first: [String: Span] = [:]
        for clause in clauses {
            let word = clause.word.text
            guard kind.words.contains(word) else {
                reportUnknownClause(clause, kind)
                continue
            }
            var key = word
            switch clause.kind {
            case .field: continue
            case .function(let function):
                if let name = function.name {
                    guard ["epoch", "step"].contains(name.text) else {
                        report(.badClause, "`each` is followed by `epoch` or `step`, not by `\(name.text)`", name.span)
                        continue
                    }
                    key += " " + name.text
                }
            case .arguments(let arguments):
                if arguments.isEmpty, !ClauseBlock.flags.contains(word) {
                    report(.badClause, "`\(word)` needs a value after it", clause.span, label: "nothing follows")
                }
            }
            if let earlier = first[key] {
                report(
                    .repeatedClause, "`\(key)` is given twice", clause.word.span, label: "given again",
                    labels: [.init(earlier, "first given here")])
            } else {
                first[key] = clause.word.span
            }
        }
    }
}
