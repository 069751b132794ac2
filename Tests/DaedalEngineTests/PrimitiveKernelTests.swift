import DaedalEngine
import DaedalGraph
import DaedalTensor
import DaedalTestCases
import Testing

/// Every primitive's kernel against the reference, on every case of the table, in f32 and f64.
@Suite struct PrimitiveKernelTests {
    static let engine = Engine(threads: 2)

    @Test(arguments: Primitive.allCases) func kernelAgreesWithTheReference(_ primitive: Primitive) throws {
        for example in PrimitiveCase.all where example.primitive == primitive {
            for floats in [ElementType.f32, .f64] {
                let (graph, _, results) = try example.graph(floats: floats)
                if primitive == .input {
                    let empty = floats == .f32 ? try Tensor([Float](), shape: [0]) : try Tensor([Double](), shape: [0])
                    try Comparison.check(graph, inputs: [empty], results: results, engine: Self.engine, "\(example)")
                    continue
                }
                try Comparison.check(
                    graph, inputs: try example.tensors(floats: floats), results: results, engine: Self.engine, "\(example) \(floats)")
            }
        }
    }
}
