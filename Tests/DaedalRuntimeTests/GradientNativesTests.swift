import DaedalGraph
import DaedalRuntime
import DaedalSyntax
import DaedalTensor
import Testing

/// `grad`, `scan` and what is built on them.
@Suite struct GradientNativesTests {
    let bench = TensorBench()

    private func grad(_ f: Value, _ arguments: Value..., named: KeyValuePairs<String, Value> = [:]) throws(RuntimeFailure) -> Value {
        try bench.call(try bench.run("grad", f), Arguments(arguments), at: .none)
    }

    private func close(_ a: [Double], _ b: [Double], _ tolerance: Double = 1e-4) {
        #expect(a.count == b.count)
        for (x, y) in zip(a, b) { #expect(abs(x - y) <= tolerance * max(1, abs(y)), "\(a) is not \(b)") }
    }

    @Test func ofANumber() throws {
        let cube = bench.function(1) { (a) throws(RuntimeFailure) in try bench.binary(.power, a[0], 3) }
        if case .float(let slope) = try grad(cube, 2) { #expect(slope == 12) } else { Issue.record("a number gives a number") }
        let second = try bench.run("grad", bench.run("grad", cube))
        close(try bench.numbers(bench.call(second, Arguments([2.0]), at: .none)), [12])
        let third = try bench.run("grad", second)
        close(try bench.numbers(bench.call(third, Arguments([2.0]), at: .none)), [6])
    }

    @Test func insideAnotherGradient() throws {
        // d/dx (d/dy x y² at y = 3) = 6
        let f = bench.function(1) { (a) throws(RuntimeFailure) in
            let inner = bench.function(1) { (b) throws(RuntimeFailure) in try bench.binary(.multiply, a[0], bench.binary(.power, b[0], 2)) }
            return try grad(inner, 3.0)
        }
        close(try bench.numbers(grad(f, 2.0)), [6])
    }

    @Test func againstFiniteDifferences() throws {
        let w = try bench.run("cast", bench.run("normal", 3, 4, at: 1), .object(ElementTypeObject(.f64)))
        let x = try bench.run("cast", bench.run("normal", 5, 3, at: 2), .object(ElementTypeObject(.f64)))
        let f = bench.function(1) { (a) throws(RuntimeFailure) in
            let y = try bench.run("tanh", bench.binary(.matrixProduct, x, a[0]))
            return try bench.run("mean", bench.binary(.multiply, bench.run("exp", y), y))
        }
        let slope = try bench.numbers(grad(f, w)), at = try bench.numbers(w)
        for index in [0, 5, 11] {
            func value(_ step: Double) throws -> Double {
                var moved = at
                moved[index] += step
                let tensor = TensorObject(try Tensor(moved, shape: [3, 4]))
                return try bench.numbers(bench.call(f, Arguments([.tensor(tensor)]), at: .none))[0]
            }
            close([slope[index]], [(try value(1e-5) - value(-1e-5)) / 2e-5])
        }
    }

    @Test func ofRecordsListsAndSeveralArguments() throws {
        let f = bench.function(2) { (a) throws(RuntimeFailure) in
            guard case .record(let record) = a[0] else { return .none }
            return try bench.run("sum", bench.binary(.multiply, bench.binary(.multiply, record.fields[0], record.fields[1]), a[1]))
        }
        let point = Value.record(RecordObject(names: ["x", "k"], fields: [try bench.run("tensor", [1.0, 2]), 3.0]))
        guard case .record(let slope) = try grad(f, point, 2.0) else { return }
        #expect(slope.names == ["x", "k"])
        close(try bench.numbers(slope.fields[0]), [6, 6])
        if case .float(let k) = slope.fields[1] { #expect(k == 6) } else { Issue.record("a number") }
        let both = try bench.run("value_and_grad", f, named: ["of": [0, 1]])
        guard case .record(let pair) = try bench.call(both, Arguments([point, 2.0]), at: .none), case .record(let gradients) = pair.fields[1] else {
            return
        }
        close(try bench.numbers(pair.fields[0]), [18])
        close(try bench.numbers(gradients.fields[1]), [9])
    }

    @Test func valuesFromOutsideAreConstants() throws {
        let x = try bench.run("tensor", [1.0, 2])
        let f = bench.function(1) { (a) throws(RuntimeFailure) in try bench.run("sum", bench.binary(.multiply, a[0], x)) }
        close(try bench.numbers(grad(f, x)), [1, 2])
        let cut = bench.function(1) { (a) throws(RuntimeFailure) in try bench.run("sum", bench.binary(.multiply, a[0], bench.run("constant", a[0]))) }
        close(try bench.numbers(grad(cut, x)), [1, 2])
    }

    @Test func throughALookOutsideBlocks() throws {
        let f = bench.function(1) { (a) throws(RuntimeFailure) in
            let y = try bench.binary(.multiply, a[0], a[0])
            let isLarge = try bench.numbers(y)[0] > 1
            return try bench.binary(.multiply, y, isLarge ? 10 : 1)
        }
        close(try bench.numbers(grad(f, 3.0)), [60])
        close(try bench.numbers(grad(f, 0.5)), [1])
    }

    @Test func scans() throws {
        let step = bench.function(2) { (a) throws(RuntimeFailure) in
            let next = try bench.binary(.add, a[0], a[1])
            return .record(RecordObject(names: nil, fields: [next, try bench.binary(.multiply, next, 2)]))
        }
        guard case .record(let result) = try bench.run("scan", step, 0, [1, 2, 3]) else { return }
        close(try bench.numbers(result.fields[0]), [6])
        close(try bench.numbers(result.fields[1]), [2, 6, 12])
        // A state that starts as a number grows to the shape that the step gives it.
        guard case .record(let wide) = try bench.run("scan", step, 0, bench.run("tensor", [[1.0, 2], [3, 4]])) else { return }
        close(try bench.numbers(wide.fields[0]), [4, 6])
    }

    @Test func scanOfARecordWithOuterTensorsAndItsGradient() throws {
        let xs = try bench.run("tensor", [0.5, -1.0, 2.0])
        let f = bench.function(1) { (a) throws(RuntimeFailure) in
            let step = bench.function(2) { (b) throws(RuntimeFailure) in
                guard case .record(let state) = b[0] else { return .none }
                let h = try bench.run("tanh", bench.binary(.add, bench.binary(.multiply, state.fields[0], a[0]), b[1]))
                let next = Value.record(RecordObject(names: ["h", "n"], fields: [h, try bench.binary(.add, state.fields[1], 1)]))
                return .record(RecordObject(names: nil, fields: [next, .none]))
            }
            let start = Value.record(RecordObject(names: ["h", "n"], fields: [0.25, 0]))
            guard case .record(let result) = try bench.run("scan", step, start, xs), case .record(let final) = result.fields[0] else { return .none }
            #expect(bench.type(final.fields[1]) == .i64)
            return final.fields[0]
        }
        func value(_ w: Double) -> Double {
            func tanh(_ x: Double) -> Double { 1 - 2 / (1 + exp(2 * x)) }
            func exp(_ x: Double) -> Double { (1...60).reversed().reduce(1.0) { 1 + $0 * x / Double($1) } }
            return [0.5, -1.0, 2.0].reduce(0.25) { tanh($0 * w + $1) }
        }
        close(try bench.numbers(bench.call(f, Arguments([0.7]), at: .none)), [value(0.7)])
        close(try bench.numbers(grad(f, 0.7)), [(value(0.7 + 1e-5) - value(0.7 - 1e-5)) / 2e-5])
    }

    @Test func drawsInALoopDiffer() throws {
        let step = bench.function(2) { (a) throws(RuntimeFailure) in
            .record(RecordObject(names: nil, fields: [a[0], try bench.run("uniform", [2], at: 9)]))
        }
        guard case .record(let result) = try bench.run("scan", step, 0, [1, 2, 3]) else { return }
        #expect(Set(try bench.numbers(result.fields[1])).count == 6)
    }

    @Test func eachAndMatricesOfDerivatives() throws {
        let square = bench.function(1) { (a) throws(RuntimeFailure) in try bench.binary(.multiply, a[0], a[0]) }
        let total = bench.function(1) { (a) throws(RuntimeFailure) in try bench.run("sum", bench.binary(.power, a[0], 3)) }
        let mapped = try bench.run("each", total)
        close(try bench.numbers(bench.call(mapped, Arguments([[[1.0, 2], [3, 0]]]), at: .none)), [9, 27])
        let jacobian = try bench.call(try bench.run("jacobian", square), Arguments([[1.0, 2, 3]]), at: .none)
        #expect(bench.shape(jacobian) == [3, 3])
        close(try bench.numbers(jacobian), [2, 0, 0, 0, 4, 0, 0, 0, 6])
        let hessian = try bench.call(try bench.run("hessian", total), Arguments([[1.0, 2]]), at: .none)
        #expect(bench.shape(hessian) == [2, 2])
        close(try bench.numbers(hessian), [6, 0, 0, 12])
        // Gradients of each example: `each` of `grad`.
        let slopes = try bench.call(try bench.run("each", bench.run("grad", total)), Arguments([[[1.0, 2], [3, 0]]]), at: .none)
        close(try bench.numbers(slopes), [3, 12, 27, 0])
    }

    @Test func symbolicShapes() throws {
        let bench = TensorBench(checking: true)
        let batch = Size.symbol("batch")
        let x = Value.tensor(TensorObject(trace: bench.trace, node: bench.trace.input(Signature(type: .f32, shape: [batch, 1, 28, 28]))))
        let w = Value.tensor(TensorObject(trace: bench.trace, node: bench.trace.input(Signature(type: .f32, shape: [16, 1, 3, 3]))))
        let y = try bench.run("max_pool", bench.run("conv", x, w), 2)
        #expect(bench.shape(y) == [batch, 16, 13, 13])
        let flat = try bench.run("reshape", y, .size(batch), -1)
        #expect(bench.shape(flat) == [batch, 2704])
        let v = try bench.run("zeros", 2704, 10)
        #expect(bench.shape(try bench.binary(.matrixProduct, flat, v)) == [batch, 10])
        #expect(throws: RuntimeFailure.self) { try bench.binary(.matrixProduct, flat, bench.run("zeros", 2700, 10)) }
        if case .unknown(.tensor) = try bench.run("exp", .unknown(.tensor)) {} else { Issue.record("unknown tensors propagate") }
    }
}
