import DaedalGraph
import DaedalTensor

/// What a kernel should have given, in double precision, and what each of its elements adds.
package struct ExactResult: Sendable {
    package let values: [Double]
    package let terms: [ErrorBound.Terms]

    /// `magnitudes` are the same sums over absolute values, `counts` over ones.
    package init(values: [Double], magnitudes: [Double], counts: [Double]) {
        let largest = magnitudes.max() ?? 0
        self.values = values
        terms = zip(magnitudes, counts).map { ErrorBound.Terms(count: $1, magnitude: $0, largest: largest) }
    }

    package init(values: [Double], terms: [ErrorBound.Terms]) {
        self.values = values
        self.terms = terms
    }

    /// The first element that a bound does not accept, in words; nil where there is none.
    package func firstBeyond(_ bound: ErrorBound, _ type: ElementType, _ found: [Double]) -> String? {
        guard found.count == values.count else { return "\(found.count) elements in place of \(values.count)" }
        for i in found.indices where !bound.accepts(found[i], values[i], type, terms[i]) {
            let limit = bound.limit(values[i], type, terms[i]) ?? 0
            return "element \(i) is \(found[i]), not \(values[i]): \(abs(found[i] - values[i])) off where \(limit) is allowed (\(bound))"
        }
        return nil
    }
}

extension PrimitiveCase {
    /// Which operands are terms or factors of sums and products; none where nothing is added.
    private var summed: [Int] {
        switch primitive {
        case .sum, .product, .cumulativeSum, .windowSum, .windowSumScatter: [0]
        case .matrixProduct, .convolution, .convolutionInputGradient, .convolutionWeightGradient: [0, 1]
        case .windowMaximumScatter: [1]
        case .scatter: [0, 2]
        default: []
        }
    }

    /// The exact results for the operands as a float type has them: each by the reference in f64, which adds in another order.
    package func exact(floats: ElementType) throws -> [ExactResult] {
        let (graph, _, results) = try graph(floats: .f64)
        let inputs = try tensors(floats: floats).map { try $0.type == .f32 && primitive != .random ? Tensor($0.doubles, shape: $0.shape) : $0 }
        func evaluate(_ change: (Double) -> Double) throws -> [[Double]] {
            let changed = try inputs.enumerated().map { position, tensor in
                try summed.contains(position) && tensor.type == .f64 ? Tensor(tensor.doubles.map(change), shape: tensor.shape) : tensor
            }
            return try Reference.evaluate(graph, inputs: changed, results: results).map { result in (0..<result.count).map { result.double(at: $0) } }
        }
        let values = try evaluate { $0 }
        guard !summed.isEmpty else { return values.map { ExactResult(values: $0, terms: $0.map { _ in .none }) } }
        let magnitudes = try evaluate { abs($0) }, ones = try evaluate { _ in 1 }
        return values.indices.map { k in
            // A product of ones does not count them.
            let share = Double(inputs[0].count) / Double(max(values[k].count, 1))
            let counts = primitive == .product ? ones[k].map { _ in share } : ones[k]
            return ExactResult(values: values[k], magnitudes: magnitudes[k], counts: counts)
        }
    }
}
