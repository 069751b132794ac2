import DaedalTensor

/// The rule of `scan`: a scan in the other direction whose carries are the cotangents of the carries and the running sums of the constants'.
///
/// What its body needs of the forward pass is recomputed from the saved carries, except expensive operations, whose results are saved too.
/// A constant that is the right operand of a matrix product has its gradient taken by one product after the loop, over all steps at once.
extension Gradient {
    /// The contributions to each operand of a scan, given cotangents of its parts.
    static func scan(_ g: inout Graph, _ node: NodeID, parts: [Int: NodeID], wanted: [Bool]) throws(ShapeFailure) -> [NodeID?] {
        guard case .loop(let loop) = g.attributes(of: node) else { return wanted.map { _ in nil } }
        let operands = Array(g.operands(of: node))
        let body = try LoopGradient(loop, operandCount: operands.count, parts: Set(parts.keys), wanted: wanted)
        if body.isEmpty { return wanted.map { _ in nil } }
        let saved = try body.save(&g, operands)

        var initial: [NodeID] = []
        for carry in body.carries {
            let start = if let given = parts[carry] { given } else { try zeros(&g, operands[carry]) }
            initial.append(start)
        }
        for constant in body.accumulated { initial.append(try zeros(&g, operands[constant])) }
        var sequences: [NodeID] = [], constants: [NodeID] = []
        for role in body.inputs {
            switch role {
            case .carry(let position): sequences.append(saved.carries[position] ?? operands[position])
            case .sequence(let position): sequences.append(operands[position])
            case .stackCotangent(let part): sequences.append(parts[part] ?? operands[0])
            case .saved(let id): sequences.append(saved.nodes[id] ?? operands[0])
            case .constant(let position): constants.append(operands[position])
            case .carryCotangent, .accumulator: break
            }
        }
        let reversed = Loop(
            body: body.graph, carryResults: body.carryResults, stackedResults: body.stackedResults, sequenceCount: sequences.count,
            length: loop.length,
            isReversed: !loop.isReversed)
        let scan = try g.apply(.scan, initial + sequences + constants, .loop(reversed))

        var result = [NodeID?](repeating: nil, count: operands.count)
        func part(_ g: inout Graph, _ number: Int) throws(ShapeFailure) -> NodeID { try g.apply(.part, [scan], .part(number)) }
        for (number, carry) in body.carries.enumerated() where wanted[carry] { result[carry] = try part(&g, number) }
        for (number, constant) in body.accumulated.enumerated() { result[constant] = try part(&g, body.carries.count + number) }
        for (number, sequence) in body.sequenceGradients.enumerated() { result[sequence] = try part(&g, body.carryResults.count + number) }
        for capture in body.captures {
            let dy = try part(&g, body.carryResults.count + capture.cotangentStack)
            let left: NodeID
            switch capture.left {
            case .carry(let position): left = saved.carries[position] ?? operands[position]
            case .sequence(let position): left = operands[position]
            case .stack(let number): left = try part(&g, body.carryResults.count + number)
            }
            let (a, b) = (try flattened(&g, left), try flattened(&g, dy))
            let product = try capture.transposesRight ? g.product(b, a, transposesLeft: true) : g.product(a, b, transposesLeft: true)
            let present = result[capture.constant]
            result[capture.constant] = if let present { try g.add(present, product) } else { product }
        }
        return result
    }

    private static func zeros(_ g: inout Graph, _ like: NodeID) throws(ShapeFailure) -> NodeID { try g.filled(0, g.signature(of: like)) }

    /// `[length, rows, columns]` as `[length · rows, columns]`.
    private static func flattened(_ g: inout Graph, _ id: NodeID) throws(ShapeFailure) -> NodeID {
        let shape = g[id].shape
        return try g.reshape(id, to: [shape[0] * shape[1], shape[2]])
    }
}
