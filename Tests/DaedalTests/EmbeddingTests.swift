import Daedal
import Foundation
import Testing

/// What a host that embeds the language may rely on.
@Suite struct EmbeddingTests {
    /// An interpreter whose output and log are gathered.
    final class Gathered {
        var printed: [String] = []
        var logged = ""
    }

    static func interpreter(
        _ gathered: Gathered = Gathered(), permissions: Permissions = .none, limits: Limits = .none
    ) -> Interpreter {
        Interpreter(permissions: permissions, limits: limits, output: { gathered.printed.append($0) }, log: { gathered.logged += $0 })
    }

    /// The program of the page, word for word.
    @Test func theProgramOfThePageRuns() async throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("dl-\(UUID().uuidString).dl")
        try Data(
            """
            network Reader { Conv(2) -> relu -> Flatten -> Dense(3) }
            let reader = Reader()
            print(reader(ones(1, 1, 8, 8)).shape, sensor(2))
            let run = train Dense(1) on Frames { loss mse; optimizer adam(0.01); epochs 3; quiet }
            """.utf8
        ).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        struct Progress { var fraction = 0.0 }
        var progress = Progress()
        func readSensor(_ channel: Int) -> Double { Double(channel) }
        let frames = (0..<20).map { ([Float($0), 1], [Float($0)]) }, pixels = [Float](repeating: 1, count: 64)

        let dl = Interpreter(permissions: .none, limits: .init(time: .seconds(30), memory: .gigabytes(2)))
        dl.define("sensor") { (channel: Int) in readSensor(channel) }
        dl.define("Frames", dataset: frames)
        try dl.run(contentsOf: url)
        dl["rate"] = 0.02
        let rate: Double = try dl["rate"]
        let reader: Model = try dl["reader"]
        let scores: Tensor<Float> = try reader(Tensor(pixels, shape: [1, 1, 8, 8]))
        for try await event in dl.train("run") { progress.fraction = event.fraction }

