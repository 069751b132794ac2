import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// What stands between the brackets of `x[…]`, one entry an axis of `x`, and the shape that the index gives.
package struct TensorIndexing {
    /// What is done with one axis.
    enum Part {
        /// `count` elements from `start` on, `step` apart (negative steps: backwards from the last of them).
        case range(start: Size, count: Size, step: Int, isReversed: Bool)
        /// One element; the axis goes away.
        case single(Size)
        /// A tensor of indices, whose axes replace it.
        case indices(TensorObject)
    }
    /// One entry for each axis of the result before index tensors act.
    enum Place {
        case axis(Int)
        case new
    }

    let shape: Shape
    /// One entry for each axis of the indexed tensor.
    private(set) var parts: [Part] = []
    /// Where kept axes and new ones stand; single elements are left out.
    private(set) var places: [Place] = []
    /// Whether only integers, ranges, `new` and `...` occur.
    var isPlain: Bool { parts.allSatisfy { if case .indices = $0 { false } else { true } } }
    /// Whether a boolean mask chose elements, whose number is only known by looking.
    private(set) var usesMask = false

    /// Reads the items of an index on a tensor of a shape.
    package init(_ items: [Index], on shape: Shape, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        self.shape = shape
        var consumed = 0
        for item in items {
            switch item {
            case .newAxis, .rest: break
            case .value(.tensor(let tensor)) where tensor.type == .bool: consumed += tensor.shape.rank
            case .value: consumed += 1
            }
        }
        guard consumed <= shape.rank else {
            throw RuntimeFailure(
                "E201", "a tensor \(shape) has \(shape.rank) \(shape.rank == 1 ? "axis" : "axes"); here are \(consumed) indices", at: span)
        }
        var sawRest = false
        for item in items {
            switch item {
            case .newAxis: places.append(.new)
            case .rest:
                if sawRest { throw RuntimeFailure("E203", "`...` can stand in an index only once", at: span) }
                sawRest = true
                for _ in 0..<shape.rank - consumed { keepWhole() }
            case .value(let value): try take(value, in: context, at: span)
            }
        }
        while parts.count < shape.rank { keepWhole() }
        if places.count > Shape.maximumRank { throw RuntimeFailure("E203", "a tensor has at most \(Shape.maximumRank) axes", at: span) }
    }

    private mutating func keepWhole() {
        places.append(.axis(parts.count))
        parts.append(.range(start: 0, count: shape[parts.count], step: 1, isReversed: false))
    }

    private mutating func take(_ value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        let axis = parts.count, size = shape[axis]
        switch value {
        case .int(let index): parts.append(.single(try Self.position(index, size, axis: axis, at: span)))
        case .size(let index): parts.append(.single(index))
        case .range(let range):
            places.append(.axis(axis))
            parts.append(try Self.part(range, size, at: span))
        case .bool: throw RuntimeFailure("E202", "a boolean cannot be an index; a mask is a tensor of booleans", at: span)
        case .tensor(let tensor) where tensor.type == .bool: try takeMask(tensor, in: context, at: span)
        case .tensor(let tensor): try takeIndices(tensor, axis, in: context, at: span)
        case .list(let list): try takeList(list, axis, size, in: context, at: span)
        case let other:
            if context.isChecking, other.isUnknown { throw .unknownWhileChecking }
            throw RuntimeFailure("E202", "\(other.kindWithArticle) cannot be an index of a tensor", at: span)
        }
    }

    private mutating func takeIndices(_ tensor: TensorObject, _ axis: Int, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        guard tensor.type.isInteger else {
            throw RuntimeFailure("E202", "an index must be integers; this is a tensor of \(tensor.type.name)", at: span)
        }
        if tensor.shape.rank == 0, let value = tensor.value, context.isEager {
            parts.append(.single(try Self.position(value.int(at: 0), shape[axis], axis: axis, at: span)))
            return
        }
        places.append(.axis(axis))
        parts.append(.indices(tensor))
    }

    private mutating func takeList(
        _ list: ListObject, _ axis: Int, _ size: Size, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) {
        var items = list.items
        for (at, item) in items.enumerated() {
            // Negative numbers count from the end, here where they can be seen.
            if case .int(let index) = item, let position = try Self.position(index, size, axis: axis, at: span).known { items[at] = .int(position) }
        }
        guard let tensor = try TensorLiteral.tensor(from: .list(items), in: context, at: span) else {
            throw RuntimeFailure("E202", "a list of indices must be integers", at: span)
        }
        if tensor.type == .bool { return try takeMask(tensor, in: context, at: span) }
        if items.isEmpty {
            places.append(.axis(axis))
            parts.append(.range(start: 0, count: 0, step: 1, isReversed: false))
            return
        }
        try takeIndices(tensor, axis, in: context, at: span)
    }

    /// A mask over one or more axes keeps the elements where it is true, in row-major order.
    private mutating func takeMask(_ mask: TensorObject, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        let axis = parts.count
        guard mask.shape.rank > 0, zip(mask.shape, shape.dropFirst(axis)).allSatisfy({ $0.relation(to: $1) != .different }) else {
            throw RuntimeFailure("E201", "the mask \(mask.shape) does not fit the axes of \(shape) from axis \(axis) on", at: span)
        }
        usesMask = true
        let values = try context.force(mask, at: span).elements(as: Bool.self)
        let chosen = values.indices.filter { values[$0] }
        // Coordinates along each axis that the mask covers.
        var inner = values.count
        for at in 0..<mask.shape.rank {
            let count = mask.shape[at].known ?? 1
            inner = count == 0 ? 0 : inner / count
            let column = chosen.map { Int64(inner == 0 ? 0 : $0 / inner % count) }
            let tensor = try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in try Tensor(column, shape: Shape([column.count])) }
            places.append(.axis(axis + at))
            parts.append(.indices(TensorObject(tensor)))
        }
    }

    /// The place of one index; negative ones count from the end.
    static func position(_ index: Int, _ size: Size, axis: Int, at span: Span) throws(RuntimeFailure) -> Size {
        guard let count = size.known else {
            if index >= 0, let position = Size(exactly: index) { return position }
            guard index != .min, let back = Size(exactly: -index) else { throw RuntimeFailure("E203", "index \(index) is out of range", at: span) }
            return size - back
        }
        let position = index < 0 ? index + count : index
        guard position >= 0 && position < count else {
            throw RuntimeFailure("E203", "index \(index) is out of range: axis \(axis) has \(count) \(count == 1 ? "element" : "elements")", at: span)
        }
        return Size(position)
    }

    /// The elements that a range keeps; ends past the axis are drawn in, as in slices of lists.
    private static func part(_ range: RangeObject, _ size: Size, at span: Span) throws(RuntimeFailure) -> Part {
        if range.start == nil && range.end == nil && range.step == 1 { return .range(start: 0, count: size, step: 1, isReversed: false) }
        guard range.step != 0, range.step != .min else { throw RuntimeFailure("E203", "the step of a range cannot be \(range.step)", at: span) }
        guard let count = size.known else { return try symbolicPart(range, size, at: span) }
        func clamped(_ end: Int) -> Int { min(max(end < 0 ? end + count : end, 0), count) }
        if range.step > 0 {
            let start = clamped(range.start ?? 0), end = clamped(range.end ?? count)
            let length = end > start ? (end - start - 1) / range.step + 1 : 0
            return .range(start: Size(length == 0 ? 0 : start), count: Size(length), step: length <= 1 ? 1 : range.step, isReversed: false)
        }
        // Backwards: from `start` down to just above `end`, read forwards and then reversed.
        let (first, last) = range.backwards(in: count), step = -range.step
        let length = first > last && first >= 0 ? (first - last - 1) / step + 1 : 0
        let start = length == 0 ? 0 : first - (length - 1) * step
        return .range(start: Size(start), count: Size(length), step: length <= 1 ? 1 : step, isReversed: true)
    }

    private static func symbolicPart(_ range: RangeObject, _ size: Size, at span: Span) throws(RuntimeFailure) -> Part {
        func end(_ value: Int) throws(RuntimeFailure) -> Size {
            guard value != .min, let magnitude = Size(exactly: abs(value)) else {
                throw RuntimeFailure("E203", "\(value) is no place on an axis", at: span)
            }
            return value < 0 ? size - magnitude : magnitude
        }
        guard range.step > 0, let step = Size(exactly: range.step) else { throw .unknownWhileChecking }
        let start = try end(range.start ?? 0), length = try range.end.map { (value) throws(RuntimeFailure) in try end(value) } ?? size
        let whole = length - start
        return .range(start: start, count: range.step == 1 ? whole : (whole - 1) / step + 1, step: range.step, isReversed: false)
    }
}

