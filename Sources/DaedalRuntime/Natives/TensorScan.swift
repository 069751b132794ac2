import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension TensorNatives {
    /// Loops along the first axis.
    static var loops: [NativeFunction] { [scan, each] }

    private static var scan: NativeFunction {
        .tensor("scan", [.init("step"), .init("start"), .init("xs")], unknown: .record) { (call) throws(RuntimeFailure) in
            let step = try call.function(0)
            let (state, outs) = try ScanTracer.run(start: call[1], sequences: call[2], call) { (state, x) throws(RuntimeFailure) in
                let value = try call.context.call(step, Arguments([state, x]), at: call.span)
                guard case .record(let pair) = value, pair.fields.count == 2 else {
                    if value.isUnknown { throw .unknownWhileChecking }
                    throw call.failure("E202", "`step` must give a pair (state, out), not \(value.kindWithArticle)")
                }
                return (pair.fields[0], pair.fields[1])
            }
            return .record(RecordObject(names: nil, fields: [state, outs]))
        }
    }

    private static var each: NativeFunction {
        NativeFunction("each", [.init("f")], .symbolic) { (call: inout NativeCall) throws(RuntimeFailure) -> Value in
            let f = try call.function(0)
            let mapped = NativeFunction.tensor("each", [.init("xs"), .rest("more")], unknown: .anything) { (call) throws(RuntimeFailure) in
                guard case .list(let more) = call[1] else { throw call.wrongKind(1, "tensors") }
                let sequences = more.items.isEmpty ? call[0] : .record(RecordObject(names: nil, fields: [call[0]] + more.items))
                return try ScanTracer.run(start: .none, sequences: sequences, call) { (state, x) throws(RuntimeFailure) in
                    var arguments = Arguments([x])
                    if !more.items.isEmpty, case .record(let parts) = x { arguments = Arguments(parts.fields) }
                    return (state, try call.context.call(f, arguments, at: call.span))
                }.outs
            }
            return .function(mapped)
        }
    }
}

/// Traces the step of a loop once into a body, and lowers the loop.
struct ScanTracer {
    /// One turn of the loop, on values of the body's trace.
    typealias Step = (_ state: Value, _ x: Value) throws(RuntimeFailure) -> (state: Value, out: Value)

    /// A function of one example over the first axis of a batch; the draws inside are keyed by `keys` (i64, one a row) instead of by turns.
    static func each(
        _ batch: Value, keys: TensorObject, in context: EvaluationContext, at span: Span, _ body: (Value) throws(RuntimeFailure) -> Value
    ) throws(RuntimeFailure) -> Value {
        let native = NativeFunction("each", [], .symbolic) { _ throws(RuntimeFailure) in .none }
        let call = NativeCall(context: context, arguments: [], span: span, function: native)
        return try run(start: .none, sequences: batch, call, keys: keys) { (state, x) throws(RuntimeFailure) in (state, try body(x)) }.outs
    }

    /// Runs a loop: the final state and the stacked results.
    static func run(
        start: Value, sequences: Value, _ call: NativeCall, keys: TensorObject? = nil, _ step: Step
    ) throws(RuntimeFailure) -> (state: Value, outs: Value) {
        var tracer = try ScanTracer(start: start, sequences: sequences, call)
        tracer.keys = keys
        var carried = tracer.carried
        // A state that starts as a plain number takes the type and shape that the step gives it.
        for _ in 0..<4 {
            switch try tracer.trace(carried, step) {
            case .loop(let state, let outs): return (state, outs)
            case .again(let signatures): carried = signatures
            }
        }
        throw call.failure("E201", "the state changes its type or shape at every step")
    }

    private let call: NativeCall
    private let state: TensorTree
    private let xs: TensorTree
    /// The positions of leaves of the state that change.
    private let places: [Int]
    private let sequences: [TensorObject]
    private let length: Size
    private let carried: [Signature]
    /// What tells the draws of turns apart, one number a turn; nil where the turns are counted.
    private var keys: TensorObject?

    private enum Outcome {
        case loop(Value, Value)
        case again([Signature])
    }

