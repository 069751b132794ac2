import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension TensorNatives {
    /// Convolution and pooling over the axes after batch and channels: `[n, c, length]`, `[n, c, height, width]`, `[n, c, depth, height, width]`.
    static var windows: [NativeFunction] {
        [
            conv, convTranspose,
            pool("max_pool") { (lowering, node, window) throws(RuntimeFailure) in try lowering.apply(.windowMaximum, [node], .window(window)) },
            pool("sum_pool") { (lowering, node, window) throws(RuntimeFailure) in try lowering.apply(.windowSum, [node], .window(window)) },
            pool("avg_pool") { (lowering, node, window) throws(RuntimeFailure) in
                let total = try lowering.apply(.windowSum, [node], .window(window))
                return try lowering.binary(.divide, total, lowering.constant(int: window.kernel.reduce(1, *), lowering.type(total)))
            },
        ]
    }

    private static var conv: NativeFunction {
        .tensor(
            "conv",
            [
                .init("x"), .init("w"), .init("stride", .int(1)), .init("padding", .int(0)), .init("dilation", .int(1)), .init("groups", .int(1)),
            ]
        ) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), w = try call.tensor(1)
            let window = try call.convolutionWindow(x: x, w: w, stride: 2, padding: 3, dilation: 4, groups: 5)
            let lowering = try call.lowering()
            let (image, weight) = try floats(x, w, lowering)
            return lowering.value(try lowering.apply(.convolution, [image, weight], .window(window)))
        }
    }

    private static func floats(_ x: TensorObject, _ w: TensorObject, _ lowering: Lowering) throws(RuntimeFailure) -> (NodeID, NodeID) {
        let common = max(x.type, w.type), type = common.isFloat ? common : .f32
        return (try lowering.cast(lowering.node(x), type), try lowering.cast(lowering.node(w), type))
    }

    private static var convTranspose: NativeFunction {
        .tensor(
            "conv_transpose",
            [
                .init("x"), .init("w"), .init("stride", .int(1)), .init("padding", .int(0)), .init("output_padding", .int(0)),
                .init("dilation", .int(1)), .init("groups", .int(1)),
            ]
        ) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), w = try call.tensor(1)
            let window = try call.convolutionWindow(x: x, w: w, stride: 2, padding: 3, dilation: 5, groups: 6)
            let space = window.kernel.count, more = try call.extents(4, space: space)
            if x.shape[1].relation(to: w.shape[0]) == .different {
                throw call.context.failure(
                    ShapeFailure("shapes do not fit: `conv_transpose` meets \(x.shape[1]) channels and a weight for \(w.shape[0])"), at: call.span)
            }
            var shape = Shape([x.shape[0], w.shape[1] * Size(window.groups)])
            for axis in 0..<space {
                // The inverse of the extent of a convolution; what is left open is `output_padding`.
                let wide = (x.shape[axis + 2] - 1) * Size(window.stride[axis])
                let grow = window.dilation[axis] * (window.kernel[axis] - 1) + 1 + more[axis]
                let shrink = window.paddingLow[axis] + window.paddingHigh[axis]
                guard let grown = Size(exactly: grow), let shrunk = Size(exactly: shrink) else {
                    throw call.failure("E203", "the result would be too large")
                }
                shape.append(wide + grown - shrunk)
            }
            let lowering = try call.lowering()
            let (image, weight) = try floats(x, w, lowering)
            return lowering.value(
                try lowering.apply(
                    .convolutionInputGradient, [image, weight], .window(window), target: Signature(type: lowering.type(image), shape: shape)))
        }
    }

    private static func pool(
        _ name: String, _ apply: @escaping (Lowering, NodeID, Window) throws(RuntimeFailure) -> NodeID
    ) -> NativeFunction {
        .tensor(name, [.init("x"), .init("size"), .init("stride", .none), .init("padding", .int(0))]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), space = try call.space(of: x)
            let kernel = try call.extents(1, space: space), stride = call.isNone(2) ? kernel : try call.extents(2, space: space)
            let ones = Array(repeating: 1, count: space)
            let (low, high) = try call.windowPadding(3, kernel: kernel, dilation: ones)
            let window = Window(kernel: kernel, stride: stride, paddingLow: low, paddingHigh: high, dilation: ones)
            let lowering = try call.lowering()
            return lowering.value(try apply(lowering, lowering.float(lowering.node(x)), window))
        }
    }
}

