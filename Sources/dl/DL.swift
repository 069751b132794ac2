import ArgumentParser
import Daedal

// dl: the command. In: arguments, files, a terminal. Out: results on standard output, progress and diagnostics on standard error, an exit status.
// Never: reaches past the public `Interpreter`.

/// The command and its subcommands; without one it runs a file, `-e` code, standard input, or the prompt.
@main struct DL: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dl", abstract: "Daedal, a small declarative language for deep learning.",
        usage: """
            dl file.dl [arguments]     run a program
            dl -e 'code'               run one line and print its value
            dl -                       run standard input
            dl                         try things out at the prompt
            dl <command> …             see below; dl help <command> says more
            """,
        discussion: """
            A program is checked before it runs: names, arguments and every shape. Results go to standard output, progress and \
            diagnostics to standard error.

            Exit status: 0 done, 1 the program failed, 2 it does not check or the call is wrong, 130 interrupted.
            NO_COLOR in the environment turns colours off.
            """,
        version: "0.1.0",
        subcommands: [Run.self, Check.self, Test.self, Format.self, Doc.self, Summary.self, Plan.self, Dump.self], defaultSubcommand: Run.self)

    /// Whether a word is a command and no file.
    static func isCommand(_ word: String) -> Bool { word == "help" || configuration.subcommands.contains { $0.configuration.commandName == word } }

    /// Runs the command; a wrong call ends with 2, as everything that does not check.
    static func main() {
        do {
            if let request = RunRequest(plain: Array(CommandLine.arguments.dropFirst())) { return try request.run() }
            var command = try parseAsRoot()
            try command.run()
        } catch let status as ExitCode {
            exit(withError: status)
        } catch {
            guard exitCode(for: error) != .success else { exit(withError: error) }
            Interpreter.standardError(fullMessage(for: error) + "\n")
            exit(withError: ExitCode(2))
        }
    }
}
