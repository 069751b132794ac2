import CKernels
import DaedalGraph
import DaedalTensor

/// Steps for pooling windows.
extension GraphPlanner {
    /// Appends a pooling kernel.
    func appendWindow(_ id: NodeID) throws(AllocationFailure) {
        let isLast = views.hasWindowLast(id, graph)
        switch graph[id].primitive {
        case .windowMaximum:
            if isLast { return try appendLast(id, x: 0, v: nil, ck_window_last_maximum_tiles, ck_window_last_maximum_run) }
            try appendFirst(id, x: 0, v: nil, ck_window_maximum_tiles, ck_window_maximum_run)
        case .windowMaximumScatter:
            if isLast { return try appendLast(id, x: 0, v: 1, ck_window_last_maximum_scatter_tiles, ck_window_last_maximum_scatter_run) }
            try appendFirst(id, x: 0, v: 1, ck_window_maximum_scatter_tiles, ck_window_maximum_scatter_run)
        case .windowMaximumGather:
            if isLast { return try appendLast(id, x: 0, v: 1, ck_window_last_maximum_gather_tiles, ck_window_last_maximum_gather_run) }
            try appendFirst(id, x: 0, v: 1, ck_window_maximum_gather_tiles, ck_window_maximum_gather_run)
        case .windowSum:
            if isLast { return try appendLast(id, x: 0, v: nil, ck_window_last_sum_tiles, ck_window_last_sum_run) }
            try appendFirst(id, x: 0, v: nil, ck_window_sum_tiles, ck_window_sum_run)
        case .windowSumScatter:
            if isLast { return try appendLast(id, x: nil, v: 0, ck_window_last_sum_scatter_tiles, ck_window_last_sum_scatter_run) }
            try appendFirst(id, x: nil, v: 0, ck_window_sum_scatter_tiles, ck_window_sum_scatter_run)
        default: preconditionFailure("no window")
        }
    }

    /// The shapes on both sides of windows: whole planes, and one element a window.
    private func sides(_ id: NodeID) -> (planes: [Int], outputs: [Int], window: Window) {
        guard case .window(let window) = graph.attributes(of: id) else { preconditionFailure("no window") }
        // Scatters make planes, the others windows.
        let own = graph[id].shape.counts, operand = graph[graph.operand(graph[id].primitive == .windowMaximumScatter ? 1 : 0, of: id)].shape.counts
        let isScatter = graph[id].primitive == .windowMaximumScatter || graph[id].primitive == .windowSumScatter
        return isScatter ? (own, operand, window) : (operand, own, window)
    }

    private func operations(_ planes: [Int], _ outputs: [Int], _ window: Window) -> Double {
        Double(max(planes.reduce(1, *), outputs.reduce(1, *) * window.kernel.reduce(1, *)))
    }

    /// Appends a kernel for tensors as users see them; `x` and `v` are positions of operands.
    private func appendFirst(
        _ id: NodeID, x: Int?, v: Int?, _ tiles: ck_tiles_function, _ run: @escaping ck_tile_function
    ) throws(AllocationFailure) {
        let (planes, outputs, window) = sides(id)
        var arguments = ck_window_args()
        arguments.planes = Int64(planes[0] * planes[1])
        setSpatial(&arguments.size, Array(planes[2...]), missing: 1)
        setSpatial(&arguments.output, Array(outputs[2...]), missing: 1)
        setSpatial(&arguments.kernel, window.kernel, missing: 1)
        setSpatial(&arguments.stride, window.stride, missing: 1)
        setSpatial(&arguments.low, window.paddingLow, missing: 0)
        setSpatial(&arguments.dilation, window.dilation, missing: 1)
        arguments.type = graph[id].type.rawValue
        var reads: [PlanAssembly.PointerField] = []
        if let x { reads.append(field(\ck_window_args.x, try dense(graph.operand(x, of: id)))) }
        if let v { reads.append(field(\ck_window_args.v, try dense(graph.operand(v, of: id)))) }
        appendKernel(
            id, arguments, tiles, run, reads: reads, writes: [field(\ck_window_args.y, try place(id))],
            operations: operations(planes, outputs, window))
    }

    /// Appends a kernel for tensors with channels last.
    private func appendLast(
        _ id: NodeID, x: Int?, v: Int?, _ tiles: ck_tiles_function, _ run: @escaping ck_tile_function
    ) throws(AllocationFailure) {
        let (planes, outputs, window) = sides(id)
        var arguments = ck_window_last_args()
        (arguments.images, arguments.channels) = (Int64(planes[0]), Int64(planes[1]))
        setSpatial(&arguments.size, Array(planes[2...]), missing: 1)
        setSpatial(&arguments.output, Array(outputs[2...]), missing: 1)
        setSpatial(&arguments.kernel, window.kernel, missing: 1)
        setSpatial(&arguments.stride, window.stride, missing: 1)
        setSpatial(&arguments.low, window.paddingLow, missing: 0)
        setSpatial(&arguments.dilation, window.dilation, missing: 1)
        var reads: [PlanAssembly.PointerField] = []
        if let x { reads.append(field(\ck_window_last_args.x, try channelsLast(graph.operand(x, of: id)))) }
        if let v { reads.append(field(\ck_window_last_args.v, try channelsLast(graph.operand(v, of: id)))) }
        appendKernel(
            id, arguments, tiles, run, reads: reads, writes: [field(\ck_window_last_args.y, try place(id))],
            operations: operations(planes, outputs, window))
    }
}
