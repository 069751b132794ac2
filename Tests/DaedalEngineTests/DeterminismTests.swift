import CKernels
import DaedalEngine
import DaedalGraph
import DaedalTensor
import Testing

/// Equal bits, whatever the number of threads and whichever of the two wide instruction sets. Serialized: the instruction set is the process's.
@Suite(.serialized) struct DeterminismTests {
    private func bytes(_ tensors: [Tensor]) -> [[UInt8]] {
        tensors.map { Array(UnsafeRawBufferPointer(start: $0.pointer, count: $0.byteCount)) }
    }

    /// A step with large operands of every kind: products, softmax, norms, sums of all sorts, functions.
    private func largeStep() throws -> (graph: Graph, inputs: [Tensor], results: [NodeID]) {
        var draws = Draws(state: 3)
        var graph = Graph()
        var inputs: [Tensor] = []
        func input(_ shape: [Int]) throws -> NodeID {
            let values = (0..<shape.reduce(1, *)).map { _ in Float.random(in: -2...2, using: &draws) }
            inputs.append(try Tensor(values, shape: Shape(shape)))
            return try graph.apply(.input, [], .input(inputs.count - 1), target: Signature(type: .f32, shape: Shape(shape)))
        }
        let x = try input([96, 300]), w = try input([300, 260]), b = try input([260]), image = try input([16, 24, 9, 11])
        let y = try graph.product(x, w)
        let z = try graph.add(y, try graph.broadcast(b, to: graph[y].shape))
        let shape = graph[z].shape
        let most = try graph.broadcast(try graph.reduce(.maximumOf, z, [1], keep: true), to: shape)
        let e = try graph.apply(.exponential, [try graph.subtract(z, most)])
        let soft = try graph.divide(e, try graph.broadcast(try graph.sum(e, [1], keep: true), to: shape))
        let functions = try [Primitive.hyperbolicTangent, .logistic, .errorFunction, .sine, .cosine].map { try graph.apply($0, [z]) }
        let total = try graph.sum(try graph.multiply(soft, soft), [0, 1])
        let columns = try graph.sum(try graph.multiply(soft, functions[0]), [0])
        let log = try graph.apply(.logarithm, [try graph.apply(.add, try graph.multiply(z, z), number: 0.1)])
        let channels = try graph.sum(try graph.apply(.exponential, [image]), [0, 2, 3])
        let centered = try graph.subtract(image, try graph.broadcast(try graph.reshape(channels, to: [24, 1, 1]), to: graph[image].shape))
        let planes = try graph.sum(try graph.multiply(centered, centered), [2, 3])
        let long = try graph.sum(try graph.reshape(image, to: [Size(16 * 24 * 9 * 11)]), [0])
        return (graph, inputs, [soft, total, columns, log, channels, planes, long] + functions)
    }

    @Test func bitsDoNotDependOnThreadsOrInstructionSet() throws {
        defer { ck_set_isa(-1) }
        let (graph, inputs, results) = try largeStep()
        try Comparison.check(graph, inputs: inputs, results: results, engine: Engine(threads: 2), tolerance: 1e-3, "large step")
        var expected: [[UInt8]]?
        for isa in [CK_AVX512, CK_AVX2] {
            guard Int(ck_set_isa(Int32(isa))) == Int(isa) else { continue }
            for threads in 1...3 {
                let found = bytes(try Engine(threads: threads).plan(for: PlanRequest(graph: graph, results: results)).run(inputs))
                if let expected {
                    for index in results.indices { #expect(found[index] == expected[index], "isa \(isa), \(threads) threads, result \(index)") }
                } else {
                    expected = found
                }
            }
        }
    }

    @Test func baselineStaysWithinBounds() throws {
        defer { ck_set_isa(-1) }
        ck_set_isa(Int32(CK_BASELINE))
        let (graph, inputs, results) = try largeStep()
        try Comparison.check(graph, inputs: inputs, results: results, engine: Engine(threads: 2), tolerance: 1e-3, "baseline")
    }

    /// Programs of random graphs, single and double precision.
    @Test(arguments: 0..<60) func randomGraphsHaveEqualBits(_ seed: Int) throws {
        defer { ck_set_isa(-1) }
        var random = try RandomGraph(seed: UInt64(seed) + 700, type: seed % 2 == 0 ? .f32 : .f64, steps: 5 + seed % 30)
        let results = random.results()
        var expected: [[UInt8]]?
        for (isa, threads) in [(CK_AVX512, 1), (CK_AVX512, 3), (CK_AVX2, 2)] {
            guard Int(ck_set_isa(Int32(isa))) == Int(isa) else { continue }
            let found = bytes(try Engine(threads: threads).plan(for: PlanRequest(graph: random.graph, results: results)).run(random.inputs))
            if let expected { #expect(found == expected, "seed \(seed), isa \(isa)") } else { expected = found }
        }
    }
}
