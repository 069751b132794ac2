import DaedalSyntax
import Testing

@Suite struct LexerTests {
    private func lex(_ text: String) -> LexedSource { Lexer.lex(SourceMap().add(name: "", text: text)) }

    private func kinds(_ text: String) -> [TokenKind] { lex(text).tokens.map(\.kind).dropLast() }

    private func strings(_ text: String) -> [String] {
        let lexed = lex(text)
        return lexed.tokens.filter { [.string, .stringHead, .stringMiddle, .stringTail].contains($0.kind) }.map { lexed.texts[Int($0.value)] }
    }

    @Test func symbols() {
        #expect(
            kinds("... ..= .. . -> - -= => == = |>") == [
                .ellipsis, .dotDotEqual, .dotDot, .dot, .arrow, .minus, .minusEqual, .fatArrow, .equalEqual, .equal, .pipe,
            ])
        #expect(
            kinds("**/ // /= *= += <= < >= > != % @") == [
                .starStar, .slash, .slashSlash, .slashEqual, .starEqual, .plusEqual, .lessEqual, .less, .greaterEqual, .greater, .notEqual, .percent,
                .at,
            ])
        #expect(kinds("()[]{},:;") == [.leftParen, .rightParen, .leftBracket, .rightBracket, .leftBrace, .rightBrace, .comma, .colon, .semicolon])
    }

    @Test func numbers() {
        #expect(
            kinds("1 1_000 0xff 1.5 1e-3 1.5E+2 0..10 1.x") == [
                .integer, .integer, .integer, .float, .float, .float, .integer, .dotDot, .integer, .integer, .dot, .name,
            ])
        let values = lex("1_000 0xFF 007").tokens.dropLast().map(\.value)
        #expect(values == [1000, 255, 7])
        #expect(lex("1_0.5_0e1").tokens.first.map { Double(bitPattern: $0.value) } == 105)
        // After a `.` stand only digits: positions of records.
        #expect(kinds("a.0.1") == [.name, .dot, .integer, .dot, .integer])
        #expect(kinds("1e 1else") == [.integer, .name, .integer, .keyword])
    }

    @Test func words() {
        let tokens = lex("let train a.let naïve 名前 _x x1 optimizer optimizes").tokens
        #expect(tokens.map(\.kind).dropLast() == [.keyword, .name, .name, .dot, .name, .name, .name, .name, .name, .name, .name])
        #expect(tokens.map(\.word).dropLast() == [.let, .train, .other, .other, .other, .other, .other, .other, .other, .optimizer, .other])
        for word in Word.allCases where word != .other { #expect(lex(word.text).tokens[0].word == word) }
    }

    @Test func newlines() {
        let tokens = lex("a b # c\n\n  d").tokens
        #expect(tokens.map(\.newlineBefore) == [true, false, true, true])
    }

    @Test func comments() {
        let lexed = lex("#! /usr/bin/env dl\n## doc\nlet a = 1  # one \n#")
        #expect(lexed.comments.map(\.isAlone) == [true, true, false, true])
        #expect(lexed.comments.map(\.isDocumentation) == [false, true, false, false])
        #expect(lexed.source.text(Span(source: lexed.source.id, start: Int(lexed.comments[2].start), end: Int(lexed.comments[2].end))) == "# one")
    }

    @Test(arguments: [
        (#""plain""#, ["plain"]),
        (#""a\n\t\r\0\\\"\u{1F642}é""#, ["a\n\t\r\0\\\"🙂é"]),
        (#""a \(b) c \(d)""#, ["a ", " c ", ""]),
        (#""\("in \("deep")")""#, ["", "in ", "deep", "", ""]),
        (#""\(f(a, (b)))!""#, ["", "!"]),
        ("\"\"\"\n  one\n    two\n\n  three\n  \"\"\"", ["one\n  two\n\nthree"]),
        ("\"\"\"\n  a \\(b) c\n  d\\\n   e\n  \"\"\"", ["a ", " c\nd e"]),
        ("\"\"\"\n\"\"\"", [""]),
        ("\"\"\"\n\n\"\"\"", [""]),
        ("\"\"\"say \"hi\" \"\"\"", ["say \"hi\" "]),
        ("\"\"\"\r\n\ta\r\n\tb\r\n\t\"\"\"", ["a\nb"]),
    ])
    func strings(_ text: String, _ expected: [String]) {
        #expect(lex(text).diagnostics == [])
        #expect(strings(text) == expected)
    }

    @Test func spansOfInterpolations() {
        let lexed = lex(#"x = "é \(abc) z""#)
        let names = lexed.tokens.filter { $0.kind == .name }.map { lexed.source.text(lexed.span($0)) }
        #expect(names == ["x", "abc"])
    }

    @Test func printer() {
        let expected = """
            1:1     | keyword      let
            1:5       name         x
            1:7       symbol       =
            1:9       string       "a\\n"
            1:15      comment      # c
            2:1     | documentation ## d
            3:1     | integer      1
            3:3       name         epochs
            3:9     | end

            """
        #expect(TokenPrinter.print(lex("let x = \"a\\n\" # c\n## d\n1 epochs")) == expected)
    }
}
