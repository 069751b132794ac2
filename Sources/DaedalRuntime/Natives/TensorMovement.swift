import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension TensorNatives {
    /// Functions that give the same elements another shape or order.
    static var movement: [NativeFunction] {
        [reshape, transpose, permute, squeeze, expand, concat, stack, flip, roll, tril, triu, diag, outer]
    }

    private static var reshape: NativeFunction {
        .tensor("reshape", [.init("x"), .rest("shape")]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), shape = try call.inferredShape(1, of: x), lowering = try call.lowering()
            return lowering.value(try lowering.reshape(lowering.node(x), shape))
        }
    }

    /// All elements on one axis. `flatten` sends tensors here.
    package static func flatten(_ x: TensorObject, _ call: NativeCall) throws(RuntimeFailure) -> Value {
        let lowering = try call.lowering()
        return lowering.value(try lowering.reshape(lowering.node(x), Shape([x.shape.elementCountSize])))
    }

    private static var transpose: NativeFunction {
        .tensor("transpose", [.init("x")]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), rank = x.shape.rank
            guard rank >= 2 else { throw call.failure("E201", "exchanges the last two axes; \(x.shape) has \(rank == 0 ? "none" : "only one")") }
            let lowering = try call.lowering()
            return lowering.value(try lowering.permute(lowering.node(x), Array(0..<rank - 2) + [rank - 1, rank - 2]))
        }
    }

    private static var permute: NativeFunction {
        .tensor("permute", [.init("x"), .rest("axes")]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0)
            var order: [Int] = []
            for item in try call.items(1) {
                guard case .int(let axis) = item else { throw call.wrongKind(1, "axes (integers, or one list of integers)") }
                order.append(try call.checkedAxis(axis, rank: x.shape.rank))
            }
            guard order.sorted() == Array(0..<x.shape.rank) else { throw call.failure("E203", "each of the \(x.shape.rank) axes must be named once") }
            let lowering = try call.lowering()
            return lowering.value(try lowering.permute(lowering.node(x), order))
        }
    }

    private static var squeeze: NativeFunction {
        .tensor("squeeze", [.init("x"), .init("axis", .none)]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0)
            var axes = (0..<x.shape.rank).filter { x.shape[$0] == 1 }
            if !call.isNone(1) {
                axes = try call.axes(1, rank: x.shape.rank)
                for axis in axes where x.shape[axis].relation(to: 1) == .different {
                    throw call.failure("E201", "axis \(axis) of \(x.shape) is not 1")
                }
            }
            let lowering = try call.lowering()
            return lowering.value(try lowering.reshape(lowering.node(x), Shape((0..<x.shape.rank).filter { !axes.contains($0) }.map { x.shape[$0] })))
        }
    }

    private static var expand: NativeFunction {
        .tensor("expand", [.init("x"), .rest("shape")]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), shape = try call.shape(1), lowering = try call.lowering()
            return lowering.value(try lowering.broadcast(lowering.node(x), to: shape))
        }
    }

    /// The tensors of a list in the type in which they meet.
    static func parts(_ position: Int, _ call: NativeCall, _ lowering: Lowering) throws(RuntimeFailure) -> [NodeID] {
        guard case .list(let list) = call[position], !list.items.isEmpty else { throw call.wrongKind(position, "a list of tensors (at least one)") }
        var values: [Value] = []
        for item in list.items {
            if item.isNumber {
                values.append(item)
            } else if let tensor = try TensorLiteral.tensor(from: item, in: call.context, at: call.span) {
                values.append(.tensor(tensor))
            } else {
                if item.isUnknown { throw .unknownWhileChecking }
                throw call.wrongKind(position, "a list of tensors")
            }
        }
        let type = values.contains { !$0.isNumber } ? Operand.common(values) : values.map { TensorLiteral.type(of: $0) }.reduce(.bool, max)
        var nodes: [NodeID] = []
        for value in values { nodes.append(try lowering.node(value, as: type)) }
        return nodes
    }

    private static var concat: NativeFunction {
        .tensor("concat", [.init("xs"), .init("axis", .int(0))]) { (call) throws(RuntimeFailure) in
            if case .tensor(let tensor) = call[0] { return .tensor(tensor) }
            let lowering = try call.lowering(), nodes = try parts(0, call, lowering)
            let axis = try call.axis(1, rank: lowering.rank(nodes[0]))
            return lowering.value(nodes.count == 1 ? nodes[0] : try lowering.apply(.concatenate, nodes, .axis(axis)))
        }
    }

    private static var stack: NativeFunction {
        .tensor("stack", [.init("xs"), .init("axis", .int(0))]) { (call) throws(RuntimeFailure) in
            if case .tensor(let tensor) = call[0] { return .tensor(tensor) }
            let lowering = try call.lowering()
            var nodes = try parts(0, call, lowering)
            let shape = lowering.shape(nodes[0]), axis = try call.axis(1, rank: shape.rank + 1)
            let one = try shape.inserting(1, at: axis, within: call.span)
            for (at, node) in nodes.enumerated() {
                guard lowering.shape(node).rank == shape.rank, zip(lowering.shape(node), shape).allSatisfy({ $0.relation(to: $1) != .different })
                else {
                    throw call.failure("E201", "all tensors need one shape; here are \(shape) and \(lowering.shape(node))")
                }
                nodes[at] = try lowering.reshape(node, one)
            }
            return lowering.value(nodes.count == 1 ? nodes[0] : try lowering.apply(.concatenate, nodes, .axis(axis)))
        }
    }

    /// `split(x, 3)`: equal parts; `split(x, [2, 5])`: parts of these sizes. The machine's `split` sends tensors here.
    package static func split(_ x: TensorObject, _ parts: Value, axis: Int, _ call: NativeCall) throws(RuntimeFailure) -> Value {
        let axis = try call.checkedAxis(axis, rank: x.shape.rank), size = x.shape[axis]
        var sizes: [Size] = []
        switch parts {
        case .int(let count):
            guard let known = Size(exactly: count), count > 0, let part = Size.exactQuotient(size, known) else {
                throw call.failure("E201", "axis \(axis) of \(x.shape) does not divide into \(count) equal parts")
            }
            sizes = Array(repeating: part, count: count)
        case .list(let list):
            for item in list.items {
                guard case .int(let count) = item, let part = Size(exactly: count) else {
                    throw call.failure("E202", "the parts are a number, or a list of sizes")
                }
                sizes.append(part)
            }
            let total = sizes.reduce(0, +)
            if total.relation(to: size) == .different {
                throw call.failure("E201", "the parts add up to \(total), but axis \(axis) of \(x.shape) has \(size)")
            }
        default: throw call.failure("E202", "the parts are a number, or a list of sizes, not \(parts.kindWithArticle)")
        }
        let lowering = try call.lowering(), node = try lowering.node(x)
        var start: Size = 0
        var results: [Value] = []
        for part in sizes {
            results.append(lowering.value(try lowering.slice(node, axis: axis, start: start, count: part)))
            start = start + part
        }
        return .list(results)
    }

    private static var flip: NativeFunction {
        .tensor("flip", [.init("x"), .init("axis", .none)]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), axes = try call.axes(1, rank: x.shape.rank), lowering = try call.lowering()
            return lowering.value(try lowering.apply(.reverse, [lowering.node(x)], .axes(axes)))
        }
    }

    private static var roll: NativeFunction {
        .tensor("roll", [.init("x"), .init("shift"), .init("axis", .int(-1))]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), shifts = try call.integers(1)
            var axes: [Int] = []
            for axis in try call.integers(2) { axes.append(try call.checkedAxis(axis, rank: x.shape.rank)) }
            guard shifts.count == axes.count else {
                throw call.failure("E203", "needs one axis for each shift, not \(axes.count) for \(shifts.count)")
            }
            let lowering = try call.lowering()
            var node = try lowering.node(x)
            for (shift, axis) in zip(shifts, axes) {
                // A symbolic axis keeps its size, which is all the checker wants to know.
                guard let count = x.shape[axis].known, count > 0 else { continue }
                let move = ((shift % count) + count) % count
                if move == 0 { continue }
                let tail = try lowering.slice(node, axis: axis, start: Size(count - move), count: Size(move))
                let head = try lowering.slice(node, axis: axis, start: 0, count: Size(count - move))
                node = try lowering.apply(.concatenate, [tail, head], .axis(axis))
            }
            return lowering.value(node)
        }
    }

    private static var tril: NativeFunction { triangle("tril") { $1 <= $0 } }
    private static var triu: NativeFunction { triangle("triu") { $1 >= $0 } }

    /// The elements on and to one side of the k-th diagonal; the others become 0.
    private static func triangle(_ name: String, _ isLower: @escaping (Int, Int) -> Bool) -> NativeFunction {
        .tensor(name, [.init("x"), .init("k", .int(0))]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), k = try call.int(1), rank = x.shape.rank
            guard rank >= 2 else { throw call.failure("E201", "needs a matrix, not \(x.shape)") }
            let lowering = try call.lowering(), node = try lowering.node(x)
            let rows = try lowering.binary(.add, lowering.iota(x.shape, axis: rank - 2), lowering.constant(int: k, .i64))
            let columns = try lowering.iota(x.shape, axis: rank - 1)
            let kept = try isLower(1, 0) ? lowering.apply(.lessEqual, [columns, rows]) : lowering.apply(.lessEqual, [rows, columns])
            let zero = try lowering.fill(lowering.constant(int: 0, x.type), x.shape)
            return lowering.value(try lowering.apply(.select, [kept, node, zero]))
        }
    }

    private static var diag: NativeFunction {
        .tensor("diag", [.init("x")]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), lowering = try call.lowering(), node = try lowering.node(x)
            switch x.shape.rank {
            case 1:
                let shape = Shape([x.shape[0], x.shape[0]])
                let same = try lowering.apply(.equal, [lowering.iota(shape, axis: 0), lowering.iota(shape, axis: 1)])
                let row = try lowering.broadcast(node, to: shape)
                return lowering.value(try lowering.apply(.select, [same, row, lowering.fill(lowering.constant(int: 0, x.type), shape)]))
            case 2:
                let (rows, columns) = (x.shape[0], x.shape[1])
                let count = rows.known.flatMap { a in columns.known.map { Size(min(a, $0)) } } ?? rows
                let flat = try lowering.reshape(node, Shape([rows * columns]))
                let step = lowering.constant(int: (columns.known ?? 0) + 1, .i64)
                let places = try lowering.binary(.multiply, lowering.iota(Shape([count]), axis: 0), step)
                return lowering.value(try lowering.gather(flat, places, axis: 0))
            default: throw call.failure("E201", "needs a vector or a matrix, not \(x.shape)")
            }
        }
    }

    private static var outer: NativeFunction {
        .tensor("outer", [.init("a"), .init("b")]) { (call) throws(RuntimeFailure) in
            let a = try call.tensor(0), b = try call.tensor(1)
            guard a.shape.rank == 1, b.shape.rank == 1 else { throw call.failure("E201", "needs two vectors, not \(a.shape) and \(b.shape)") }
            let lowering = try call.lowering(), shape = Shape([a.shape[0], b.shape[0]])
            let common = max(a.type, b.type), type = common == .bool ? ElementType.i64 : common
            let column = try lowering.reshape(lowering.cast(lowering.node(a), type), Shape([a.shape[0], 1]))
            let row = try lowering.cast(lowering.node(b), type)
            return lowering.value(try lowering.apply(.multiply, [lowering.expand(column, shape), lowering.broadcast(row, to: shape)]))
        }
    }
}

