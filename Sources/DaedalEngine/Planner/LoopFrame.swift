import DaedalGraph

/// What stands around a loop: where its operands and results are.
struct LoopFrame {
    typealias Place = ProgramBuilder.Place

    /// The rows that one thread runs.
    struct Rows {
        let split: RowSplit
        let from: Int, to: Int
        var body: Graph { split.body(rows: to - from) }

        /// The part of some bytes that the rows are, and where it begins; everything where there are no rows.
        func share(_ byteCount: Int, ofInput position: Int) -> (start: Int, byteCount: Int) {
            split.hasRows(input: position) ? share(byteCount) : (0, byteCount)
        }

        func share(_ byteCount: Int) -> (start: Int, byteCount: Int) {
            let row = byteCount / split.rows
            return (from * row, (to - from) * row)
        }
    }

    let loop: Loop
    let length: Int
    let carries: [Place]
    let stacks: [(place: Place, byteCount: Int)]
    /// By position, with all bytes.
    var operands: [(place: Place, byteCount: Int)] = []

    /// Makes the variables of a loop, or of one thread's rows of it; gives the places of the body's inputs.
    func bind(_ chunk: inout PlanAssembly.LoopPlan.Chunk, _ rows: Rows?, _ assembly: PlanAssembly) -> [Int: Place] {
        var inputs: [Int: Place] = [:]
        for (position, operand) in operands.enumerated() {
            if position < loop.carryCount {
                let (start, size) = rows?.share(operand.byteCount) ?? (0, operand.byteCount)
                let input = assembly.makeBuffer(size, .loopVariable), output = assembly.makeBuffer(size, .loopVariable)
                chunk.carries.append(
                    .init(
                        input: input, output: output, start: operand.place.buffer, startOffset: operand.place.offset + start,
                        even: assembly.makeBuffer(length > 1 ? size : 0), odd: assembly.makeBuffer(length > 2 ? size : 0),
                        final: carries[position].buffer, finalOffset: carries[position].offset + start))
                inputs[position] = Place(buffer: input, offset: 0)
            } else if position < loop.carryCount + loop.sequenceCount {
                let each = operand.byteCount / length
                let (start, size) = rows?.share(each, ofInput: position) ?? (0, each)
                let variable = assembly.makeBuffer(size, .loopVariable)
                chunk.sequences.append(.init(variable: variable, base: operand.place.buffer, baseOffset: operand.place.offset + start, stride: each))
                inputs[position] = Place(buffer: variable, offset: 0)
            } else {
                let start = rows?.share(operand.byteCount, ofInput: position).start ?? 0
                inputs[position] = Place(buffer: operand.place.buffer, offset: operand.place.offset + start)
            }
        }
        for part in stacks {
            let each = part.byteCount / length
            let (start, size) = rows?.share(each) ?? (0, each)
            let variable = assembly.makeBuffer(size, .loopVariable)
            chunk.stacks.append(.init(variable: variable, base: part.place.buffer, baseOffset: part.place.offset + start, stride: each))
        }
        return inputs
    }
}
