import DaedalTensor

/// The position of a node in its graph. Operands always have smaller positions.
package struct NodeID: Hashable, Sendable, Comparable {
    package let index: Int32
    @inline(__always) package init(_ index: Int) { self.index = Int32(truncatingIfNeeded: index) }
    package static func < (a: NodeID, b: NodeID) -> Bool { a.index < b.index }
}

/// One operation: a flat struct without references.
package struct Node: Sendable {
    package let primitive: Primitive
    package let type: ElementType
    let operandCount: UInt16
    let firstOperand: Int32
    let attributeIndex: Int32
    /// Whatever the graph's maker keeps about the place that asked for the node (an index into its own table); not part of its identity.
    package let origin: UInt32
    package let shape: Shape
    /// A hash of the primitive, type, shape, attributes and, through their hashes, the operands.
    package let hash: UInt64
}

/// A directed acyclic graph of primitives in topological order. A value.
package struct Graph: Sendable {
    package private(set) var nodes: [Node] = []
    private var operandPool: [NodeID] = []
    private var attributePool: [Attributes] = [.none]
    private var attributeHashes: [UInt64] = [0]
    private var attributeIndex: [Attributes: Int32] = [.none: 0]

    /// The origin of nodes that are appended without one of their own.
    package var defaultOrigin: UInt32 = 0

    /// The most operands of one node.
    package static let maximumOperandCount = Int(UInt16.max)

    package init() {}

    /// Forgets all nodes but keeps the memory.
    package mutating func removeAll() {
        nodes.removeAll(keepingCapacity: true)
        operandPool.removeAll(keepingCapacity: true)
    }

    package var count: Int { nodes.count }
    package var ids: some RandomAccessCollection<NodeID> { nodes.indices.lazy.map { NodeID($0) } }
    package subscript(id: NodeID) -> Node { nodes[Int(id.index)] }
    package func attributes(of id: NodeID) -> Attributes { attributePool[Int(self[id].attributeIndex)] }

    package func operands(of id: NodeID) -> ArraySlice<NodeID> {
        let node = self[id]
        return operandPool[Int(node.firstOperand)..<Int(node.firstOperand) + Int(node.operandCount)]
    }

    /// The k-th operand of a node.
    package func operand(_ k: Int, of id: NodeID) -> NodeID { operandPool[Int(self[id].firstOperand) + k] }

    /// Appends a node whose type and shape are already known to be right: for passes and gradients, which build from checked parts.
    /// Everyone else goes through `apply`, which runs the shape rule.
    package mutating func append(
        _ primitive: Primitive, _ operands: [NodeID] = [], type: ElementType, shape: Shape, attributes: Attributes = .none, origin: UInt32? = nil
    ) -> NodeID {
        append(primitive, operands, type: type, shape: shape, attribute: intern(attributes), origin: origin ?? defaultOrigin)
    }

    /// Appends a node whose attributes are interned in this graph already.
    private mutating func append(
        _ primitive: Primitive, _ operands: some Collection<NodeID>, type: ElementType, shape: Shape, attribute: Int32, origin: UInt32
    ) -> NodeID {
        var hash = (UInt64(primitive.rawValue) << 8 | UInt64(type.rawValue)) &* 0x9E37_79B9_7F4A_7C15
        for operand in operands { hash = Self.mix(hash, nodes[Int(operand.index)].hash) }
        hash = Self.mix(hash, shape.hash64)
        if attribute != 0 { hash = Self.mix(hash, attributeHashes[Int(attribute)]) }
        let node = Node(
            primitive: primitive, type: type, operandCount: UInt16(operands.count), firstOperand: Int32(operandPool.count), attributeIndex: attribute,
            origin: origin, shape: shape, hash: hash)
        operandPool.append(contentsOf: operands)
        nodes.append(node)
        return NodeID(nodes.count - 1)
    }

    /// Appends a node of another graph on operands of this one. `translation` remembers where the other's attributes are kept here (-1: not yet).
    package mutating func append(copyOf id: NodeID, in source: Graph, _ operands: [NodeID], translation: inout [Int32]) -> NodeID {
        let node = source[id], from = Int(node.attributeIndex)
        if translation.count <= from { translation.append(contentsOf: repeatElement(-1, count: source.attributePool.count - translation.count)) }
        if translation[from] < 0 { translation[from] = intern(source.attributePool[from]) }
        return append(node.primitive, operands, type: node.type, shape: node.shape, attribute: translation[from], origin: node.origin)
    }

    /// Makes room for nodes.
    mutating func reserve(_ count: Int) {
        nodes.reserveCapacity(count)
        operandPool.reserveCapacity(count * 2)
    }

    /// Takes the last node back. Precondition: nothing uses it.
    mutating func removeLast() {
        let node = nodes.removeLast()
        operandPool.removeLast(Int(node.operandCount))
    }

    /// Whether two nodes of this graph are the same operation on the same operands.
    func isSame(_ a: NodeID, _ b: NodeID) -> Bool {
        let x = self[a], y = self[b]
        return x.hash == y.hash && x.primitive == y.primitive && x.type == y.type && x.attributeIndex == y.attributeIndex && x.shape == y.shape
            && operands(of: a) == operands(of: b)
    }

    private mutating func intern(_ attributes: Attributes) -> Int32 {
        if case .none = attributes { return 0 }
        // Of few attributes each is compared sooner than hashed.
        if attributePool.count <= 8 {
            for i in 1..<attributePool.count where attributePool[i] == attributes { return Int32(i) }
        } else if let index = attributeIndex[attributes] {
            return index
        }
        let index = Int32(attributePool.count)
        attributePool.append(attributes)
        attributeHashes.append(UInt64(bitPattern: Int64(attributes.hashValue)))
        attributeIndex[attributes] = index
        return index
    }

    @inline(__always) private static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let x = (a ^ b) &* 0xFF51_AFD7_ED55_8CCD
        return (x << 31 | x >> 33) &* 0xC4CE_B9FE_1A85_EC53
    }

    /// A hash of every node: equal graphs have equal hashes. Valid within one process.
    package var structuralHash: UInt64 { nodes.reduce(UInt64(nodes.count)) { Self.mix($0, $1.hash) } }
}

extension Graph: Equatable {
    /// Whether both hold the same operations on the same operands; origins do not count.
    package static func == (a: Graph, b: Graph) -> Bool {
        guard a.nodes.count == b.nodes.count else { return false }
        for at in a.nodes.indices where !same(a.nodes[at], a, b.nodes[at], b) { return false }
        return true
    }

    /// Whether nodes of two graphs are the same operation on operands of the same numbers.
    @inline(__always) private static func same(_ x: Node, _ a: Graph, _ y: Node, _ b: Graph) -> Bool {
        guard x.hash == y.hash, x.primitive == y.primitive, x.type == y.type, x.shape == y.shape, x.operandCount == y.operandCount else {
            return false
        }
        for k in 0..<Int(x.operandCount) where a.operandPool[Int(x.firstOperand) + k] != b.operandPool[Int(y.firstOperand) + k] { return false }
        // Most nodes have none.
        return x.attributeIndex | y.attributeIndex == 0 || a.attributePool[Int(x.attributeIndex)] == b.attributePool[Int(y.attributeIndex)]
    }
}