extension NativeCall {
    /// An integer, or a list of them.
    func integers(_ position: Int) throws(RuntimeFailure) -> [Int] {
        if case .int(let single) = arguments[position] { return [single] }
        var numbers: [Int] = []
        for item in try items(position) {
            guard case .int(let number) = item else { throw wrongKind(position, "an integer or a list of integers") }
            numbers.append(number)
        }
        return numbers
    }

    /// A shape in which one size may be -1: whatever the others leave of the tensor.
    func inferredShape(_ position: Int, of x: TensorObject) throws(RuntimeFailure) -> Shape {
        let items = try items(position)
        guard let open = items.firstIndex(where: { if case .int(-1) = $0 { true } else { false } }) else { return try shape(position) }
        var call = self
        var others = items
        others.remove(at: open)
        call.arguments[position] = .list(others)
        let known = try call.shape(position)
        guard known.rank < Shape.maximumRank else { throw failure("E203", "a tensor has at most \(Shape.maximumRank) axes") }
        let product = known.elementCountSize
        guard product != 0 else { throw failure("E201", "-1 can stand for anything beside a size of 0") }
        if let whole = Size.exactQuotient(x.shape.elementCountSize, product) { return known.inserting(whole, at: open) }
        guard !x.shape.isKnown || !known.isKnown else {
            throw failure("E201", "cannot reshape \(x.shape): its elements do not divide by \(product)")
        }
        return known.inserting(x.shape.elementCountSize / product, at: open)
    }
}
