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

    /// Rows wider than a block are cut; what is the same in every row is not the same in every piece.
    @Test(arguments: [500, 520, 1030, 5000]) func wideRowsMeetTheirOwnBias(_ width: Int) throws {
        var graph = Graph()
        let shape: Shape = [3, Size(width)]
        func input(_ position: Int, _ shape: Shape) throws -> NodeID {
            try graph.apply(.input, [], .input(position), target: Signature(type: .f32, shape: shape))
        }
        let x = try input(0, shape), bias = try graph.broadcast(try input(1, [Size(width)]), to: shape)
        let y = try graph.apply(.hyperbolicTangent, [try graph.multiply(try graph.add(x, bias), bias)])
        let inputs = [
            try Tensor((0..<3 * width).map { Float($0 % 101) / 101 - 0.5 }, shape: shape),
            try Tensor((0..<width).map { Float($0 % 97) / 97 - 0.5 }, shape: [Size(width)]),
        ]
        try Comparison.check(graph, inputs: inputs, results: [y], engine: Engine(threads: 2), "width \(width)")
    }
}
