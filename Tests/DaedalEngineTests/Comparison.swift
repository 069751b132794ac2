import DaedalEngine
import DaedalGraph
import DaedalTensor
import Testing

/// What the engine computes beside the reference.
enum Comparison {
    /// For what is composed of many operations (single ones have `Primitive.bound`): relative to the larger of the numbers and one.
    static func tolerance(_ type: ElementType) -> Double { type == .f32 ? 2e-5 : 1e-12 }

    /// Runs a graph on an engine and on the reference and compares every result.
    static func check(
        _ graph: Graph, inputs: [Tensor], results: [NodeID], engine: Engine, tolerance: Double? = nil, _ note: @autoclosure () -> String
    ) throws {
        let expected = try Reference.evaluate(graph, inputs: inputs, results: results)

        let plan = try engine.plan(for: PlanRequest(graph: graph, results: results))
        for round in 0..<2 {
            let found = try plan.run(inputs)
            for (k, (x, y)) in zip(found, expected).enumerated() { compare(x, y, tolerance: tolerance, "\(note()), result \(k), run \(round)") }
        }
    }

    static func compare(_ found: Tensor, _ expected: Tensor, tolerance: Double? = nil, _ note: @autoclosure () -> String) {
        guard found.type == expected.type, found.shape == expected.shape else {
            Issue.record("\(note()): \(found.type)\(found.shape) in place of \(expected.type)\(expected.shape)")
            return
        }
        let limit = tolerance ?? Comparison.tolerance(found.type)
        // Errors are measured against the size of the numbers around, since differences of large ones are what they are.
        for index in 0..<found.count {
            let x = found.double(at: index), y = expected.double(at: index)
            if x == y || (x.isNaN && y.isNaN) { continue }
            let error = abs(x - y) / max(1, abs(y))
            if !(error <= limit) {
                Issue.record("\(note()): element \(index) is \(x), not \(y)")
                return
            }
        }
    }
}
