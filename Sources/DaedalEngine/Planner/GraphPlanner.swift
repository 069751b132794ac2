import CKernels
import DaedalGraph
import DaedalTensor

/// Turns one graph (a request's, or the body of a loop) into steps of an assembly.
final class GraphPlanner {
    typealias Place = ProgramBuilder.Place

    let graph: Graph
    let attentions: Attentions
    let views: ViewTable
    let assembly: PlanAssembly
    /// Where the inputs are, by position.
    let inputPlaces: [Int: Place]
    /// Whether a node is computed at all.
    var isNeeded: [Bool]
    /// The nodes that read a root (through whatever views), and whether something outside the graph does.
    var readers: [[NodeID]]
    var isWanted: [Bool]
    /// Whether elementwise operations and reductions are joined.
    var fuses = true
    /// Buffers that roots are to be written to, where that is not the arena.
    var destinations: [NodeID: Int] = [:]
    /// Buffers of values that overwrite inputs, and the buffers of these inputs, while the programs that make them may write there directly.
    var updateTargets: [Int: Int] = [:]
    /// Right operands of products that were packed before the loop that this is the body of; by product.
    var packed: [NodeID: Place] = [:]
    /// Values that programs stored where a concatenation has them.
    var storedParts: Set<NodeID> = []
    /// The panels that several products or several tiles read.
    var sharedPanels: [PackedMatrix: Place] = [:]
    /// What products and convolutions do in their last store.
    private(set) lazy var tails = fuses ? StoreTails(self) : StoreTails()
    private var places: [NodeID: Place] = [:]
    private var densePlaces: [NodeID: Place] = [:]
    /// Whether the graph differentiates a convolution by its filters.
    lazy var isTraining = ConvolutionForm.isTraining(graph)
    /// What the gradient of attention reads of each row of weights: its largest score and the inverse of its sum; by the attention's output.
    var statistics: [NodeID: Place] = [:]
    /// Copies with channels last.
    var lastPlaces: [NodeID: Place] = [:]

    init(graph: Graph, assembly: PlanAssembly, inputPlaces: [Int: Place], wanted: [NodeID]) {
        self.graph = graph
        self.assembly = assembly
        self.inputPlaces = inputPlaces
        let attentions = Attentions(graph, wanted: wanted)
        self.attentions = attentions
        views = ViewTable(graph, materialized: GraphPlanner.unfollowable(graph, attentions), layouts: attentions.layouts)
        isNeeded = [Bool](repeating: false, count: graph.count)
        readers = [[NodeID]](repeating: [], count: graph.count)
        isWanted = [Bool](repeating: false, count: graph.count)
        for id in wanted {
            isNeeded[Int(id.index)] = true
            isWanted[Int(views.root(id).index)] = true
        }
        for id in graph.ids.reversed() where isNeeded[Int(id.index)] {
            if views.root(id) != id {
                isNeeded[Int(views.root(id).index)] = true
                continue
            }
            for operand in attentions[id]?.operands(of: id) ?? Array(graph.operands(of: id)) {
                isNeeded[Int(operand.index)] = true
                let root = Int(views.root(operand).index)
                isNeeded[root] = true
                if readers[root].last != id { readers[root].append(id) }
            }
        }
        // A view that nobody but views reads is not computed.
        for id in graph.ids where views.root(id) != id { isNeeded[Int(id.index)] = false }
    }

    /// The views that an elementwise reader cannot address beside its other operands.
    private static func unfollowable(_ graph: Graph, _ attentions: Attentions) -> Set<NodeID> {
        var result: Set<NodeID> = []
        while true {
            let table = ViewTable(graph, materialized: result, layouts: attentions.layouts)
            let before = result.count
            for id in graph.ids where ProgramBuilder.isElementwise(graph[id].primitive) && table.root(id) == id && !attentions.inner.contains(id) {
                var space = ProgramSpace(count: graph[id].shape.elementCount ?? 0)
                for operand in graph.operands(of: id) where space.count > 0 {
                    if let next = space.adding(cuts: table.view(operand).cuts) { space = next } else { result.insert(operand) }
                }
            }
            if result.count == before { return result }
        }
    }

    /// The nodes that take a step: neither views nor leaves.
    func isComputed(_ id: NodeID) -> Bool {
        guard isNeeded[Int(id.index)], views.root(id) == id else { return false }
        switch graph[id].primitive {
        case .input, .constant, .iota, .part: return false
        default: return true
        }
    }

    /// The bytes of a node's elements.
    func byteCount(_ id: NodeID) -> Int { (graph[id].shape.elementCount ?? 0) * graph[id].type.byteCount }

