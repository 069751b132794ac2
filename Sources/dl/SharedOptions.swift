import ArgumentParser
import Daedal

/// The options that every running command takes.
struct SharedOptions: ParsableArguments {
    @Option(help: "Mixed into every random draw.") var seed = 0
    @Flag(help: "No progress.") var quiet = false

    /// An interpreter that may do what the user may, with Ctrl-C wired to it.
    func interpreter(arguments: [String] = []) -> Interpreter {
        let quiet = quiet
        let interpreter = Interpreter(
            permissions: .all, arguments: arguments, seed: seed, log: { text in if !quiet { Interpreter.standardError(text) } },
            progressIsTerminal: Terminal.errorsAreTerminal)
        interpreter.usesColor = Terminal.errorsTakeColor
        Terminal.onInterrupt(interpreter.interruption)
        return interpreter
    }
}

/// Runs and turns what went wrong into text on standard error and an exit status: 2 did not check, 1 failed, 130 interrupted.
func finish(_ interpreter: Interpreter, _ body: () throws(DaedalError) -> Void) throws {
    do throws(DaedalError) { try body() } catch {
        Interpreter.standardError(error.description)
        throw ExitCode(interpreter.interruption.isRequested ? 130 : error.isStatic ? 2 : 1)
    }
}

extension SharedOptions {
    /// An interpreter for commands that run nothing.
    static func plain() -> Interpreter {
        let interpreter = Interpreter(permissions: .all)
        interpreter.usesColor = Terminal.errorsTakeColor
        return interpreter
    }
}
