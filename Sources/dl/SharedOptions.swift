import ArgumentParser
import Daedal

/// The options of every command that runs a program.
struct SharedOptions: ParsableArguments {
    @Option(help: "Mixed into every random draw.") var seed = 0
    @Option(help: "How many threads compute; as many as there are processors by default.") var threads: Int?
    @Flag(help: "Train convolutions by their plain sums only: slower, about ten times as exact.") var precise = false
    @Flag(help: "No progress.") var quiet = false
    @Flag(help: "Machine-readable events on standard output, one JSON object a line (docs/events.md).") var json = false

    func validate() throws {
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads takes a number from 1 to 1024") }
    }

    /// The options as they were given.
    var settings: Settings { Settings(seed: seed, threads: threads, precise: precise, quiet: quiet, json: json) }
}

/// The one option of commands that run nothing.
struct EventOption: ParsableArguments {
    @Flag(help: "Machine-readable events on standard output, one JSON object a line (docs/events.md).") var json = false

    /// How what was found is told.
    var reading: Reading { Reading(json: json) }
}

/// What commands that run nothing share.
struct Reading {
    var json = false

    /// An interpreter that may read files.
    func interpreter(arguments: [String] = []) -> Interpreter {
        let interpreter = Interpreter(permissions: .all, arguments: arguments)
        interpreter.usesColor = Terminal.errorsTakeColor && !json
        return interpreter
    }

    /// Says what was found and gives the exit status.
    func fail(_ error: DaedalError) -> ExitCode {
        if json {
            for diagnostic in error.diagnostics { Event(diagnostic, calls: error.callStack).write() }
        } else {
            Interpreter.standardError(error.description)
        }
        return ExitCode(error.isStatic ? 2 : 1)
    }
}