    /// The place of a root, where it is or where it will be.
    func place(_ root: NodeID) throws(AllocationFailure) -> Place {
        if let known = places[root] { return known }
        let node = graph[root]
        let made: Place
        switch node.primitive {
        case .input:
            guard case .input(let position) = graph.attributes(of: root), let place = inputPlaces[position] else {
                preconditionFailure("an unknown input")
            }
            made = place
        case .constant:
            guard case .scalar(let bits) = graph.attributes(of: root) else { preconditionFailure("a constant without a value") }
            made = Place(buffer: try assembly.constantBuffer(bits: bits, type: node.type), offset: 0)
        case .iota:
            guard case .axis(let axis) = graph.attributes(of: root) else { preconditionFailure("an iota without an axis") }
            made = Place(buffer: try assembly.iotaBuffer(node.shape[axis].known ?? 0, type: node.type), offset: 0)
        default:
            made = Place(buffer: destinations[root] ?? assembly.makeBuffer(byteCount(root)), offset: 0)
        }
        places[root] = made
        return made
    }

    /// Makes everything that was to be in one buffer be in another.
    func movePlace(from old: Int, to new: Int) {
        for (root, place) in places where place.buffer == old { places[root] = Place(buffer: new, offset: place.offset) }
    }

    /// Says where a root is (the results of loops).
    func setPlace(_ root: NodeID, _ place: Place) { places[root] = place }

    /// A buffer as a pointer field of a kernel's arguments.
    func field<Arguments, Value>(_ path: KeyPath<Arguments, Value>, _ place: Place) -> PlanAssembly.PointerField {
        PlanAssembly.PointerField(field: MemoryLayout<Arguments>.offset(of: path) ?? 0, buffer: place.buffer, offset: place.offset)
    }

    /// Where a node's elements are in row-major order; copies them there first if they are not.
    func dense(_ id: NodeID) throws(AllocationFailure) -> Place {
        let (root, view) = views[id]
        let base = try place(root)
        let bytes = graph[id].type.byteCount
        if view.isDense { return Place(buffer: base.buffer, offset: base.offset + view.offset * bytes) }
        if let known = densePlaces[id] { return known }
        let target = Place(buffer: assembly.makeBuffer(byteCount(id)), offset: 0)
        try copy(id, to: target)
        // What a loop's body or the commit copied is not there for others.
        densePlaces[id] = target
        return target
    }

    /// Copies a node's elements into a buffer, in row-major order or along given strides.
    func copy(_ id: NodeID, to target: Place, strides: [Int]? = nil, name: String = "copy", origin: UInt32? = nil) throws(AllocationFailure) {
        try copy(views[id], id, to: target, strides: strides, name: name, origin: origin)
    }

    /// Copies what a view reads; `id` says the type and, without strides, the order.
    func copy(
        _ source: (root: NodeID, view: StridedView), _ id: NodeID, to target: Place, strides: [Int]? = nil, name: String = "copy",
        origin: UInt32? = nil
    ) throws(AllocationFailure) {
        copy(source.view, at: try place(source.root), id, to: target, strides: strides, name: name, origin: origin)
    }

    /// Copies what a view of a buffer reads.
    func copy(
        _ view: StridedView, at base: Place, _ id: NodeID, to target: Place, strides: [Int]? = nil, name: String = "copy", origin: UInt32? = nil
    ) {
        let node = graph[id]
        let size = node.type.byteCount
        let targetStrides = strides ?? StridedView.denseStrides(view.extents)
        var arguments = ck_copy_args()
        arguments.element_bytes = UInt8(size)
        var axes: [(extent: Int, source: Int, target: Int)] = []
        for axis in view.extents.indices where view.extents[axis] != 1 {
            let new = (extent: view.extents[axis], source: view.strides[axis], target: targetStrides[axis])
            if let last = axes.last, last.source == new.source * new.extent, last.target == new.target * new.extent {
                axes[axes.count - 1] = (last.extent * new.extent, new.source, new.target)
            } else {
                axes.append(new)
            }
        }
        arguments.rank = Int64(axes.count)
        setTuple(&arguments.extent, axes.map(\.extent))
        setTuple(&arguments.source_stride, axes.map(\.source))
        setTuple(&arguments.target_stride, axes.map(\.target))
        let source = Place(buffer: base.buffer, offset: base.offset + view.offset * size)
        assembly.appendKernel(
            name, arguments, tiles: ck_copy_tiles, run: ck_copy_run, reads: [field(\ck_copy_args.source, source)],
            writes: [field(\ck_copy_args.target, target)], origin: origin ?? node.origin, signature: graph.signature(of: id).description,
            operations: 0,
            bytes: 2 * Double(byteCount(id)))
    }

    /// A step's description for a node.
    func signature(_ id: NodeID) -> String { graph.signature(of: id).description }
}

/// Sets the leading elements of a C array of 64-bit integers.
func setTuple<Tuple>(_ tuple: inout Tuple, _ values: [Int]) {
    withUnsafeMutableBytes(of: &tuple) { raw in
        let words = raw.assumingMemoryBound(to: Int64.self)
        for (index, value) in values.enumerated() where index < words.count { words[index] = Int64(value) }
    }
}
