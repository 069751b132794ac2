import DaedalGraph
import DaedalTensor

/// The sizes of a convolution node or of one of its adjoints; three spatial axes each, missing leading ones filled.
struct ConvolutionShape {
    let batch: Int, channels: Int, filters: Int, groups: Int
    /// Of x, of the filters, of y.
    let size: [Int], kernel: [Int], output: [Int]
    let stride: [Int], low: [Int], dilation: [Int]
    let type: ElementType

    /// The sizes of a node, nil if it is no convolution.
    init?(_ id: NodeID, in graph: Graph) {
        guard case .window(let window) = graph.attributes(of: id) else { return nil }
        func counts(_ k: Int) -> [Int] { graph[graph.operand(k, of: id)].shape.counts }
        let x: [Int], w: [Int], y: [Int], own = graph[id].shape.counts
        switch graph[id].primitive {
        case .convolution: (x, w, y) = (counts(0), counts(1), own)
        case .convolutionInputGradient: (x, w, y) = (own, counts(1), counts(0))
        case .convolutionWeightGradient: (x, w, y) = (counts(0), own, counts(1))
        default: return nil
        }
        func spatial(_ values: [Int], missing: Int) -> [Int] { Array(repeating: missing, count: max(3 - values.count, 0)) + values }
        (batch, channels, filters, groups) = (x[0], x[1], w[0], window.groups)
        size = spatial(Array(x[2...]), missing: 1)
        kernel = spatial(Array(w[2...]), missing: 1)
        output = spatial(Array(y[2...]), missing: 1)
        stride = spatial(window.stride, missing: 1)
        low = spatial(window.paddingLow, missing: 0)
        dilation = spatial(window.dilation, missing: 1)
        type = graph[id].type
    }

    /// Whether there are at most two spatial axes.
    var isPlane: Bool { size[0] == 1 && kernel[0] == 1 && output[0] == 1 && low[0] == 0 }
    /// Whether every channel has one filter of its own.
    var isDepthwise: Bool { groups > 1 && groups == channels && groups == filters }
    /// The kernel's positions.
    var taps: Int { kernel.reduce(1, *) }
    /// Multiplications and additions of the plain sum.
    var operations: Double { 2 * Double(batch * output.reduce(1, *)) * Double(filters) * Double(channels / max(groups, 1)) * Double(taps) }
}
