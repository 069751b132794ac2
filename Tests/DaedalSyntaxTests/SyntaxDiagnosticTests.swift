import DaedalSyntax
import Foundation
import Testing

/// Each file under `Goldens/syntax` holds a mistake that a user makes; beside it stands the full rendering of what is said about it.
@Suite struct SyntaxDiagnosticTests {
    @Test func goldens() throws {
        let sources = try Goldens.sources(in: "syntax")
        #expect(sources.count >= 40)
        for url in sources {
            let map = SourceMap()
            let program = Parser.parse(map.add(name: url.lastPathComponent, text: try Goldens.bytes(url)))
            #expect(!program.diagnostics.isEmpty, "\(url.lastPathComponent) holds no mistake")
            try Goldens.expect(DiagnosticRenderer(sources: map).render(program.diagnostics), beside: url)
        }
    }

    @Test func everyCodeHasAGolden() throws {
        var seen: Set<String> = []
        for url in try Goldens.sources(in: "syntax") {
            let program = Parser.parse(SourceMap().add(name: "", text: try Goldens.bytes(url)))
            seen.formUnion(program.diagnostics.map(\.code))
        }
        for code in SyntaxCode.allCases where code != .textTooLarge {
            #expect(seen.contains(code.rawValue), "\(code.rawValue): \(code.title)")
        }
    }

    @Test func diagnosticsAreSortedAndWithinTheSource() throws {
        for url in try Goldens.sources(in: "syntax") {
            let source = SourceMap().add(name: "", text: try Goldens.bytes(url))
            let diagnostics = Parser.parse(source).diagnostics
            #expect(diagnostics.map(\.span.start) == diagnostics.map(\.span.start).sorted())
            for diagnostic in diagnostics {
                for span in [diagnostic.span] + diagnostic.labels.map(\.span) + diagnostic.fixes.compactMap(\.span) {
                    #expect(span.start <= span.end && Int(span.end) <= source.text.count && span.source == source.id)
                }
            }
        }
    }

    /// A fix with a replacement, applied, leaves fewer errors.
    @Test(arguments: [
        ("if x = 3 { }", "if x == 3 { }"),
        ("let s = 'a'", "let s = \"a\""),
        ("let c = a && b", "let c = a and b"),
        ("let b = .5", "let b = 0.5"),
        ("let o = adam(rate = 1)", "let o = adam(rate: 1)"),
        ("let x = 9223372036854775808", "let x = 9223372036854775808.0"),
        ("func f(x) { x }", "fn f(x) { x }"),
        ("let xs = [1, 2)", "let xs = [1, 2]"),
        ("let c = 1.\nlet d = 2", "let c = 1.0\nlet d = 2"),
        ("print(\"a\"\nprint(\"b\")", "print(\"a\")\nprint(\"b\")"),
        ("let s = \"a", "let s = \"a\""),
        ("let y = a\n  - b", "let y = a -\n   b"),
        ("let x 3", "let x = 3"),
        ("let r = f(1 2)", "let r = f(1, 2)"),
        ("train m on d { los mse }", "train m on d { loss mse }"),
        ("train m on d { loss: mse }", "train m on d { loss mse }"),
    ])
    func fixesRepair(_ text: String, _ repaired: String) throws {
        let diagnostic = try #require(parse(text).diagnostics.first)
        let fix = try #require(diagnostic.fixes.first { $0.span != nil })
        let span = try #require(fix.span)
        var bytes = Array(text.utf8)
        bytes.replaceSubrange(Int(span.start)..<Int(span.end), with: Array(fix.replacement.utf8))
        // A `-` that moves up leaves its old place.
        if diagnostic.code == SyntaxCode.leadingMinus.rawValue, let minus = bytes.lastIndex(of: UInt8(ascii: "-")) { bytes.remove(at: minus) }
        #expect(String(decoding: bytes, as: UTF8.self) == repaired)
        #expect(codes(repaired) == [])
    }
}
