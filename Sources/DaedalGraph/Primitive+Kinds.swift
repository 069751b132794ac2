extension Primitive {
    /// Whether each element of the result depends on the elements at the same place of operands of the same shape alone.
    package var isElementwise: Bool {
        switch self {
        case .negate, .absolute, .sign, .exponential, .logarithm, .squareRoot, .sine, .cosine, .hyperbolicTangent, .logistic, .errorFunction,
            .floor, .ceiling, .round, .not, .cast, .stopGradient,
            .add, .subtract, .multiply, .divide, .power, .minimum, .maximum, .floorDivide, .remainder,
            .less, .lessEqual, .equal, .notEqual, .and, .or, .select:
            true
        case .input, .constant, .iota, .random,
            .reshape, .expand, .permute, .slice, .pad, .concatenate, .reverse, .dynamicSlice, .dynamicUpdate, .gather, .scatter,
            .sum, .product, .maximumOf, .minimumOf, .indexOfMaximum, .cumulativeSum, .order,
            .matrixProduct, .convolution, .convolutionInputGradient, .convolutionWeightGradient,
            .windowMaximum, .windowMaximumScatter, .windowMaximumGather, .windowSum, .windowSumScatter, .scan, .part:
            false
        }
    }

    /// Whether the operands of an elementwise primitive may change places.
    package var isCommutative: Bool {
        switch self {
        case .add, .multiply, .minimum, .maximum, .equal, .notEqual, .and, .or: true
        case .input, .constant, .iota, .random,
            .negate, .absolute, .sign, .exponential, .logarithm, .squareRoot, .sine, .cosine, .hyperbolicTangent, .logistic, .errorFunction,
            .floor, .ceiling, .round, .not, .cast, .stopGradient, .subtract, .divide, .power, .floorDivide, .remainder, .less, .lessEqual, .select,
            .reshape, .expand, .permute, .slice, .pad, .concatenate, .reverse, .dynamicSlice, .dynamicUpdate, .gather, .scatter,
            .sum, .product, .maximumOf, .minimumOf, .indexOfMaximum, .cumulativeSum, .order,
            .matrixProduct, .convolution, .convolutionInputGradient, .convolutionWeightGradient,
            .windowMaximum, .windowMaximumScatter, .windowMaximumGather, .windowSum, .windowSumScatter, .scan, .part:
            false
        }
    }

    /// Whether the result has elements of the operand as they are, in other places.
    package var onlyMoves: Bool {
        switch self {
        case .stopGradient, .reshape, .expand, .permute, .slice, .reverse: true
        case .input, .constant, .iota, .random,
            .negate, .absolute, .sign, .exponential, .logarithm, .squareRoot, .sine, .cosine, .hyperbolicTangent, .logistic, .errorFunction,
            .floor, .ceiling, .round, .not, .cast, .add, .subtract, .multiply, .divide, .power, .minimum, .maximum, .floorDivide, .remainder,
            .less, .lessEqual, .equal, .notEqual, .and, .or, .select,
            .pad, .concatenate, .dynamicSlice, .dynamicUpdate, .gather, .scatter,
            .sum, .product, .maximumOf, .minimumOf, .indexOfMaximum, .cumulativeSum, .order,
            .matrixProduct, .convolution, .convolutionInputGradient, .convolutionWeightGradient,
            .windowMaximum, .windowMaximumScatter, .windowMaximumGather, .windowSum, .windowSumScatter, .scan, .part:
            false
        }
    }
}
