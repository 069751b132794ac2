@preconcurrency import CReadline
import Daedal

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The prompt: a line at a time, several while something is open; every value is shown, no error ends it.
struct Prompt {
    let interpreter: Interpreter

    init(_ options: SharedOptions) { interpreter = options.interpreter() }

    func run() throws {
        while let entry = read() {
            if entry.allSatisfy(\.isWhitespace) { continue }
            add_history(entry)
            interpreter.interruption.clear()
            do throws(DaedalError) {
                let value = try interpreter.enter(entry)
                if !value.isNone { Interpreter.standardOutput("\(try interpreter.text(of: value)) : \(value.type)") }
            } catch { Interpreter.standardError(error.description) }
        }
        print()
    }

    /// One entry, or nil at the end of input.
    private func read() -> String? {
        guard var entry = line("> ") else { return nil }
        while interpreter.isIncomplete(entry) {
            guard let more = line("… ") else { return entry }
            entry += "\n" + more
        }
        return entry
    }

    private func line(_ prompt: String) -> String? {
        guard let text = readline(prompt) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }
}
