import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The prompt as a user at a terminal sees it.
@Suite struct PromptTests {
    /// `dl` at a terminal of its own.
    final class Session {
        private let process = Process()
        private let terminal: Int32
        private(set) var screen = ""
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dl-prompt-\(UUID().uuidString)")

        init(color: Bool = false) throws {
            let other: Int32
            (terminal, other) = try Self.pair()
            var size = winsize(ws_row: 40, ws_col: 200, ws_xpixel: 0, ws_ypixel: 0)
            _ = ioctl(terminal, UInt(TIOCSWINSZ), &size)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            process.executableURL = Command.binary
            process.currentDirectoryURL = folder
            var environment = ProcessInfo.processInfo.environment
            environment.merge(["XDG_STATE_HOME": folder.path, "NO_COLOR": color ? "" : "1", "TERM": "dumb"]) { $1 }
            environment["INPUTRC"] = "/dev/null"
            process.environment = environment
            let handle = FileHandle(fileDescriptor: other, closeOnDealloc: true)
            (process.standardInput, process.standardOutput, process.standardError) = (handle, handle, handle)
            try process.run()
            _ = fcntl(terminal, F_SETFL, O_NONBLOCK)
        }

        /// Both ends of a new pseudo-terminal.
        private static func pair() throws -> (Int32, Int32) {
            #if os(Linux)
            // The functions of POSIX are hidden from Swift here; these are what they do (TIOCSPTLCK, TIOCGPTN).
            let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
            var lock: Int32 = 0, number: Int32 = 0
            try #require(terminal >= 0 && ioctl(terminal, 0x4004_5431, &lock) == 0 && ioctl(terminal, 0x8004_5430, &number) == 0)
            let name = "/dev/pts/\(number)"
            #else
            let terminal = posix_openpt(O_RDWR | O_NOCTTY)
            try #require(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0)
            let name = String(cString: try #require(ptsname(terminal)))
            #endif
            let other = open(name, O_RDWR | O_NOCTTY)
            try #require(other >= 0)
            return (terminal, other)
        }

        deinit {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            close(terminal)
            try? FileManager.default.removeItem(at: folder)
        }

        /// Reads until a text stands on the screen after what was seen before; what came up to it.
        @discardableResult func wait(for text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
            let deadline = Date().addingTimeInterval(30)
            while Date() < deadline {
                if let range = screen.range(of: text) {
                    let seen = String(screen[..<range.upperBound])
                    screen.removeSubrange(..<range.upperBound)
                    return seen
                }
                var bytes: [UInt8] = Array(repeating: 0, count: 4096)
                let count = read(terminal, &bytes, bytes.count)
                if count > 0 {
                    screen += String(decoding: bytes.prefix(count), as: UTF8.self).replacingOccurrences(of: "\r", with: "")
                } else {
                    usleep(2000)
                }
            }
            Issue.record("\(text) does not come; the screen shows: \(screen)", sourceLocation: sourceLocation)
            throw CancellationError()
        }

        func type(_ text: String) {
            let bytes = Array(text.utf8)
            _ = write(terminal, bytes, bytes.count)
        }

        /// Enters a line and gives what is shown before the next prompt.
        func enter(_ line: String) throws -> String {
            type(line + "\n")
            return try wait(for: "\n> ")
        }

        func interrupt() { kill(process.processIdentifier, SIGINT) }

        func end() -> Int32 {
            type("\u{4}")
            let deadline = Date().addingTimeInterval(20)
            while process.isRunning, Date() < deadline { usleep(2000) }
            return process.isRunning ? -1 : process.terminationStatus
        }
    }

