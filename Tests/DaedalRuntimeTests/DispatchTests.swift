import DaedalEngine
import DaedalRuntime
import DaedalTensor
import Testing

/// What a step costs beside its kernels: once warm it interprets nothing, plans nothing and allocates no tensor, whatever it trains.
@Suite(.serialized) struct DispatchTests {
    /// A program, and a function of it that takes so many steps.
    struct Case: CustomTestStringConvertible {
        let name: String
        let program: String
        var testDescription: String { name }
    }

    private static func learning(_ name: String, _ network: String, x: String, y: String, optimizer: String) -> Case {
        Case(
            name: name,
            program: """
                \(network)
                let model = Net(), opt = \(optimizer)
                let xs = map(0..4, k => \(x)), ys = map(0..4, k => \(y))
                fn steps(n) {
                  for i in 0..n {
                    let x = xs[i % 4], y = ys[i % 4]
                    minimize over model with opt { cross_entropy(model(x), y) }
                  }
                }
                """)
    }

    private static let labels = "arange(4) % 3"

    /// The cases that are measured beside others, in small.
    static let cases = [
        learning(
            "mlp", "network Net { Dense(8) -> relu\n Dense(6) -> relu\n Dense(3) }", x: "normal([4, 5])", y: labels, optimizer: "adam(0.001)"),
        learning(
            "mlp_small", "network Net { Dense(8) -> relu\n Dense(3) }", x: "normal([4, 5])", y: labels, optimizer: "sgd(0.05, momentum: 0.9)"),
        learning(
            "lenet",
            "network Net { Conv(3, kernel: 3, padding: 1) -> relu -> MaxPool(2) -> Conv(4, kernel: 3) -> relu -> MaxPool(2) -> Flatten -> Dense(3) }",
            x: "normal([4, 1, 8, 8])", y: labels, optimizer: "adam(0.001)"),
        learning(
            "cnn", "network Net { Conv(4, kernel: 3, padding: 1) -> BatchNorm() -> relu -> MaxPool(2) -> Flatten -> Dense(3) }",
            x: "normal([4, 3, 8, 8])", y: labels, optimizer: "sgd(0.01, momentum: 0.9)"),
        learning(
            "resnet",
            """
            network Net {
              let c1 = Conv(4, kernel: 3, padding: 1, use_bias: false), n1 = BatchNorm(), c2 = Conv(4, kernel: 3, padding: 1), n2 = BatchNorm()
              let head = Dense(3)
              forward(x) {
                let y = x |> c1 |> n1 |> relu
                head(mean(relu(y + n2(c2(y))), axis: [2, 3]))
              }
            }
            """, x: "normal([4, 3, 8, 8])", y: labels, optimizer: "sgd(0.01, momentum: 0.9)"),
        learning(
            "lstm", "network Net {\n let lstm = LSTM(6, last: true), head = Dense(3)\n forward(x) = head(lstm(x))\n}", x: "normal([4, 5, 3])",
            y: labels, optimizer: "adam(0.001)"),
        learning(
            "transformer",
            """
            network Net {
              let symbols = Embedding(7, 8), norm = LayerNorm(), attention = MultiHeadAttention(8, 2), head = Dense(7)
              forward(ids: [n, t]) {
                let x = symbols(ids)
                head(x + attention(norm(x), causal: true))
              }
            }
            """, x: "reshape(arange(20) % 7, 4, 5)", y: "reshape(arange(20) % 6, 4, 5)", optimizer: "adamw(0.001, decay: 0.01)"),
        Case(
            name: "gan",
            program: """
                network Maker { Dense(6) -> relu\n Dense(5) -> tanh }
                network Critic { Dense(6) -> relu\n Dense(1) }
                let g = Maker(), d = Critic(), opt_g = adam(0.001), opt_d = adam(0.001)
                let xs = map(0..4, k => normal([4, 5])), zs = map(0..4, k => normal([4, 3]))
                fn steps(n) {
                  for i in 0..n {
                    let x = xs[i % 4], z = zs[i % 4]
                    minimize over d with opt_d { bce(d(x), 1) + bce(d(g(z)), 0) }
                    minimize over g with opt_g { bce(d(g(z)), 1) }
                  }
                }
                """),
        Case(
            name: "inference",
            program: """
                network Net { Dense(8) -> relu\n Dense(3) }
                let model = Net(), xs = map(0..4, k => normal([1, 5]))
                fn steps(n) { for i in 0..n { float(sum(model(xs[i % 4]))) } }
                """),
        Case(
            name: "convolutional inference",
            program: """
                network Net { Conv(4, kernel: 3, padding: 1) -> BatchNorm() -> relu -> Flatten -> Dense(3) }
                let model = Net(), xs = map(0..4, k => normal([1, 3, 6, 6]))
                fn steps(n) { for i in 0..n { float(sum(model(xs[i % 4]))) } }
                """),
        Case(
            name: "train",
            program: """
                network Net { Dense(8) -> relu\n Dense(1) }
                dataset Line {
                  source  memory(reshape(linspace(-1, 1, 40), 40, 1), reshape(linspace(-1, 1, 40) * 3, 40, 1))
                  split   train: 40
                  batch   4
                  shuffle
                }
                let model = Net(), opt = adam(0.001)
                fn steps(n) { train model on Line { optimizer opt; loss mse; steps n; average 0.9; quiet } }
                """),
    ]

