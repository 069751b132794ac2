@preconcurrency import CReadline
import Daedal

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The prompt: an entry at a time, of several lines while something is open; every value is shown, no error ends it.
final class Prompt {
    private let settings: Settings
    private(set) var interpreter: Interpreter
    private let history = PromptHistory()
    /// What was entered and went well, for `:save`.
    private var entries: [String] = []
    /// The interruption of the interpreter at hand, for readline's hook.
    nonisolated(unsafe) private static var interruption = Interruption()
    nonisolated(unsafe) private static var wasAbandoned = false

    init(_ settings: Settings) {
        self.settings = settings
        interpreter = settings.interpreter()
        Prompt.interruption = interpreter.interruption
    }

    func run() throws {
        Terminal.secondInterruptEnds = false
        rl_catch_signals = 0
        // Ctrl-C at the prompt gives up the entry. Looked at ten times a second.
        rl_event_hook = {
            guard Prompt.interruption.isRequested else { return 0 }
            Prompt.wasAbandoned = true
            rl_replace_line("", 0)
            rl_done = 1
            return 0
        }
        Completion.install { [unowned self] line in
            line.hasPrefix(":") && !line.contains(" ") ? PromptCommand.completions(of: line) : interpreter.completions(of: line)
        }
        Interpreter.standardOutput("Daedal. `:help` says what can be done here, Ctrl-D ends.")
        while let entry = read() {
            interpreter.interruption.clear()
            if entry.allSatisfy(\.isWhitespace) { continue }
            history.add(entry)
            answer(entry)
        }
        Interpreter.standardOutput("")
    }

    /// Answers one entry; whatever goes wrong is told and no more.
    private func answer(_ entry: String) {
        let text = entry.trimmed
        if text.hasPrefix(":") { return PromptCommand.carryOut(String(text.dropFirst()), at: self) }
        if text.hasPrefix("?") { return PromptCommand.carryOut("doc " + text.dropFirst(), at: self) }
        _ = enter(entry)
    }

    /// Runs an entry and shows its value. Says whether it went well.
    func enter(_ entry: String, name: String = "<prompt>", shows: Bool = true) -> Bool {
        do throws(DaedalError) {
            let before = interpreter.modelsByNetwork
            let value = try interpreter.enter(entry, name: name)
            entries.append(entry)
            if shows { try show(value, entry) }
            for (network, models) in interpreter.stale(before) {
                let names = models.map { "`\($0)`" }.joined(separator: ", ")
                Interpreter.standardError(
                    "note: \(network) is another network now; \(names) stay\(models.count == 1 ? "s" : "") as \(models.count == 1 ? "it was" : "they were") made"
                        + " (`migrate(\(models[0]), to: \(network))` remakes one)\n")
            }
            return true
        } catch {
            Interpreter.standardError(error.description)
            return false
        }
    }

    private func show(_ value: ScriptValue, _ entry: String) throws(DaedalError) {
        if !value.isNone {
            Interpreter.standardOutput("\(try interpreter.text(of: value)) : \(value.type)")
            try interpreter.define("_", value)
            return
        }
        for name in interpreter.namesBound(by: entry) {
            guard let bound = interpreter[name] as? ScriptValue, !bound.isNone else { continue }
            Interpreter.standardOutput("\(name) = \(try interpreter.text(of: bound)) : \(bound.type)")
        }
    }

    /// Starts afresh.
    func reset() {
        interpreter = settings.interpreter()
        Prompt.interruption = interpreter.interruption
        entries = []
    }

    /// The entries that went well, as a program; without declarations that later ones replaced.
    var program: String {
        var later: Set<String> = [], kept: [String] = []
        for entry in entries.reversed() {
            let names = interpreter.declarations(in: entry)
            if let names, !names.isEmpty, names.allSatisfy(later.contains) { continue }
            later.formUnion(names ?? [])
            kept.append(entry + "\n")
        }
        return kept.reversed().joined()
    }

    // MARK: Reading

    /// One entry, or nil at the end of input.
    private func read() -> String? {
        guard var entry = line("> ") else { return nil }
        while !Prompt.wasAbandoned, interpreter.isIncomplete(entry) {
            guard let more = line("… ") else { return entry }
            entry += "\n" + more
        }
        return Prompt.wasAbandoned ? "" : entry
    }

    private func line(_ prompt: String) -> String? {
        Prompt.wasAbandoned = false
        interpreter.interruption.clear()
        guard let text = readline(prompt) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }
}

extension StringProtocol {
    /// The text without white space at its ends.
    var trimmed: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
