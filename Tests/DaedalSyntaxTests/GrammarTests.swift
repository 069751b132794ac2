import DaedalSyntax
import Foundation
import Testing

/// The grammar that the page states is the one that the parser accepts.
@Suite struct GrammarTests {
    @Test func everyRuleIsDefined() throws {
        let grammar = try GrammarRules()
        #expect(grammar.rules.count > 30)
        for name in grammar.rules.keys { #expect((grammar.depths[name] ?? 1000) < 1000, "\(name) has no end") }
    }

    /// Programs written from the rules parse, keep their trees and comments when formatted, and are stable then.
    @Test func programsFromTheGrammarParseAndKeepTheirTrees() throws {
        let grammar = try GrammarRules()
        var used: Set<String> = [], failures = 0
        let folder = ProcessInfo.processInfo.environment["DAEDAL_GRAMMAR_PROGRAMS"]
        // More, now and then: DAEDAL_GRAMMAR_SEEDS=20000
        let seeds = ProcessInfo.processInfo.environment["DAEDAL_GRAMMAR_SEEDS"].flatMap { Int($0) } ?? 1200
        for seed in 0..<seeds where failures < 3 {
            let program = GrammarProgram(grammar, seed: UInt64(seed), size: 12 + seed / 100 % 14)
            used.formUnion(program.used)
            if let folder { try Data(program.text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(seed).dl")) }
            guard let fault = Self.fault(program.text) else { continue }
            Issue.record("seed \(seed): \(fault)\n\(program.text)")
            failures += 1
        }
        // What words beside the rules say is written without them.
        let own: Set = ["clause", "param", "entry", "arg"]
        if failures == 0 { #expect(Set(grammar.rules.keys).subtracting(used).isSubset(of: own), "\(used)") }
    }

    /// What is wrong with a program that should be right.
    private static func fault(_ text: String) -> String? {
        let map = SourceMap()
        let source = map.add(name: "a.dl", text: text)
        let program = Parser.parse(source)
        if let diagnostic = program.diagnostics.first { return "line \(source.line(at: diagnostic.span.start)): \(diagnostic.message)" }
        guard let formatted = Formatter.format(source).text else { return "it is not formatted" }
        let again = map.add(name: "b.dl", text: formatted)
        if TreePrinter.print(program) != TreePrinter.print(Parser.parse(again)) { return "the tree changed:\n\(formatted)\n←" }
        if Formatter.format(again).text != formatted { return "the layout is not stable" }
        if FormatterTests.comments(of: source) != FormatterTests.comments(of: again) { return "comments are lost" }
        return nil
    }
}
