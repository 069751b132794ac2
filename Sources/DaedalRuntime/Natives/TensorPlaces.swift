import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension TensorNatives {
    /// Functions that read and write at places which are tensors themselves.
    static var places: [NativeFunction] {
        [
            gather, scatter, pick, put, take,
            segments("segment_sum") { (lowering, x, ids, count) throws(RuntimeFailure) in try lowering.segmentSum(x, ids, count) },
            segments("segment_mean") { (lowering, x, ids, count) throws(RuntimeFailure) in
                let values = try lowering.float(x)
                return try lowering.binary(.divide, lowering.segmentSum(values, ids, count), lowering.segmentSizes(values, ids, count))
            },
            segments("segment_max") { (lowering, x, ids, count) throws(RuntimeFailure) in try lowering.segmentMaximum(lowering.number(x), ids, count)
            },
            segments("segment_softmax") { (lowering, x, ids, count) throws(RuntimeFailure) in
                let values = try lowering.float(x)
                let most = try lowering.apply(.stopGradient, [lowering.segmentMaximum(values, ids, count)])
                let away = try lowering.binary(.subtract, values, lowering.gather(most, ids, axis: 0))
                let powers = try lowering.apply(.exponential, [away])
                return try lowering.binary(.divide, powers, lowering.gather(lowering.segmentSum(powers, ids, count), ids, axis: 0))
            },
        ]
    }

    /// Indices as integers.
    private static func indices(_ position: Int, _ call: NativeCall) throws(RuntimeFailure) -> TensorObject {
        let ids = try call.tensor(position)
        guard ids.type.isInteger else {
            let name = call.function.nativeParameters[position].name
            throw call.failure("E202", "`\(name)` must be integers; this is a tensor of \(ids.type.name)")
        }
        return ids
    }

    private static var gather: NativeFunction {
        .tensor("gather", [.init("x"), .init("ids"), .init("axis", .int(0))]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), ids = try indices(1, call), axis = try call.axis(2, rank: x.shape.rank), lowering = try call.lowering()
            return lowering.value(try lowering.gather(lowering.node(x), lowering.node(ids), axis: axis))
        }
    }

    private static var scatter: NativeFunction {
        .tensor(
            "scatter", [.init("x"), .init("ids"), .init("values"), .init("axis", .int(0)), .init("how", .string("set"))]
        ) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), ids = try indices(1, call), values = try call.numberOrTensor(2)
            let axis = try call.axis(3, rank: x.shape.rank)
            let mode: ScatterMode
            switch try call.word(4, ["set", "add", "max"]) {
            case "add": mode = .add
            case "max": mode = .maximum
            default: mode = .set
            }
            let lowering = try call.lowering(), common = Operand.met(x.type, by: values)
            let type = common == .bool && mode != .set ? ElementType.i64 : common
            let target = try lowering.cast(lowering.node(x), type), written = try lowering.node(values, as: type)
            let rest = x.shape.dropFirst(axis + 1)
            guard x.shape.rank - 1 + ids.shape.rank <= Shape.maximumRank else {
                throw call.failure("E203", "a tensor has at most \(Shape.maximumRank) axes")
            }
            let full = Shape(Array(x.shape.prefix(axis)) + Array(ids.shape) + Array(rest))
            return lowering.value(
                try lowering.apply(.scatter, [target, lowering.node(ids), lowering.broadcast(written, to: full)], .scatter(axis: axis, mode: mode)))
        }
    }

    private static var pick: NativeFunction {
        .tensor("pick", [.init("x"), .init("ids"), .init("axis", .int(-1))]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), ids = try indices(1, call), axis = try call.axis(2, rank: x.shape.rank)
            let rows = x.shape.removing(axis: axis)
            guard ids.shape.rank == rows.rank, zip(ids.shape, rows).allSatisfy({ $0.relation(to: $1) != .different }) else {
                throw call.context.failure(
                    ShapeFailure("shapes do not fit: `pick` on axis \(axis) of \(x.shape) takes one index for each of \(rows), not \(ids.shape)"),
                    at: call.span)
            }
            let lowering = try call.lowering()
            let one = try lowering.reshape(lowering.node(ids), rows.inserting(1, at: axis, within: call.span))
            return lowering.value(try lowering.reshape(lowering.along(lowering.node(x), one, axis: axis), rows))
        }
    }

    private static func start(_ position: Int, _ call: NativeCall, size: Size, room: Size, _ lowering: Lowering) throws(RuntimeFailure) -> NodeID {
        if case .int(let given) = call[position] {
            guard let whole = size.known, let part = room.known else { return lowering.constant(int: max(given, 0), .i64) }
            let at = given < 0 ? given &+ whole : given
            guard at >= 0, at <= whole - part else {
                throw call.failure("E203", "\(part) \(part == 1 ? "element" : "elements") at \(given) do not lie inside an axis of \(whole)")
            }
            return lowering.constant(int: at, .i64)
        }
        if case .size = call[position] { return lowering.constant(int: 0, .i64) }
        let tensor = try indices(position, call)
        guard tensor.shape.elementCount == 1 else { throw call.failure("E201", "`at` is one integer, not \(tensor.shape)") }
        return try lowering.reshape(lowering.cast(lowering.node(tensor), .i64), .scalar)
    }

    private static var take: NativeFunction {
        .tensor("take", [.init("x"), .init("at"), .init("size", .none), .init("axis", .int(0))]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), axis = try call.axis(3, rank: x.shape.rank), count: Size = call.isNone(2) ? 1 : try call.size(2)
            let lowering = try call.lowering(), at = try start(1, call, size: x.shape[axis], room: count, lowering)
            let part = try lowering.apply(
                .dynamicSlice, [lowering.node(x), at], .axis(axis), target: Signature(type: x.type, shape: x.shape.replacing(axis: axis, with: count))
            )
            // Without a size it is one element, whose axis goes away.
            return lowering.value(call.isNone(2) ? try lowering.reshape(part, x.shape.removing(axis: axis)) : part)
        }
    }

    private static var put: NativeFunction {
        .tensor("put", [.init("x"), .init("values"), .init("at"), .init("axis", .int(0))]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), values = try call.numberOrTensor(1), axis = try call.axis(3, rank: x.shape.rank)
            let lowering = try call.lowering(), type = Operand.met(x.type, by: values)
            var written = try lowering.node(values, as: type)
            // A value without the axis is one element along it.
            if lowering.rank(written) < x.shape.rank { written = try lowering.broadcast(written, to: x.shape.replacing(axis: axis, with: 1)) }
            let whole = x.shape.replacing(axis: axis, with: lowering.shape(written)[axis])
            written = try lowering.broadcast(written, to: whole)
            let at = try start(2, call, size: x.shape[axis], room: whole[axis], lowering)
            return lowering.value(try lowering.apply(.dynamicUpdate, [lowering.cast(lowering.node(x), type), written, at], .axis(axis)))
        }
    }

    private static func segments(
        _ name: String, _ reduce: @escaping (Lowering, NodeID, NodeID, Size) throws(RuntimeFailure) -> NodeID
    ) -> NativeFunction {
        .tensor(name, [.init("x"), .init("ids"), .init("count")]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), ids = try indices(1, call), count = try call.size(2)
            guard ids.shape.rank == 1, x.shape.rank >= 1, x.shape[0].relation(to: ids.shape[0]) != .different else {
                throw call.context.failure(
                    ShapeFailure("shapes do not fit: `\(call.function.name)` takes one segment for each row of \(x.shape), not \(ids.shape)"),
                    at: call.span)
            }
            let lowering = try call.lowering()
            return lowering.value(try reduce(lowering, lowering.node(x), lowering.node(ids), count))
        }
    }
}

