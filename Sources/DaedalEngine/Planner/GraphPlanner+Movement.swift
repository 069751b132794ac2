import CKernels
import DaedalGraph
import DaedalTensor

/// Steps that move elements: pad, concatenate, dynamic slices, gather and scatter.
extension GraphPlanner {
    func appendPad(_ id: NodeID) throws(AllocationFailure) {
        guard case .padding(let low, _, let value) = graph.attributes(of: id) else { preconditionFailure("no padding") }
        let node = graph[id], target = try place(id), shape = node.shape.counts
        try appendFill(id, target, count: shape.reduce(1, *), value: value)
        let strides = StridedView.denseStrides(shape)
        let start = zip(low, strides).reduce(0) { $0 + ($1.0.known ?? 0) * $1.1 }
        let inside = Place(buffer: target.buffer, offset: target.offset + start * node.type.byteCount)
        try copy(graph.operand(0, of: id), to: inside, strides: strides, name: "pad", origin: node.origin)
    }

    /// Appends a fill of adjacent elements with one value.
    private func appendFill(_ id: NodeID, _ target: Place, count: Int, value: Double) throws(AllocationFailure) {
        let type = graph[id].type
        var arguments = ck_fill_args()
        arguments.rank = 1
        arguments.extent.0 = Int64(count)
        arguments.target_stride.0 = 1
        arguments.element_bytes = UInt8(type.byteCount)
        arguments.bits = PlanAssembly.memoryBits(value, type)
        appendKernel(id, arguments, ck_fill_tiles, ck_fill_run, reads: [], writes: [field(\ck_fill_args.target, target)], operations: 0, name: "fill")
    }

    func appendConcatenate(_ id: NodeID) throws(AllocationFailure) {
        guard case .axis(let axis) = graph.attributes(of: id) else { preconditionFailure("no axis") }
        let node = graph[id], target = try place(id)
        let strides = StridedView.denseStrides(node.shape.counts)
        var start = 0
        for operand in graph.operands(of: id) {
            let part = Place(buffer: target.buffer, offset: target.offset + start * strides[axis] * node.type.byteCount)
            if !storedParts.contains(operand) { try copy(operand, to: part, strides: strides, name: "concatenate", origin: node.origin) }
            start += graph[operand].shape[axis].known ?? 0
        }
    }

    /// Appends the test that all indices are in range.
    private func appendCheck(_ indices: NodeID, _ place: Place, limit: Int, origin: UInt32) {
        let count = graph[indices].shape.elementCount ?? 0
        if count == 0 { return }
        assembly.append(
            PlanAssembly.Step(
                name: "check", signature: signature(indices), origin: origin,
                body: .indexCheck(buffer: place.buffer, offset: place.offset, type: graph[indices].type, count: count, limit: limit),
                reads: [place.buffer], writes: [], bytes: Double(byteCount(indices))))
    }

    func appendDynamicSlice(_ id: NodeID) throws(AllocationFailure) {
        guard case .axis(let axis) = graph.attributes(of: id) else { preconditionFailure("no axis") }
        let source = graph.operand(0, of: id), startNode = graph.operand(1, of: id), node = graph[id]
        let (root, view) = views[source]
        let base = try place(root), start = try dense(startNode), target = try place(id)
        let limit = (graph[source].shape[axis].known ?? 0) - (node.shape[axis].known ?? 0) + 1
        appendCheck(startNode, start, limit: limit, origin: node.origin)
        let shape = node.shape.counts
        var arguments = ck_copy_args()
        arguments.rank = Int64(shape.count)
        arguments.element_bytes = UInt8(node.type.byteCount)
        setTuple(&arguments.extent, shape)
        setTuple(&arguments.source_stride, view.strides)
        setTuple(&arguments.target_stride, StridedView.denseStrides(shape))
        arguments.source_start_stride = Int64(view.strides[axis])
        let from = Place(buffer: base.buffer, offset: base.offset + view.offset * node.type.byteCount)
        appendKernel(
            id, arguments, ck_copy_tiles, ck_copy_run, reads: [field(\ck_copy_args.source, from), field(\ck_copy_args.source_start, start)],
            writes: [field(\ck_copy_args.target, target)], operations: 0)
    }

