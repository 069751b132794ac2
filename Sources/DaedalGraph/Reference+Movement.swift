import DaedalTensor

/// Primitives that move elements.
extension Reference {
    static func expand(_ x: Value, _ result: Signature) -> Value {
        let shape = x.shape
        return moved(x, result) { index in flat(shape.indices.map { shape[$0] == 1 ? 0 : index[$0] }, shape) }
    }

    static func permute(_ x: Value, _ result: Signature, _ attributes: Attributes) -> Value {
        guard case .permutation(let order) = attributes else { return x }
        let shape = x.shape
        return moved(x, result) { index in
            var source = index
            for (axis, from) in order.enumerated() { source[from] = index[axis] }
            return flat(source, shape)
        }
    }

    static func slice(_ x: Value, _ result: Signature, _ attributes: Attributes) -> Value {
        guard case .slice(let starts, let steps) = attributes else { return x }
        let shape = x.shape, first = starts.map { $0.known ?? 0 }
        return moved(x, result) { index in flat(shape.indices.map { first[$0] + index[$0] * steps[$0] }, shape) }
    }

    static func pad(_ x: Value, _ result: Signature, _ attributes: Attributes) -> Value {
        guard case .padding(let low, _, let value) = attributes else { return x }
        let shape = x.shape, before = low.map { $0.known ?? 0 }
        return moved(x, result, fill: value) { index in
            let source = shape.indices.map { index[$0] - before[$0] }
            return shape.indices.allSatisfy { (0..<shape[$0]).contains(source[$0]) } ? flat(source, shape) : -1
        }
    }

    static func concatenate(_ xs: [Value], _ result: Signature, _ attributes: Attributes) -> Value {
        guard case .axis(let axis) = attributes else { return xs[0] }
        var all: [Double] = [], whole: [Int64] = []
        let outer = split(result.shape.counts, axis).outer
        let lists = xs.map { (floats: $0.floats, integers: $0.integers, run: outer == 0 ? 0 : $0.floats.count / outer) }
        for row in 0..<outer {
            for list in lists {
                all += list.floats[row * list.run..<(row + 1) * list.run]
                whole += list.integers[row * list.run..<(row + 1) * list.run]
            }
        }
        return Value(result, result.type.isFloat ? .floats(all) : .integers(whole))
    }

    static func reverse(_ x: Value, _ result: Signature, _ attributes: Attributes) -> Value {
        guard case .axes(let axes) = attributes else { return x }
        let shape = x.shape
        return moved(x, result) { index in flat(shape.indices.map { axes.contains($0) ? shape[$0] - 1 - index[$0] : index[$0] }, shape) }
    }

    /// The start of a dynamic slice of `count`, within `limit`.
    private static func start(_ value: Value, count: Int, limit: Int) throws(Failure) -> Int {
        let start = value.integers[0]
        guard start >= 0, start <= Int64(limit - count) else { throw .indexOutOfRange(index: Int(start), limit: limit - count + 1) }
        return Int(start)
    }

    static func dynamicSlice(_ x: Value, _ at: Value, _ result: Signature, _ attributes: Attributes) throws(Failure) -> Value {
        guard case .axis(let axis) = attributes else { return x }
        let shape = x.shape, first = try start(at, count: result.shape.counts[axis], limit: shape[axis])
        return moved(x, result) { index in
            var source = index
            source[axis] += first
            return flat(source, shape)
        }
    }

    static func dynamicUpdate(_ x: Value, _ values: Value, _ at: Value, _ result: Signature, _ attributes: Attributes) throws(Failure) -> Value {
        guard case .axis(let axis) = attributes else { return x }
        let shape = x.shape, part = values.shape, first = try start(at, count: part[axis], limit: shape[axis])
        var places = Array((0..<(result.shape.elementCount ?? 0)).map { $0 })
        let count = places.count
        var position = 0
        forEachIndex(part) { index in
            var target = index
            target[axis] += first
            places[flat(target, shape)] = count + position
            position += 1
        }
        return joined(x, values).picking(places, result)
    }

    /// The elements of two values, one list after the other.
    private static func joined(_ a: Value, _ b: Value) -> Value {
        a.type.isFloat ? Value(a.signature, .floats(a.floats + b.floats)) : Value(a.signature, .integers(a.integers + b.integers))
    }

    /// Indices within an axis.
    private static func checked(_ indices: Value, limit: Int) throws(Failure) -> [Int] {
        var result: [Int] = []
        for index in indices.integers {
            guard index >= 0, index < Int64(limit) else { throw .indexOutOfRange(index: Int(index), limit: limit) }
            result.append(Int(index))
        }
        return result
    }

    static func gather(_ x: Value, _ indices: Value, _ result: Signature, _ attributes: Attributes) throws(Failure) -> Value {
        guard case .axis(let axis) = attributes else { return x }
        let (outer, count, inner) = split(x.shape, axis)
        let rows = try checked(indices, limit: count)
        var places: [Int] = []
        for o in 0..<outer { for row in rows { for i in 0..<inner { places.append((o * count + row) * inner + i) } } }
        return x.picking(places, result)
    }

    static func scatter(_ x: Value, _ indices: Value, _ values: Value, _ result: Signature, _ attributes: Attributes) throws(Failure) -> Value {
        guard case .scatter(let axis, let mode) = attributes else { return x }
        let (outer, count, inner) = split(x.shape, axis)
        let rows = try checked(indices, limit: count)
        var floats = x.floats, integers = x.integers
        let newFloats = values.floats, newIntegers = values.integers
        var from = 0
        for o in 0..<outer {
            for row in rows {
                for i in 0..<inner {
                    let to = (o * count + row) * inner + i
                    switch mode {
                    case .set: (floats[to], integers[to]) = (newFloats[from], newIntegers[from])
                    case .add: (floats[to], integers[to]) = (floats[to] + newFloats[from], integers[to] &+ newIntegers[from])
                    case .maximum:
                        let isNaN = floats[to].isNaN || newFloats[from].isNaN
                        (floats[to], integers[to]) = (isNaN ? .nan : max(floats[to], newFloats[from]), max(integers[to], newIntegers[from]))
                    }
                    from += 1
                }
            }
        }
        return result.type.isFloat ? Value(result, floats: floats) : Value(result, integers: integers)
    }
}
