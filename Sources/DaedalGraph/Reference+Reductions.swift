import DaedalTensor

/// Reductions, running sums and orders.
extension Reference {
    static func reduce(_ primitive: Primitive, _ x: Value, _ result: Signature, _ attributes: Attributes) -> Value {
        guard case .axes(let axes) = attributes else { return x }
        let shape = x.shape, kept = shape.indices.filter { !axes.contains($0) }, keptShape = result.shape.counts
        let count = result.shape.elementCount ?? 0
        if x.type.isFloat {
            let start: Double = primitive == .sum ? 0 : primitive == .product ? 1 : primitive == .maximumOf ? -.infinity : .infinity
            let values = x.floats
            var sums = [Double](repeating: start, count: count), position = 0
            forEachIndex(shape) { index in
                let to = flat(kept.map { index[$0] }, keptShape), value = values[position]
                position += 1
                switch primitive {
                case .sum: sums[to] += value
                case .product: sums[to] *= value
                case .maximumOf: sums[to] = sums[to].isNaN || value.isNaN ? .nan : max(sums[to], value)
                default: sums[to] = sums[to].isNaN || value.isNaN ? .nan : min(sums[to], value)
                }
            }
            return Value(result, floats: sums)
        }
        let start: Int64 = primitive == .sum ? 0 : primitive == .product ? 1 : primitive == .maximumOf ? .min : .max
        let values = x.integers
        var sums = [Int64](repeating: start, count: count), position = 0
        forEachIndex(shape) { index in
            let to = flat(kept.map { index[$0] }, keptShape), value = values[position]
            position += 1
            switch primitive {
            case .sum: sums[to] = sums[to] &+ value
            case .product: sums[to] = sums[to] &* value
            case .maximumOf: sums[to] = max(sums[to], value)
            default: sums[to] = min(sums[to], value)
            }
        }
        return Value(result, integers: sums)
    }

    /// The positions along an axis, one list for each line of elements that runs along it.
    private static func lines(_ shape: [Int], _ axis: Int) -> [[Int]] {
        let (outer, count, inner) = split(shape, axis)
        return (0..<outer).flatMap { o in (0..<inner).map { i in (0..<count).map { (o * count + $0) * inner + i } } }
    }

    /// The first largest element; a NaN is larger than all.
    static func indexOfMaximum(_ x: Value, _ result: Signature, _ attributes: Attributes) -> Value {
        guard case .axis(let axis) = attributes else { return x }
        let floats = x.floats, integers = x.integers, isFloat = x.type.isFloat
        let best = lines(x.shape, axis).map { line in
            var best = 0
            for k in line.indices.dropFirst() {
                let (old, new) = (line[best], line[k])
                let isLarger = isFloat ? !floats[old].isNaN && (floats[new].isNaN || floats[new] > floats[old]) : integers[new] > integers[old]
                if isLarger { best = k }
            }
            return Int64(best)
        }
        return Value(result, integers: best)
    }

    static func cumulativeSum(_ x: Value, _ result: Signature, _ attributes: Attributes) -> Value {
        guard case .axis(let axis) = attributes else { return x }
        var floats = x.floats, integers = x.integers
        for line in lines(x.shape, axis) {
            for (previous, next) in zip(line, line.dropFirst()) {
                floats[next] += floats[previous]
                integers[next] = integers[next] &+ integers[previous]
            }
        }
        return x.type.isFloat ? Value(result, floats: floats) : Value(result, integers: integers)
    }

    /// Stable and ascending, NaN last.
    static func order(_ x: Value, _ result: Signature, _ attributes: Attributes) -> Value {
        guard case .axis(let axis) = attributes else { return x }
        let floats = x.floats, integers = x.integers, isFloat = x.type.isFloat
        func precedes(_ a: Int, _ b: Int) -> Bool {
            isFloat ? floats[a] < floats[b] || (!floats[a].isNaN && floats[b].isNaN) : integers[a] < integers[b]
        }
        var ranks = [Int64](repeating: 0, count: floats.count)
        for line in lines(x.shape, axis) {
            let sorted = line.indices.sorted { precedes(line[$0], line[$1]) || (!precedes(line[$1], line[$0]) && $0 < $1) }
            for (place, index) in zip(line, sorted) { ranks[place] = Int64(index) }
        }
        return Value(result, integers: ranks)
    }
}
