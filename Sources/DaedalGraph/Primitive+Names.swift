extension Primitive {
    /// The name in printed graphs and tables: `matrixProduct`.
    package var name: String { "\(self)" }

    /// How many operands it takes, or nil when the attributes decide.
    package var operandCount: Int? {
        switch self {
        case .input, .constant, .iota: 0
        case .random: 1
        case .negate, .absolute, .sign, .exponential, .logarithm, .squareRoot, .sine, .cosine, .hyperbolicTangent, .logistic, .errorFunction,
            .floor, .ceiling, .round, .not, .cast, .stopGradient:
            1
        case .add, .subtract, .multiply, .divide, .power, .minimum, .maximum, .floorDivide, .remainder, .less, .lessEqual, .equal, .notEqual,
            .and, .or:
            2
        case .select: 3
        case .reshape, .expand, .permute, .slice, .pad, .reverse: 1
        case .concatenate: nil
        case .dynamicSlice, .gather: 2
        case .dynamicUpdate, .scatter: 3
        case .sum, .product, .maximumOf, .minimumOf, .indexOfMaximum, .cumulativeSum, .order: 1
        case .matrixProduct, .convolution, .convolutionInputGradient, .convolutionWeightGradient: 2
        case .windowMaximum, .windowSum, .windowSumScatter: 1
        case .windowMaximumScatter, .windowMaximumGather: 2
        case .scan: nil
        case .part: 1
        }
    }

    /// What a script writes for it, for messages: `@`, `exp`.
    package var spelling: String {
        switch self {
        case .input: "input"
        case .constant: "number"
        case .iota: "arange"
        case .random: "random"
        case .negate, .subtract: "-"
        case .absolute: "abs"
        case .sign: "sign"
        case .exponential: "exp"
        case .logarithm: "log"
        case .squareRoot: "sqrt"
        case .sine: "sin"
        case .cosine: "cos"
        case .hyperbolicTangent: "tanh"
        case .logistic: "sigmoid"
        case .errorFunction: "erf"
        case .floor: "floor"
        case .ceiling: "ceil"
        case .round: "round"
        case .not: "not"
        case .cast: "cast"
        case .stopGradient: "stop_gradient"
        case .add: "+"
        case .multiply: "*"
        case .divide: "/"
        case .power: "**"
        case .minimum: "min"
        case .maximum: "max"
        case .floorDivide: "//"
        case .remainder: "%"
        case .less: "<"
        case .lessEqual: "<="
        case .equal: "=="
        case .notEqual: "!="
        case .and: "and"
        case .or: "or"
        case .select: "where"
        case .reshape: "reshape"
        case .expand: "expand"
        case .permute: "permute"
        case .slice: "slice"
        case .pad: "pad"
        case .concatenate: "concat"
        case .reverse: "flip"
        case .dynamicSlice: "take"
        case .dynamicUpdate: "put"
        case .gather: "gather"
        case .scatter: "scatter"
        case .sum: "sum"
        case .product: "prod"
        case .maximumOf: "max"
        case .minimumOf: "min"
        case .indexOfMaximum: "argmax"
        case .cumulativeSum: "cumsum"
        case .order: "argsort"
        case .matrixProduct: "@"
        case .convolution, .convolutionInputGradient, .convolutionWeightGradient: "conv"
        case .windowMaximum, .windowMaximumScatter, .windowMaximumGather: "max pooling"
        case .windowSum, .windowSumScatter: "average pooling"
        case .scan, .part: "scan"
        }
    }
}
