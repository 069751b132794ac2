import Foundation
import Testing

/// Ctrl-C as a terminal sends it.
@Suite(.serialized) struct InterruptionTests {
    static let script = """
        dataset D { source memory(uniform([400, 3]), uniform([400]))
          split train: 0.8, validation: 0.2
          batch 8 }
        network Net { Dense(8) -> tanh -> Dense(1) -> (y => y[.., 0]) }
        let run = train Net() on D { loss mse
          optimizer adam(0.01)
          CLAUSES }
        print(run.stopped, run.history.count > 0, evaluate(run.model, on: D.validation).loss < 10)
        """

    /// Runs a script that trains for long, interrupts it once it is at work, and gives the lines it printed and its exit status.
    private func interrupted(_ text: String, arguments: [String] = []) throws -> (lines: [String], status: Int32) {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("dl-interrupt-\(UUID().uuidString).dl")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let out = try TemporaryFile(), errors = try TemporaryFile()
        let process = Process()
        process.executableURL = Command.binary
        process.arguments = ["run"] + arguments + [file.path]
        process.standardOutput = out.writing
        process.standardError = errors.writing
        try process.run()
        let deadline = Date().addingTimeInterval(60)
        while !(try errors.text()).contains("epoch 2/"), Date() < deadline, process.isRunning { usleep(20_000) }
        kill(process.processIdentifier, SIGINT)
        while process.isRunning, Date() < deadline { usleep(5_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        return (try out.text().split(separator: "\n").map(String.init), process.terminationStatus)
    }

    @Test func aTrainingThatIsInterruptedKeepsItsModel() throws {
        let (lines, status) = try interrupted(Self.script.replacingOccurrences(of: "CLAUSES", with: "epochs 1000000"))
        #expect(lines == ["interrupted true true"])
        #expect(status == 130)
    }

    @Test func anInterruptedTrainingCanBeResumed() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dl-resume-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let clauses = "epochs EPOCHS\ncheckpoint \"\(folder)\", every: 1000 epochs\nresume"
        let text = Self.script.replacingOccurrences(of: "CLAUSES", with: clauses)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("dl-resume-\(UUID().uuidString).dl")
        defer { try? FileManager.default.removeItem(at: file) }
        let (lines, status) = try interrupted(text.replacingOccurrences(of: "EPOCHS", with: "1000000"))
        #expect(lines == ["interrupted true true"] && status == 130)
        let name = try String(contentsOfFile: folder + "/latest", encoding: .utf8).trimmingCharacters(in: .newlines)
        let steps = try #require(Int(name.dropFirst("step-".count)))
        #expect(steps > 40)
        // Again with as many epochs as there were and one more: it goes on and comes to its end.
        let epochs = steps / 40 + 1
        try Data(text.replacingOccurrences(of: "EPOCHS", with: "\(epochs)").utf8).write(to: file)
        let outcome = try Command.run(["run", file.path])
        #expect(outcome.errors.contains("resumed from \(folder)/\(name), at step \(steps)"), "\(outcome.errors)")
        #expect(outcome.lines == ["finished true true"])
        #expect(outcome.status == 0)
    }
}
