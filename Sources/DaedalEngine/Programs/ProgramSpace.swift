/// The iteration space of a program: rows × inner, with the outer axes that strided operands distinguish.
struct ProgramSpace: Hashable {
    /// All elements.
    var count: Int
    /// The length that row reductions reduce, or nil.
    var rowLength: Int?
    /// The shape [groups, rows, inner] that column reductions reduce to [groups, inner], or nil.
    var columns: Columns?
    /// Products of trailing extents at which some operand's stride changes, ascending; each divides the next, and the count.
    var cuts: [Int] = []

    struct Columns: Hashable {
        var groups: Int, rows: Int, inner: Int
    }

    /// The most elements of a row that a program keeps in first-level cache.
    static let longestRow = 4096

    /// The extent of the inner axis.
    var inner: Int { rowLength ?? columns?.inner ?? cuts.first ?? count }

    /// The space with more cuts, or nil if they do not fit.
    func adding(cuts more: [Int]) -> ProgramSpace? {
        var result = self
        result.cuts = Set(cuts).union(more).filter { $0 > 1 && $0 < count }.sorted()
        return result.isConsistent ? result : nil
    }

    /// Whether cuts divide each other and none is inside a row.
    var isConsistent: Bool {
        if count == 0 { return cuts.isEmpty }
        var last = 1
        for cut in cuts {
            if cut % last != 0 { return false }
            last = cut
        }
        if count % last != 0 { return false }
        let inner = inner
        if inner == 0 || count % inner != 0 { return false }
        if let columns, columns.inner != inner || columns.groups * columns.rows * columns.inner != count { return false }
        if let first = cuts.first(where: { $0 > inner }), first % inner != 0 { return false }
        if rowLength != nil || columns != nil { return cuts.allSatisfy { $0 >= inner } && outer.count <= 7 }
        return outer.count <= 7
    }

    /// The extents of the outer axes, outermost first.
    var outer: [Int] {
        guard inner > 0, count > 0 else { return [] }
        var result: [Int] = []
        var last = inner
        for cut in cuts where cut > inner {
            result.append(cut / last)
            last = cut
        }
        if count != last || result.isEmpty { result.append(count / last) }
        return result.reversed()
    }

    /// The strides of a view along the outer axes and the inner one. Precondition: the view's cuts are among the space's.
    func strides(of view: StridedView) -> (outer: [Int], inner: Int) {
        var runs = view.runs
        func take(_ extent: Int) -> Int {
            if extent == 1 { return 0 }
            guard let run = runs.last else { return 0 }
            if run.extent <= extent {
                runs.removeLast()
            } else {
                runs[runs.count - 1] = .init(extent: run.extent / extent, stride: run.stride * extent)
            }
            return run.stride
        }
        let innerStride = inner == 1 ? 1 : take(inner)
        let outerStrides = outer.reversed().map { take($0) }
        return (outerStrides.reversed(), innerStride)
    }
}
