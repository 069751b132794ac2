import DaedalEngine
import DaedalGraph
import DaedalTensor

/// A training step in an arbitrary pattern: losses of networks that share layers, each loss with an optimizer of its own that overwrites the
/// parameters that it trains while the other losses still read them, states that are overwritten, results that are asked for beside.
struct RandomStep {
    private(set) var graph = Graph()
    private(set) var inputs: [Tensor] = []
    private(set) var updates: [PlanRequest.Update] = []
    private(set) var results: [NodeID] = []
    private(set) var finiteCheck: NodeID?
    private var draws: Draws
    private let type: ElementType
    private let rows: Int
    private let widths: [Int]
    /// Parameters by position, with the node that reads them.
    private var parameters: [(position: Int, node: NodeID)] = []
    private var trained: Set<Int> = []

    init(seed: UInt64, type: ElementType) throws {
        draws = Draws(state: seed &* 104_729 &+ 17)
        self.type = type
        rows = [1, 3, 5, 14, 16, 17, 33].randomElement(using: &draws) ?? 5
        widths =
            seed % 20 == 19
            ? [[520, 3, 40], [2, 1100, 7]].randomElement(using: &draws) ?? [5]
            : [[1, 2, 5], [5, 16, 7], [16, 31, 33], [32, 8, 3], [33, 1, 20]].randomElement(using: &draws) ?? [5]
        var losses: [NodeID] = []
        let data = try input([rows, widths[0]])
        var hidden = [data]
        for _ in 0..<Int.random(in: 1...3, using: &draws) {
            // A later loss may go on from what an earlier one made, as a critic's does from a generator's.
            let start = hidden.randomElement(using: &draws) ?? data
            let out = try network(start, &hidden)
            losses.append(try loss(out))
        }
        var total = losses[0]
        for loss in losses.dropFirst() { total = try graph.add(total, loss) }
        finiteCheck = total
        results = losses
        for (number, loss) in losses.enumerated() { try train(loss, isLast: number == losses.count - 1) }
        if flip(), let node = hidden.randomElement(using: &draws) { results.append(node) }
        if flip(), let parameter = parameters.randomElement(using: &draws) { results.append(parameter.node) }
        results.shuffle(using: &draws)
    }

    var request: PlanRequest { PlanRequest(graph: graph, results: results, updates: updates, finiteCheck: finiteCheck) }

    private mutating func flip() -> Bool { Bool.random(using: &draws) }

    // MARK: Parts

    private mutating func input(_ shape: [Int], low: Double = -1, high: Double = 1) throws -> NodeID {
        let values = (0..<shape.reduce(1, *)).map { _ in Double.random(in: low...high, using: &draws) }
        inputs.append(type == .f32 ? try Tensor(values.map { Float($0) }, shape: Shape(shape)) : try Tensor(values, shape: Shape(shape)))
        return try graph.apply(.input, [], .input(inputs.count - 1), target: Signature(type: type, shape: Shape(shape)))
    }

    /// A parameter of a shape: a new one or, at times, one that another layer has too.
    private mutating func parameter(_ shape: [Int]) throws -> NodeID {
        let known = parameters.filter { graph[$0.node].shape == Shape(shape) }
        if !known.isEmpty, flip() { return known[Int.random(in: 0..<known.count, using: &draws)].node }
        let scale = 1 / Double(max(shape.last ?? 1, 1)).squareRoot()
        let node = try input(shape, low: -scale, high: scale)
        parameters.append((inputs.count - 1, node))
        return node
    }

    private func count(_ id: NodeID, _ axis: Int) -> Int { graph[id].shape[axis].known ?? 0 }

    private mutating func network(_ start: NodeID, _ hidden: inout [NodeID]) throws -> NodeID {
        var x = start
        for _ in 0..<Int.random(in: 1...4, using: &draws) {
            x = try layer(x)
            hidden.append(x)
        }
        return x
    }

    /// `x @ w` with whatever may follow a product.
    private mutating func layer(_ x: NodeID) throws -> NodeID {
        let from = count(x, 1), to = widths.randomElement(using: &draws) ?? 3
        var y = flip() ? try graph.product(x, try parameter([to, from]), transposesRight: true) : try graph.product(x, try parameter([from, to]))
        let shape = graph[y].shape
        switch Int.random(in: 0..<5, using: &draws) {
        case 0: break
        case 1: y = try graph.add(try graph.broadcast(try parameter([rows, 1]), to: shape), y)
        default: y = try graph.add(y, try graph.broadcast(try parameter([to]), to: shape))
        }
        if from == to, flip() { y = flip() ? try graph.add(y, x) : try graph.add(x, y) }
        if flip(), shape.rank == 2, rows % 2 == 0 {
            // The same elements under another shape, as sequences have them.
            let wide: Shape = [2, Size(rows / 2), Size(to)]
            y = try graph.reshape(try graph.add(try graph.reshape(y, to: wide), try graph.broadcast(try parameter([to]), to: wide)), to: shape)
        }
        return try activation(y)
    }

