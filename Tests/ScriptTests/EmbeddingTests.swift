import Foundation
import Testing

/// The example of a host, built as somebody would who depends on the package: in a build folder of its own, kept for the next time.
@Suite struct EmbeddingTests {
    @Test func theExampleOfAHostBuildsAndRuns() throws {
        let build = try run("/usr/bin/env", ["swift", "build", "--package-path", "examples/embedding", "--scratch-path", ".build/embedding"])
        try #require(build.status == 0, "\(build.text.suffix(4000))")
        let host = Command.root.appendingPathComponent(".build/embedding/debug/host")
        let outcome = try run(host.path, ["examples/embedding/gate.dl"])
        #expect(outcome.status == 0 && outcome.text.hasSuffix("xor: [false, true, true, false]\n"), "\(outcome.text)")
        #expect(outcome.text.contains("step 500: loss "), "the script calls the host: \(outcome.text)")
    }

    private func run(_ program: String, _ arguments: [String]) throws -> (text: String, status: Int32) {
        let process = Process(), output = try TemporaryFile()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = Command.root
        process.standardOutput = output.writing
        process.standardError = output.writing
        try process.run()
        process.waitUntilExit()
        return (try output.text(), process.terminationStatus)
    }
}
