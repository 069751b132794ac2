import DaedalTensor

/// Convolution and pooling: `[n, c, s…]` under a sliding window.
extension ShapeRules.Application {
    /// Attribute `.window`, its numbers checked, for a tensor of the given rank.
    func window(rank: Int) throws(ShapeFailure) -> Window {
        guard case .window(let window) = attributes else { throw wrongAttributes }
        let spatial = window.kernel.count
        guard (1...3).contains(spatial), window.stride.count == spatial, window.paddingLow.count == spatial, window.paddingHigh.count == spatial,
            window.dilation.count == spatial
        else { throw ShapeFailure("`\(name)` slides over 1 to 3 axes, not \(spatial)") }
        guard rank == spatial + 2 else {
            let axes = ["length", "height, width", "depth, height, width"][spatial - 1]
            throw ShapeFailure("`\(name)` over \(spatial) axes takes [batch, channels, \(axes)], not a tensor of rank \(rank)")
        }
        func check(_ values: [Int], atLeast limit: Int, _ what: String) throws(ShapeFailure) {
            for value in values where value < limit || value > Size.maximum {
                throw ShapeFailure("the \(what) of `\(name)` is at least \(limit), not \(value)")
            }
        }
        try check(window.kernel, atLeast: 1, "kernel size")
        try check(window.stride, atLeast: 1, "stride")
        try check(window.dilation, atLeast: 1, "dilation")
        try check(window.paddingLow, atLeast: 0, "padding")
        try check(window.paddingHigh, atLeast: 0, "padding")
        try check([window.groups], atLeast: 1, "number of groups")
        return window
    }

    /// The positions of a window along one spatial axis: `(s + low + high - dilation * (k - 1) - 1) // stride + 1`.
    func extent(of size: Size, _ window: Window, _ axis: Int) throws(ShapeFailure) -> Size {
        let padding = window.paddingLow[axis] + window.paddingHigh[axis]
        let span = window.dilation[axis] * (window.kernel[axis] - 1) + 1
        func tooLarge() -> ShapeFailure {
            let padded = padding > 0 ? " (\(size) and \(padding) of padding)" : ""
            let kernel = window.dilation[axis] > 1 ? "spans \(span) with its dilation" : "is \(span)"
            let total = size.known.map { String($0 + padding) } ?? size.description
            return ShapeFailure("the kernel of `\(name)` \(kernel) on spatial axis \(axis), where the input has \(total)\(padded)")
        }
        guard let spanSize = Size(exactly: span), let paddingSize = Size(exactly: padding) else { throw tooLarge() }
        let padded = try sum(size, paddingSize)
        guard !spanSize.surelyExceeds(padded) else { throw tooLarge() }
        return try sum((padded - spanSize) / Size(window.stride[axis]), 1)
    }

    /// The spatial part of what a window gives on `x`.
    private func extents(_ x: Shape, _ window: Window) throws(ShapeFailure) -> [Size] {
        var sizes: [Size] = []
        for axis in window.kernel.indices { sizes.append(try extent(of: x[axis + 2], window, axis)) }
        return sizes
    }

    func pooled(_ x: Signature) throws(ShapeFailure) -> Signature {
        try require(x.type, in: .floats)
        let window = try window(rank: x.shape.rank)
        guard window.groups == 1 else { throw wrongAttributes }
        return Signature(type: x.type, shape: Shape([x.shape[0], x.shape[1]] + (try extents(x.shape, window))))
    }

    func pooling() throws(ShapeFailure) -> Signature { try pooled(operands[0]) }

    func windowMaximumScatter() throws(ShapeFailure) -> Signature {
        let result = try pooled(operands[0])
        try requireSameType(operands[0], operands[1])
        _ = try common(result.shape, operands[1].shape)
        return operands[0]
    }

    func windowMaximumGather() throws(ShapeFailure) -> Signature {
        let result = try pooled(operands[0])
        try requireSameType(operands[0], operands[1])
        _ = try common(operands[0].shape, operands[1].shape)
        return result
    }

    func windowSumScatter() throws(ShapeFailure) -> Signature {
        let target = Signature(type: operands[0].type, shape: try wanted().shape)
        _ = try common(try pooled(target).shape, operands[0].shape)
        return target
    }

    func convolved(_ x: Signature, _ w: Signature) throws(ShapeFailure) -> Signature {
        try require(x.type, in: .floats)
        try requireSameType(x, w)
        let window = try window(rank: x.shape.rank)
        guard w.shape.rank == x.shape.rank else {
            throw ShapeFailure("shapes do not fit: `conv` meets an input \(x.shape) and a weight \(w.shape)")
        }
        let groups = Size(window.groups)
        guard (w.shape[1] * groups).relation(to: x.shape[1]) != .different else {
            let grouped = window.groups > 1 ? " in each of \(window.groups) groups" : ""
            throw ShapeFailure("shapes do not fit: `conv` meets \(x.shape[1]) channels and a weight for \(w.shape[1])\(grouped)")
        }
        if let channels = w.shape[0].known, channels % window.groups != 0 {
            throw ShapeFailure("`conv` cannot give \(channels) channels in \(window.groups) groups")
        }
        for axis in window.kernel.indices where w.shape[axis + 2].relation(to: Size(window.kernel[axis])) == .different { throw wrongAttributes }
        return Signature(type: x.type, shape: Shape([x.shape[0], w.shape[0]] + (try extents(x.shape, window))))
    }

    func convolution() throws(ShapeFailure) -> Signature { try convolved(operands[0], operands[1]) }

    func convolutionInputGradient() throws(ShapeFailure) -> Signature {
        let x = Signature(type: operands[0].type, shape: try wanted().shape)
        _ = try common(try convolved(x, operands[1]).shape, operands[0].shape)
        return x
    }

    func convolutionWeightGradient() throws(ShapeFailure) -> Signature {
        let w = Signature(type: operands[0].type, shape: try wanted().shape)
        _ = try common(try convolved(operands[0], w).shape, operands[1].shape)
        return w
    }
}
