/// One thing that is wrong (or doubtful) in a program: a code, a sentence in the user's terms, the places, notes and a likely fix.
package struct Diagnostic: Hashable, Sendable, Error {
    package enum Severity: String, Sendable { case error, warning }

    /// A second place that helps to understand the first, underlined with `---` and its own text.
    package struct Label: Hashable, Sendable {
        package var span: Span
        package var text: String
        package init(_ span: Span, _ text: String) {
            self.span = span
            self.text = text
        }
    }

    /// A replacement of a span that would likely repair the program.
    package struct Fix: Hashable, Sendable {
        package var message: String
        package var span: Span?
        package var replacement: String
        package init(_ message: String, span: Span? = nil, replacement: String = "") {
            self.message = message
            self.span = span
            self.replacement = replacement
        }
    }

    package var severity: Severity
    /// `E` and three digits: E0xx text and grammar, E1xx names and calls, E2xx shapes and kinds, E3xx meaning, E4xx data and files, E5xx running.
    package var code: String
    package var message: String
    /// The exact place, underlined with `^^^`.
    package var span: Span
    /// What stands beside the underline of `span`; may be empty.
    package var label: String
    package var labels: [Label]
    package var notes: [String]
    package var fixes: [Fix]

    package init(
        _ severity: Severity = .error, _ code: String, _ message: String, at span: Span, label: String = "", labels: [Label] = [],
        notes: [String] = [], fixes: [Fix] = []
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.span = span
        self.label = label
        self.labels = labels
        self.notes = notes
        self.fixes = fixes
    }
}
