import CKernels
import DaedalGraph
import DaedalTensor

/// Makes the vector program of a group of elementwise operations and reductions.
struct ProgramBuilder {
    /// Where a root's elements are.
    struct Place: Hashable {
        var buffer: Int
        /// Bytes into the buffer of the dense root's first element.
        var offset: Int
    }

    let graph: Graph
    let views: ViewTable
    let space: ProgramSpace
    /// The nodes of the group in topological order.
    let nodes: [NodeID]
    let members: Set<NodeID>
    let places: (NodeID) throws(AllocationFailure) -> Place

    var registers: [ProgramRegister] = []
    var instructions: [ProgramInstruction] = []
    var scalars: [ck_vscalar] = []
    private var registerOfNode: [NodeID: Int] = [:]
    private var spread: [Int: Int] = [:]
    private var external: [OperandKey: Int] = [:]
    private var constants: [ConstantKey: Int] = [:]
    private var scalarIndex: [ScalarKey: Int] = [:]

    private struct OperandKey: Hashable {
        var root: NodeID, view: StridedView, overRows: Bool
    }
    private struct ConstantKey: Hashable {
        var bits: UInt64, size: Int, overRows: Bool
    }
    private struct ScalarKey: Hashable {
        var buffer: Int, offset: Int, register: Bool, overRows: Bool
    }

    init(
        graph: Graph, views: ViewTable, space: ProgramSpace, nodes: [NodeID], places: @escaping (NodeID) throws(AllocationFailure) -> Place
    ) {
        self.graph = graph
        self.views = views
        self.space = space
        self.nodes = nodes
        members = Set(nodes)
        self.places = places
    }

    /// The number of rows.
    var rows: Int { space.inner == 0 ? 0 : space.count / space.inner }

    /// Whether a node of the group has one element a row.
    func isOverRows(_ id: NodeID) -> Bool { space.rowLength != nil && graph[id].shape.elementCount != space.count }

    /// A register in scratch.
    mutating func makeRegister(size: Int, overRows: Bool) -> Int {
        registers.append(ProgramRegister(kind: CK_V_SCRATCH, size: size, overRows: overRows))
        return registers.count - 1
    }

    /// The register that a node of the group is written to: its output's, or scratch.
    mutating func define(_ id: NodeID, output: ProgramRegister?) -> Int {
        let index: Int
        if let output {
            registers.append(output)
            index = registers.count - 1
        } else {
            index = makeRegister(size: graph[id].type.byteCount, overRows: isOverRows(id))
        }
        registerOfNode[id] = index
        return index
    }

    /// What an operand is to an instruction that covers the block or the rows.
    mutating func operand(_ id: NodeID, overRows: Bool) throws(AllocationFailure) -> ProgramOperand {
        let (root, view) = views[id]
        if members.contains(root), let index = registerOfNode[root] {
            return .register(registers[index].overRows && !overRows ? spreadRegister(index, type: graph[root].type) : index)
        }
        let type = graph[id].type
        if graph[root].primitive == .constant, case .scalar(let bits) = graph.attributes(of: root) {
            if type == .f32 { return .number(Double(bitPattern: bits)) }
            return .register(constantRegister(PlanAssembly.memoryBits(bits, type), size: type.byteCount, overRows: overRows))
        }
        let place = try places(root)
        let offset = place.offset + view.offset * type.byteCount
        if view.isSingle { return scalar(place.buffer, offset, type, overRows: overRows) }
        return .register(externalRegister(root, view, type, place.buffer, offset, overRows: overRows))
    }

    /// A register that holds what an operand is, whatever it is.
    mutating func register(_ operand: ProgramOperand, type: ElementType, overRows: Bool) -> Int {
        switch operand {
        case .register(let index): return index
        case .number(let value): return constantRegister(UInt64(Float(value).bitPattern), size: type.byteCount, overRows: overRows)
        case .scalar(let index):
            let scalar = scalars[index]
            return scalarRegister(Int(scalar.slot), Int(scalar.offset), type, overRows: overRows)
        }
    }

    private mutating func scalar(_ buffer: Int, _ offset: Int, _ type: ElementType, overRows: Bool) -> ProgramOperand {
        guard type == .f32, scalars.count < Int(CK_V_MAX_SCALARS) else { return .register(scalarRegister(buffer, offset, type, overRows: overRows)) }
        let key = ScalarKey(buffer: buffer, offset: offset, register: false, overRows: false)
        if let known = scalarIndex[key] { return .scalar(known) }
        scalars.append(ck_vscalar(slot: Int32(buffer), type: Int32(type.rawValue), offset: Int64(offset)))
        scalarIndex[key] = scalars.count - 1
        return .scalar(scalars.count - 1)
    }

    private mutating func scalarRegister(_ buffer: Int, _ offset: Int, _ type: ElementType, overRows: Bool) -> Int {
        let key = ScalarKey(buffer: buffer, offset: offset, register: true, overRows: overRows)
        if let known = scalarIndex[key] { return known }
        registers.append(ProgramRegister(kind: CK_V_SCALAR, size: type.byteCount, overRows: overRows, buffer: buffer, offset: offset))
        scalarIndex[key] = registers.count - 1
        return registers.count - 1
    }

    private mutating func constantRegister(_ bits: UInt64, size: Int, overRows: Bool) -> Int {
        let key = ConstantKey(bits: bits, size: size, overRows: overRows)
        if let known = constants[key] { return known }
        registers.append(ProgramRegister(kind: CK_V_CONSTANT, size: size, overRows: overRows, constant: bits))
        constants[key] = registers.count - 1
        return registers.count - 1
    }

    private mutating func spreadRegister(_ index: Int, type: ElementType) -> Int {
        if let known = spread[index] { return known }
        let result = makeRegister(size: type.byteCount, overRows: false)
        instructions.append(ProgramInstruction(op: CK_V_SPREAD, type: type.rawValue, d: result, a: index))
        spread[index] = result
        return result
    }

    private mutating func externalRegister(
        _ root: NodeID, _ view: StridedView, _ type: ElementType, _ buffer: Int, _ offset: Int, overRows: Bool
    ) -> Int {
        let key = OperandKey(root: root, view: view, overRows: overRows)
        if let known = external[key] { return known }
        var register = ProgramRegister(kind: CK_V_DENSE, size: type.byteCount, overRows: overRows, buffer: buffer, offset: offset)
        if overRows {
            register.kind = CK_V_ROWS
            if !view.isDense {
                register.kind = CK_V_ROW_VIEW
                // A view of the rows is a view of the block that does not move along a row.
                let stretched = StridedView(offset: 0, extents: view.extents + [space.inner], strides: view.strides + [0])
                register.strides = space.strides(of: stretched).outer
            }
        } else if !view.isDense {
            register.kind = CK_V_VIEW
            (register.strides, register.innerStride) = space.strides(of: view)
            register.invariant = register.strides.allSatisfy { $0 == 0 }
        }
        registers.append(register)
        external[key] = registers.count - 1
        return registers.count - 1
    }
}
