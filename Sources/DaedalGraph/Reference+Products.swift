import DaedalTensor

/// Products, convolutions and windows, each straight from its definition.
extension Reference {
    static func matrixProduct(_ a: Value, _ b: Value, _ result: Signature, _ attributes: Attributes) -> Value {
        guard case .product(let left, let right) = attributes else { return a }
        let shape = result.shape.counts, rank = shape.count
        let (m, n, k) = (shape[rank - 2], shape[rank - 1], a.shape[left ? rank - 2 : rank - 1])
        let batches = shape.dropLast(2).reduce(1, *)
        let (x, y, i, j) = (a.floats, b.floats, a.integers, b.integers), isFloat = result.type.isFloat
        var floats: [Double] = [], integers: [Int64] = []
        for batch in 0..<batches {
            for row in 0..<m {
                for column in 0..<n {
                    var sum = 0.0, whole: Int64 = 0
                    for inner in 0..<k {
                        let p = batch * m * k + (left ? inner * m + row : row * k + inner)
                        let q = batch * k * n + (right ? column * k + inner : inner * n + column)
                        if isFloat { sum += x[p] * y[q] } else { whole = whole &+ i[p] &* j[q] }
                    }
                    if isFloat { floats.append(sum) } else { integers.append(whole) }
                }
            }
        }
        return isFloat ? Value(result, floats: floats) : Value(result, integers: integers)
    }

    /// Every meeting of a window's tap with an element: flat spatial positions of the output, the input and the kernel.
    private static func forEachTap(_ window: Window, input: [Int], output: [Int], _ body: (_ output: Int, _ input: Int, _ tap: Int) -> Void) {
        var place = 0
        forEachIndex(output) { o in
            var tap = 0
            forEachIndex(window.kernel) { k in
                let source = o.indices.map { o[$0] * window.stride[$0] + k[$0] * window.dilation[$0] - window.paddingLow[$0] }
                if source.indices.allSatisfy({ (0..<input[$0]).contains(source[$0]) }) { body(place, flat(source, input), tap) }
                tap += 1
            }
            place += 1
        }
    }

    /// The three tensors of a convolution, of which a rule reads two and writes one.
    private static func convolve(
        _ x: [Int], _ w: [Int], _ y: [Int], _ attributes: Attributes, _ body: (_ x: Int, _ w: Int, _ y: Int) -> Void
    ) {
        guard case .window(let window) = attributes else { return }
        let input = Array(x.dropFirst(2)), output = Array(y.dropFirst(2))
        let (inputCount, outputCount, taps) = (input.reduce(1, *), output.reduce(1, *), window.kernel.reduce(1, *))
        let (channels, filters, perGroup) = (x[1], y[1], w[1])
        let filtersPerGroup = filters / window.groups
        forEachTap(window, input: input, output: output) { place, source, tap in
            for n in 0..<x[0] {
                for filter in 0..<filters {
                    for c in 0..<perGroup {
                        let channel = filter / filtersPerGroup * perGroup + c
                        body(
                            (n * channels + channel) * inputCount + source, (filter * perGroup + c) * taps + tap,
                            (n * filters + filter) * outputCount + place)
                    }
                }
            }
        }
    }

    static func convolution(_ x: Value, _ w: Value, _ result: Signature, _ attributes: Attributes) -> Value {
        let (a, b) = (x.floats, w.floats)
        var sums = [Double](repeating: 0, count: result.shape.elementCount ?? 0)
        convolve(x.shape, w.shape, result.shape.counts, attributes) { sums[$2] += a[$0] * b[$1] }
        return Value(result, floats: sums)
    }

    static func convolutionInputGradient(_ dy: Value, _ w: Value, _ result: Signature, _ attributes: Attributes) -> Value {
        let (c, b) = (dy.floats, w.floats)
        var sums = [Double](repeating: 0, count: result.shape.elementCount ?? 0)
        convolve(result.shape.counts, w.shape, dy.shape, attributes) { sums[$0] += c[$2] * b[$1] }
        return Value(result, floats: sums)
    }

    static func convolutionWeightGradient(_ x: Value, _ dy: Value, _ result: Signature, _ attributes: Attributes) -> Value {
        let (a, c) = (x.floats, dy.floats)
        var sums = [Double](repeating: 0, count: result.shape.elementCount ?? 0)
        convolve(x.shape, result.shape.counts, dy.shape, attributes) { sums[$1] += a[$0] * c[$2] }
        return Value(result, floats: sums)
    }
}
