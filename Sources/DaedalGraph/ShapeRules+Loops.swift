import DaedalTensor

/// The rule of `scan`. Its own signature is that of nothing (bool, rank 0): results are read through `part`.
extension ShapeRules.Application {
    func scan() throws(ShapeFailure) -> Signature {
        guard case .loop(let loop) = attributes else { throw wrongAttributes }
        let constants = operands.count - loop.carryCount - loop.sequenceCount
        guard constants >= 0, loop.sequenceCount >= 0 else { throw wrongAttributes }
        guard operands.count <= Graph.maximumOperandCount else { throw ShapeFailure("`scan` uses more than \(Graph.maximumOperandCount) tensors") }
        for (position, node) in loop.carryResults.enumerated() {
            let start = operands[position], next = loop.body.signature(of: node)
            guard start.type == next.type, start.shape.mayEqual(next.shape) else {
                throw ShapeFailure(
                    "the state of `scan` starts as \(start) and becomes \(next)", hint: "a step gives a state of the shape and type it was given")
            }
        }
        for sequence in operands[loop.carryCount..<loop.carryCount + loop.sequenceCount] {
            guard let length = sequence.shape.first else { throw ShapeFailure("`scan` goes along the first axis, and a tensor of rank 0 has none") }
            guard length.relation(to: loop.length) != .different else {
                throw ShapeFailure("the sequences of `scan` have \(loop.length) and \(length) steps")
            }
        }
        for id in loop.body.ids where loop.body[id].primitive == .input {
            guard case .input(let position) = loop.body.attributes(of: id), operands.indices.contains(position) else { throw wrongAttributes }
            let expected = loop.bodyInput(position, operand: operands[position]), given = loop.body.signature(of: id)
            guard expected.type == given.type, expected.shape.mayEqual(given.shape) else {
                throw ShapeFailure("the step of `scan` was traced with \(given) where it gets \(expected)")
            }
        }
        for node in loop.stackedResults { try requireRank(atMostMaximum: loop.body[node].shape.rank + 1) }
        return Loop.signature
    }
}

extension Loop {
    /// The type and shape that a scan node itself carries, which nothing reads.
    package static let signature = Signature(type: .bool, shape: .scalar)

    /// What the body sees of an operand of the scan: sequences one element at a time.
    package func bodyInput(_ position: Int, operand: Signature) -> Signature {
        guard position >= carryCount, position < carryCount + sequenceCount, operand.shape.rank > 0 else { return operand }
        return Signature(type: operand.type, shape: operand.shape.removing(axis: 0))
    }

    /// The type and shape of a result, final carries first, then stacked outputs; nil out of range.
    package func partSignature(_ part: Int) -> Signature? {
        if carryResults.indices.contains(part) { return body.signature(of: carryResults[part]) }
        guard stackedResults.indices.contains(part - carryCount) else { return nil }
        let element = body.signature(of: stackedResults[part - carryCount])
        return Signature(type: element.type, shape: element.shape.inserting(length, at: 0))
    }
}