extension NativeCall {
    /// The number of spatial axes of `[batch, channels, …]`.
    func space(of x: TensorObject) throws(RuntimeFailure) -> Int {
        guard (3...5).contains(x.shape.rank) else {
            throw context.failure(
                ShapeFailure(
                    "`\(function.name)` takes [batch, channels, length], [batch, channels, height, width] or [batch, channels, depth, height, width], not \(x.shape)"
                ), at: span)
        }
        return x.shape.rank - 2
    }

    /// A number for every spatial axis, or a list with one for each.
    func extents(_ position: Int, space: Int) throws(RuntimeFailure) -> [Int] {
        if case .list = arguments[position] {
            var extents: [Int] = []
            for item in try items(position) {
                guard case .int(let extent) = item else { throw wrongKind(position, "an integer or a list of integers") }
                extents.append(extent)
            }
            guard extents.count == space else {
                throw failure("E203", "`\(function.nativeParameters[position].name)` needs \(space) entries, one for each axis, not \(extents.count)")
            }
            return extents
        }
        return Array(repeating: try int(position), count: space)
    }

    /// Padding as a number, a list with a number or a pair for each axis, or `"same"`.
    func windowPadding(_ position: Int, kernel: [Int], dilation: [Int]) throws(RuntimeFailure) -> (low: [Int], high: [Int]) {
        if case .string = arguments[position] {
            _ = try word(position, ["same"])
            // Independent of the size: strides then give ceil(size / stride).
            let total = zip(kernel, dilation).map { max(0, $1.multipliedReportingOverflow(by: $0 - 1).partialValue) }
            return (total.map { $0 / 2 }, total.map { $0 - $0 / 2 })
        }
        if case .list(let list) = arguments[position], list.items.contains(where: { if case .record = $0 { true } else { false } }) {
            var low: [Int] = [], high: [Int] = []
            for item in list.items {
                guard case .record(let pair) = item, pair.fields.count == 2, case .int(let before) = pair.fields[0],
                    case .int(let after) = pair.fields[1]
                else { throw wrongKind(position, "a number, a list, or \"same\"") }
                low.append(before)
                high.append(after)
            }
            guard low.count == kernel.count else {
                throw failure("E203", "`padding` needs \(kernel.count) pairs, one for each axis, not \(low.count)")
            }
            return (low, high)
        }
        let both = try extents(position, space: kernel.count)
        return (both, both)
    }

    /// The window of a convolution of `x` with `w`.
    func convolutionWindow(
        x: TensorObject, w: TensorObject, stride: Int, padding: Int, dilation: Int, groups: Int
    ) throws(RuntimeFailure) -> Window {
        let space = try space(of: x)
        guard w.shape.rank == x.shape.rank else {
            throw context.failure(
                ShapeFailure("shapes do not fit: `\(function.name)` meets an input \(x.shape) and a weight \(w.shape), which needs as many axes"),
                at: span)
        }
        var kernel: [Int] = []
        for axis in 0..<space {
            guard let extent = w.shape[axis + 2].known else { throw .unknownWhileChecking }
            kernel.append(extent)
        }
        let spread = try extents(dilation, space: space)
        let (low, high) = try windowPadding(padding, kernel: kernel, dilation: spread)
        let groups = try int(groups)
        guard groups >= 1, groups <= Size.maximum else { throw failure("E203", "`groups` is at least 1, not \(groups)") }
        return Window(kernel: kernel, stride: try extents(stride, space: space), paddingLow: low, paddingHigh: high, dilation: spread, groups: groups)
    }
}
