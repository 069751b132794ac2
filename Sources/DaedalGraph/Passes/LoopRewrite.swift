import DaedalTensor

/// A scan written anew: its body optimised, its products taken out of the loop where they can be, its inputs numbered anew.
struct LoopRewrite {
    /// Where the final value of each kept carry, and the stack of each old node of the body, is found afterwards.
    private(set) var finals: [Int: NodeID] = [:]
    private(set) var stacks: [NodeID: NodeID] = [:]

    private let loop: Loop
    /// The positions of the carries that stay.
    private var carries: [Int]
    private let stacked: [NodeID]
    /// The new operands of the old scan.
    private let operands: [NodeID]
    private let body: Graph
    /// The optimised body's node for each old one.
    private let map: [NodeID?]
    /// Products of a sequence's element with a constant, which are sequences themselves when taken before the loop.
    private var hoisted: [NodeID: Product] = [:]
    /// Products with a constant that are only stacked, which can be taken after the loop.
    private var sunk: [NodeID: Product] = [:]
    /// Operations on constants alone, which are taken once before the loop, where something else in the body reads them.
    private var invariant: Set<NodeID> = []
    /// Carries that only add up sums over the first axis: the sums are taken after the loop, over all steps at once.
    private var sums: [(carry: Int, sum: Sum)] = []

    /// `left @ constant`: the left node of the body and the position of the constant.
    private struct Product {
        let left: NodeID
        let constant: Int
        let transposesRight: Bool
    }

    /// `sum(source, axes)` of every step, in the shape of the carry.
    private struct Sum {
        let source: NodeID
        let axes: [Int]
    }

    /// The most bytes that are kept of all steps to add them up after the loop.
    private static let mostSumBytes = 1 << 26

    init(_ loop: Loop, carries: [Int], stacked: [NodeID], operands: [NodeID]) throws {
        self.loop = loop
        self.carries = carries
        self.stacked = stacked
        self.operands = operands
        (body, map) = try Passes.optimise(loop.body, results: carries.map { loop.carryResults[$0] } + stacked)
        findSums()
        findInvariants()
        findProducts()
    }

    private func new(_ id: NodeID) -> NodeID { map[Int(id.index)] ?? id }

    private func isSequence(_ position: Int) -> Bool { position >= loop.carryCount && position < loop.carryCount + loop.sequenceCount }

    private func position(of id: NodeID) -> Int? {
        if case .input(let position) = body.attributes(of: id) { position } else { nil }
    }

    /// How often each node of the body is read.
    private var uses: [Int] {
        var uses = [Int](repeating: 0, count: body.count)
        for id in body.ids { for operand in body.operands(of: id) { uses[Int(operand.index)] += 1 } }
        return uses
    }

    /// Finds carries of which the body does nothing but add `sum(x, [0, …])` to them.
    private mutating func findSums() {
        guard let length = loop.length.known, length > 1 else { return }
        let uses = uses, outputs = Set(stacked.map { new($0) })
        for carry in carries {
            let next = new(loop.carryResults[carry])
            guard body[next].primitive == .add, body[next].type.isFloat, uses[Int(next.index)] == 0, !outputs.contains(next) else { continue }
            let operands = Array(body.operands(of: next))
            guard let own = operands.firstIndex(where: { position(of: $0) == carry }), uses[Int(operands[own].index)] == 1,
                !outputs.contains(operands[own]), carries.allSatisfy({ new(loop.carryResults[$0]) != operands[own] })
            else { continue }
            var step = operands[1 - own]
            while body[step].primitive == .reshape { step = body.operand(0, of: step) }
            guard body[step].primitive == .sum, case .axes(let axes) = body.attributes(of: step), axes.first == 0 else { continue }
            let source = body.operand(0, of: step), shape = body[source].shape
            guard let count = shape.elementCount, shape.rank < Shape.maximumRank, position(of: source) == nil,
                count <= Self.mostSumBytes / body[source].type.byteCount / length
            else { continue }
            sums.append((carry, Sum(source: source, axes: axes)))
        }
        let gone = Set(sums.map(\.carry))
        carries.removeAll { gone.contains($0) }
    }

