import DaedalGraph
import DaedalTensor
import Testing

/// What shape rules refuse, in whose words, and what they leave open.
@Suite struct ShapeRuleTests {
    private func failure(
        _ primitive: Primitive, _ shapes: [Shape], _ attributes: Attributes = .none, type: ElementType = .f32, target: Shape? = nil
    ) -> String? {
        do throws(ShapeFailure) {
            let operands = shapes.map { Signature(type: type, shape: $0) }
            _ = try ShapeRules.signature(of: primitive, operands, attributes, target: target.map { Signature(type: type, shape: $0) })
            return nil
        } catch { return error.message }
    }

    private let plain = Attributes.product(transposesLeft: false, transposesRight: false)

    @Test func productsSayColumnsAndRows() {
        #expect(
            failure(.matrixProduct, [[64, 400], [256, 120]], plain)
                == "shapes do not fit: `@` meets 400 columns on the left and 256 rows on the right")
        let batch = Size.symbol("batch")
        #expect(failure(.matrixProduct, [[batch, 400], [256, 120]], plain) != nil)
        #expect(failure(.matrixProduct, [[4, batch], [256, 120]], plain) == nil)
        #expect(failure(.matrixProduct, [[2, 3, 4], [3, 4, 5]], plain)?.contains("stacks") == true)
    }

    @Test func reshapeComparesSymbolically() {
        let batch = Size.symbol("batch")
        #expect(failure(.reshape, [[batch, 12]], target: [batch, 3, 4]) == nil)
        #expect(
            failure(.reshape, [[batch, 12]], target: [batch, 3, 5])
                == "cannot reshape [batch, 12] to [batch, 3, 5]: 12 elements for each batch do not fit 15")
        #expect(failure(.reshape, [[12]], target: [5]) == "cannot reshape [12] to [5]: 12 elements do not fit 5")
        #expect(failure(.reshape, [[batch, 12]], target: [60]) == nil)
        #expect(failure(.reshape, [[batch, 2, 6]], target: [batch * 12]) == nil)
        #expect(failure(.reshape, [[batch, 0]], target: [batch, 0, 3]) == nil)
    }

    @Test func windowsKeepTheirFormulaOverSymbols() throws {
        let h = Size.symbol("h")
        let window = Window(kernel: [3, 3], stride: [2, 1], paddingLow: [1, 0], paddingHigh: [1, 0], dilation: [1, 2])
        let operands = [Signature(type: .f32, shape: [2, 3, h, h]), Signature(type: .f32, shape: [8, 3, 3, 3])]
        let result = try ShapeRules.signature(of: .convolution, operands, .window(window), target: nil)
        for size in [5, 6, 9] {
            #expect(result.shape[2].evaluated(with: [h: size]) == (size + 2 - 3) / 2 + 1)
            #expect(result.shape[3].evaluated(with: [h: size]) == size - 4)
        }
        #expect(failure(.convolution, [[2, 3, 2, 4], [8, 3, 3, 3]], .window(window))?.contains("kernel") == true)
        #expect(
            failure(.convolution, [[2, 4, 9, 9], [8, 3, 3, 3]], .window(window)) == "shapes do not fit: `conv` meets 4 channels and a weight for 3")
        var huge = window
        huge.dilation = [Size.maximum, Size.maximum]
        huge.paddingLow = [Size.maximum, Size.maximum]
        #expect(failure(.convolution, [[2, 3, 9, 9], [8, 3, 3, 3]], .window(huge)) != nil)
        huge.stride = [0, 1]
        #expect(failure(.convolution, [[2, 3, 9, 9], [8, 3, 3, 3]], .window(huge)) != nil)
    }

    @Test func whatNoMemoryHoldsIsRefused() {
        let big = Size(Size.maximum)
        #expect(failure(.input, [], .input(0), target: [big, big, big]) != nil)
        #expect(failure(.expand, [[1, 1]], target: [big, big])?.contains("too many") == true)
        #expect(failure(.concatenate, [[big], [big]], .axis(0)) != nil)
        #expect(failure(.pad, [[big]], .padding(low: [big], high: [big], value: 0)) != nil)
        #expect(failure(.matrixProduct, [[big, 1], [1, big]], plain) != nil)
    }

    @Test func malformedUsesAreFailures() {
        #expect(failure(.sum, [[2, 3]], .axes([2])) != nil)
        #expect(failure(.sum, [[2, 3]], .axes([1, 1])) != nil)
        #expect(failure(.sum, [[2, 3]], .axes([-1])) != nil)
        #expect(failure(.sum, [[2]], .none) != nil)
        #expect(failure(.maximumOf, [[2, 0]], .axes([1])) != nil)
        #expect(failure(.permute, [[2, 3]], .permutation([0, 0])) != nil)
        #expect(failure(.permute, [[2, 3]], .permutation([0])) != nil)
        #expect(failure(.reverse, [[]], .axes([0])) != nil)
        #expect(failure(.add, [[2], [3]]) == "shapes do not fit: `+` meets [2] and [3]")
        #expect(failure(.add, [[2]]) != nil)
        #expect(failure(.concatenate, [], .axis(0)) != nil)
        #expect(failure(.concatenate, [[2, 3], [2]], .axis(0)) != nil)
        #expect(failure(.concatenate, [[2, 3], [4, 5]], .axis(0)) != nil)
        #expect(failure(.not, [[2]]) != nil)
        #expect(failure(.and, [[2], [2]]) != nil)
        #expect(failure(.matrixProduct, [[2], [2]], plain) != nil)
        #expect(failure(.cumulativeSum, [[2]], .axis(1)) != nil)
        #expect(failure(.gather, [[2], [2]], .axis(0)) != nil)
        #expect(failure(.constant, []) != nil)
        #expect(failure(.windowMaximum, [[2]]) != nil)
        #expect(failure(.part, [[2]], .part(0)) != nil)
        #expect(failure(.scan, [[2]]) != nil)
    }

    @Test func slicesStayInside() {
        let n = Size.symbol("n")
        #expect(failure(.slice, [[5]], .slice(starts: [2], steps: [2]), target: [2]) == nil)
        #expect(failure(.slice, [[5]], .slice(starts: [2], steps: [2]), target: [3]) != nil)
        #expect(failure(.slice, [[n]], .slice(starts: [1], steps: [1]), target: [n - 1]) == nil)
        #expect(failure(.slice, [[n]], .slice(starts: [1], steps: [1]), target: [n]) != nil)
        #expect(failure(.slice, [[5]], .slice(starts: [0], steps: [0]), target: [1]) != nil)
    }

    @Test func gradientsRunOverSymbols() throws {
        var graph = Graph()
        let batch = Size.symbol("batch"), h = Size.symbol("h")
        let x = try graph.apply(.input, [], .input(0), target: Signature(type: .f32, shape: [batch, 3, h, h]))
        let w = try graph.apply(.input, [], .input(1), target: Signature(type: .f32, shape: [8, 3, 3, 3]))
        let window = Window(kernel: [3, 3], stride: [1, 1], paddingLow: [0, 0], paddingHigh: [0, 0], dilation: [1, 1])
        let y = try graph.apply(.maximum, try graph.apply(.convolution, [x, w], .window(window)), number: 0)
        let loss = try graph.sum(y, [0, 1, 2, 3])
        let gradients = try Gradient.append(to: &graph, of: loss, respectTo: [x, w])
        #expect(gradients.map { $0.map { graph[$0].shape } } == [graph[x].shape, graph[w].shape])
        try GraphVerifier.verify(graph)
    }
}

