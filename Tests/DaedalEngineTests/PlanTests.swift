import DaedalEngine
import DaedalGraph
import DaedalTensor
import Testing

/// What a plan promises: found by structure, all or nothing, no allocation when replayed, memory as predicted, safe from several threads.
@Suite(.serialized) struct PlanTests {
    private func input(_ graph: inout Graph, _ position: Int, _ shape: Shape, _ type: ElementType = .f32) throws -> NodeID {
        try graph.apply(.input, [], .input(position), target: Signature(type: type, shape: shape))
    }

    /// loss = sum((x w)²), w' = w − 0.1 · 2 xᵀ(x w).
    private func regression(rows: Int) throws -> PlanRequest {
        var graph = Graph()
        let x = try input(&graph, 0, [Size(rows), 8]), w = try input(&graph, 1, [8, 3])
        let y = try graph.product(x, w)
        let loss = try graph.sum(try graph.multiply(y, y), [0, 1])
        let gradient = try graph.product(x, try graph.apply(.multiply, y, number: 2), transposesLeft: true)
        let next = try graph.subtract(w, try graph.apply(.multiply, gradient, number: 0.01))
        return PlanRequest(graph: graph, results: [loss], updates: [.init(node: next, input: 1)], finiteCheck: loss)
    }

    private func tensors(rows: Int) throws -> [Tensor] {
        [
            try Tensor((0..<rows * 8).map { Float($0 % 13) / 13 - 0.4 }, shape: [Size(rows), 8]),
            try Tensor((0..<24).map { Float($0 % 7) / 7 }, shape: [8, 3]),
        ]
    }

    @Test func equalRequestsGetTheSamePlan() throws {
        let engine = Engine(threads: 1)
        let first = try engine.plan(for: try regression(rows: 5)), second = try engine.plan(for: try regression(rows: 5))
        #expect(first === second)
        #expect(try engine.plan(for: try regression(rows: 6)) !== first)
        #expect(engine.counters.plansMade == 2)
        #expect(engine.counters.plansFound == 1)
    }

    @Test func replayAllocatesNothing() throws {
        let engine = Engine(threads: 1)
        let execution = try Execution(try engine.plan(for: try regression(rows: 40)))
        let inputs = try tensors(rows: 40)
        for (position, tensor) in inputs.enumerated() { execution.setInput(position, tensor) }
        try execution.run()
        let counters = engine.counters
        var last = execution.scalarResult(0)
        for _ in 0..<20 {
            try execution.run()
            #expect(execution.scalarResult(0) < last)
            last = execution.scalarResult(0)
        }
        #expect(engine.counters.resultAllocations == counters.resultAllocations)
        #expect(engine.counters.executions == counters.executions)
        #expect(engine.counters.runs == counters.runs + 20)
    }

    @Test func updatesAreInPlaceAndTheGradientIsRight() throws {
        let plan = try Engine(threads: 1).plan(for: try regression(rows: 9))
        #expect(!plan.steps.contains { $0.name == "commit" }, "an update was copied: \(plan)")
        let inputs = try tensors(rows: 9), before = try inputs[1].copy()
        let request = try regression(rows: 9)
        let expected = try Reference.evaluate(request.graph, inputs: inputs, results: [request.updates[0].node])
        _ = try plan.run(inputs)
        Comparison.compare(inputs[1], expected[0], "weights")
        #expect(inputs[1].doubles != before.doubles)
    }

