import CKernels
import DaedalEngine
import DaedalGraph
import DaedalTensor
import DaedalTestCases
import Testing

extension DeterminismTests {
    /// Every primitive's kernel against the reference, on every case of the table, in f32 and f64 and on every instruction set, within its bound.
    @Suite struct PrimitiveKernelTests {
        static let engines = [false, true].map { (isPrecise: $0, engine: Engine(threads: 2, isPrecise: $0)) }

        @Test(arguments: Primitive.allCases) func kernelStaysInItsBound(_ primitive: Primitive) throws {
            for example in PrimitiveCase.all where example.primitive == primitive {
                for floats in [ElementType.f32, .f64] { try check(example, floats) }
            }
        }

        /// One case by every engine that may differ, on every instruction set.
        private func check(_ example: PrimitiveCase, _ floats: ElementType) throws {
            defer { ck_set_isa(-1) }
            let (graph, _, results) = try example.graph(floats: floats)
            let isInput = example.primitive == .input, nothing: Shape = [0]
            let inputs =
                isInput
                ? [floats == .f32 ? try Tensor([Float](), shape: nothing) : try Tensor([Double](), shape: nothing)]
                : try example.tensors(floats: floats)
            let type = graph.signature(of: results[0]).type, attributes = example.attributes(floats)
            let isComposed = isInput || example.primitive.bound(type, attributes) == .composed
            let exact = isComposed ? [] : try example.exact(floats: floats)
            for (isPrecise, engine) in Self.engines {
                let bound = example.primitive.bound(type, attributes, isPrecise: isPrecise)
                // Where nothing else is promised, nothing else is done.
                if isPrecise && bound == example.primitive.bound(type, attributes) { continue }
                for isa in [CK_AVX512, CK_AVX2, CK_BASELINE] {
                    guard Int(ck_set_isa(Int32(isa))) == Int(isa) else { continue }
                    let note = "\(example) \(floats), instruction set \(isa)"
                    guard !isComposed else {
                        try Comparison.check(graph, inputs: inputs, results: results, engine: engine, note)
                        continue
                    }
                    let plan = try engine.plan(for: PlanRequest(graph: graph, results: results))
                    for round in 0..<2 {
                        for (k, found) in try plan.run(inputs).enumerated() {
                            let signature = graph.signature(of: results[k])
                            #expect(found.type == signature.type && found.shape == signature.shape, "\(note)")
                            let wrong = exact[k].firstBeyond(bound, found.type, (0..<found.count).map { found.double(at: $0) })
                            if let wrong { Issue.record("\(note), round \(round)\(isPrecise ? ", precise" : ""): \(wrong)") }
                        }
                    }
                }
            }
        }

        /// Sums long enough that their order shows: of rows, of columns, of everything, and running.
        @Test(arguments: [([3, 40_000], [1], 0), ([20_000, 5], [0], 0), ([300, 257], [0, 1], 0), ([7, 900, 3], [0, 2], 0), ([2, 5000], [], 1)])
        func longSumsStayInTheirBound(shape: [Int], axes: [Int], axis: Int) throws {
            let operand = PrimitiveCase.Operand(.f32, shape, .spread(-1, 2))
            let example =
                axes.isEmpty
                ? PrimitiveCase(.cumulativeSum, [operand], .axis(axis)) : PrimitiveCase(.sum, [operand], .axes(axes))
            for floats in [ElementType.f32, .f64] { try check(example, floats) }
        }
    }
}
