import CKernels
import DaedalEngine
import DaedalGraph
import DaedalTensor
import Testing

/// Loops whose rows do not meet are divided between threads; they and their gradients give what the reference gives, with equal bits.
@Suite(.serialized) struct LoopTests {
    /// Some steps of a recurrent layer with gates, a mask and its gradient: loss, then the gradients of weights, biases and input.
    private struct Recurrence {
        var graph = Graph()
        var inputs: [Tensor] = []
        var results: [NodeID] = []
        private var draws = Draws(state: 11)

        private mutating func input(_ shape: [Int]) throws -> NodeID {
            inputs.append(
                try Tensor((0..<shape.reduce(1, *)).map { _ in Float.random(in: -0.7...0.7, using: &draws) }, shape: Shape(shape)))
            return try graph.apply(.input, [], .input(inputs.count - 1), target: Signature(type: .f32, shape: Shape(shape)))
        }

        init(rows: Int, units: Int, length: Int, isReversed: Bool, withMask: Bool) throws {
            let x = try input([length, rows, units + 1]), w = try input([2 * units, units + 1]), u = try input([2 * units, units])
            let first = try input([2 * units]), second = try input([2 * units]), start = try input([rows, units]), mask = try input([rows, units])
            let body = try Recurrence.body(rows, units, withMask)
            let loop = Loop(
                body: body.graph, carryResults: [body.next], stackedResults: [body.out], sequenceCount: 1, length: Size(length),
                isReversed: isReversed)
            let scan = try graph.apply(.scan, [start, x, w, u, first, second] + (withMask ? [mask] : []), .loop(loop))
            let final = try graph.apply(.part, [scan], .part(0)), outs = try graph.apply(.part, [scan], .part(1))
            let squares = try graph.sum(try graph.multiply(outs, outs), [0, 1, 2])
            let loss = try graph.add(try graph.sum(try graph.apply(.hyperbolicTangent, [final]), [0, 1]), squares)
            let gradients = try Gradient.append(to: &graph, of: loss, respectTo: [x, w, u, first, second, start])
            results = [loss, outs] + gradients.compactMap { $0 }
        }

        /// h' = tanh(a) · σ(b) + h, where [a, b] = x wᵀ + h uᵀ + (first + second), at times masked.
        private static func body(_ rows: Int, _ units: Int, _ withMask: Bool) throws -> (graph: Graph, next: NodeID, out: NodeID) {
            var g = Graph()
            let shapes: [[Int]] = [
                [rows, units], [rows, units + 1], [2 * units, units + 1], [2 * units, units], [2 * units], [2 * units], [rows, units],
            ]
            var n: [NodeID] = []
            for (position, shape) in shapes.enumerated() where withMask || position < 6 {
                n.append(try g.apply(.input, [], .input(position), target: Signature(type: .f32, shape: Shape(shape))))
            }
            let bias = try g.add(n[4], n[5])
            let inner = try g.add(try g.product(n[1], n[2], transposesRight: true), try g.product(n[0], n[3], transposesRight: true))
            let gates = try g.add(inner, try g.broadcast(bias, to: g[inner].shape))
            let a = try g.apply(.hyperbolicTangent, [try g.slice(gates, axis: 1, from: 0, count: Size(units))])
            let b = try g.apply(.logistic, [try g.slice(gates, axis: 1, from: Size(units), count: Size(units))])
            let step = try g.multiply(a, b)
            let next = try g.add(withMask ? try g.multiply(step, n[6]) : step, try g.apply(.multiply, n[0], number: 0.5))
            let out = try g.multiply(next, b)
            return (g, next, out)
        }
    }

    private func bits(_ tensors: [Tensor]) -> [[UInt8]] {
        tensors.map { Array(UnsafeRawBufferPointer(start: $0.pointer, count: $0.byteCount)) }
    }

    @Test(arguments: [1, 3, 8, 17, 33], [false, true]) func rowsAreDividedBetweenThreads(_ rows: Int, _ withMask: Bool) throws {
        defer { ck_set_isa(-1) }
        let step = try Recurrence(rows: rows, units: 9, length: 6, isReversed: rows == 8, withMask: withMask)
        let expected = try Reference.evaluate(step.graph, inputs: step.inputs, results: step.results)
        let request = PlanRequest(graph: step.graph, results: step.results)
        var first: [[UInt8]]?
        for (isa, threads) in [(CK_AVX512, 1), (CK_AVX512, 2), (CK_AVX512, 3), (CK_AVX2, 2)] {
            guard Int(ck_set_isa(Int32(isa))) == Int(isa) else { continue }
            let plan = try Engine(threads: threads).plan(for: request)
            let byRows = plan.steps.filter { $0.name == "scan by rows" }.count
            #expect(byRows == (rows / 4 >= 2 && threads > 1 ? 2 : 0), "\(rows) rows, \(threads) threads: \(plan)")
            for _ in 0..<2 {
                let found = try plan.run(step.inputs)
                for (k, (x, y)) in zip(found, expected).enumerated() {
                    Comparison.compare(x, y, tolerance: 1e-4, "\(rows) rows, \(threads) threads, result \(k)")
                }
                if let first {
                    #expect(bits(found) == first, "\(rows) rows, \(threads) threads, instruction set \(isa)")
                } else {
                    first = bits(found)
                }
            }
        }
    }

    /// What stays the same in all turns is computed before the loop, and what only adds up after it.
    @Test func biasesLeaveTheLoop() throws {
        let step = try Recurrence(rows: 16, units: 8, length: 5, isReversed: false, withMask: false)
        let (graph, _) = try Passes.optimise(step.graph, results: step.results)
        for id in graph.ids {
            guard case .loop(let loop) = graph.attributes(of: id) else { continue }
            #expect(loop.carryCount == 1, "a bias's gradient is carried through the loop")
            for inner in loop.body.ids {
                #expect(loop.body[inner].primitive != .sum)
                #expect(loop.body[inner].primitive != .add || loop.body[inner].shape.rank > 1, "two biases are added in every turn")
            }
        }
    }

    @Test func aDividedLoopAllocatesNothing() throws {
        let step = try Recurrence(rows: 32, units: 8, length: 5, isReversed: false, withMask: false)
        let engine = Engine(threads: 2)
        let execution = try Execution(try engine.plan(for: PlanRequest(graph: step.graph, results: step.results)))
        for (position, tensor) in step.inputs.enumerated() { execution.setInput(position, tensor) }
        try execution.run()
        let before = engine.counters
        for _ in 0..<5 { try execution.run() }
        #expect(engine.counters.resultAllocations == before.resultAllocations)
        #expect(engine.counters.executions == before.executions)
    }
}
