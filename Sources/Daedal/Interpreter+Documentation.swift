import DaedalRuntime
import DaedalSyntax

/// What is known of one name.
public struct NameDocumentation: Sendable {
    /// How it is called.
    public let signature: String
    /// What its author wrote; nil if nothing.
    public let text: String?
    /// The file that declares it; nil for what is built in.
    public let file: String?
    /// The first sentence of the text.
    public let firstSentence: String

    init(_ documentation: Documentation) {
        (signature, text, file) = (documentation.signature, documentation.text, documentation.file)
        firstSentence = documentation.firstSentence
    }
}

extension Interpreter {
    /// The documentation of a name that a script ran here declared, that the library declares, or that is built in.
    public func documentation(of name: String) -> NameDocumentation? {
        for program in programs.reversed() {
            if let found = Documentation.find(name, in: program) { return NameDocumentation(found) }
        }
        return Documentation.find(name, in: session).map(NameDocumentation.init)
    }

    /// The documentation of everything that a script declares, in order. The script is not run.
    public func documentation(in text: String, name: String = "<script>") -> [(name: String, documentation: NameDocumentation)] {
        let program = Parser.parse(session.sources.add(name: name, text: text))
        return Documentation.all(in: program).map { ($0.name, NameDocumentation($0.documentation)) }
    }

    /// The names of the library and of what is built in, by the part of the library they belong to.
    public var libraryNames: [(group: String, names: [String])] { Documentation.names(in: session) }

    /// The known names that come nearest to one that is not known, at most three.
    public func names(near name: String, among others: [String] = []) -> [String] {
        Suggestion.nearest(to: name, in: others + libraryNames.flatMap(\.names)).map { [$0] } ?? []
    }
}
