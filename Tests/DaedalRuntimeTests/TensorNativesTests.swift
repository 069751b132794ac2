import DaedalGraph
import DaedalRuntime
import DaedalSyntax
import DaedalTensor
import Testing

/// What tensor natives and operators give, on small cases worked out by hand or known from NumPy.
@Suite struct TensorNativesTests {
    let bench = TensorBench()

    private func tensor(_ value: Value) throws -> Value { try bench.run("tensor", value) }
    private func expect(_ value: Value, _ shape: Shape, _ numbers: [Double]) throws {
        #expect(bench.shape(value) == shape)
        let found = try bench.numbers(value)
        #expect(found.count == numbers.count)
        for (a, b) in zip(found, numbers) { #expect(abs(a - b) <= 1e-5 * max(1, abs(b)) || (a.isNaN && b.isNaN), "\(found) is not \(numbers)") }
    }

    @Test func creation() throws {
        try expect(tensor([[1, 2], [3, 4]]), [2, 2], [1, 2, 3, 4])
        #expect(bench.type(try tensor([1, 2])) == .i64)
        #expect(bench.type(try tensor([1, 2.5])) == .f32)
        #expect(bench.type(try tensor([.bool(true)])) == .bool)
        try expect(bench.run("zeros", 2, 3), [2, 3], [0, 0, 0, 0, 0, 0])
        try expect(bench.run("ones", [2]), [2], [1, 1])
        try expect(bench.run("full", [2], 7), [2], [7, 7])
        try expect(bench.run("eye", 2), [2, 2], [1, 0, 0, 1])
        try expect(bench.run("arange", 3), [3], [0, 1, 2])
        try expect(bench.run("arange", 5, 1, -2), [2], [5, 3])
        try expect(bench.run("arange", 1, 2, 0.25), [4], [1, 1.25, 1.5, 1.75])
        try expect(bench.run("linspace", 0, 1, 5), [5], [0, 0.25, 0.5, 0.75, 1])
        try expect(bench.run("one_hot", [1, 0], 3), [2, 3], [0, 1, 0, 1, 0, 0])
        try expect(tensor([try tensor([1, 2]), try tensor([3.5, 4])]), [2, 2], [1, 2, 3.5, 4])
    }

    @Test func typesMeet() throws {
        let ints = try tensor([1, 2]), floats = try tensor([1.0, 2.0]), bools = try tensor([.bool(true), .bool(false)])
        #expect(bench.type(try bench.binary(.add, ints, 1)) == .i64)
        #expect(bench.type(try bench.binary(.add, ints, 0.5)) == .f32)
        #expect(bench.type(try bench.binary(.divide, ints, ints)) == .f32)
        #expect(bench.type(try bench.binary(.floorDivide, ints, 2)) == .i64)
        #expect(bench.type(try bench.binary(.add, ints, floats)) == .f32)
        #expect(bench.type(try bench.binary(.add, bools, 1)) == .i64)
        #expect(bench.type(try bench.binary(.multiply, bools, floats)) == .f32)
        #expect(bench.type(try bench.binary(.multiply, try bench.run("cast", floats, .object(ElementTypeObject(.f64))), 0.1)) == .f64)
        #expect(bench.type(try bench.run("sum", bools)) == .i64)
        #expect(bench.type(try bench.run("mean", ints)) == .f32)
        #expect(bench.type(try bench.run("exp", ints)) == .f32)
        try expect(bench.binary(.power, floats, 2), [2], [1, 4])
        try expect(bench.binary(.power, 2, floats), [2], [2, 4])
        try expect(bench.binary(.remainder, try tensor([-7, 7]), 3), [2], [2, 1])
        try expect(bench.binary(.floorDivide, try tensor([-7, 7]), 2), [2], [-4, 3])
    }

    @Test func reductions() throws {
        let x = try tensor([[1, 2, 3], [4, 5, 6]])
        try expect(bench.run("sum", x), [], [21])
        try expect(bench.run("sum", x, named: ["axis": 0]), [3], [5, 7, 9])
        try expect(bench.run("sum", x, named: ["axis": -1, "keep": .bool(true)]), [2, 1], [6, 15])
        try expect(bench.run("mean", x, named: ["axis": [0, 1]]), [], [3.5])
        try expect(bench.run("max", x, named: ["axis": 1]), [2], [3, 6])
        try expect(bench.run("min", x), [], [1])
        try expect(bench.run("max", x, 3), [2, 3], [3, 3, 3, 4, 5, 6])
        try expect(bench.run("prod", x, named: ["axis": 0]), [3], [4, 10, 18])
        try expect(bench.run("argmax", x), [], [5])
        try expect(bench.run("argmin", x, named: ["axis": 1, "keep": .bool(true)]), [2, 1], [0, 0])
        try expect(bench.run("any", try tensor([.bool(false), .bool(true)])), [], [1])
        try expect(bench.run("all", try tensor([.bool(false), .bool(true)])), [], [0])
        try expect(bench.run("cumsum", x), [2, 3], [1, 3, 6, 4, 9, 15])
        try expect(bench.run("cumprod", x, 0), [2, 3], [1, 2, 3, 4, 10, 18])
        if case .int(5) = try bench.run("max", 3, 5) {} else { Issue.record("numbers give numbers") }
    }

    @Test func movement() throws {
        let x = try bench.run("arange", 6)
        let m = try bench.run("reshape", x, 2, 3)
        try expect(m, [2, 3], [0, 1, 2, 3, 4, 5])
        try expect(bench.run("reshape", x, 3, -1), [3, 2], [0, 1, 2, 3, 4, 5])
        try expect(bench.run("transpose", m), [3, 2], [0, 3, 1, 4, 2, 5])
        try expect(bench.run("permute", m, 1, 0), [3, 2], [0, 3, 1, 4, 2, 5])
        try expect(bench.run("concat", [m, m], 1), [2, 6], [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5])
        try expect(bench.run("stack", [1, 2, 3.5]), [3], [1, 2, 3.5])
        try expect(bench.run("stack", [x, x], -1), [6, 2], [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5])
        try expect(bench.run("flip", m, 1), [2, 3], [2, 1, 0, 5, 4, 3])
        try expect(bench.run("roll", x, 2), [6], [4, 5, 0, 1, 2, 3])
        try expect(bench.run("tril", bench.run("ones", 2, 3)), [2, 3], [1, 0, 0, 1, 1, 0])
        try expect(bench.run("triu", bench.run("ones", 2, 3), 1), [2, 3], [0, 1, 1, 0, 0, 1])
        try expect(bench.run("diag", [1, 2]), [2, 2], [1, 0, 0, 2])
        try expect(bench.run("diag", m), [2], [0, 4])
        try expect(bench.run("outer", [1, 2], [3, 4]), [2, 2], [3, 4, 6, 8])
        try expect(bench.run("repeat", [1, 2], 2), [4], [1, 1, 2, 2])
        try expect(bench.run("tile", [1, 2], 2), [4], [1, 2, 1, 2])
        try expect(bench.run("pad", [1, 2], 1), [4], [0, 1, 2, 0])
        try expect(bench.run("squeeze", bench.run("ones", 1, 2, 1)), [2], [1, 1])
        try expect(bench.run("expand", [[1], [2]], 2, 2), [2, 2], [1, 1, 2, 2])
        if case .list(let parts) = try bench.run("split", x, 3) {
            try expect(parts.items[1], [2], [2, 3])
        } else {
            Issue.record("split gives a list")
        }
        try expect(bench.run("resize", [[1, 2], [3, 4]], [4, 4]), [4, 4], [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4])
        try expect(bench.run("resize", [0.0, 1.0], [4], .string("bilinear")), [4], [0, 0.25, 0.75, 1])
    }

    @Test func products() throws {
        let a = try bench.run("reshape", bench.run("arange", 6.0), 2, 3), b = try bench.run("reshape", bench.run("arange", 12.0), 3, 4)
        let ab: [Double] = [20, 23, 26, 29, 56, 68, 80, 92]
        try expect(bench.binary(.matrixProduct, a, b), [2, 4], ab)
        try expect(bench.binary(.matrixProduct, a, [1.0, 0, 2]), [2], [4, 13])
        try expect(bench.binary(.matrixProduct, [1.0, 2], a), [3], [6, 9, 12])
        try expect(bench.binary(.matrixProduct, [1.0, 2], [3.0, 4]), [], [11])
        let stack = try bench.run("reshape", bench.run("arange", 12.0), 2, 2, 3)
        #expect(bench.shape(try bench.binary(.matrixProduct, stack, b)) == [2, 2, 4])
        try expect(bench.binary(.matrixProduct, stack, bench.run("transpose", stack)), [2, 2, 2], [5, 14, 14, 50, 149, 212, 212, 302])
        try expect(bench.run("einsum", .string("ij,jk->ik"), a, b), [2, 4], ab)
        try expect(bench.run("einsum", .string("ii"), [[1, 2], [3, 4]]), [], [5])
        try expect(bench.run("einsum", .string("ij->ji"), a), [3, 2], [0, 3, 1, 4, 2, 5])
        try expect(bench.run("einsum", .string("i,j->ij"), [1, 2], [3, 4]), [2, 2], [3, 4, 6, 8])
        try expect(
            bench.run("einsum", .string("bij,bjk->bik"), stack, bench.run("transpose", stack)), [2, 2, 2], [5, 14, 14, 50, 149, 212, 212, 302])
        #expect(throws: RuntimeFailure.self) { try bench.binary(.matrixProduct, a, a) }
    }

    @Test func places() throws {
        let x = try tensor([[1, 2], [3, 4], [5, 6]])
        try expect(bench.run("gather", x, [2, 0]), [2, 2], [5, 6, 1, 2])
        try expect(bench.run("pick", x, [1, 0, 1]), [3], [2, 3, 6])
        try expect(bench.run("scatter", x, [0], 9), [3, 2], [9, 9, 3, 4, 5, 6])
        try expect(
            bench.run("scatter", x, [0, 0], [[1, 1], [2, 2]], named: ["how": .string("add")]), [3, 2], [4, 5, 3, 4, 5, 6])
        try expect(bench.run("put", x, [7, 8], named: ["at": 1]), [3, 2], [1, 2, 7, 8, 5, 6])
        try expect(bench.run("take", x, named: ["at": 1, "size": 2]), [2, 2], [3, 4, 5, 6])
        try expect(bench.run("take", x, named: ["at": try tensor(2), "size": 1]), [1, 2], [5, 6])
        try expect(bench.run("segment_sum", x, [0, 0, 2], 3), [3, 2], [4, 6, 0, 0, 5, 6])
        try expect(bench.run("segment_mean", x, [0, 0, 2], 3), [3, 2], [2, 3, 0, 0, 5, 6])
        try expect(bench.run("segment_max", x, [0, 0, 2], 3), [3, 2], [3, 4, 0, 0, 5, 6])
        try expect(bench.run("segment_softmax", [0.0, 0, 5], [0, 0, 1], 3), [3], [0.5, 0.5, 1])
        try expect(bench.run("argsort", [3, 1, 2], named: ["descending": .bool(true)]), [3], [0, 2, 1])
        try expect(bench.run("sort", tensor([[3, 1, 2], [0, 5, 4]])), [2, 3], [1, 2, 3, 0, 4, 5])
        if case .record(let pair) = try bench.run("_top_k", [3, 1, 2], 2) {
            try expect(pair.fields[0], [2], [3, 2])
            try expect(pair.fields[1], [2], [0, 2])
        }
        #expect(throws: RuntimeFailure.self) { try bench.numbers(bench.run("gather", x, [3])) }
        #expect(throws: RuntimeFailure.self) { try bench.numbers(bench.run("pick", x, [0, 2, 0])) }
    }

    @Test func windows() throws {
        let x = try bench.run("reshape", bench.run("arange", 16.0), 1, 1, 4, 4)
        try expect(bench.run("max_pool", x, 2), [1, 1, 2, 2], [5, 7, 13, 15])
        try expect(bench.run("avg_pool", x, 2), [1, 1, 2, 2], [2.5, 4.5, 10.5, 12.5])
        let w = try bench.run("ones", 1, 1, 3, 3)
        try expect(bench.run("conv", x, w), [1, 1, 2, 2], [45, 54, 81, 90])
        #expect(bench.shape(try bench.run("conv", x, w, named: ["padding": .string("same")])) == [1, 1, 4, 4])
        #expect(bench.shape(try bench.run("conv", x, w, named: ["padding": .string("same"), "stride": 2])) == [1, 1, 2, 2])
        try expect(
            bench.run("conv_transpose", bench.run("reshape", [1.0, 2], 1, 1, 2), bench.run("reshape", [1.0, 1], 1, 1, 2), named: ["stride": 2]),
            [1, 1, 4],
            [1, 1, 2, 2])
    }

    @Test func indexing() throws {
        let x = try bench.run("reshape", bench.run("arange", 6), 2, 3)
        guard case .tensor(let tensor) = x else { return }
        func at(_ items: Index...) throws -> Value { try TensorOperators.subscripted(tensor, items, in: bench.context, at: .none) }
        func range(_ start: Int?, _ end: Int?, _ step: Int = 1) -> Index { .value(.range(RangeObject(start: start, end: end, step: step))) }
        for _ in 0..<2 {
            // Pending first, evaluated the second time: both ways agree.
            try expect(at(.value(1)), [3], [3, 4, 5])
            try expect(at(.value(-1), .value(0)), [], [3])
            try expect(at(range(nil, nil), .value(1)), [2], [1, 4])
            try expect(at(.rest, .value(2)), [2], [2, 5])
            try expect(at(range(nil, nil), .newAxis), [2, 1, 3], [0, 1, 2, 3, 4, 5])
            try expect(at(.rest, .newAxis), [2, 3, 1], [0, 1, 2, 3, 4, 5])
            try expect(at(.value(0), range(1, nil)), [2], [1, 2])
            try expect(at(range(0, 1), range(0, nil, 2)), [1, 2], [0, 2])
            try expect(at(.value(1), range(nil, nil, -1)), [3], [5, 4, 3])
            try expect(at(range(0, 100)), [2, 3], [0, 1, 2, 3, 4, 5])
            try expect(at(.value([1, -2])), [2, 3], [3, 4, 5, 0, 1, 2])
            try expect(at(range(nil, nil), .value([2, 0])), [2, 2], [2, 0, 5, 3])
            try expect(at(.value([0, 1]), .value([2, 0])), [2], [2, 3])
            try expect(at(.value(.tensor(TensorObject(try Tensor([true, false], shape: [2]))))), [1, 3], [0, 1, 2])
            _ = try bench.numbers(x)
        }
        #expect(throws: RuntimeFailure.self) { try at(.value(2)) }
        #expect(throws: RuntimeFailure.self) { try at(.value(0), .value(0), .value(0)) }
    }

    @Test func assignment() throws {
        guard case .tensor(var t) = try bench.run("zeros", 2, 3) else { return }
        let before = t
        try TensorOperators.assign(5, to: &t, [.value(1), .value(-1)], in: bench.context, at: .none)
        try expect(.tensor(t), [2, 3], [0, 0, 0, 0, 0, 5])
        try expect(.tensor(before), [2, 3], [0, 0, 0, 0, 0, 0])
        try TensorOperators.assign(7, to: &t, [.value(0), .value(0)], in: bench.context, at: .none)
        try TensorOperators.assign([1, 2], to: &t, [.rest, .value(1)], in: bench.context, at: .none)
        try expect(.tensor(t), [2, 3], [7, 1, 0, 0, 2, 5])
        try TensorOperators.assign(9, to: &t, [.value(.tensor(TensorObject(try Tensor([true, false], shape: [2]))))], in: bench.context, at: .none)
        try expect(.tensor(t), [2, 3], [9, 9, 9, 0, 2, 5])
    }

    @Test func broadcastingRefusal() throws {
        let column = try bench.run("ones", 3, 1), row = try bench.run("ones", 3), wide = try bench.run("ones", 2, 3)
        #expect(bench.shape(try bench.binary(.add, wide, row)) == [2, 3])
        do {
            _ = try bench.binary(.subtract, column, row)
            Issue.record("refused")
        } catch {
            #expect(error.diagnostic.code == "E201")
            #expect(!error.diagnostic.fixes.isEmpty)
        }
    }

    @Test func text() throws {
        #expect(TensorPrinter.text(of: try Tensor([1.0, 2.5, -3.25] as [Float], shape: [3])) == "[1.0, 2.5, -3.25]")
        #expect(TensorPrinter.text(of: try Tensor([1, 20, 3, 4] as [Int64], shape: [2, 2])) == "[[ 1, 20],\n [ 3,  4]]")
        #expect(TensorPrinter.text(of: try Tensor(scalar: Float(0.1))) == "0.1")
        #expect(TensorPrinter.text(of: try Tensor([1e-6, 1] as [Float], shape: [2])) == "[1.0000e-06, 1.0000e+00]")
        let long = TensorPrinter.text(of: try Tensor((0..<2000).map { Int64($0) }, shape: [2000]))
        #expect(long == "[0, 1, 2, ..., 1997, 1998, 1999]")
        #expect(TensorPrinter.text(of: try Tensor([Float](), shape: [0])) == "[]")
    }
}
