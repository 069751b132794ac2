import DaedalSyntax
import Foundation
import Testing

@Suite struct FormatterTests {
    /// Formats, and checks that the tree is the same and that formatting again changes nothing.
    static func format(_ bytes: [UInt8], _ name: String, sourceLocation: SourceLocation = #_sourceLocation) -> String {
        let map = SourceMap()
        let source = map.add(name: name, text: bytes)
        let (text, diagnostics) = Formatter.format(source)
        guard let text else {
            Issue.record("\(name): \(diagnostics.first?.message ?? "")\n\(String(decoding: bytes, as: UTF8.self))", sourceLocation: sourceLocation)
            return ""
        }
        let again = map.add(name: name, text: text)
        let shape = TreePrinter.print(Parser.parse(source))
        #expect(
            shape == TreePrinter.print(Parser.parse(again)), "\(name): the tree changed\n\(String(decoding: bytes, as: UTF8.self))\n→\n\(text)",
            sourceLocation: sourceLocation)
        #expect(Formatter.format(again).text == text, "\(name): not stable", sourceLocation: sourceLocation)
        #expect(comments(of: source) == comments(of: again), "\(name): comments changed", sourceLocation: sourceLocation)
        return text
    }

    static func comments(of source: Source) -> [String] {
        Lexer.lex(source).comments.map { source.text(Span(source: source.id, start: Int($0.start), end: Int($0.end))) }
    }

    @Test func goldens() throws {
        for url in try Goldens.sources(in: "format") {
            let bytes = try Goldens.bytes(url)
            let text = Self.format(bytes, url.lastPathComponent)
            // The page's own examples are in the style already.
            if url.lastPathComponent.hasPrefix("page_") { #expect(text == String(decoding: bytes, as: UTF8.self)) }
            try Goldens.expect(text, beside: url)
        }
    }

    @Test(arguments: [
        ("a+b*-c", "a + b * -c\n"), ("f ( a,b : 1 )", "f(a, b: 1)\n"), ("x [ 1 , .. ]", "x[1, ..]\n"), ("x[ .. -1]", "x[..-1]\n"),
        ("a;b", "a; b\n"), ("a;\nb;", "a\nb\n"), (";;a", "a\n"), ("{", nil), ("", ""), ("# a", "# a\n"), ("\n\n\na\n\n\n\nb\n\n", "a\n\nb\n"),
        ("if a{b}else{c}", "if a { b } else { c }\n"), ("if a {\nb }\nelse { c }", "if a {\n  b\n} else { c }\n"), ("if a { }", "if a { }\n"),
        ("x=(a,)", "x = (a,)\n"), ("fn f( ...r )=r", "fn f(...r) = r\n"), ("a .b", "a.b\n"), ("-1", "-1\n"), ("- 1", "-1\n"),
        ("500   steps", "500 steps\n"),
        ("train m on d{loss mse;quiet}", "train m on d { loss mse; quiet }\n"),
        ("train m on d {\nloss mse\nepochs 3\nquiet\n}", "train m on d {\n  loss    mse\n  epochs  3\n  quiet\n}\n"),
        ("f(a,\nb\n)", "f(a,\n  b\n)\n"), ("f(\na +\nb)", "f(\n  a +\n    b)\n"), ("a\n+ b", "a\n  + b\n"), ("a # c\n+ b", "a  # c\n  + b\n"),
        ("let a = 1 # x\nlet bb = 2 # y", "let a = 1  # x\nlet bb = 2  # y\n"), ("a      # x\nbb     # y", "a   # x\nbb  # y\n"),
        ("[:]", "[:]\n"), ("while a\n{ b }", "while a { b }\n"), ("if a # c\n{ b }", "if a  # c\n{ b }\n"),
        ("xs.map(x=>{\na\n})", "xs.map(x => {\n  a\n})\n"), ("\"a  \\( b )\"", "\"a  \\( b )\"\n"), ("not(a)", "not (a)\n"),
        ("## d\n;\nfn f() = 1", "## d\n\nfn f() = 1\n"),
    ])
    func snippets(_ text: String, _ expected: String?) {
        guard let expected else { return #expect(Formatter.format(SourceMap().add(name: "", text: text)).text == nil) }
        #expect(Self.format(Array(text.utf8), "snippet") == expected)
    }

    /// What the project itself ships is in the style.
    @Test(arguments: ["examples", "stdlib"]) func shippedSources(folder: String) throws {
        let root = Goldens.root.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(folder).resolvingSymlinksInPath()
        let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        #expect(files.contains { $0.pathExtension == "dl" })
        for url in files where url.pathExtension == "dl" {
            let bytes = try Goldens.bytes(url)
            #expect(
                Self.format(bytes, url.lastPathComponent) == String(decoding: bytes, as: UTF8.self),
                "run `dl fmt \(folder)/…/\(url.lastPathComponent)`")
        }
    }

    @Test func brokenSourcesAreLeftAlone() {
        let (text, diagnostics) = Formatter.format(SourceMap().add(name: "", text: "let = 3"))
        #expect(text == nil && diagnostics.map(\.code) == ["E011"])
    }
}
