import CKernels
import DaedalGraph
import DaedalTensor

/// Steps for nodes with kernels of their own.
extension GraphPlanner {
    /// Appends the steps of a group.
    func append(_ group: FusionGroup) throws(AllocationFailure) {
        if group.space != nil { return try appendProgram(group) }
        if let attention = group.attention { return try appendAttention(attention, group.nodes) }
        if let tail = group.tail {
            return graph[tail.nodes[0]].primitive == .matrixProduct ? try appendProduct(tail) : try appendConvolution(tail)
        }
        for id in group.nodes { try appendKernel(id) }
    }

    /// Appends the kernel of one node.
    private func appendKernel(_ id: NodeID) throws(AllocationFailure) {
        if byteCount(id) == 0 && graph[id].primitive != .scan { return }
        switch graph[id].primitive {
        case .input, .constant, .iota, .part: break
        case .negate, .absolute, .sign, .exponential, .logarithm, .squareRoot, .sine, .cosine, .hyperbolicTangent, .logistic, .errorFunction,
            .floor, .ceiling, .round, .not, .cast, .add, .subtract, .multiply, .divide, .power, .minimum, .maximum, .floorDivide, .remainder,
            .less, .lessEqual, .equal, .notEqual, .and, .or, .select:
            preconditionFailure("an elementwise node outside a program")
        case .stopGradient, .expand, .permute, .slice, .reverse, .reshape:
            try copy(views.source(id) ?? views[graph.operand(0, of: id)], id, to: try place(id), name: graph[id].primitive.name)
        case .pad: try appendPad(id)
        case .concatenate: try appendConcatenate(id)
        case .dynamicSlice: try appendDynamicSlice(id)
        case .dynamicUpdate: try appendDynamicUpdate(id)
        case .gather: try appendGather(id)
        case .scatter: try appendScatter(id)
        case .random: try appendRandom(id)
        case .sum, .product, .maximumOf, .minimumOf: try appendReduction(id)
        case .indexOfMaximum: try appendAlongAxis(id, ck_index_of_maximum_tiles, ck_index_of_maximum_run)
        case .cumulativeSum: try appendAlongAxis(id, ck_cumulative_sum_tiles, ck_cumulative_sum_run)
        case .order: try appendAlongAxis(id, ck_order_tiles, ck_order_run)
        case .matrixProduct: try appendProduct(StoreTail(nodes: [id]))
        case .convolution, .convolutionInputGradient, .convolutionWeightGradient: try appendConvolution(StoreTail(nodes: [id]))
        case .windowMaximum, .windowMaximumScatter, .windowMaximumGather, .windowSum, .windowSumScatter: try appendWindow(id)
        case .scan: try appendScan(id)
        }
    }

    /// Appends a reduction over any axes of any view.
    func appendReduction(_ id: NodeID) throws(AllocationFailure) {
        guard case .axes(let axes) = graph.attributes(of: id) else { preconditionFailure("a reduction without axes") }
        let operand = graph.operand(0, of: id), type = graph[operand].type
        let (root, view) = views[operand]
        let base = try place(root)
        var arguments = ck_reduce_args()
        let kept = view.extents.indices.filter { !axes.contains($0) }
        arguments.kept_rank = Int64(kept.count)
        arguments.reduced_rank = Int64(axes.count)
        setTuple(&arguments.kept_extent, kept.map { view.extents[$0] })
        setTuple(&arguments.kept_stride, kept.map { view.strides[$0] })
        setTuple(&arguments.reduced_extent, axes.map { view.extents[$0] })
        setTuple(&arguments.reduced_stride, axes.map { view.strides[$0] })
        arguments.type = type.rawValue
        let operation =
            switch graph[id].primitive {
            case .product: CK_PRODUCT
            case .maximumOf: CK_MAXIMUM
            case .minimumOf: CK_MINIMUM
            default: CK_SUM
            }
        arguments.operation = UInt8(operation)
        let source = Place(buffer: base.buffer, offset: base.offset + view.offset * type.byteCount)
        appendKernel(
            id, arguments, ck_reduce_tiles, ck_reduce_run, reads: [field(\ck_reduce_args.source, source)],
            writes: [field(\ck_reduce_args.target, try place(id))], operations: Double(view.count))
    }

    /// Appends a kernel along attribute `.axis` of a dense operand.
    private func appendAlongAxis(_ id: NodeID, _ tiles: ck_tiles_function, _ run: @escaping ck_tile_function) throws(AllocationFailure) {
        guard case .axis(let axis) = graph.attributes(of: id) else { preconditionFailure("no axis") }
        let operand = graph.operand(0, of: id), shape = graph[operand].shape.counts
        var arguments = ck_axis_args()
        arguments.outer = Int64(shape[..<axis].reduce(1, *))
        arguments.length = Int64(shape[axis])
        arguments.inner = Int64(shape[(axis + 1)...].reduce(1, *))
        arguments.type = graph[operand].type.rawValue
        let source = try dense(operand)
        appendKernel(
            id, arguments, tiles, run, reads: [field(\ck_axis_args.source, source)], writes: [field(\ck_axis_args.target, try place(id))],
            operations: 4 * Double(shape.reduce(1, *)))
    }

    private func appendRandom(_ id: NodeID) throws(AllocationFailure) {
        guard case .random(let distribution) = graph.attributes(of: id) else { preconditionFailure("no distribution") }
        var arguments = ck_random_args()
        arguments.count = Int64(graph[id].shape.elementCount ?? 0)
        arguments.distribution = UInt8(distribution == .uniform ? CK_UNIFORM : CK_NORMAL)
        let key = try dense(graph.operand(0, of: id))
        appendKernel(
            id, arguments, ck_random_tiles, ck_random_run, reads: [field(\ck_random_args.key, key)],
            writes: [field(\ck_random_args.target, try place(id))], operations: 20 * Double(arguments.count))
    }

    /// Appends a kernel for a node, with what its description says.
    func appendKernel<Arguments: BitwiseCopyable>(
        _ id: NodeID, _ arguments: Arguments, _ tiles: ck_tiles_function, _ run: @escaping ck_tile_function, reads: [PlanAssembly.PointerField],
        writes: [PlanAssembly.PointerField], operations: Double, name: String? = nil, operands: [NodeID]? = nil, bytes: Double? = nil
    ) {
        // What is read and written once: a view counts what it shows, a repeated value what there is of it.
        let bytes =
            bytes
            ?? (operands ?? Array(graph.operands(of: id))).reduce(Double(byteCount(id))) { sum, operand in
                sum + Double(min(byteCount(operand), byteCount(views.root(operand))))
            }
        assembly.appendKernel(
            name ?? graph[id].primitive.name, arguments, tiles: tiles, run: run, reads: reads, writes: writes, origin: graph[id].origin,
            signature: signature(id), operations: operations, bytes: bytes)
    }
}
