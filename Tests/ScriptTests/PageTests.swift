import Foundation
import Testing

/// `docs/language.md` and the code say the same: its examples check and run, its list of the library is what there is.
@Suite struct PageTests {
    static func page() throws -> String { try String(contentsOf: Command.root.appendingPathComponent("docs/language.md"), encoding: .utf8) }

    // MARK: Examples

    /// An example of the page: the names it takes for granted, and whether it is complete and runs.
    struct Example {
        let text: String
        let given: String
        let isComplete: Bool
    }

    /// What examples that are not whole take for granted, by a line of theirs.
    static let given = [
        "let g = Generator(), d = Critic()": """
        network Generator { Dense(8) -> relu -> Dense(2) }
        network Critic { Dense(8) -> relu -> Dense(1) }
        dataset Faces { source memory(normal([40, 2]), zeros(40)); batch 10 }
        """
    ]
    /// Lines by which whole programs are known.
    static let complete = ["let run = train Reader() on Digits {", "let g = Generator(), d = Critic()", "let rows = csv"]

    /// Examples, by a line, whose functions a later step brings; one that checks must not stand here.
    static let laterExamples: [String] = []

    static func examples() throws -> [Example] {
        try page().components(separatedBy: "```dl\n").dropFirst().map { part in
            let text = part.components(separatedBy: "```")[0]
            let given = given.first { text.contains($0.key) }?.value ?? ""
            return Example(text: text, given: given, isComplete: complete.contains { text.contains($0) })
        }
    }

    private static func isLater(_ example: Example) -> Bool { laterExamples.contains { example.text.contains($0) } }

    @Test func everyExampleChecks() throws {
        let examples = try Self.examples()
        #expect(examples.count >= 5 && examples.count { $0.isComplete } >= 3)
        for example in examples {
            let outcome = try Command.run(["check", "-"], input: example.given + "\n" + example.text)
            if Self.isLater(example) {
                #expect(outcome.status == 2, "this checks now, take it out of `PageTests.laterExamples`: \(example.text)")
            } else {
                #expect(outcome.status == 0, "\(example.text)\n\(outcome.errors)")
            }
            let formatted = try Command.run(["fmt", "-"], input: example.text)
            #expect(formatted.status == 0, "\(formatted.errors)")
        }
    }

    @Test func everyCompleteExampleRuns() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dl-page-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createSymbolicLink(
            at: folder.appendingPathComponent("data"), withDestinationURL: Command.root.appendingPathComponent("examples/data"))
        for example in try Self.examples() where example.isComplete && !Self.isLater(example) {
            let outcome = try Command.run(["--quiet", "-"], input: example.given + "\n" + example.text, limit: 240, in: folder)
            #expect(outcome.status == 0, "\(example.text)\n\(outcome.errors)")
            if let line = outcome.lines.first(where: { $0.hasPrefix("test accuracy ") }) {
                #expect(Double(line.dropFirst("test accuracy ".count)) ?? 0 > 0.9, "\(line)")
                #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("reader.safetensors").path))
            }
        }
    }

    // MARK: The list of the library

    /// Entries of the list that a later step brings. What is declared must not stand here: take it out when it comes.
    static let later: Set<String> = []

    struct Entry {
        let name: String
        /// The parameters as the page writes them; nil where it writes none.
        let parameters: [String]?
    }

    /// The entries of section 8's list.
    static func entries() throws -> [Entry] {
        let section = try #require(try page().components(separatedBy: "\n## 8. ").last?.components(separatedBy: "\n## 9. ").first)
        let block = try #require(section.components(separatedBy: "```\n").first { $0.hasPrefix("# layers") })
        var entries: [Entry] = []
        for line in block.split(separator: "\n") {
            let words = line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)[0]
            for match in words.matches(of: /([A-Za-z_0-9]+)(\(([^()]|\([^()]*\))*\))?/) {
                entries.append(Entry(name: String(match.1), parameters: match.2.map { Self.split(String($0.dropFirst().dropLast())) }))
            }
        }
        return entries
    }

    /// The parts between commas outside of brackets.
    static func split(_ text: String) -> [String] {
        var parts = [""], depth = 0
        for character in text {
            if "([".contains(character) { depth += 1 }
            if ")]".contains(character) { depth -= 1 }
            if character == ",", depth == 0 { parts.append("") } else { parts[parts.count - 1].append(character) }
        }
        return parts.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    @Test func theListIsWhatTheLibraryDeclares() throws {
        let entries = try Self.entries()
        #expect(entries.count > 80)
        let names = Set(try Command.run(["doc"]).lines.filter { $0.hasPrefix("  ") }.compactMap { $0.split(separator: " ").first.map(String.init) })
        for entry in entries where !Self.later.contains(entry.name) {
            #expect(names.contains(entry.name), "the page lists `\(entry.name)`, which nothing declares")
        }
        for name in Self.later { #expect(!names.contains(name), "`\(name)` is there now: take it out of `PageTests.later`") }
        #expect(Self.later.isSubset(of: Set(entries.map(\.name))))
        // What the library declares is named on the page: in the list, or among the functions of another section.
        let page = try Self.page(), listed = Set(entries.map(\.name))
        for file in Command.scripts("stdlib") {
            let name = String((file.split(separator: "/").last ?? "").dropLast(3))
            if name.hasPrefix("_") || listed.contains(name) { continue }
            let plain = name.hasSuffix("_") ? String(name.dropLast()) : name
            let isNamed = page.contains(try Regex("[ `(]\(plain)[ `(,]"))
            #expect(isNamed, "\(file) declares `\(plain)`, which the page does not name")
        }
    }

    /// The parameters that the list writes are declared, in this order and with these defaults.
    @Test func theListWritesParametersAsTheyAre() throws {
        for entry in try Self.entries() where !Self.later.contains(entry.name) {
            guard let listed = entry.parameters else { continue }
            let head = try #require(try Command.run(["doc", entry.name]).lines.first)
            guard let open = head.firstIndex(of: "("), let close = head.lastIndex(of: ")") else {
                Issue.record("\(entry.name) takes nothing: \(head)")
                continue
            }
            let declared = Self.split(String(head[head.index(after: open)..<close])).map { parameter -> (name: String, value: String?) in
                let parts = parameter.split(maxSplits: 1, whereSeparator: { $0 == "=" || $0 == ":" }).map { $0.trimmingCharacters(in: .whitespaces) }
                return (parts[0].hasSuffix("_") ? String(parts[0].dropLast()) : parts[0], parts.count > 1 ? parts[1] : nil)
            }
            var rest = declared[...]
            for parameter in listed where parameter != "…" {
                let parts = parameter.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                guard let at = rest.firstIndex(where: { $0.name == parts[0] }) else {
                    Issue.record("`\(entry.name)` declares no `\(parts[0])` here: \(head)")
                    continue
                }
                if !parameter.contains(":") {
                    // `top_k(k)`: what has `none` may stand at another place in another form of the call.
                    let isOpen = rest[at].value == nil || rest[at].value == "none" || rest[at].name.hasPrefix("...")
                    #expect(isOpen, "\(entry.name): \(parameter), \(head)")
                }
                // `stride: size` says in words what `none` stands for.
                if parts.count > 1, rest[at].value != "none" { #expect(rest[at].value == parts[1], "\(entry.name): \(parameter), \(head)") }
                rest = rest[(at + 1)...]
            }
        }
    }
}
