import CKernels
import DaedalEngine
import DaedalGraph
import DaedalTensor
import Testing

/// Arbitrary graphs against the reference: fused programs, views, updates of inputs.
@Suite struct FusionTests {
    private func bits(_ tensor: Tensor) -> [UInt8] { Array(UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount)) }

    @Test(arguments: 0..<300) func randomGraphAgreesWithTheReference(_ seed: Int) throws {
        var random = try RandomGraph(seed: UInt64(seed), type: .f64, steps: 4 + seed % 40)
        let results = random.results()
        try Comparison.check(
            random.graph, inputs: random.inputs, results: results, engine: Engine(threads: 1 + seed % 3), tolerance: 1e-9, "seed \(seed)")
    }

    @Test(arguments: 0..<300) func randomGraphInSinglePrecision(_ seed: Int) throws {
        // Long chains amplify what rounding does to `floor` or a comparison; short ones rarely meet an edge.
        var random = try RandomGraph(seed: UInt64(seed) + 5000, type: .f32, steps: 3 + seed % 8)
        let results = random.results()
        try Comparison.check(
            random.graph, inputs: random.inputs, results: results, engine: Engine(threads: 1 + seed % 3), tolerance: 1e-3, "seed \(seed)")
    }

    @Test(arguments: 0..<300) func updatesOverwriteInputsAtTheEnd(_ seed: Int) throws {
        var random = try RandomGraph(seed: UInt64(seed) + 9000, type: .f64, steps: 4 + seed % 30)
        let updates = random.updates(), results = random.results()
        let expected = try Reference.evaluate(random.graph, inputs: random.inputs, results: results + updates.map(\.node))
        let inputs = try random.inputs.map { try $0.copy() }
        let request = PlanRequest(
            graph: random.graph, results: results, updates: updates.map { PlanRequest.Update(node: $0.node, input: $0.input) })
        let plan = try Engine(threads: 2).plan(for: request)
        let found = try plan.run(inputs)
        for (k, (x, y)) in zip(found, expected).enumerated() { Comparison.compare(x, y, tolerance: 1e-9, "seed \(seed), result \(k)") }
        for (update, y) in zip(updates, expected.dropFirst(results.count)) {
            Comparison.compare(inputs[update.input], y, tolerance: 1e-9, "seed \(seed), input \(update.input)")
        }
        for position in inputs.indices where !updates.contains(where: { $0.input == position }) {
            #expect(bits(inputs[position]) == bits(random.inputs[position]), "seed \(seed): input \(position) was overwritten")
        }
    }
}
