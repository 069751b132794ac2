import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// Appends nodes to the current trace for one operation of the program: what natives and operators are written in.
///
/// Made where no node is held yet (an eager trace that is full is evaluated first) and dropped before other values are computed.
package struct Lowering {
    package let context: EvaluationContext
    package let trace: Trace
    package let span: Span
    let origin: UInt32

    /// Begins an operation at a place.
    package init(_ context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        try context.makeRoom()
        self.context = context
        self.span = span
        trace = context.trace
        origin = trace.number(of: Origin(span, call: context.userCall(leadingTo: span)))
    }

    // MARK: Values in and out

    /// The node of a tensor in this trace; a tensor from outside becomes an input.
    package func node(_ tensor: TensorObject) throws(RuntimeFailure) -> NodeID { try trace.node(of: tensor, in: context, at: span) }

    /// A node's value as the program sees it.
    package func tensor(_ node: NodeID) -> TensorObject { TensorObject(trace: trace, node: node) }

    /// A node's value as the program sees it.
    package func value(_ node: NodeID) -> Value { .tensor(tensor(node)) }

    package func type(_ node: NodeID) -> ElementType { trace.reading { $0[node].type } }
    package func shape(_ node: NodeID) -> Shape { trace.reading { $0[node].shape } }
    package func rank(_ node: NodeID) -> Int { trace.reading { $0[node].shape.rank } }

    // MARK: Nodes

    /// Applies a primitive, or says in the user's terms why it does not apply.
    package func apply(
        _ primitive: Primitive, _ operands: [NodeID], _ attributes: Attributes = .none, target: Signature? = nil
    ) throws(RuntimeFailure) -> NodeID {
        do throws(ShapeFailure) {
            return try trace.graph.apply(primitive, operands, attributes, target: target, origin: origin)
        } catch {
            throw context.failure(error, at: span)
        }
    }

    /// A float literal of a type (integers are truncated).
    package func constant(_ value: Double, _ type: ElementType) -> NodeID {
        trace.constant(
            bits: type.isFloat ? (type == .f32 ? Double(Float(value)) : value).bitPattern : UInt64(bitPattern: Int64(clampedTruncating: value)),
            type: type)
    }

    /// An integer literal of a type.
    package func constant(int value: Int, _ type: ElementType) -> NodeID {
        switch type {
        case .f32, .f64: constant(Double(value), type)
        case .bool: trace.constant(bits: value == 0 ? 0 : 1, type: type)
        case .i32: trace.constant(bits: UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: value))), type: type)
        case .i64: trace.constant(bits: UInt64(bitPattern: Int64(value)), type: type)
        }
    }

    /// Conversion of the elements; nothing if they have the type.
    package func cast(_ node: NodeID, _ type: ElementType) throws(RuntimeFailure) -> NodeID {
        if self.type(node) == type { return node }
        return try apply(.cast, [node], target: Signature(type: type, shape: shape(node)))
    }

    /// Integers and booleans become f32.
    package func float(_ node: NodeID) throws(RuntimeFailure) -> NodeID { type(node).isFloat ? node : try cast(node, .f32) }

    /// Booleans become i64.
    package func number(_ node: NodeID) throws(RuntimeFailure) -> NodeID { type(node) == .bool ? try cast(node, .i64) : node }

    /// Elements that say yes: numbers are compared with 0.
    package func condition(_ node: NodeID) throws(RuntimeFailure) -> NodeID { try cast(node, .bool) }

    /// The same elements under another shape; nothing if it is the shape.
    package func reshape(_ node: NodeID, _ shape: Shape) throws(RuntimeFailure) -> NodeID {
        if self.shape(node) == shape { return node }
        return try apply(.reshape, [node], target: Signature(type: type(node), shape: shape))
    }

    /// Axes of size 1 stretched to a shape of the same rank; nothing if it is the shape.
    package func expand(_ node: NodeID, _ shape: Shape) throws(RuntimeFailure) -> NodeID {
        if self.shape(node) == shape { return node }
        return try apply(.expand, [node], target: Signature(type: type(node), shape: shape))
    }

    /// A copy over leading axes and stretched axes: what broadcasting to a shape means.
    package func broadcast(_ node: NodeID, to shape: Shape) throws(RuntimeFailure) -> NodeID {
        let own = self.shape(node)
        if own == shape { return node }
        guard own.rank <= shape.rank else {
            throw context.failure(ShapeFailure("a tensor \(own) cannot be broadcast to \(shape)"), at: span)
        }
        var aligned = Shape()
        for _ in 0..<shape.rank - own.rank { aligned.append(1) }
        for size in own { aligned.append(size) }
        return try expand(reshape(node, aligned), shape)
    }

    /// Result axis i is operand axis `order[i]`; nothing for the identity.
    package func permute(_ node: NodeID, _ order: [Int]) throws(RuntimeFailure) -> NodeID {
        if order == Array(0..<order.count) { return node }
        return try apply(.permute, [node], .permutation(order))
    }

    /// One part along one axis: `count` elements from `start`, `step` apart.
    package func slice(_ node: NodeID, axis: Int, start: Size, count: Size, step: Int = 1) throws(RuntimeFailure) -> NodeID {
        let own = shape(node)
        if start == 0 && step == 1 && count == own[axis] { return node }
        var starts = [Size](repeating: 0, count: own.rank)
        var steps = [Int](repeating: 1, count: own.rank)
        starts[axis] = start
        steps[axis] = step
        return try apply(
            .slice, [node], .slice(starts: starts, steps: steps), target: Signature(type: type(node), shape: own.replacing(axis: axis, with: count)))
    }

    /// The index along an axis, of an integer type.
    package func iota(_ shape: Shape, axis: Int, _ type: ElementType = .i64) throws(RuntimeFailure) -> NodeID {
        try apply(.iota, [], .axis(axis), target: Signature(type: type, shape: shape))
    }

    /// A shape filled with one element.
    package func fill(_ node: NodeID, _ shape: Shape) throws(RuntimeFailure) -> NodeID { try broadcast(node, to: shape) }

    /// An elementwise operation of two nodes that may still need a common type and shape.
    package func binary(_ primitive: Primitive, _ a: NodeID, _ b: NodeID) throws(RuntimeFailure) -> NodeID {
        let common = max(type(a), type(b))
        let (x, y) = (try cast(a, common), try cast(b, common))
        if shape(x) == shape(y) { return try apply(primitive, [x, y]) }
        let shape = try broadcastShape(shape(x), shape(y))
        return try apply(primitive, [broadcast(x, to: shape), broadcast(y, to: shape)])
    }

    /// A reduction over axes, which stay as 1 if they are to be kept.
    package func reduce(_ primitive: Primitive, _ node: NodeID, axes: [Int], keep: Bool = false) throws(RuntimeFailure) -> NodeID {
        let result = try apply(primitive, [node], .axes(axes))
        return keep ? try restore(result, axes, of: shape(node)) : result
    }

    /// Puts axes of size 1 where a reduction removed them.
    package func restore(_ node: NodeID, _ axes: [Int], of shape: Shape) throws(RuntimeFailure) -> NodeID {
        var kept = shape
        for axis in axes { kept[axis] = 1 }
        return try reshape(node, kept)
    }

    /// Whole slices along an axis, named by a tensor of indices.
    package func gather(_ node: NodeID, _ indices: NodeID, axis: Int) throws(RuntimeFailure) -> NodeID {
        try apply(.gather, [node, indices], .axis(axis))
    }
}

extension Int64 {
    /// A float without its fraction, clamped; 0 for NaN.
    init(clampedTruncating value: Double) {
        self = value.isNaN ? 0 : value >= 0x1p63 ? .max : value < -0x1p63 ? .min : Int64(value)
    }
}

extension Trace {
    /// The node of a tensor in this trace: its own, an input for a concrete one, a captured constant in the body of a loop.
    package func node(of tensor: TensorObject, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> NodeID {
        if let node = tensor.node, tensor.trace === self { return node }
        if tensor.value != nil { return input(tensor) }
        guard let home = tensor.trace else {
            _ = try context.force(tensor, at: span)
            return input(tensor)
        }
        var around = outer
        while let trace = around {
            // The loop that closes over the body binds it as a constant operand.
            if trace === home { return input(tensor) }
            around = trace.outer
        }
        _ = try context.force(tensor, at: span)
        return input(tensor)
    }
}
