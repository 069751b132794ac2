import DaedalGraph
import DaedalTensor

/// One use of a primitive with data to try it on. The same cases hold reference, gradients and kernels together.
package struct PrimitiveCase: Sendable, CustomStringConvertible {
    /// What an operand is filled with; always the same numbers for the same case.
    package enum Contents: Sendable {
        /// Distinct numbers, evenly spread over a range and shuffled, so that nothing ties and differences are smooth.
        case spread(Double, Double)
        /// Whole numbers from a closed range; many are equal.
        case whole(Int, Int)
        /// These, over and over.
        case values([Double])
    }

    package struct Operand: Sendable {
        package let signature: Signature
        package let contents: Contents
        package init(_ type: ElementType, _ shape: [Int], _ contents: Contents) {
            signature = Signature(type: type, shape: Shape(shape))
            self.contents = contents
        }
    }

    package let primitive: Primitive
    package let note: String
    package let operands: [Operand]
    /// The attributes when floats have the given type (bodies of loops hold types).
    package let attributes: @Sendable (ElementType) -> Attributes
    package let target: Signature?
    /// Whether the gradient exists and derivatives may be compared with finite differences here.
    package let isSmooth: Bool

    package init(
        _ primitive: Primitive, _ operands: [Operand], _ attributes: Attributes = .none, target: Signature? = nil, isSmooth: Bool = true,
        note: String = ""
    ) {
        self.init(primitive, operands, loop: { _ in attributes }, target: target, isSmooth: isSmooth, note: note)
    }

    package init(
        _ primitive: Primitive, _ operands: [Operand], loop attributes: @escaping @Sendable (ElementType) -> Attributes, target: Signature? = nil,
        isSmooth: Bool = true, note: String = ""
    ) {
        self.primitive = primitive
        self.operands = operands
        self.attributes = attributes
        self.target = target
        self.isSmooth = isSmooth
        self.note = note
    }

    package var description: String {
        "\(primitive.name)(\(operands.map(\.signature.description).joined(separator: ", ")))\(note.isEmpty ? "" : " " + note)"
    }

    /// The case as a graph whose floats have the given type: the inputs, and the nodes to look at (all parts of a loop).
    package func graph(floats: ElementType) throws -> (graph: Graph, inputs: [NodeID], results: [NodeID]) {
        var graph = Graph()
        var inputs: [NodeID] = []
        for (position, operand) in operands.enumerated() {
            inputs.append(try graph.apply(.input, [], .input(position), target: retyped(operand.signature, floats)))
        }
        let attributes = attributes(floats)
        let wanted = target.map { retyped($0, floats) }
        guard case .loop(let loop) = attributes else {
            let result = try graph.apply(primitive, inputs, attributes, target: wanted)
            return (graph, inputs, [result])
        }
        let scan = try graph.apply(.scan, inputs, attributes)
        var parts: [NodeID] = []
        for part in 0..<loop.carryCount + loop.stackedResults.count { parts.append(try graph.apply(.part, [scan], .part(part))) }
        return (graph, inputs, parts)
    }

    /// The operands' contents, floats in the given type.
    package func tensors(floats: ElementType) throws -> [Tensor] {
        try operands.enumerated().map { position, operand in
            let signature = retyped(operand.signature, floats), count = signature.shape.elementCount ?? 0
            let values = Self.numbers(operand.contents, count: count, salt: position)
            switch signature.type {
            case .bool: return try Tensor(values.map { $0 != 0 }, shape: signature.shape)
            case .i32: return try Tensor(values.map { Int32.saturating($0) }, shape: signature.shape)
            case .i64: return try Tensor(values.map { Int64.saturating($0) }, shape: signature.shape)
            case .f32: return try Tensor(values.map { Float($0) }, shape: signature.shape)
            case .f64: return try Tensor(values, shape: signature.shape)
            }
        }
    }

    /// The type that stands for `f32` in a case; random numbers are f32 always.
    private func retyped(_ signature: Signature, _ floats: ElementType) -> Signature {
        let keeps = primitive == .random || signature.type != .f32
        return Signature(type: keeps ? signature.type : floats, shape: signature.shape)
    }

    private static func numbers(_ contents: Contents, count: Int, salt: Int) -> [Double] {
        let draws = Philox.draw(.uniform, count: count, stream: Int64(salt) + 17, execution: Int64(count))
        switch contents {
        case .spread(let low, let high):
            let order = draws.indices.sorted { draws[$0] < draws[$1] }
            var values = [Double](repeating: 0, count: count)
            for (rank, place) in order.enumerated() {
                values[place] = low + (high - low) * (Double(rank) + 0.29 + 0.17 * Double(salt % 4)) / Double(count)
            }
            return values
        case .whole(let low, let high): return draws.map { Double(low) + ($0 * Double(high - low + 1)).rounded(.down) }
        case .values(let list): return (0..<count).map { list[$0 % list.count] }
        }
    }
}

extension PrimitiveCase {
    /// Every case of every primitive.
    package static let all: [PrimitiveCase] = leaves + elementwise + movement + indexing + reductions + products + convolutions + pooling + loops
}
