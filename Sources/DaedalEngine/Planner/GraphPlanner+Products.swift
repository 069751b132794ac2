import CKernels
import DaedalGraph
import DaedalTensor

/// Steps for matrix products, convolutions and windows.
extension GraphPlanner {
    /// A matrix operand: where it is and its strides along rows, columns and the batch.
    private struct MatrixView {
        var place: Place
        var row: Int, column: Int, batch: Int
    }

    /// A product's operand as strides, copied only where the batch has no single stride.
    private func matrix(_ id: NodeID, isTransposed: Bool) throws(AllocationFailure) -> MatrixView {
        let (root, view) = views[id]
        let rank = view.extents.count
        let runs = StridedView(offset: 0, extents: Array(view.extents.dropLast(2)), strides: Array(view.strides.dropLast(2))).runs
        func result(_ place: Place, _ strides: [Int], batch: Int) -> MatrixView {
            let (row, column) = isTransposed ? (strides[rank - 1], strides[rank - 2]) : (strides[rank - 2], strides[rank - 1])
            return MatrixView(place: place, row: row, column: column, batch: batch)
        }
        // A stride of 0 (an expanded axis) would be read over and over; the kernels want real strides.
        let isPlain = view.extents.indices.suffix(2).allSatisfy { view.extents[$0] == 1 || view.strides[$0] > 0 }
        if runs.count <= 1, isPlain, runs.first.map({ $0.stride >= 0 }) ?? true {
            let base = try place(root)
            let place = Place(buffer: base.buffer, offset: base.offset + view.offset * graph[id].type.byteCount)
            return result(place, view.strides, batch: runs.first?.stride ?? 0)
        }
        let shape = view.extents
        return result(try dense(id), StridedView.denseStrides(shape), batch: rank > 2 ? shape[rank - 2] * shape[rank - 1] : 0)
    }

    func appendProduct(_ id: NodeID) throws(AllocationFailure) {
        guard case .product(let transposesLeft, let transposesRight) = graph.attributes(of: id) else { preconditionFailure("no product") }
        let node = graph[id], shape = node.shape.counts, rank = shape.count
        let left = graph.operand(0, of: id), right = graph.operand(1, of: id)
        let inner = graph[left].shape.counts[transposesLeft ? rank - 2 : rank - 1]
        let a = try matrix(left, isTransposed: transposesLeft), b = try matrix(right, isTransposed: transposesRight)
        var arguments = ck_product_args()
        arguments.m = Int64(shape[rank - 2])
        arguments.n = Int64(shape[rank - 1])
        arguments.k = Int64(inner)
        arguments.batch = Int64(shape[..<(rank - 2)].reduce(1, *))
        arguments.a_row = Int64(a.row)
        arguments.a_column = Int64(a.column)
        arguments.a_batch = Int64(a.batch)
        arguments.b_row = Int64(b.row)
        arguments.b_column = Int64(b.column)
        arguments.b_batch = Int64(b.batch)
        arguments.c_row = arguments.n
        arguments.c_batch = arguments.m * arguments.n
        arguments.type = node.type.rawValue
        appendKernel(
            id, arguments, ck_product_tiles, ck_product_run, reads: [field(\ck_product_args.a, a.place), field(\ck_product_args.b, b.place)],
            writes: [field(\ck_product_args.c, try place(id))], operations: 2 * Double(shape.reduce(1, *)) * Double(inner))
    }

    /// Sizes along up to three axes, missing leading ones filled.
    private func setSpatial<Tuple>(_ tuple: inout Tuple, _ values: [Int], missing: Int) {
        setTuple(&tuple, Array(repeating: missing, count: max(3 - values.count, 0)) + values)
    }

