import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension Lowering {
    /// `a @ b` as NumPy treats vectors, matrices and stacks of matrices.
    package func matrixProduct(_ a: NodeID, _ b: NodeID) throws(RuntimeFailure) -> NodeID {
        let type = max(try productType(a), try productType(b))
        let (x, y) = (try cast(a, type), try cast(b, type))
        guard rank(x) > 0, rank(y) > 0 else {
            throw context.failure(ShapeFailure("`@` needs vectors or matrices, not a single number", hint: "write `*`"), at: span)
        }
        let (left, right) = (shape(x), shape(y))
        let (columns, rows) = (left[left.rank - 1], right[max(right.rank - 2, 0)])
        if columns.relation(to: rows) == .different {
            throw misfit(left, right, columns, rows)
        }
        // A vector is a row on the left, a column on the right; its axis of 1 goes away again.
        let matrixLeft = left.rank == 1 ? try reshape(x, Shape([1, columns])) : x
        let matrixRight = right.rank == 1 ? try reshape(y, Shape([rows, 1])) : y
        var result = try matrices(matrixLeft, matrixRight)
        var shape = Array(shape(result))
        if right.rank == 1 { shape.removeLast() }
        if left.rank == 1 { shape.remove(at: shape.count - (right.rank == 1 ? 1 : 2)) }
        result = try reshape(result, Shape(shape))
        return result
    }

    private func productType(_ node: NodeID) throws(RuntimeFailure) -> ElementType { type(node) == .bool ? .i64 : type(node) }

    private func misfit(_ left: Shape, _ right: Shape, _ columns: Size, _ rows: Size) -> RuntimeFailure {
        let leftWord = left.rank == 1 ? "elements" : "columns", rightWord = right.rank == 1 ? "elements" : "rows"
        let failure = context.failure(
            ShapeFailure("shapes do not fit: `@` meets \(columns) \(leftWord) on the left and \(rows) \(rightWord) on the right"), at: span)
        failure.diagnostic.notes.insert("left \(left), right \(right)", at: 0)
        if right.rank >= 2, right[right.rank - 1].relation(to: columns) == .equal {
            failure.diagnostic.fixes.append(Diagnostic.Fix("transpose the right side: `a @ transpose(b)`"))
        }
        return failure
    }

    /// The product of two stacks of matrices.
    private func matrices(_ a: NodeID, _ b: NodeID) throws(RuntimeFailure) -> NodeID {
        let left = shape(a)
        if rank(b) == 2 && left.rank > 2 {
            // One matrix for all: the stack is one tall matrix, one product instead of many.
            var rows: Size = 1
            for axis in 0..<left.rank - 1 { rows = rows * left[axis] }
            let flat = try product(reshape(a, Shape([rows, left[left.rank - 1]])), b)
            return try reshape(flat, left.replacing(axis: left.rank - 1, with: shape(flat)[1]))
        }
        let batch = try broadcastShape(Shape(left.dropLast(2)), Shape(shape(b).dropLast(2)), refuses: false)
        guard batch.rank + 2 <= Shape.maximumRank else { throw RuntimeFailure("E203", "a tensor has at most \(Shape.maximumRank) axes", at: span) }
        let x = try broadcast(a, to: Shape(Array(batch) + Array(left.suffix(2))))
        let y = try broadcast(b, to: Shape(Array(batch) + Array(shape(b).suffix(2))))
        return try product(x, y)
    }

    /// One `matrixProduct`, which reads a transposed operand as it lies.
    private func product(_ a: NodeID, _ b: NodeID) throws(RuntimeFailure) -> NodeID {
        let (x, flipsLeft) = untransposed(a), (y, flipsRight) = untransposed(b)
        return try apply(.matrixProduct, [x, y], .product(transposesLeft: flipsLeft, transposesRight: flipsRight))
    }

    private func untransposed(_ node: NodeID) -> (NodeID, Bool) {
        guard trace.graph[node].primitive == .permute, case .permutation(let order) = trace.graph.attributes(of: node) else { return (node, false) }
        var swapped = Array(0..<order.count)
        guard order.count >= 2 else { return (node, false) }
        swapped.swapAt(order.count - 1, order.count - 2)
        return order == swapped ? (trace.graph.operand(0, of: node), true) : (node, false)
    }
}
