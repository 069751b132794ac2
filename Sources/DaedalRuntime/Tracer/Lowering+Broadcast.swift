import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension Lowering {
    /// The shape in which two operands meet, as NumPy aligns them, with the one refusal: no operand gains leading axes while the other is stretched.
    /// Stacks of matrices in a product have no such refusal.
    package func broadcastShape(_ a: Shape, _ b: Shape, refuses: Bool = true) throws(RuntimeFailure) -> Shape {
        do throws(ShapeFailure) { return try Broadcast.shape(a, b, refuses: refuses) } catch { throw context.failure(error, at: span) }
    }
}

/// How operands of different shapes meet.
enum Broadcast {
    /// The common shape of two operands.
    static func shape(_ a: Shape, _ b: Shape, refuses: Bool = true) throws(ShapeFailure) -> Shape {
        if a == b || b.rank == 0 { return a }
        if a.rank == 0 { return b }
        let (long, short) = a.rank >= b.rank ? (a, b) : (b, a)
        let lead = long.rank - short.rank
        var result = long
        var stretched: Int?
        for axis in 0..<short.rank {
            let (x, y) = (long[lead + axis], short[axis])
            if x == y || y == 1 { continue }
            if x == 1 {
                result[lead + axis] = y
                stretched = lead + axis
                continue
            }
            if x.relation(to: y) == .different { throw mismatch(a, b, fromEnd: short.rank - axis) }
            // Sizes that only running tells apart are checked again then; a number says more than a symbol.
            if y.isKnown { result[lead + axis] = y }
        }
        if refuses, lead > 0, let stretched { throw doubleStretch(a, b, axis: stretched) }
        return result
    }

    private static func mismatch(_ a: Shape, _ b: Shape, fromEnd: Int) -> ShapeFailure {
        let (x, y) = (a[a.rank - fromEnd], b[b.rank - fromEnd])
        return ShapeFailure("shapes do not fit: \(a) meets \(b), where axis -\(fromEnd) has \(x) on the left and \(y) on the right")
    }

    /// `[n, 1] - [n]` is almost always a bug; both things it may have meant are shown.
    private static func doubleStretch(_ a: Shape, _ b: Shape, axis: Int) -> ShapeFailure {
        let leftIsLong = a.rank > b.rank
        let (long, short) = leftIsLong ? (a, b) : (b, a)
        let (longName, shortName) = leftIsLong ? ("t", "f") : ("f", "t")
        let news = Array(repeating: "new", count: long.rank - short.rank).joined(separator: ", ")
        var index = Array(repeating: "..", count: axis) + ["0"]
        if axis < long.rank - 1 { index += ["..."] }
        let outer = "`\(shortName)[\(news)]`", inner = "`\(longName)[\(index.joined(separator: ", "))]`"
        return ShapeFailure(
            "shapes do not fit: \(a) meets \(b); one would gain leading axes while axis \(axis) of the other is stretched from 1",
            hint: "with t \(a) on the left and f \(b) on the right: write \(outer) to combine all with all, or \(inner) to combine them one by one")
    }
}

extension EvaluationContext {
    /// A violated shape rule at a place, with the path of shapes through the models around it.
    package func failure(_ failure: ShapeFailure, at span: Span) -> RuntimeFailure {
        RuntimeFailure(
            "E201", failure.message, at: span, notes: path.note.map { [$0] } ?? [], fixes: failure.hint.map { [Diagnostic.Fix($0)] } ?? [])
    }
}
