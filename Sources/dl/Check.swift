import ArgumentParser
import Daedal

/// `dl check files…`
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Find mistakes without running anything.")
    @Argument(help: "Programs, folders of them, or - for standard input.") var paths: [String]

    func run() throws {
        var failed = false
        for path in Input.files(paths) {
            let (name, text) = try Input.read(path)
            let interpreter = SharedOptions.plain()
            let diagnostics = interpreter.check(text, name: name, isLibrary: Input.isLibrary(path), usesColor: Terminal.errorsTakeColor)
            Interpreter.standardError(interpreter.rendering(diagnostics))
            failed = failed || diagnostics.contains { $0.severity == .error }
        }
        if failed { throw ExitCode(2) }
    }
}
