import DaedalGraph
import DaedalTensor

/// Graphs grown at random from small inputs and telling constants, for passes to be tried on. The same seed gives the same graph.
struct RandomGraph {
    private(set) var graph = Graph()
    private var pool: [NodeID] = []
    private var state: UInt64
    let inputs: [Tensor]

    init(seed: UInt64, count: Int) throws {
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        var tensors: [Tensor] = []
        for (position, shape) in ([[2, 3], [3], [1, 3], [2, 1, 3], [3, 2], []] as [Shape]).enumerated() {
            let values = (0..<(shape.elementCount ?? 0)).map { Double(($0 * 7 + position * 3) % 9) - 4 }
            tensors.append(try Tensor(values.map { $0 == 0 ? 0.5 : $0 * 0.5 }, shape: shape))
        }
        tensors.append(try Tensor([2, 0, 1] as [Int64], shape: [3]))
        inputs = tensors
        for (position, tensor) in tensors.enumerated() {
            pool.append(try graph.apply(.input, [], .input(position), target: Signature(type: tensor.type, shape: tensor.shape)))
        }
        for value in [0.0, 1, -1, 2, 0.5, 4, 3] {
            pool.append(graph.literal(value, .f64))
            pool.append(try graph.filled(value, Signature(type: .f64, shape: [2, 3])))
        }
        pool.append(graph.literal(2, .i64))
        pool.append(graph.literal(true))
        while graph.count < count { grow() }
    }

    /// Some of the last nodes.
    var results: [NodeID] { Array(pool.suffix(8)) }

    private mutating func draw(_ limit: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 33) % limit
    }

    private mutating func pick() -> NodeID { draw(3) == 0 ? pool[draw(pool.count)] : pool[max(0, pool.count - 1 - draw(12))] }

    /// Tries one operation; what the shape rules refuse is forgotten.
    private mutating func grow() {
        let unary: [Primitive] = [.negate, .negate, .absolute, .hyperbolicTangent, .sine, .not, .stopGradient, .logistic]
        let binary: [Primitive] = [.add, .subtract, .multiply, .multiply, .divide, .power, .minimum, .maximum, .and, .or]
        let a = pick(), b = pick()
        let made: NodeID?
        switch draw(14) {
        case 0, 1: made = try? graph.apply(unary[draw(unary.count)], [a])
        case 2, 3, 4, 5:
            let primitive = binary[draw(binary.count)]
            made = (try? graph.meet(a, b)).flatMap { try? graph.apply(primitive, [$0.0, $0.1]) }
        case 6: made = try? graph.convert(a, to: [.f64, .i64, .f32, .f64][draw(4)])
        case 7: made = try? move(a)
        case 8: made = try? reduce(a)
        case 9: made = try? graph.transpose(a)
        case 10: made = try? graph.product(a, b, transposesLeft: draw(2) == 0, transposesRight: draw(2) == 0)
        case 11:
            let axis = graph[a].shape.firstIndex { ($0.known ?? 0) >= 3 }
            made = axis.flatMap { try? graph.apply(.gather, [a, pool[6]], .axis($0)) }
        case 12: made = try? graph.select(pool[pool.count - 1 - draw(min(pool.count, 30))], a, b)
        default:
            let shape = graph[a].shape
            made = try? graph.broadcast(a, to: Shape([2] + Array(shape)))
        }
        if let made, (graph[made].shape.elementCount ?? 0) <= 200 { pool.append(made) }
    }

    private mutating func move(_ a: NodeID) throws -> NodeID {
        let shape = graph[a].shape
        let axis = draw(max(shape.rank, 1)), count = shape.rank == 0 ? 1 : shape[axis].known ?? 1
        switch draw(6) {
        case 0: return try graph.reshape(a, to: [shape.elementCountSize])
        case 1: return try graph.reshape(a, to: Shape([1] + Array(shape)))
        case 2: return try graph.permute(a, Array(shape.indices.reversed()))
        case 3:
            let start = draw(count + 1)
            return try graph.slice(a, axis: axis, from: Size(start), count: Size(max(0, count - start - draw(2))))
        case 4: return try graph.pad(a, axis: axis, low: Size(draw(2)), high: Size(draw(2)))
        default: return draw(2) == 0 ? try graph.concatenate([a, a], axis: axis) : try graph.apply(.reverse, [a], .axes([axis]))
        }
    }

    private mutating func reduce(_ a: NodeID) throws -> NodeID {
        let rank = graph[a].shape.rank
        let axes = (0..<rank).filter { _ in draw(2) == 0 }
        let primitive: Primitive = [.sum, .sum, .maximumOf, .minimumOf, .product][draw(5)]
        return try graph.reduce(primitive, a, axes, keep: draw(2) == 0)
    }
}
