import DaedalSyntax
import Testing

@Suite struct RecoveryTests {
    /// Each line with an error is reported once, and nothing else is.
    @Test func oneErrorALine() {
        let lines = [
            "let a = 1", "let b = ", "fn f(x, ) = x", "let c = (1, 2", "network A { param w: [n] zeros }", "print(f(1 2), [1 2])", "for x in { }",
            "train A() on D { epochs }", "let d = \"\\(a b)\"", "x y z", "let e = 5", "if a { let g = ; h } else { i j }", "let f = 6",
        ]
        let wanted = [2, 4, 5, 6, 6, 7, 8, 9, 10, 12, 12]
        let program = parse(lines.joined(separator: "\n"))
        #expect(program.diagnostics.map { program.source.line(at: $0.span.start) } == wanted)
        #expect(program.statements.count == lines.count)
    }

    /// What a broken declaration names is still declared.
    @Test(arguments: ["let x = ", "let x 3", "fn x(a b", "fn x(", "network x(1) { }", "dataset x(", "optimizer x { state m }", "import x.y"])
    func namesSurvive(_ text: String) {
        let program = parse(text + "\nlet other = 1\n")
        #expect(!program.diagnostics.isEmpty)
        let names = program.statements.flatMap { statement -> [String] in
            switch statement.kind {
            case .binding(_, let bindings): bindings.map { program.source.text($0.pattern.span) }
            case .network(let network): [network.name.text]
            case .dataset(let dataset): [dataset.name.text]
            case .optimizer(let optimizer): [optimizer.name.text]
            case .function(let function): [function.name?.text ?? ""]
            default: []
            }
        }
        #expect(names.contains("x") && names.contains("other"), "\(names)")
    }

    /// A line that starts with a declaring word closes what was left open above it.
    @Test(arguments: [
        "network A {\n  Dense(1)\n", "fn f(x) {\n  if x {\n    y\n", "let a = [1,\n", "print(f(\"a\", [1\n", "let s = \"\\(a\n",
        "train A() on D {\n  loss mse\n",
    ])
    func declarationsClose(_ open: String) {
        for next in ["let after = 1", "fn after() = 1", "network after { Flatten }", "dataset after { source a }", "optimizer after { state m = 0 }"]
        {
            let program = parse(open + next + "\nlet last = = 2\n")
            let lines = program.diagnostics.map { program.source.line(at: $0.span.start) }
            let size = open.split(separator: "\n").count
            #expect(lines.count == 2 && lines[0] <= size && lines[1] == size + 2, "\(open)\(next): \(program.diagnostics.map(\.message))")
        }
    }

    /// The block that lacks its brace is found by indentation.
    @Test func indentationFindsTheOpenBlock() {
        let text = "network A {\n  fn f(x) {\n    x\n\n  forward(x) {\n    f(x)\n  }\n}\nlet a = 1\n"
        let program = parse(text)
        #expect(program.diagnostics.map { program.source.line(at: $0.span.start) } == [2])
        #expect(program.statements.count == 2)
    }

    /// Nesting and chains are limited, not the stack.
    @Test(arguments: [
        ("x = ", "(", "1", ")"), ("x = ", "[", "1", "]"), ("", "if a { ", "", "}"), ("", "while a { ", "", "}"), ("x = ", "- ", "1", ""),
        ("x = ", "not ", "a", ""),
        ("x = ", "2 ** ", "1", ""), ("x = ", "a => ", "1", ""), ("x = 1", " + 1", "", ""), ("x = f", "(1)", "", ""), ("x = f", ".a", "", ""),
        ("x = f", " -> f", "", ""),
        ("let ", "(", "a", ")"), ("fn f(a: ", "(b: ", "[n]", ")"), ("", "fn f() { ", "", "}"), ("x = ", "a[", "1", "]"),
        ("x = ", "f(a => { ", "1", "})"),
        ("", "network A { ", "", "}"), ("x = ", "\"\\(", "a", ")\""), ("x = ", "train a on ", "b", ""),
        ("for x in ", "minimize over ", "a", " with b { }"),
    ])
    func depth(_ start: String, _ open: String, _ middle: String, _ close: String) {
        func text(_ count: Int) -> String {
            start + String(repeating: open, count: count) + middle + String(repeating: close, count: count)
        }
        #expect(codes(text(40)).filter { $0 == "E026" } == [])
        let deep = parse(text(20_000))
        #expect(deep.diagnostics.contains { $0.code == "E026" })
        #expect(deep.statements.allSatisfy { $0.height <= Parser.highestTree })
        // Without the closers too.
        _ = parse(start + String(repeating: open, count: 20_000))
    }

    @Test func longButFlat() {
        #expect(codes("if a { }" + String(repeating: " else if b { }", count: 20_000)) == [])
        #expect(codes("x = [" + String(repeating: "1, ", count: 50_000) + "]") == [])
        #expect(codes("x = a" + String(repeating: " < a", count: 20_000)) == [])
        #expect(codes(String(repeating: "x = 1; ", count: 50_000)) == [])
        #expect(codes("x = 1" + String(repeating: " + a", count: 500)) == [])
    }

    @Test func manyErrorsAreCutShort() {
        let diagnostics = parse(String(repeating: "let = 1\n", count: 1000)).diagnostics
        #expect(diagnostics.count <= 101)
        #expect(diagnostics.contains { $0.code == "E029" })
    }
}
