import DaedalGraph
import DaedalTensor

/// A loop whose turns treat every row of the first axis by itself: a thread may run all turns on its rows and wait for nobody.
///
/// Every element of a split loop is computed by the same chain of operations as in the whole one, so the bits do not depend on the split.
struct RowSplit {
    let rows: Int
    /// By node of the body: whether it has one row for each row of the loop.
    private let hasRows: [Bool]
    private let loop: Loop

    /// Finds out; nil where rows meet, or where an operation may fail.
    init?(_ loop: Loop) {
        guard loop.carryCount > 0, loop.length.known ?? 0 > 1, let first = loop.carryResults.first, let rows = loop.body[first].shape.first?.known,
            rows > 1
        else { return nil }
        var search = Search(loop: loop, rows: rows)
        guard let hasRows = search.run() else { return nil }
        self.loop = loop
        self.rows = rows
        self.hasRows = hasRows
    }

    /// Whether an input of the body has one row for each row of the loop.
    func hasRows(input position: Int) -> Bool {
        loop.body.ids.contains { loop.body.attributes(of: $0) == .input(position) && loop.body[$0].primitive == .input && hasRows[Int($0.index)] }
    }

    /// The body for fewer rows; its nodes have the same numbers.
    func body(rows count: Int) -> Graph {
        var result = Graph()
        for id in loop.body.ids {
            let node = loop.body[id]
            _ = result.append(
                node.primitive, Array(loop.body.operands(of: id)), type: node.type,
                shape: hasRows[Int(id.index)] ? node.shape.replacing(axis: 0, with: Size(count)) : node.shape,
                attributes: loop.body.attributes(of: id), origin: node.origin)
        }
        return result
    }

}

extension RowSplit {
    /// The search for what has rows. A constant has none until it meets something that does.
    private struct Search {
        let loop: Loop
        let rows: Int
        var constantsWithRows: Set<Int> = []

        private enum Answer {
            case rows, none, never
            /// The input at a position must have rows.
            case again(Int)
        }

        mutating func run() -> [Bool]? {
            while true {
                var hasRows = [Bool](repeating: false, count: loop.body.count)
                var next: Int?
                for id in loop.body.ids where next == nil {
                    switch answer(id, hasRows) {
                    case .rows: hasRows[Int(id.index)] = true
                    case .none: break
                    case .never: return nil
                    case .again(let position): next = position
                    }
                }
                if let next {
                    if !constantsWithRows.insert(next).inserted { return nil }
                    continue
                }
                return (loop.carryResults + loop.stackedResults).allSatisfy { hasRows[Int($0.index)] } ? hasRows : nil
            }
        }

        private func startsWithRows(_ id: NodeID) -> Bool { loop.body[id].shape.first?.known == rows }

        private func answer(_ id: NodeID, _ hasRows: [Bool]) -> Answer {
            let body = loop.body, operands = Array(body.operands(of: id)), attributes = body.attributes(of: id)
            func has(_ operand: NodeID) -> Bool { hasRows[Int(operand.index)] }
            guard body[id].shape.isKnown else { return .never }
            switch body[id].primitive {
            case .input:
                guard case .input(let position) = attributes else { return .never }
                if position < loop.carryCount { return startsWithRows(id) ? .rows : .never }
                if position < loop.carryCount + loop.sequenceCount { return startsWithRows(id) ? .rows : .none }
                return constantsWithRows.contains(position) ? .rows : .none
            case .constant: return .none
            case .iota: return attributes != .axis(0) && startsWithRows(id) ? .rows : .none
            case .gather, .scatter, .dynamicSlice, .dynamicUpdate, .scan, .part: return .never
            case .floorDivide, .remainder: if body[id].type.isInteger { return .never }
            default: break
            }
            if body[id].primitive == .expand && !has(operands[0]) { return expanded(id, operands[0]) }
            if !operands.contains(where: { has($0) }) { return .none }
            if body[id].primitive.isElementwise || body[id].primitive == .concatenate {
                if attributes == .axis(0) { return .never }
                for operand in operands where !has(operand) { return constant(operand).map { .again($0) } ?? .never }
                return .rows
            }
            return moved(id, operands, attributes, has) ? .rows : .never
        }

        private func expanded(_ id: NodeID, _ operand: NodeID) -> Answer {
            guard startsWithRows(id) else { return .none }
            if loop.body[operand].shape.first?.known == 1 { return .rows }
            return constant(operand).map { .again($0) } ?? .never
        }

        /// The constant input that a node shows, its first axis as it is.
        private func constant(_ id: NodeID) -> Int? {
            var id = id
            while true {
                guard startsWithRows(id) else { return nil }
                switch loop.body[id].primitive {
                case .input:
                    guard case .input(let position) = loop.body.attributes(of: id), position >= loop.carryCount + loop.sequenceCount else {
                        return nil
                    }
                    return position
                case .reshape, .stopGradient, .cast, .expand: id = loop.body.operand(0, of: id)
                default: return nil
                }
            }
        }

        /// Whether the rows of the first operand stay apart and in order.
        private func moved(_ id: NodeID, _ operands: [NodeID], _ attributes: Attributes, _ has: (NodeID) -> Bool) -> Bool {
            guard has(operands[0]), startsWithRows(id) else { return false }
            switch (loop.body[id].primitive, attributes) {
            case (.reshape, _), (.expand, _): return true
            case (.permute, .permutation(let order)): return order.first == 0
            case (.slice, .slice(let starts, let steps)): return starts.first == 0 && steps.first == 1
            case (.pad, .padding(let low, let high, _)): return low.first == 0 && high.first == 0
            case (.reverse, .axes(let axes)), (.sum, .axes(let axes)), (.product, .axes(let axes)), (.maximumOf, .axes(let axes)),
                (.minimumOf, .axes(let axes)):
                return !axes.contains(0)
            case (.indexOfMaximum, .axis(let axis)), (.cumulativeSum, .axis(let axis)), (.order, .axis(let axis)): return axis != 0
            case (.matrixProduct, .product(let left, _)):
                return loop.body[id].shape.rank > 2 ? has(operands[1]) : !left && !has(operands[1])
            default: return false
            }
        }
    }
}
