import DaedalRuntime
import DaedalTensor
import Testing

/// How steps are carried out: few are interpreted, the rest run plans, and both ways give the same bits.
@Suite(.serialized) struct LearningTests {
    static let network = """
        network Net {
          Dense(8) -> relu
          Dropout(0.25)
          Dense(1) -> (y => y[.., 0])
        }
        dataset Line {
          source  memory(reshape(linspace(-1, 1, 70), 70, 1), linspace(-1, 1, 70) * 3)
          split   train: 50, validation: 20
          batch   16
          shuffle
        }

        """

    /// The tensors that were allocated while something ran, the fewest of some times: other tests of the process allocate meanwhile.
    private func fewestAllocations(_ body: () throws -> Void) rethrows -> Int {
        var fewest = Int.max
        for _ in 0..<20 where fewest >= 10 {
            let before = StoragePool.statistics.allocations
            try body()
            fewest = min(fewest, StoragePool.statistics.allocations - before)
        }
        return fewest
    }

    @Test func trainingInterpretsOneStepOfEachShape() throws {
        let runner = ScriptRunner()
        try runner.run(
            Self.network + """
                let run = train Net() on Line { loss mse
                  optimizer adam(0.01, schedule: at => 1 / at.step)
                  epochs 5 }
                """)
        // 50 examples are three batches of 16 and one of 2; 20 are one of 16 and one of 4.
        let counters = runner.session.counters
        #expect(counters.interpretedSteps == 4)
        #expect(counters.replayedSteps == 5 * (4 + 2) - 4)
        #expect(counters.plans == 4)
    }

    @Test func replayAndRetraceGiveTheSameBits() throws {
        let script =
            Self.network + """
                let run = train Net() on Line { loss mse
                  optimizer adam(0.01)
                  epochs 4
                  metrics mae }
                let m = run.model
                print(list(m[0].weight), list(m[3].weight), run.history)
                let opt = sgd(0.1, momentum: 0.9)
                for i in 0..6 {
                  let x = normal([4, 1])
                  minimize over m with opt { mean(m(x) ** 2) }
                }
                print(list(m[0].weight), list(m[3].bias))
                """
        let replaying = ScriptRunner(), interpreting = ScriptRunner()
        interpreting.session.counters.alwaysInterprets = true
        let a = try replaying.run(script), b = try interpreting.run(script)
        #expect(a == b)
        #expect(replaying.session.counters.replayedSteps > 20)
        #expect(interpreting.session.counters.replayedSteps == 0)
    }

    @Test func aReplayedStepAllocatesNoTensor() throws {
        let runner = ScriptRunner()
        try runner.run(
            Self.network + """
                let m = Net(), opt = adam(0.01)
                let x = normal([16, 1]), y = normal([16])
                fn steps(count) { for i in 0..count { minimize over m with opt { mse(m(x), y) } } }
                steps(4)
                """)
        let interpreted = runner.session.counters.interpretedSteps
        let allocations = try fewestAllocations { try runner.run("steps(50)") }
        #expect(runner.session.counters.interpretedSteps == interpreted)
        #expect(runner.session.counters.replayedSteps >= 50)
        // The value of the block and what the machine makes around the loop; nothing that grows with the steps.
        #expect(allocations < 10)
    }

    @Test func numbersThatChangeMakeNoNewPlans() throws {
        let runner = ScriptRunner()
        try runner.run(
            """
            let a = Variable(1.0), opt = sgd(0.01)
            for i in 0..40 { let k = i * 0.5
              minimize over a with opt { (a() * k + i) ** 2 } }
            """)
        #expect(runner.session.counters.plans <= 4)
        #expect(!runner.host.progressLines.contains { $0.contains("plans") })
    }

    @Test func manyPlansWarnNamingWhatChanges() throws {
        let runner = ScriptRunner()
        try runner.run(
            """
            let a = Variable(1.0), opt = sgd(0.01)
            for n in 1..40 { minimize over a with opt { sum(a() * ones(n)) } }
            """)
        let warnings = runner.host.progressLines.filter { $0.contains("has made 32 plans") }
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("`n`") == true)
    }

    @Test func interruptionKeepsTheModel() throws {
        let runner = ScriptRunner()
        runner.host.interruptsAfter = 6
        let printed = try runner.run(
            Self.network + """
                let run = train Net() on Line { loss mse
                  optimizer adam(0.01)
                  epochs 50 }
                print(run.stopped, run.epochs < 50)
                """)
        #expect(printed.last?.hasPrefix("interrupted true") == true)
    }

    @Test func snapshotsStayWhenParametersChange() throws {
        let runner = ScriptRunner()
        let printed = try runner.run(
            """
            let a = Variable(tensor([1.0, 2.0])), opt = sgd(1.0)
            let before = a.value, pending = a() * 2
            for i in 0..3 { minimize over a with opt { sum(a()) } }
            print(list(before), list(pending), list(a()))
            """)
        #expect(printed.last?.hasPrefix("[1.0, 2.0] [2.0, 4.0] [-2.0, -1.0]") == true)
    }

    @Test func callsOutsideBlocksRunPlans() throws {
        let runner = ScriptRunner()
        let printed = try runner.run(
            Self.network + """
                let m = Net(), opt = sgd(0.1), x = normal([4, 1])
                var last = 0.0
                for i in 0..30 { last = float(sum(m(x))) }
                print(last == float(sum(m(x))))
                minimize over m with opt { mean(m(x) ** 2) }
                print(last == float(sum(m(x))))
                """)
        #expect(printed == ["true", "false"])
        #expect(runner.session.counters.interpretedCalls == 1)
        #expect(runner.session.counters.replayedCalls == 31)
    }

    @Test func aReplayedCallAllocatesItsResultAlone() throws {
        let runner = ScriptRunner()
        try runner.run(
            Self.network + """
                let m = Net(), x = normal([16, 1])
                fn calls(count) { for i in 0..count { m(x) } }
                calls(4)
                """)
        let interpreted = runner.session.counters.interpretedCalls
        let allocations = try fewestAllocations { try runner.run("calls(50)") }
        #expect(runner.session.counters.interpretedCalls == interpreted)
        #expect(runner.session.counters.replayedCalls >= 50)
        #expect(allocations < 10)
    }

    @Test func replayedAndInterpretedCallsGiveTheSameBits() throws {
        let script =
            Self.network + """
                let m = Net(), opt = adam(0.01)
                for i in 0..8 {
                  let x = normal([4, 1])
                  minimize over m with opt { mean(m(x) ** 2) }
                  print(list(m(x)), list(m(x * 2)))
                }
                """
        let replaying = ScriptRunner(), interpreting = ScriptRunner()
        interpreting.session.counters.alwaysInterprets = true
        #expect(try replaying.run(script) == interpreting.run(script))
        #expect(replaying.session.counters.replayedCalls > 10)
    }
}
