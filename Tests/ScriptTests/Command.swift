import Foundation

/// The command `dl` as a user runs it, from the project's folder.
enum Command {
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String
        /// The lines printed on standard output.
        var lines: [String] {
            output.isEmpty
                ? [] : output.split(separator: "\n", omittingEmptySubsequences: false).dropLast(output.hasSuffix("\n") ? 1 : 0).map(String.init)
        }
    }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The binary: `DL` in the environment, or the one that was built with these tests.
    static let binary: URL =
        ProcessInfo.processInfo.environment["DL"].map { URL(fileURLWithPath: $0) } ?? products.appendingPathComponent("dl")

    /// The folder that the tests were built into.
    private static var products: URL {
        #if os(macOS)
        for bundle in Bundle.allBundles where bundle.bundlePath.hasSuffix(".xctest") { return bundle.bundleURL.deletingLastPathComponent() }
        #endif
        return Bundle.main.bundleURL
    }

    /// Runs `dl` with arguments; ends it after `limit` seconds (then the status is not 0).
    static func run(
        _ arguments: [String], input: String? = nil, limit: Double = 120, in folder: URL = root, with settings: [String: String] = [:],
        meanwhile: (Process) -> Void = { _ in }
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = binary
        process.arguments = arguments
        process.currentDirectoryURL = folder
        var environment = ProcessInfo.processInfo.environment
        environment["NO_COLOR"] = "1"
        environment.merge(settings) { $1 }
        process.environment = environment
        let out = try TemporaryFile(), errors = try TemporaryFile(), stdin = try TemporaryFile(input ?? "")
        process.standardOutput = out.writing
        process.standardError = errors.writing
        process.standardInput = stdin.reading
        try process.run()
        meanwhile(process)
        let deadline = Date().addingTimeInterval(limit)
        while process.isRunning, Date() < deadline { usleep(1000) }
        if process.isRunning {
            kill(process.processIdentifier, SIGKILL)
        }
        process.waitUntilExit()
        let ended = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        return Outcome(status: ended, output: try out.text(), errors: try errors.text())
    }

    /// Runs `dl` and sends it Ctrl-C once it has worked for a moment.
    static func interrupted(_ arguments: [String], input: String? = nil) throws -> Outcome {
        try run(arguments, input: input, limit: 60) { process in
            // The program must have started: what it does before takes less processor time than this.
            while process.isRunning, Self.processorSeconds(process.processIdentifier) < 0.3 { usleep(5000) }
            kill(process.processIdentifier, SIGINT)
        }
    }

    /// The processor time that a process has taken, or a long time where the system does not say.
    private static func processorSeconds(_ process: Int32) -> Double {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8), let name = text.lastIndex(of: ")") else { return 1 }
        let fields = text[name...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 1 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The events that `dl` writes, each line parsed as JSON.
    static func events(_ arguments: [String], input: String? = nil) throws -> (events: [[String: Any]], kinds: [String], status: Int32) {
        let outcome = try run(arguments, input: input)
        let events = try outcome.lines.map { line -> [String: Any] in
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
            guard let object = value as? [String: Any], object["event"] is String else { throw CocoaError(.coderInvalidValue) }
            return object
        }
        return (events, events.compactMap { $0["event"] as? String }, outcome.status)
    }

    /// The script files below a folder of `Tests`, sorted, as paths relative to the project.
    static func scripts(_ folder: String) -> [String] {
        let base = root.appendingPathComponent(folder)
        guard let walker = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil) else { return [] }
        return walker.compactMap { ($0 as? URL)?.path }.filter { $0.hasSuffix(".dl") }.map { String($0.dropFirst(root.path.count + 1)) }.sorted()
    }
}

/// A file that holds what a process prints, so that no pipe can fill up; removed with its owner.
final class TemporaryFile {
    private let url = FileManager.default.temporaryDirectory.appendingPathComponent("dl-test-\(UUID().uuidString)")
    let writing: FileHandle
    let reading: FileHandle
    init(_ content: String = "") throws {
        try Data(content.utf8).write(to: url)
        writing = try FileHandle(forWritingTo: url)
        reading = try FileHandle(forReadingFrom: url)
    }
    func text() throws -> String { String(decoding: try Data(contentsOf: url), as: UTF8.self) }
    deinit { try? FileManager.default.removeItem(at: url) }
}
