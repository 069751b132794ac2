import DaedalEngine
import DaedalGraph
import DaedalTensor

/// A training step as a graph: inputs, the loss, the updates.
struct TrainingStep {
    var graph = Graph()
    var inputs: [Tensor] = []
    var parameters: [NodeID] = []
    var loss: NodeID?
    var updates: [PlanRequest.Update] = []
    private var seed: UInt64 = 1

    private mutating func draw() -> Float {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: seed >> 33) & 0xFFFF) / 65536 - 0.5
    }

    mutating func input(_ shape: [Int], scale: Float = 1) throws -> NodeID {
        let count = shape.reduce(1, *)
        var values: [Float] = []
        for _ in 0..<count { values.append(draw() * scale) }
        inputs.append(try Tensor(values, shape: Shape(shape)))
        return try graph.apply(.input, [], .input(inputs.count - 1), target: Signature(type: .f32, shape: Shape(shape)))
    }

    mutating func parameter(_ shape: [Int], scale: Float) throws -> NodeID {
        let node = try input(shape, scale: scale)
        parameters.append(node)
        return node
    }

    mutating func labels(_ count: Int, classes: Int) throws -> NodeID {
        inputs.append(try Tensor((0..<count).map { Int64($0 % classes) }, shape: [Size(count)]))
        return try graph.apply(.input, [], .input(inputs.count - 1), target: Signature(type: .i64, shape: [Size(count)]))
    }

    mutating func dense(_ x: NodeID, _ from: Int, _ to: Int) throws -> NodeID {
        let w = try parameter([to, from], scale: 2 / Float(from).squareRoot()), b = try parameter([to], scale: 0.1)
        let y = try graph.product(x, w, transposesRight: true)
        return try graph.add(y, try graph.broadcast(b, to: graph[y].shape))
    }

    mutating func relu(_ x: NodeID) throws -> NodeID { try graph.apply(.maximum, x, number: 0) }

    mutating func conv(_ x: NodeID, _ from: Int, _ to: Int, kernel: Int = 3) throws -> NodeID {
        let w = try parameter([to, from, kernel, kernel], scale: 2 / Float(from * kernel * kernel).squareRoot()), b = try parameter([to], scale: 0.1)
        let pad = kernel / 2
        let window = Window(kernel: [kernel, kernel], stride: [1, 1], paddingLow: [pad, pad], paddingHigh: [pad, pad], dilation: [1, 1])
        let y = try graph.apply(.convolution, [x, w], .window(window))
        return try graph.add(y, try graph.broadcast(try graph.reshape(b, to: [Size(to), 1, 1]), to: graph[y].shape))
    }

    mutating func norm(_ x: NodeID, _ channels: Int) throws -> NodeID {
        let shape = graph[x].shape, axes = [0, 2, 3]
        let count = Double(axes.reduce(1) { $0 * (shape[$1].known ?? 1) })
        let gain = try parameter([channels], scale: 1), shift = try parameter([channels], scale: 0.1)
        func mean(_ g: inout Graph, _ x: NodeID) throws -> NodeID { try g.apply(.divide, try g.sum(x, axes, keep: true), number: count) }
        let center = try mean(&graph, x)
        let away = try graph.subtract(x, try graph.broadcast(center, to: shape))
        let spread = try mean(&graph, try graph.multiply(away, away))
        let root = try graph.apply(.squareRoot, [try graph.apply(.add, spread, number: 1e-5)])
        let unit = try graph.divide(away, try graph.broadcast(root, to: shape))
        let scaled = try graph.multiply(unit, try graph.broadcast(try graph.reshape(gain, to: [Size(channels), 1, 1]), to: shape))
        return try graph.add(scaled, try graph.broadcast(try graph.reshape(shift, to: [Size(channels), 1, 1]), to: shape))
    }

    mutating func pool(_ x: NodeID) throws -> NodeID {
        let window = Window(kernel: [2, 2], stride: [2, 2], paddingLow: [0, 0], paddingHigh: [0, 0], dilation: [1, 1])
        return try graph.apply(.windowMaximum, [x], .window(window))
    }

    /// Mean cross-entropy as the library writes it: log-softmax, one value a row, mean.
    mutating func crossEntropy(_ logits: NodeID, _ labels: NodeID) throws {
        let shape = graph[logits].shape, classes = shape[1].known ?? 1, batch = shape[0].known ?? 1
        let most = try graph.apply(.stopGradient, [try graph.reduce(.maximumOf, logits, [1], keep: true)])
        let away = try graph.subtract(logits, try graph.broadcast(most, to: shape))
        let total = try graph.apply(.logarithm, [try graph.sum(try graph.apply(.exponential, [away]), [1], keep: true)])
        let logs = try graph.subtract(away, try graph.broadcast(total, to: shape))
        let flat = try graph.reshape(logs, to: [Size(batch * classes)])
        let start = try graph.apply(.multiply, try graph.iota(Signature(type: .i64, shape: [Size(batch)]), axis: 0), number: Double(classes))
        let picked = try graph.gather(flat, try graph.add(start, labels), axis: 0)
        loss = try graph.negate(try graph.apply(.divide, try graph.sum(picked, [0]), number: Double(batch)))
    }

    mutating func sgd(rate: Double) throws {
        guard let loss else { return }
        let gradients = try Gradient.append(to: &graph, of: loss, respectTo: parameters).compactMap { $0 }
        for (p, g) in zip(parameters, gradients) {
            guard case .input(let position) = graph.attributes(of: p) else { continue }
            let next = try graph.subtract(p, try graph.apply(.multiply, g, number: rate))
            updates.append(PlanRequest.Update(node: next, input: position))
        }
    }

    mutating func adam(rate: Double) throws {
        guard let loss else { return }
        let gradients = try Gradient.append(to: &graph, of: loss, respectTo: parameters).compactMap { $0 }
        let t = try input([], scale: 0)
        func scalar(_ g: inout Graph, _ value: Double) throws -> NodeID {
            let power = try g.apply(.power, [g.literal(value, .f32), t])
            return try g.subtract(g.literal(1, .f32), power)
        }
        let c1 = try scalar(&graph, 0.9), c2 = try scalar(&graph, 0.999)
        for (p, g) in zip(parameters, gradients) {
            guard case .input(let position) = graph.attributes(of: p) else { continue }
            let shape = graph[p].shape
            let m = try input(shape.counts, scale: 0), v = try input(shape.counts, scale: 0)
            let mNext = try graph.add(try graph.apply(.multiply, m, number: 0.9), try graph.apply(.multiply, g, number: 0.1))
            let vNext = try graph.add(
                try graph.apply(.multiply, v, number: 0.999), try graph.apply(.multiply, try graph.apply(.power, g, number: 2), number: 0.001))
            let mHat = try graph.divide(mNext, try graph.broadcast(c1, to: shape)), vHat = try graph.divide(vNext, try graph.broadcast(c2, to: shape))
            let root = try graph.apply(.add, try graph.apply(.squareRoot, [vHat]), number: 1e-8)
            let next = try graph.subtract(p, try graph.divide(try graph.apply(.multiply, mHat, number: rate), root))
            updates += [
                .init(node: next, input: position), .init(node: mNext, input: inputs.count - 2), .init(node: vNext, input: inputs.count - 1),
            ]
        }
        inputs[inputs.count - 2 * parameters.count - 1] = try Tensor(scalar: Float(1))
    }

    static func mlp(batch: Int, sizes: [Int]) throws -> TrainingStep {
        var step = TrainingStep()
        var x = try step.input([batch, sizes[0]])
        for k in 1..<sizes.count {
            x = try step.dense(x, sizes[k - 1], sizes[k])
            if k < sizes.count - 1 { x = try step.relu(x) }
        }
        try step.crossEntropy(x, try step.labels(batch, classes: sizes[sizes.count - 1]))
        try step.adam(rate: 1e-3)
        return step
    }

    /// The network of examples/digits.dl.
    static func digits(batch: Int) throws -> TrainingStep {
        var step = TrainingStep()
        var x = try step.input([batch, 1, 8, 8])
        x = try step.relu(try step.norm(try step.conv(x, 1, 32), 32))
        x = try step.pool(try step.relu(try step.norm(try step.conv(x, 32, 32), 32)))
        x = try step.pool(try step.relu(try step.norm(try step.conv(x, 32, 64), 64)))
        x = try step.dense(try step.graph.reshape(x, to: [Size(batch), 256]), 256, 10)
        try step.crossEntropy(x, try step.labels(batch, classes: 10))
        try step.adam(rate: 1e-3)
        return step
    }
}