/// How shapes and types meet.
@Suite struct BroadcastingTests {
    private func result(_ a: Shape, _ b: Shape) -> Shape? { try? Broadcasting.result(of: a, b) }

    @Test func alignsTrailingAxes() {
        #expect(result([2, 3], [3]) == [2, 3])
        #expect(result([3], [2, 3]) == [2, 3])
        #expect(result([2, 1], [1, 3]) == [2, 3])
        #expect(result([], [1, 3]) == [1, 3])
        #expect(result([2, 3], [2]) == nil)
        #expect(result([0], [1]) == [0])
    }

    @Test func refusesToStretchWhileAnotherGainsAxes() {
        let n = Size.symbol("n")
        #expect(result([n, 1], [n]) == nil)
        #expect(result([5], [4, 1]) == nil)
        #expect(result([1], [4, 5]) == [4, 5])
        do throws(ShapeFailure) { _ = try Broadcasting.result(of: [n, 1], [n]) } catch {
            #expect(error.hint?.contains("t[.., new] * f[new]") == true && error.hint?.contains("t[.., 0] - f") == true)
            #expect(error.message.contains("[n, 1]") && error.message.contains("[n, n]"))
        }
    }

    @Test func unknownSizesAreAccepted() {
        let n = Size.symbol("n"), m = Size.symbol("m")
        #expect(result([n, 3], [m, 3]) == [n, 3])
        #expect(result([n], [7]) == [7])
        #expect(result([n], [n + 1]) == nil)
    }

    @Test func typesMeet() {
        #expect(ElementType.meeting(.i64, .f32) == .f32 && ElementType.meeting(.bool, .i32) == .i32)
        #expect(ElementType.f32.meeting(.integer) == .f32 && ElementType.i64.meeting(.float) == .f32 && ElementType.f64.meeting(.float) == .f64)
        #expect(ElementType.i32.meeting(.integer) == .i32 && ElementType.bool.meeting(.integer) == .i64 && ElementType.bool.meeting(.bool) == .bool)
    }

    @Test func broadcastAddsNodesOnlyWhereNeeded() throws {
        var graph = Graph()
        let x = try graph.apply(.input, [], .input(0), target: Signature(type: .f32, shape: [3]))
        #expect(try graph.broadcast(x, to: [3]) == x)
        let wide = try graph.broadcast(x, to: [2, 3])
        #expect(graph[wide].shape == [2, 3] && graph.count == 3)
        #expect(throws: ShapeFailure.self) { try graph.broadcast(x, to: [4]) }
        #expect(throws: ShapeFailure.self) { try graph.broadcast(x, to: []) }
    }
}
