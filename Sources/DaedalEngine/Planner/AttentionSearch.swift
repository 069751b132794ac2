import DaedalGraph
import DaedalTensor

/// How attention is looked for in one graph: who reads what, and the forms of its parts.
struct AttentionSearch {
    let graph: Graph
    private let readerTable: [[NodeID]]
    private let wanted: Set<NodeID>

    init(_ graph: Graph, wanted: [NodeID]) {
        self.graph = graph
        self.wanted = Set(wanted)
        var readers = [[NodeID]](repeating: [], count: graph.count)
        for id in graph.ids {
            for operand in graph.operands(of: id) where readers[Int(operand.index)].last != id { readers[Int(operand.index)].append(id) }
        }
        readerTable = readers
    }

    func readers(of id: NodeID) -> [NodeID] { readerTable[Int(id.index)] }

    /// Whether nobody but some nodes reads others.
    func areRead(_ nodes: Set<NodeID>, only allowed: Set<NodeID>) -> Bool {
        nodes.allSatisfy { node in !wanted.contains(node) && readers(of: node).allSatisfy { allowed.contains($0) } }
    }

    /// The operand of a node of one operand, if it is the given primitive.
    func only(_ id: NodeID, _ primitive: Primitive) -> NodeID? { graph[id].primitive == primitive ? graph.operand(0, of: id) : nil }

    /// The operands of a node of two, if it is the given primitive.
    func pair(_ id: NodeID, _ primitive: Primitive) -> (NodeID, NodeID)? {
        graph[id].primitive == primitive ? (graph.operand(0, of: id), graph.operand(1, of: id)) : nil
    }

    /// The other operand of a node of two that has a given one.
    private func other(_ id: NodeID, _ primitive: Primitive, than mine: NodeID) -> NodeID? {
        guard let (a, b) = pair(id, primitive) else { return nil }
        return a == mine ? b : b == mine ? a : nil
    }

    /// A reduction of one axis, repeated along it: the reduction and all nodes on the way.
    func repeated(_ id: NodeID, _ primitive: Primitive, _ axis: Int) -> (reduction: NodeID, nodes: [NodeID])? {
        guard let restored = only(id, .expand), let reduction = only(restored, .reshape), graph[reduction].primitive == primitive,
            graph.attributes(of: reduction) == .axes([axis]), graph[restored].shape.rank == axis + 1, graph[restored].shape[axis] == 1
        else { return nil }
        return (reduction, [id, restored, reduction])
    }

    /// The one reader of a kind that a node has.
    private func reader(of id: NodeID, where isMeant: (NodeID) -> Bool) -> NodeID? {
        let found = readers(of: id).filter(isMeant)
        return found.count == 1 ? found[0] : nil
    }

    /// From `share`, what arrives at the exponentials by way of the weights, to what leaves them: `e · (share - sum(weights · share))`. All nodes on
    /// the way, the last one first.
    func softmaxGradient(_ share: NodeID, _ weights: NodeID, _ exponentials: NodeID) -> [NodeID]? {
        let axis = graph[share].shape.rank - 1
        guard let part = reader(of: share, where: { other($0, .multiply, than: weights) == share }),
            let negative = reader(of: part, where: { graph[$0].primitive == .negate }),
            let sum = reader(of: negative, where: { graph[$0].primitive == .sum }),
            let restored = reader(of: sum, where: { graph[$0].primitive == .reshape }),
            let wide = reader(of: restored, where: { graph[$0].primitive == .expand }), repeated(wide, .sum, axis) != nil,
            let difference = reader(of: share, where: { other($0, .add, than: wide) == share }),
            let product = reader(of: difference, where: { other($0, .multiply, than: exponentials) == difference })
        else { return nil }
        return [product, difference, wide, restored, sum, negative, part]
    }
}

/// Scores: products that are scaled and partly hidden.
extension AttentionSearch {
    /// A number for all elements: known, or the only element of a node.
    enum Number: Equatable {
        case constant(Double)
        case node(NodeID)

        var node: NodeID? { if case .node(let id) = self { id } else { nil } }
        var constant: Double? { if case .constant(let value) = self { value } else { nil } }
    }

    /// A number that elements are multiplied with or divided by.
    struct Factor: Equatable {
        var number: Number
        var divides: Bool
    }

    struct Scores {
        var q: NodeID, k: NodeID
        /// Whether `k` has a column for each key, not a row.
        var hasKeyColumns = false
        var scale: Factor?
        var causalOffset: Int?
        var mask: NodeID?
        var fill: Number?
        /// Scores, products and what is between them.
        var nodes: [NodeID]
        /// What hides scores, from the last one applied to the first, and the step that scales.
        var selects: [NodeID] = []
        var scaling: NodeID?
    }

