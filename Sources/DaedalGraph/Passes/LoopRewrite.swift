import DaedalTensor

/// A scan written anew: its body optimised, its products taken out of the loop where they can be, its inputs numbered anew.
struct LoopRewrite {
    /// Where the final value of each kept carry, and the stack of each old node of the body, is found afterwards.
    private(set) var finals: [Int: NodeID] = [:]
    private(set) var stacks: [NodeID: NodeID] = [:]

    private let loop: Loop
    /// The positions of the carries that stay.
    private let carries: [Int]
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

    /// `left @ constant`: the left node of the body and the position of the constant.
    private struct Product {
        let left: NodeID
        let constant: Int
        let transposesRight: Bool
    }

    init(_ loop: Loop, carries: [Int], stacked: [NodeID], operands: [NodeID]) throws {
        self.loop = loop
        self.carries = carries
        self.stacked = stacked
        self.operands = operands
        (body, map) = try Passes.optimise(loop.body, results: carries.map { loop.carryResults[$0] } + stacked)
        findProducts()
    }

    private func new(_ id: NodeID) -> NodeID { map[Int(id.index)] ?? id }

    private func isSequence(_ position: Int) -> Bool { position >= loop.carryCount && position < loop.carryCount + loop.sequenceCount }

    private func position(of id: NodeID) -> Int? {
        if case .input(let position) = body.attributes(of: id) { position } else { nil }
    }

    private mutating func findProducts() {
        guard let length = loop.length.known else { return }
        var uses = [Int](repeating: 0, count: body.count)
        for id in body.ids { for operand in body.operands(of: id) { uses[Int(operand.index)] += 1 } }
        let nexts = Set(carries.map { new(loop.carryResults[$0]) }), outputs = Set(stacked.map { new($0) })
        for id in body.ids {
            guard case .product(false, let right) = body.attributes(of: id), body[id].shape.rank == 2, body[id].shape.isKnown,
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
        let small = smallBody(inner)
        var given: [NodeID] = carries.map { operands[$0] }
        var before: [NodeID: NodeID] = [:]
        for id in hoisted.keys.sorted() {
            guard let product = hoisted[id], let sequence = position(of: product.left) else { continue }
            before[id] = multiply(&rewriter, operands[sequence], product, of: id)
        }
        for source in small.sources {
            switch source {
            case .operand(let position): given.append(operands[position])
            case .hoisted(let id): if let product = before[id] { given.append(product) }
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
        for (number, carry) in carries.enumerated() { finals[carry] = part(&rewriter, number) }
        for old in stacked {
            let id = new(old), source = sunk[id]?.left ?? id
            var stack: NodeID?
            switch outside(source) {
            case .operand(let position)?: stack = operands[position]
            case .hoisted(let product)?: stack = before[product]
            case nil: if let number = inner.firstIndex(of: source) { stack = part(&rewriter, carries.count + number) }
            }
            if let product = sunk[id], let left = stack { stack = multiply(&rewriter, left, product, of: id) }
            stacks[old] = stack
        }
    }

    /// What gives the elements of a node without the loop: a sequence, or a product taken before it.
    private enum Source: Hashable {
        case operand(Int)
        case hoisted(NodeID)
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
        for index in stride(from: body.count - 1, through: 0, by: -1) where needed[index] && hoisted[NodeID(index)] == nil {
            for operand in body.operands(of: NodeID(index)) { needed[Int(operand.index)] = true }
        }
        var sequences: [Source] = [], constants: [Source] = []
        for id in body.ids where needed[Int(id.index)] {
            if let source = outside(id) {
                sequences.append(source)
            } else if let position = position(of: id), position >= loop.carryCount {
                constants.append(.operand(position))
            }
        }
        let sources = sequences + constants
        var graph = Graph(), result = [NodeID?](repeating: nil, count: body.count), translation: [Int32] = []
        for id in body.ids where needed[Int(id.index)] {
            let source = outside(id) ?? position(of: id).map { Source.operand($0) }
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
