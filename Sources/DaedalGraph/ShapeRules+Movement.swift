import DaedalTensor

/// The operations that move elements and compute nothing.
extension ShapeRules.Application {
    func reshape() throws(ShapeFailure) -> Signature {
        let x = operands[0], shape = try wanted().shape
        // Axes that both shapes share cancel, so `[batch, 12]` and `[batch, 3, 5]` are told apart although batch is a symbol.
        var left = Array(x.shape), right: [Size] = []
        for size in shape {
            if let at = left.firstIndex(of: size) { left.remove(at: at) } else { right.append(size) }
        }
        let before = left.reduce(1, *), after = right.reduce(1, *)
        let isEmpty = x.shape.contains(0) && shape.contains(0)
        let exact = isEmpty ? true : x.shape.elementCount.flatMap { a in shape.elementCount.map { a == $0 } }
        guard exact ?? (before.relation(to: after) != .different) else {
            let (have, want) = exact == nil ? (before.description, after.description) : (x.shape.elementText, shape.elementText)
            let unit = exact == nil && left.count < x.shape.rank ? "elements for each \(sharedText(x.shape, shape))" : "elements"
            throw ShapeFailure("cannot reshape \(x.shape) to \(shape): \(have) \(unit) do not fit \(want)")
        }
        return Signature(type: x.type, shape: shape)
    }

    /// The symbolic sizes that both shapes have: `batch`.
    private func sharedText(_ a: Shape, _ b: Shape) -> String {
        let shared = a.filter { !$0.isKnown && b.contains($0) }
        return shared.isEmpty ? "row" : shared.map(\.description).joined(separator: " * ")
    }

    func expand() throws(ShapeFailure) -> Signature {
        let x = operands[0], shape = try wanted().shape
        let fits = x.shape.rank == shape.rank && x.shape.indices.allSatisfy { x.shape[$0] == 1 || x.shape[$0].relation(to: shape[$0]) != .different }
        guard fits else {
            throw ShapeFailure("cannot expand \(x.shape) to \(shape)", hint: "only axes of size 1 stretch, and the number of axes stays")
        }
        return Signature(type: x.type, shape: shape)
    }

    func permute() throws(ShapeFailure) -> Signature {
        guard case .permutation(let order) = attributes else { throw wrongAttributes }
        let x = operands[0]
        guard order.sorted() == Array(x.shape.indices) else {
            throw ShapeFailure("`permute` of \(x.shape) needs each of its \(x.shape.rank) axes once, not \(order)")
        }
        return Signature(type: x.type, shape: Shape(order.map { x.shape[$0] }))
    }

    func slice() throws(ShapeFailure) -> Signature {
        guard case .slice(let starts, let steps) = attributes else { throw wrongAttributes }
        let x = operands[0], shape = try wanted().shape
        guard starts.count == x.shape.rank, steps.count == x.shape.rank, shape.rank == x.shape.rank else { throw wrongAttributes }
        for axis in shape.indices {
            let size = x.shape[axis], start = starts[axis], count = shape[axis]
            guard steps[axis] > 0, let step = Size(exactly: steps[axis]) else {
                throw ShapeFailure("a slice needs a positive step, not \(steps[axis])")
            }
            let end = count == 0 ? start : try sum(start, (count - 1) * step, 1)
            guard !end.surelyExceeds(size) else {
                let last = count == 0 ? "\(start)" : "\(end)"
                throw ShapeFailure("a slice of \(x.shape) reaches \(last) on axis \(axis), which has \(size)")
            }
        }
        return Signature(type: x.type, shape: shape)
    }

    func pad() throws(ShapeFailure) -> Signature {
        guard case .padding(let low, let high, _) = attributes else { throw wrongAttributes }
        let x = operands[0]
        guard low.count == x.shape.rank, high.count == x.shape.rank else {
            throw ShapeFailure("`pad` of \(x.shape) needs a pair of numbers for each of its \(x.shape.rank) axes, not \(low.count)")
        }
        var shape = Shape()
        for axis in x.shape.indices { shape.append(try sum(low[axis], x.shape[axis], high[axis])) }
        return Signature(type: x.type, shape: shape)
    }

    func concatenate() throws(ShapeFailure) -> Signature {
        guard let first = operands.first else { throw ShapeFailure("`concat` of no tensors") }
        guard operands.count <= Graph.maximumOperandCount else { throw ShapeFailure("`concat` of more than \(Graph.maximumOperandCount) tensors") }
        let axis = try axis(of: first.shape)
        var shape = first.shape
        for (position, next) in operands.enumerated().dropFirst() {
            try requireSameType(first, next)
            guard next.shape.rank == shape.rank, shape.replacing(axis: axis, with: 1).mayEqual(next.shape.replacing(axis: axis, with: 1)) else {
                throw ShapeFailure(
                    "shapes do not fit: `concat` on axis \(axis) meets \(first.shape) first and \(next.shape) at position \(position)",
                    hint: "all other axes must be equal")
            }
            shape = shape.merged(with: next.shape.replacing(axis: axis, with: shape[axis]))
            shape[axis] = try sum(shape[axis], next.shape[axis])
        }
        return Signature(type: first.type, shape: shape)
    }

    func reverse() throws(ShapeFailure) -> Signature {
        _ = try axes(of: operands[0].shape)
        return operands[0]
    }
}

extension Shape {
    /// The count of elements for a message.
    fileprivate var elementText: String { elementCount.map(String.init) ?? elementCountSize.description }
}
