import Foundation
import Testing

/// The examples end with a number that they assert themselves; here they run to their end.
@Suite(.serialized) struct ExampleTests {
    static let names = [
        "xor", "sine", "gan", "digits", "similarity", "autoencoder", "genesis", "wine", "diabetes", "fine_tuning", "multi_task", "physics",
    ]

    @Test(arguments: names) func anExampleReachesItsNumber(name: String) throws {
        let outcome = try Command.run(["run", "--quiet", "examples/\(name).dl"], limit: 240)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        #expect(!outcome.lines.isEmpty)
    }

    @Test func theDigitsAreReadNearlyAllRightly() throws {
        let outcome = try Command.run(["run", "--quiet", "examples/digits.dl"], limit: 240)
        let line = try #require(outcome.lines.first { $0.hasPrefix("test accuracy ") })
        let share = try #require(Double(line.dropFirst("test accuracy ".count).split(separator: " ")[0]))
        #expect(share >= 98)
    }
}