    private mutating func activation(_ y: NodeID) throws -> NodeID {
        let shape = graph[y].shape
        switch Int.random(in: 0..<11, using: &draws) {
        case 0, 1, 2: return try graph.apply(.maximum, y, number: 0)
        case 3: return try graph.apply(.hyperbolicTangent, [y])
        case 4: return try graph.apply(.logistic, [y])
        case 5:
            let slope = try graph.select(
                try graph.apply(.less, [try graph.filled(0, graph.signature(of: y)), y]), y, try graph.apply(.multiply, y, number: 0.2))
            return slope
        case 6:
            let bell = try graph.apply(.add, try graph.apply(.errorFunction, [try graph.apply(.multiply, y, number: 0.7071)]), number: 1)
            return try graph.multiply(try graph.apply(.multiply, y, number: 0.5), bell)
        case 7: return try normal(y, [1])
        case 8:
            // Statistics over the batch, remembered in a state.
            let mean = try graph.apply(.multiply, try graph.sum(y, [0]), number: 1 / Double(rows))
            let state = try input([count(y, 1)])
            let next = try graph.add(try graph.apply(.multiply, state, number: 0.9), try graph.apply(.multiply, mean, number: 0.1))
            updates.append(.init(node: next, input: inputs.count - 1))
            return try normal(y, [0])
        case 9:
            let most = try graph.broadcast(try graph.reduce(.maximumOf, y, [1], keep: true), to: shape)
            let e = try graph.apply(.exponential, [try graph.subtract(y, most)])
            return try graph.divide(e, try graph.broadcast(try graph.sum(e, [1], keep: true), to: shape))
        default: return y
        }
    }

    /// Mean 0 and variance near 1 along axes, then scaled and moved by parameters.
    private mutating func normal(_ y: NodeID, _ axes: [Int]) throws -> NodeID {
        let shape = graph[y].shape, number = axes.reduce(1) { $0 * count(y, $1) }
        func mean(_ g: inout Graph, _ x: NodeID) throws -> NodeID {
            try g.broadcast(try g.apply(.multiply, try g.sum(x, axes, keep: true), number: 1 / Double(number)), to: shape)
        }
        let away = try graph.subtract(y, try mean(&graph, y))
        let spread = try mean(&graph, try graph.multiply(away, away))
        let unit = try graph.divide(away, try graph.apply(.squareRoot, [try graph.apply(.add, spread, number: 0.1)]))
        let scaled = try graph.multiply(unit, try graph.broadcast(try parameter([count(y, 1)]), to: shape))
        return try graph.add(scaled, try graph.broadcast(try parameter([count(y, 1)]), to: shape))
    }

    private mutating func loss(_ out: NodeID) throws -> NodeID {
        let away = flip() ? try graph.subtract(out, try input([rows, count(out, 1)])) : out
        return try graph.apply(.multiply, try graph.sum(try graph.multiply(away, away), [0, 1]), number: 1 / Double(rows * count(out, 1)))
    }

    // MARK: Updates

    /// Trains some parameters that no other loss trains.
    private mutating func train(_ loss: NodeID, isLast: Bool) throws {
        let free = parameters.filter { !trained.contains($0.position) }
        let mine = isLast ? free : free.filter { _ in flip() }
        if mine.isEmpty { return }
        let gradients = try Gradient.append(to: &graph, of: loss, respectTo: mine.map(\.node))
        let rule = Int.random(in: 0..<4, using: &draws)
        let rate = try input([], low: 0.01, high: 0.1)
        for (parameter, gradient) in zip(mine, gradients) {
            guard let gradient else { continue }
            trained.insert(parameter.position)
            try update(parameter, gradient, rule, rate)
        }
    }

    private mutating func update(_ parameter: (position: Int, node: NodeID), _ gradient: NodeID, _ rule: Int, _ rate: NodeID) throws {
        let shape = graph[parameter.node].shape
        func scaled(_ g: inout Graph, _ x: NodeID) throws -> NodeID { try g.multiply(try g.broadcast(rate, to: shape), x) }
        func mixed(_ g: inout Graph, _ a: NodeID, _ b: NodeID, _ share: Double) throws -> NodeID {
            try g.add(try g.apply(.multiply, a, number: share), try g.apply(.multiply, b, number: 1 - share))
        }
        var step = gradient
        switch rule {
        case 0: break
        case 1:
            let velocity = try input(shape.counts)
            step = try graph.add(try graph.apply(.multiply, velocity, number: 0.9), gradient)
            updates.append(.init(node: step, input: inputs.count - 1))
        case 2:
            let m = try input(shape.counts), v = try input(shape.counts, low: 0.1, high: 1)
            let nextM = try mixed(&graph, m, gradient, 0.9), nextV = try mixed(&graph, v, try graph.multiply(gradient, gradient), 0.99)
            updates.append(.init(node: nextM, input: inputs.count - 2))
            updates.append(.init(node: nextV, input: inputs.count - 1))
            step = try graph.divide(nextM, try graph.apply(.add, try graph.apply(.squareRoot, [nextV]), number: 1e-3))
        default:
            // What another parameter was before this step.
            let others = parameters.filter { graph[$0.node].shape == shape && $0.position != parameter.position }
            if let other = others.randomElement(using: &draws) { step = try mixed(&graph, gradient, other.node, 0.7) }
        }
        updates.append(.init(node: try graph.subtract(parameter.node, try scaled(&graph, step)), input: parameter.position))
    }
}
