import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension TensorNatives {
    /// Functions that put more elements around or between those there are.
    static var repetition: [NativeFunction] { [pad, repeatNative, tile, resize] }

    private static var pad: NativeFunction {
        .tensor("pad", [.init("x"), .init("widths"), .init("value", .int(0))]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), value = try call.float(2)
            let (low, high) = try padding(call, rank: x.shape.rank)
            let lowering = try call.lowering(), node = try lowering.number(lowering.node(x))
            return lowering.value(try lowering.apply(.pad, [node], .padding(low: low, high: high, value: value)))
        }
    }

    /// `1` (everywhere), `(1, 2)` (before and after, everywhere), or one of these an axis.
    private static func padding(_ call: NativeCall, rank: Int) throws(RuntimeFailure) -> (low: [Size], high: [Size]) {
        func pair(_ value: Value) throws(RuntimeFailure) -> (Size, Size) {
            switch value {
            case .int(let width):
                guard let size = Size(exactly: width) else { throw call.failure("E203", "a padding cannot be \(width)") }
                return (size, size)
            case .size(let size): return (size, size)
            case .record(let record) where record.fields.count == 2: return (try pair(record.fields[0]).0, try pair(record.fields[1]).0)
            case .list(let list) where list.items.count == 2: return (try pair(list.items[0]).0, try pair(list.items[1]).0)
            default: throw call.wrongKind(1, "a number, or a list with a pair (before, after) for each axis")
            }
        }
        guard case .list(let list) = call[1] else {
            let (low, high) = try pair(call[1])
            return (Array(repeating: low, count: rank), Array(repeating: high, count: rank))
        }
        guard list.items.count == rank else {
            throw call.failure(
                "E203", "needs one padding for each of the \(rank) axes, here \(list.items.count == 1 ? "is 1" : "are \(list.items.count)")")
        }
        var low: [Size] = [], high: [Size] = []
        for item in list.items {
            let (before, after) = try pair(item)
            low.append(before)
            high.append(after)
        }
        return (low, high)
    }

    private static var repeatNative: NativeFunction {
        .tensor("repeat", [.init("x"), .init("count"), .init("axis", .int(0))]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), count = try call.size(1)
            let lowering = try call.lowering()
            let node = try x.shape.rank == 0 ? lowering.reshape(lowering.node(x), [1]) : lowering.node(x)
            let shape = lowering.shape(node), axis = try call.axis(2, rank: shape.rank)
            let spread = try lowering.expand(
                lowering.reshape(node, shape.inserting(1, at: axis + 1, within: call.span)), shape.inserting(count, at: axis + 1, within: call.span))
            return lowering.value(try lowering.reshape(spread, shape.replacing(axis: axis, with: shape[axis] * count)))
        }
    }

    private static var tile: NativeFunction {
        .tensor("tile", [.init("x"), .rest("counts")]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), given = try call.sizes(1)
            let lowering = try call.lowering()
            let rank = max(given.count, x.shape.rank)
            guard rank <= Shape.maximumRank else { throw call.failure("E203", "a tensor has at most \(Shape.maximumRank) axes") }
            // Counts belong to the last axes, as in NumPy.
            let counts = [Size](repeating: 1, count: rank - given.count) + given
            var node = try lowering.reshape(lowering.node(x), Shape([Size](repeating: 1, count: rank - x.shape.rank) + Array(x.shape)))
            for axis in 0..<rank where counts[axis] != 1 {
                let shape = lowering.shape(node)
                let spread = try lowering.expand(
                    lowering.reshape(node, shape.inserting(1, at: axis, within: call.span)),
                    shape.inserting(counts[axis], at: axis, within: call.span))
                node = try lowering.reshape(spread, shape.replacing(axis: axis, with: counts[axis] * shape[axis]))
            }
            return lowering.value(node)
        }
    }

    private static var resize: NativeFunction {
        .tensor("resize", [.init("x"), .init("size"), .init("mode", .string("nearest"))]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), sizes = try call.sizes(1)
            let mode = try call.word(2, ["nearest", "linear", "bilinear", "trilinear", "cubic", "bicubic"])
            guard !sizes.isEmpty, sizes.count <= x.shape.rank else {
                throw call.failure("E201", "needs a size for each of the last axes of \(x.shape) that change")
            }
            let lowering = try call.lowering()
            var node = try mode == "nearest" ? lowering.node(x) : lowering.float(lowering.node(x))
            for (at, size) in sizes.enumerated() {
                let axis = x.shape.rank - sizes.count + at
                // The modes act axis by axis: "bilinear" and "trilinear" are linear along two and three.
                switch mode {
                case "nearest": node = try lowering.nearest(node, axis: axis, to: size)
                case "cubic", "bicubic": node = try lowering.cubic(node, axis: axis, to: size)
                default: node = try lowering.linear(node, axis: axis, to: size)
                }
            }
            return lowering.value(node)
        }
    }
}

