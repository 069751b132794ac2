import ArgumentParser
import Daedal

/// `dl fmt [--check] files…`
struct Format: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fmt", abstract: "Lay programs out in the one way that everybody uses.",
        discussion: "Files are replaced, all or nothing, and the names of those that changed are printed. What the program means stays the same.")
    @Flag(help: "Change nothing; exit with 1 and name the files that would change.") var check = false
    @Argument(help: "Programs, folders of them, or - to format standard input onto standard output.") var paths: [String]

    func run() throws {
        var changed: [String] = []
        for path in Input.files(paths) {
            let (name, text) = try Input.read(path)
            let options = Reading()
            let interpreter = options.interpreter()
            let formatted: String
            do throws(DaedalError) { formatted = try interpreter.format(text, name: name) } catch { throw options.fail(error) }
            if path == "-" {
                Interpreter.standardOutput(String(formatted.dropLast(formatted.hasSuffix("\n") ? 1 : 0)))
            } else if formatted != text {
                changed.append(path)
                if !check { try interpreter.replace(path, with: formatted) }
            }
        }
        for path in changed { Interpreter.standardOutput(path) }
        if check && !changed.isEmpty { throw ExitCode(1) }
    }
}
