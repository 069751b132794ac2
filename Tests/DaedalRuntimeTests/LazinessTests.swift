import DaedalGraph
import DaedalRuntime
import DaedalSyntax
import DaedalTensor
import Testing

/// When pending tensors are evaluated, and what never changes afterwards.
@Suite struct LazinessTests {
    let bench = TensorBench()

    /// Something that plans read and that changes afterwards.
    final class Cell: TraceInput {
        var currentTensor: Tensor
        var signature: Signature { Signature(type: currentTensor.type, shape: currentTensor.shape) }
        init(_ tensor: Tensor) { currentTensor = tensor }
    }

    @Test func nothingIsEvaluatedBeforeALook() throws {
        guard case .tensor(let x) = try bench.run("ones", 3), case .tensor(let y) = try bench.run("exp", .tensor(x)) else { return }
        #expect(x.value == nil && y.value == nil)
        _ = try bench.force(y)
        #expect(x.value != nil && y.value != nil, "a look evaluates all that is pending")
        #expect(bench.trace.graph.count == 0, "the trace starts afresh")
    }

    @Test func garbageIsNotEvaluated() throws {
        guard case .tensor(let kept) = try bench.run("ones", 3) else { return }
        weak var lost: TensorObject?
        do {
            guard case .tensor(let other) = try bench.run("exp", .tensor(kept)) else { return }
            lost = other
        }
        _ = try bench.force(kept)
        #expect(lost == nil)
    }

    @Test func manyNodesAreEvaluatedOnTheWay() throws {
        var x = try bench.run("zeros", 2)
        for _ in 0..<1000 { x = try bench.binary(.add, x, 1) }
        #expect(bench.trace.graph.count < 300)
        #expect(try bench.numbers(x) == [1000, 1000])
    }

    @Test func valuesKeepWhatTheyReadBeforeAChange() throws {
        let cell = Cell(try Tensor([1, 2] as [Float], shape: [2]))
        let read = Value.tensor(TensorObject(trace: bench.trace, node: bench.trace.input(cell)))
        let y = try bench.binary(.multiply, read, 10)
        try bench.context.flush(bench.trace, beforeChanging: [cell])
        cell.currentTensor = try Tensor([5, 5] as [Float], shape: [2])
        #expect(try bench.numbers(y) == [10, 20])
    }

    @Test func aTensorInsideABlockHasNoContents() throws {
        try bench.context.withTrace(.block) { (_) throws(RuntimeFailure) in
            guard case .tensor(let x) = try bench.run("ones", 3) else { return }
            do throws(RuntimeFailure) {
                _ = try bench.force(x)
                Issue.record("refused")
            } catch {
                #expect(error.diagnostic.code == "E501")
                #expect(error.diagnostic.notes.contains { $0.contains("where") && $0.contains("scan") && $0.contains("take") })
            }
        }
    }

    @Test func aFailureLeavesTheOtherValues() throws {
        let x = try bench.run("arange", 3), good = try bench.binary(.add, x, 1), bad = try bench.run("gather", x, [7], at: 5)
        do {
            _ = try bench.numbers(bad)
            Issue.record("fails")
        } catch let failure as RuntimeFailure { #expect(failure.diagnostic.code == "E503") }
        #expect(try bench.numbers(good) == [1, 2, 3])
        #expect(throws: RuntimeFailure.self) { try bench.numbers(bad) }
    }

    @Test func survivorsOfABlock() throws {
        var kept: Value = .none
        try bench.context.withTrace(.block) { (trace) throws(RuntimeFailure) in
            kept = try bench.run("ones", 2)
            _ = try bench.run("exp", kept)
            #expect(trace.survivors().count == 1)
        }
        #expect(bench.shape(kept) == [2])
    }

    @Test func numbersThatChangeKeepThePlan() throws {
        func structure(_ number: Double) throws -> UInt64 {
            _ = try bench.context.flushEager()
            let y = try bench.binary(.multiply, bench.run("ones", 2), .float(number))
            defer { withExtendedLifetime(y) {} }
            return bench.trace.graph.structuralHash
        }
        #expect(try structure(0.123) == structure(0.456))
    }

    @Test func randomDrawsRepeatWithTheSeed() throws {
        func draws(_ seed: UInt64) throws -> [Double] {
            let bench = TensorBench(seed: seed)
            let first = try bench.numbers(bench.run("normal", 4, at: 3)), second = try bench.numbers(bench.run("normal", 4, at: 3))
            #expect(first != second)
            return first + second
        }
        #expect(try draws(1) == draws(1))
        #expect(try draws(1) != draws(2))
        let bench = TensorBench()
        let before = try bench.numbers(bench.run("uniform", 4, at: 3))
        _ = try bench.run("seed", 5)
        let once = try bench.numbers(bench.run("uniform", 4, at: 3))
        _ = try bench.run("seed", 5)
        #expect(try bench.numbers(bench.run("uniform", 4, at: 3)) == once)
        #expect(before != once)
    }

    @Test func randomFunctions() throws {
        if case .float = try bench.run("normal") {} else { Issue.record("one number without arguments") }
        if case .function = try bench.run("normal", named: ["std": 0.02]) {} else { Issue.record("a function of a shape with options only") }
        let values = try bench.numbers(bench.run("integers", 1000, -2, 3))
        #expect(values.min() == -2 && values.max() == 2)
        #expect(try bench.numbers(bench.run("permutation", 50)).sorted() == (0..<50).map { Double($0) })
        let classes = try bench.numbers(bench.run("categorical", bench.run("expand", [0.0, 20, 0], 100, 3)))
        #expect(classes.allSatisfy { $0 == 1 })
        let coins = try bench.numbers(bench.run("bernoulli", 1000, 0.25))
        #expect(abs(coins.reduce(0, +) - 250) < 60)
        let spread = try bench.numbers(bench.run("uniform", 1000, named: ["low": 2, "high": 3]))
        #expect((spread.min() ?? 0) >= 2 && (spread.max() ?? 9) < 3)
    }
}
