import CKernels
import DaedalGraph
import DaedalTensor

/// Steps for convolutions and their adjoints, in the form that their sizes choose.
extension GraphPlanner {
    /// Appends a convolution with what its last store does.
    func appendConvolution(_ tail: StoreTail) throws(AllocationFailure) {
        let id = tail.nodes[0]
        guard let shape = ConvolutionShape(id, in: graph) else { preconditionFailure("no convolution") }
        switch (ConvolutionForm(id, in: graph, isTraining: isTraining, isPrecise: assembly.isPrecise), graph[id].primitive) {
        case (.channelsFirst, _): try appendChannelsFirst(id, shape)
        case (.lanes, .convolutionWeightGradient): try appendLanesGradient(id, shape)
        case (.lanes, _): try appendLanes(tail, shape)
        case (.depthwise, _): try appendDepthwise(id, shape)
        case (.channelsLast, .convolutionWeightGradient): try appendCorrelationGradient(id, shape)
        case (.channelsLast, .convolutionInputGradient): try appendPhases(id, shape)
        case (.channelsLast, _): try appendCorrelation(tail, shape)
        case (.winograd(let outputs), .convolutionWeightGradient): try appendWinogradGradient(id, shape, outputs)
        case (.winograd(let outputs), _): try appendWinograd(tail, shape, outputs)
        }
    }

    /// Sizes along up to three axes, missing leading ones filled.
    func setSpatial<Tuple>(_ tuple: inout Tuple, _ values: [Int], missing: Int) {
        setTuple(&tuple, Array(repeating: missing, count: max(3 - values.count, 0)) + values)
    }

    /// Where a node's elements lie with channels last; copies them there first if they do not.
    func channelsLast(_ id: NodeID) throws(AllocationFailure) -> Place {
        let (root, view) = views[id]
        let base = try place(root), moved = view.permuted(ChannelOrder.last(view.extents.count))
        if moved.isDense { return Place(buffer: base.buffer, offset: base.offset + view.offset * graph[id].type.byteCount) }
        if let known = lastPlaces[id] { return known }
        let target = Place(buffer: assembly.makeBuffer(byteCount(id)), offset: 0)
        copy(moved, at: base, id, to: target, name: "channels last")
        lastPlaces[id] = target
        return target
    }

    /// Bytes of working memory that a step leaves for the next one.
    func workspace(_ bytes: Int64) -> Place { Place(buffer: assembly.makeBuffer(Int(bytes)), offset: 0) }

    /// Keeps what the last step made of filters, where these are an input that stays as it is.
    private func keepFilters(_ w: NodeID) {
        let root = views.root(w)
        guard graph[root].primitive == .input, case .input(let position) = graph.attributes(of: root), assembly.keepsSteps(for: position)
        else {
            return
        }
        assembly.keepLastStep(for: position)
    }

    // MARK: Winograd