    /// Finds what depends on constants alone. What only moves elements stays inside: it costs nothing there.
    private mutating func findInvariants() {
        // A loop of no turns computes nothing, and fails at nothing.
        guard let length = loop.length.known, length > 0 else { return }
        let first = loop.carryCount + loop.sequenceCount
        var isFixed = [Bool](repeating: false, count: body.count), isWork = isFixed
        for id in body.ids {
            switch body[id].primitive {
            case .input: isFixed[Int(id.index)] = position(of: id).map { $0 >= first } ?? false
            case .constant, .iota: isFixed[Int(id.index)] = true
            default:
                isFixed[Int(id.index)] = body.operands(of: id).allSatisfy { isFixed[Int($0.index)] }
                isWork[Int(id.index)] = isFixed[Int(id.index)] && !body[id].primitive.onlyMoves && body[id].primitive != .scan
            }
        }
        var isRead = [Bool](repeating: false, count: body.count)
        for id in carries.map({ new(loop.carryResults[$0]) }) + stacked.map({ new($0) }) { isRead[Int(id.index)] = true }
        for id in body.ids where !isWork[Int(id.index)] { for operand in body.operands(of: id) { isRead[Int(operand.index)] = true } }
        invariant = Set(body.ids.filter { isWork[Int($0.index)] && isRead[Int($0.index)] })
    }

    private mutating func findProducts() {
        guard let length = loop.length.known else { return }
        let uses = uses, nexts = Set(carries.map { new(loop.carryResults[$0]) }), outputs = Set(stacked.map { new($0) })
        for id in body.ids {
            guard !invariant.contains(id), case .product(false, let right) = body.attributes(of: id), body[id].shape.rank == 2,
                body[id].shape.isKnown,
                let constant = position(of: body.operand(1, of: id)), constant >= loop.carryCount + loop.sequenceCount,
                let rows = body[id].shape[0].known, length <= Size.maximum / max(rows, 1)
            else { continue }
            let product = Product(left: body.operand(0, of: id), constant: constant, transposesRight: right)
            if let sequence = position(of: product.left), isSequence(sequence) {
                hoisted[id] = product
            } else if uses[Int(id.index)] == 0 && outputs.contains(id) && !nexts.contains(id) {
                sunk[id] = product
            }
        }
    }

    /// Appends the products before the loop, the scan, its parts and the products after it.
    mutating func write(_ rewriter: inout Rewriter) {
        var inner: [NodeID] = []
        for old in stacked {
            let id = new(old), source = sunk[id]?.left ?? id
            if outside(source) == nil && !inner.contains(source) { inner.append(source) }
        }
        for (_, sum) in sums where outside(sum.source) == nil && !inner.contains(sum.source) { inner.append(sum.source) }
        let small = smallBody(inner)
        var given: [NodeID] = carries.map { operands[$0] }
        var before: [NodeID: NodeID] = [:]
        for id in hoisted.keys.sorted() {
            guard let product = hoisted[id], let sequence = position(of: product.left) else { continue }
            before[id] = multiply(&rewriter, operands[sequence], product, of: id)
        }
        var fixed: [NodeID: NodeID] = [:]
        for source in small.sources {
            switch source {
            case .operand(let position): given.append(operands[position])
            case .hoisted(let id): if let product = before[id] { given.append(product) }
            case .invariant(let id): given.append(taken(&rewriter, id, &fixed))
            }
        }
        let written = Loop(
            body: small.graph, carryResults: carries.compactMap { small.map[Int(new(loop.carryResults[$0]).index)] },
            stackedResults: inner.compactMap { small.map[Int($0.index)] }, sequenceCount: small.sequenceCount, length: loop.length,
            isReversed: loop.isReversed)
        let scan = carries.isEmpty && inner.isEmpty ? nil : rewriter.append(.scan, given, Loop.signature, .loop(written))
        func part(_ rewriter: inout Rewriter, _ number: Int) -> NodeID? {
            guard let scan, let signature = written.partSignature(number) else { return nil }
            return rewriter.append(.part, [scan], signature, .part(number))
        }
        func all(_ rewriter: inout Rewriter, _ source: NodeID) -> NodeID? {
            switch outside(source) {
            case .operand(let position)?: return operands[position]
            case .hoisted(let product)?: return before[product]
            case .invariant?, nil: return inner.firstIndex(of: source).flatMap { part(&rewriter, carries.count + $0) }
            }
        }
        for (number, carry) in carries.enumerated() { finals[carry] = part(&rewriter, number) }
        for (carry, sum) in sums { if let stack = all(&rewriter, sum.source) { finals[carry] = add(&rewriter, stack, sum, to: carry) } }
        for old in stacked {
            let id = new(old), source = sunk[id]?.left ?? id
            var stack = all(&rewriter, source)
            if let product = sunk[id], let left = stack { stack = multiply(&rewriter, left, product, of: id) }
            stacks[old] = stack
        }
    }