extension Lowering {
    /// One element for each index along an axis: result[i, j] = x[i, ids[i, j]]. The other axes are equal.
    func along(_ x: NodeID, _ ids: NodeID, axis: Int) throws(RuntimeFailure) -> NodeID {
        let shape = shape(x), rank = shape.rank
        let order = (0..<rank).filter { $0 != axis } + [axis]
        let last = try permute(x, order), chosen = try permute(cast(ids, .i64), order)
        let size = shape[axis], rows = shape.removing(axis: axis).elementCountSize
        let flat = try reshape(last, Shape([rows * size]))
        let picks = self.shape(chosen)
        let table = try reshape(chosen, Shape([rows, picks[rank - 1]]))
        let offsets = try binary(.multiply, iota(self.shape(table), axis: 0), constant(int: size.known ?? 1, .i64))
        // An index past its row must fail and not read the next one: the row is checked by its own axis.
        let rowwise = try gather(flat, bounded(table, size, inRow: binary(.add, table, offsets)), axis: 0)
        var back = [Int](repeating: 0, count: rank)
        for (at, from) in order.enumerated() { back[from] = at }
        return try permute(reshape(rowwise, picks), back)
    }

    /// The places of indices in rows laid end to end, such that an index outside `0..<size` leaves every row and so fails when run.
    private func bounded(_ ids: NodeID, _ size: Size, inRow places: NodeID) throws(RuntimeFailure) -> NodeID {
        let zero = try fill(constant(int: 0, .i64), shape(ids)), end = try fill(constant(int: size.known ?? 1, .i64), shape(ids))
        let isInside = try apply(.and, [apply(.lessEqual, [zero, ids]), apply(.less, [ids, end])])
        let outside = try binary(.add, ids, fill(constant(int: RowIndex.mark(size: size.known ?? 1), .i64), shape(ids)))
        return try apply(.select, [isInside, places, outside])
    }

