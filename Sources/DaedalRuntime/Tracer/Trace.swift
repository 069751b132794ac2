import DaedalGraph
import DaedalSyntax
import DaedalTensor

// Tracer: how operations on tensors become graphs. In: operations that the machine or the checker carries out, tensors, parameters.
// Out: graph nodes with the places that made them, evaluated tensors. Never: interpretation, kernels, buffers.

/// A graph under construction with what its nodes came from: inputs (concrete tensors, parameters) and places in the source.
package final class Trace {
    package enum Kind {
        /// Values outside blocks, evaluated when looked at.
        case eager
        /// The inside of `minimize`, `train` or a model call: nothing computed inside may be looked at.
        case block
        /// The checker's: sizes are symbols and nothing is ever evaluated.
        case symbolic
    }
    package let kind: Kind
    @exclusivity(unchecked) package var graph = Graph()
    /// Looks at the graph where it is: a copy would count the references to each of its parts.
    @inline(__always) func reading<Result>(_ body: (inout Graph) -> Result) -> Result { body(&graph) }
    /// Where operations were written, by the number that nodes carry; 0 is no place.
    @exclusivity(unchecked) package private(set) var origins: [Origin] = [Origin(.none)]
    /// The trace around the body of a loop: its pending tensors are constants of the loop. nil for all other traces.
    package let outer: Trace?

    /// What the input nodes stand for, by position (attribute `.input(position)`); nil where the maker of the trace placed a node itself.
    @exclusivity(unchecked) package private(set) var inputs: [(any TraceInput)?] = []
    /// The input nodes by position.
    @exclusivity(unchecked) package private(set) var inputNodes: [NodeID] = []
    /// Host numbers that became constants, in the order of their nodes: a site turns those that vary into inputs.
    @exclusivity(unchecked) package private(set) var constants: [NodeID] = []
    @exclusivity(unchecked) private var inputIndex: [ObjectIdentifier: NodeID] = [:]
    @exclusivity(unchecked) private var constantIndex: [ConstantKey: NodeID] = [:]
    @exclusivity(unchecked) private var resets: UInt = 0
    /// Objects that are read as nodes of their own, innermost scope last.
    @exclusivity(unchecked) private var aliases: [[ObjectIdentifier: NodeID?]] = []
    /// All tensors whose contents are nodes of this trace. Outside blocks, whoever else holds one keeps it worth evaluating.
    @exclusivity(unchecked) package var pending: [TensorObject] = []
    /// The memory of the list before, for the next one.
    @exclusivity(unchecked) private var spare: [TensorObject] = []

    /// Takes the pending tensors out.
    func takePending() -> [TensorObject] {
        let taken = pending
        pending = spare
        spare = []
        return taken
    }

    /// Takes over the memory of a list that is no longer needed.
    func keepMemory(of list: inout [TensorObject]) {
        list.removeEach()
        swap(&list, &spare)
    }

    /// How many gradients and loops are being traced: while there are any, the nodes must stay.
    @exclusivity(unchecked) package var pins = 0
    /// How often each place drew random numbers in this block.
    @exclusivity(unchecked) package var draws: [UInt64: UInt64] = [:]

    private struct ConstantKey: Hashable {
        let bits: UInt64
        let type: ElementType
    }

    package init(_ kind: Kind) {
        self.kind = kind
        outer = nil
    }

    /// Opens the body of a loop inside another trace.
    package init(bodyIn outer: Trace) {
        kind = outer.kind == .symbolic ? .symbolic : .block
        self.outer = outer
    }

    /// The number that nodes made at a place carry.
    package func number(of origin: Origin) -> UInt32 {
        // The nodes of a loop's body fail in the plan of the trace around it.
        if let outer { return outer.number(of: origin) }
        if !origins[origins.count - 1].isSame(as: origin) { origins.append(origin) }
        return UInt32(origins.count - 1)
    }

    /// Where the nodes of a number were written.
    package func origin(_ number: UInt32) -> Origin { Origin.numbered(number, in: root.origins) ?? Origin(.none) }

    /// The input node of an object, made when it is first met.
    package func input(_ object: any TraceInput) -> NodeID {
        if !aliases.isEmpty { return alias(object, within: aliases.count) }
        if let node = known(object) { return node }
        return place(object, object.signature)
    }

    /// So many inputs are compared one by one sooner than hashed.
    private static let mostUnindexed = 8

    /// The node of an object that was met before.
    private func known(_ object: any TraceInput) -> NodeID? {
        if inputs.count > Self.mostUnindexed { return inputIndex[ObjectIdentifier(object)] }
        for i in inputs.indices where inputs[i] === object { return inputNodes[i] }
        return nil
    }

    private func indexLast() {
        if inputIndex.isEmpty {
            for (input, node) in zip(inputs, inputNodes) { if let input { inputIndex[ObjectIdentifier(input)] = node } }
        } else if let object = inputs[inputs.count - 1] {
            inputIndex[ObjectIdentifier(object)] = inputNodes[inputs.count - 1]
        }
    }

    /// An input node of a type and shape that stands for nothing yet: the state of a loop, a dummy of the checker.
    package func input(_ signature: Signature) -> NodeID { place(nil, signature) }

    private func place(_ object: (any TraceInput)?, _ signature: Signature) -> NodeID {
        let node = graph.append(.input, type: signature.type, shape: signature.shape, attributes: .input(inputs.count))
        inputs.append(object)
        inputNodes.append(node)
        if inputs.count > Self.mostUnindexed { indexLast() }
        return node
    }

    /// The outermost trace that this loop body (or bodies) stands in.
    package var root: Trace { outer?.root ?? self }

    /// Evaluates `body` in which each of the objects, where it is read, is a node of its own; gives these nodes, nil where it was not read.
    /// What `grad` with respect to parameters stands on: reads before `body` are constants to it, and gradients around it flow through.
    package func aliasing<Result>(
        _ objects: [any TraceInput], _ body: () throws(RuntimeFailure) -> Result
    ) throws(RuntimeFailure) -> (result: Result, nodes: [NodeID?]) {
        aliases.append(Dictionary(objects.map { (ObjectIdentifier($0), nil) }, uniquingKeysWith: { first, _ in first }))
        defer { aliases.removeLast() }
        let result = try body()
        let made = aliases[aliases.count - 1]
        return (result, objects.map { made[ObjectIdentifier($0)] ?? nil })
    }

    /// The node that reads of an object give inside `count` scopes of `aliasing`.
    private func alias(_ object: any TraceInput, within count: Int) -> NodeID {
        let key = ObjectIdentifier(object)
        for scope in (0..<count).reversed() {
            guard let made = aliases[scope][key] else { continue }
            if let made { return made }
            let base = alias(object, within: scope), node = graph[base]
            let copy = graph.append(.reshape, [base], type: node.type, shape: node.shape)
            aliases[scope].updateValue(copy, forKey: key)
            return copy
        }
        if let node = known(object) { return node }
        return place(object, object.signature)
    }

    /// The rank-0 literal of a type: floats by their value, integers and booleans by their bits.
    package func constant(bits: UInt64, type: ElementType) -> NodeID {
        let key = ConstantKey(bits: bits, type: type)
        if let node = constantIndex[key] { return node }
        let node: NodeID
        if kind == .eager, !HostNumber.isCommon(bits, type), let number = HostNumber(bits: bits, type: type) {
            // A number that changes from one expression to the next must not make a new plan each time.
            node = place(number, number.signature)
        } else {
            node = graph.append(.constant, type: type, shape: .scalar, attributes: .scalar(bits: bits))
            constants.append(node)
        }
        constantIndex[key] = node
        return node
    }

    /// The tensors of a block that somebody still holds (an outer variable, the value of the block).
    package func survivors() -> [TensorObject] {
        var all = pending
        pending = []
        defer { pending = all }
        // The list itself holds one reference.
        return all.indices.filter { !isKnownUniquelyReferenced(&all[$0]) }.map { all[$0] }
    }

    /// Forgets all nodes, inputs and places.
    package func reset() {
        resets &+= 1
        // A graph that keeps its memory also keeps every attribute it ever saw.
        if resets & 255 == 0 { graph = Graph() } else { graph.removeAll() }
        while origins.count > 1 { origins.removeLast() }
        inputs.removeEach()
        inputNodes.removeEach()
        constants.removeEach()
        // Clearing an empty table costs as much as a full one.
        if !inputIndex.isEmpty { inputIndex.removeAll(keepingCapacity: true) }
        if !constantIndex.isEmpty { constantIndex.removeAll(keepingCapacity: true) }
        pending.removeEach()
        if !draws.isEmpty { draws.removeAll(keepingCapacity: true) }
    }

    /// Whether any node reads the object.
    package func reads(_ object: any TraceInput) -> Bool { known(object) != nil }
}

extension Array {
    /// Removes the elements one by one and keeps the memory: of the few that an expression has this is sooner done than by replacing a range.
    fileprivate mutating func removeEach() { while !isEmpty { removeLast() } }
}
