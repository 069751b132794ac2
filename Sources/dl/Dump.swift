import ArgumentParser
import Daedal

/// `dl dump --tokens|--tree file.dl`
struct Dump: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a stage on the way from text to plan.")
    @Flag(help: "The tokens.") var tokens = false
    @Flag(help: "The tree.") var tree = false
    @Argument(help: "The program, or - for standard input.") var file: String

    func run() throws {
        guard tokens != tree else { throw ValidationError("choose one of --tokens, --tree") }
        let (name, text) = try Input.read(file)
        Interpreter.standardOutput(SharedOptions.plain().dump(tokens ? .tokens : .tree, of: text, name: name))
    }
}
