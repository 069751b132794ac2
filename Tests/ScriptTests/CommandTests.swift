import Foundation
import Testing

/// The command as its help describes it: what goes where, exit statuses, events, and what is known before a program trains.
@Suite struct CommandTests {
    @Test func oneLinePrintsItsValue() throws {
        let outcome = try Command.run(["-e", "1 + 1"])
        #expect(outcome.output == "2\n" && outcome.errors.isEmpty && outcome.status == 0)
        #expect(try Command.run(["-e", "let x = 1"]).output.isEmpty)
    }

    @Test func argumentsAfterTheFileBelongToTheProgram() throws {
        let outcome = try Command.run(["-", "a", "--seed", "b"], input: "print(args())")
        #expect(outcome.lines == ["[\"a\", \"--seed\", \"b\"]"], "\(outcome.errors)")
        #expect(try Command.run(["-e", "args()", "x", "y"]).lines == ["[\"x\", \"y\"]"])
    }

    @Test func exitStatusesSayWhatHappened() throws {
        #expect(try Command.run(["-e", "fail(\"no\")"]).status == 1)
        #expect(try Command.run(["-e", "let x = y"]).status == 2)
        #expect(try Command.run(["no-such-file.dl"]).status == 2)
        #expect(try Command.run(["--no-such-option"]).status == 2)
        #expect(try Command.run(["check"]).status == 2)
        #expect(try Command.run(["dump", "--after", "nothing", "examples/xor.dl"]).status == 2)
        #expect(try Command.run(["--help"]).status == 0)
        #expect(try Command.run(["--version"]).status == 0)
    }

    @Test(arguments: ["run", "check", "test", "fmt", "doc", "summary", "plan", "dump"]) func everyCommandHasHelp(name: String) throws {
        let outcome = try Command.run(["help", name])
        #expect(outcome.status == 0 && outcome.output.contains("USAGE: dl"), "\(outcome.output)\(outcome.errors)")
    }

    @Test func resultsAndDiagnosticsDoNotMix() throws {
        let outcome = try Command.run(["-"], input: "print(1)\nfail(\"stop\")")
        #expect(outcome.output == "1\n" && outcome.errors.contains("stop") && outcome.status == 1)
        let training = try Command.run(["-"], input: Self.training)
        #expect(training.lines == ["2"], "\(training.errors)")
        #expect(training.errors.contains("epoch 2/2"))
        #expect(try Command.run(["--quiet", "-"], input: Self.training).errors.isEmpty)
    }

    @Test func aProgramThatDoesNotCheckPrintsNothing() throws {
        let outcome = try Command.run(["-"], input: "print(1)\nprint(nothing_like_it)")
        #expect(outcome.output.isEmpty && outcome.status == 2)
    }

    @Test func ctrlCEndsAProgramWith130() throws {
        #expect(try Command.interrupted(["-e", "while true { }"]).status == 130)
        let outcome = try Command.interrupted(
            ["run", "--quiet", "-"], input: Self.training.replacingOccurrences(of: "epochs 2", with: "epochs 100000000"))
        #expect(outcome.status == 130 && outcome.output.contains("interrupted"), "\(outcome)")
    }

    @Test func aScriptWithAShebangRunsByItself() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dl-shebang-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = folder.appendingPathComponent("hello.dl")
        try "#!\(Command.binary.path)\nprint(\"hello\", args()[0])\n".write(to: script, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
        let process = Process()
        let output = Pipe()
        process.executableURL = script
        process.arguments = ["--you"]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(text == "hello --you\n")
    }

    @Test func theSeedChangesDrawsAndThreadsDoNot() throws {
        let one = try Command.run(["--seed", "1", "-e", "normal([1000]) |> sum"]).output
        #expect(one == (try Command.run(["--seed", "1", "--threads", "1", "-e", "normal([1000]) |> sum"]).output))
        #expect(one != (try Command.run(["--seed", "2", "-e", "normal([1000]) |> sum"]).output))
        #expect(try Command.run(["--threads", "0", "-e", "1"]).status == 2)
    }

    // MARK: Events

