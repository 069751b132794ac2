import DaedalTensor

extension Primitive {
    /// How far the engine's result of an element type may lie from the exact one; `isPrecise` where a model is in use or training is to be precise.
    ///
    /// Functions of f32 are polynomials: the worst of every seventeenth number there is, on three instruction sets, is in a comment. Functions of f64
    /// are the C library's; the worst beside 80 bits are those of glibc.
    package func bound(_ type: ElementType, _ attributes: Attributes = .none, isPrecise: Bool = false) -> ErrorBound {
        guard type.isFloat else { return .exact }
        let isSingle = type == .f32
        switch self {
        case .input, .constant, .iota, .negate, .absolute, .sign, .squareRoot, .floor, .ceiling, .round, .not, .cast, .stopGradient,
            .add, .subtract, .multiply, .divide, .minimum, .maximum, .floorDivide, .remainder, .less, .lessEqual, .equal, .notEqual, .and, .or,
            .select:
            return .exact
        case .random:
            // Uniform numbers are words. Box and Muller's radius is 3.6e-7 off at most (of all there are), a sine 9.1e-8, their product rounds once.
            guard case .random(.normal) = attributes else { return .exact }
            return .absolute(1.2e-6)
        // 1.003; 0.51
        case .exponential: return .units(isSingle ? 1.25 : 1)
        // 0.81; 0.52
        case .logarithm: return .units(1)
        // 1.56; 0.52. Where fused multiply-adds are missing, 1.24.
        case .sine, .cosine: return .units(isSingle ? 2 : 1)
        // 1.50; 2.14
        case .hyperbolicTangent: return .units(isSingle ? 1.75 : 2.5)
        // 2.34; 2.25: 1 / (1 + e^-x) has three roundings beside the exponential's.
        case .logistic: return .units(2.5)
        // 1.62 (1.11 with fused multiply-adds); 1.06
        case .errorFunction: return .units(isSingle ? 1.75 : 1.25)
        // 0.51; small constant exponents are products, x⁴ has 1.90.
        case .power: return .units(2)
        case .reshape, .expand, .permute, .slice, .pad, .concatenate, .reverse, .dynamicSlice, .dynamicUpdate, .gather: return .exact
        case .scatter:
            guard case .scatter(_, .add) = attributes else { return .exact }
            return .terms
        case .maximumOf, .minimumOf, .indexOfMaximum, .order, .windowMaximum, .windowMaximumGather: return .exact
        case .sum, .product, .cumulativeSum, .matrixProduct, .windowSum, .windowSumScatter, .windowMaximumScatter: return .terms
        case .convolution, .convolutionInputGradient:
            return (!isSingle ? ProductForm.plain : isPrecise ? .winogradOfTwo : .winogradOfFour).bound
        case .convolutionWeightGradient: return (isSingle && !isPrecise ? ProductForm.winogradOfFour : .plain).bound
        case .scan, .part: return .composed
        }
    }
}

/// How products are taken and added, where there is a choice: the forms differ in their errors.
package enum ProductForm: CaseIterable, Sendable {
    /// Every product by itself: all of f64, and of f32 what is not a 3 × 3 convolution of at least 16 channels to at least 16.
    case plain
    /// Winograd's F(2 × 2): in use, and in training where filters are large or `precise` is asked for (but then not for gradients of filters).
    case winogradOfTwo
    /// Winograd's F(4 × 4): in training.
    case winogradOfFour
    /// Weights from a softmax by tiles of keys, times values. The exponent is the scaled product of a query and a key.
    case attention
    /// Its gradients by queries, keys and values; the terms are those of the formula in absolute values.
    case attentionGradient

    /// Worst measured over eight distributions, 16 to 512 channels: F(2 × 2) 11 for up to 576 terms, 62 for 4,608 and 75 for 16,384 that are equal;
    /// F(4 × 4) 35, of log-normal numbers 77. Attention: 683 where s is 639.
    package var bound: ErrorBound {
        switch self {
        case .plain: .terms
        case .winogradOfTwo: .largestTerms(base: 16, each: 1.0 / 32)
        case .winogradOfFour: .largestTerms(base: 128, each: 1.0 / 32)
        case .attention: .weightedTerms(base: 16, each: 2)
        case .attentionGradient: .weightedTerms(base: 16, each: 2)
        }
    }
}
