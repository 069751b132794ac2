import ArgumentParser
import Daedal

/// What was asked of a run: the options of every command that runs a program.
struct Settings {
    var seed = 0
    var threads: Int?
    var precise = false
    var quiet = false
    var json = false

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
