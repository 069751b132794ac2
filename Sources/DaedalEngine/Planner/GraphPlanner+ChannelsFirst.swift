import CKernels
import DaedalGraph
import DaedalTensor

/// Steps for convolutions on tensors as users see them, channels first.
extension GraphPlanner {
    /// Appends a convolution of few channels or its adjoint in x, 16 images side by side.
    func appendLanes(_ tail: StoreTail, _ shape: ConvolutionShape) throws(AllocationFailure) {
        let id = tail.nodes[0], last = tail.nodes[tail.nodes.count - 1]
        let isAdjoint = graph[id].primitive == .convolutionInputGradient
        let x = try dense(graph.operand(0, of: id)), w = try dense(graph.operand(1, of: id))
        var arguments = ck_lanes_args()
        (arguments.images, arguments.turned) = (Int64(shape.batch), isAdjoint)
        (arguments.sources, arguments.targets) = (
            Int64(isAdjoint ? shape.filters : shape.channels), Int64(isAdjoint ? shape.channels : shape.filters)
        )
        arguments.target_stride = Int64(isAdjoint ? shape.taps : shape.channels * shape.taps)
        arguments.source_stride = Int64(isAdjoint ? shape.channels * shape.taps : shape.taps)
        setTuple(&arguments.size, Array((isAdjoint ? shape.output : shape.size)[1...]))
        setTuple(&arguments.output, Array((isAdjoint ? shape.size : shape.output)[1...]))
        setTuple(&arguments.kernel, Array(shape.kernel[1...]))
        setTuple(&arguments.low, [1, 2].map { isAdjoint ? shape.kernel[$0] - 1 - shape.low[$0] : shape.low[$0] })
        arguments.relu = tail.hasRelu
        let reads = [field(\ck_lanes_args.x, x), field(\ck_lanes_args.w, w)] + (try fields(of: tail, bias: \ck_lanes_args.bias))
        appendKernel(
            last, arguments, ck_lanes_tiles, ck_lanes_run, reads: reads, writes: [field(\ck_lanes_args.y, try place(last))],
            operations: shape.operations, name: name(of: tail), operands: operands(of: tail))
    }

    func appendLanesGradient(_ id: NodeID, _ shape: ConvolutionShape) throws(AllocationFailure) {
        typealias Arguments = ck_lanes_gradient_args
        var arguments = Arguments()
        (arguments.images, arguments.sources, arguments.targets) = (Int64(shape.batch), Int64(shape.channels), Int64(shape.filters))
        setTuple(&arguments.size, Array(shape.size[1...]))
        setTuple(&arguments.kernel, Array(shape.kernel[1...]))
        setTuple(&arguments.low, Array(shape.low[1...]))
        setTuple(&arguments.output, Array(shape.output[1...]))
        let x = try dense(graph.operand(0, of: id)), dy = try dense(graph.operand(1, of: id))
        let space = [field(\Arguments.workspace, workspace(ck_lanes_gradient_workspace(&arguments)))]
        appendKernel(
            id, arguments, ck_lanes_gradient_gather_tiles, ck_lanes_gradient_gather_run,
            reads: [field(\Arguments.x, x), field(\Arguments.dy, dy)], writes: space, operations: shape.operations)
        appendKernel(
            id, arguments, ck_lanes_gradient_finish_tiles, ck_lanes_gradient_finish_run, reads: space,
            writes: [field(\Arguments.dw, try place(id))], operations: 0, name: "finish")
    }

    func appendChannelsFirst(_ id: NodeID, _ shape: ConvolutionShape) throws(AllocationFailure) {
        let a = try dense(graph.operand(0, of: id)), b = try dense(graph.operand(1, of: id)), target = try place(id)
        var arguments = ck_convolution_args()
        (arguments.batch, arguments.channels) = (Int64(shape.batch), Int64(shape.channels))
        (arguments.filters, arguments.groups) = (Int64(shape.filters), Int64(shape.groups))
        setTuple(&arguments.size, shape.size)
        setTuple(&arguments.kernel, shape.kernel)
        setTuple(&arguments.stride, shape.stride)
        setTuple(&arguments.low, shape.low)
        setTuple(&arguments.dilation, shape.dilation)
        setTuple(&arguments.output, shape.output)
        arguments.type = shape.type.rawValue
        func space(_ bytes: Int64) -> [PlanAssembly.PointerField] { bytes == 0 ? [] : [field(\ck_convolution_args.workspace, workspace(bytes))] }
        switch graph[id].primitive {
        case .convolution:
            appendKernel(
                id, arguments, ck_convolution_forward_tiles, ck_convolution_forward_run,
                reads: [field(\ck_convolution_args.x, a), field(\ck_convolution_args.w, b)], writes: [field(\ck_convolution_args.y, target)],
                operations: shape.operations)
        case .convolutionInputGradient:
            let arranged = space(ck_convolution_input_workspace(&arguments))
            appendKernel(
                id, arguments, ck_convolution_input_arrange_tiles, ck_convolution_input_arrange_run, reads: [field(\ck_convolution_args.w, b)],
                writes: arranged, operations: 0, name: "arrange")
            appendKernel(
                id, arguments, ck_convolution_input_tiles, ck_convolution_input_run,
                reads: [field(\ck_convolution_args.y, a), field(\ck_convolution_args.w, b)] + arranged,
                writes: [field(\ck_convolution_args.x, target)], operations: shape.operations)
        default:
            let sums = space(ck_convolution_weights_workspace(&arguments))
            appendKernel(
                id, arguments, ck_convolution_weights_tiles, ck_convolution_weights_run,
                reads: [field(\ck_convolution_args.x, a), field(\ck_convolution_args.y, b)],
                writes: [field(\ck_convolution_args.w, target)] + sums, operations: shape.operations)
            appendKernel(
                id, arguments, ck_convolution_weights_finish_tiles, ck_convolution_weights_finish_run, reads: sums,
                writes: [field(\ck_convolution_args.w, target)], operations: 0, name: "finish")
        }
    }
}