    @Test func valuesErrorsAndSeveralLines() throws {
        let session = try Session()
        try session.wait(for: "> ")
        #expect(try session.enter("1 + 1").contains("\n2 : integer\n"))
        #expect(try session.enter("_ * 21").contains("\n42 : integer\n"))
        #expect(try session.enter("let x = ones(2, 3)").contains(": tensor f32[2, 3]\n"))
        #expect(try session.enter("nonsense + 1").contains("there is no `nonsense` here"))
        session.type("fn f(a) {\n  a * 2\n}\n")
        try session.wait(for: "\n> ")
        #expect(try session.enter("f(x.shape[1])").contains("\n6 : integer\n"))
        #expect(try session.enter("?Dense").contains("network Dense(units, use_bias = true"))
        #expect(try session.enter("?Dens").contains("did you mean `Dense`?"))
        #expect(try session.enter(":type x @ ones(3)").contains("tensor f32[2]"))
        #expect(try session.enter(":time sum(x)").contains(" ms\n"))
        #expect(try session.enter(":vars").contains("x  tensor f32[2, 3]"))
        #expect(try session.enter(":help").contains(":shapes model"))
        #expect(try session.enter(":nothing").contains("no command :nothing"))
        #expect(session.end() == 0)
        let kept = try String(contentsOf: session.folder.appendingPathComponent("daedal/history"), encoding: .utf8)
        #expect(kept.contains("let x = ones(2, 3)\n") && kept.contains("fn f(a) {   a * 2 }\n") && kept.contains("?Dense\n"))
    }

    @Test(arguments: [true, false]) func coloursAreForTerminalsThatWantThem(wanted: Bool) throws {
        let session = try Session(color: wanted)
        try session.wait(for: "> ")
        #expect(try session.enter("nonsense + 1").contains("\u{1B}[") == wanted)
        #expect(session.end() == 0)
    }

    @Test func ctrlCStopsWhatRunsAndKeepsEveryValue() throws {
        let session = try Session()
        try session.wait(for: "> ")
        #expect(try session.enter("var n = 0").contains("n = 0"))
        session.type("while true { n += 1 }\n")
        try session.wait(for: "n += 1 }")
        usleep(300_000)
        session.interrupt()
        try session.wait(for: "interrupted")
        try session.wait(for: "\n> ")
        #expect(try session.enter("n > 0").contains("true : boolean"))
        // At the prompt it gives up the entry.
        session.type("fn half(a) {\n")
        try session.wait(for: "…")
        session.interrupt()
        try session.wait(for: "> ")
        #expect(try session.enter("2 + 3").contains("5 : integer"))
        #expect(session.end() == 0)
    }

    @Test func completionKnowsNamesMembersOptionsAndPaths() throws {
        let session = try Session()
        try session.wait(for: "> ")
        _ = try session.enter("let table = (first: 1, second: 2)")
        #expect(try session.enter("tab\t.sec\t").contains("2 : integer"))
        #expect(try session.enter("Conv(8, ker\t 5) |> type").contains("model"))
        try Data("text".utf8).write(to: session.folder.appendingPathComponent("only_one_file.txt"))
        #expect(try session.enter("read_text(\"only\t)").contains("\"text\" : string"))
        #expect(try session.enter(":ty\tone(\t1)").isEmpty == false)
        #expect(session.end() == 0)
    }

    @Test func networksAreDeclaredAnewAndSessionsSaved() throws {
        let session = try Session()
        try session.wait(for: "> ")
        _ = try session.enter("network Net { Dense(2) }")
        _ = try session.enter("let net = Net()")
        _ = try session.enter("net(ones(1, 3)).shape")
        #expect(try session.enter("network Net { Dense(3) }").contains("`net` stays as it was made"))
        #expect(try session.enter("net(ones(1, 3)).shape").contains("[1, 2]"))
        #expect(try session.enter(":shapes net, [3]").contains("total"))
        _ = try session.enter(":save here.dl")
        _ = try session.enter(":reset")
        #expect(try session.enter(":vars").contains("nothing is bound"))
        _ = try session.enter(":load here.dl")
        #expect(try session.enter("net(ones(1, 3)).shape").contains("[1, 3]"))
        #expect(session.end() == 0)
    }
}