extension Lowering {
    /// The places `0.5 + i` of the new axis measured on the old one.
    private func places(_ node: NodeID, axis: Int, _ size: Size) throws(RuntimeFailure) -> NodeID {
        let scale = Double(shape(node)[axis].known ?? 1) / Double(max(size.known ?? 1, 1))
        let centers = try binary(.add, iota(Shape([size]), axis: 0, .f32), constant(0.5, .f32))
        return try binary(.multiply, centers, constant(scale, .f32))
    }

    private func clamped(_ index: NodeID, _ size: Size) throws(RuntimeFailure) -> NodeID {
        let last = constant(int: (size.known ?? 1) - 1, .i64)
        return try binary(.minimum, binary(.maximum, cast(index, .i64), constant(int: 0, .i64)), last)
    }

    /// An axis of another size, each element the one that lies nearest.
    func nearest(_ node: NodeID, axis: Int, to size: Size) throws(RuntimeFailure) -> NodeID {
        if shape(node)[axis] == size { return node }
        return try gather(node, clamped(apply(.floor, [places(node, axis: axis, size)]), shape(node)[axis]), axis: axis)
    }

    /// An axis of another size, each element between its two neighbours (pixel centres at halves, as PyTorch without aligned corners).
    func linear(_ node: NodeID, axis: Int, to size: Size) throws(RuntimeFailure) -> NodeID {
        let old = shape(node)[axis]
        if old == size { return node }
        let at = try binary(.subtract, places(node, axis: axis, size), constant(0.5, .f32))
        let inside = try binary(.maximum, at, constant(0, .f32))
        let floor = try apply(.floor, [inside])
        let low = try clamped(floor, old), high = try clamped(binary(.add, floor, constant(1, .f32)), old)
        let share = try cast(binary(.subtract, inside, floor), type(node))
        let weight = try reshape(share, Shape([size] + [Size](repeating: 1, count: rank(node) - axis - 1)))
        let first = try gather(node, low, axis: axis), second = try gather(node, high, axis: axis)
        let difference = try binary(.subtract, second, first)
        return try binary(.add, first, binary(.multiply, difference, weight))
    }

    /// An axis of another size, each element a cubic through its four neighbours (Keys, 1981, with a = -0.75, as PyTorch).
    func cubic(_ node: NodeID, axis: Int, to size: Size) throws(RuntimeFailure) -> NodeID {
        let old = shape(node)[axis]
        if old == size { return node }
        let at = try binary(.subtract, places(node, axis: axis, size), constant(0.5, .f32))
        let floor = try apply(.floor, [at])
        let share = try cast(binary(.subtract, at, floor), type(node))
        let column = Shape([size] + [Size](repeating: 1, count: rank(node) - axis - 1))
        var sum: NodeID?
        for tap in -1...2 {
            let index = try clamped(binary(.add, floor, constant(Double(tap), .f32)), old)
            let away = try apply(.absolute, [binary(.subtract, share, constant(Double(tap), type(node)))])
            let weight = try reshape(cubicWeight(away, isInner: tap == 0 || tap == 1), column)
            let part = try binary(.multiply, gather(node, index, axis: axis), weight)
            sum = try sum.map { (before) throws(RuntimeFailure) in try binary(.add, before, part) } ?? part
        }
        return sum ?? node
    }

    /// The weight of a neighbour at a distance up to 1 (inner) or from 1 to 2.
    private func cubicWeight(_ away: NodeID, isInner: Bool) throws(RuntimeFailure) -> NodeID {
        let a = -0.75, type = type(away)
        let factors = isInner ? [a + 2, -(a + 3), 0, 1] : [a, -5 * a, 8 * a, -4 * a]
        var value = constant(factors[0], type)
        for factor in factors.dropFirst() {
            value = try binary(.add, binary(.multiply, value, away), constant(factor, type))
        }
        return value
    }
}
