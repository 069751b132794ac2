import DaedalGraph
import DaedalTensor
import DaedalTestCases
import Testing

/// Compares first and second derivatives of a case with central differences in f64, along random directions.
struct DerivativeCheck {
    let example: PrimitiveCase
    private let step = 1e-5
    private let tolerance = 1e-4

    init(_ example: PrimitiveCase) { self.example = example }

    func run() throws {
        var (graph, inputs, results) = try example.graph(floats: .f64)
        let tensors = try example.tensors(floats: .f64)
        let floatResults = results.filter { graph[$0].type.isFloat }
        guard !floatResults.isEmpty else { return }
        let value = try weighted(&graph, floatResults, salt: 1)
        let gradients = try Gradient.append(to: &graph, of: value, respectTo: inputs)
        guard example.isSmooth else { return try expectZero(graph, gradients, tensors) }
        try compare(graph, value, gradients, inputs, tensors, "first")

        let present = gradients.compactMap { $0 }
        guard !present.isEmpty else { return }
        let slope = try weighted(&graph, present, salt: 2)
        let second = try Gradient.append(to: &graph, of: slope, respectTo: inputs)
        try compare(graph, slope, second, inputs, tensors, "second")
    }

    /// The sum of the nodes' elements, each times a number of its own, as one f64 scalar.
    private func weighted(_ graph: inout Graph, _ nodes: [NodeID], salt: Int) throws -> NodeID {
        var total = graph.literal(0.0, .f64)
        for (position, node) in nodes.enumerated() {
            let shape = graph[node].shape
            let flat = try graph.reshape(try graph.convert(node, to: .f64), to: [shape.elementCountSize])
            let phase = try graph.iota(Signature(type: .f64, shape: graph[flat].shape), axis: 0)
            let angle = try graph.apply(.add, try graph.apply(.multiply, phase, number: 2.3), number: Double(salt) + 0.7 * Double(position))
            let product = try graph.multiply(flat, try graph.apply(.add, try graph.apply(.sine, [angle]), number: 0.4))
            total = try graph.add(total, try graph.sum(product, [0]))
        }
        return total
    }

    private func expectZero(_ graph: Graph, _ gradients: [NodeID?], _ tensors: [Tensor]) throws {
        guard example.primitive.blocks else { return }
        let present = gradients.compactMap { $0 }
        for value in try Reference.evaluate(graph, inputs: tensors, results: present) {
            #expect(value.doubles.allSatisfy { $0 == 0 }, "\(example)")
        }
    }

    private func compare(_ graph: Graph, _ value: NodeID, _ gradients: [NodeID?], _ inputs: [NodeID], _ tensors: [Tensor], _ order: String) throws {
        let found = try Reference.evaluate(graph, inputs: tensors, results: gradients.compactMap { $0 })
        for (gradient, tensor) in zip(gradients.compactMap { $0 }, found) {
            #expect(graph[gradient].shape == tensor.shape)
        }
        for trial in 0..<2 {
            var slope = 0.0, scale = 0.0, next = 0
            var ahead: [Tensor] = [], behind: [Tensor] = []
            for (position, tensor) in tensors.enumerated() {
                guard tensor.type == .f64 else {
                    ahead.append(tensor)
                    behind.append(tensor)
                    if gradients[position] != nil { next += 1 }
                    continue
                }
                let direction = Philox.draw(.normal, count: tensor.count, stream: Int64(trial), execution: Int64(position))
                let x = tensor.doubles
                ahead.append(try Tensor(zip(x, direction).map { $0 + step * $1 }, shape: tensor.shape))
                behind.append(try Tensor(zip(x, direction).map { $0 - step * $1 }, shape: tensor.shape))
                if gradients[position] != nil {
                    for (g, d) in zip(found[next].doubles, direction) {
                        slope += g * d
                        scale += (g * d) * (g * d)
                    }
                    next += 1
                }
            }
            let up = try Reference.evaluate(graph, inputs: ahead, results: [value])[0].double(at: 0)
            let down = try Reference.evaluate(graph, inputs: behind, results: [value])[0].double(at: 0)
            let difference = (up - down) / (2 * step)
            let bound = tolerance * max(scale.squareRoot(), abs(difference), 1e-2)
            #expect(abs(slope - difference) <= bound, "\(order) derivative of \(example): \(slope) against \(difference)")
        }
    }
}

extension Primitive {
    /// Whether no gradient at all is expected, wherever it is used.
    fileprivate var blocks: Bool { [.sign, .floor, .ceiling, .round, .stopGradient, .floorDivide, .iota, .constant, .random].contains(self) }
}
