import DaedalGraph
import DaedalTensor

/// How a reduction's axes lie in its operand.
enum ReductionForm: Equatable {
    /// The last axes: rows of that length.
    case rows(length: Int)
    /// Axes in front of others: [groups, rows, inner] to [groups, inner].
    case columns(ProgramSpace.Columns)
    /// Several runs of axes.
    case scattered

    init(_ id: NodeID, in graph: Graph) {
        let shape = graph[graph.operand(0, of: id)].shape.counts
        guard case .axes(let axes) = graph.attributes(of: id) else {
            self = .scattered
            return
        }
        // Runs of axes that are all reduced or all kept; axes of 1 join whatever is beside them.
        var runs: [(isReduced: Bool, extent: Int)] = []
        for axis in shape.indices where shape[axis] != 1 {
            let isReduced = axes.contains(axis)
            if let last = runs.last, last.isReduced == isReduced {
                runs[runs.count - 1].extent *= shape[axis]
            } else {
                runs.append((isReduced, shape[axis]))
            }
        }
        switch runs.map(\.isReduced) {
        case [], [false]: self = .rows(length: 1)
        case [true]: self = .rows(length: runs[0].extent)
        case [false, true]: self = .rows(length: runs[1].extent)
        case [true, false]: self = .columns(.init(groups: 1, rows: runs[0].extent, inner: runs[1].extent))
        case [false, true, false]: self = .columns(.init(groups: runs[0].extent, rows: runs[1].extent, inner: runs[2].extent))
        default: self = .scattered
        }
    }
}
