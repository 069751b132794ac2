import DaedalGraph
import DaedalTensor
import DaedalTestCases

/// Compares first and second derivatives of a case with central differences in f64, along random directions.
struct DerivativeCheck {
    let example: PrimitiveCase
    private let step = 1e-5
    private let tolerance = 1e-4

    /// What gradients are multiplied with before the comparison: anything but 1 must fail.
    private let scale: Double

    init(_ example: PrimitiveCase, scale: Double = 1) {
        self.example = example
        self.scale = scale
    }

    /// What does not agree, one line each.
    func run() throws -> [String] {
        var (graph, inputs, results) = try example.graph(floats: .f64)
        let tensors = try example.tensors(floats: .f64)
        let floatResults = results.filter { graph[$0].type.isFloat }
        guard !floatResults.isEmpty else { return [] }
        let value = try weighted(&graph, floatResults, salt: 1)
        let gradients = try Gradient.append(to: &graph, of: value, respectTo: inputs)
        guard example.isSmooth else { return try expectZero(graph, gradients, tensors) }
        var faults = try compare(graph, value, gradients, inputs, tensors, "first")

        let present = gradients.compactMap { $0 }
        guard !present.isEmpty else { return faults }
        let slope = try weighted(&graph, present, salt: 2)
        let second = try Gradient.append(to: &graph, of: slope, respectTo: inputs)
        faults += try compare(graph, slope, second, inputs, tensors, "second")
        return faults
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

    private func expectZero(_ graph: Graph, _ gradients: [NodeID?], _ tensors: [Tensor]) throws -> [String] {
        guard example.primitive.blocks else { return [] }
        let present = gradients.compactMap { $0 }
        let values = try Reference.evaluate(graph, inputs: tensors, results: present)
        return values.allSatisfy { $0.doubles.allSatisfy { $0 == 0 } } ? [] : ["the gradient of \(example) is not zero"]
    }

    private func compare(
        _ graph: Graph, _ value: NodeID, _ gradients: [NodeID?], _ inputs: [NodeID], _ tensors: [Tensor], _ order: String
    ) throws -> [String] {
        let found = try Reference.evaluate(graph, inputs: tensors, results: gradients.compactMap { $0 })
        var faults: [String] = []
        for (gradient, input) in zip(gradients, inputs) {
            if let gradient, graph.signature(of: gradient) != graph.signature(of: input) {
                faults.append("a gradient of \(example) has another shape")
            }
        }
        for trial in 0..<2 {
            var slope = 0.0, size = 0.0, next = 0
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
                        slope += scale * g * d
                        size += (g * d) * (g * d)
                    }
                    next += 1
                }
            }
            let up = try Reference.evaluate(graph, inputs: ahead, results: [value])[0].double(at: 0)
            let down = try Reference.evaluate(graph, inputs: behind, results: [value])[0].double(at: 0)
            let difference = (up - down) / (2 * step)
            let bound = tolerance * max(size.squareRoot(), abs(difference), 1e-2)
            if !(abs(slope - difference) <= bound) { faults.append("\(order) derivative of \(example): \(slope) against \(difference)") }
        }
        return faults
    }
}

extension Primitive {
    /// Whether no gradient at all is expected, wherever it is used.
    fileprivate var blocks: Bool { [.sign, .floor, .ceiling, .round, .stopGradient, .floorDivide, .iota, .constant, .random].contains(self) }
}
