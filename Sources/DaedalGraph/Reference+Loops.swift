import DaedalTensor

/// Loops: the body once for each element.
extension Reference {
    /// The parts of a scan: final carries, then stacked outputs.
    static func scan(_ loop: Loop, _ operands: [Value]) throws(Failure) -> [Value] {
        guard let length = loop.length.known else { throw .symbolicShape([loop.length]) }
        var carries = Array(operands[..<loop.carryCount])
        let sequences = Array(operands[loop.carryCount..<loop.carryCount + loop.sequenceCount])
        let constants = Array(operands[(loop.carryCount + loop.sequenceCount)...])
        let wanted = loop.carryResults + loop.stackedResults
        var rows = [[Value?]](repeating: Array(repeating: nil, count: length), count: loop.stackedResults.count)
        for turn in 0..<length {
            let step = loop.isReversed ? length - 1 - turn : turn
            let results = try run(loop.body, inputs: carries + sequences.map { row(step, of: $0) } + constants, results: wanted)
            carries = Array(results[..<loop.carryCount])
            for (output, value) in results[loop.carryCount...].enumerated() { rows[output][step] = value }
        }
        var parts = carries
        for (output, values) in rows.enumerated() {
            let element = loop.body.signature(of: loop.stackedResults[output])
            let whole = Signature(type: element.type, shape: element.shape.inserting(loop.length, at: 0))
            let present = values.compactMap { $0 }
            parts.append(
                element.type.isFloat
                    ? Value(whole, .floats(present.flatMap(\.floats))) : Value(whole, .integers(present.flatMap(\.integers))))
        }
        return parts
    }

    /// One element of a sequence.
    private static func row(_ step: Int, of sequence: Value) -> Value {
        let signature = Signature(type: sequence.type, shape: sequence.signature.shape.removing(axis: 0))
        let count = signature.shape.elementCount ?? 0
        return sequence.picking(Array(step * count..<(step + 1) * count), signature)
    }
}
