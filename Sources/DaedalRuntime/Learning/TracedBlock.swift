import DaedalEngine
import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// A block as it was traced: its operations, what is wanted of them, what they read.
struct TracedBlock {
    let trace: Trace
    /// Nodes whose values are delivered.
    var results: [NodeID] = []
    /// Cells that are overwritten at the commit.
    var writes: [(cell: TensorCell, node: NodeID)] = []
    /// A rank-0 float that must be finite.
    var finiteCheck: NodeID?
    /// The optimizers' steps.
    var updates: TracedUpdates?
    /// The parameters and states that it read, for messages.
    var reads: [Parameter] = []
    /// Whether the tensors from outside are others at every execution: batches.
    var readsBatches = false
    /// What the program calls the first of the values in `outside`.
    var names: [String] = []
    /// What the block depended on, where it may be run again without being interpreted.
    var outside: OutsideValues?

    init(_ trace: Trace) { self.trace = trace }
}

/// A traced block with its plan, ready to run as often as its assumptions hold.
final class Executable {
    /// Where an input of the plan comes from at each execution.
    fileprivate enum Source {
        case cell(TensorCell)
        case number(NumberInput)
        /// The key and the number of the execution, written before each run.
        case draw(key: UInt64, Tensor)
        case fixed(any TraceInput)
        /// A tensor that the block got from outside.
        case leaf(Int)
        case constant(Tensor)
    }

    private let step: StepPlan
    fileprivate var sources: [Source] = []
    /// The cells that are overwritten: parameters, states, states of optimizers.
    let cells: [TensorCell]
    /// How often cells had changed when they were last lent to the plan: it does not hold them, because this block or another overwrites them, which
    /// costs a copy where somebody holds the old contents.
    private var lentAt = -1
    /// The same for the versions of their contents, where something is prepared of them.
    private var versionsAt = -1
    private let written: [Unmanaged<TensorCell>]
    /// Whether the inputs that are the same tensor at every execution are bound.
    private var hasFixedInputs = false
    /// The others, by kind; `sources` keeps the cells alive.
    private var cellInputs: [(position: Int, cell: Unmanaged<TensorCell>)] = []
    private var drawInputs: [(key: UInt64, tensor: Tensor)] = []
    private var leafInputs: [(position: Int, leaf: Int)] = []
    private let readsBatches: Bool
    private let origins: [Origin]
    fileprivate let reads: [Parameter]
    /// What messages call a tensor from outside, by its leaf.
    fileprivate let outside: OutsideValues?
    fileprivate let names: [String]
    let updates: TracedUpdates?