    /// The sum of the rows of each segment.
    func segmentSum(_ x: NodeID, _ ids: NodeID, _ count: Size) throws(RuntimeFailure) -> NodeID {
        let values = try number(x)
        let zeros = try fill(constant(int: 0, type(values)), shape(values).replacing(axis: 0, with: count))
        return try apply(.scatter, [zeros, ids, values], .scatter(axis: 0, mode: .add))
    }

    /// The number of rows of each segment, at least 1, in the rank of `x`.
    func segmentSizes(_ x: NodeID, _ ids: NodeID, _ count: Size) throws(RuntimeFailure) -> NodeID {
        let ones = try fill(constant(1, type(x)), Shape([shape(ids)[0]]))
        let sizes = try binary(.maximum, segmentSum(ones, ids, count), constant(1, type(x)))
        return try reshape(sizes, Shape([count] + [Size](repeating: 1, count: rank(x) - 1)))
    }

    /// The largest of each segment's rows; 0 for an empty segment.
    func segmentMaximum(_ x: NodeID, _ ids: NodeID, _ count: Size) throws(RuntimeFailure) -> NodeID {
        let type = type(x), target = shape(x).replacing(axis: 0, with: count)
        let least = type.isFloat ? constant(-.infinity, type) : constant(int: type == .i32 ? Int(Int32.min) : .min, type)
        let most = try apply(.scatter, [fill(least, target), ids, x], .scatter(axis: 0, mode: .maximum))
        let members = try segmentSum(fill(constant(int: 1, .i64), Shape([shape(ids)[0]])), ids, count)
        let isEmpty = try binary(.equal, members, constant(int: 0, .i64))
        let spread = try expand(reshape(isEmpty, Shape([count] + [Size](repeating: 1, count: rank(x) - 1))), target)
        return try apply(.select, [spread, fill(constant(int: 0, type), target), most])
    }
}

/// An index along one axis that was found outside of it, kept readable while it travels as a place in rows laid end to end.
package enum RowIndex {
    /// What is added to the index: far below every place, with the size of the axis in it.
    static func mark(size: Int) -> Int { -(1 << 62) - (size << 24) }

    /// The index and the size of its axis, if a place is marked (indices of up to 23 bits are told exactly).
    package static func unmarked(_ place: Int) -> (index: Int, size: Int)? {
        guard place < -(1 << 61) else { return nil }
        let rest = -(place &+ (1 << 62))
        let size = (rest &+ (1 << 23)) >> 24
        return ((size << 24) - rest, size)
    }
}
