import Daedal

/// What begins with `:` at the prompt.
enum PromptCommand {
    private static let help: [(usage: String, text: String)] = [
        (":shapes model", "the layers of a model with their shapes and parameters; `:shapes model, [1, 28, 28]` for an input"),
        (":type expression", "the kind of a value, of tensors with element type and shape"),
        (":time expression", "how long it takes"),
        (":plot run.history", "draws the curves of a run, or of numbers"),
        (":load file.dl", "runs a file as if it were entered here"),
        (":save file.dl", "writes what was entered and went well to a file"),
        (":vars", "the names that are bound, with their values"),
        (":reset", "forgets everything"),
        (":help", "this"),
        ("?name", "what is written about a name"),
        ("_", "the last value"),
        ("Ctrl-C", "stops what runs and keeps every value; at the prompt gives up the entry"),
        ("Ctrl-R", "searches earlier entries; Tab completes names, members, options and paths"),
    ]

    /// Completions of a command's name.
    static func completions(of line: String) -> [String] {
        help.map { String($0.usage.split(separator: " ")[0]) }.filter { $0.hasPrefix(line) }
    }

    static func carryOut(_ line: String, at prompt: Prompt) {
        let parts = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        let word = parts.first.map(String.init) ?? "", rest = parts.count > 1 ? parts[1].trimmed : ""
        do throws(DaedalError) {
            switch word {
            case "help", "h": say(TextTable(rows: help.map { [$0.usage, $0.text] }, leftColumns: 2).text)
            case "doc": document(rest, prompt)
            case "vars": try variables(prompt)
            case "reset": prompt.reset()
            case "load", "save":
                guard !rest.isEmpty else { return complain("\(word) needs the path of a file") }
                let path = rest.hasPrefix("\"") && rest.hasSuffix("\"") && rest.count > 1 ? String(rest.dropFirst().dropLast()) : rest
                if word == "save" { return try prompt.interpreter.replace(path, with: prompt.program) }
                guard let (name, text) = try? Input.read(path) else { return }
                _ = prompt.enter(text, name: name, shows: false)
            case "type", "time", "shapes", "plot":
                guard !rest.isEmpty else { return complain(":\(word) needs an expression") }
                try examine(word, rest, prompt)
            default: complain("there is no command :\(word); :help lists them")
            }
        } catch { Interpreter.standardError(error.description) }
    }

    private static func examine(_ word: String, _ expression: String, _ prompt: Prompt) throws(DaedalError) {
        let interpreter = prompt.interpreter
        switch word {
        case "type": say(try interpreter.enter(expression).type)
        case "plot": try interpreter.enter("plot(\(expression))")
        case "shapes": try interpreter.enter("print(summary(\(expression)))")
        default:
            let clock = ContinuousClock(), start = clock.now
            let value = try interpreter.enter(expression)
            let text = value.isNone ? nil : try interpreter.text(of: value)
            let seconds = (clock.now - start) / .seconds(1)
            if let text { say("\(text) : \(value.type)") }
            say(seconds >= 1 ? "\((seconds * 1000).rounded() / 1000) s" : "\((seconds * 1e6).rounded() / 1000) ms")
        }
    }

    private static func document(_ name: String, _ prompt: Prompt) {
        guard !name.isEmpty else { return complain("? needs a name") }
        guard let found = prompt.interpreter.documentation(of: name) else {
            let near = prompt.interpreter.names(near: name, among: prompt.interpreter.boundNames)
            return complain("nothing is called `\(name)`" + (near.isEmpty ? "" : "; did you mean `\(near[0])`?"))
        }
        say(found.signature + (found.text.map { "\n\n" + $0 } ?? ""))
    }

    private static func variables(_ prompt: Prompt) throws(DaedalError) {
        var rows: [[String]] = []
        for name in prompt.interpreter.boundNames where name != "_" {
            guard let value = prompt.interpreter[name] as? ScriptValue else { continue }
            let text = try prompt.interpreter.text(of: value).split(separator: "\n", omittingEmptySubsequences: false)
            let short = String((text.first ?? "").prefix(60)) + (text.count > 1 || (text.first?.count ?? 0) > 60 ? " …" : "")
            rows.append([name, value.type, short])
        }
        say(rows.isEmpty ? "nothing is bound" : TextTable(rows: rows, leftColumns: 3).text)
    }

    private static func say(_ text: String) { Interpreter.standardOutput(text) }
    private static func complain(_ text: String) { Interpreter.standardError(text + "\n") }
}
