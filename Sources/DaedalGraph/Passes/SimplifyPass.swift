import DaedalTensor

/// Algebraic identities, movements that cancel, transposes absorbed into products.
enum SimplifyPass {
    @Sendable static func run(_ graph: Graph, _ results: [NodeID]) -> (Graph, [NodeID?]) {
        var rewriter = Rewriter(graph, results: results)
        for id in graph.ids where rewriter.isNeeded(id) {
            let operands = rewriter.operands(of: id)
            rewriter.graph.defaultOrigin = graph[id].origin
            let subject = Subject(
                primitive: graph[id].primitive, operands: operands, signature: graph.signature(of: id), attributes: graph.attributes(of: id))
            rewriter.map[Int(id.index)] = rewriter.simplified(subject) ?? rewriter.copy(id, operands)
        }
        return (rewriter.graph, rewriter.map)
    }

    /// An operation about to be made, its operands simplified already.
    struct Subject {
        let primitive: Primitive
        let operands: [NodeID]
        let signature: Signature
        let attributes: Attributes
        var type: ElementType { signature.type }
        var shape: Shape { signature.shape }
    }
}

extension Rewriter {
    typealias Subject = SimplifyPass.Subject

    /// What an operation comes to, or nil when no rule has anything to say. The table of rules, by primitive.
    mutating func simplified(_ s: Subject) -> NodeID? {
        switch s.primitive {
        case .input, .constant, .iota, .random: nil
        case .negate: folded(s) ?? negated(s)
        case .not: folded(s) ?? inverted(s)
        case .cast: folded(s) ?? converted(s)
        case .stopGradient: s.operands[0]
        case .add: folded(s) ?? sumOfTwo(s)
        case .subtract: folded(s) ?? difference(s)
        case .multiply: folded(s) ?? productOfTwo(s)
        case .divide: folded(s) ?? quotient(s)
        case .power: folded(s) ?? raised(s)
        case .minimum, .maximum: folded(s) ?? same(s)
        case .and, .or: folded(s) ?? same(s) ?? logic(s)
        case .select: folded(s) ?? chosen(s)
        case .absolute, .sign, .exponential, .logarithm, .squareRoot, .sine, .cosine, .hyperbolicTangent, .logistic, .errorFunction, .floor, .ceiling,
            .round, .floorDivide, .remainder, .less, .lessEqual, .equal, .notEqual:
            folded(s)
        case .reshape: reshaped(s)
        case .expand: expanded(s)
        case .permute: permuted(s)
        case .slice: sliced(s)
        case .pad: padded(s)
        case .concatenate: joined(s)
        case .reverse: reversed(s)
        case .dynamicSlice: cut(s)
        case .dynamicUpdate, .scatter: nil
        case .gather: gathered(s)
        case .sum: summed(s)
        case .product: reducedWithoutOnes(s)
        case .maximumOf, .minimumOf: reducedWithoutOnes(s) ?? extremumOfExpanded(s)
        case .indexOfMaximum, .cumulativeSum, .order: nil
        case .matrixProduct: multiplied(s)
        case .convolution, .convolutionInputGradient, .convolutionWeightGradient: nil
        case .windowMaximum, .windowMaximumScatter, .windowMaximumGather, .windowSum, .windowSumScatter: nil
        case .scan, .part: nil
        }
    }

    /// A new operation, simplified in its turn.
    mutating func emit(_ primitive: Primitive, _ operands: [NodeID], _ signature: Signature, _ attributes: Attributes = .none) -> NodeID {
        let subject = Subject(primitive: primitive, operands: operands, signature: signature, attributes: attributes)
        return simplified(subject) ?? append(primitive, operands, signature, attributes)
    }

    private mutating func folded(_ s: Subject) -> NodeID? { folded(s.primitive, s.operands, s.signature, s.attributes) }

    /// The operands of a node of the new graph if it is the given primitive.
    func match(_ id: NodeID, _ primitive: Primitive) -> [NodeID]? {
        graph[id].primitive == primitive ? Array(graph.operands(of: id)) : nil
    }

    /// The operand of a one-operand node of the new graph if it is the given primitive.
    func under(_ primitive: Primitive, _ id: NodeID) -> NodeID? { graph[id].primitive == primitive ? graph.operand(0, of: id) : nil }
}
