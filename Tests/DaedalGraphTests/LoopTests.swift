import DaedalGraph
import DaedalTensor
import DaedalTestCases
import Testing

/// What becomes of loops and their gradients.
@Suite struct LoopTests {
    /// `h = tanh(x @ transpose(w) + h @ transpose(u))` over 6 steps, and the gradient of the sum of all h in w and u.
    private func recurrence() throws -> (graph: Graph, results: [NodeID]) {
        let shapes: [Shape] = [[2, 3], [2, 4], [3, 4], [3, 3]]
        var body = Graph(), n: [NodeID] = []
        for (position, shape) in shapes.enumerated() {
            n.append(try body.apply(.input, [], .input(position), target: Signature(type: .f64, shape: shape)))
        }
        let sum = try body.add(try body.product(n[1], try body.transpose(n[2])), try body.product(n[0], try body.transpose(n[3])))
        let next = try body.apply(.hyperbolicTangent, [sum])
        let loop = Loop(body: body, carryResults: [next], stackedResults: [next], sequenceCount: 1, length: 6, isReversed: false)
        var graph = Graph(), inputs: [NodeID] = []
        for (position, shape) in ([[2, 3], [6, 2, 4], [3, 4], [3, 3]] as [Shape]).enumerated() {
            inputs.append(try graph.apply(.input, [], .input(position), target: Signature(type: .f64, shape: shape)))
        }
        let scan = try graph.apply(.scan, inputs, .loop(loop))
        let loss = try graph.sum(try graph.apply(.part, [scan], .part(1)), [0, 1, 2])
        let gradients = try Gradient.append(to: &graph, of: loss, respectTo: Array(inputs[2...]))
        return (graph, [loss] + gradients.compactMap { $0 })
    }

    private func products(_ graph: Graph) -> Int { graph.ids.filter { graph[$0].primitive == .matrixProduct }.count }

    @Test func productsLeaveTheLoop() throws {
        let (graph, results) = try recurrence()
        let (small, map) = try Passes.optimise(graph, results: results, verifying: true)
        let loops: [Loop] = small.ids.compactMap { if case .loop(let loop) = small.attributes(of: $0) { loop } else { nil } }
        // One loop forward, one back; in each only the product with the state is left, and the others are taken for all steps at once.
        #expect(loops.map(\.isReversed) == [false, true])
        #expect(loops.map { products($0.body) } == [1, 1])
        #expect(products(small) == 3)
        let inputs = try ([[2, 3], [6, 2, 4], [3, 4], [3, 3]] as [Shape]).map { shape in
            try Tensor((0..<(shape.elementCount ?? 0)).map { Double(($0 * 5) % 7) * 0.1 - 0.3 }, shape: shape)
        }
        let before = try Reference.evaluate(graph, inputs: inputs, results: results)
        let after = try Reference.evaluate(small, inputs: inputs, results: results.compactMap { map[Int($0.index)] })
        for (a, b) in zip(before, after) { #expect(zip(a.doubles, b.doubles).allSatisfy { abs($0 - $1) < 1e-9 }) }
    }

    @Test func whatIsNotReadIsLeftOut() throws {
        let example = try #require(PrimitiveCase.all.first { $0.note == "two carries" })
        let (graph, _, parts) = try example.graph(floats: .f32)
        let (small, _) = try Passes.optimise(graph, results: [parts[3]], verifying: true)
        let stacked = small.ids.compactMap { if case .loop(let loop) = small.attributes(of: $0) { loop.stackedResults.count } else { nil } }
        #expect(stacked == [1])
    }

    @Test func aWrongGradientIsNoticed() throws {
        // The check of derivatives itself: the gradient of something else must not pass for it.
        let example = try #require(PrimitiveCase.all.first { $0.primitive == .cosine && $0.operands[0].signature.shape == [7] })
        #expect(try DerivativeCheck(example, scale: 1.01).run().count == 4)
    }
}
