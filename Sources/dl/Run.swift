import ArgumentParser
import Daedal

/// `dl [run] file.dl [args]`, `dl -e 'code'`, `dl -`, `dl`.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run a program (the default).")

    @Option(name: .customShort("e"), help: "Run this code and print the value of its last expression.") var code: String?
    @OptionGroup var options: SharedOptions
    @Argument(help: "The program, or - for standard input.") var file: String?
    @Argument(parsing: .captureForPassthrough, help: "What args() gives.") var arguments: [String] = []

    func run() throws {
        if let code {
            let interpreter = options.interpreter(arguments: [file].compactMap { $0 } + arguments)
            try finish(interpreter) { () throws(DaedalError) in
                let value = try interpreter.run(code, name: "<-e>")
                if !value.isNone { Interpreter.standardOutput(try interpreter.printed(value)) }
            }
        } else if let file {
            let interpreter = options.interpreter(arguments: arguments)
            let (name, text) = try Input.read(file)
            try finish(interpreter) { () throws(DaedalError) in try interpreter.run(text, name: name) }
        } else if Terminal.isInteractive {
            try Prompt(options).run()
        } else {
            throw ValidationError("name a file, or - for standard input")
        }
    }
}