    /// Makes the plan of a block. `varying` are constants (by node) that are inputs, because they change from one trace to the next.
    init(_ block: TracedBlock, varying: [NodeID], in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        let trace = block.trace
        updates = block.updates
        cells = block.writes.map(\.cell)
        written = cells.map { .passUnretained($0) }
        origins = trace.origins
        reads = block.reads
        outside = block.outside?.withoutContents
        names = block.names
        readsBatches = block.readsBatches
        for input in trace.inputs {
            switch input {
            case let cell as TensorCell: sources.append(.cell(cell))
            case let number as NumberInput: sources.append(.number(number))
            case let draw as RandomDraw where draw.isPerBlock:
                sources.append(.draw(key: draw.key, draw.currentTensor))
            case let other?:
                if let leaf = block.outside?.leaf(of: other) { sources.append(.leaf(leaf)) } else { sources.append(.fixed(other)) }
            case nil: preconditionFailure("a block with an input that stands for nothing")
            }
        }
        var graph = trace.graph
        if !varying.isEmpty {
            graph = graph.replacingConstants(varying, firstInput: sources.count)
            for node in varying {
                sources.append(.constant(try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in try trace.graph.literal(of: node) }))
            }
        }
        var positions: [ObjectIdentifier: Int] = [:]
        for (i, source) in sources.enumerated() {
            if case .cell(let cell) = source { positions[ObjectIdentifier(cell)] = i }
        }
        for (position, source) in sources.enumerated() {
            switch source {
            case .cell(let cell): cellInputs.append((position, .passUnretained(cell)))
            case .draw(let key, let tensor): drawInputs.append((key, tensor))
            case .leaf(let leaf): leafInputs.append((position, leaf))
            case .number, .fixed, .constant: break
            }
        }
        var updates: [PlanRequest.Update] = []
        for write in block.writes {
            guard let position = positions[ObjectIdentifier(write.cell)] else { preconditionFailure("a cell is written that is no input") }
            updates.append(PlanRequest.Update(node: write.node, input: position))
        }
        step = try StepPlan(
            PlanRequest(graph: graph, results: block.results, updates: updates, finiteCheck: block.finiteCheck), origins: origins, in: context,
            at: span)
    }

    /// What was asked of the engine, and the plan that it made.
    var request: PlanRequest { step.request }
    var plan: Plan { step.plan }

    /// The bytes of the arena that it holds.
    var heldByteCount: Int { step.heldByteCount }

    /// The identity of the plan: equal for equal operations.
    var planHash: UInt64 { step.request.graph.structuralHash }

    /// Binds what is the same tensor at every execution; what changes in it is written where it is.
    private func bindFixed(_ bound: Execution) {
        for (position, source) in sources.enumerated() {
            switch source {
            case .cell, .leaf: break
            case .draw(_, let tensor): bound.setInput(position, tensor)
            case .number(let number): bound.setInput(position, number.currentTensor)
            case .fixed(let object): bound.setInput(position, object.currentTensor)
            case .constant(let tensor): bound.setInput(position, tensor)
            }
        }
        hasFixedInputs = true
    }

    /// Lends cells to the plan, those that it overwrites being nobody else's.
    private func lendCells(_ bound: Execution, at span: Span) throws(RuntimeFailure) {
        if lentAt == TensorCell.changeCount, !step.plan.prepares || versionsAt == TensorCell.versionCount { return }
        do { for cell in cells { try cell.makeUnique() } } catch { throw Evaluation.outOfMemory(error.byteCount, at: span) }
        for (position, cell) in cellInputs {
            cell._withUnsafeGuaranteedRef { cell in
                let wanted = bound.signature(ofInput: position)
                precondition(wanted == nil || wanted == cell.signature, "a cell of another type or shape")
                bound.lendInput(position, cell.lent, version: cell.version)
            }
        }
        (lentAt, versionsAt) = (TensorCell.changeCount, TensorCell.versionCount)
    }

    /// Binds everything but the tensors from outside.
    private func prepared(execution: UInt64, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Execution {
        try context.beforeChanging(cells)
        try updates?.prepare(in: context, at: span)
        let bound = try step.bound(at: span)
        if !hasFixedInputs { bindFixed(bound) }
        try lendCells(bound, at: span)
        for (key, tensor) in drawInputs {
            let elements = tensor.pointer.assumingMemoryBound(to: Int64.self)
            (elements[0], elements[1]) = (Int64(bitPattern: key), Int64(bitPattern: execution))
        }
        return bound
    }

    /// Runs the plan: computes, tests, commits. `leaves` are the tensors from outside, by leaf. What it gave stands in the execution until the next run.
    func execute(leaves: [TensorObject?], execution: UInt64, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Execution {
        let bound = try prepared(execution: execution, in: context, at: span)
        for (position, leaf) in leafInputs {
            guard let object = leaves[leaf] else { preconditionFailure("a leaf without a tensor") }
            bound.lendInput(position, .passUnretained(try context.force(object, at: span).storage), passes: readsBatches)
        }
        try run(bound, in: context, at: span) { leaves }
        return bound
    }

    /// Runs the plan on the tensors of a batch, whose contents are lent to it.
    func execute(
        lending batch: BatchShelf, to inputs: [LentInput], execution: UInt64, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Execution {
        let bound = try prepared(execution: execution, in: context, at: span)
        for input in inputs { bound.lendInput(input.position, batch.contents[input.tensor], passes: true) }
        try run(bound, in: context, at: span) {
            var leaves: [TensorObject?] = []
            for input in inputs {
                while leaves.count <= input.leaf { leaves.append(nil) }
                leaves[input.leaf] = batch.objects[input.tensor]
            }
            return leaves
        }
        return bound
    }

    /// One tensor of a batch as an input of the plan.
    struct LentInput {
        let position: Int
        let leaf: Int
        let tensor: Int
    }

    /// How tensors stand in the plan for tensors from outside that are all that it reads of those, by leaf; nil if it reads others as well.
    func lentInputs(_ objects: [TensorObject], _ leaves: [TensorObject?]) -> [LentInput]? {
        var result: [LentInput] = []
        for (position, leaf) in leafInputs {
            guard leaves.indices.contains(leaf), let at = objects.firstIndex(where: { $0 === leaves[leaf] }), objects[at].value != nil else {
                return nil
            }
            result.append(LentInput(position: position, leaf: leaf, tensor: at))
        }
        return result
    }

    private func run(
        _ bound: Execution, in context: EvaluationContext, at span: Span, leaves: () -> [TensorObject?]
    ) throws(RuntimeFailure) {
        try step.run(bound, explain: { explained($0, leaves()) }, in: context, at: span)
        // What it writes it prepares nothing of.
        let isCurrent = versionsAt == TensorCell.versionCount
        TensorCell.noteWritten(written)
        if isCurrent { versionsAt = TensorCell.versionCount }
        // Contents that a result shares are no cell's alone any more.
        if step.plan.sharesInputs { TensorCell.noteChange() }
        updates?.committed()
    }

    /// The results of an execution as tensors.
    func run(leaves: [TensorObject?], execution: UInt64, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> [Tensor] {
        try execute(leaves: leaves, execution: execution, in: context, at: span).results
    }
}

extension Executable {
    /// The inputs of a plan that nothing but them decides: tensors from outside by their leaves, all others as they are for good.
    enum FreeInput {
        case leaf(Int)
        case fixed(Tensor)
    }

    /// The inputs, if the block reads no parameter or state, writes nothing and draws nothing by the number of its execution; else nil. Such a plan
    /// may run at any time, on any thread.
    var freeInputs: [FreeInput]? {
        guard cells.isEmpty, updates == nil else { return nil }
        var result: [FreeInput] = []
        for source in sources {
            switch source {
            case .leaf(let leaf): result.append(.leaf(leaf))
            case .fixed(let object): result.append(.fixed(object.currentTensor))
            case .constant(let tensor): result.append(.fixed(tensor))
            case .cell, .number, .draw: return nil
            }
        }
        return result
    }

    /// What an input of the plan is, for a message that blames it.
    private func explained(_ position: Int, _ leaves: [TensorObject?]) -> NonFiniteSearch.Input {
        guard sources.indices.contains(position) else { return .init(what: "a value") }
        switch sources[position] {
        case .cell(let cell):
            guard let parameter = reads.first(where: { $0.cell === cell }) else { return .init(what: "what an optimizer remembers") }
            let notes = ["an earlier step left it so, or it was set or loaded; a smaller rate or `clip_norm:` keeps steps small"]
            return .init(what: "the \(parameter.kindName) \(parameter.longName)", notes: notes)
        case .leaf(let leaf):
            let object = leaves.indices.contains(leaf) ? leaves[leaf] : nil
            let name = outside?.owner(ofLeaf: leaf).flatMap { names.indices.contains($0) ? names[$0] : nil }
            return .init(what: name.map { "`\($0)`" } ?? "a value from outside", origin: object?.origin)
        case .fixed(let object): return .init(what: "a value from outside", origin: (object as? TensorObject)?.origin)
        case .number, .draw, .constant: return .init(what: "a number from outside")
        }
    }
}

extension Graph {
    /// The same nodes under the same numbers, some constants being inputs from a position on.
    func replacingConstants(_ nodes: [NodeID], firstInput: Int) -> Graph {
        let positions = Dictionary(zip(nodes, firstInput...), uniquingKeysWith: { first, _ in first })
        var result = Graph()
        for id in ids {
            let node = self[id]
            let position = positions[id]
            _ = result.append(
                position == nil ? node.primitive : .input, Array(operands(of: id)), type: node.type, shape: node.shape,
                attributes: position.map { .input($0) } ?? attributes(of: id), origin: node.origin)
        }
        return result
    }

    /// The contents of a constant.
    func literal(of id: NodeID) throws(AllocationFailure) -> Tensor {
        let bits: UInt64 = if case .scalar(let bits) = attributes(of: id) { bits } else { 0 }
        switch self[id].type {
        case .bool: return try Tensor(scalar: bits != 0)
        case .i32: return try Tensor(scalar: Int32(truncatingIfNeeded: Int64(bitPattern: bits)))
        case .i64: return try Tensor(scalar: Int64(bitPattern: bits))
        case .f32: return try Tensor(scalar: Float(Double(bitPattern: bits)))
        case .f64: return try Tensor(scalar: Double(bitPattern: bits))
        }
    }

    /// A hash of everything but the values of some constants.
    func skeletonHash(without constants: [NodeID]) -> UInt64 {
        var hashes: [UInt64] = []
        hashes.reserveCapacity(count)
        var skipped = constants[...]
        for id in ids {
            let node = self[id]
            var hash = RandomState.mix(
                UInt64(node.primitive.rawValue) << 8 | UInt64(node.type.rawValue), UInt64(bitPattern: Int64(node.shape.hashValue)))
            for operand in operands(of: id) { hash = RandomState.mix(hash, hashes[Int(operand.index)]) }
            if skipped.first == id {
                skipped = skipped.dropFirst()
                hash = RandomState.mix(hash, UInt64(id.index))
            } else {
                hash = RandomState.mix(hash, UInt64(bitPattern: Int64(attributes(of: id).hashValue)))
            }
            hashes.append(hash)
        }
        return hashes.reduce(UInt64(count)) { RandomState.mix($0, $1) }
    }
}