        #expect(rate == 0.02 && scores.shape == [1, 3] && progress.fraction == 1)
    }

    // MARK: Values

    @Test func valuesGoBothWays() throws {
        let dl = Self.interpreter()
        try dl.run("let rate = 0.01\nlet words = [\"a\", \"b\"]\nlet t = tensor([[1.5, 2], [3, 4]])")
        dl["rate"] = 0.02
        let rate: Double = try dl["rate"]
        #expect(rate == 0.02)
        let words: [String] = try dl["words"]
        #expect(words == ["a", "b"])
        let t: Tensor<Float> = try dl["t"]
        #expect(t.shape == [2, 2] && t.scalars == [1.5, 2, 3, 4])
        dl["x"] = try Tensor<Double>([1, 2, 3], shape: [3])
        let sum: Double = try dl.run("sum(x) * rate").as(Double.self) ?? .nan
        #expect(abs(sum - 0.12) < 1e-12)
        dl["shares"] = ["a": 0.25, "b": 0.75]
        #expect(try dl.run("shares[\"b\"]").as(Double.self) == 0.75)
        #expect(try dl.run("(x: 1, y: 2)").as([String: Int].self) == ["x": 1, "y": 2])
        dl["nothing"] = nil as Int?
        #expect(try dl.run("nothing == none").as(Bool.self) == true)
        #expect(throws: DaedalError.self) { let _: Int = try dl["rate"] }
        #expect(throws: DaedalError.self) { let _: Int = try dl["no_such_name"] }
        #expect(throws: TensorError.self) { try Tensor<Float>([1, 2], shape: [3]) }
    }

    @Test func diagnosticsAreValuesThrownAsOneError() throws {
        let gathered = Gathered(), dl = Self.interpreter(gathered)
        let error = try #require(throws: DaedalError.self) { try dl.run("print(1)\nlet a = b\nlet c = d", name: "two.dl") }
        #expect(error.isStatic && error.diagnostics.count == 2 && gathered.printed.isEmpty)
        #expect(error.diagnostics[0].line == 2 && error.diagnostics[0].file == "two.dl" && error.diagnostics[0].column == 9)
        let failure = try #require(throws: DaedalError.self) { try dl.run("fn f(x) { fail(\"no \\(x)\") }\nprint(2)\nf(3)") }
        #expect(!failure.isStatic || failure.diagnostics[0].message.contains("no"))
        // What went wrong leaves the interpreter usable.
        #expect(try dl.run("1 + 1").as(Int.self) == 2)
    }

    @Test func aFileRunsAndAMissingOneIsAnError() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("dl-\(UUID().uuidString).dl")
        try Data("let answer = 6 * 7".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let dl = Self.interpreter()
        try dl.run(contentsOf: file)
        let answer: Int = try dl["answer"]
        #expect(answer == 42)
        #expect(throws: DaedalError.self) { try dl.run(contentsOf: file.appendingPathExtension("missing")) }
    }

    // MARK: Functions and data of the host

    @Test func functionsOfTheHostAreTyped() throws {
        struct Broken: Error, CustomStringConvertible { let description = "the sensor is off" }
        let dl = Self.interpreter()
        var calls: [Int] = []
        dl.define("sensor") { (channel: Int) in
            calls.append(channel)
            return Double(channel) * 0.5
        }
        dl.define("note") { (text: String, values: [Double]) in calls.append(values.count) }
        dl.define("broken") { () throws -> Int in throw Broken() }
        #expect(try dl.run("note(\"a\", [1, 2, 3]); sensor(3) + sensor(4)").as(Double.self) == 3.5)
        #expect(calls == [3, 3, 4])
        let wrong = try #require(throws: DaedalError.self) { try dl.run("let c = 1\nsensor(\"x\")") }
        #expect(wrong.diagnostics[0].message.contains("argument 1 must be a Int") && wrong.diagnostics[0].line == 2)
        let off = try #require(throws: DaedalError.self) { try dl.run("broken()") }
        #expect(off.diagnostics[0].message.contains("the sensor is off"))
        #expect(throws: DaedalError.self) { try dl.run("sensor(1, 2)") }
    }

    @Test func aFunctionOfTheHostMayRunScripts() throws {
        let dl = Self.interpreter()
        nonisolated(unsafe) let other = Self.interpreter()
        dl.define("ask") { (text: String) throws in try other.run(text).as(Int.self) ?? 0 }
        #expect(try dl.run("ask(\"2 ** 5\") + 1").as(Int.self) == 33)
    }

    @Test func dataOfTheHostIsADataset() throws {
        let dl = Self.interpreter()
        let points = (0..<60).map { row -> ([Double], Int) in
            let x = Double(row % 10) / 10, y = Double(row % 7) / 7
            return ([x, y], row % 10 > 4 ? 1 : 0)
        }
        dl.define("Frames", dataset: points)
        dl.define("Waves", dataset: (0..<8).lazy.map { Double($0) })
        #expect(try dl.run("Frames.train.count").as(Int.self) == 60)
        #expect(try dl.run("float(Waves.train[3])").as(Double.self) == 3)
        let accuracy = try dl.run(
            """
            dataset Divided { source Frames; split train: 0.8, test: 0.2 }
            let run = train (Dense(8) -> relu -> Dense(2)) on Divided { loss cross_entropy; optimizer adam(0.05); epochs 40; metrics accuracy; quiet }
            evaluate(run.model, on: Divided.test).accuracy
            """)
        #expect((accuracy.as(Double.self) ?? 0) > 0.9)
        dl.define("Empty", dataset: [Double]())
        dl.define("Uneven", dataset: [[1.0], [1.0, 2.0]])
        for name in ["Empty", "Uneven"] {
            let error = try #require(throws: DaedalError.self) { try dl.run("\(name).train.count") }
            #expect(error.diagnostics[0].message.contains("the host's dataset `\(name)`"))
        }
        let gathered = Gathered()
        Self.interpreter(gathered).define("not a name", dataset: [1.0])
        #expect(gathered.logged.contains("needs a name"))
    }

    // MARK: Models and training

    static let training = """
        let x = normal([64, 3])
        dataset Points { source memory(x, sum(x, axis: 1, keep: true)); split train: 48, validation: 16; batch 16 }
        network Line { Dense(1) }
        let reader = Line()
        fn fit() = train reader on Points { loss mse; optimizer adam(0.05); epochs 5 }
        """

    @Test func aModelIsCalledFromSwift() throws {
        let dl = Self.interpreter()
        try dl.run("network Sum { forward(x) = sum(x, axis: 1) * 2 }\nlet model = Sum()")
        let model: Model = try dl["model"]
        let answers: Tensor<Float> = try model(Tensor<Float>([1, 2, 3, 4], shape: [2, 2]))
        #expect(answers.scalars == [6, 14] && answers.shape == [2] && model.name == "Sum")
        #expect(throws: DaedalError.self) { let _: Tensor<Float> = try model(Tensor<Float>([1], shape: [1])) }
        let again: [Double] = try model([[1.0, 1.0]])
        #expect(again == [4])
    }

    @Test func trainingTellsHowItGoes() async throws {
        let gathered = Gathered(), dl = Self.interpreter(gathered)
        try dl.run(Self.training)
        var events: [TrainingEvent] = []
        for try await event in dl.train("fit") { events.append(event) }
        #expect(events.first?.kind == .begin && events.last?.kind == .end)
        #expect(events.first?.model == "Line" && events.first?.dataset == "Points" && events.first?.steps == 15)
        let epochs = events.filter { $0.kind == .epoch }
        #expect(epochs.map(\.epoch) == [1, 2, 3, 4, 5] && epochs.allSatisfy { $0["validation_loss"] != nil })
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.fraction <= $1.fraction } && events.last?.fraction == 1)
        #expect((epochs.last?.loss ?? 9) < (epochs.first?.loss ?? 0))
        #expect(try dl.run("1 + 1").as(Int.self) == 2)
    }

    @Test func aTrainingBoundToANameRunsAgain() async throws {
        let dl = Self.interpreter()
        try dl.run(
            Self.training + "\nlet run = train reader on Points { loss mse; optimizer adam(0.05); epochs 2; quiet }\nlet before = run.best.loss")
        var count = 0
        for try await event in dl.train("run") where event.kind == .epoch { count += 1 }
        #expect(count == 2)
        #expect(try dl.run("run.best.loss < before").as(Bool.self) == true)
        await #expect(throws: DaedalError.self) { for try await _ in dl.train("no_such_run") {} }
        await #expect(throws: DaedalError.self) { for try await _ in dl.train("before") {} }
    }

    @Test func cancellingATaskStopsATrainingAndKeepsTheModel() async throws {
        nonisolated(unsafe) let dl = Self.interpreter()
        try dl.run(Self.training.replacingOccurrences(of: "epochs 5", with: "epochs 100000000"))
        let (started, signal) = AsyncStream<Void>.makeStream()
        let task = Task {
            for try await event in dl.train("fit") where event.step > 3 { signal.yield() }
        }
        for await _ in started { break }
        task.cancel()
        _ = try? await task.value
        #expect(try dl.run("isfinite(sum(reader[0].weight))").as(Bool.self) == true)
        // Leaving the loop early does the same.
        for try await event in dl.train("fit") where event.step > 3 { break }
        #expect(try dl.run("reader.parameters.count").as(Int.self) == 2)
    }

    @Test func cancellingATaskStopsAScript() async throws {
        nonisolated(unsafe) let dl = Self.interpreter()
        let task = Task<Void, any Error> { try dl.run("while true { }") }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        await #expect(throws: DaedalError.self) { try await task.value }
        #expect(try dl.run("1 + 1").as(Int.self) == 2)
    }

    // MARK: Limits and permissions

    @Test func timeEndsAScript() throws {
        let dl = Self.interpreter(limits: Limits(time: .milliseconds(200)))
        let loop = try #require(throws: DaedalError.self) { try dl.run("var i = 0\nwhile true { i += 1 }") }
        #expect(loop.diagnostics[0].message.contains("time limit of 0.2 s") && !loop.isStatic)
        #expect(throws: DaedalError.self) {
            try dl.run(Self.training + "\nlet run = train reader on Points { loss mse; optimizer adam(0.05); epochs 100000000 }")
        }
        #expect(throws: DaedalError.self) {
            try dl.run("let m = Dense(1), o = sgd(0.1)\nwhile true { minimize over m with o { mse(m(ones(4, 2)), 1) } }")
        }
        #expect(try dl.run("1 + 1").as(Int.self) == 2)
        #expect(try dl.run("i > 1000").as(Bool.self) == true)
    }

    @Test func memoryEndsAScript() throws {
        let dl = Self.interpreter(limits: Limits(memory: .megabytes(64)))
        #expect(try dl.run("sum(ones(1000, 1000))").as(Double.self) == 1e6)
        let tensor = try #require(throws: DaedalError.self) { try dl.run("let big = ones(10_000, 10_000)\nprint(sum(big + 1))") }
        #expect(tensor.diagnostics[0].code == "E506" && tensor.diagnostics[0].notes.contains { $0.contains("64000000") })
        let held = try #require(throws: DaedalError.self) { try dl.run("var all = []\nfor i in 0..1000 { all += [ones(500, 500) * i] }") }
        #expect(held.diagnostics[0].code == "E506" || held.diagnostics[0].code == "E516")
        try dl.run("all = []")
        let list = try #require(throws: DaedalError.self) { try dl.run("var xs = []\nwhile true { xs += [1.5] }") }
        #expect(list.diagnostics[0].code == "E516" && list.diagnostics[0].message.contains("memory limit"))
        try dl.run("xs = []")
        #expect(try dl.run("sum(ones(1000, 1000))").as(Double.self) == 1e6)
    }

    @Test func recursionEndsAScript() throws {
        let dl = Self.interpreter(limits: Limits(recursion: 100))
        try dl.run("fn down(n) = if n == 0 { 0 } else { 1 + down(n - 1) }")
        #expect(try dl.run("down(50)").as(Int.self) == 50)
        let deep = try #require(throws: DaedalError.self) { try dl.run("down(200)") }
        #expect(deep.diagnostics[0].message.contains("recursion too deep"))
        #expect(try dl.run("down(60)").as(Int.self) == 60)
        #expect(try Self.interpreter().run("fn down(n) = if n == 0 { 0 } else { 1 + down(n - 1) }\ndown(5000)").as(Int.self) == 5000)
    }

    @Test func aScriptReachesNothingThatWasNotGranted() throws {
        let dl = Self.interpreter()
        for text in ["read_text(\"/etc/hostname\")", "write_text(\"x\", \"/tmp/dl-denied\")", "csv(\"a.csv\")", "import \"a.dl\" as a", "clock()"] {
            #expect(throws: DaedalError.self, "\(text)") { try dl.run(text) }
        }
        #expect(!FileManager.default.fileExists(atPath: "/tmp/dl-denied"))
        let granted = Self.interpreter(permissions: Permissions(clock: true))
        #expect((try granted.run("clock()").as(Double.self) ?? 0) > 0)
    }

    @Test func aScriptMayBeGrantedOneFolder() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dl-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appendingPathComponent("in"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("secret".utf8).write(to: folder.appendingPathComponent("secret.txt"))
        try Data("open".utf8).write(to: folder.appendingPathComponent("in/open.txt"))
        try FileManager.default.createSymbolicLink(
            at: folder.appendingPathComponent("in/link.txt"), withDestinationURL: folder.appendingPathComponent("secret.txt"))
        let path = folder.appendingPathComponent("in").path
        let dl = Self.interpreter(permissions: Permissions(files: .folder(path)))
        #expect(try dl.run("read_text(\"\(path)/open.txt\")").as(String.self) == "open")
        try dl.run("write_text(\"new\", \"\(path)/new.txt\")")
        #expect(FileManager.default.fileExists(atPath: path + "/new.txt"))
        for name in ["../secret.txt", "link.txt", "x/../../secret.txt"] {
            #expect(throws: DaedalError.self, "\(name)") { try dl.run("read_text(\"\(path)/\(name)\")") }
        }
        #expect(throws: DaedalError.self) { try dl.run("write_text(\"no\", \"\(folder.path)/secret.txt\")") }
        #expect(try String(contentsOf: folder.appendingPathComponent("secret.txt"), encoding: .utf8) == "secret")
        let reading = Self.interpreter(permissions: Permissions(files: .folder(path, writing: false)))
        #expect(throws: DaedalError.self) { try reading.run("write_text(\"no\", \"\(path)/open.txt\")") }
    }

    // MARK: Independence

    @Test func interpretersAreIndependent() throws {
        let one = Self.interpreter(), other = Self.interpreter()
        try one.run("let secret = 1; seed(7)")
        #expect(throws: DaedalError.self) { try other.run("secret") }
        let alone = try Self.interpreter().run("normal()").as(Double.self)
        #expect(try other.run("normal()").as(Double.self) == alone)
    }

    @Test func interpretersRunSideBySide() async throws {
        let text = Self.training + "\nlet run = fit()\nstring(run.best.loss) + string(sum(reader[0].weight))"
        let alone = try Self.interpreter().run(text).as(String.self)
        let results = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<4 { group.addTask { try? Self.interpreter().run(text).as(String.self) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(alone != nil && results == Array(repeating: alone, count: 4))
    }
}