    private init(start: Value, sequences: Value, _ call: NativeCall) throws(RuntimeFailure) {
        self.call = call
        state = TensorTree(start)
        var places: [Int] = [], carried: [Signature] = []
        for (at, leaf) in state.leaves.enumerated() {
            if case .none = leaf { continue }
            if leaf.isUnknown && !leaf.isNumber { throw .unknownWhileChecking }
            if case .tensor(let tensor) = leaf {
                carried.append(tensor.signature)
            } else if leaf.isNumber {
                carried.append(Signature(type: TensorLiteral.type(of: leaf), shape: .scalar))
            } else {
                throw call.failure("E202", "the state of a loop holds tensors and numbers, not \(leaf.kindWithArticle)")
            }
            places.append(at)
        }
        self.places = places
        self.carried = carried
        xs = TensorTree(try Self.sequences(sequences, call))
        var tensors: [TensorObject] = []
        for leaf in xs.leaves {
            if leaf.isUnknown { throw .unknownWhileChecking }
            guard case .tensor(let tensor) = leaf, tensor.shape.rank > 0 else {
                throw call.failure("E202", "goes along the first axis of tensors; this is \(leaf.kindWithArticle)")
            }
            tensors.append(tensor)
        }
        guard let first = tensors.first else { throw call.failure("E202", "needs at least one tensor to go along") }
        length = first.shape[0]
        for tensor in tensors where tensor.shape[0].relation(to: length) == .different {
            throw call.context.failure(
                ShapeFailure("the tensors to go along have \(length) and \(tensor.shape[0]) elements on the first axis"), at: call.span)
        }
        self.sequences = tensors
    }

    /// Lists of numbers as tensors, also inside of records.
    private static func sequences(_ value: Value, _ call: NativeCall) throws(RuntimeFailure) -> Value {
        if case .record(let record) = value {
            var fields: [Value] = []
            for field in record.fields { fields.append(try sequences(field, call)) }
            return .record(RecordObject(names: record.names, fields: fields))
        }
        guard !value.isNumber, let tensor = try TensorLiteral.tensor(from: value, in: call.context, at: call.span) else { return value }
        return .tensor(tensor)
    }

    /// Traces one turn with a state of these types and shapes.
    private func trace(_ carried: [Signature], _ step: Step) throws(RuntimeFailure) -> Outcome {
        let outer = call.context.trace, body = Trace(bodyIn: outer)
        var leaves = state.leaves
        for (place, signature) in zip(places, carried) { leaves[place] = .tensor(TensorObject(trace: body, node: body.input(signature))) }
        var parts: [Value] = []
        for tensor in sequences {
            let element = Signature(type: tensor.type, shape: tensor.shape.removing(axis: 0))
            parts.append(.tensor(TensorObject(trace: body, node: body.input(element))))
        }
        let context = call.context
        let traced = try context.withTrace(body) {
            (body) throws(RuntimeFailure) -> (Outcome?, carries: [NodeID], outs: TensorTree, stacked: [NodeID]) in
            let (next, out) = try step(state.rebuilt(leaves), xs.rebuilt(parts))
            let nextTree = TensorTree(next), outTree = TensorTree(out)
            guard nextTree.hasForm(of: state) else { throw call.failure("E202", "the state after a step has another form than the one before it") }
            let lowering = try Lowering(context, at: call.span)
            var carries: [NodeID] = [], wanted: [Signature] = []
            for (place, signature) in zip(places, carried) {
                let node = try self.node(nextTree.leaves[place], as: signature.type, lowering)
                wanted.append(try meeting(signature, lowering.trace.graph.signature(of: node), place))
                carries.append(node)
            }
            if wanted != carried { return (.again(wanted), [], outTree, []) }
            for (at, signature) in carried.enumerated() {
                carries[at] = try lowering.broadcast(lowering.cast(carries[at], signature.type), to: signature.shape)
            }
            var stacked: [NodeID] = []
            for leaf in outTree.leaves {
                if case .none = leaf { continue }
                stacked.append(try self.node(leaf, as: nil, lowering))
            }
            return (nil, carries, outTree, stacked)
        }
        if let again = traced.0 { return again }
        return try close(body, traced.carries, traced.stacked, traced.outs, carried)
    }

    private func node(_ value: Value, as type: ElementType?, _ lowering: Lowering) throws(RuntimeFailure) -> NodeID {
        if case .tensor(let tensor) = value { return try lowering.node(tensor) }
        if value.isNumber { return try lowering.literal(value, max(TensorLiteral.type(of: value), type ?? .bool)) }
        if value.isUnknown { throw .unknownWhileChecking }
        throw call.failure("E202", "a step gives tensors and numbers, not \(value.kindWithArticle)")
    }

    /// The type and shape in which a state meets what the step makes of it: only plain numbers may grow.
    private func meeting(_ before: Signature, _ after: Signature, _ place: Int) throws(RuntimeFailure) -> Signature {
        var result = before
        let isNumber = state.leaves[place].isNumber
        if after.type > before.type { result.type = after.type }
        let fits = before.shape.rank == after.shape.rank && zip(before.shape, after.shape).allSatisfy { $0.relation(to: $1) != .different }
        if !fits {
            guard isNumber && before.shape.rank == 0 else {
                throw call.context.failure(
                    ShapeFailure(
                        "the state starts as \(before.shape) and becomes \(after.shape)", hint: "a step gives a state of the shape it was given"),
                    at: call.span)
            }
            result.shape = after.shape
        }
        return result
    }

