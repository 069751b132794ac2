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

    /// An interpreter that may do what the user may, with Ctrl-C wired to it.
    func interpreter(arguments: [String] = []) -> Interpreter {
        let isSilent = quiet || json
        let output = json ? Event.print : Interpreter.standardOutput
        let interpreter = Interpreter(
            permissions: .all, arguments: arguments, seed: seed,
            output: output, log: { text in if !isSilent { Interpreter.standardError(text) } }, progressIsTerminal: Terminal.errorsAreTerminal,
            threads: threads, precise: precise)
        interpreter.usesColor = Terminal.errorsTakeColor && !json
        if json { interpreter.onTraining = { Event($0).write() } }
        Terminal.onInterrupt(interpreter.interruption)
        return interpreter
    }

    /// Runs and turns what went wrong into diagnostics and an exit status: 2 did not check, 1 failed, 130 interrupted.
    func finish(_ interpreter: Interpreter, _ body: () throws(DaedalError) -> Void) throws {
        var status: Int32 = 0
        do throws(DaedalError) {
            try body()
            if interpreter.interruption.wasAnswered { status = 130 }
        } catch {
            report(error)
            status = interpreter.interruption.isRequested ? 130 : error.isStatic ? 2 : 1
        }
        if json { Event("end").add("status", Int(status)).write() }
        if status != 0 { throw ExitCode(status) }
    }

    /// Says what was found: as text on standard error, or as events.
    func report(_ error: DaedalError) {
        guard json else { return Interpreter.standardError(error.description) }
        for diagnostic in error.diagnostics { Event(diagnostic, calls: error.callStack).write() }
    }
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
    func interpreter() -> Interpreter {
        let interpreter = Interpreter(permissions: .all)
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
