/// The table of rules: for each primitive what every operand receives of the cotangent.
extension Gradient {
    static func contributions(_ g: inout Graph, _ t: Turn) throws(ShapeFailure) -> [NodeID?] {
        switch g[t.node].primitive {
        // Through these nothing flows (`Primitive.blocksGradient`).
        case .input, .constant, .iota, .random, .sign, .floor, .ceiling, .round, .stopGradient, .floorDivide,
            .not, .less, .lessEqual, .equal, .notEqual, .and, .or, .indexOfMaximum, .order:
            t.operands.map { _ in nil }
        // The walker handles loops by their parts.
        case .scan, .part: t.operands.map { _ in nil }

        case .negate: [try g.negate(t.cotangent)]
        case .absolute: try absolute(&g, t)
        case .exponential: [try g.multiply(t.cotangent, t.node)]
        case .logarithm: [try g.divide(t.cotangent, t.operands[0])]
        case .squareRoot: try squareRoot(&g, t)
        case .sine: try sine(&g, t)
        case .cosine: try cosine(&g, t)
        case .hyperbolicTangent: try hyperbolicTangent(&g, t)
        case .logistic: try logistic(&g, t)
        case .errorFunction: try errorFunction(&g, t)
        case .cast: [try g.convert(t.cotangent, to: g[t.operands[0]].type)]
        case .add: [t.cotangent, t.cotangent]
        case .subtract: [t.cotangent, t.wanted[1] ? try g.negate(t.cotangent) : nil]
        case .multiply: try multiply(&g, t)
        case .divide: try divide(&g, t)
        case .power: try power(&g, t)
        case .minimum: try extremum(&g, t, larger: false)
        case .maximum: try extremum(&g, t, larger: true)
        case .remainder: try remainder(&g, t)
        case .select: try select(&g, t)

        case .reshape: [try g.reshape(t.cotangent, to: g[t.operands[0]].shape)]
        case .expand: try expand(&g, t)
        case .permute: try permute(&g, t)
        case .slice: try slice(&g, t)
        case .pad: try pad(&g, t)
        case .concatenate: try concatenate(&g, t)
        case .reverse: [try g.apply(.reverse, [t.cotangent], g.attributes(of: t.node))]
        case .dynamicSlice: try dynamicSlice(&g, t)
        case .dynamicUpdate: try dynamicUpdate(&g, t)
        case .gather: try gather(&g, t)
        case .scatter: try scatter(&g, t)

        case .sum: try sum(&g, t)
        case .product: try product(&g, t)
        case .maximumOf, .minimumOf: try extremumOf(&g, t)
        case .cumulativeSum: try cumulativeSum(&g, t)

        case .matrixProduct: try matrixProduct(&g, t)
        case .convolution: try convolution(&g, t)
        case .convolutionInputGradient: try convolutionInputGradient(&g, t)
        case .convolutionWeightGradient: try convolutionWeightGradient(&g, t)

        case .windowMaximum: [try g.apply(.windowMaximumScatter, [t.operands[0], t.cotangent], g.attributes(of: t.node))]
        case .windowMaximumScatter: [nil, try g.apply(.windowMaximumGather, [t.operands[0], t.cotangent], g.attributes(of: t.node))]
        case .windowMaximumGather: [nil, try g.apply(.windowMaximumScatter, [t.operands[0], t.cotangent], g.attributes(of: t.node))]
        case .windowSum: [try g.apply(.windowSumScatter, [t.cotangent], g.attributes(of: t.node), target: g.signature(of: t.operands[0]))]
        case .windowSumScatter: [try g.apply(.windowSum, [t.cotangent], g.attributes(of: t.node))]
        }
    }
}