extension TensorIndexing {
    /// The nodes of `x[…]`.
    func lower(_ node: NodeID, _ lowering: Lowering) throws(RuntimeFailure) -> NodeID {
        var node = try sliced(node, lowering)
        // Axes of single elements go, new ones come.
        let before = lowering.shape(node)
        node = try lowering.reshape(node, Shape(places.map { place in if case .axis(let axis) = place { before[axis] } else { 1 } }))
        var gathers: [(axis: Int, indices: TensorObject)] = []
        for (at, place) in places.enumerated() {
            if case .axis(let axis) = place, case .indices(let tensor) = parts[axis] { gathers.append((at, tensor)) }
        }
        switch gathers.count {
        case 0: return node
        case 1: return try lowering.gather(node, lowering.node(gathers[0].indices), axis: gathers[0].axis)
        default: return try gatherTogether(node, gathers, lowering)
        }
    }

    /// The part of the tensor that integers and ranges choose; axes of single elements stay as 1.
    private func sliced(_ node: NodeID, _ lowering: Lowering) throws(RuntimeFailure) -> NodeID {
        var starts: [Size] = [], steps: [Int] = [], counts = Shape(), reversed: [Int] = []
        for (axis, part) in parts.enumerated() {
            switch part {
            case .single(let at):
                starts.append(at)
                steps.append(1)
                counts.append(1)
            case .range(let start, let count, let step, let isReversed):
                starts.append(start)
                steps.append(step)
                counts.append(count)
                if isReversed { reversed.append(axis) }
            case .indices:
                starts.append(0)
                steps.append(1)
                counts.append(shape[axis])
            }
        }
        var result = node
        if counts != shape || starts.contains(where: { $0 != 0 }) || steps.contains(where: { $0 != 1 }) {
            result = try lowering.apply(
                .slice, [node], .slice(starts: starts, steps: steps), target: Signature(type: lowering.type(node), shape: counts))
        }
        return reversed.isEmpty ? result : try lowering.apply(.reverse, [result], .axes(reversed))
    }

