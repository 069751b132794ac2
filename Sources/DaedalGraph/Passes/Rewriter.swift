import DaedalTensor

/// A new graph made from an old one, node by node; equal nodes are made once (hash consing).
struct Rewriter {
    let source: Graph
    var graph = Graph()
    /// The new node of each old one, nil while it has none.
    var map: [NodeID?]
    private let needed: [Bool]
    private var translation: [Int32] = []
    private var table: NodeTable
    private var scratch: [NodeID] = []

    init(_ source: Graph, results: [NodeID]) {
        self.source = source
        needed = source.needed(for: results)
        map = Array(repeating: nil, count: source.count)
        table = NodeTable(capacity: source.count)
        graph.reserve(source.count)
    }

    /// The old nodes that results need, in order.
    func isNeeded(_ id: NodeID) -> Bool { needed[Int(id.index)] }

    /// The new operands of an old node.
    mutating func operands(of id: NodeID) -> [NodeID] {
        scratch.removeAll(keepingCapacity: true)
        for operand in source.operands(of: id) { if let new = map[Int(operand.index)] { scratch.append(new) } }
        return scratch
    }

    /// The old node again, on the new operands.
    mutating func copy(_ id: NodeID, _ operands: [NodeID]) -> NodeID {
        shared(graph.append(copyOf: id, in: source, operands, translation: &translation))
    }

    /// A node that is not in the old graph.
    mutating func append(_ primitive: Primitive, _ operands: [NodeID], _ signature: Signature, _ attributes: Attributes = .none) -> NodeID {
        shared(graph.append(primitive, operands, type: signature.type, shape: signature.shape, attributes: attributes))
    }

    /// The node just appended, or the equal one that was there before.
    private mutating func shared(_ id: NodeID) -> NodeID {
        guard let earlier = table.find(orInsert: id, in: graph) else { return id }
        graph.removeLast()
        return earlier
    }

    /// A constant repeated to a shape.
    mutating func splat(bits: UInt64, _ signature: Signature) -> NodeID {
        let scalar = append(.constant, [], Signature(type: signature.type, shape: .scalar), .scalar(bits: bits))
        if signature.shape.rank == 0 { return scalar }
        let ones = Shape(repeatElement(1, count: signature.shape.rank))
        let raised = append(.reshape, [scalar], Signature(type: signature.type, shape: ones))
        return signature.shape == ones ? raised : append(.expand, [raised], signature)
    }

    /// An elementwise primitive on constants as a constant, if its value exists.
    mutating func folded(_ primitive: Primitive, _ operands: [NodeID], _ signature: Signature, _ attributes: Attributes) -> NodeID? {
        guard primitive.isElementwise, operands.allSatisfy({ graph.constantBits(of: $0) != nil }) else { return nil }
        var values: [Reference.Value] = []
        for operand in operands {
            guard let bits = graph.constantBits(of: operand) else { return nil }
            let scalar = Signature(type: graph[operand].type, shape: .scalar)
            values.append(Reference.constant(scalar, .scalar(bits: bits)))
        }
        let scalar = Signature(type: signature.type, shape: .scalar)
        guard let value = try? Reference.value(of: primitive, values, scalar, attributes) else { return nil }
        let bits = signature.type.isFloat ? Graph.bits(value.floats[0], signature.type) : UInt64(bitPattern: value.integers[0])
        return splat(bits: bits, signature)
    }
}

/// An open-addressed table of the nodes of a graph by their structural hash.
struct NodeTable {
    private var slots: [Int32]
    private var count = 0

    init(capacity: Int) {
        var size = 64
        while size < capacity * 2 { size *= 2 }
        slots = Array(repeating: -1, count: size)
    }

    /// The equal node that was put in before; else puts this one in.
    mutating func find(orInsert id: NodeID, in graph: Graph) -> NodeID? {
        if count * 2 >= slots.count { grow(graph) }
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: graph[id].hash) & mask
        while slots[slot] >= 0 {
            let other = NodeID(Int(slots[slot]))
            if graph.isSame(other, id) { return other }
            slot = (slot + 1) & mask
        }
        slots[slot] = id.index
        count += 1
        return nil
    }

    private mutating func grow(_ graph: Graph) {
        let old = slots, mask = old.count * 2 - 1
        slots = Array(repeating: -1, count: old.count * 2)
        for index in old where index >= 0 {
            var slot = Int(truncatingIfNeeded: graph[NodeID(Int(index))].hash) & mask
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = index
        }
    }
}

extension Graph {
    /// The literal's bits of a constant, also seen through reshapes, expansions and permutations.
    func constantBits(of id: NodeID) -> UInt64? {
        var id = id
        while true {
            switch self[id].primitive {
            case .constant:
                guard case .scalar(let bits) = attributes(of: id) else { return nil }
                return bits
            case .reshape, .expand, .permute: id = operand(0, of: id)
            default: return nil
            }
        }
    }
}
