import Foundation
import Testing

/// Scripts are tests: every `.dl` file below Tests/Scripts runs as a user would run it and prints what its comments say.
@Suite struct ScriptTests {
    static let scripts = Command.scripts("Tests/Scripts").filter { !$0.contains("/modules/") && !$0.contains("/imported/") }

    @Test(arguments: scripts) func aScriptPrintsWhatItSays(path: String) throws {
        let text = try String(contentsOf: Command.root.appendingPathComponent(path), encoding: .utf8)
        let expected = Expectations(text)
        let outcome = try Command.run(["run", "--quiet", path])
        #expect(outcome.lines == expected.output, "\(path): standard output\n\(outcome.errors)")
        if let failure = expected.failure {
            #expect(outcome.status == 1, "\(path): exit status")
            #expect(outcome.errors.contains(failure), "\(path): \(outcome.errors)")
        } else if expected.errors.isEmpty {
            #expect(outcome.status == 0, "\(path): \(outcome.errors)")
        } else {
            #expect(outcome.status == 2, "\(path): exit status")
            #expect(Expectations.errors(in: outcome.errors) == expected.errors, "\(path): \(outcome.errors)")
        }
        if expected.output.isEmpty && expected.errors.isEmpty && expected.failure == nil {
            #expect(text.contains("assert("), "\(path) expects nothing")
        }
    }

    @Test func thereAreManyScripts() { #expect(Self.scripts.count >= 80) }

    @Test(arguments: Command.scripts("stdlib")) func aLibraryFileShowsItselfAtWork(path: String) throws {
        let outcome = try Command.run(["test", path])
        #expect(outcome.status == 0, "\(path): \(outcome.output)\(outcome.errors)")
        #expect(outcome.output.contains("passed"), "\(path): \(outcome.output)")
    }
}
