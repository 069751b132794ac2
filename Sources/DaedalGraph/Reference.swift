import DaedalTensor

/// The slow twin of every kernel: what each primitive means, in plain Swift.
///
/// Floats are doubles between nodes, for f32 graphs too, and are rounded where a cast to f32 says so and on delivery: the reference is what a
/// kernel should have given had it made no rounding errors. Integers wrap at their width after every operation.
package enum Reference {
    /// Why there is no value.
    package enum Failure: Error, Hashable, Sendable {
        case indexOutOfRange(index: Int, limit: Int)
        case integerDivisionByZero
        /// An input that was not given, or has another type or shape than the node says.
        case wrongInput(Int)
        /// A size that is a symbol.
        case symbolicShape(Shape)
        case outOfMemory
    }

    /// The values of `results`. The inputs are found by the positions that input nodes name.
    package static func evaluate(_ graph: Graph, inputs: [Tensor], results: [NodeID]) throws -> [Tensor] {
        let values = try run(graph, inputs: inputs.map { Value($0) }, results: results)
        return try values.map { try $0.tensor() }
    }

    /// Evaluates what `results` need, in order.
    static func run(_ graph: Graph, inputs: [Value], results: [NodeID]) throws(Failure) -> [Value] {
        var values = [Value?](repeating: nil, count: graph.count)
        var parts: [NodeID: [Value]] = [:]
        let needed = graph.needed(for: results)
        for id in graph.ids where needed[Int(id.index)] {
            let signature = graph.signature(of: id), attributes = graph.attributes(of: id)
            guard signature.shape.isKnown else { throw .symbolicShape(signature.shape) }
            switch (graph[id].primitive, attributes) {
            case (.input, .input(let position)):
                guard inputs.indices.contains(position), inputs[position].signature == signature else { throw .wrongInput(position) }
                values[Int(id.index)] = inputs[position]
            case (.scan, .loop(let loop)):
                parts[id] = try scan(loop, try operandValues(graph, id, values))
            case (.part, .part(let part)):
                guard let loop = parts[graph.operand(0, of: id)], loop.indices.contains(part) else { throw .wrongInput(part) }
                values[Int(id.index)] = loop[part]
            case (let primitive, _):
                values[Int(id.index)] = try value(of: primitive, try operandValues(graph, id, values), signature, attributes)
            }
        }
        var found: [Value] = []
        for id in results {
            guard let value = values[Int(id.index)] else { throw .wrongInput(Int(id.index)) }
            found.append(value)
        }
        return found
    }

    private static func operandValues(_ graph: Graph, _ id: NodeID, _ values: [Value?]) throws(Failure) -> [Value] {
        var operands: [Value] = []
        for operand in graph.operands(of: id) {
            guard let value = values[Int(operand.index)] else { throw .wrongInput(Int(operand.index)) }
            operands.append(value)
        }
        return operands
    }

    /// The value of one primitive; the shape rule must have allowed it. Inputs, scans and parts belong to `run`.
    static func value(
        of primitive: Primitive, _ x: [Value], _ result: Signature, _ attributes: Attributes
    ) throws(Failure) -> Value {
        switch primitive {
        case .input, .scan, .part: throw .wrongInput(0)
        case .constant: constant(result, attributes)
        case .iota: iota(result, attributes)
        case .random: random(x[0], result, attributes)
        case .negate, .absolute, .sign, .exponential, .logarithm, .squareRoot, .sine, .cosine, .hyperbolicTangent, .logistic, .errorFunction,
            .floor, .ceiling, .round, .not, .cast, .stopGradient:
            unary(primitive, x[0], result)
        case .add, .subtract, .multiply, .divide, .power, .minimum, .maximum, .floorDivide, .remainder, .and, .or:
            try binary(primitive, x[0], x[1], result)
        case .less, .lessEqual, .equal, .notEqual: comparison(primitive, x[0], x[1], result)
        case .select: select(x[0], x[1], x[2], result)
        case .reshape: x[0].reshaped(result.shape)
        case .expand: expand(x[0], result)
        case .permute: permute(x[0], result, attributes)
        case .slice: slice(x[0], result, attributes)
        case .pad: pad(x[0], result, attributes)
        case .concatenate: concatenate(x, result, attributes)
        case .reverse: reverse(x[0], result, attributes)
        case .dynamicSlice: try dynamicSlice(x[0], x[1], result, attributes)
        case .dynamicUpdate: try dynamicUpdate(x[0], x[1], x[2], result, attributes)
        case .gather: try gather(x[0], x[1], result, attributes)
        case .scatter: try scatter(x[0], x[1], x[2], result, attributes)
        case .sum, .product, .maximumOf, .minimumOf: reduce(primitive, x[0], result, attributes)
        case .indexOfMaximum: indexOfMaximum(x[0], result, attributes)
        case .cumulativeSum: cumulativeSum(x[0], result, attributes)
        case .order: order(x[0], result, attributes)
        case .matrixProduct: matrixProduct(x[0], x[1], result, attributes)
        case .convolution: convolution(x[0], x[1], result, attributes)
        case .convolutionInputGradient: convolutionInputGradient(x[0], x[1], result, attributes)
        case .convolutionWeightGradient: convolutionWeightGradient(x[0], x[1], result, attributes)
        case .windowMaximum: windowMaximum(x[0], result, attributes)
        case .windowMaximumScatter: windowMaximumScatter(x[0], x[1], result, attributes)
        case .windowMaximumGather: windowMaximumGather(x[0], x[1], result, attributes)
        case .windowSum: windowSum(x[0], result, attributes)
        case .windowSumScatter: windowSumScatter(x[0], result, attributes)
        }
    }
}

extension Graph {
    /// Which nodes the given ones need, themselves included.
    package func needed(for results: [NodeID]) -> [Bool] {
        var needed = [Bool](repeating: false, count: count)
        for id in results { needed[Int(id.index)] = true }
        for index in stride(from: count - 1, through: 0, by: -1) where needed[index] {
            for operand in operands(of: NodeID(index)) { needed[Int(operand.index)] = true }
        }
        return needed
    }
}