    /// What gives the elements of a node without the loop: a sequence, or a product taken before it.
    private enum Source: Hashable {
        case operand(Int)
        case hoisted(NodeID)
        case invariant(NodeID)
    }

    /// An invariant operation, taken before the loop.
    private func taken(_ rewriter: inout Rewriter, _ id: NodeID, _ made: inout [NodeID: NodeID]) -> NodeID {
        if let known = made[id] { return known }
        let result: NodeID
        if let position = position(of: id) {
            result = operands[position]
        } else {
            let inner = body.operands(of: id).map { taken(&rewriter, $0, &made) }
            result = rewriter.append(body[id].primitive, inner, body.signature(of: id), body.attributes(of: id))
        }
        made[id] = result
        return result
    }

    /// The final value of a carry to which every step added a sum: `stack` has what was summed, of all steps.
    private func add(_ rewriter: inout Rewriter, _ stack: NodeID, _ sum: Sum, to carry: Int) -> NodeID {
        let start = operands[carry], signature = rewriter.graph.signature(of: start)
        let axes = [0] + sum.axes.map { $0 + 1 }, shape = rewriter.graph[stack].shape
        let kept = Shape(shape.indices.filter { !axes.contains($0) }.map { shape[$0] })
        let total = rewriter.emit(.sum, [stack], Signature(type: signature.type, shape: kept), .axes(axes))
        return rewriter.emit(.add, [start, rewriter.emit(.reshape, [total], signature)], signature)
    }

    private func outside(_ id: NodeID) -> Source? {
        if hoisted[id] != nil { return .hoisted(id) }
        if let position = position(of: id), isSequence(position) { return .operand(position) }
        return nil
    }

    /// The product for all steps at once: `[length, m, k]` with a constant as `[length, m, n]`.
    private func multiply(_ rewriter: inout Rewriter, _ left: NodeID, _ product: Product, of id: NodeID) -> NodeID {
        let element = body[product.left].shape, type = body[id].type, constant = operands[product.constant]
        let rows = loop.length * element[0], columns = body[id].shape[1]
        let flat = rewriter.emit(.reshape, [left], Signature(type: type, shape: [rows, element[1]]))
        let all = rewriter.append(
            .matrixProduct, [flat, constant], Signature(type: type, shape: [rows, columns]),
            .product(transposesLeft: false, transposesRight: product.transposesRight))
        return rewriter.emit(.reshape, [all], Signature(type: type, shape: [loop.length, element[0], columns]))
    }

    /// The body that gives the kept carries and the inner stacks: hoisted products are inputs, inputs are numbered anew.
    private func smallBody(_ inner: [NodeID]) -> (graph: Graph, map: [NodeID?], sources: [Source], sequenceCount: Int) {
        var needed = [Bool](repeating: false, count: body.count)
        for id in carries.map({ new(loop.carryResults[$0]) }) + inner { needed[Int(id.index)] = true }
        for index in stride(from: body.count - 1, through: 0, by: -1)
        where needed[index] && hoisted[NodeID(index)] == nil && !invariant.contains(NodeID(index)) {
            for operand in body.operands(of: NodeID(index)) { needed[Int(operand.index)] = true }
        }
        var sequences: [Source] = [], constants: [Source] = []
        for id in body.ids where needed[Int(id.index)] {
            if invariant.contains(id) {
                constants.append(.invariant(id))
            } else if let source = outside(id) {
                sequences.append(source)
            } else if let position = position(of: id), position >= loop.carryCount {
                constants.append(.operand(position))
            }
        }
        let sources = sequences + constants
        var graph = Graph(), result = [NodeID?](repeating: nil, count: body.count), translation: [Int32] = []
        for id in body.ids where needed[Int(id.index)] {
            let source = invariant.contains(id) ? .invariant(id) : outside(id) ?? position(of: id).map { Source.operand($0) }
            if let source, let number = number(of: source, sources) {
                result[Int(id.index)] = graph.append(
                    .input, type: body[id].type, shape: body[id].shape, attributes: .input(number), origin: body[id].origin)
            } else {
                let operands = body.operands(of: id).compactMap { result[Int($0.index)] }
                result[Int(id.index)] = graph.append(copyOf: id, in: body, operands, translation: &translation)
            }
        }
        return (graph, result, sources, sequences.count)
    }

    /// The new position of an input.
    private func number(of source: Source, _ sources: [Source]) -> Int? {
        if case .operand(let position) = source, position < loop.carryCount { return carries.firstIndex(of: position) }
        return sources.firstIndex(of: source).map { carries.count + $0 }
    }
}