    /// Appends a convolution or its adjoint in x, which is one with the kernel turned and the channels exchanged.
    private func appendWinograd(_ tail: StoreTail, _ shape: ConvolutionShape, _ outputs: Int) throws(AllocationFailure) {
        let id = tail.nodes[0], last = tail.nodes[tail.nodes.count - 1]
        let isAdjoint = graph[id].primitive == .convolutionInputGradient
        let (sources, targets) = isAdjoint ? (shape.filters, shape.channels) : (shape.channels, shape.filters)
        let x = try channelsLast(graph.operand(0, of: id)), w = try dense(graph.operand(1, of: id))
        var filters = ck_winograd_filters_args()
        (filters.targets, filters.sources, filters.outputs, filters.turned) = (Int64(targets), Int64(sources), Int64(outputs), isAdjoint)
        filters.target_stride = Int64(isAdjoint ? 9 : shape.channels * 9)
        filters.source_stride = Int64(isAdjoint ? shape.channels * 9 : 9)
        let panels = workspace(4 * ck_winograd_filters_count(filters.targets, filters.sources, filters.outputs))
        appendKernel(
            id, filters, ck_winograd_filters_tiles, ck_winograd_filters_run, reads: [field(\ck_winograd_filters_args.w, w)],
            writes: [field(\ck_winograd_filters_args.panels, panels)], operations: 0, name: "filters")
        keepFilters(graph.operand(1, of: id))
        var arguments = ck_winograd_args()
        (arguments.images, arguments.sources, arguments.targets) = (Int64(shape.batch), Int64(sources), Int64(targets))
        setTuple(&arguments.size, Array((isAdjoint ? shape.output : shape.size)[1...]))
        setTuple(&arguments.output, Array((isAdjoint ? shape.size : shape.output)[1...]))
        setTuple(&arguments.low, shape.low[1...].map { isAdjoint ? 2 - $0 : $0 })
        arguments.outputs = Int64(outputs)
        var reads = [field(\ck_winograd_args.x, x)]
        let bytes = ck_winograd_workspace(&arguments)
        if bytes > 0 {
            let space = [field(\ck_winograd_args.workspace, workspace(bytes))]
            appendKernel(
                id, arguments, ck_winograd_transform_tiles, ck_winograd_transform_run, reads: reads, writes: space, operations: 0, name: "transform",
                bytes: Double(bytes) + Double(byteCount(graph.operand(0, of: id))))
            reads = space
        }
        arguments.relu = tail.hasRelu
        reads.append(field(\ck_winograd_args.panels, panels))
        reads += try fields(of: tail, scale: \ck_winograd_args.scale, bias: \ck_winograd_args.bias, residual: \ck_winograd_args.residual)
        appendKernel(
            last, arguments, ck_winograd_tiles, ck_winograd_run, reads: reads, writes: [field(\ck_winograd_args.y, try place(last))],
            operations: shape.operations, name: name(of: tail), operands: operands(of: tail))
    }

    private func appendWinogradGradient(_ id: NodeID, _ shape: ConvolutionShape, _ outputs: Int) throws(AllocationFailure) {
        typealias Arguments = ck_winograd_gradient_args
        var arguments = Arguments()
        (arguments.images, arguments.sources, arguments.targets) = (Int64(shape.batch), Int64(shape.channels), Int64(shape.filters))
        setTuple(&arguments.size, Array(shape.size[1...]))
        setTuple(&arguments.low, Array(shape.low[1...]))
        setTuple(&arguments.output, Array(shape.output[1...]))
        arguments.outputs = Int64(outputs)
        let x = try channelsLast(graph.operand(0, of: id)), dy = try channelsLast(graph.operand(1, of: id))
        let operands = [field(\Arguments.x, x), field(\Arguments.dy, dy)]
        let space = [field(\Arguments.workspace, workspace(ck_winograd_gradient_workspace(&arguments)))]
        appendKernel(
            id, arguments, ck_winograd_gradient_transform_tiles, ck_winograd_gradient_transform_run, reads: operands, writes: space, operations: 0,
            name: "transform")
        appendKernel(
            id, arguments, ck_winograd_gradient_gather_tiles, ck_winograd_gradient_gather_run, reads: operands + space, writes: space,
            operations: shape.operations)
        let isGatheredLast = ck_winograd_gradient_gather_tiles(&arguments) == 0
        appendKernel(
            id, arguments, ck_winograd_gradient_finish_tiles, ck_winograd_gradient_finish_run, reads: space,
            writes: [field(\Arguments.dw, try place(id))], operations: isGatheredLast ? shape.operations : 0, name: isGatheredLast ? nil : "finish")
    }

    // MARK: Sums over taps, channels last

