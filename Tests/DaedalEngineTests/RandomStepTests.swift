import CKernels
import DaedalEngine
import DaedalGraph
import DaedalTensor
import Testing

/// Whole training steps in arbitrary patterns, several in a row: what is overwritten while other steps of the same plan read it.
@Suite(.serialized) struct RandomStepTests {
    private func bits(_ tensor: Tensor) -> [UInt8] { Array(UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount)) }

    /// Runs a step three times on a plan; before each, the reference says what will come.
    private func check(_ step: RandomStep, engine: Engine, tolerance: Double, _ note: String) throws {
        let request = step.request
        let execution = try Execution(try engine.plan(for: request))
        let inputs = try step.inputs.map { try $0.copy() }
        for round in 0..<3 {
            let before = try inputs.map { try $0.copy() }
            let expected = try Reference.evaluate(request.graph, inputs: before, results: request.results + request.updates.map(\.node))
            for (position, tensor) in inputs.enumerated() { execution.setInput(position, tensor) }
            try execution.run()
            for (k, (x, y)) in zip(execution.results, expected).enumerated() {
                Comparison.compare(x, y, tolerance: tolerance, "\(note), round \(round), result \(k)")
            }
            for (update, y) in zip(request.updates, expected.dropFirst(request.results.count)) {
                Comparison.compare(inputs[update.input], y, tolerance: tolerance, "\(note), round \(round), input \(update.input)")
            }
            for position in inputs.indices where !request.updates.contains(where: { $0.input == position }) {
                #expect(bits(inputs[position]) == bits(before[position]), "\(note), round \(round): input \(position) was overwritten")
            }
        }
    }

    @Test(arguments: 0..<100) func stepAgreesWithTheReference(_ seed: Int) throws {
        try check(try RandomStep(seed: UInt64(seed), type: .f32), engine: Engine(threads: 1 + seed % 3), tolerance: 1e-3, "seed \(seed)")
    }

    @Test(arguments: 0..<30) func stepInDoublePrecision(_ seed: Int) throws {
        try check(try RandomStep(seed: UInt64(seed) + 1000, type: .f64), engine: Engine(threads: 2), tolerance: 1e-9, "seed \(seed)")
    }

    @Test(arguments: 0..<40) func stepHasEqualBits(_ seed: Int) throws {
        defer { ck_set_isa(-1) }
        let step = try RandomStep(seed: UInt64(seed) + 2000, type: .f32)
        var expected: [[UInt8]]?
        for (isa, threads) in [(CK_AVX512, 1), (CK_AVX512, 3), (CK_AVX2, 2)] {
            guard Int(ck_set_isa(Int32(isa))) == Int(isa) else { continue }
            let inputs = try step.inputs.map { try $0.copy() }
            let plan = try Engine(threads: threads).plan(for: step.request)
            var found: [[UInt8]] = []
            for _ in 0..<2 { found = try plan.run(inputs).map(bits) }
            found += inputs.map(bits)
            if let expected { #expect(found == expected, "seed \(seed), isa \(isa), \(threads) threads") } else { expected = found }
        }
    }
}
