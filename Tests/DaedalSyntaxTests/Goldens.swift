import DaedalSyntax
import Foundation
import Testing

/// Files under `Tests/Goldens`: a source and, beside it, what is expected of it. `DAEDAL_UPDATE_GOLDENS=1` writes the expectations anew.
enum Goldens {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Goldens")

    static var isUpdating: Bool { ProcessInfo.processInfo.environment["DAEDAL_UPDATE_GOLDENS"] == "1" }

    /// The `.dl` files of a folder, sorted by name.
    static func sources(in folder: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "dl" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    static func bytes(_ url: URL) throws -> [UInt8] { Array(try Data(contentsOf: url)) }

    /// Compares with the `.txt` beside a source.
    static func expect(_ text: String, beside url: URL, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let expected = url.deletingPathExtension().appendingPathExtension("txt")
        if isUpdating { try Data(text.utf8).write(to: expected) }
        let wanted = (try? String(contentsOf: expected, encoding: .utf8)) ?? "<missing>"
        #expect(text == wanted, "\(url.lastPathComponent)", sourceLocation: sourceLocation)
    }
}

/// Parses a text on its own.
func parse(_ text: String) -> Program { Parser.parse(SourceMap().add(name: "test.dl", text: text)) }

/// The codes of what is wrong with a text.
func codes(_ text: String) -> [String] { parse(text).diagnostics.map(\.code) }

/// The tree of a text that has to parse.
func tree(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) -> String {
    let program = parse(text)
    #expect(program.diagnostics.map(\.message) == [], "\(text)", sourceLocation: sourceLocation)
    return TreePrinter.print(program)
}
