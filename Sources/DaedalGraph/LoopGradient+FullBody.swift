import DaedalTensor

extension LoopGradient {
    /// A copy of the forward body to which the gradient is appended, before anything is cut.
    struct FullBody {
        let loop: Loop
        var graph = Graph()
        /// The copy of each node of the forward body.
        private(set) var copies: [NodeID] = []
        /// The input of each operand position that the body reads.
        private(set) var positions: [Int: NodeID] = [:]
        /// Products `left @ constant` whose gradient in the constant is taken after the loop.
        private(set) var products: [(node: NodeID, left: NodeID, constant: Int, transposesRight: Bool)] = []
        private var roles: [NodeID: Role] = [:]
        private var originals: [NodeID: NodeID] = [:]

        init(_ loop: Loop, active: Set<Int>) {
            self.loop = loop
            var translation: [Int32] = []
            let firstConstant = loop.carryCount + loop.sequenceCount
            for id in loop.body.ids {
                let node = loop.body[id]
                if case .input(let position) = loop.body.attributes(of: id) {
                    let role: Role =
                        position < loop.carryCount ? .carry(position) : position < firstConstant ? .sequence(position) : .constant(position)
                    let input = positions[position] ?? input(role, loop.body.signature(of: id))
                    positions[position] = input
                    copies.append(input)
                    continue
                }
                let operands = loop.body.operands(of: id).map { copies[Int($0.index)] }
                let copy: NodeID
                if let (position, right) = capturable(id, operands), active.contains(position) {
                    // The product reads the constant through an input of its own, so that no gradient flows that way.
                    let constant = input(.constant(position), graph.signature(of: positions[position] ?? operands[1]))
                    copy = graph.append(
                        .matrixProduct, [operands[0], constant], type: node.type, shape: node.shape,
                        attributes: .product(transposesLeft: false, transposesRight: right), origin: node.origin)
                    products.append((copy, operands[0], position, right))
                } else {
                    copy = graph.append(copyOf: id, in: loop.body, operands, translation: &translation)
                }
                originals[copy] = id
                copies.append(copy)
            }
        }

        /// The constant that a matrix product has on its right, directly or transposed, and whether it then reads it transposed.
        private func capturable(_ id: NodeID, _ operands: [NodeID]) -> (position: Int, transposesRight: Bool)? {
            let node = loop.body[id]
            guard case .product(false, let right) = loop.body.attributes(of: id), node.shape.rank == 2, node.type.isFloat else { return nil }
            if case .constant(let position)? = roles[operands[1]] { return (position, right) }
            guard case .permutation([1, 0]) = graph.attributes(of: operands[1]),
                case .constant(let position)? = roles[graph.operand(0, of: operands[1])]
            else { return nil }
            return (position, !right)
        }

        /// An input with a role; its position is found at the end.
        mutating func input(_ role: Role, _ signature: Signature) -> NodeID {
            let id = graph.append(.input, type: signature.type, shape: signature.shape, attributes: .input(0))
            roles[id] = role
            return id
        }

        func role(of id: NodeID) -> Role? { roles[id] }

        /// The node of the forward body that a copy copies.
        func original(of id: NodeID) -> NodeID { originals[id] ?? id }

        /// Which copies of forward nodes are saved rather than recomputed: the expensive ones that differ from step to step.
        func cuts() -> [Bool] {
            var cuts = [Bool](repeating: false, count: graph.count), varies = cuts
            for id in graph.ids {
                switch roles[id] {
                case .carry, .sequence: varies[Int(id.index)] = true
                case .constant: break
                case .carryCotangent, .accumulator, .stackCotangent, .saved: varies[Int(id.index)] = true
                case nil: varies[Int(id.index)] = graph.operands(of: id).contains { varies[Int($0.index)] }
                }
                guard originals[id] != nil, varies[Int(id.index)], graph[id].shape.rank < Shape.maximumRank else { continue }
                cuts[Int(id.index)] = graph[id].primitive.isWorthSaving
            }
            return cuts
        }
    }
}

extension Primitive {
    /// Whether recomputing it in a loop's gradient costs more than saving its result.
    fileprivate var isWorthSaving: Bool {
        switch self {
        case .matrixProduct, .convolution, .convolutionInputGradient, .convolutionWeightGradient, .cumulativeSum, .order, .part,
            .exponential, .logarithm, .sine, .cosine, .hyperbolicTangent, .logistic, .errorFunction, .power:
            true
        case .input, .constant, .iota, .random,
            .negate, .absolute, .sign, .squareRoot, .floor, .ceiling, .round, .not, .cast, .stopGradient,
            .add, .subtract, .multiply, .divide, .minimum, .maximum, .floorDivide, .remainder,
            .less, .lessEqual, .equal, .notEqual, .and, .or, .select,
            .reshape, .expand, .permute, .slice, .pad, .concatenate, .reverse, .dynamicSlice, .dynamicUpdate, .gather, .scatter,
            .sum, .product, .maximumOf, .minimumOf, .indexOfMaximum,
            .windowMaximum, .windowMaximumScatter, .windowMaximumGather, .windowSum, .windowSumScatter, .scan:
            false
        }
    }
}
