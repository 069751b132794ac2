import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension TensorNatives {
    /// Products of matrices and sums over named axes.
    static var products: [NativeFunction] { [matmul, einsum] }

    private static var matmul: NativeFunction {
        .tensor("matmul", [.init("a"), .init("b")]) { (call) throws(RuntimeFailure) in
            let a = try call.tensor(0), b = try call.tensor(1), lowering = try call.lowering()
            return lowering.value(try lowering.matrixProduct(lowering.node(a), lowering.node(b)))
        }
    }

    private static var einsum: NativeFunction {
        .tensor("einsum", [.init("formula"), .rest("tensors")]) { (call) throws(RuntimeFailure) in
            let formula = try call.string(0)
            var tensors: [TensorObject] = []
            guard case .list(let given) = call[1] else { throw call.wrongKind(1, "tensors") }
            for item in given.items {
                guard let tensor = try TensorLiteral.tensor(from: item, in: call.context, at: call.span) else { throw call.wrongKind(1, "tensors") }
                tensors.append(tensor)
            }
            let lowering = try call.lowering()
            var terms: [EinsumTerm] = []
            let (inputs, output) = try parts(of: formula, ranks: tensors.map(\.shape.rank), call)
            guard inputs.count == tensors.count else {
                throw call.failure("E203", "\"\(formula)\" names \(inputs.count) tensors, here are \(tensors.count)")
            }
            for (letters, tensor) in zip(inputs, tensors) {
                guard letters.count == tensor.shape.rank else {
                    throw call.failure("E201", "\"\(String(letters))\" has \(letters.count) letters, but the tensor is \(tensor.shape)")
                }
                terms.append(try EinsumTerm(letters, lowering.number(lowering.node(tensor))).withoutRepeats(lowering))
            }
            let type = terms.map { lowering.type($0.node) }.reduce(.i32, max)
            guard var result = terms.first else { throw call.failure("E203", "needs at least one tensor") }
            result.node = try lowering.cast(result.node, type)
            for (at, term) in terms.enumerated().dropFirst() {
                var next = term
                next.node = try lowering.cast(next.node, type)
                let needed = Set(output).union(terms[(at + 1)...].flatMap(\.letters))
                result = try result.contracted(with: next, keeping: needed, lowering)
            }
            return lowering.value(try result.arranged(output, lowering))
        }
    }

    /// `"ij,jk->ik"`: the letters of each tensor and of the result; without an arrow those that occur once, in order. `...` stands for the axes
    /// that the letters leave over, aligned at their last.
    private static func parts(
        of formula: String, ranks: [Int], _ call: NativeCall
    ) throws(RuntimeFailure) -> (inputs: [[Character]], output: [Character]) {
        let text = formula.filter { $0 != " " }
        var left = text, right: String?
        if let arrow = text.firstRange(of: "->") {
            left = String(text[..<arrow.lowerBound])
            right = String(text[arrow.upperBound...])
        }
        let terms = left.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        // Private-use characters name the axes of `...`.
        let others = zip(terms, ranks).map { $0.contains("...") ? max(0, $1 - ($0.count - 3)) : 0 }.max() ?? 0
        let names = (0..<min(others, Shape.maximumRank)).compactMap { Unicode.Scalar(0xE000 + $0).map(Character.init) }
        func spread(_ term: String, _ count: Int) throws(RuntimeFailure) -> [Character] {
            let pieces = term.split(separator: "...", maxSplits: 1, omittingEmptySubsequences: false)
            guard pieces.allSatisfy({ $0.allSatisfy(\.isLetter) }) else {
                throw call.failure("E203", "\"\(formula)\" is not a formula of letters such as \"ij,jk->ik\"")
            }
            return pieces.count == 2 ? Array(pieces[0]) + names.suffix(count) + Array(pieces[1]) : Array(term)
        }
        var inputs: [[Character]] = []
        for (at, term) in terms.enumerated() {
            inputs.append(try spread(term, at < ranks.count ? max(0, ranks[at] - (term.count - 3)) : others))
        }
        let all = inputs.flatMap { $0 }
        let result: [Character]
        if let right {
            result = try spread(right, others)
        } else {
            result = names + Set(all).subtracting(names).filter { letter in all.count { $0 == letter } == 1 }.sorted()
        }
        for letter in result where !all.contains(letter) { throw call.failure("E203", "`\(letter)` after the arrow occurs in no tensor") }
        guard Set(result).count == result.count else { throw call.failure("E203", "a letter occurs twice after the arrow in \"\(formula)\"") }
        return (inputs, result)
    }
}

/// A tensor whose axes have letters.
private struct EinsumTerm {
    var letters: [Character]
    var node: NodeID