    @Test func nothingIsCommittedWhenTheLossIsNotFinite() throws {
        let plan = try Engine(threads: 1).plan(for: try regression(rows: 4))
        let inputs = try tensors(rows: 4)
        inputs[0].elements(as: Float.self)[3] = .infinity
        let before = inputs[1].doubles
        #expect {
            _ = try plan.run(inputs)
        } throws: { error in
            guard let failure = error as? PlanFailure, case .notFinite(let value) = failure.reason else { return false }
            return !value.isFinite
        }
        #expect(inputs[1].doubles == before)
    }

    @Test func indicesOutOfRangeNameThePlace() throws {
        var graph = Graph()
        let x = try input(&graph, 0, [5, 2]), ids = try input(&graph, 1, [3], .i64), w = try input(&graph, 2, [3, 2])
        let rows = try graph.apply(.gather, [x, ids], .axis(0), origin: 42)
        let next = try graph.add(w, rows)
        let plan = try Engine(threads: 1).plan(for: PlanRequest(graph: graph, results: [], updates: [.init(node: next, input: 2)]))
        let table = try Tensor((0..<10).map { Float($0) }, shape: [5, 2]), weights = try Tensor([Float](repeating: 1, count: 6), shape: [3, 2])
        _ = try plan.run([table, try Tensor([Int64(0), 4, 2], shape: [3]), weights])
        #expect(weights.doubles == [1, 2, 9, 10, 5, 6])
        for bad in [Int64(5), -1] {
            #expect {
                _ = try plan.run([table, try Tensor([Int64(0), bad, 2], shape: [3]), weights])
            } throws: { error in
                guard let failure = error as? PlanFailure else { return false }
                return failure.reason == .indexOutOfRange(index: Int(bad), limit: 5) && failure.origin == 42
            }
            #expect(weights.doubles == [1, 2, 9, 10, 5, 6])
        }
    }

    @Test func integerDivisionByZeroIsAFailure() throws {
        var graph = Graph()
        let a = try input(&graph, 0, [2000], .i64), b = try input(&graph, 1, [2000], .i64)
        let quotient = try graph.apply(.floorDivide, [a, b], origin: 7)
        let sum = try graph.add(quotient, a)
        let plan = try Engine(threads: 2).plan(for: PlanRequest(graph: graph, results: [sum]))
        let ones = try Tensor([Int64](repeating: 3, count: 2000), shape: [2000])
        let divisors = try ones.copy()
        divisors.elements(as: Int64.self)[1999] = 0
        #expect {
            _ = try plan.run([ones, divisors])
        } throws: { error in
            guard let failure = error as? PlanFailure else { return false }
            return failure.reason == .integerDivisionByZero && failure.origin == 7
        }
        #expect(try plan.run([ones, ones])[0].elements(as: Int64.self)[5] == 4)
    }

    @Test func resultsThatSomebodyHoldsStayAsTheyAre() throws {
        var graph = Graph()
        let x = try input(&graph, 0, [4])
        let y = try graph.apply(.multiply, x, number: 2)
        let execution = try Execution(try Engine(threads: 1).plan(for: PlanRequest(graph: graph, results: [y, x])))
        execution.setInput(0, try Tensor([Float(1), 2, 3, 4], shape: [4]))
        try execution.run()
        let held = execution.result(0)
        execution.setInput(0, try Tensor([Float(5), 6, 7, 8], shape: [4]))
        try execution.run()
        #expect(held.doubles == [2, 4, 6, 8])
        #expect(execution.result(0).doubles == [10, 12, 14, 16])
        #expect(execution.result(1).doubles == [5, 6, 7, 8])
    }

    @Test func memoryIsWhatThePlanSays() throws {
        let engine = Engine(threads: 1)
        let plan = try engine.plan(for: try regression(rows: 3000))
        let before = StoragePool.statistics.liveBytes
        let execution = try Execution(plan)
        let taken = StoragePool.statistics.liveBytes - before
        #expect(taken >= plan.arenaByteCount)
        #expect(taken <= plan.arenaByteCount * 5 / 4 + 4096)
        // The product, its double, and the gradient: no more than two of them at once.
        #expect(plan.arenaByteCount < 3 * 3000 * 3 * 4)
        _ = execution
    }

    @Test func severalThreadsMayRunOnePlan() async throws {
        let engine = Engine(threads: 2)
        var graph = Graph()
        let x = try input(&graph, 0, [64, 64])
        let y = try graph.product(x, x)
        let z = try graph.sum(try graph.apply(.hyperbolicTangent, [y]), [0])
        let plan = try engine.plan(for: PlanRequest(graph: graph, results: [z]))
        let results = try await withThrowingTaskGroup(of: (Int, [Double], [Double]).self) { group in
            for k in 0..<16 {
                let graph = graph
                group.addTask {
                    let values = (0..<4096).map { Float(($0 * (k + 3)) % 101) / 50 - 1 }
                    let tensor = try Tensor(values, shape: [64, 64])
                    var found: [Double] = []
                    for _ in 0..<5 { found = try plan.run([tensor])[0].doubles }
                    return (k, found, try Reference.evaluate(graph, inputs: [tensor], results: [z])[0].doubles)
                }
            }
            var all: [(Int, [Double], [Double])] = []
            for try await result in group { all.append(result) }
            return all
        }
        for (k, found, expected) in results {
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-3 }, "task \(k)")
        }
    }

    @Test func swappedInputsAreSwapped() throws {
        var graph = Graph()
        let a = try input(&graph, 0, [3]), b = try input(&graph, 1, [3])
        let sum = try graph.add(a, b)
        let plan = try Engine(threads: 1).plan(
            for: PlanRequest(graph: graph, results: [a, sum], updates: [.init(node: b, input: 0), .init(node: a, input: 1)]))
        let x = try Tensor([Float(1), 2, 3], shape: [3]), y = try Tensor([Float(4), 5, 6], shape: [3])
        let results = try plan.run([x, y])
        #expect(results[0].doubles == [1, 2, 3])
        #expect(results[1].doubles == [5, 7, 9])
        #expect(x.doubles == [4, 5, 6])
        #expect(y.doubles == [1, 2, 3])
    }
}
