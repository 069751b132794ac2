/// Renders diagnostics as text for people: the message, the place, the source lines with what matters underlined, notes and fixes.
package struct DiagnosticRenderer: Sendable {
    package let sources: SourceMap
    /// Whether ANSI colours are written.
    package let usesColor: Bool

    package init(sources: SourceMap, usesColor: Bool = false) {
        self.sources = sources
        self.usesColor = usesColor
    }

    /// Renders many, sorted by place, each once, with a line that counts them at the end.
    package func render(_ diagnostics: [Diagnostic]) -> String {
        var seen: Set<Diagnostic> = []
        let unique = diagnostics.filter { seen.insert($0).inserted }
        let sorted = unique.enumerated().sorted { left, right in
            let (a, b) = (left.element.span, right.element.span)
            return (a.source, a.start, a.end, left.offset) < (b.source, b.start, b.end, right.offset)
        }
        guard !sorted.isEmpty else { return "" }
        return sorted.map { render($0.element) }.joined(separator: "\n") + "\n" + Self.summary(unique) + "\n"
    }

    /// `2 errors and 1 warning`
    package static func summary(_ diagnostics: [Diagnostic]) -> String {
        let errors = diagnostics.count { $0.severity == .error }
        let warnings = diagnostics.count - errors
        func count(_ number: Int, _ word: String) -> String? { number == 0 ? nil : "\(number) \(word)\(number == 1 ? "" : "s")" }
        return [count(errors, "error"), count(warnings, "warning")].compactMap(\.self).joined(separator: " and ")
    }

    /// Renders one; every line ends with a newline.
    package func render(_ diagnostic: Diagnostic) -> String {
        let main: Style = diagnostic.severity == .error ? .error : .warning
        var output = StyledText(usesColor: usesColor)
        output.add(diagnostic.severity.rawValue + "[\(diagnostic.code)]", main)
        output.add(": " + diagnostic.message + "\n", .strong)

        let sections = sections(of: diagnostic)
        let width = sections.flatMap { $0.lines.map { String($0.number).count } }.max() ?? 0
        for (order, section) in sections.enumerated() {
            output.add(String(repeating: " ", count: width + 1) + (order == 0 ? "--> " : "::: "), .frame)
            output.add("\(section.source.name):\(section.position.line):\(section.position.column)\n")
            output.add(String(repeating: " ", count: width + 2) + "|\n", .frame)
            add(section, to: &output, gutter: width, main: main)
        }
        let indent = String(repeating: " ", count: width + 2)
        for note in diagnostic.notes { add("note", note, indent, to: &output) }
        for fix in diagnostic.fixes { add("help", fix.message, indent, to: &output) }
        return output.text
    }

    /// `   = note: …`, further lines below the first.
    private func add(_ kind: String, _ text: String, _ indent: String, to output: inout StyledText) {
        output.add(indent + "= ", .frame)
        output.add(kind + ": ", .strong)
        let hanging = "\n" + indent + String(repeating: " ", count: kind.count + 4)
        output.add(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: hanging) + "\n")
    }

    /// The lines of one source that a diagnostic marks, the primary place's source first.
    private func sections(of diagnostic: Diagnostic) -> [Section] {
        var sections: [Section] = []
        let marks = [(diagnostic.span, diagnostic.label, true)] + diagnostic.labels.map { ($0.span, $0.text, false) }
        for (span, text, isMain) in marks where span.source != 0 {
            let source = sources.source(of: span)
            if !sections.contains(where: { $0.source === source }) {
                sections.append(Section(source: source, position: source.position(at: span.start), lines: []))
            }
            guard let index = sections.firstIndex(where: { $0.source === source }) else { continue }
            sections[index].add(span, text, isMain: isMain)
        }
        return sections
    }
}

/// How a piece of rendered text looks.
enum Style: String {
    case plain = ""
    case strong = "1"
    case frame = "1;34"
    case error = "1;31"
    case warning = "1;33"
}

/// Text that is built with or without colours.
struct StyledText {
    let usesColor: Bool
    private(set) var text = ""

    init(usesColor: Bool) { self.usesColor = usesColor }

    mutating func add(_ piece: String, _ style: Style = .plain) {
        guard usesColor, style != .plain, !piece.isEmpty else { return text += piece }
        // A colour never reaches over a newline.
        let ends = piece.hasSuffix("\n")
        text += "\u{1B}[\(style.rawValue)m" + (ends ? String(piece.dropLast()) : piece) + "\u{1B}[0m" + (ends ? "\n" : "")
    }
}