    /// Takes scores apart.
    func scores(_ id: NodeID) -> Scores? {
        var id = id, result = Scores(q: id, k: id, nodes: [])
        while graph[id].primitive == .select {
            let condition = graph.operand(0, of: id), a = graph.operand(1, of: id), b = graph.operand(2, of: id)
            guard let number = number(b) ?? number(a), result.fill == nil || result.fill == number else { return nil }
            let showsWhereTrue = self.number(b) != nil
            if let offset = causalOffset(condition, showsWhereTrue: showsWhereTrue), result.causalOffset == nil {
                result.causalOffset = offset
            } else if showsWhereTrue, result.mask == nil {
                result.mask = condition
            } else {
                return nil
            }
            result.fill = number
            result.selects.append(id)
            result.nodes.append(id)
            id = showsWhereTrue ? a : b
        }
        if let (inner, scale) = scaled(id) {
            (result.scale, result.scaling) = (scale, id)
            result.nodes.append(id)
            id = inner
        }
        guard let (q, k) = pair(id, .matrixProduct), case .product(false, let readsRows) = graph.attributes(of: id) else { return nil }
        (result.q, result.k, result.hasKeyColumns) = (q, k, !readsRows)
        result.nodes.append(id)
        return result
    }

    /// What a node multiplies or divides by a number, and the factor.
    private func scaled(_ id: NodeID) -> (NodeID, Factor)? {
        if let (a, b) = pair(id, .divide), let number = number(b) { return (a, Factor(number: number, divides: true)) }
        guard let (a, b) = pair(id, .multiply) else { return nil }
        if let number = number(b) { return (a, Factor(number: number, divides: false)) }
        return number(a).map { (b, Factor(number: $0, divides: false)) }
    }

    /// The one number that a node repeats.
    private func number(_ id: NodeID) -> Number? {
        if let value = graph.constantValue(of: id) { return .constant(value) }
        var id = id
        while graph[id].primitive == .expand || graph[id].primitive == .reshape { id = graph.operand(0, of: id) }
        return graph[id].shape.elementCount == 1 ? .node(id) : nil
    }

    /// From the gradient in scores to the one in products: hidden and scaled as these were. Adds all nodes on the way.
    func slopes(_ id: NodeID, _ scores: Scores, _ nodes: inout [NodeID]) -> NodeID? {
        var id = id
        for select in scores.selects {
            let condition = graph.operand(0, of: select), keepsWhereTrue = number(graph.operand(2, of: select)) != nil
            let next = reader(of: id) { node in
                graph[node].primitive == .select && graph.operand(0, of: node) == condition && graph.operand(keepsWhereTrue ? 1 : 2, of: node) == id
                    && graph.constantValue(of: graph.operand(keepsWhereTrue ? 2 : 1, of: node)) == 0
            }
            guard let next else { return nil }
            nodes.append(next)
            id = next
        }
        if scores.scaling != nil {
            guard let next = reader(of: id, where: { scaled($0).map { $0.0 == id && $0.1 == scores.scale } ?? false }) else { return nil }
            nodes.append(next)
            id = next
        }
        return id
    }

    /// The offset of a comparison of the last two axes' indices by which query i sees key j where j ≤ i + offset.
    private func causalOffset(_ condition: NodeID, showsWhereTrue: Bool) -> Int? {
        var id = condition, isTrue = showsWhereTrue
        let last = Array(graph[condition].shape.suffix(2))
        guard last.count == 2 else { return nil }
        while true {
            switch graph[id].primitive {
            case .not: isTrue.toggle()
            case .expand, .reshape:
                guard Array(graph[graph.operand(0, of: id)].shape.suffix(2)) == last else { return nil }
            case .less, .lessEqual:
                let isStrict = graph[id].primitive == .less
                guard let a = index(graph.operand(0, of: id)), let b = index(graph.operand(1, of: id)) else { return nil }
                // Keys are along the last axis, queries along the one before.
                switch (a.fromEnd, b.fromEnd, isTrue) {
                case (1, 2, true): return b.offset - a.offset - (isStrict ? 1 : 0)
                case (2, 1, false): return a.offset - b.offset - (isStrict ? 0 : 1)
                default: return nil
                }
            default: return nil
            }
            id = graph.operand(0, of: id)
        }
    }

    /// The axis, counted from the end, of which a node is the index plus an offset.
    private func index(_ id: NodeID) -> (fromEnd: Int, offset: Int)? {
        let shape = graph[id].shape
        switch graph[id].primitive {
        case .iota:
            guard case .axis(let axis) = graph.attributes(of: id) else { return nil }
            return (shape.rank - axis, 0)
        case .expand, .cast:
            let inner = graph.operand(0, of: id)
            guard graph[id].type != .bool, let found = index(inner),
                graph[inner].shape[shape.rank - found.fromEnd] == shape[shape.rank - found.fromEnd]
            else { return nil }
            return found
        case .reshape:
            // Of one long axis, which then stands elsewhere.
            let inner = graph.operand(0, of: id), long = shape.indices.filter { shape[$0] != 1 }
            guard graph[inner].shape.rank == 1, long.count == 1, let found = index(inner) else { return nil }
            return (shape.rank - long[0], found.offset)
        case .add, .subtract:
            guard let (a, b) = pair(id, graph[id].primitive) else { return nil }
            let isSum = graph[id].primitive == .add
            if let number = graph.constantValue(of: b), let offset = whole(number) {
                return index(a).map { ($0.fromEnd, $0.offset + (isSum ? offset : -offset)) }
            }
            guard isSum, let number = graph.constantValue(of: a), let offset = whole(number) else { return nil }
            return index(b).map { ($0.fromEnd, $0.offset + offset) }
        default: return nil
        }
    }

    /// A number as an offset between indices.
    private func whole(_ number: Double) -> Int? { abs(number) < 1e9 ? Int(exactly: number) : nil }
}
