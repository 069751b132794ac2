import DaedalSyntax

/// One thing that is wrong, or doubtful, in a program or its run.
public struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
    /// How bad it is: an error stops the program, a warning does not.
    public enum Severity: String, Sendable { case error, warning }

    /// How bad it is.
    public let severity: Severity
    /// `E` and three digits, the same for the same mistake in every version.
    public let code: String
    /// One sentence in the user's terms.
    public let message: String
    /// The name of the text: a path, or what the host called it.
    public let file: String
    /// The 1-based line of the place.
    public let line: Int
    /// The 1-based column of the place, in characters.
    public let column: Int
    /// What else there is to know, a sentence each.
    public let notes: [String]
    /// What would likely repair it.
    public let fixes: [String]
    /// The whole diagnostic as the command shows it: message, source line with the place underlined, notes and fixes.
    public let description: String

    init(_ diagnostic: DaedalSyntax.Diagnostic, in sources: SourceMap, usesColor: Bool) {
        severity = diagnostic.severity == .error ? .error : .warning
        code = diagnostic.code
        message = diagnostic.message
        let source = sources.source(of: diagnostic.span)
        let position = source.position(at: diagnostic.span.start)
        file = source.name
        line = position.line
        column = position.column
        notes = diagnostic.notes
        fixes = diagnostic.fixes.map(\.message)
        description = DiagnosticRenderer(sources: sources, usesColor: usesColor).render(diagnostic)
    }
}

/// Why a script was not run to its end: every diagnostic that was found.
public struct DaedalError: Error, Sendable, CustomStringConvertible {
    /// Everything that was found, in the order of the text.
    public let diagnostics: [Diagnostic]
    /// Whether the program did not check (nothing ran), as opposed to failing while it ran.
    public let isStatic: Bool
    /// The script's calls that led to a failure while running, innermost first, each as `name (file:line)`.
    public let callStack: [String]
    /// All diagnostics as the command shows them, with a count at the end when there are several.
    public let description: String
}

extension DaedalError {
    /// What a host did wrong, or could not have.
    init(host message: String) {
        let diagnostic = DaedalSyntax.Diagnostic(.error, "E520", message, at: .none)
        self.init(
            diagnostics: [Diagnostic(diagnostic, in: SourceMap(), usesColor: false)], isStatic: false, callStack: [],
            description: "error[E520]: \(message)\n")
    }
}