    @Test func eventsAreOneObjectALine() throws {
        let run = try Command.events(["run", "--json", "-"], input: Self.training)
        #expect(run.status == 0)
        #expect(run.kinds.first == "train.begin" && run.kinds.suffix(2) == ["print", "end"])
        #expect(run.kinds.count { $0 == "train.epoch" } == 2)
        let epoch = try #require(run.events.first { $0["event"] as? String == "train.epoch" })
        let values = try #require(epoch["values"] as? [String: Double])
        #expect(values.keys.sorted().contains("loss") && values.keys.contains("validation_loss"))
        let failed = try Command.events(["run", "--json", "-"], input: "print(\"a\\n\\\"b\\\"\")\nfail(\"no\")")
        #expect(failed.events.first?["text"] as? String == "a\n\"b\"")
        #expect(failed.kinds == ["print", "diagnostic", "end"] && failed.events.last?["status"] as? Int == 1)
        let checked = try Command.events(["check", "--json", "-"], input: "let a = b\n")
        #expect(checked.kinds == ["diagnostic", "check"] && checked.events[0]["line"] as? Int == 1 && checked.status == 2)
        let tests = try Command.events(["test", "--json", "-"], input: "test \"a\" { assert(true) }\ntest \"b\" { assert(false) }")
        #expect(tests.kinds == ["test", "test", "diagnostic", "tests"] && tests.status == 1)
    }

