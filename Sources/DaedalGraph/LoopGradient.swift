import DaedalTensor

/// The body of the reversed scan that is the gradient of a loop, and what it wants to be given.
struct LoopGradient {
    /// What an input of the reversed body is.
    enum Role: Hashable {
        /// The cotangent of a carry, and the running gradient of a constant: the carries of the reversed loop.
        case carryCotangent(Int)
        case accumulator(Int)
        /// The forward carry before the step, a sequence's element, a constant: by position among the scan's operands.
        case carry(Int)
        case sequence(Int)
        case constant(Int)
        /// The cotangent of a stacked output, by part.
        case stackCotangent(Int)
        /// A saved result of the forward body.
        case saved(NodeID)
    }

    /// A product with a constant on the right, whose gradient is taken after the loop.
    struct Capture {
        enum Left { case carry(Int), sequence(Int), stack(Int) }
        let constant: Int
        let transposesRight: Bool
        /// Where the left operand of every step is to be found.
        var left: Left
        /// The number of the stack that holds the product's cotangent of every step.
        var cotangentStack: Int
    }

    let loop: Loop
    /// The carries through which gradient flows; then the constants whose gradient is summed step by step. These are the carries.
    private(set) var carries: [Int] = []
    private(set) var accumulated: [Int] = []
    /// The sequences whose gradient is stacked, by position.
    private(set) var sequenceGradients: [Int] = []
    private(set) var captures: [Capture] = []
    private(set) var graph = Graph()
    private(set) var carryResults: [NodeID] = []
    private(set) var stackedResults: [NodeID] = []
    /// The inputs after the carries: sequences first, then constants.
    private(set) var inputs: [Role] = []

    var isEmpty: Bool { carryResults.isEmpty && stackedResults.isEmpty }

    /// Builds the reversed body. `parts` are the parts of the scan that have a cotangent, `wanted` the operands that want theirs.
    init(_ loop: Loop, operandCount: Int, parts: Set<Int>, wanted: [Bool]) throws(ShapeFailure) {
        self.loop = loop
        let active = Self.activePositions(loop, wanted: wanted)
        var full = FullBody(loop, active: active)
        let firstConstant = loop.carryCount + loop.sequenceCount
        carries = active.filter { $0 < loop.carryCount }.sorted()
        let sequences = active.filter { $0 >= loop.carryCount && $0 < firstConstant && wanted[$0] }.sorted()
        let constants = active.filter { $0 >= firstConstant && wanted[$0] }.sorted()

        var seeds: [(output: NodeID, seed: NodeID)] = []
        for carry in carries {
            let next = full.copies[Int(loop.carryResults[carry].index)]
            seeds.append((next, full.input(.carryCotangent(carry), full.graph.signature(of: next))))
        }
        for (number, node) in loop.stackedResults.enumerated() where parts.contains(loop.carryCount + number) {
            let output = full.copies[Int(node.index)]
            guard full.graph[output].type.isFloat else { continue }
            seeds.append((output, full.input(.stackCotangent(loop.carryCount + number), full.graph.signature(of: output))))
        }
        let respectTo = (carries + sequences + constants).map { full.positions[$0] } + full.products.map { Optional($0.node) }
        let present = respectTo.compactMap { $0 }
        let found = try Gradient.append(to: &full.graph, seeds: seeds, respectTo: present)
        let gradients = Dictionary(zip(present, found).compactMap { pair in pair.1.map { (pair.0, $0) } }, uniquingKeysWith: { first, _ in first })
        func gradient(_ position: Int) -> NodeID? { full.positions[position].flatMap { gradients[$0] } }

        // A loop whose outputs do not reach what is wanted gives nothing.
        if gradients.isEmpty { return }
        var results: [NodeID] = []
        for carry in carries {
            let signature = full.graph.signature(of: full.copies[Int(loop.carryResults[carry].index)])
            let step = if let found = gradient(carry) { found } else { try full.graph.filled(0, signature) }
            results.append(step)
        }
        for constant in constants {
            guard let step = gradient(constant) else { continue }
            accumulated.append(constant)
            results.append(try full.graph.add(full.input(.accumulator(constant), full.graph.signature(of: step)), step))
        }
        let carryTotal = results.count
        for sequence in sequences {
            guard let step = gradient(sequence) else { continue }
            sequenceGradients.append(sequence)
            results.append(step)
        }
        for product in full.products {
            guard let dy = gradients[product.node] else { continue }
            results.append(dy)
            var capture = Capture(
                constant: product.constant, transposesRight: product.transposesRight, left: .stack(0), cotangentStack: results.count - 1 - carryTotal)
            switch full.role(of: product.left) {
            case .carry(let position): capture.left = .carry(position)
            case .sequence(let position): capture.left = .sequence(position)
            default:
                results.append(product.left)
                capture.left = .stack(results.count - 1 - carryTotal)
            }
            captures.append(capture)
        }
        finish(full, results, carryTotal)
    }