    func appendDynamicUpdate(_ id: NodeID) throws(AllocationFailure) {
        guard case .axis(let axis) = graph.attributes(of: id) else { preconditionFailure("no axis") }
        let node = graph[id], values = graph.operand(1, of: id), startNode = graph.operand(2, of: id)
        let target = try place(id), start = try dense(startNode)
        let (root, view) = views[values]
        let base = try place(root)
        let limit = (node.shape[axis].known ?? 0) - (graph[values].shape[axis].known ?? 0) + 1
        appendCheck(startNode, start, limit: limit, origin: node.origin)
        try copy(graph.operand(0, of: id), to: target, name: "dynamicUpdate", origin: node.origin)
        if view.count == 0 { return }
        let strides = StridedView.denseStrides(node.shape.counts)
        var arguments = ck_copy_args()
        arguments.rank = Int64(view.extents.count)
        arguments.element_bytes = UInt8(node.type.byteCount)
        setTuple(&arguments.extent, view.extents)
        setTuple(&arguments.source_stride, view.strides)
        setTuple(&arguments.target_stride, strides)
        arguments.target_start_stride = Int64(strides[axis])
        let from = Place(buffer: base.buffer, offset: base.offset + view.offset * node.type.byteCount)
        appendKernel(
            id, arguments, ck_copy_tiles, ck_copy_run, reads: [field(\ck_copy_args.source, from), field(\ck_copy_args.target_start, start)],
            writes: [field(\ck_copy_args.target, target)], operations: 0)
    }

    func appendGather(_ id: NodeID) throws(AllocationFailure) {
        guard case .axis(let axis) = graph.attributes(of: id) else { preconditionFailure("no axis") }
        let node = graph[id], source = graph.operand(0, of: id), indices = graph.operand(1, of: id)
        let shape = graph[source].shape.counts
        let from = try dense(source), at = try dense(indices)
        var arguments = ck_gather_args()
        arguments.outer = Int64(shape[..<axis].reduce(1, *))
        arguments.limit = Int64(shape[axis])
        arguments.inner = Int64(shape[(axis + 1)...].reduce(1, *))
        arguments.count = Int64(graph[indices].shape.elementCount ?? 0)
        arguments.element_bytes = UInt8(node.type.byteCount)
        arguments.index_type = graph[indices].type.rawValue
        appendCheck(indices, at, limit: shape[axis], origin: node.origin)
        appendKernel(
            id, arguments, ck_gather_tiles, ck_gather_run, reads: [field(\ck_gather_args.source, from), field(\ck_gather_args.indices, at)],
            writes: [field(\ck_gather_args.target, try place(id))], operations: 0)
    }

    func appendScatter(_ id: NodeID) throws(AllocationFailure) {
        guard case .scatter(let axis, let mode) = graph.attributes(of: id) else { preconditionFailure("no scatter") }
        let node = graph[id], indices = graph.operand(1, of: id), values = graph.operand(2, of: id)
        let shape = node.shape.counts
        let at = try dense(indices), from = try dense(values), target = try place(id)
        appendCheck(indices, at, limit: shape[axis], origin: node.origin)
        try copy(graph.operand(0, of: id), to: target, name: "scatter", origin: node.origin)
        if byteCount(values) == 0 { return }
        var arguments = ck_scatter_args()
        arguments.outer = Int64(shape[..<axis].reduce(1, *))
        arguments.limit = Int64(shape[axis])
        arguments.inner = Int64(shape[(axis + 1)...].reduce(1, *))
        arguments.count = Int64(graph[indices].shape.elementCount ?? 0)
        arguments.type = node.type.rawValue
        arguments.index_type = graph[indices].type.rawValue
        let modes = [ScatterMode.set: CK_SCATTER_SET, .add: CK_SCATTER_ADD, .maximum: CK_SCATTER_MAXIMUM]
        arguments.mode = UInt8(modes[mode] ?? CK_SCATTER_SET)
        appendKernel(
            id, arguments, ck_scatter_tiles, ck_scatter_run, reads: [field(\ck_scatter_args.indices, at), field(\ck_scatter_args.values, from)],
            writes: [field(\ck_scatter_args.target, target)], operations: Double(graph[values].shape.elementCount ?? 0))
    }
}

extension PlanAssembly {
    /// The bits in memory of a number as a type.
    static func memoryBits(_ value: Double, _ type: ElementType) -> UInt64 {
        switch type {
        case .bool: value != 0 ? 1 : 0
        case .i32: UInt64(UInt32(bitPattern: Int32.saturating(value)))
        case .i64: UInt64(bitPattern: Int64.saturating(value))
        case .f32: UInt64(Float(value).bitPattern)
        case .f64: value.bitPattern
        }
    }
}
