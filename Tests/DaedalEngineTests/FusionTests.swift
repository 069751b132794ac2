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

    private func input(_ graph: inout Graph, _ position: Int, _ shape: Shape) throws -> NodeID {
        try graph.apply(.input, [], .input(position), target: Signature(type: .f32, shape: shape))
    }

    private func numbers(_ shape: Shape, _ period: Int) throws -> Tensor {
        try Tensor((0..<shape.counts.reduce(1, *)).map { Float($0 % period) / Float(period) - 0.5 }, shape: shape)
    }

    /// A program stores the parts of a concatenation where that has them, if its rows are long enough; so does a product nowhere.
    @Test(arguments: [(0, 96), (1, 96), (2, 128), (2, 512), (2, 1500), (2, 7)]) func partsAreStoredInTheWhole(_ axis: Int, _ width: Int) throws {
        var graph = Graph()
        let shape: Shape = [3, 5, Size(width)]
        let x = try input(&graph, 0, shape), y = try input(&graph, 1, shape)
        let a = try graph.apply(.hyperbolicTangent, [try graph.multiply(x, y)]), b = try graph.apply(.exponential, [try graph.add(x, y)])
        // An input is a part that no program makes, and what is read elsewhere too is one that stays where it is.
        let c = try graph.apply(.negate, [try graph.multiply(y, y)])
        let whole = try graph.apply(.concatenate, [a, y, b, c], .axis(axis))
        let results = [whole, c]
        let engine = Engine(threads: 2)
        try Comparison.check(
            graph, inputs: [numbers(shape, 101), numbers(shape, 97)], results: results, engine: engine, "axis \(axis), width \(width)")
        let steps = try engine.plan(for: PlanRequest(graph: graph, results: results)).steps.map(\.name)
        // Rows of a whole block along the last axis are its width; along the others, everything behind the axis.
        #expect(steps.count(where: { $0 == "concatenate" }) == (width < 64 ? 4 : 2), "\(steps)")
    }

    /// Columns of a sum over few rows are divided between threads, which changes no bit.
    @Test(arguments: [(128, 512), (128, 784), (255, 256), (30, 4000)]) func columnsOfASumAreDivided(_ rows: Int, _ width: Int) throws {
        var graph = Graph()
        let shape: Shape = [Size(rows), Size(width)]
        let x = try input(&graph, 0, shape), y = try graph.broadcast(try input(&graph, 1, [Size(width)]), to: shape)
        let z = try graph.apply(.hyperbolicTangent, [try graph.multiply(try graph.multiply(x, y), y)])
        let results = [try graph.apply(.sum, [z], .axes([0])), z]
        let inputs = [try numbers(shape, 101), try numbers([Size(width)], 89)]
        try Comparison.check(graph, inputs: inputs, results: results, engine: Engine(threads: 2), "\(rows) × \(width)")
        let alone = try Engine(threads: 1).plan(for: PlanRequest(graph: graph, results: results)).run(inputs)
        let shared = try Engine(threads: 3).plan(for: PlanRequest(graph: graph, results: results)).run(inputs)
        #expect(zip(alone, shared).allSatisfy { bits($0) == bits($1) })
        #expect(try Engine(threads: 2).plan(for: PlanRequest(graph: graph, results: results)).steps.contains { $0.tiles > 1 })
    }

    /// Partial results are reduced in parts too, where they are many or wide.
    @Test(arguments: [(3, 70_000), (2, 200_000), (500_000, 3), (300_001, 16)]) func partialResultsAreReducedInParts(_ rows: Int, _ width: Int) throws
    {
        var graph = Graph()
        let shape: Shape = [Size(rows), Size(width)]
        let x = try input(&graph, 0, shape)
        let results = [try graph.apply(.sum, [x], .axes([0])), try graph.apply(.maximumOf, [try graph.apply(.negate, [x])], .axes([0]))]
        let values = try Tensor((0..<rows * width).map { Float($0 &* 7919 % 1009) / 1009 - 0.5 }, shape: shape)
        try Comparison.check(graph, inputs: [values], results: results, engine: Engine(threads: 2), tolerance: 1e-3, "\(rows) × \(width)")
    }

    /// What several tiles or several products have on their right is packed once.
    @Test func panelsAreShared() throws {
        var graph = Graph()
        let x = try input(&graph, 0, [128, 784]), first = try input(&graph, 1, [128, 512]), second = try input(&graph, 2, [128, 300])
        let products = try [first, second].map { try graph.apply(.matrixProduct, [$0, x], .product(transposesLeft: true, transposesRight: false)) }
        let inputs = [try numbers([128, 784], 101), try numbers([128, 512], 97), try numbers([128, 300], 89)]
        try Comparison.check(graph, inputs: inputs, results: products, engine: Engine(threads: 2), "shared panels")
        let steps = try Engine(threads: 2).plan(for: PlanRequest(graph: graph, results: products)).steps.map(\.name)
        #expect(steps.count(where: { $0 == "pack" }) == 1, "\(steps)")
        // The same bits as by panels that each tile packs for itself: a product alone of so few rows of the result packs its own.
        let few = try graph.apply(.slice, [first], .slice(starts: [0, 0], steps: [1, 1]), target: Signature(type: .f32, shape: [128, 40]))
        let alone = try graph.apply(.matrixProduct, [few, x], .product(transposesLeft: true, transposesRight: false))
        let plan = try Engine(threads: 1).plan(for: PlanRequest(graph: graph, results: [alone]))
        #expect(!plan.steps.contains { $0.name == "pack" })
        let whole = try Engine(threads: 2).plan(for: PlanRequest(graph: graph, results: products)).run(inputs)[0]
        #expect(bits(try plan.run(inputs)[0]) == Array(bits(whole).prefix(40 * 784 * 4)))
    }
}
