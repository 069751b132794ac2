import DaedalTensor

/// Pooling windows.
extension Reference {
    /// Every meeting of a window with an element, as flat positions of whole tensors; `x` and `y` are the larger and smaller shape.
    private static func forEachMeeting(_ x: [Int], _ y: [Int], _ attributes: Attributes, _ body: (_ x: Int, _ y: Int) -> Void) {
        guard case .window(let window) = attributes else { return }
        let input = Array(x.dropFirst(2)), output = Array(y.dropFirst(2))
        let (inputCount, outputCount) = (input.reduce(1, *), output.reduce(1, *))
        for plane in 0..<x[0] * x[1] {
            var place = 0
            forEachIndex(output) { o in
                forEachIndex(window.kernel) { k in
                    let source = o.indices.map { o[$0] * window.stride[$0] + k[$0] * window.dilation[$0] - window.paddingLow[$0] }
                    if source.indices.allSatisfy({ (0..<input[$0]).contains(source[$0]) }) {
                        body(plane * inputCount + flat(source, input), plane * outputCount + place)
                    }
                }
                place += 1
            }
        }
    }

    /// Where the first maximum of each window stands; nil where a window holds nothing but padding.
    private static func winners(_ x: Value, _ y: [Int], _ attributes: Attributes) -> [Int?] {
        let values = x.floats
        var best = [Int?](repeating: nil, count: y.reduce(1, *))
        forEachMeeting(x.shape, y, attributes) { source, place in
            guard let old = best[place] else { return best[place] = source }
            if !values[old].isNaN && (values[source].isNaN || values[source] > values[old]) { best[place] = source }
        }
        return best
    }

    /// The largest element of each window, -∞ where there is none.
    static func windowMaximum(_ x: Value, _ result: Signature, _ attributes: Attributes) -> Value {
        let values = x.floats
        return Value(result, floats: winners(x, result.shape.counts, attributes).map { $0.map { values[$0] } ?? -.infinity })
    }

    static func windowMaximumScatter(_ x: Value, _ dy: Value, _ result: Signature, _ attributes: Attributes) -> Value {
        let shares = dy.floats
        var sums = [Double](repeating: 0, count: result.shape.elementCount ?? 0)
        for (place, winner) in winners(x, dy.shape, attributes).enumerated() { if let winner { sums[winner] += shares[place] } }
        return Value(result, floats: sums)
    }

    /// The other tensor's elements where x's windows have their maximum, 0 where there is none.
    static func windowMaximumGather(_ x: Value, _ v: Value, _ result: Signature, _ attributes: Attributes) -> Value {
        let values = v.floats
        return Value(result, floats: winners(x, result.shape.counts, attributes).map { $0.map { values[$0] } ?? 0 })
    }

    static func windowSum(_ x: Value, _ result: Signature, _ attributes: Attributes) -> Value {
        let values = x.floats
        var sums = [Double](repeating: 0, count: result.shape.elementCount ?? 0)
        forEachMeeting(x.shape, result.shape.counts, attributes) { sums[$1] += values[$0] }
        return Value(result, floats: sums)
    }

    static func windowSumScatter(_ dy: Value, _ result: Signature, _ attributes: Attributes) -> Value {
        let shares = dy.floats
        var sums = [Double](repeating: 0, count: result.shape.elementCount ?? 0)
        forEachMeeting(result.shape.counts, dy.shape, attributes) { sums[$0] += shares[$1] }
        return Value(result, floats: sums)
    }
}