    /// The positions of operands through which gradient flows: those wanted, and the carries that come to depend on them.
    private static func activePositions(_ loop: Loop, wanted: [Bool]) -> Set<Int> {
        var active = Set(wanted.indices.filter { wanted[$0] })
        guard let last = (loop.carryResults + loop.stackedResults).max() else { return [] }
        while true {
            let sources = loop.body.ids.filter { id in
                if case .input(let position) = loop.body.attributes(of: id) { active.contains(position) } else { false }
            }
            let depends = Gradient.dependents(of: sources, in: loop.body, through: last)
            let next = active.union(loop.carryResults.indices.filter { depends[Int(loop.carryResults[$0].index)] })
            if next == active { return active }
            active = next
        }
    }

    /// Keeps what the results need, cuts at saved results, and numbers the inputs.
    private mutating func finish(_ full: FullBody, _ results: [NodeID], _ carryTotal: Int) {
        let isCut = full.cuts()
        var needed = [Bool](repeating: false, count: full.graph.count)
        for id in results { needed[Int(id.index)] = true }
        for index in stride(from: full.graph.count - 1, through: 0, by: -1) where needed[index] && !isCut[index] {
            for operand in full.graph.operands(of: NodeID(index)) { needed[Int(operand.index)] = true }
        }
        let own = carries.map { Role.carryCotangent($0) } + accumulated.map { Role.accumulator($0) }
        var sequences: [Role] = [], constants: [Role] = []
        for id in full.graph.ids where needed[Int(id.index)] {
            switch isCut[Int(id.index)] ? .saved(full.original(of: id)) : full.role(of: id) {
            case let role? where own.contains(role) || sequences.contains(role) || constants.contains(role): _ = role
            case .constant(let position)?: constants.append(.constant(position))
            case let role?: sequences.append(role)
            case nil: break
            }
        }
        inputs = sequences + constants
        let numbers = Dictionary((own + inputs).enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var copies = [NodeID?](repeating: nil, count: full.graph.count), translation: [Int32] = []
        for id in full.graph.ids where needed[Int(id.index)] {
            let role: Role? = isCut[Int(id.index)] ? .saved(full.original(of: id)) : full.role(of: id)
            let node = full.graph[id]
            if let role, let number = numbers[role] {
                copies[Int(id.index)] = graph.append(.input, type: node.type, shape: node.shape, attributes: .input(number), origin: node.origin)
            } else {
                let operands = full.graph.operands(of: id).compactMap { copies[Int($0.index)] }
                copies[Int(id.index)] = graph.append(copyOf: id, in: full.graph, operands, translation: &translation)
            }
        }
        let new = results.compactMap { copies[Int($0.index)] }
        carryResults = Array(new.prefix(carryTotal))
        stackedResults = Array(new.dropFirst(carryTotal))
    }

    /// The forward scan once more, stacking what the reversed body and the captures want saved; a pass makes one of both.
    func save(_ g: inout Graph, _ operands: [NodeID]) throws(ShapeFailure) -> (carries: [Int: NodeID], nodes: [NodeID: NodeID]) {
        var wantedCarries: [Int] = [], wantedNodes: [NodeID] = []
        for role in inputs {
            if case .carry(let position) = role { wantedCarries.append(position) }
            if case .saved(let id) = role { wantedNodes.append(id) }
        }
        for capture in captures { if case .carry(let position) = capture.left, !wantedCarries.contains(position) { wantedCarries.append(position) } }
        if wantedCarries.isEmpty && wantedNodes.isEmpty { return ([:], [:]) }
        var stacks: [NodeID] = []
        for position in wantedCarries {
            guard let input = loop.body.ids.first(where: { loop.body.attributes(of: $0) == .input(position) }) else {
                throw ShapeFailure("a loop's gradient wants a state that its body does not read")
            }
            stacks.append(input)
        }
        stacks += wantedNodes
        let saving = Loop(
            body: loop.body, carryResults: loop.carryResults, stackedResults: loop.stackedResults + stacks, sequenceCount: loop.sequenceCount,
            length: loop.length, isReversed: loop.isReversed)
        let scan = try g.apply(.scan, operands, .loop(saving))
        var parts: [NodeID] = []
        for number in stacks.indices { parts.append(try g.apply(.part, [scan], .part(loop.carryCount + loop.stackedResults.count + number))) }
        return (
            Dictionary(zip(wantedCarries, parts), uniquingKeysWith: { first, _ in first }),
            Dictionary(zip(wantedNodes, parts.dropFirst(wantedCarries.count)), uniquingKeysWith: { first, _ in first })
        )
    }
}
