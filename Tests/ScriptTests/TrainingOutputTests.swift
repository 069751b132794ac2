import Foundation
import Testing

/// What a training says while it runs, and what it leaves behind.
@Suite struct TrainingOutputTests {
    static let head = """
        dataset D { source memory(uniform([40, 3]), uniform([40]))
          split train: 0.8, validation: 0.2
          batch 8 }
        network Net { Dense(4) -> tanh -> Dense(1) -> (y => y[.., 0]) }

        """

    private func folder() -> String { FileManager.default.temporaryDirectory.appendingPathComponent("dl-log-\(UUID().uuidString)").path }

    @Test func elsewhereThanOnATerminalThereIsOneLineAnEpoch() throws {
        let script = Self.head + "let run = train Net() on D { loss mse\n optimizer adam(0.01)\n epochs 3\n metrics mae }\nprint(run.stopped)"
        let outcome = try Command.run(["-"], input: script)
        let lines = outcome.errors.split(separator: "\n")
        #expect(lines.count == 3 && outcome.lines == ["finished"], "\(outcome.errors)")
        for (i, line) in lines.enumerated() {
            #expect(line.hasPrefix("epoch \(i + 1)/3  loss "))
            for word in ["  mae ", "  validation_loss ", "  validation_mae ", " s"] { #expect(line.contains(word), "\(line)") }
        }
    }

    @Test func quietSaysNothing() throws {
        let script = Self.head + "let run = train Net() on D { loss mse\n optimizer adam(0.01)\n epochs 3\n quiet }\nprint(run.epochs)"
        let outcome = try Command.run(["-"], input: script)
        #expect(outcome.errors.isEmpty && outcome.lines == ["3"])
    }

    @Test func aBlockThatKeepsMakingPlansWarnsOnceAndNamesTheReason() throws {
        let script = """
            let a = Variable(0.0), opt = sgd(1.0)
            for n in 1..=60 { minimize over a with opt { sum(ones(n) * a()) / n } }
            """
        let outcome = try Command.run(["-"], input: script)
        let warnings = outcome.errors.split(separator: "\n")
        #expect(warnings.count == 1 && outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("this block has made 32 plans; what keeps changing is `n`"), "\(outcome.errors)")
    }

    @Test func tensorsAndFloatsFromOutsideMakeNoNewPlans() throws {
        let script = """
            let a = Variable(0.0), opt = sgd(1.0)
            for n in 1..=60 {
              let t = normal([4])
              let f = 0.5 * n
              minimize over a with opt { sum(t * a()) * f }
            }
            """
        #expect(try Command.run(["-"], input: script).errors.isEmpty)
    }

    @Test func aLogGrowsALineAStepAndSurvivesAResume() throws {
        let folder = folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func script(_ steps: Int) -> String {
            Self.head
                + "let run = train Net() on D { loss mse\n optimizer adam(0.01)\n steps \(steps)\n log \"\(folder)\"\n checkpoint \"\(folder)\", every: 5 steps\n resume }"
        }
        #expect(try Command.run(["--quiet", "-"], input: script(7)).status == 0)
        // A line that a crash cut off, and one of steps that the checkpoint does not know.
        let file = folder + "/log.jsonl"
        let more = "{\"event\":\"step\",\"step\":99,\"epoch\":9,\"loss\":1}\n{\"event\":\"st"
        try (String(contentsOfFile: file, encoding: .utf8) + more).write(toFile: file, atomically: true, encoding: .utf8)
        #expect(try Command.run(["--quiet", "-"], input: script(12)).status == 0)
        let events = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
        }
        let steps = events.filter { $0["event"] as? String == "step" }.compactMap { $0["step"] as? Int }
        #expect(steps == Array(1...12))
        #expect(events.filter { $0["event"] as? String == "epoch" }.compactMap { $0["epoch"] as? Int } == [1, 2, 3])
        #expect(events.last?["stopped"] as? String == "finished")
        #expect(events.filter { $0["event"] as? String == "end" }.count == 1)
        #expect(events.allSatisfy { $0["event"] as? String != "step" || $0["loss"] is Double })
        // An event file for each run, each a stream of TFRecords: their lengths lead exactly to the end.
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains("tfevents") }
        #expect(names.count == 2)
        for name in names {
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
            var at = 0, records = 0
            while at + 12 <= bytes.count {
                let length = (0..<8).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
                at += 8 + 4 + length + 4
                records += 1
            }
            #expect(at == bytes.count && records > 5)
        }
    }

    @Test func checkpointsAreKeptAsManyAsAskedFor() throws {
        let folder = folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let script =
            Self.head
            + "let run = train Net() on D { loss mse\n optimizer adam(0.01)\n epochs 5\n checkpoint \"\(folder)/run\", every: 2 steps, keep: 3 }"
        #expect(try Command.run(["--quiet", "-"], input: script).status == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/run").sorted()
        #expect(
            names == [
                "latest", "step-00000016.safetensors", "step-00000016.training", "step-00000018.safetensors", "step-00000018.training",
                "step-00000020.safetensors", "step-00000020.training",
            ])
        #expect(try String(contentsOfFile: folder + "/run/latest", encoding: .utf8) == "step-00000020\n")
    }

    @Test func aBudgetIsKeptBeforeTheFirstStep() throws {
        func script(_ budget: String) -> String {
            """
            dataset D { source memory(uniform([200, 1, 12, 12]), integers([200], 0, 10))
              batch 64 }
            network Net { Conv(32) -> relu -> MaxPool(2) -> Flatten -> Dense(10) }
            let run = train Net() on D { loss cross_entropy
              optimizer adam(0.01)
              epochs 1
              budget memory: \(budget)
              each step (s) { print(s.step) } }
            """
        }
        let refused = try Command.run(["-"], input: script("\"2 MB\""))
        #expect(refused.status == 1 && refused.output.isEmpty)
        for part in ["error[E325]", "more than its budget of 2.0 MB", "the layer that costs most is `0` (Conv)", "the largest batch that fits is "] {
            #expect(refused.errors.contains(part), "\(refused.errors)")
        }
        let words = refused.errors.components(separatedBy: "the largest batch that fits is ")
        let batch = try #require(Int(words[1].prefix { $0.isNumber }))
        // The batch that it names fits, one more does not.
        for (size, status) in [(batch, Int32(0)), (batch + 1, 1)] {
            let text = script("\"2 MB\"").replacingOccurrences(of: "batch 64", with: "batch \(size)")
            #expect(try Command.run(["--quiet", "-"], input: text).status == status, "batch \(size)")
        }
        #expect(try Command.run(["plan", "-"], input: script("\"2 MB\"")).status == 1)
        #expect(try Command.run(["--quiet", "-"], input: script("\"1 GiB\"")).lines == ["1", "2", "3", "4"])
    }
}
