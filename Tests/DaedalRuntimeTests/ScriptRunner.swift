import DaedalData
import DaedalRuntime
import DaedalSyntax
import Testing

/// Runs scripts inside the process, with what a test needs to see.
final class ScriptRunner {
    /// A host that gathers what is printed.
    final class TestHost: Host {
        var printed: [String] = []
        var progressLines: [String] = []
        var files: any FileAccess = MemoryFiles()
        let progressIsTerminal = false
        let arguments: [String] = []
        /// Becomes true after so many questions.
        var interruptsAfter = Int.max
        private var questions = 0
        func print(_ text: String) { printed.append(text) }
        func progress(_ text: String) { progressLines.append(text) }
        func clock() -> Double? { 0 }
        func answerInterruption() { interruptsAfter = .max }
        var isInterrupted: Bool {
            questions += 1
            return questions > interruptsAfter
        }
    }

    let host = TestHost()
    let session: Session
    let machine: Machine

    init() {
        session = Session(host: host)
        session.learning = Learning()
        machine = Machine(session: session)
    }

    /// Runs a text; what it prints.
    @discardableResult func run(_ text: String) throws -> [String] {
        host.printed = []
        let program = Parser.parse(session.sources.add(name: "test.dl", text: text))
        try #require(program.diagnostics.isEmpty)
        _ = try machine.run(program)
        return host.printed
    }
}
