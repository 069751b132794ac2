import DaedalTensor

/// Movements that do nothing, undo each other, or move constants.
extension Rewriter {
    /// A constant in its new shape, whatever the movement.
    private mutating func moved(constant s: Subject) -> NodeID? {
        let x = s.operands[0]
        guard let bits = graph.constantBits(of: x) else { return nil }
        // The normal form itself (constant, reshape to ones, expand) must stay as it is.
        let isNormal =
            switch (s.primitive, graph[x].primitive) {
            case (.reshape, .constant): s.shape.allSatisfy { $0 == 1 }
            case (.expand, .reshape): graph[graph.operand(0, of: x)].primitive == .constant && graph[x].shape.allSatisfy { $0 == 1 }
            default: false
            }
        return isNormal ? nil : splat(bits: bits, s.signature)
    }

    mutating func reshaped(_ s: Subject) -> NodeID? {
        let x = s.operands[0]
        if graph[x].shape == s.shape { return x }
        if let constant = moved(constant: s) { return constant }
        if let inner = under(.reshape, x) { return emit(.reshape, [inner], s.signature) }
        return nil
    }

    mutating func expanded(_ s: Subject) -> NodeID? {
        let x = s.operands[0]
        if graph[x].shape == s.shape { return x }
        if let constant = moved(constant: s) { return constant }
        if let inner = under(.expand, x) { return emit(.expand, [inner], s.signature) }
        return nil
    }

    mutating func permuted(_ s: Subject) -> NodeID? {
        guard case .permutation(let order) = s.attributes else { return nil }
        let x = s.operands[0], from = graph[x].shape
        if order == Array(order.indices) { return x }
        if let constant = moved(constant: s) { return constant }
        let long = order.filter { from[$0] != 1 }
        if long == long.sorted() { return emit(.reshape, [x], s.signature) }
        if let inner = under(.permute, x), case .permutation(let first) = graph.attributes(of: x) {
            return emit(.permute, [inner], s.signature, .permutation(order.map { first[$0] }))
        }
        // Moving before stretching moves fewer elements.
        if let inner = under(.expand, x) {
            let small = Shape(order.map { graph[inner].shape[$0] })
            let permuted = emit(.permute, [inner], Signature(type: s.type, shape: small), s.attributes)
            return emit(.expand, [permuted], s.signature)
        }
        return nil
    }

    mutating func sliced(_ s: Subject) -> NodeID? {
        guard case .slice(let starts, let steps) = s.attributes else { return nil }
        let x = s.operands[0]
        if graph[x].shape == s.shape && starts.allSatisfy({ $0 == 0 }) && steps.allSatisfy({ $0 == 1 }) { return x }
        if let constant = moved(constant: s) { return constant }
        if let inner = under(.slice, x), case .slice(let first, let pace) = graph.attributes(of: x), (starts + first).allSatisfy(\.isKnown) {
            let begins = starts.indices.map { first[$0] + starts[$0] * Size(pace[$0]) }
            let combined = steps.indices.map { steps[$0].multipliedReportingOverflow(by: pace[$0]) }
            guard !combined.contains(where: \.overflow) else { return nil }
            return emit(.slice, [inner], s.signature, .slice(starts: begins, steps: combined.map(\.partialValue)))
        }
        if let parts = match(x, .concatenate), case .axis(let axis) = graph.attributes(of: x), steps[axis] == 1 {
            return slicedPart(s, parts, axis: axis, starts: starts, steps: steps)
        }
        if let inner = under(.pad, x), case .padding(let low, _, _) = graph.attributes(of: x) {
            return slicedInside(s, inner, low: low, starts: starts, steps: steps)
        }
        return nil
    }

    /// A slice that lies within one operand of a concatenation.
    private mutating func slicedPart(_ s: Subject, _ parts: [NodeID], axis: Int, starts: [Size], steps: [Int]) -> NodeID? {
        guard let start = starts[axis].known, let count = s.shape[axis].known else { return nil }
        var before = 0
        for part in parts {
            guard let size = graph[part].shape[axis].known else { return nil }
            if start >= before && start + count <= before + size {
                var begins = starts
                begins[axis] = Size(start - before)
                return emit(.slice, [part], s.signature, .slice(starts: begins, steps: steps))
            }
            before += size
        }
        return nil
    }

    /// A slice that does not touch the padding.
    private mutating func slicedInside(_ s: Subject, _ inner: NodeID, low: [Size], starts: [Size], steps: [Int]) -> NodeID? {
        var begins: [Size] = []
        for axis in starts.indices {
            guard let start = starts[axis].known, let before = low[axis].known, let size = graph[inner].shape[axis].known,
                let count = s.shape[axis].known, count > 0, start >= before, start - before + (count - 1) * steps[axis] < size
            else { return nil }
            begins.append(Size(start - before))
        }
        return emit(.slice, [inner], s.signature, .slice(starts: begins, steps: steps))
    }

