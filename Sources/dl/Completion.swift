@preconcurrency import CReadline
import Daedal

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Readline's completion of names, members, options, commands and paths. Readline asks through C, so that what it asks lives here.
enum Completion {
    /// Gives the completions of a line up to the cursor.
    nonisolated(unsafe) private static var complete: (String) -> [String] = { _ in [] }
    nonisolated(unsafe) private static var candidates: [String] = []

    /// Answers readline from now on.
    static func install(_ complete: @escaping (String) -> [String]) {
        Completion.complete = complete
        // Words end where names end; what stands between quotes is a path and readline's own affair.
        rl_completer_word_break_characters = UnsafePointer(strdup(" \t\n\"'\\+-*/%@<>=!,;()[]{}|&?."))
        rl_completer_quote_characters = UnsafePointer(strdup("\""))
        rl_attempted_completion_function = { text, start, _ in
            guard let text, let buffer = rl_line_buffer else { return nil }
            let line = String(cString: buffer)
            let before = String(decoding: line.utf8.prefix(Int(start)), as: UTF8.self)
            if Completion.isInString(before) { return nil }
            rl_attempted_completion_over = 1
            Completion.candidates = Completion.complete(before + String(cString: text))
            // After an option stands its value; after a name often a dot or a bracket.
            let isOption = Completion.candidates.count == 1 && Completion.candidates[0].hasSuffix(":")
            rl_completion_append_character = isOption ? CInt(UInt8(ascii: " ")) : 0
            return rl_completion_matches(text) { _, state in
                let at = Int(state)
                return Completion.candidates.indices.contains(at) ? strdup(Completion.candidates[at]) : nil
            }
        }
    }

    /// Whether a line ends inside a string.
    private static func isInString(_ line: String) -> Bool {
        var inside = false, escaped = false
        for character in line {
            if escaped { escaped = false } else if character == "\\" { escaped = inside } else if character == "\"" { inside.toggle() }
        }
        return inside
    }
}