    init(_ letters: [Character], _ node: NodeID) {
        self.letters = letters
        self.node = node
    }

    /// Letters that occur twice walk along the diagonal.
    func withoutRepeats(_ lowering: Lowering) throws(RuntimeFailure) -> EinsumTerm {
        var term = self
        while let first = term.letters.indices.first(where: { term.letters[..<$0].contains(term.letters[$0]) }) {
            guard let other = term.letters.firstIndex(of: term.letters[first]) else { break }
            let shape = lowering.shape(term.node)
            guard shape[first].relation(to: shape[other]) != .different else {
                throw lowering.context.failure(
                    ShapeFailure("`\(term.letters[first])` is \(shape[other]) on one axis and \(shape[first]) on another"), at: lowering.span)
            }
            let rest = term.letters.indices.filter { $0 != first && $0 != other }
            let moved = try lowering.permute(term.node, [other, first] + rest)
            let flat = try lowering.reshape(moved, Shape([shape[other] * shape[first]] + rest.map { shape[$0] }))
            let step = lowering.constant(int: (shape[first].known ?? 0) + 1, .i64)
            let places = try lowering.binary(.multiply, lowering.iota(Shape([shape[other]]), axis: 0), step)
            term = EinsumTerm([term.letters[other]] + rest.map { term.letters[$0] }, try lowering.gather(flat, places, axis: 0))
        }
        return term
    }

    /// Sums away the letters that are not kept.
    func summed(keeping kept: Set<Character>, _ lowering: Lowering) throws(RuntimeFailure) -> EinsumTerm {
        let axes = letters.indices.filter { !kept.contains(letters[$0]) }
        if axes.isEmpty { return self }
        return EinsumTerm(letters.filter { kept.contains($0) }, try lowering.reduce(.sum, node, axes: axes))
    }

    /// One matrix product: letters of both that are kept are its stack, letters of both that are not are summed.
    func contracted(with other: EinsumTerm, keeping kept: Set<Character>, _ lowering: Lowering) throws(RuntimeFailure) -> EinsumTerm {
        let left = try summed(keeping: kept.union(other.letters), lowering), right = try other.summed(keeping: kept.union(letters), lowering)
        let both = left.letters.filter { right.letters.contains($0) }
        let stack = both.filter { kept.contains($0) }, inner = both.filter { !kept.contains($0) }
        let rows = left.letters.filter { !both.contains($0) }, columns = right.letters.filter { !both.contains($0) }
        for letter in both {
            guard left.size(letter, lowering).relation(to: right.size(letter, lowering)) != .different else {
                throw lowering.context.failure(
                    ShapeFailure(
                        "shapes do not fit: `\(letter)` is \(left.size(letter, lowering)) in one tensor and \(right.size(letter, lowering)) in another"
                    ),
                    at: lowering.span)
            }
        }
        func product(_ letters: [Character], _ term: EinsumTerm) -> Size { letters.map { term.size($0, lowering) }.reduce(1, *) }
        let depth = stack.map { left.size($0, lowering) }
        let a = try lowering.reshape(
            left.arranged(stack + rows + inner, lowering), Shape([product(stack, left), product(rows, left), product(inner, left)]))
        let b = try lowering.reshape(
            right.arranged(stack + inner + columns, lowering), Shape([product(stack, left), product(inner, left), product(columns, right)]))
        let whole: NodeID
        if stack.isEmpty {
            let x = try lowering.reshape(a, Shape(lowering.shape(a).dropFirst())), y = try lowering.reshape(b, Shape(lowering.shape(b).dropFirst()))
            whole = try lowering.matrixProduct(x, y)
        } else {
            whole = try lowering.matrixProduct(a, b)
        }
        let sizes = depth + rows.map { left.size($0, lowering) } + columns.map { right.size($0, lowering) }
        guard sizes.count <= Shape.maximumRank else {
            throw RuntimeFailure("E203", "a tensor has at most \(Shape.maximumRank) axes", at: lowering.span)
        }
        return EinsumTerm(stack + rows + columns, try lowering.reshape(whole, Shape(sizes)))
    }

    func size(_ letter: Character, _ lowering: Lowering) -> Size { letters.firstIndex(of: letter).map { lowering.shape(node)[$0] } ?? 1 }

    /// The node with its axes in an order, after summing the letters that are not in it.
    func arranged(_ order: [Character], _ lowering: Lowering) throws(RuntimeFailure) -> NodeID {
        let term = try summed(keeping: Set(order), lowering)
        return try lowering.permute(term.node, order.compactMap { term.letters.firstIndex(of: $0) })
    }
}