    mutating func padded(_ s: Subject) -> NodeID? {
        guard case .padding(let low, let high, let value) = s.attributes else { return nil }
        let x = s.operands[0]
        if (low + high).allSatisfy({ $0 == 0 }) { return x }
        if let bits = graph.constantBits(of: x), bits == Graph.bits(value, s.type) { return splat(bits: bits, s.signature) }
        if let inner = under(.pad, x), case .padding(let low0, let high0, let value0) = graph.attributes(of: x), value0 == value {
            let lows = low.indices.map { low[$0] + low0[$0] }, highs = high.indices.map { high[$0] + high0[$0] }
            return emit(.pad, [inner], s.signature, .padding(low: lows, high: highs, value: value))
        }
        return nil
    }

    /// The sum of two tensors padded with zeros that lie side by side is their concatenation: what the gradients of slices add up to.
    mutating func padsJoined(_ s: Subject, _ first: NodeID, _ second: NodeID) -> NodeID? {
        guard let a = under(.pad, first), let b = under(.pad, second), case .padding(let lowA, let highA, 0) = graph.attributes(of: first),
            case .padding(let lowB, let highB, 0) = graph.attributes(of: second)
        else { return nil }
        let differing = lowA.indices.filter { lowA[$0] != lowB[$0] || highA[$0] != highB[$0] }
        guard differing.count == 1, let axis = differing.first, let low = lowA[axis].known, let size = graph[a].shape[axis].known,
            lowB[axis] == Size(low + size), let highSize = highA[axis].known, let sizeB = graph[b].shape[axis].known,
            let highSizeB = highB[axis].known, highSize == sizeB + highSizeB
        else { return nil }
        let both = Signature(type: s.type, shape: graph[a].shape.replacing(axis: axis, with: Size(size + sizeB)))
        let joined = emit(.concatenate, [a, b], both, .axis(axis))
        return emit(.pad, [joined], s.signature, .padding(low: lowA, high: highA.enumerated().map { $0 == axis ? highB[axis] : $1 }, value: 0))
    }

    /// One operand, empty operands, concatenations of concatenations.
    mutating func joined(_ s: Subject) -> NodeID? {
        guard case .axis(let axis) = s.attributes else { return nil }
        if s.operands.count == 1 { return s.operands[0] }
        let flat = s.operands.flatMap { graph.attributes(of: $0) == s.attributes ? match($0, .concatenate) ?? [$0] : [$0] }
        if flat.count > s.operands.count && flat.count <= Graph.maximumOperandCount { return emit(.concatenate, flat, s.signature, s.attributes) }
        let filled = s.operands.filter { graph[$0].shape[axis] != 0 }
        if filled.isEmpty || filled.count == s.operands.count { return nil }
        return emit(.concatenate, filled, s.signature, s.attributes)
    }

    mutating func reversed(_ s: Subject) -> NodeID? {
        guard case .axes(let axes) = s.attributes else { return nil }
        let x = s.operands[0], long = axes.filter { s.shape[$0] != 1 && s.shape[$0] != 0 }
        if long.isEmpty || graph.constantBits(of: x) != nil { return x }
        if long.count < axes.count { return emit(.reverse, [x], s.signature, .axes(long)) }
        if let inner = under(.reverse, x), case .axes(let first) = graph.attributes(of: x) {
            return emit(.reverse, [inner], s.signature, .axes(Set(axes).symmetricDifference(first).sorted()))
        }
        return nil
    }

    /// A dynamic slice at a constant that is in range, as a slice.
    mutating func cut(_ s: Subject) -> NodeID? {
        guard case .axis(let axis) = s.attributes, let bits = graph.constantBits(of: s.operands[1]),
            let limit = graph[s.operands[0]].shape[axis].known,
            let count = s.shape[axis].known, let start = Size(exactly: Int(Int64(bitPattern: bits))), (start.known ?? 0) + count <= limit
        else { return nil }
        var starts = [Size](repeating: 0, count: s.shape.rank)
        starts[axis] = start
        return emit(.slice, [s.operands[0]], s.signature, .slice(starts: starts, steps: Array(repeating: 1, count: s.shape.rank)))
    }

    /// Indices 0, 1, 2, … of a whole axis, or one constant index that is in range.
    mutating func gathered(_ s: Subject) -> NodeID? {
        guard case .axis(let axis) = s.attributes else { return nil }
        let (x, indices) = (s.operands[0], s.operands[1]), from = graph[x].shape
        if graph[indices].primitive == .iota && graph[indices].shape.rank == 1 && graph[indices].shape[0] == from[axis] { return x }
        guard graph[indices].shape.elementCount == 1, let bits = graph.constantBits(of: indices), let limit = from[axis].known,
            let start = Size(exactly: Int(Int64(bitPattern: bits))), (start.known ?? limit) < limit
        else { return nil }
        var starts = [Size](repeating: 0, count: from.rank)
        starts[axis] = start
        let one = Signature(type: s.type, shape: from.replacing(axis: axis, with: 1))
        let slice = emit(.slice, [x], one, .slice(starts: starts, steps: Array(repeating: 1, count: from.rank)))
        return emit(.reshape, [slice], s.signature)
    }
}
