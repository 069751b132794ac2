import ArgumentParser
import Daedal

/// `dl doc NAME… [file.dl…]`
struct Doc: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doc",
        abstract: "Show what is written about a name.",
        usage: "dl doc NAME\ndl doc file.dl [NAME]\ndl doc",
        discussion: """
            Names of the library, of what is built in, and of files given beside them; of a file alone everything that it declares; without \
            anything a list of all names.
            """)
    @Argument(help: "Names, and files that declare some.") var names: [String] = []

    func run() throws {
        let interpreter = Reading().interpreter()
        var declared: [(name: String, documentation: NameDocumentation)] = []
        var wanted: [String] = []
        for name in names {
            guard name.hasSuffix(".dl") || name.contains("/") else {
                wanted.append(name)
                continue
            }
            let (file, text) = try Input.read(name)
            declared += interpreter.documentation(in: text, name: file)
        }
        if names.isEmpty { return list(interpreter) }
        if wanted.isEmpty { return Interpreter.standardOutput(declared.map { text($0.documentation) }.joined(separator: "\n\n")) }
        var pages: [String] = []
        for name in wanted {
            let found = declared.last { $0.name == name }?.documentation ?? interpreter.documentation(of: name)
            guard let found else {
                let near = interpreter.names(near: name, among: declared.map(\.name))
                let hint = near.isEmpty ? "" : "; did you mean \(near.map { "`\($0)`" }.joined(separator: ", "))?"
                Interpreter.standardError("error: nothing is called `\(name)`\(hint)\n")
                throw ExitCode(2)
            }
            pages.append(text(found))
        }
        Interpreter.standardOutput(pages.joined(separator: "\n\n"))
    }

    private func text(_ documentation: NameDocumentation) -> String {
        var text = documentation.signature
        if let body = documentation.text { text += "\n\n" + body }
        if let file = documentation.file { text += "\n\n" + file }
        return text
    }

    /// All names with the first sentence of each.
    private func list(_ interpreter: Interpreter) {
        var parts: [String] = []
        for (group, names) in interpreter.libraryNames {
            let rows = names.map { [$0, interpreter.documentation(of: $0)?.firstSentence ?? ""] }
            parts.append("\(group)\n" + TextTable(rows: rows, leftColumns: 2).text.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
        }
        Interpreter.standardOutput(parts.joined(separator: "\n\n"))
    }
}
