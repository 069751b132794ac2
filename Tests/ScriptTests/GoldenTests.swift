import Foundation
import Testing

/// Mistakes that users make, and the full text of what `dl check` says of each. With UPDATE_GOLDENS=1 the texts are written anew, to be read in the diff.
@Suite struct GoldenTests {
    static let goldens = Command.scripts("Tests/Goldens/checker")

    @Test(arguments: goldens) func aMistakeIsExplained(path: String) throws {
        let outcome = try Command.run(["check", path])
        // Warnings alone do not keep a program from running.
        #expect(outcome.status == (outcome.errors.contains("error[") ? 2 : 0))
        #expect(!outcome.errors.isEmpty, "\(path) checks")
        #expect(outcome.output.isEmpty)
        let file = Command.root.appendingPathComponent(String(path.dropLast(3)) + ".txt")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] == "1" {
            try outcome.errors.write(to: file, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOf: file, encoding: .utf8)
        #expect(Self.withoutLibraryLines(outcome.errors) == Self.withoutLibraryLines(expected))
    }

    /// The example of a host needs names that only the host gives.
    static let ownExamples = Command.scripts("examples").filter { !$0.contains("/embedding/") }

    /// A rendering without the numbers of lines in library files: these may grow.
    private static func withoutLibraryLines(_ text: String) -> String {
        text.replacing(/(library\/[\w\/]+\.dl):\d+/) { "\($0.output.1)" }
    }

    @Test func thereAreManyGoldens() { #expect(Self.goldens.count >= 130) }

    @Test(arguments: ownExamples + Command.scripts("stdlib")) func whatIsRightRaisesNoAlarm(path: String) throws {
        let outcome = try Command.run(["check", path])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(path): \(outcome.errors)")
    }
}