    /// Several index tensors go together element by element; their common axes stand where the first did, or first if they are apart (NumPy).
    private func gatherTogether(_ node: NodeID, _ gathers: [(axis: Int, indices: TensorObject)], _ lowering: Lowering) throws(RuntimeFailure)
        -> NodeID
    {
        let axes = gathers.map(\.axis), shape = lowering.shape(node)
        let isAdjacent = axes.last.map { $0 - axes[0] == axes.count - 1 } ?? true
        let others = (0..<shape.rank).filter { !axes.contains($0) }
        let lead = isAdjacent ? axes[0] : 0
        let order = Array(others.prefix(lead)) + axes + Array(others.dropFirst(lead))
        let moved = try lowering.permute(node, order)
        var together: Size = 1
        for axis in axes { together = together * shape[axis] }
        let sizes = lowering.shape(moved)
        let flat = try lowering.reshape(moved, Shape(Array(sizes.prefix(lead)) + [together] + Array(sizes.dropFirst(lead + axes.count))))
        var common = gathers[0].indices.shape
        for gather in gathers.dropFirst() { common = try lowering.broadcastShape(common, gather.indices.shape) }
        var place = lowering.constant(int: 0, .i64)
        for gather in gathers {
            let stride = lowering.constant(int: shape[gather.axis].known ?? 1, .i64)
            let indices = try lowering.cast(lowering.node(gather.indices), .i64)
            place = try lowering.binary(.add, lowering.binary(.multiply, place, stride), lowering.broadcast(indices, to: common))
        }
        return try lowering.gather(flat, lowering.broadcast(place, to: common), axis: lead)
    }
}

extension TensorOperators {
    /// `x[…]`.
    package static func subscripted(_ tensor: TensorObject, _ items: [Index], in context: EvaluationContext, at span: Span) throws(RuntimeFailure)
        -> Value
    {
        do throws(RuntimeFailure) {
            let indexing = try TensorIndexing(items, on: tensor.shape, in: context, at: span)
            if let part = try indexing.copied(from: tensor, in: context, at: span) {
                try Padding.index(indexing, tensor, .tensor(part)) { () throws(RuntimeFailure) in try Lowering(context, at: span) }
                return .tensor(part)
            }
            let lowering = try Lowering(context, at: span)
            let part = lowering.value(try indexing.lower(lowering.node(tensor), lowering))
            try Padding.index(indexing, tensor, part) { () throws(RuntimeFailure) in lowering }
            return part
        } catch {
            if error.isUnknownWhileChecking { return .unknown(.tensor) }
            throw error
        }
    }
}

extension TensorIndexing {
    /// A contiguous part of evaluated contents, copied at once: reading elements one by one in a script must not make plans.
    func copied(from tensor: TensorObject, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> TensorObject? {
        guard context.isEager, context.trace.pins == 0, let value = tensor.value, isPlain else { return nil }
        var offset = 0, stride = value.count, isWhole = true, result = 1
        for (axis, part) in parts.enumerated() {
            let size = shape[axis].known ?? 0
            guard size > 0 else { return nil }
            stride /= size
            let start: Int, count: Int
            switch part {
            case .single(let at): (start, count) = (at.known ?? 0, 1)
            case .range(let from, let length, let step, let isReversed):
                guard step == 1, !isReversed || length == 1 else { return nil }
                (start, count) = (from.known ?? 0, length.known ?? 0)
            case .indices: return nil
            }
            // After an axis of more than one element, the later ones must be whole.
            if !isWhole && count != size { return nil }
            if count != 1 { isWhole = false }
            offset += start * stride
            result *= count
        }
        // Small parts, and rows of large ones: what a script looks at. Bulk work belongs to plans.
        guard result <= 1 << 16 else { return nil }
        let type = value.type, from = value.pointer + offset * type.byteCount
        let resultShape = Shape(
            places.map { place in
                if case .axis(let axis) = place, case .range(_, let count, _, _) = parts[axis] { count } else { 1 }
            })
        return TensorObject(
            try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in
                let copy = try Tensor(uninitialized: type, shape: resultShape)
                copy.pointer.copyMemory(from: from, byteCount: result * type.byteCount)
                return copy
            })
    }
}