    /// Appends the filters' panels and a correlation that reads them.
    private func append(
        _ tail: StoreTail, _ filters: ck_correlation_filters_args, _ correlation: ck_correlation_args, x: Place, w: Place, operations: Double
    ) throws(AllocationFailure) {
        let id = tail.nodes[0], last = tail.nodes[tail.nodes.count - 1]
        var filters = filters
        let panels = workspace(4 * ck_correlation_filters_count(&filters))
        appendKernel(
            id, filters, ck_correlation_filters_tiles, ck_correlation_filters_run, reads: [field(\ck_correlation_filters_args.w, w)],
            writes: [field(\ck_correlation_filters_args.panels, panels)], operations: 0, name: "filters")
        // Taps that a phase lacks make no step.
        if correlation.taps.0 * correlation.taps.1 * correlation.taps.2 > 0 { keepFilters(graph.operand(1, of: id)) }
        var correlation = correlation
        var reads = [field(\ck_correlation_args.x, x)]
        let bytes = ck_correlation_workspace(&correlation)
        if bytes > 0 {
            let space = [field(\ck_correlation_args.workspace, workspace(bytes))]
            appendKernel(
                id, correlation, ck_correlation_gather_tiles, ck_correlation_gather_run, reads: reads, writes: space, operations: 0, name: "gather",
                bytes: Double(bytes) + Double(byteCount(graph.operand(0, of: id))))
            reads = space
        }
        correlation.relu = tail.hasRelu
        reads.append(field(\ck_correlation_args.panels, panels))
        reads += try fields(of: tail, scale: \ck_correlation_args.scale, bias: \ck_correlation_args.bias, residual: \ck_correlation_args.residual)
        appendKernel(
            last, correlation, ck_correlation_tiles, ck_correlation_run, reads: reads, writes: [field(\ck_correlation_args.y, try place(last))],
            operations: operations, name: name(of: tail), operands: operands(of: tail))
    }

    private func appendCorrelation(_ tail: StoreTail, _ shape: ConvolutionShape) throws(AllocationFailure) {
        let id = tail.nodes[0]
        let x = try channelsLast(graph.operand(0, of: id)), w = try dense(graph.operand(1, of: id))
        var filters = ck_correlation_filters_args()
        (filters.targets, filters.sources) = (Int64(shape.filters), Int64(shape.channels))
        (filters.target_stride, filters.source_stride) = (Int64(shape.channels * shape.taps), Int64(shape.taps))
        setTuple(&filters.kernel, shape.kernel)
        setTuple(&filters.taps, shape.kernel)
        setTuple(&filters.step, [1, 1, 1])
        var correlation = ck_correlation_args()
        (correlation.images, correlation.sources, correlation.targets) = (Int64(shape.batch), filters.sources, filters.targets)
        setTuple(&correlation.size, shape.size)
        setTuple(&correlation.first, shape.low.map { -$0 })
        setTuple(&correlation.step, shape.stride)
        setTuple(&correlation.taps, shape.kernel)
        setTuple(&correlation.tap_step, shape.dilation)
        setTuple(&correlation.count, shape.output)
        setTuple(&correlation.output, shape.output)
        setTuple(&correlation.target_step, [1, 1, 1])
        try append(tail, filters, correlation, x: x, w: w, operations: shape.operations)
    }

    /// Appends the adjoint in x: for each phase of x (its elements i with the same i mod stride, which meet the same taps) a correlation on dy.
    private func appendPhases(_ id: NodeID, _ shape: ConvolutionShape) throws(AllocationFailure) {
        let dy = try channelsLast(graph.operand(0, of: id)), w = try dense(graph.operand(1, of: id))
        let phases = (0..<3).map { ConvolutionPhase.all(shape, axis: $0) }
        for a in phases[0] {
            for b in phases[1] {
                for c in phases[2] {
                    let axes = [a, b, c]
                    var filters = ck_correlation_filters_args()
                    (filters.targets, filters.sources) = (Int64(shape.channels), Int64(shape.filters))
                    (filters.target_stride, filters.source_stride) = (Int64(shape.taps), Int64(shape.channels * shape.taps))
                    setTuple(&filters.kernel, shape.kernel)
                    setTuple(&filters.first, axes.map(\.lastTap))
                    setTuple(&filters.step, axes.map { -$0.tapStep })
                    setTuple(&filters.taps, axes.map(\.taps))
                    var correlation = ck_correlation_args()
                    (correlation.images, correlation.sources, correlation.targets) = (Int64(shape.batch), filters.sources, filters.targets)
                    setTuple(&correlation.size, shape.output)
                    setTuple(&correlation.first, axes.map(\.firstSource))
                    setTuple(&correlation.step, [1, 1, 1])
                    setTuple(&correlation.taps, axes.map(\.taps))
                    setTuple(&correlation.tap_step, axes.map(\.sourceStep))
                    setTuple(&correlation.count, axes.map(\.count))
                    setTuple(&correlation.output, shape.size)
                    setTuple(&correlation.first_target, axes.map(\.phase))
                    setTuple(&correlation.target_step, shape.stride)
                    let share = Double(axes.map(\.taps).reduce(1, *)) / Double(max(shape.taps, 1))
                    try append(StoreTail(nodes: [id]), filters, correlation, x: dy, w: w, operations: shape.operations * share)
                }
            }
        }
    }