    @Test func everyEventIsDocumented() throws {
        let page = try String(contentsOf: Command.root.appendingPathComponent("docs/events.md"), encoding: .utf8)
        let sources = try ["Event", "Run", "Check", "Test", "Summary", "Plan", "SharedOptions"].map { name in
            try String(contentsOf: Command.root.appendingPathComponent("Sources/dl/\(name).swift"), encoding: .utf8)
        }.joined()
        let kinds = sources.matches(of: /Event\("([a-z.]+)"\)/).map { String($0.1) } + ["train.begin", "train.step", "train.epoch", "train.end"]
        for kind in Set(kinds) { #expect(page.contains("`\(kind)`"), "docs/events.md does not name \(kind)") }
        for field in Set(sources.matches(of: /\.add\("([a-zA-Z]+)"/).map { String($0.1) }) {
            #expect(page.contains("`\(field)`"), "docs/events.md does not name the field \(field)")
        }
    }

    // MARK: Before a program trains

    /// Two splits whose last batches are smaller, batch statistics, an optimizer with state, a metric.
    static let training = """
        let x = normal([70, 6])
        dataset Points {
          source memory(x, cast(sum(x, axis: 1) > 0, i64))
          split train: 45, validation: 25
          batch 16
        }
        network Net { Dense(12) -> BatchNorm -> relu -> Dropout(0.2) -> Dense(2) }
        let run = train Net() on Points {
          loss cross_entropy
          optimizer adam(1e-2)
          epochs 2
          metrics accuracy
        }
        print(if run.stopped == "interrupted" { run.stopped } else { run.epochs })
        """

    @Test func theArenaIsWhatThePlanSays() throws {
        let plan = try Command.events(["plan", "--json", "-"], input: Self.training)
        let predicted = try #require(plan.events.first { $0["event"] as? String == "training" })
        let parts = try #require(predicted["parts"] as? [String: Double])
        #expect(parts.keys.filter { $0.hasPrefix("step of") }.sorted() == ["step of 13 examples", "step of 16 examples"])
        #expect(parts.keys.filter { $0.hasPrefix("validation of") }.sorted() == ["validation of 16 examples", "validation of 9 examples"])
        #expect(parts["parameters"] == Double(4 * (6 * 12 + 12 + 24 + 24 + 2)))
        #expect(parts["optimizer adam"] == 2 * (parts["parameters"] ?? 0))
        #expect(predicted["bytes"] as? Int == Int(parts.values.reduce(0, +)))
        let run = try Command.events(["run", "--json", "-"], input: Self.training)
        let measured = try #require(run.events.first { $0["event"] as? String == "train.end" })
        #expect((measured["arena"] as? Int ?? -1) > 0)
        #expect(measured["arena"] as? Int == predicted["arena"] as? Int)
    }

    @Test(arguments: ["diabetes", "multi_task", "fine_tuning", "sine"]) func theArenaOfAnExampleIsWhatThePlanSays(name: String) throws {
        func arenas(_ command: String, _ kind: String) throws -> [Int] {
            let events = try Command.events([command, "--json", "examples/\(name).dl"]).events.filter { $0["event"] as? String == kind }
            return events.compactMap { $0["arena"] as? Int }
        }
        let predicted = try arenas("plan", "training"), measured = try arenas("run", "train.end")
        #expect(!predicted.isEmpty && !measured.isEmpty)
        // A program may train in one place several times.
        #expect(Set(measured) == Set(predicted), "\(name): planned \(predicted), measured \(measured)")
    }

    #if os(Linux)
    @Test(arguments: ["sine", "gan"]) func theMemoryOfAProcessIsWhatThePlanSays(name: String) throws {
        let program = "examples/\(name).dl"
        let plan = try Command.events(["plan", "--json", program]).events.first { $0["event"] as? String == "process" }
        let foretold = Double(try #require(plan?["bytes"] as? Int))
        // The most that was in memory so far, asked for until the end.
        var most = 0.0
        let outcome = try Command.run(["run", "--quiet", program]) { process in
            while process.isRunning {
                let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
                let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
                if let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap({ Double($0) }) { most = max(most, kilobytes * 1024) }
                usleep(500)
            }
        }
        #expect(outcome.status == 0 && abs(foretold / most - 1) < 0.05, "foretold \(foretold), measured \(most)")
    }
    #endif

    @Test func planningTakesNoStep() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dl-plan-\(UUID().uuidString).npy")
        let text = "print(1)\nsave(ones(3), \"\(folder.path)\")\n" + Self.training.replacingOccurrences(of: "epochs 2", with: "epochs 100000000")
        let outcome = try Command.run(["plan", "-"], input: text)
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        #expect(outcome.lines.first?.hasPrefix("network") == true && outcome.output.contains("multiply-adds"))
        #expect(!FileManager.default.fileExists(atPath: folder.path))
    }

    @Test func aProgramWithItsOwnStepsIsPlannedToo() throws {
        let outcome = try Command.run(["plan", "examples/gan.dl"])
        #expect(outcome.output.contains("minimize over Generator") && outcome.output.contains("minimize over Critic"), "\(outcome.errors)")
    }

    @Test func aSummaryShowsEveryNetwork() throws {
        let text = """
            network Part(width) { Dense(width) -> relu }
            network Whole { input [3]; Part(4) -> Part(5) }
            network Lonely { Dense(2) }
            """
        let outcome = try Command.run(["summary", "-"], input: text)
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("Whole, input [3]") && outcome.output.contains("Lonely\nits input is not known"), "\(outcome.output)")
        #expect(outcome.output.contains("total") && outcome.output.contains("41"), "3 * 4 + 4 + 4 * 5 + 5 parameters: \(outcome.output)")
    }

    @Test func everyStageCanBeSeen() throws {
        func dump(_ stage: String...) throws -> String { try Command.run(["dump"] + stage + ["examples/xor.dl"]).output }
        #expect(try dump("--tokens").contains("keyword"))
        #expect(try dump("--tree").contains("minimize"))
        let graph = try dump("--graph"), shared = try dump("--after", "share"), pruned = try dump("--after", "prune"), plan = try dump("--plan")
        #expect(graph.contains("matrixProduct") && graph.contains("examples/xor.dl:"))
        #expect(pruned.split(separator: "\n").count < graph.split(separator: "\n").count && !shared.isEmpty)
        #expect(plan.contains("fused") && plan.contains("arena"))
    }

    // MARK: Documentation and layout

    @Test func namesAreDocumented() throws {
        let dense = try Command.run(["doc", "Dense"])
        #expect(dense.output.hasPrefix("network Dense(units, use_bias = true, init = glorot_uniform)\n  forward(x: [..., features])"))
        #expect(dense.output.contains("fully connected"))
        let near = try Command.run(["doc", "Dens"])
        #expect(near.status == 2 && near.errors.contains("did you mean `Dense`?"))
        #expect(try Command.run(["doc", "examples/digits.dl"]).output.contains("network Reader(classes = 10)"))
        #expect(try Command.run(["doc", "stdlib/losses/mse.dl", "mse"]).output.contains("mse("))
        let list = try Command.run(["doc"])
        for name in ["Dense", "adam", "cross_entropy", "reshape", "print"] { #expect(list.output.contains("  \(name) ")) }
    }

    @Test func everythingBuiltInIsDocumented() throws {
        let list = try Command.run(["doc"]).lines
        for line in list where line.hasPrefix("  ") {
            #expect(line.split(separator: " ").count > 1, "no documentation: \(line)")
        }
    }

    @Test func formattingChecksAndReplaces() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dl-fmt-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("a.dl")
        try "let  x=1 # one\n".write(to: file, atomically: true, encoding: .utf8)
        #expect(try Command.run(["fmt", "--check", folder.path]).status == 1)
        #expect(try Command.run(["fmt", folder.path]).output == file.path + "\n")
        #expect(try String(contentsOf: file, encoding: .utf8) == "let x = 1  # one\n")
        #expect(try Command.run(["fmt", "--check", folder.path]).status == 0)
        #expect(try Command.run(["fmt", "-"], input: "f( 1 )\n").output == "f(1)\n")
        #expect(try Command.run(["fmt", "-"], input: "f( 1\n").status == 2)
    }
}
