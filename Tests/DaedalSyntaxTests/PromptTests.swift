import DaedalSyntax
import Testing

@Suite struct PromptTests {
    @Test(arguments: [
        "let x = (1,", "network A {", "fn f(x) {\n  x", "\"\"\"\ntext", "let x =", "a +", "f(a, [1", "if x", "train M() on D {", "xs |> map(x => {",
    ])
    func incomplete(_ text: String) { #expect(Parser.isIncomplete(SourceMap().add(name: "", text: text)), "\(text)") }

    @Test(arguments: ["let x = 1", "", "f(a)", "f(a))", "\"abc", "let = 3", "x = )", "if x { }", "a ? b", "network A { }\n", "[1, 2)"])
    func complete(_ text: String) { #expect(!Parser.isIncomplete(SourceMap().add(name: "", text: text)), "\(text)") }
}
