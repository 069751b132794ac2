import CKernels
import DaedalEngine
import DaedalGraph
import DaedalTensor

// Times training steps of small networks and, with `--steps`, every step of their plans.

let showsSteps = CommandLine.arguments.contains("--steps")
let threads = CommandLine.arguments.contains("--one") ? 1 : 2
let clock = ContinuousClock()

/// The shortest of several measurements, in microseconds a run.
func shortest(_ rounds: Int, _ runs: Int, _ body: () throws -> Void) rethrows -> Double {
    for _ in 0..<max(runs / 4, 2) { try body() }
    var times: [Double] = []
    for _ in 0..<rounds {
        let time = try clock.measure { for _ in 0..<runs { try body() } }
        times.append(Double(time.components.attoseconds) / 1e12 / Double(runs) + Double(time.components.seconds) * 1e6 / Double(runs))
    }
    return times.sorted()[0]
}

func report(_ name: String, _ step: TrainingStep, runs: Int) throws {
    guard let loss = step.loss else { return }
    let engine = Engine(threads: threads)
    let request = PlanRequest(graph: step.graph, results: [loss], updates: step.updates, finiteCheck: loss)
    var plan: Plan?
    let planning = try clock.measure { plan = try engine.plan(for: request) }
    guard let plan else { return }
    let execution = try Execution(plan)
    for (position, tensor) in step.inputs.enumerated() { execution.setInput(position, tensor) }
    try execution.run()
    let first = execution.scalarResult(0)
    let time = try shortest(7, runs) { try execution.run() }
    print("\(name): \(Int(time * 10) / 10) µs a step, \(plan.steps.count) steps, arena \(plan.arenaByteCount) bytes, planned in \(planning), loss \(first) -> \(execution.scalarResult(0))")
    if showsSteps {
        let times = try execution.profile(rounds: 100)
        for (line, time) in zip(plan.steps, times) { print("  \(Int(time * 1e7) / 10)\tµs\t\(line)") }
    }
}

try report("mlp 784-512-256-10, batch 64", TrainingStep.mlp(batch: 64, sizes: [784, 512, 256, 10]), runs: 50)
try report("mlp 64-32-10, batch 32", TrainingStep.mlp(batch: 32, sizes: [64, 32, 10]), runs: 2000)
try report("digits, batch 32", TrainingStep.digits(batch: 32), runs: 20)
