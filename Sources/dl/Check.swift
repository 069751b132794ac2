import ArgumentParser
import Daedal

/// `dl check files…`
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Find mistakes without running anything.",
        discussion: "Unknown names, wrong arguments, shapes that do not fit, and values that mean something else. Exit status 2 if there are errors.")
    @OptionGroup var events: EventOption
    @Argument(help: "Programs, folders of them, or - for standard input.") var paths: [String]

    func run() throws {
        var failed = false
        for path in Input.files(paths) {
            let (name, text) = try Input.read(path)
            let interpreter = events.reading.interpreter()
            let diagnostics = interpreter.check(text, name: name, isLibrary: Input.isLibrary(path), usesColor: interpreter.usesColor)
            let errors = diagnostics.count { $0.severity == .error }
            failed = failed || errors > 0
            guard events.json else {
                Interpreter.standardError(interpreter.rendering(diagnostics))
                continue
            }
            for diagnostic in diagnostics { Event(diagnostic).write() }
            Event("check").add("file", name).add("errors", errors).add("warnings", diagnostics.count - errors).write()
        }
        if failed { throw ExitCode(2) }
    }
}