    private func appendCorrelationGradient(_ id: NodeID, _ shape: ConvolutionShape) throws(AllocationFailure) {
        typealias Arguments = ck_correlation_gradient_args
        var arguments = Arguments()
        (arguments.images, arguments.sources, arguments.targets) = (Int64(shape.batch), Int64(shape.channels), Int64(shape.filters))
        setTuple(&arguments.size, shape.size)
        setTuple(&arguments.first, shape.low.map { -$0 })
        setTuple(&arguments.step, shape.stride)
        setTuple(&arguments.taps, shape.kernel)
        setTuple(&arguments.tap_step, shape.dilation)
        setTuple(&arguments.count, shape.output)
        let x = try channelsLast(graph.operand(0, of: id)), dy = try channelsLast(graph.operand(1, of: id))
        let space = [field(\Arguments.workspace, workspace(ck_correlation_gradient_workspace(&arguments)))]
        appendKernel(
            id, arguments, ck_correlation_gradient_gather_tiles, ck_correlation_gradient_gather_run,
            reads: [field(\Arguments.x, x), field(\Arguments.dy, dy)], writes: space, operations: shape.operations)
        appendKernel(
            id, arguments, ck_correlation_gradient_finish_tiles, ck_correlation_gradient_finish_run, reads: space,
            writes: [field(\Arguments.dw, try place(id))], operations: 0, name: "finish")
    }

    // MARK: Every channel by itself

    private func appendDepthwise(_ id: NodeID, _ shape: ConvolutionShape) throws(AllocationFailure) {
        typealias Arguments = ck_depthwise_args
        var arguments = Arguments()
        (arguments.images, arguments.channels) = (Int64(shape.batch), Int64(shape.channels))
        setTuple(&arguments.size, shape.size)
        setTuple(&arguments.kernel, shape.kernel)
        setTuple(&arguments.stride, shape.stride)
        setTuple(&arguments.low, shape.low)
        setTuple(&arguments.dilation, shape.dilation)
        setTuple(&arguments.output, shape.output)
        let first = try channelsLast(graph.operand(0, of: id)), second = graph.operand(1, of: id), target = try place(id)
        switch graph[id].primitive {
        case .convolution:
            appendKernel(
                id, arguments, ck_depthwise_forward_tiles, ck_depthwise_forward_run,
                reads: [field(\Arguments.x, first), field(\Arguments.w, try dense(second))], writes: [field(\Arguments.y, target)],
                operations: shape.operations)
        case .convolutionInputGradient:
            appendKernel(
                id, arguments, ck_depthwise_input_tiles, ck_depthwise_input_run,
                reads: [field(\Arguments.y, first), field(\Arguments.w, try dense(second))], writes: [field(\Arguments.x, target)],
                operations: shape.operations)
        default:
            let sums = [field(\Arguments.workspace, workspace(ck_depthwise_weights_workspace(&arguments)))]
            appendKernel(
                id, arguments, ck_depthwise_weights_tiles, ck_depthwise_weights_run,
                reads: [field(\Arguments.x, first), field(\Arguments.y, try channelsLast(second))], writes: sums, operations: shape.operations)
            appendKernel(
                id, arguments, ck_depthwise_weights_finish_tiles, ck_depthwise_weights_finish_run, reads: sums,
                writes: [field(\Arguments.w, target)], operations: 0, name: "finish")
        }
    }
}