    /// Lowers the loop around its body.
    private func close(
        _ body: Trace, _ carries: [NodeID], _ stacked: [NodeID], _ outs: TensorTree, _ carried: [Signature]
    ) throws(RuntimeFailure) -> Outcome {
        let lowering = try call.lowering()
        var operands: [NodeID] = []
        for (place, signature) in zip(places, carried) {
            operands.append(try lowering.broadcast(lowering.node(state.leaves[place], as: signature.type), to: signature.shape))
        }
        for tensor in sequences { operands.append(try lowering.node(tensor)) }
        // What the body met beside state and sequences: random keys differ at every turn, everything else is the same in all of them.
        var order = Array(0..<operands.count)
        let captured = operands.count..<body.inputs.count
        let draws = captured.filter { body.inputs[$0] is RandomDraw || body.isKey($0) }, constants = captured.filter { !draws.contains($0) }
        order += draws + constants
        for position in draws { operands.append(try turnKeys(lowering.bind(body, position), lowering)) }
        for position in constants { operands.append(try lowering.bind(body, position)) }
        let graph = order == Array(0..<order.count) ? body.graph : Self.renumbered(body.graph, order)
        let loop = Loop(
            body: graph, carryResults: carries, stackedResults: stacked, sequenceCount: sequences.count + draws.count, length: length,
            isReversed: false)
        let scan = try lowering.apply(.scan, operands, .loop(loop))
        func part(_ index: Int) throws(RuntimeFailure) -> Value {
            lowering.value(try lowering.apply(.part, [scan], .part(index), target: loop.partSignature(index)))
        }
        var final = state.leaves
        for (index, place) in places.enumerated() { final[place] = try part(index) }
        var results = outs.leaves, next = carries.count
        for (at, leaf) in results.enumerated() {
            if case .none = leaf { continue }
            results[at] = try part(next)
            next += 1
        }
        return .loop(state.rebuilt(final), outs.rebuilt(results))
    }

    /// A stream key for every turn: `[length, 2]` from `[2]`.
    private func turnKeys(_ key: NodeID, _ lowering: Lowering) throws(RuntimeFailure) -> NodeID {
        let shape = Shape([length, 2])
        // The odd multiplier of SplitMix64 keeps the keys of all turns apart; only the stream key (column 0) is changed.
        let turn: NodeID
        if let keys {
            turn = try lowering.expand(lowering.reshape(lowering.node(keys), Shape([length, 1])), shape)
        } else {
            turn = try lowering.binary(.multiply, lowering.iota(shape, axis: 0), lowering.constant(int: 0x1E37_79B9_7F4A_7C15, .i64))
        }
        let isKey = try lowering.apply(.equal, [lowering.iota(shape, axis: 1), lowering.fill(lowering.constant(int: 0, .i64), shape)])
        let step = try lowering.apply(.select, [isKey, turn, lowering.fill(lowering.constant(int: 0, .i64), shape)])
        return try lowering.apply(.add, [lowering.broadcast(key, to: shape), step])
    }

    /// The graph with its inputs at other positions: new position k was `order[k]`.
    private static func renumbered(_ graph: Graph, _ order: [Int]) -> Graph {
        var position = [Int](repeating: 0, count: order.count)
        for (new, old) in order.enumerated() { position[old] = new }
        var result = Graph()
        for id in graph.ids {
            let node = graph[id]
            var attributes = graph.attributes(of: id)
            if node.primitive == .input, case .input(let old) = attributes { attributes = .input(position[old]) }
            _ = result.append(
                node.primitive, Array(graph.operands(of: id)), type: node.type, shape: node.shape, attributes: attributes, origin: node.origin)
        }
        return result
    }
}

extension Lowering {
    /// The node that an input of a loop's body stands for, in the trace around it.
    fileprivate func bind(_ body: Trace, _ position: Int) throws(RuntimeFailure) -> NodeID {
        switch body.inputs[position] {
        case let tensor as TensorObject: return try node(tensor)
        case let object?: return trace.input(object)
        // The checker's placeholders stand for nothing, here as there.
        case nil: return trace.input(body.graph.signature(of: body.inputNodes[position]))
        }
    }
}

extension Trace {
    /// Whether an input is the checker's stand-in for a random key.
    fileprivate func isKey(_ position: Int) -> Bool { inputs[position] == nil && graph.signature(of: inputNodes[position]) == RandomDraw.signature }
}
