import DaedalGraph
import DaedalTensor

/// How a convolution is computed. Chosen by sizes alone, never by a clock: the forms differ in their bits.
enum ConvolutionForm: Equatable {
    /// Sums over taps, tensors as users see them.
    case channelsFirst
    /// Sums over taps, 16 images side by side; tensors as users see them.
    case lanes
    /// Sums over taps, channels last.
    case channelsLast
    /// Every channel by itself, channels last.
    case depthwise
    /// Winograd's F(2 × 2) or F(4 × 4), channels last.
    case winograd(outputs: Int)

    var isChannelsLast: Bool {
        switch self {
        case .channelsFirst, .lanes: false
        case .channelsLast, .depthwise, .winograd: true
        }
    }

    /// The form of a node, whose graph trains or not. F(4 × 4) is for training alone, unless that is to be precise: its error is some ten times that of
    /// the plain sum.
    init(_ id: NodeID, in graph: Graph, isTraining: Bool, isPrecise: Bool) {
        guard let shape = ConvolutionShape(id, in: graph), shape.type == .f32, shape.groups == 1 || shape.isDepthwise else {
            self = .channelsFirst
            return
        }
        if shape.isDepthwise {
            self = .depthwise
            return
        }
        // So few channels leave most of a vector of channels empty; images fill it.
        if shape.channels < 16 && shape.filters <= 16 && shape.batch >= 8 && shape.isPlane && shape.stride == [1, 1, 1]
            && shape.dilation == [1, 1, 1]
            && (0..<3).allSatisfy({ shape.low[$0] < shape.kernel[$0] })
        {
            self = .lanes
            return
        }
        if shape.filters < 16 && shape.channels < 16 {
            self = .channelsFirst
            return
        }
        self = .channelsLast
        let isSmallFilter =
            shape.isPlane && shape.kernel == [1, 3, 3] && shape.stride == [1, 1, 1] && shape.dilation == [1, 1, 1] && shape.low.allSatisfy { $0 <= 2 }
        guard isSmallFilter, shape.channels >= 16, shape.filters >= 16 else { return }
        // The adjoint in the filters sums over all tiles before its last transform, in which what is large cancels.
        if isPrecise && graph[id].primitive == .convolutionWeightGradient { return }
        // What is tiled: y, or for the adjoint in x, x.
        let plane = graph[id].primitive == .convolutionInputGradient ? shape.size : shape.output
        func tiles(_ outputs: Int) -> Int { shape.batch * ((plane[1] + outputs - 1) / outputs) * ((plane[2] + outputs - 1) / outputs) }
        let pairs = shape.filters * shape.channels
        // Transformed filters take 36 or 16 floats a pair; where tiles are few, reading them costs more than is saved.
        if isTraining && !isPrecise && tiles(4) >= 64 && pairs <= 1 << 17 {
            self = .winograd(outputs: 4)
        } else if tiles(2) >= 64 || (!isTraining && tiles(2) >= 16 && pairs <= 1 << 17) {
            // In use, filters are transformed once.
            self = .winograd(outputs: 2)
        }
    }

    /// Whether a graph differentiates a convolution by its filters.
    static func isTraining(_ graph: Graph) -> Bool { graph.ids.contains { graph[$0].primitive == .convolutionWeightGradient } }

    /// Whether what a convolution reads and writes has channels last, which does not depend on whether its graph trains.
    static func isChannelsLast(_ id: NodeID, in graph: Graph) -> Bool {
        ConvolutionForm(id, in: graph, isTraining: false, isPrecise: true).isChannelsLast
    }
}

/// Channels last, `[n, s…, c]`, beside channels first, `[n, c, s…]`.
enum ChannelOrder {
    /// The permutation from channels first to channels last.
    static func last(_ rank: Int) -> [Int] { [0] + Array(2..<rank) + [1] }
    /// The permutation back.
    static func first(_ rank: Int) -> [Int] { [0, rank - 1] + Array(1..<rank - 1) }
    /// Where an axis of channels first is in channels last.
    static func moved(_ axis: Int, _ rank: Int) -> Int { axis == 0 ? 0 : axis == 1 ? rank - 1 : axis - 1 }
    /// Sizes of channels first in the order of channels last.
    static func moved<Element>(_ values: [Element]) -> [Element] { last(values.count).map { values[$0] } }

    /// The view of a tensor of channels first whose elements lie in the order of channels last.
    static func view(_ counts: [Int]) -> StridedView { StridedView(dense: moved(counts)).permuted(first(counts.count)) }
    /// Whether a view of channels first reads all of a tensor that lies in the order of channels last.
    static func isLast(_ view: StridedView) -> Bool { view.extents.count >= 3 && view.permuted(last(view.extents.count)).isDense && !view.isDense }
}
