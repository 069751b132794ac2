import DaedalGraph
import DaedalTensor

extension PrimitiveCase {
    private static func floats(_ shape: [Int]) -> Operand { Operand(.f32, shape, .spread(-1, 1)) }

    /// A body under construction; what it cannot build is a failure of the tables themselves, which their tests would show as an empty loop.
    private static func loop(
        inputs: [(ElementType, Shape)], sequences: Int, length: Int, isReversed: Bool = false,
        _ body: (inout Graph, [NodeID]) throws -> (carries: [NodeID], stacked: [NodeID])
    ) -> Attributes {
        var graph = Graph()
        var nodes: [NodeID] = []
        do {
            for (position, input) in inputs.enumerated() {
                nodes.append(try graph.apply(.input, [], .input(position), target: Signature(type: input.0, shape: input.1)))
            }
            let results = try body(&graph, nodes)
            return .loop(
                Loop(
                    body: graph, carryResults: results.carries, stackedResults: results.stacked, sequenceCount: sequences, length: Size(length),
                    isReversed: isReversed))
        } catch {
            return .none
        }
    }

    static let loops: [PrimitiveCase] =
        [0, 1, 5].flatMap { length in [false, true].map { recurrence(length: length, isReversed: $0) } } + [
            counter, gated(length: 4), outputsOnly, nested,
        ]
        + loopParts

    /// `h = tanh(x @ w + h @ transpose(u))`, stacking `h · h`.
    private static func recurrence(length: Int, isReversed: Bool) -> PrimitiveCase {
        PrimitiveCase(
            .scan, [floats([2, 3]), floats([length, 2, 4]), floats([4, 3]), floats([3, 3])],
            loop: { type in
                loop(
                    inputs: [(type, [2, 3]), (type, [2, 4]), (type, [4, 3]), (type, [3, 3])], sequences: 1, length: length, isReversed: isReversed
                ) { g, n in
                    let next = try g.apply(.hyperbolicTangent, [try g.add(try g.product(n[1], n[2]), try g.product(n[0], g.transpose(n[3])))])
                    return ([next], [try g.multiply(next, next)])
                }
            }, note: "\(length) steps\(isReversed ? ", reversed" : "")")
    }

    /// An integer that counts beside a float that grows with it.
    private static let counter = PrimitiveCase(
        .scan, [Operand(.i64, [], .values([2])), floats([3])],
        loop: { type in
            loop(inputs: [(.i64, []), (type, [3])], sequences: 0, length: 3) { g, n in
                let count = try g.add(n[0], g.literal(1, .i64))
                let factor = try g.broadcast(try g.convert(n[0], to: type), to: [3])
                return ([count, try g.multiply(n[1], factor)], [n[0]])
            }
        }, note: "with an integer")

    /// Two carries, a gate, a constant used elementwise, in a product, and transposed.
    private static func gated(length: Int) -> PrimitiveCase {
        PrimitiveCase(
            .scan, [floats([2, 3]), floats([2, 3]), floats([length, 2, 3]), floats([3, 3]), floats([2, 3])],
            loop: { type in
                loop(inputs: [(type, [2, 3]), (type, [2, 3]), (type, [2, 3]), (type, [3, 3]), (type, [2, 3])], sequences: 1, length: length) { g, n in
                    let gate = try g.apply(.logistic, [try g.add(try g.product(n[0], n[3]), n[4])])
                    let cell = try g.add(try g.multiply(gate, n[1]), n[2])
                    let next = try g.product(try g.apply(.hyperbolicTangent, [cell]), n[3], transposesRight: true)
                    return ([next, cell], [try g.multiply(gate, n[4]), next])
                }
            }, note: "two carries")
    }

    /// No carries at all: a map along the first axis.
    private static let outputsOnly = PrimitiveCase(
        .scan, [floats([4, 2]), floats([4, 2])],
        loop: { type in
            loop(inputs: [(type, [2]), (type, [2])], sequences: 2, length: 4) { g, n in ([], [try g.multiply(n[0], n[1])]) }
        }, note: "without a carry")

    /// A loop in a loop: the inner one sums powers of the outer state.
    private static let nested = PrimitiveCase(
        .scan, [floats([2]), floats([3, 4, 2])],
        loop: { type in
            loop(inputs: [(type, [2]), (type, [4, 2])], sequences: 1, length: 3) { g, n in
                let inner = loop(inputs: [(type, [2]), (type, [2])], sequences: 1, length: 4) { g, n in
                    ([try g.apply(.sine, [try g.add(n[0], n[1])])], [])
                }
                let scan = try g.apply(.scan, [n[0], n[1]], inner)
                let next = try g.apply(.part, [scan], .part(0))
                return ([next], [try g.multiply(next, n[0])])
            }
        }, note: "nested")

    private static let loopParts: [PrimitiveCase] = [recurrence(length: 3, isReversed: false)].map {
        PrimitiveCase(.part, $0.operands, loop: $0.attributes, note: "of 3 steps")
    }
}
