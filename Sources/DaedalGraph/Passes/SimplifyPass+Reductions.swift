import DaedalTensor

/// Reductions of what is repeated or has one element, and products that read their operands transposed.
extension Rewriter {
    mutating func summed(_ s: Subject) -> NodeID? {
        guard case .axes(let axes) = s.attributes, graph[s.operands[0]].type != .bool else { return nil }
        if axes.isEmpty { return s.operands[0] }
        return summedConstant(s, axes) ?? reducedWithoutOnes(s) ?? summedTwice(s, axes) ?? summedExpanded(s, axes) ?? summedFactor(s, axes)
    }

    /// The number of elements that a reduction takes together, if it is known.
    private func extent(_ shape: Shape, _ axes: [Int]) -> Int? { Shape(axes.map { shape[$0] }).elementCount }

    private mutating func summedConstant(_ s: Subject, _ axes: [Int]) -> NodeID? {
        let x = s.operands[0]
        guard let bits = graph.constantBits(of: x), let count = extent(graph[x].shape, axes) else { return nil }
        let factor = splat(bits: Graph.bits(count, s.type), s.signature)
        return emit(.multiply, [splat(bits: bits, s.signature), factor], s.signature)
    }

    /// Axes of size 1 need no reduction.
    mutating func reducedWithoutOnes(_ s: Subject) -> NodeID? {
        guard case .axes(let axes) = s.attributes else { return nil }
        let x = s.operands[0], from = graph[x].shape
        if axes.isEmpty { return x }
        let ones = axes.filter { from[$0] == 1 }
        if ones.isEmpty { return nil }
        return reduce(s, x, dropping: ones, axes)
    }

    /// The reduction after axes that need none were dropped by a reshape of an operand in which they have size 1.
    private mutating func reduce(_ s: Subject, _ x: NodeID, dropping dropped: [Int], _ axes: [Int]) -> NodeID {
        let from = graph[x].shape, kept = from.indices.filter { !dropped.contains($0) }
        let squeezed = emit(.reshape, [x], Signature(type: s.type, shape: Shape(kept.map { from[$0] })))
        let rest = kept.indices.filter { axes.contains(kept[$0]) }
        return rest.isEmpty ? squeezed : emit(s.primitive, [squeezed], s.signature, .axes(rest))
    }

    /// A sum of a sum, in one.
    private mutating func summedTwice(_ s: Subject, _ axes: [Int]) -> NodeID? {
        let x = s.operands[0]
        guard let inner = under(.sum, x), graph[inner].type == s.type, case .axes(let first) = graph.attributes(of: x) else { return nil }
        let kept = graph[inner].shape.indices.filter { !first.contains($0) }
        return emit(.sum, [inner], s.signature, .axes((first + axes.map { kept[$0] }).sorted()))
    }

    /// Summing what was repeated n times is a product with n.
    private mutating func summedExpanded(_ s: Subject, _ axes: [Int]) -> NodeID? {
        let x = s.operands[0]
        guard let inner = under(.expand, x) else { return nil }
        let repeated = axes.filter { graph[inner].shape[$0] == 1 && graph[x].shape[$0] != 1 }
        guard !repeated.isEmpty, let count = extent(graph[x].shape, repeated) else { return nil }
        let sum = reducedBefore(s, x, inner, repeated, axes)
        return emit(.multiply, [sum, splat(bits: Graph.bits(count, s.type), s.signature)], s.signature)
    }

    /// Factors that are the same all along the reduced axes are taken out of the sum: what is left is often summed for another reason as well, and needs
    /// nothing that waits for other sums. Sums over rows stay: a program has the row at hand.
    private mutating func summedFactor(_ s: Subject, _ axes: [Int]) -> NodeID? {
        let x = s.operands[0], rank = graph[x].shape.rank
        guard s.type.isFloat, axes != Array(rank - axes.count..<rank) else { return nil }
        if let inner = under(.negate, x) { return emit(.negate, [emit(.sum, [inner], s.signature, s.attributes)], s.signature) }
        if let factored = factored(x, s, axes) {
            let sum = emit(.sum, [factored.rest], s.signature, s.attributes)
            return emit(factored.isDivisor ? .divide : .multiply, [sum, factored.factor], s.signature)
        }
        // Two such products are summed apart; other sums of two keep the digits that cancel between them.
        for primitive in [Primitive.add, .subtract] {
            guard let terms = match(x, primitive), terms.allSatisfy({ hasFactor($0, s, axes) }) else { continue }
            let sums = terms.map { emit(.sum, [$0], s.signature, s.attributes) }
            return emit(primitive, sums, s.signature)
        }
        return nil
    }

