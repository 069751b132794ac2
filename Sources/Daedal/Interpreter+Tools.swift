import DaedalData
import DaedalGraph
import DaedalRuntime
import DaedalSyntax

/// What the `test` blocks of one script did.
public struct TestReport: Sendable {
    /// The names of the blocks that passed, in order.
    public let passed: [String]
    /// The names of those that failed, with the failure.
    public let failed: [(name: String, error: DaedalError)]
}

/// A stage of the way from text to plan that can be shown.
public enum DumpStage: Sendable {
    /// The tokens, the tree.
    case tokens, tree
    /// The operations of each place that learns, as they were traced.
    case graph
    /// The operations after the pass of a name (and those before it).
    case after(String)
    /// What the engine runs.
    case plan

    /// The names of the passes, in order.
    public static var passes: [String] { Passes.names }
}

extension Interpreter {
    /// Checks a script, runs its declarations and then each of its `test` blocks.
    /// - Throws: `DaedalError` if it does not check or a declaration fails.
    public func test(_ text: String, name: String, isLibrary: Bool = false) throws(DaedalError) -> TestReport {
        let program = Parser.parse(session.sources.add(name: name, text: text, isLibrary: isLibrary))
        try refuse(Checker.check(program, for: machine))
        let outcomes: [(name: String, span: Span, failure: RuntimeFailure?)]
        do throws(RuntimeFailure) {
            outcomes = try session.limited { () throws(RuntimeFailure) in try machine.runTests(of: program) }
        } catch { throw self.error(error) }
        return TestReport(
            passed: outcomes.filter { $0.failure == nil }.map(\.name),
            failed: outcomes.compactMap { outcome in outcome.failure.map { (outcome.name, error($0)) } })
    }

    /// The text in the one layout that everybody uses; comments stay.
    /// - Throws: `DaedalError` if it does not parse.
    public func format(_ text: String, name: String = "<script>") throws(DaedalError) -> String {
        let result = Formatter.format(session.sources.add(name: name, text: text))
        try refuse(result.diagnostics.filter { $0.severity == .error })
        guard let formatted = result.text else { throw hostError("\(name) does not parse") }
        return formatted
    }

    /// One stage on the way of a script, as text.
    /// - Throws: `DaedalError` if the script does not reach the stage.
    public func dump(_ stage: DumpStage, of text: String, name: String = "<script>") throws(DaedalError) -> String {
        switch stage {
        case .tokens: return TokenPrinter.print(Lexer.lex(session.sources.add(name: name, text: text)))
        case .tree:
            let program = Parser.parse(session.sources.add(name: name, text: text))
            try refuse(program.diagnostics)
            return TreePrinter.print(program)
        case .graph, .after, .plan: return try dumpPlans(stage, of: text, name: name)
        }
    }

    /// Makes every plan from now on keep the times of its steps. To be called before the first script runs.
    public func startProfile() { session.profile = Profile() }

    /// Where the time of plans went, by step and by line; empty without `startProfile`.
    public var profileReport: String { session.profile?.report(session.sources) ?? "" }

    /// Whether a prompt should ask for another line: a bracket, block or string is open.
    public func isIncomplete(_ text: String) -> Bool { Parser.isIncomplete(session.sources.add(name: "<prompt>", text: text)) }

    /// Runs one entry of a prompt: like `run`, but names may be bound again.
    @discardableResult public func enter(_ text: String, name: String = "<prompt>") throws(DaedalError) -> ScriptValue {
        let program = Parser.parse(session.sources.add(name: name, text: text))
        try refuse(program.diagnostics)
        return try running(program) { () throws(RuntimeFailure) in try machine.enter(program) ?? .none }
    }

    /// The text that `print` would show of a value.
    public func text(of value: ScriptValue) throws(DaedalError) -> String {
        do throws(RuntimeFailure) { return try value.value.quotedText(in: machine) } catch { throw self.error(error) }
    }
}

extension ScriptValue {
    /// Whether it is `none`.
    public var isNone: Bool { if case .none = value { true } else { false } }

    /// The kind with the shape of tensors: `tensor f32[3, 4]`.
    public var type: String {
        if case .tensor(let tensor) = value { return "tensor \(tensor.type.name)\(tensor.shape)" }
        return value.kindName
    }
}

extension Interpreter {
    /// The text that `print` writes of a value: strings bare.
    public func printed(_ value: ScriptValue) throws(DaedalError) -> String {
        do throws(RuntimeFailure) { return try value.value.text(in: machine) } catch { throw self.error(error) }
    }

    /// Replaces a file, all or nothing, through the files that this interpreter may reach.
    /// - Throws: `DaedalError` that names the file; the old file stays.
    public func replace(_ path: String, with text: String) throws(DaedalError) {
        do throws(DataFailure) { try session.host.files.write(Array(text.utf8), to: path) } catch { throw hostError(error.description) }
    }

    /// Diagnostics as the command shows them, with a count at the end when there are several.
    public func rendering(_ diagnostics: [Diagnostic]) -> String {
        var text = diagnostics.map(\.description).joined(separator: "\n")
        let errors = diagnostics.filter { $0.severity == .error }.count
        if errors > 1 { text += "\n\(errors) errors\n" }
        return text
    }
}
