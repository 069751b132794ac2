import DaedalSyntax
import Testing

@Suite struct RendererTests {
    /// The span of the first place where a text stands.
    private func span(_ text: String, in source: Source) -> Span {
        let bytes = Array(text.utf8)
        let start = source.text.indices.first { source.text[$0...].starts(with: bytes) } ?? 0
        return Span(source: source.id, start: start, end: start + bytes.count)
    }

    /// The sample of the language page.
    @Test func severalLabelsOnOneLine() {
        let map = SourceMap()
        let source = map.add(name: "examples/mlp.dl", text: String(repeating: "\n", count: 8) + "  features(x) @ hidden\n")
        let diagnostic = Diagnostic(
            .error, "E201", "shapes do not fit", at: span("@", in: source),
            labels: [.init(span("features(x)", in: source), "[batch, 400]"), .init(span("hidden", in: source), "[256, 120]")],
            notes: ["in Reader.forward\nand further"], fixes: [.init("transpose it")])
        #expect(
            DiagnosticRenderer(sources: map).render(diagnostic) == """
                error[E201]: shapes do not fit
                  --> examples/mlp.dl:9:15
                   |
                 9 |   features(x) @ hidden
                   |   ----------- ^ ------ [256, 120]
                   |   |
                   |   [batch, 400]
                   = note: in Reader.forward
                           and further
                   = help: transpose it

                """)
    }

    @Test func threeTextsHangInOrder() {
        let map = SourceMap()
        let source = map.add(name: "a.dl", text: "one + two + three")
        let diagnostic = Diagnostic(
            .warning, "E300", "m", at: span("one", in: source), label: "first",
            labels: [.init(span("two", in: source), "second"), .init(span("three", in: source), "third")])
        #expect(
            DiagnosticRenderer(sources: map).render(diagnostic) == """
                warning[E300]: m
                  --> a.dl:1:1
                   |
                 1 | one + two + three
                   | ^^^   ---   ----- third
                   | |     |
                   | |     second
                   | first

                """)
    }

    @Test func linesAndFiles() {
        let map = SourceMap()
        let source = map.add(name: "a.dl", text: "a\nb\nc\nd\ne\nf\ng\nh\ni\nlast")
        let other = map.add(name: "b.dl", text: "other")
        let diagnostic = Diagnostic(
            .error, "E100", "m", at: span("last", in: source),
            labels: [.init(span("a", in: source), "x"), .init(span("c", in: source), "y"), .init(span("other", in: other), "z")])
        #expect(
            DiagnosticRenderer(sources: map).render(diagnostic) == """
                error[E100]: m
                   --> a.dl:10:1
                    |
                  1 | a
                    | - x
                  2 | b
                  3 | c
                    | - y
                ...
                 10 | last
                    | ^^^^
                   ::: b.dl:1:1
                    |
                  1 | other
                    | ----- z

                """)
    }

    @Test func tabsWideAndCombiningCharacters() {
        let map = SourceMap()
        let source = map.add(name: "a.dl", text: "\tx\t日本 e\u{301} = y\u{7}")
        for (text, column, underline) in [("x", 2, "    ^"), ("日本", 4, "        ^^^^"), ("y", 12, "                 ^")] {
            let rows = DiagnosticRenderer(sources: map).render(Diagnostic(.error, "E001", "m", at: span(text, in: source))).split(separator: "\n")
            #expect(rows[1] == "  --> a.dl:1:\(column)")
            #expect(rows[3] == " 1 |     x   日本 e\u{301} = y\u{2407}")
            #expect(rows[4] == "   | " + underline)
        }
    }

    @Test func longLinesAreCut() {
        let map = SourceMap()
        let source = map.add(name: "a.dl", text: String(repeating: "x", count: 5000) + "@" + String(repeating: "y", count: 5000))
        let rows = DiagnosticRenderer(sources: map).render(Diagnostic(.error, "E001", "m", at: span("@", in: source))).split(separator: "\n")
        #expect(rows.allSatisfy { $0.count < 180 })
        let at = rows[3].distance(from: rows[3].startIndex, to: rows[3].firstIndex(of: "@") ?? rows[3].endIndex)
        #expect(rows[4].distance(from: rows[4].startIndex, to: rows[4].firstIndex(of: "^") ?? rows[4].startIndex) == at)
        #expect(rows[3].hasSuffix("…"))
    }

    @Test func manyAreSortedOnceAndCounted() {
        let map = SourceMap()
        let source = map.add(name: "a.dl", text: "a b c")
        let second = Diagnostic(.error, "E002", "second", at: span("b", in: source))
        let first = Diagnostic(.error, "E001", "first", at: span("a", in: source))
        let third = Diagnostic(.warning, "E003", "third", at: span("c", in: source))
        let text = DiagnosticRenderer(sources: map).render([third, second, first, second])
        let heads = text.split(separator: "\n").filter { $0.contains("[E0") }
        #expect(heads == ["error[E001]: first", "error[E002]: second", "warning[E003]: third"])
        #expect(text.hasSuffix("\n2 errors and 1 warning\n"))
        #expect(DiagnosticRenderer(sources: map).render([]) == "")
        #expect(DiagnosticRenderer.summary([first]) == "1 error")
    }

    @Test func coloursOnlyIfAsked() {
        let map = SourceMap()
        let source = map.add(name: "a.dl", text: "abc")
        let diagnostic = Diagnostic(.error, "E001", "m", at: span("b", in: source), label: "l", notes: ["n"])
        let plain = DiagnosticRenderer(sources: map).render(diagnostic)
        let colored = DiagnosticRenderer(sources: map, usesColor: true).render(diagnostic)
        #expect(!plain.contains("\u{1B}"))
        #expect(colored.contains("\u{1B}[1;31merror[E001]\u{1B}[0m"))
        #expect(colored.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain)
    }

    @Test func placesThatAreNotThere() {
        let map = SourceMap()
        let source = map.add(name: "a.dl", text: "ab")
        let renderer = DiagnosticRenderer(sources: map)
        #expect(renderer.render(Diagnostic(.error, "E500", "m", at: .none, notes: ["n"])) == "error[E500]: m\n  = note: n\n")
        #expect(renderer.render(Diagnostic(.error, "E500", "m", at: Span(source: source.id, start: 7, end: 900))).contains(" 1 | ab\n   |   ^\n"))
    }

    @Test func positions() {
        let map = SourceMap()
        let source = map.add(name: "a.dl", text: "é\r\n日本 x")
        #expect(source.position(at: 0) == SourcePosition(line: 1, column: 1))
        #expect(source.position(at: 11) == SourcePosition(line: 2, column: 4))
        #expect(map.range(of: span("日本", in: source)) == SourceRange(file: "a.dl", start: .init(line: 2, column: 1), end: .init(line: 2, column: 3)))
        #expect(map.range(of: .none) == nil)
    }

    @Test(arguments: [
        ("Relu", ["relu", "gelu"], "relu"), ("rleu", ["gelu", "relu"], "relu"), ("accurracy", ["accuracy"], "accuracy"), ("x", ["y"], nil),
        ("completely", ["different"], nil), ("epoch", ["epochs", "each"], "epochs"), ("", ["a"], nil),
    ])
    func suggestions(_ name: String, _ candidates: [String], _ expected: String?) {
        #expect(Suggestion.nearest(to: name, in: candidates) == expected)
    }
}
