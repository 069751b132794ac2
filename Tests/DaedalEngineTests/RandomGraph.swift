import DaedalGraph
import DaedalTensor

/// A stream of pseudo-random numbers that is the same in every run (SplitMix64).
struct Draws: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A graph of elementwise operations, reductions, movement and products in an arbitrary pattern, with values that stay small.
struct RandomGraph {
    var graph = Graph()
    var inputs: [Tensor] = []
    /// Float nodes that can be read.
    var nodes: [NodeID] = []
    private var draws: Draws
    private let type: ElementType

    init(seed: UInt64, type: ElementType, steps: Int) throws {
        draws = Draws(state: seed &* 7919)
        self.type = type
        let extents = [[4, 6], [2, 3, 5], [3, 40], [2, 70, 3], [5, 130], [1, 7]].randomElement(using: &draws) ?? [4, 6]
        for _ in 0..<Int.random(in: 1...4, using: &draws) {
            let shape = extents.map { Bool.random(using: &draws) || Bool.random(using: &draws) ? $0 : 1 }
            nodes.append(try addInput(shape))
        }
        nodes.append(try addInput([]))
        for _ in 0..<steps { try addStep() }
    }

    private mutating func addInput(_ shape: [Int]) throws -> NodeID {
        let count = shape.reduce(1, *)
        let values = (0..<count).map { _ in Double.random(in: -1.5...1.5, using: &draws) }
        inputs.append(type == .f32 ? try Tensor(values.map { Float($0) }, shape: Shape(shape)) : try Tensor(values, shape: Shape(shape)))
        return try graph.apply(.input, [], .input(inputs.count - 1), target: Signature(type: type, shape: Shape(shape)))
    }

    private mutating func pick() -> NodeID {
        nodes[max(Int.random(in: 0..<nodes.count, using: &draws), Int.random(in: 0..<nodes.count, using: &draws))]
    }

    /// Two nodes in a common shape, if they have one.
    private mutating func pair() throws -> (NodeID, NodeID) {
        let a = pick()
        for _ in 0..<4 {
            let b = pick()
            if let shape = try? Broadcasting.result(of: graph[a].shape, graph[b].shape) {
                return (try graph.broadcast(a, to: shape), try graph.broadcast(b, to: shape))
            }
        }
        return (a, a)
    }

    private mutating func addStep() throws {
        let x = pick(), shape = graph[x].shape
        switch Int.random(in: 0..<20, using: &draws) {
        case 0, 1, 2:
            let functions: [Primitive] = [.hyperbolicTangent, .logistic, .sine, .cosine, .negate, .absolute, .errorFunction, .floor, .round, .sign]
            nodes.append(try graph.apply(functions.randomElement(using: &draws) ?? .negate, [x]))
        case 3, 4, 5, 6:
            let (a, b) = try pair()
            nodes.append(try graph.apply([.add, .subtract, .multiply, .minimum, .maximum].randomElement(using: &draws) ?? .add, [a, b]))
        case 7:
            let numbers: [Double] = [0.5, 2, -1, 0, 0.1]
            let number = numbers.randomElement(using: &draws) ?? 1
            nodes.append(try graph.apply([.add, .subtract, .multiply, .maximum].randomElement(using: &draws) ?? .add, x, number: number))
        case 8:
            let (a, b) = try pair()
            let condition = try graph.apply([.less, .lessEqual].randomElement(using: &draws) ?? .less, [a, b])
            nodes.append(try graph.select(condition, a, try graph.apply(.multiply, b, number: 0.5)))
        case 9:
            let positive = try graph.apply(.add, try graph.multiply(x, x), number: 0.5)
            nodes.append(try graph.apply([.squareRoot, .logarithm].randomElement(using: &draws) ?? .squareRoot, [positive]))
        case 10, 11, 12:
            let axes = shape.indices.filter { _ in Bool.random(using: &draws) }
            if axes.isEmpty { return }
            let count = axes.reduce(1) { $0 * (shape[$1].known ?? 1) }
            let keep = Bool.random(using: &draws)
            if Bool.random(using: &draws) {
                let total = try graph.sum(x, axes, keep: keep)
                nodes.append(try graph.apply(.multiply, total, number: 1 / Double(max(count, 1))))
            } else {
                nodes.append(try graph.reduce([.maximumOf, .minimumOf].randomElement(using: &draws) ?? .maximumOf, x, axes, keep: keep))
            }
        case 13:
            guard shape.rank > 1 else { return }
            nodes.append(try graph.permute(x, Array(shape.indices).shuffled(using: &draws)))
        case 14:
            let count = shape.elementCount ?? 1
            nodes.append(try graph.reshape(x, to: count % 2 == 0 ? [2, Size(count / 2)] : [Size(count)]))
        case 15:
            guard let axis = shape.indices.randomElement(using: &draws), let extent = shape[axis].known, extent > 1 else { return }
            let start = Int.random(in: 0..<extent, using: &draws)
            nodes.append(try graph.slice(x, axis: axis, from: Size(start), count: Size(Int.random(in: 1...(extent - start), using: &draws))))
        case 16:
            guard let axis = shape.indices.randomElement(using: &draws) else { return }
            nodes.append(try graph.apply(.reverse, [x], .axes([axis])))
        case 17:
            guard shape.rank == 2 else { return }
            nodes.append(try graph.apply(.hyperbolicTangent, [try graph.product(x, x, transposesRight: true)]))
        case 18:
            // A softmax over the last axis.
            guard shape.rank > 0 else { return }
            let axis = [shape.rank - 1]
            let most = try graph.broadcast(try graph.reduce(.maximumOf, x, axis, keep: true), to: shape)
            let e = try graph.apply(.exponential, [try graph.subtract(x, most)])
            nodes.append(try graph.divide(e, try graph.broadcast(try graph.sum(e, axis, keep: true), to: shape)))
        default:
            guard shape.rank > 0 else { return }
            nodes.append(try graph.pad(x, axis: 0, low: 1, high: 0, value: 0.25))
        }
    }

    /// Some nodes to ask for: the last and some others.
    mutating func results() -> [NodeID] {
        [nodes[nodes.count - 1]] + (0..<3).compactMap { _ in nodes.randomElement(using: &draws) }
    }

    /// Inputs with nodes of equal shape that may overwrite them.
    mutating func updates() -> [(input: Int, node: NodeID)] {
        inputs.indices.compactMap { input in
            let candidates = nodes.filter { graph[$0].shape == inputs[input].shape }
            return candidates.randomElement(using: &draws).map { (input, $0) }
        }
    }
}
