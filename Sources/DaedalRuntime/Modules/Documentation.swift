import DaedalSyntax

/// What is known of a name: how it is called, what its `##` lines say, where it stands.
package struct Documentation {
    /// The head of the declaration; of a network those of its `forward` and methods below it.
    package let signature: String
    /// The text, or nil where nobody wrote one.
    package let text: String?
    /// The file that declares it; nil for what is built in.
    package let file: String?

    /// The first sentence of the text, on one line.
    package var firstSentence: String {
        let line = (text ?? "").split(separator: "\n", maxSplits: 1).first.map(String.init) ?? ""
        let ends = line.indices.dropLast().first { line[$0] == "." && line[line.index(after: $0)] == " " }
        return ends.map { String(line[...$0]) } ?? line
    }

    /// The documentation of what a program declares under a name.
    package static func find(_ name: String, in program: Program) -> Documentation? {
        for statement in program.statements {
            if let found = Declaration(statement, program.source), found.name == name { return found.documentation }
        }
        return nil
    }

    /// Everything that a program declares, in order.
    package static func all(in program: Program) -> [(name: String, documentation: Documentation)] {
        program.statements.compactMap { statement in Declaration(statement, program.source).map { ($0.name, $0.documentation) } }
    }

    /// The documentation of a name of the library or of what is built in.
    package static func find(_ name: String, in session: Session) -> Documentation? {
        for file in [name, name + "_"] {
            guard session.library.declares(file, forLibrary: name.hasPrefix("_")),
                let program = session.library.program(declaring: file, sources: session.sources)
            else { continue }
            if let found = find(name, in: program) ?? find(file, in: program) { return found }
        }
        guard let value = NativeTable.lookup(name) else { return nil }
        guard case .function(let function) = value, let native = function as? NativeFunction else {
            return Documentation(signature: name, text: NativeDocumentation.text(of: name), file: nil)
        }
        return Documentation(signature: signature(native), text: NativeDocumentation.text(of: name), file: nil)
    }

    /// All names of the library and of what is built in, by the folder that they stand in.
    package static func names(in session: Session) -> [(group: String, names: [String])] {
        var groups: [String: [String]] = [:]
        for name in session.library.names {
            guard let file = session.library.program(declaring: name, sources: session.sources)?.source.name else { continue }
            let folders = file.split(separator: "/").dropLast()
            groups[folders.last.map(String.init) ?? "library", default: []].append(name)
        }
        let library = Set(session.library.names)
        groups["built in"] = NativeTable.names.filter { !library.contains($0) }
        return groups.sorted { $0.key < $1.key }.map { ($0.key, $0.value.sorted()) }
    }

    private static func signature(_ function: NativeFunction) -> String {
        var parts: [String] = [], isNamedOnly = false
        for parameter in function.nativeParameters {
            let start = parameter.isRest ? "..." : ""
            isNamedOnly = isNamedOnly || parameter.isNamedOnly
            let value = parameter.defaultValue.map { parameter.isNamedOnly ? ": \($0.shortText)" : " = \($0.shortText)" } ?? ""
            parts.append(start + parameter.name + value)
        }
        return "\(function.name)(\(parts.joined(separator: ", ")))"
    }
}

/// A statement that declares a name which can be documented.
private struct Declaration {
    let name: String
    let documentation: Documentation

    init?(_ statement: Statement, _ source: Source) {
        func head(_ span: Span, _ body: Span) -> String {
            let text = source.text(Span(source: span.source, start: Int(span.start), end: Int(body.start)))
            let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            return words.hasSuffix(" =") ? String(words.dropLast(2)) : words
        }
        func head(_ function: Function) -> String {
            switch function.body {
            case .expression(let expression): head(function.span, expression.span)
            case .block(let block): head(function.span, block.span)
            }
        }
        func members(_ body: Block) -> String {
            body.statements.reduce(into: "") { text, member in
                switch member.kind {
                case .forward(let function), .function(let function): text += "\n  " + head(function)
                case .input: text += "\n  " + source.text(member.span)
                default: break
                }
            }
        }
        let signature: String, text: String?
        switch statement.kind {
        case .function(let function):
            guard let identifier = function.name else { return nil }
            (name, signature, text) = (identifier.text, head(function), function.documentation)
        case .network(let declaration):
            name = declaration.name.text
            signature = head(declaration.span, declaration.body.span) + members(declaration.body)
            text = declaration.documentation
        case .optimizer(let declaration):
            (name, text) = (declaration.name.text, declaration.documentation)
            signature = head(declaration.span, declaration.body.span)
        case .dataset(let declaration):
            (name, text) = (declaration.name.text, declaration.documentation)
            // The head ends where the first clause begins, but for the brace.
            let end = declaration.clauses.first?.span ?? Span(source: declaration.span.source, start: Int(declaration.span.end), end: 0)
            signature = head(declaration.span, end).split(separator: "{").first.map { String($0.drop { $0 == " " }) } ?? ""
        default: return nil
        }
        documentation = Documentation(
            signature: signature.hasSuffix(" ") ? String(signature.dropLast()) : signature, text: text, file: source.name)
    }
}
