import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension TensorNatives {
    /// Functions that take axes away; `axis:` is a number, a list, or `none` for all, and stands by name only.
    static var reductions: [NativeFunction] {
        [
            reduction("sum") { (lowering, node, axes, keep) throws(RuntimeFailure) in try lowering.reduce(.sum, node, axes: axes, keep: keep) },
            reduction("prod") { (lowering, node, axes, keep) throws(RuntimeFailure) in
                try lowering.reduce(.product, lowering.number(node), axes: axes, keep: keep)
            },
            reduction("mean") { (lowering, node, axes, keep) throws(RuntimeFailure) in try lowering.mean(node, axes: axes, keep: keep) },
            reduction("any") { (lowering, node, axes, keep) throws(RuntimeFailure) in
                let count = try lowering.reduce(.sum, lowering.condition(node), axes: axes, keep: keep)
                return try lowering.binary(.notEqual, count, lowering.constant(int: 0, .i64))
            },
            reduction("all") { (lowering, node, axes, keep) throws(RuntimeFailure) in
                let missing = try lowering.reduce(.sum, lowering.apply(.not, [lowering.condition(node)]), axes: axes, keep: keep)
                return try lowering.binary(.equal, missing, lowering.constant(int: 0, .i64))
            },
            extremum("max", isMaximum: true), extremum("min", isMaximum: false),
            position("argmax", isMaximum: true), position("argmin", isMaximum: false),
            running("cumsum") { (lowering, node, axis) throws(RuntimeFailure) in
                try lowering.apply(.cumulativeSum, [lowering.number(node)], .axis(axis))
            },
            running("cumprod") { (lowering, node, axis) throws(RuntimeFailure) in try lowering.cumulativeProduct(lowering.number(node), axis: axis) },
        ]
    }

    private static var options: [NativeFunction.Parameter] {
        [.init("axis", .none, namedOnly: true), .init("keep", .bool(false), namedOnly: true)]
    }

    private typealias Reduce = (Lowering, NodeID, [Int], Bool) throws(RuntimeFailure) -> NodeID

    private static func reduction(_ name: String, _ reduce: @escaping Reduce) -> NativeFunction {
        .tensor(name, [.init("x"), .rest("more")] + options) { (call) throws(RuntimeFailure) in
            try refuseMore(call)
            let x = try call.tensor(0), axes = try call.axes(2, rank: x.shape.rank), keep = try call.bool(3), lowering = try call.lowering()
            return lowering.value(try reduce(lowering, lowering.node(x), axes, keep))
        }
    }

    /// A second positional argument would be taken for an axis by some readers and for a value by others.
    private static func refuseMore(_ call: NativeCall) throws(RuntimeFailure) {
        guard case .list(let more) = call[1], !more.items.isEmpty else { return }
        throw call.failure("E103", "takes one tensor; an axis stands by name: `\(call.function.name)(x, axis: 0)`")
    }

    private static func extremum(_ name: String, isMaximum: Bool) -> NativeFunction {
        .tensor(name, [.init("x"), .rest("others")] + options, unknown: .anything) { (call) throws(RuntimeFailure) in
            if case .list(let others) = call[1], !others.items.isEmpty {
                guard call.isNone(2) else { throw call.failure("E103", "takes either several values or an axis") }
                var result = call[0]
                for other in others.items { result = try extremum(result, other, isMaximum: isMaximum, call) }
                return result
            }
            if call[0].isNumber { return call[0] }
            let x = try call.tensor(0), axes = try call.axes(2, rank: x.shape.rank), keep = try call.bool(3)
            try refuseEmpty(x, axes, call)
            let lowering = try call.lowering()
            return lowering.value(
                try lowering.reduce(isMaximum ? .maximumOf : .minimumOf, lowering.number(lowering.node(x)), axes: axes, keep: keep))
        }
    }

    /// Of nothing there is no largest element.
    static func refuseEmpty(_ x: TensorObject, _ axes: [Int], _ call: NativeCall) throws(RuntimeFailure) {
        for axis in axes where x.shape[axis] == 0 { throw call.failure("E203", "axis \(axis) of \(x.shape) is empty") }
    }

    private static func position(_ name: String, isMaximum: Bool) -> NativeFunction {
        .tensor(name, [.init("x"), .rest("more")] + options) { (call) throws(RuntimeFailure) in
            try refuseMore(call)
            let x = try call.tensor(0)
            let axis = call.isNone(2) ? nil : try call.axis(2, rank: x.shape.rank)
            try refuseEmpty(x, axis.map { [$0] } ?? Array(0..<x.shape.rank), call)
            let keep = try call.bool(3), lowering = try call.lowering()
            var node = try lowering.number(lowering.node(x))
            if !isMaximum { node = try lowering.apply(.negate, [node]) }
            guard let axis else {
                let flat = try lowering.reshape(node, Shape([x.shape.elementCountSize]))
                let result = try lowering.apply(.indexOfMaximum, [flat], .axis(0))
                return lowering.value(keep ? try lowering.restore(result, Array(0..<x.shape.rank), of: x.shape) : result)
            }
            let result = try lowering.apply(.indexOfMaximum, [node], .axis(axis))
            return lowering.value(keep ? try lowering.restore(result, [axis], of: x.shape) : result)
        }
    }

    private static func running(
        _ name: String, _ run: @escaping (Lowering, NodeID, Int) throws(RuntimeFailure) -> NodeID
    ) -> NativeFunction {
        .tensor(name, [.init("x"), .init("axis", .int(-1))]) { (call) throws(RuntimeFailure) in
            let x = try call.tensor(0), axis = try call.axis(1, rank: x.shape.rank), lowering = try call.lowering()
            return lowering.value(try run(lowering, lowering.node(x), axis))
        }
    }
}

extension Lowering {
    /// The mean over axes; integers and booleans become f32.
    func mean(_ node: NodeID, axes: [Int], keep: Bool) throws(RuntimeFailure) -> NodeID {
        let x = try float(node)
        var count: Size = 1
        for axis in axes { count = count * shape(x)[axis] }
        let total = try reduce(.sum, x, axes: axes, keep: keep)
        return try binary(.divide, total, constant(int: count.known ?? 1, type(x)))
    }

    /// The running product, as a loop that carries the product so far.
    func cumulativeProduct(_ node: NodeID, axis: Int) throws(RuntimeFailure) -> NodeID {
        let order = [axis] + (0..<rank(node)).filter { $0 != axis }
        let front = try permute(node, order)
        let part = Signature(type: type(node), shape: shape(front).removing(axis: 0))
        var body = Graph()
        let carry = body.append(.input, type: part.type, shape: part.shape, attributes: .input(0))
        let element = body.append(.input, type: part.type, shape: part.shape, attributes: .input(1))
        let next = body.append(.multiply, [carry, element], type: part.type, shape: part.shape)
        let loop = Loop(
            body: body, carryResults: [next], stackedResults: [next], sequenceCount: 1, length: shape(front)[0], isReversed: false)
        let start = try fill(constant(int: 1, part.type), part.shape)
        let scan = try apply(.scan, [start, front], .loop(loop))
        var back = [Int](repeating: 0, count: order.count)
        for (at, from) in order.enumerated() { back[from] = at }
        return try permute(apply(.part, [scan], .part(1), target: Signature(type: part.type, shape: shape(front))), back)
    }
}
