// The wording of errors in expressions and clauses.
extension Parser {
    /// No expression begins at the position.
    @inline(never)
    func failExpression() -> SyntaxFailure {
        var (text, span) = found
        let previous = position > 0 ? tokens[position - 1] : nil
        var notes: [String] = []
        var fixes: [Diagnostic.Fix] = []
        switch token.kind {
        case .keyword:
            switch token.word {
            case .else: return failElse()
            case .not: notes = ["`not` binds more loosely than what stands before it: put `(not …)` in parentheses"]
            case .fn: fixes = [.init("a function within an expression is written `x => …` or `(x, y) => { … }`")]
            case .new: notes = ["`new` stands only in an index, where it adds an axis: `x[.., new]`"]
            case .let, .var, .for, .while, .return, .break, .continue, .import:
                if !token.newlineBefore { notes = ["`\(token.word.text)` begins a statement, which has no value"] }
            default: break
            }
        case .dot where peek().kind == .integer:
            fixes = [.init("write `0.\(self.text(peek()))`", span: span, replacement: "0.")]
        case .leftBrace:
            notes = ["braces are always a block; a dictionary is written `[\"key\": value]`, a record `(name: value)`"]
        case .ellipsis: notes = ["`...` spreads a list in a call or a shape; lists are joined with `+`"]
        case .star where previous?.kind == .slash && previous?.end == token.start:
            (text, span) = ("`/*`", Span(source: span.source, start: Int(span.start) - 1, end: Int(span.end)))
            fixes = [.init("a comment starts with `#` and ends with its line")]
        case .plus where previous?.kind == .plus && previous?.end == token.start:
            fixes = [.init("to add one write `x += 1`")]
        case .star, .slash, .slashSlash, .percent, .at, .starStar, .plus, .pipe, .arrow, .equalEqual, .notEqual, .less, .lessEqual, .greater,
            .greaterEqual:
            if token.kind == .slashSlash { fixes = [.init("a comment starts with `#`", span: span, replacement: "#")] }
            if token.kind == .greater, previous?.kind == .less { fixes = [.init("inequality is written `!=`")] }
        default: break
        }
        return fail(.expectedExpression, "expected an expression, found \(text)", span, notes: notes, fixes: fixes)
    }

    @inline(never)
    func failMember() -> SyntaxFailure {
        // After a `.` the lexer takes any word for a name; here it begins a statement after all.
        if token.kind == .name, let word = Word(reserved: text(token)) {
            tokens[position].kind = .keyword
            tokens[position].word = word
        }
        let (text, span) = found
        var fixes: [Diagnostic.Fix] = []
        if position > 1, tokens[position - 2].kind == .integer {
            fixes = [.init("a float has a digit after its point: `\(self.text(tokens[position - 2])).0`", span: span, replacement: "0")]
        }
        return fail(.expectedToken, "expected the name or position of a member after `.`, found \(text)", span, fixes: fixes)
    }

    @inline(never)
    func failChainedRange() -> SyntaxFailure {
        fail(.expectedToken, "a range has two ends", span(token), fixes: [.init("for a range with steps write `range(a, b, step: 2)`")])
    }

    /// `f(a = 1)`
    @inline(never)
    func failArgumentSign(_ name: String) -> SyntaxFailure {
        fail(
            .assignmentAsValue, "an argument is named with `:`", span(token),
            fixes: [.init("write `\(name): …`", span: span(tokens[position - 1]).union(span(token)), replacement: "\(name):")])
    }

    @inline(never)
    func reportOpenRange(_ range: Expression, _ sign: Int) {
        report(
            .openRange, "a range without both ends stands only in an index", range.span,
            fixes: [.init("give it both ends, as in `0..10`; `1..=10` includes the last")])
    }

    @inline(never)
    func reportTooLarge(_ token: Token) {
        guard !token.isBroken else { return }
        report(
            .numberTooLarge, "the integer does not fit in 64 bits", span(token),
            notes: ["integers go from -9223372036854775808 to 9223372036854775807"],
            fixes: [.init("write a float", span: Span(source: lexed.source.id, start: Int(token.end), end: Int(token.end)), replacement: ".0")])
    }

    @inline(never)
    func failInterpolation() -> SyntaxFailure {
        let head = tokens[position - 1]
        let place = Span(source: lexed.source.id, start: Int(head.end) - 2, end: Int(token.start) + 1)
        return fail(
            .emptyParentheses, "nothing stands between `\\(` and `)`", place, fixes: [.init("for the two characters themselves write `\\\\(`")])
    }