    private mutating func hasFactor(_ x: NodeID, _ s: Subject, _ axes: [Int]) -> Bool {
        factored(under(.negate, x) ?? x, s, axes) != nil
    }

    /// A product or quotient without a factor or divisor that is the same along some axes, and that factor in the shape of the sum over them.
    private mutating func factored(_ x: NodeID, _ s: Subject, _ axes: [Int]) -> (rest: NodeID, factor: NodeID, isDivisor: Bool)? {
        let signature = graph.signature(of: x)
        if let terms = match(x, .multiply) {
            for (a, b) in [(terms[0], terms[1]), (terms[1], terms[0])] {
                if let factor = invariant(b, s, axes) { return (a, factor, false) }
            }
            for (a, b) in [(terms[0], terms[1]), (terms[1], terms[0])] {
                if let inner = factored(b, s, axes) { return (emit(.multiply, [a, inner.rest], signature), inner.factor, inner.isDivisor) }
            }
        }
        if let terms = match(x, .divide) {
            if let factor = invariant(terms[1], s, axes) { return (terms[0], factor, true) }
            if let inner = factored(terms[0], s, axes) { return (emit(.divide, [inner.rest, terms[1]], signature), inner.factor, inner.isDivisor) }
        }
        return nil
    }

    /// What is the same along some axes, in the shape of the sum over them.
    private mutating func invariant(_ x: NodeID, _ s: Subject, _ axes: [Int]) -> NodeID? {
        if let bits = graph.constantBits(of: x) { return splat(bits: bits, s.signature) }
        guard let inner = under(.expand, x), axes.allSatisfy({ graph[inner].shape[$0] == 1 }) else { return nil }
        let from = graph[inner].shape, kept = from.indices.filter { !axes.contains($0) }
        let squeezed = emit(.reshape, [inner], Signature(type: s.type, shape: Shape(kept.map { from[$0] })))
        return graph[squeezed].shape == s.shape ? squeezed : emit(.expand, [squeezed], s.signature)
    }

    /// The largest of what was repeated is the largest.
    mutating func extremumOfExpanded(_ s: Subject) -> NodeID? {
        guard case .axes(let axes) = s.attributes, let inner = under(.expand, s.operands[0]) else { return nil }
        let x = s.operands[0], repeated = axes.filter { graph[inner].shape[$0] == 1 && graph[x].shape[$0] != 1 }
        guard !repeated.isEmpty, extent(graph[x].shape, repeated) ?? 0 > 0 else { return nil }
        return reducedBefore(s, x, inner, repeated, axes)
    }

    /// The reduction with the repeated axes left out: of the operand before it was stretched, stretched along the others.
    private mutating func reducedBefore(_ s: Subject, _ x: NodeID, _ inner: NodeID, _ repeated: [Int], _ axes: [Int]) -> NodeID {
        let from = graph[inner].shape, wide = graph[x].shape, kept = wide.indices.filter { !repeated.contains($0) }
        let squeezed = emit(.reshape, [inner], Signature(type: s.type, shape: Shape(kept.map { from[$0] })))
        let stretched = emit(.expand, [squeezed], Signature(type: s.type, shape: Shape(kept.map { wide[$0] })))
        let rest = kept.indices.filter { axes.contains(kept[$0]) }
        return rest.isEmpty ? stretched : emit(s.primitive, [stretched], s.signature, .axes(rest))
    }

    /// A transposed operand is read transposed.
    mutating func multiplied(_ s: Subject) -> NodeID? {
        guard case .product(let left, let right) = s.attributes else { return nil }
        if let a = untransposed(s.operands[0]) {
            return emit(.matrixProduct, [a, s.operands[1]], s.signature, .product(transposesLeft: !left, transposesRight: right))
        }
        if let b = untransposed(s.operands[1]) {
            return emit(.matrixProduct, [s.operands[0], b], s.signature, .product(transposesLeft: left, transposesRight: !right))
        }
        return nil
    }

    /// What a transposition of the last two axes transposes.
    private func untransposed(_ id: NodeID) -> NodeID? {
        guard let x = under(.permute, id), case .permutation(let order) = graph.attributes(of: id) else { return nil }
        let rank = order.count
        return rank >= 2 && order == Array(0..<rank - 2) + [rank - 1, rank - 2] ? x : nil
    }
}