    func appendConvolution(_ id: NodeID) throws(AllocationFailure) {
        guard case .window(let window) = graph.attributes(of: id) else { preconditionFailure("no window") }
        let node = graph[id], first = graph.operand(0, of: id), second = graph.operand(1, of: id)
        let (xShape, wShape, yShape): ([Int], [Int], [Int]) =
            switch node.primitive {
            case .convolution: (graph[first].shape.counts, graph[second].shape.counts, node.shape.counts)
            case .convolutionInputGradient: (node.shape.counts, graph[second].shape.counts, graph[first].shape.counts)
            default: (graph[first].shape.counts, node.shape.counts, graph[second].shape.counts)
            }
        var arguments = ck_convolution_args()
        arguments.batch = Int64(xShape[0])
        arguments.channels = Int64(xShape[1])
        arguments.filters = Int64(wShape[0])
        arguments.groups = Int64(window.groups)
        setSpatial(&arguments.size, Array(xShape[2...]), missing: 1)
        setSpatial(&arguments.kernel, Array(wShape[2...]), missing: 1)
        setSpatial(&arguments.stride, window.stride, missing: 1)
        setSpatial(&arguments.low, window.paddingLow, missing: 0)
        setSpatial(&arguments.dilation, window.dilation, missing: 1)
        setSpatial(&arguments.output, Array(yShape[2...]), missing: 1)
        arguments.type = node.type.rawValue
        let operations = 2 * Double(yShape.reduce(1, *)) * Double(wShape[1...].reduce(1, *))
        let a = try dense(first), b = try dense(second), target = try place(id)
        func workspace(_ bytes: Int64) -> [PlanAssembly.PointerField] {
            bytes == 0 ? [] : [field(\ck_convolution_args.workspace, Place(buffer: assembly.makeBuffer(Int(bytes)), offset: 0))]
        }
        switch node.primitive {
        case .convolution:
            appendKernel(
                id, arguments, ck_convolution_forward_tiles, ck_convolution_forward_run,
                reads: [field(\ck_convolution_args.x, a), field(\ck_convolution_args.w, b)], writes: [field(\ck_convolution_args.y, target)],
                operations: operations)
        case .convolutionInputGradient:
            let space = workspace(ck_convolution_input_workspace(&arguments))
            appendKernel(
                id, arguments, ck_convolution_input_arrange_tiles, ck_convolution_input_arrange_run, reads: [field(\ck_convolution_args.w, b)],
                writes: space, operations: 0, name: "arrange")
            appendKernel(
                id, arguments, ck_convolution_input_tiles, ck_convolution_input_run,
                reads: [field(\ck_convolution_args.y, a), field(\ck_convolution_args.w, b)] + space, writes: [field(\ck_convolution_args.x, target)],
                operations: operations)
        default:
            let space = workspace(ck_convolution_weights_workspace(&arguments))
            appendKernel(
                id, arguments, ck_convolution_weights_tiles, ck_convolution_weights_run,
                reads: [field(\ck_convolution_args.x, a), field(\ck_convolution_args.y, b)], writes: [field(\ck_convolution_args.w, target)] + space,
                operations: operations)
            appendKernel(
                id, arguments, ck_convolution_weights_finish_tiles, ck_convolution_weights_finish_run, reads: space,
                writes: [field(\ck_convolution_args.w, target)], operations: 0, name: "finish")
        }
    }

    /// Appends a pooling kernel; `x` and `v` are positions of operands.
    func appendWindow(
        _ id: NodeID, x: Int?, v: Int?, _ tiles: ck_tiles_function, _ run: @escaping ck_tile_function
    ) throws(AllocationFailure) {
        guard case .window(let window) = graph.attributes(of: id) else { preconditionFailure("no window") }
        let node = graph[id]
        let isScatter = node.primitive == .windowMaximumScatter || node.primitive == .windowSumScatter
        // Whole planes and their windows: scatters make planes, the others windows.
        let operand = graph.operand(node.primitive == .windowMaximumScatter ? 1 : 0, of: id)
        let (planes, outputs) = isScatter ? (node.shape.counts, graph[operand].shape.counts) : (graph[operand].shape.counts, node.shape.counts)
        var arguments = ck_window_args()
        arguments.planes = Int64(planes[0] * planes[1])
        setSpatial(&arguments.size, Array(planes[2...]), missing: 1)
        setSpatial(&arguments.output, Array(outputs[2...]), missing: 1)
        setSpatial(&arguments.kernel, window.kernel, missing: 1)
        setSpatial(&arguments.stride, window.stride, missing: 1)
        setSpatial(&arguments.low, window.paddingLow, missing: 0)
        setSpatial(&arguments.dilation, window.dilation, missing: 1)
        arguments.type = node.type.rawValue
        var reads: [PlanAssembly.PointerField] = []
        if let x { reads.append(field(\ck_window_args.x, try dense(graph.operand(x, of: id)))) }
        if let v { reads.append(field(\ck_window_args.v, try dense(graph.operand(v, of: id)))) }
        appendKernel(
            id, arguments, tiles, run, reads: reads, writes: [field(\ck_window_args.y, try place(id))],
            operations: Double(max(planes.reduce(1, *), outputs.reduce(1, *) * window.kernel.reduce(1, *))))
    }
}
