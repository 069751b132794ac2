import DaedalTensor

/// How a shape reads a buffer: an extent and a stride per axis, outermost first, and where the first element is. In elements.
struct StridedView: Hashable {
    var offset: Int
    var extents: [Int]
    var strides: [Int]

    /// One axis or run of axes that one stride describes.
    struct Run: Hashable {
        var extent: Int
        var stride: Int
    }

    init(offset: Int, extents: [Int], strides: [Int]) {
        self.offset = offset
        self.extents = extents
        self.strides = strides
    }

    /// The row-major view of a whole buffer.
    init(dense extents: [Int]) {
        self.init(offset: 0, extents: extents, strides: StridedView.denseStrides(extents))
    }

    /// The view of a whole buffer in which one axis is adjacent, and the others are nested as those of `model`, a view of as many axes; in their own order
    /// where `model` repeats or reverses.
    init(dense extents: [Int], like model: StridedView, adjacent: Int) {
        self.init(dense: extents)
        let hasOrder = extents.count == model.extents.count && extents.indices.allSatisfy { model.extents[$0] == 1 || model.strides[$0] > 0 }
        var step = 1
        let outer = extents.indices.filter { $0 != adjacent }
            .sorted { hasOrder && model.strides[$0] != model.strides[$1] ? model.strides[$0] < model.strides[$1] : $0 > $1 }
        for axis in [adjacent] + outer where extents[axis] > 1 {
            strides[axis] = step
            step *= extents[axis]
        }
    }

    /// The row-major strides of extents; axes of no or one element count as one.
    static func denseStrides(_ extents: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: extents.count)
        for axis in stride(from: extents.count - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * max(extents[axis + 1], 1) }
        return strides
    }

    /// The number of elements.
    var count: Int { extents.reduce(1, *) }

    /// The fewest runs that read the same elements in the same order, outermost first; none for one element.
    var runs: [Run] {
        var result: [Run] = []
        for (extent, stride) in zip(extents, strides) where extent != 1 {
            if let last = result.last, last.stride == stride * extent {
                result[result.count - 1] = Run(extent: last.extent * extent, stride: stride)
            } else {
                result.append(Run(extent: extent, stride: stride))
            }
        }
        return result
    }

    /// Whether the elements are adjacent and in order.
    var isDense: Bool {
        let runs = runs
        return count <= 1 || (runs.count == 1 && runs[0].stride == 1)
    }

    /// Whether it is one element, repeated or not.
    var isSingle: Bool { zip(extents, strides).allSatisfy { $0 == 1 || $1 == 0 } }

    func permuted(_ order: [Int]) -> StridedView {
        StridedView(offset: offset, extents: order.map { extents[$0] }, strides: order.map { strides[$0] })
    }

    func expanded(to target: [Int]) -> StridedView {
        StridedView(offset: offset, extents: target, strides: target.indices.map { extents[$0] == target[$0] ? strides[$0] : 0 })
    }

    func sliced(starts: [Int], steps: [Int], counts: [Int]) -> StridedView {
        let start = zip(starts, strides).reduce(offset) { $0 + $1.0 * $1.1 }
        return StridedView(offset: start, extents: counts, strides: zip(strides, steps).map { $0 * $1 })
    }

    func reversed(_ axes: [Int]) -> StridedView {
        var result = self
        for axis in axes where extents[axis] > 0 {
            result.offset += (extents[axis] - 1) * strides[axis]
            result.strides[axis] = -strides[axis]
        }
        return result
    }

    /// The same elements under another shape, or nil where no strides can say it.
    func reshaped(to target: [Int]) -> StridedView? {
        if count == 0 { return StridedView(dense: target) }
        var result = StridedView(offset: offset, extents: target, strides: [Int](repeating: 0, count: target.count))
        var runs = runs
        for axis in stride(from: target.count - 1, through: 0, by: -1) {
            let extent = target[axis]
            if extent == 1 { continue }
            guard let run = runs.last, run.extent % extent == 0 else { return nil }
            result.strides[axis] = run.stride
            if run.extent == extent {
                runs.removeLast()
            } else {
                runs[runs.count - 1] = Run(extent: run.extent / extent, stride: run.stride * extent)
            }
        }
        return runs.isEmpty ? result : nil
    }

    /// The products of trailing runs at which the stride changes, innermost first; the count itself is not among them.
    var cuts: [Int] {
        var product = 1
        var result: [Int] = []
        for run in runs.reversed() {
            product *= run.extent
            result.append(product)
        }
        return Array(result.dropLast())
    }
}