    @Test(arguments: cases) func aWarmStepAllocatesAndInterpretsNothing(_ example: Case) throws {
        let runner = ScriptRunner()
        try runner.run(example.program)
        func cost(_ steps: Int) throws -> (learning: LearningCounters, engine: EngineCounters, allocations: Int) {
            let before = (runner.session.counters, runner.session.engine.counters, StoragePool.statistics.allocations)
            try runner.run("steps(\(steps))")
            var (learning, engine) = (runner.session.counters, runner.session.engine.counters)
            learning.interpretedSteps -= before.0.interpretedSteps
            learning.interpretedCalls -= before.0.interpretedCalls
            learning.replayedSteps -= before.0.replayedSteps
            learning.replayedCalls -= before.0.replayedCalls
            engine.plansMade -= before.1.plansMade
            engine.executions -= before.1.executions
            engine.resultAllocations -= before.1.resultAllocations
            return (learning, engine, StoragePool.statistics.allocations - before.2)
        }
        _ = try cost(12)
        // What a training needs once does not grow with its steps. Other tests of the process allocate meanwhile: the fewest of some times count.
        var once = try cost(12), many = try cost(112)
        var extra = many.allocations - once.allocations
        for _ in 0..<10 where extra > 5 {
            (once, many) = (try cost(12), try cost(112))
            extra = min(extra, many.allocations - once.allocations)
        }
        #expect(many.learning.replayedSteps + many.learning.replayedCalls >= 100)
        #expect(many.learning.interpretedSteps == once.learning.interpretedSteps)
        #expect(many.learning.interpretedCalls == once.learning.interpretedCalls)
        #expect(many.engine.plansMade == 0)
        #expect(many.engine.executions <= once.engine.executions)
        #expect(many.engine.resultAllocations <= once.engine.resultAllocations)
        #expect(extra <= 5)
    }

    @Test func tensorsThatTheProgramKeepsOutliveTheirBatch() throws {
        let printed = try ScriptRunner().run(
            """
            network Net { Dense(1) }
            let xs = reshape(arange(12) * 1.0, 12, 1)
            dataset Line {
              source  memory(xs, xs)
              split   train: 12
              batch   3
            }
            var kept = []
            fn noting(p, y) {
              kept = kept + [y]
              mse(p, y)
            }
            train Net() on Line { loss noting
              optimizer sgd(0.001)
              epochs 1
              quiet }
            print(map(kept, y => list(y[.., 0])))
            """)
        #expect(printed == ["[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0], [9.0, 10.0, 11.0]]"])
    }

    @Test func parametersThatTheProgramHoldsStayAsTheyWere() throws {
        let printed = try ScriptRunner().run(
            """
            network Net {
              param w: [3] = ones
              forward(x) = w
            }
            let m = Net(), opt = sgd(0.5), x = ones(3)
            fn step() = minimize over m with opt { sum(m(x) * x) }
            step()
            step()
            let given = m(x), seen = m.w, derived = reshape(m.w, 1, 3)
            step()
            print(list(given), list(seen), list(derived[0]), list(m.w), list(m(x)))
            let again = m(x)
            step()
            print(list(again), list(m(x)))
            """)
        let before = "[0.0, 0.0, 0.0]", after = "[-0.5, -0.5, -0.5]"
        #expect(printed == ["\(before) \(before) \(before) \(after) \(after)", "\(after) [-1.0, -1.0, -1.0]"])
    }

    @Test func weightsThatPlansHavePackedAreReadAnew() throws {
        let script = """
            network Net { Dense(40) -> relu\n Dense(24) }
            let m = Net(), opt = sgd(0.1), x = normal([5, 40]), y = normal([5, 24])
            for i in 0..6 {
              minimize over m with opt { mse(m(x), y) }
              print(float(sum(m(x))), float(mean(m(x) ** 2)))
            }
            """
        let replaying = ScriptRunner(), interpreting = ScriptRunner()
        interpreting.session.counters.alwaysInterprets = true
        #expect(try replaying.run(script) == interpreting.run(script))
    }
}
