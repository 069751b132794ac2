import ArgumentParser
import Daedal

/// `dl [run] file.dl [args]`, `dl -e 'code'`, `dl -`, `dl`.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a program (the default).",
        usage: "dl [run] [options] file.dl [arguments]\ndl [run] [options] -e 'code' [arguments]\ndl [run] [options] -",
        discussion: """
            The program is checked first; if it does not check, nothing runs and the exit status is 2. Options stand before the file: what \
            stands after it is the list args. A file that begins with #!/usr/bin/env dl can be made executable.

            Ctrl-C lets a training finish its step and keeps the model; pressed twice it ends the process.
            """)

    @Option(name: .customShort("e"), parsing: .unconditional, help: "Run this code and print the value of its last expression.") var code: String?
    @Flag(help: "Show where the time of plans goes, by step and by line.") var profile = false
    @OptionGroup var options: SharedOptions
    @Argument(help: "The program, or - for standard input.") var file: String?
    @Argument(parsing: .captureForPassthrough, help: "The list args.") var arguments: [String] = []

    func run() throws {
        try RunRequest(code: code, profile: profile, settings: options.settings, file: file, arguments: arguments).run()
    }
}

/// One run of a program.
struct RunRequest {
    var code: String?
    var profile = false
    var settings = Settings()
    var file: String?
    var arguments: [String] = []

    /// A call without options: `dl [run] file.dl [arguments]`, `dl -e 'code'`. Nil for every other. Describing the options and commands to the
    /// parser of arguments takes longer than a small program does.
    init?(plain words: [String]) {
        var words = words[...]
        let isNamed = words.first == Run.configuration.commandName
        if isNamed { words.removeFirst() }
        guard let first = words.popFirst() else { return nil }
        if first == "-e", words.count == 1 {
            code = words.popFirst()
            return
        }
        if first.hasPrefix("-") || (!isNamed && !first.hasSuffix(".dl") && DL.isCommand(first)) { return nil }
        (file, arguments) = (first, Array(words))
    }

    init(code: String?, profile: Bool, settings: Settings, file: String?, arguments: [String]) {
        (self.code, self.profile, self.settings, self.file, self.arguments) = (code, profile, settings, file, arguments)
    }

    /// Carries it out.
    func run() throws {
        if let code {
            let interpreter = settings.interpreter(arguments: [file].compactMap { $0 } + arguments)
            try settings.finish(interpreter) { () throws(DaedalError) in
                let value = try interpreter.run(code, name: "<-e>")
                if value.isNone { return }
                let text = try interpreter.printed(value)
                if settings.json { Event("value").add("text", text).add("type", value.type).write() } else { Interpreter.standardOutput(text) }
            }
        } else if let file {
            let interpreter = settings.interpreter(arguments: arguments)
            let (name, text) = try Input.read(file)
            if profile { interpreter.startProfile() }
            defer { if profile { Interpreter.standardError(interpreter.profileReport) } }
            try settings.finish(interpreter) { () throws(DaedalError) in try interpreter.run(text, name: name) }
        } else if Terminal.isInteractive {
            try Prompt(settings).run()
        } else {
            throw ValidationError("name a file, or - for standard input")
        }
    }
}
