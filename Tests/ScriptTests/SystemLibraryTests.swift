import Foundation
import Testing

/// The libraries that are opened when a program first needs them: starting needs none, and a missing one is named.
@Suite struct SystemLibraryTests {
    /// What an expression needs, and the package that the error names.
    static let uses = [
        ("read_image(\"Tests/Fixtures/media/gray.png\")", "libpng16", "libpng16-16"),
        ("read_image(\"Tests/Fixtures/media/photo.jpg\")", "libturbojpeg", "libturbojpeg0"),
        ("images(\"Tests/Fixtures/media/pictures/moss/a.jpg\")", "libturbojpeg", "libturbojpeg0"),
        ("read_wav(\"Tests/Fixtures/media/mono.wav\")", "libsndfile", "libsndfile1"),
        ("sqlite(\"Tests/Fixtures/media/weather.db\", \"days\")", "libsqlite3", "libsqlite3-0"),
    ]

    #if os(Linux)
    @Test(arguments: uses) func aMissingLibraryIsNamed(use: (expression: String, library: String, package: String)) throws {
        // Empty files that stand before the system's: none of the names opens.
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("daedal-libraries-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in [
            "libpng16.so.16", "libpng16.so", "libturbojpeg.so.0", "libturbojpeg.so", "libsndfile.so.1", "libsndfile.so", "libsqlite3.so.0",
            "libsqlite3.so",
        ] {
            try Data().write(to: folder.appendingPathComponent(name))
        }
        #expect(try Command.run(["-e", use.expression]).status == 0)
        let paths = [folder.path, ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"]].compactMap(\.self).joined(separator: ":")
        let outcome = try Command.run(["-e", use.expression], with: ["LD_LIBRARY_PATH": paths])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("which is not on this machine: install `\(use.package)`"), "\(outcome.errors)")
        #expect(try Command.run(["-e", "1 + 1"], with: ["LD_LIBRARY_PATH": paths]).output == "2\n")
    }

    /// The dynamic linker says what it opens.
    @Test(arguments: uses) func aLibraryIsOpenedByWhatNeedsIt(use: (expression: String, library: String, package: String)) throws {
        let settings = ["LD_DEBUG": "files"]
        #expect(try !Command.run(["-e", "1 + 1"], with: settings).errors.contains(use.library))
        #expect(try Command.run(["-e", use.expression], with: settings).errors.contains(use.library))
    }
    #endif
}
