import ArgumentParser

// dl: the command. In: arguments, files, a terminal. Out: results on standard output, progress and diagnostics on standard error, an exit status.
// Never: reaches past the public `Interpreter`.

/// The command and its subcommands; without one it runs a file, `-e` code, standard input, or the prompt.
@main struct DL: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dl", abstract: "Daedal, a small declarative language for deep learning.",
        discussion: "dl file.dl [args] runs a program, dl -e 'code' one line, dl - standard input, dl alone opens the prompt.", version: "0.1.0",
        subcommands: [Run.self, Check.self, Format.self, Test.self, Dump.self], defaultSubcommand: Run.self)
}
