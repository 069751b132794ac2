import Foundation
import Testing

/// The habits of the house that a machine can see.
@Suite struct HouseRuleTests {
    @Test func everyPathThatTheReadmeNamesExists() throws {
        let text = try Project.text(Project.root.appendingPathComponent("README.md"))
        let pattern = try Regex("(?:examples|docs|Benchmarks|stdlib|Sources|Tests|scripts)/[A-Za-z0-9_./+-]*[A-Za-z0-9_+]")
        let paths = Set(text.matches(of: pattern).map { String($0.output[0].substring ?? "") })
        #expect(paths.count > 5)
        for path in paths { #expect(Project.exists(path), "README.md names \(path)") }
    }

    @Test func noFileIsPastFiveHundredLines() throws {
        for file in Project.files(in: "Sources", "swift", "c", "h") {
            let text = try Project.text(file)
            // The list of the library is written by a script and has one entry a file.
            if text.hasPrefix("// Written by ") { continue }
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= 500, "\(Project.name(file)) has \(lines) lines: there is a wall to find in it")
        }
    }

    @Test func nothingTrapsOnPurposeOrPromisesLaterWork() throws {
        let words = ["try!", "as! ", "TODO", "FIXME", "unsafeFlags", "fatalError("]
        for file in Project.files(in: "Sources", "swift") {
            let text = try Project.text(file)
            for word in words { #expect(!text.contains(word), "\(Project.name(file)) contains \(word)") }
        }
        #expect(try !Project.text(Project.root.appendingPathComponent("Package.swift")).contains("unsafeFlags"))
    }

    @Test func swiftSourcesAreFormatted() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["swift", "format", "lint", "--strict", "--recursive", "Sources", "Tests", "Package.swift"]
        process.currentDirectoryURL = Project.root
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(output.split(separator: "\n").prefix(10).joined(separator: "\n"))")
    }
}