    @inline(never)
    func failInterpolationEnd() -> SyntaxFailure {
        let (text, span) = found
        if at(.fatArrow) { return failArrow() }
        return fail(
            .expectedToken, "expected `)` after the expression in the string, found \(text)", span,
            notes: ["between `\\(` and `)` stands one expression"])
    }

    /// A record is all named or all positional.
    @inline(never)
    func checkRecord(_ items: [Argument]) {
        guard let named = items.first(where: { $0.label != nil }), let label = named.label,
            let bare = items.first(where: { $0.label == nil && !$0.isSpread })
        else { return }
        report(
            .mixedRecord, "a record has names for all of its parts or for none", bare.value.span, label: "without a name",
            labels: [.init(label.span, "with a name")])
    }

    @inline(never)
    func reportMixedList(_ items: [(Expression, Expression?)]) {
        guard let keyed = items.first(where: { $0.1 != nil }), let bare = items.first(where: { $0.1 == nil }) else { return }
        report(
            .mixedList, "a list has keys for all of its elements (a dictionary) or for none", bare.0.span, label: "without a key",
            labels: [.init(keyed.0.span, "a key")])
    }

    /// What stands here is no parameter of a lambda.
    @inline(never)
    func badLambdaParameter() throws(SyntaxFailure) {
        let start = position
        if at(.name), peek().kind == .equal {
            throw fail(
                .badParameter, "a default of a function without a name follows `:`", span(peek()),
                fixes: [.init("write `:`", span: span(peek()), replacement: ":")])
        }
        let value = try argument()
        report(
            .badParameter, "the parameters of a function are names", span(from: start),
            notes: value.value.isRecord ? ["name the record, and take it apart within: `let (a, b) = pair`"] : [])
    }

    @inline(never)
    func failTrain() -> SyntaxFailure {
        let (text, span) = found
        return fail(
            .expectedToken, "expected `on` and what to train on, found \(text)", span,
            fixes: [.init("write `train Model() on Data { … }`")])
    }

    @inline(never)
    func failClauseWord(_ kind: ClauseBlock) -> SyntaxFailure {
        let (text, span) = found
        let article = kind == .dataset ? "a dataset" : "a `train` block"
        if at(.keyword), !token.isBroken {
            return fail(
                .badClause, "`\(token.word.text)` begins no clause of \(article)", span, notes: ["clauses are \(Self.list(kind.words))"])
        }
        return fail(.badClause, "a clause of \(article) starts with a word, found \(text)", span, notes: ["clauses are \(Self.list(kind.words))"])
    }

    /// `epochs: 3`, `epochs = 3`
    @inline(never)
    func failClauseSign(_ word: Identifier) -> SyntaxFailure {
        fail(
            .badClause, "a clause is a word and its values, without `\(token.kind.text)`", span(token),
            fixes: [
                .init(
                    "write `\(word.text) …`", span: Span(source: lexed.source.id, start: Int(word.span.end), end: Int(token.end)), replacement: "")
            ])
    }

    @inline(never)
    func reportUnknownClause(_ clause: Clause, _ kind: ClauseBlock) {
        let word = clause.word
        let article = kind == .dataset ? "a dataset" : "a `train` block"
        let other: ClauseBlock = kind == .dataset ? .train : .dataset
        var notes: [String] = []
        var fixes: [Diagnostic.Fix] = []
        if let hint = Self.clauseHints[word.text] {
            fixes = [.init("write `\(hint)`")]
        } else if other.words.contains(word.text) {
            notes = ["it belongs in \(other == .dataset ? "the `dataset`" : "`train … on … { }`")"]
        } else if let near = Suggestion.nearest(to: word.text, in: kind.words) {
            fixes = [.init("did you mean `\(near)`?", span: word.span, replacement: near)]
        } else {
            notes = ["clauses are \(Self.list(kind.words))"]
        }
        report(.unknownClause, "`\(word.text)` is no clause of \(article)", word.span, notes: notes, fixes: fixes)
    }

    /// Words for clauses that other tools use.
    private static let clauseHints: [String: String] = [
        "lr": "optimizer adam(rate: …)", "rate": "optimizer adam(rate: …)", "learning_rate": "optimizer adam(rate: …)", "criterion": "loss …",
        "patience": "stop patience: 3", "early_stopping": "stop patience: 3", "batch_size": "batch 32", "data": "source …", "labels": "target …",
        "label": "target …", "features": "input …", "validation": "split train: 0.8, validation: 0.2",
    ]

    private static func list(_ words: [String]) -> String { words.map { "`\($0)`" }.joined(separator: " ") }
}

extension Expression {
    fileprivate var isRecord: Bool {
        if case .record = kind { true } else { false }
    }
}
