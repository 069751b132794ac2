import DaedalEngine
import DaedalGraph
import DaedalTensor
import Testing

/// What the pass `recompute` makes again in place of keeping it, and what it leaves alone.
@Suite struct RecomputeTests {
    /// `sum(f(a · w) · v)` and its gradients in a, w and v, with f of [rows, 512].
    private struct Program {
        var graph = Graph()
        var tensors: [Tensor] = []
        var results: [NodeID] = []

        init(rows: Int, _ function: (inout Graph, NodeID) throws -> NodeID) throws {
            func input(_ shape: Shape) throws -> NodeID {
                let count = shape.elementCount ?? 0, salt = tensors.count + 3
                tensors.append(try Tensor((0..<count).map { Float($0 * salt % 101) / 101 - 0.5 }, shape: shape))
                return try graph.apply(.input, [], .input(tensors.count - 1), target: Signature(type: .f32, shape: shape))
            }
            let a = try input([Size(rows), 4]), w = try input([4, 512]), v = try input([512, 4])
            let y = try function(&graph, try graph.product(a, w))
            let loss = try graph.sum(try graph.product(y, v), [0, 1])
            results = [loss] + (try Gradient.append(to: &graph, of: loss, respectTo: [a, w, v]).compactMap { $0 })
        }

        let engine = Engine(threads: 2)

        func plan() throws -> Plan { try engine.plan(for: PlanRequest(graph: graph, results: results)) }

        /// How many steps compute a primitive.
        func steps(with name: String) throws -> Int { try plan().steps.count { $0.name.contains(name) } }
    }

    private static func gelu(_ graph: inout Graph, _ x: NodeID) throws -> NodeID {
        let cube = try graph.multiply(try graph.multiply(x, x), x)
        let inner = try graph.add(x, try graph.apply(.multiply, cube, number: 0.044715))
        let tangent = try graph.apply(.hyperbolicTangent, [try graph.apply(.multiply, inner, number: 0.797885)])
        return try graph.multiply(try graph.apply(.multiply, x, number: 0.5), try graph.apply(.add, tangent, number: 1))
    }

    /// Of gelu only its argument and its result are kept, besides the gradient that comes back.
    @Test func whatGeluNeedsIsMadeAgain() throws {
        let program = try Program(rows: 1024, RecomputeTests.gelu)
        #expect(try program.steps(with: "hyperbolicTangent") == 2)
        let value = 1024 * 512 * 4
        let plan = try program.plan()
        #expect(plan.arenaByteCount < 5 * value, "\(plan.description)")
        try Comparison.check(program.graph, inputs: program.tensors, results: program.results, engine: program.engine, tolerance: 1e-4, "gelu")
    }

    /// What fits a near cache is kept.
    @Test func smallValuesAreKept() throws {
        #expect(try Program(rows: 64, RecomputeTests.gelu).steps(with: "hyperbolicTangent") == 1)
    }

    /// A power costs more than to keep it.
    @Test func expensiveValuesAreKept() throws {
        let program = try Program(rows: 1024) { graph, x in
            let power = try graph.apply(.power, try graph.apply(.absolute, [x]), number: 1.7)
            return try graph.apply(.hyperbolicTangent, [try graph.multiply(power, power)])
        }
        let plan = try program.plan()
        // One on the way forward, and that of the derivative.
        #expect(plan.steps.reduce(0) { $0 + $1.name.split(separator: "·").count { $0.hasSuffix("power") } } == 2, "\(plan.description)")
        try Comparison.check(program.graph, inputs: program.tensors, results: program.results, engine: program.engine, tolerance: 1e-4, "power")
    }

    /// A norm's gradient keeps its value with its sums' factors taken out and its centred values made again.
    @Test func normsKeepTheirGradients() throws {
        let program = try Program(rows: 1024) { graph, x in
            let shape = graph[x].shape
            func mean(_ y: NodeID) throws -> NodeID {
                try graph.broadcast(try graph.apply(.multiply, try graph.sum(y, [0]), number: 1 / 1024), to: shape)
            }
            let centred = try graph.subtract(x, try mean(x))
            let spread = try graph.apply(.squareRoot, [try graph.apply(.add, try mean(try graph.multiply(centred, centred)), number: 1e-5)])
            let normal = try graph.apply(.divide, [centred, spread])
            return try graph.apply(.maximum, normal, number: 0)
        }
        // Centred for the variance, for the result and for the gradient.
        #expect(try program.steps(with: "subtract") >= 3)
        try Comparison.check(program.graph, inputs: program.tensors, results: program.results, engine: program.engine, tolerance: 2e-3, "norm")
    }
}
