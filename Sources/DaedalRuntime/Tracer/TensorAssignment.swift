import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension TensorOperators {
    /// `t[…] = value` for a `var`: tensors are values, so the variable gets a new one unless it holds the only reference, which is then written
    /// in place. `target` must be the variable's own storage; whoever calls keeps no other reference.
    package static func assign(
        _ value: Value, to target: inout TensorObject, _ items: [Index], in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) {
        guard let side = try side(value, in: context, at: span) else {
            throw RuntimeFailure("E202", "the elements of a tensor are numbers or booleans; this is \(value.kindWithArticle)", at: span)
        }
        if side.isUnknownTensor { return }
        let indexing: TensorIndexing
        do throws(RuntimeFailure) { indexing = try TensorIndexing(items, on: target.shape, in: context, at: span) } catch {
            if error.isUnknownWhileChecking { return }
            throw error
        }
        if try writeElement(side, to: &target, indexing, in: context, at: span) { return }
        let lowering = try Lowering(context, at: span)
        let given = try written(side, target.type, lowering)
        target = lowering.tensor(try updated(target, indexing, given, lowering))
    }

    /// The value in the tensor's type; a float does not fit into integers.
    private static func written(_ side: Value, _ type: ElementType, _ lowering: Lowering) throws(RuntimeFailure) -> NodeID {
        guard case .tensor(let tensor) = side else {
            if case .float = side, !type.isFloat { throw misfit("a float", type, at: lowering.span) }
            return try lowering.literal(side, type)
        }
        if tensor.type.isFloat && !type.isFloat { throw misfit("a tensor of \(tensor.type.name)", type, at: lowering.span) }
        return try lowering.cast(lowering.node(tensor), type)
    }

    private static func misfit(_ what: String, _ type: ElementType, at span: Span) -> RuntimeFailure {
        RuntimeFailure("E202", "\(what) cannot be written into a tensor of \(type.name); `cast(t, f32)` makes one of floats", at: span)
    }

    /// One element of an evaluated tensor, in place if nobody else sees its storage.
    private static func writeElement(
        _ side: Value, to target: inout TensorObject, _ indexing: TensorIndexing, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Bool {
        guard context.isEager, context.trace.pins == 0, target.value != nil, target.node == nil, target.type.isFloat || side.isIntegral,
            side.isNumber, side.isKnown
        else { return false }
        var offset = 0
        for (axis, part) in indexing.parts.enumerated() {
            guard case .single(let at) = part, let position = at.known, let size = target.shape[axis].known else { return false }
            offset = offset * size + position
        }
        guard let written = try exclusive(&target, at: span) else { return false }
        switch written.type {
        case .bool: written.elements(as: Bool.self)[offset] = side.plainInt != 0
        case .i32: written.elements(as: Int32.self)[offset] = Int32(truncatingIfNeeded: side.plainInt)
        case .i64: written.elements(as: Int64.self)[offset] = Int64(side.plainInt)
        case .f32: written.elements(as: Float.self)[offset] = Float(side.plainDouble)
        case .f64: written.elements(as: Double.self)[offset] = side.plainDouble
        }
        return true
    }

    /// Contents that only the target sees: its own, or a copy that it gets.
    private static func exclusive(_ target: inout TensorObject, at span: Span) throws(RuntimeFailure) -> Tensor? {
        var storage = target.value?.storage
        let isSole = isKnownUniquelyReferenced(&target)
        if isSole {
            target.value = nil
            let isUnshared = isKnownUniquelyReferenced(&storage)
            guard let storage else { return nil }
            let value = Tensor(type: target.type, shape: target.shape, storage: storage)
            target.value = value
            if isUnshared { return value }
        }
        guard let shared = target.value else { return nil }
        let copy = try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in try shared.copy() }
        target = TensorObject(copy)
        return copy
    }

    /// The tensor with the indexed elements replaced.
    private static func updated(
        _ tensor: TensorObject, _ indexing: TensorIndexing, _ given: NodeID, _ lowering: Lowering
    ) throws(RuntimeFailure) -> NodeID {
        let x = try lowering.node(tensor), count = tensor.shape.elementCountSize
        // The index chooses from the elements' numbers exactly what it would choose from the elements.
        let numbers = try lowering.reshape(lowering.iota(Shape([count]), axis: 0), tensor.shape)
        let places = try indexing.lower(numbers, lowering)
        let shape = lowering.shape(places), own = lowering.shape(given)
        // Axes of 1 before the value's own may be left over: `t[0] = [[1, 2]]`.
        let fits = own.rank <= shape.rank && zip(own.reversed(), shape.reversed()).allSatisfy { $0 == 1 || $0.relation(to: $1) != .different }
        guard fits else {
            throw lowering.context.failure(
                ShapeFailure("shapes do not fit: \(own) cannot be written where the index chooses \(shape)"), at: lowering.span)
        }
        let values = try lowering.reshape(lowering.broadcast(given, to: shape), Shape([shape.elementCountSize]))
        let flat = try lowering.reshape(x, Shape([count]))
        let chosen = try lowering.reshape(places, Shape([shape.elementCountSize]))
        return try lowering.reshape(lowering.apply(.scatter, [flat, chosen, values], .scatter(axis: 0, mode: .set)), tensor.shape)
    }
}
