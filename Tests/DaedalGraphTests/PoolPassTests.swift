import DaedalGraph
import DaedalTensor
import Testing

/// Rectifiers and sums move from the planes to the windows whose slopes are scattered, where that keeps every value.
@Suite struct PoolPassTests {
    /// The slopes of a pooled rectifier and their sums over some axes, before the passes and after.
    private struct Pooled {
        var before: [Tensor], after: [Tensor]
        /// The operations that are left.
        var graph: Graph

        init(
            _ shape: [Int], kernel: Int, stride: Int, padding: Int, axes: [Int] = [0, 2, 3], isReadElsewhere: Bool = false, isRectified: Bool = true
        ) throws {
            var old = Graph()
            let target = Signature(type: .f32, shape: Shape(shape))
            let window = Attributes.window(
                Window(
                    kernel: [kernel, kernel], stride: [stride, stride], paddingLow: [padding, padding], paddingHigh: [padding, padding],
                    dilation: [1, 1]))
            let z = try old.apply(.input, [], .input(0), target: target)
            let zero = try old.broadcast(try old.literal(0.0, .f32), to: Shape(shape))
            let isNegative = try old.apply(.lessEqual, [z, zero])
            let y = isRectified ? try old.apply(.select, [isNegative, zero, z]) : z
            let maxima = try old.apply(.windowMaximum, [y], window)
            let slopes = try old.apply(.input, [], .input(1), target: old.signature(of: maxima))
            let scattered = try old.apply(.windowMaximumScatter, [y, slopes], window)
            let gradient = isRectified ? try old.apply(.select, [isNegative, zero, scattered]) : scattered
            let results = [maxima, gradient, try old.sum(gradient, axes)] + (isReadElsewhere ? [scattered] : [])
            // Ties, zeros, negative numbers, whole windows of them, and a NaN.
            let count = shape.reduce(1, *), windows = old[maxima].shape.elementCount ?? 0
            var values = (0..<count).map { (index: Int) -> Float in max(-2, Float(index * 37 % 11 - 6) / 2) }
            values[3] = .nan
            let weights = (0..<windows).map { (index: Int) -> Float in Float(index * 29 % 17 - 8) / 4 }
            let inputs = [try Tensor(values, shape: Shape(shape)), try Tensor(weights, shape: old[maxima].shape)]
            before = try Reference.evaluate(old, inputs: inputs, results: results)
            let (new, map) = try Passes.optimise(old, results: results, verifying: true)
            after = try Reference.evaluate(new, inputs: inputs, results: results.compactMap { map[Int($0.index)] })
            graph = new
        }

        /// The sizes of what an operation reads last.
        func operands(_ primitive: Primitive) -> [[Int]] {
            graph.ids.filter { graph[$0].primitive == primitive }.map { id in graph[Array(graph.operands(of: id)).last ?? id].shape.counts }
        }

        func expectSameValues(_ note: String) {
            for (old, new) in zip(before, after) {
                #expect(old.shape == new.shape)
                // Numbers of few digits: their sums are exact in any order.
                let isSame = zip(old.doubles, new.doubles).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
                #expect(isSame, "\(note): \(old.doubles) became \(new.doubles)")
            }
        }
    }

    @Test func windowsSideBySide() throws {
        let pooled = try Pooled([2, 3, 6, 6], kernel: 2, stride: 2, padding: 0)
        pooled.expectSameValues("2 × 2")
        #expect(pooled.operands(.select) == [[2, 3, 3, 3]])
        #expect(pooled.operands(.sum) == [[2, 3, 3, 3]])
    }

    @Test func windowsThatOverlap() throws {
        let pooled = try Pooled([2, 2, 7, 7], kernel: 3, stride: 2, padding: 0)
        pooled.expectSameValues("3 × 3, stride 2")
        #expect(pooled.operands(.select) == [[2, 2, 3, 3]])
    }

    /// A window of padding has no maximum: what it would scatter is not in the sum. (Behind a rectifier it counts as one that is not above 0.)
    @Test(arguments: [true, false]) func windowsOfPadding(isRectified: Bool) throws {
        let pooled = try Pooled([2, 2, 4, 4], kernel: 2, stride: 2, padding: 2, isRectified: isRectified)
        pooled.expectSameValues("padding of a whole window")
        #expect(pooled.operands(.sum) == [[2, 2, 4, 4]])
    }

    @Test func sumsOverRowsStay() throws {
        let pooled = try Pooled([2, 3, 4, 4], kernel: 2, stride: 2, padding: 0, axes: [0, 3])
        pooled.expectSameValues("sums of rows")
        #expect(pooled.operands(.sum) == [[2, 3, 4, 4]])
    }

    /// Slopes that somebody else reads are scattered as they are, once.
    @Test func whatIsReadElsewhereStays() throws {
        let pooled = try Pooled([2, 3, 4, 4], kernel: 2, stride: 2, padding: 0, isReadElsewhere: true)
        pooled.expectSameValues("read twice")
        #expect(pooled.operands(.select) == [[2, 3, 4, 4]])
        #expect(pooled.operands(.windowMaximumScatter) == [[2, 3, 2, 2]])
    }
}
