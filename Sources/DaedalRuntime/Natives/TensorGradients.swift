import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension TensorNatives {
    /// Functions that give derivatives of functions.
    static var gradients: [NativeFunction] {
        [derivative("grad", wantsValue: false), derivative("value_and_grad", wantsValue: true), jacobian, hessian]
    }

    private static func derivative(_ name: String, wantsValue: Bool) -> NativeFunction {
        NativeFunction(name, [.init("f"), .init("of", .int(0), namedOnly: true)], .symbolic) {
            (call: inout NativeCall) throws(RuntimeFailure) -> Value in
            if call.context.isChecking, call[0].isUnknown { return .unknown(.function) }
            let f = try call.function(0)
            var positions: [Int] = []
            for item in try call.items(1) {
                guard case .int(let position) = item, position >= 0 else { throw call.wrongKind(1, "the number of an argument, or a list of them") }
                positions.append(position)
            }
            let isSingle = if case .list = call[1] { false } else { true }
            return .function(
                function(name, like: f) { (arguments, call) throws(RuntimeFailure) in
                    let (value, gradients) = try GradientTracer(f, positions, arguments, call).run()
                    let gradient: Value = isSingle ? gradients[0] : .record(RecordObject(names: nil, fields: gradients))
                    return wantsValue ? .record(RecordObject(names: nil, fields: [value, gradient])) : gradient
                })
        }
    }

    /// A native that is called like `f`: same names, same defaults.
    private static func function(
        _ name: String, like f: Value, _ body: @escaping (Arguments, NativeCall) throws(RuntimeFailure) -> Value
    ) -> NativeFunction {
        guard case .function(let object) = f, !object.parameters.isEmpty else {
            return .tensor(name, [.rest("arguments")], unknown: .anything) { (call) throws(RuntimeFailure) in
                guard case .list(let list) = call[0] else { throw call.wrongKind(0, "arguments") }
                return try body(Arguments(list.items), call)
            }
        }
        let absent = Value.object(AbsentArgument())
        let parameters = object.parameters.map { parameter in
            parameter.isRest
                ? NativeFunction.Parameter.rest(parameter.name)
                : parameter.isRequired ? .init(parameter.name) : NativeFunction.Parameter(parameter.name, absent)
        }
        return .tensor("\(name)(\(object.name))", parameters, unknown: .anything) { (call) throws(RuntimeFailure) in
            var arguments = Arguments(), isNamed = false
            for (parameter, value) in zip(object.parameters, call.arguments) {
                if case .object(let object) = value, object is AbsentArgument {
                    isNamed = true
                } else if parameter.isRest, case .list(let rest) = value {
                    arguments.positional += rest.items
                } else if isNamed {
                    arguments.named.append((parameter.name, value))
                } else {
                    arguments.positional.append(value)
                }
            }
            return try body(arguments, call)
        }
    }

    private static var jacobian: NativeFunction {
        NativeFunction("jacobian", [.init("f")], .symbolic) { (call: inout NativeCall) throws(RuntimeFailure) -> Value in
            if call.context.isChecking, call[0].isUnknown { return .unknown(.function) }
            let f = try call.function(0)
            return .function(function("jacobian", like: f) { (arguments, call) throws(RuntimeFailure) in try rows(of: f, arguments, call) })
        }
    }

    private static var hessian: NativeFunction {
        NativeFunction("hessian", [.init("f")], .symbolic) { (call: inout NativeCall) throws(RuntimeFailure) -> Value in
            if call.context.isChecking, call[0].isUnknown { return .unknown(.function) }
            let f = try call.function(0)
            let slope = function("grad", like: f) { (arguments, call) throws(RuntimeFailure) in
                try GradientTracer(f, [0], arguments, call).run().gradients[0]
            }
            return .function(
                function("hessian", like: f) { (arguments, call) throws(RuntimeFailure) in try rows(of: .function(slope), arguments, call) })
        }
    }

    /// The derivative of every element of f's result by its first argument: `[result…, argument…]`, one gradient for each row of a unit matrix.
    private static func rows(of f: Value, _ arguments: Arguments, _ call: NativeCall) throws(RuntimeFailure) -> Value {
        guard let first = arguments.positional.first, let x = try TensorLiteral.tensor(from: first, in: call.context, at: call.span) else {
            throw call.failure("E202", "differentiates by a tensor or a number, the first argument")
        }
        return try call.context.pinned { () throws(RuntimeFailure) -> Value in
            let start = try call.lowering(), point = start.tensor(try start.float(start.node(x)))
            let value = try call.context.call(f, arguments, at: call.span)
            guard let y = try TensorLiteral.tensor(from: value, in: call.context, at: call.span) else {
                if value.isUnknown { throw .unknownWhileChecking }
                throw call.failure("E202", "needs a function that gives a tensor, not \(value.kindWithArticle)")
            }
            let count = y.shape.elementCountSize, lowering = try call.lowering(), unit = Shape([count, count])
            let diagonal = try lowering.apply(.equal, [lowering.iota(unit, axis: 0), lowering.iota(unit, axis: 1)])
            let seeds = lowering.value(try lowering.cast(diagonal, y.type.isFloat ? y.type : .f32))
            let result = try ScanTracer.run(start: .none, sequences: seeds, call) { (state, seed) throws(RuntimeFailure) in
                let weighed = NativeFunction("row", [.init("x")], .symbolic) { (inner: inout NativeCall) throws(RuntimeFailure) -> Value in
                    var moved = arguments
                    moved.positional[0] = inner[0]
                    let value = try inner.context.call(f, moved, at: inner.span)
                    guard let y = try TensorLiteral.tensor(from: value, in: inner.context, at: inner.span), case .tensor(let seed) = seed else {
                        return value
                    }
                    let lowering = try inner.lowering(), flat = try lowering.reshape(lowering.node(y), Shape([count]))
                    return lowering.value(try lowering.reduce(.sum, lowering.binary(.multiply, flat, lowering.node(seed)), axes: [0]))
                }
                return (state, try GradientTracer(.function(weighed), [0], Arguments([.tensor(point)]), call).run().gradients[0])
            }
            guard case .tensor(let stacked) = result.outs else { return result.outs }
            let end = try call.lowering(), shape = Array(y.shape) + Array(point.shape)
            guard shape.count <= Shape.maximumRank else { throw call.failure("E203", "a tensor has at most \(Shape.maximumRank) axes") }
            return end.value(try end.reshape(end.node(stacked), Shape(shape)))
        }
    }
}

/// Stands for an argument that was not given.
private final class AbsentArgument: Object {}

/// Traces a function and differentiates its result.
struct GradientTracer {
    private let f: Value
    private let positions: [Int]
    private let arguments: Arguments
    private let call: NativeCall

    init(_ f: Value, _ positions: [Int], _ arguments: Arguments, _ call: NativeCall) {
        self.f = f
        self.positions = positions
        self.arguments = arguments
        self.call = call
    }

    /// An argument that is differentiated by.
    private enum Subject {
        case tree(TensorTree, nodes: [NodeID?], isNumber: [Bool])
        case model(paths: [String], cells: [any TraceInput])
    }

    /// The value of the function and the gradient for each position.
    func run() throws(RuntimeFailure) -> (value: Value, gradients: [Value]) {
        let context = call.context
        let wasPinned = context.trace.pins > 0
        var (value, gradients) = try context.pinned { () throws(RuntimeFailure) -> (Value, [Value]) in
            var moved = arguments, subjects: [Subject] = []
            for position in positions {
                guard arguments.positional.indices.contains(position) else {
                    throw call.failure("E102", "there is no argument \(position) to differentiate by; it must be given by position")
                }
                let (subject, argument) = try subject(arguments.positional[position])
                subjects.append(subject)
                moved.positional[position] = argument
            }
            var cells: [any TraceInput] = []
            for case .model(_, let more) in subjects { cells += more }
            let (result, cellNodes) = try context.trace.aliasing(cells) { () throws(RuntimeFailure) in try context.call(f, moved, at: call.span) }
            return try differentiate(result, subjects, cellNodes)
        }
        // Plain numbers in give plain numbers out, where they may be looked at and no derivative around this one goes through them.
        if context.isEager && !wasPinned && !context.isChecking {
            for (at, position) in positions.enumerated() { gradients[at] = try plain(gradients[at], like: arguments.positional[position]) }
            if positions.allSatisfy({ arguments.positional[$0].isNumber }) { value = try plain(value, like: arguments.positional[positions[0]]) }
        }
        return (value, gradients)
    }

    private func plain(_ value: Value, like argument: Value) throws(RuntimeFailure) -> Value {
        let wanted = TensorTree(argument), given = TensorTree(value)
        guard wanted.leaves.contains(where: \.isNumber), given.leaves.count == wanted.leaves.count else { return value }
        var leaves = given.leaves
        for (at, leaf) in wanted.leaves.enumerated() where leaf.isNumber {
            if case .tensor(let tensor) = leaves[at], tensor.shape.rank == 0 {
                leaves[at] = try call.context.force(tensor, at: call.span).plain(at: 0)
            }
        }
        return given.rebuilt(leaves)
    }

    /// An argument in whose place a node of its own stands.
    private func subject(_ argument: Value) throws(RuntimeFailure) -> (Subject, Value) {
        if case .model(let model) = argument {
            let trained = model.allSlots.filter { $0.slot.kind == .param && !$0.slot.isFrozen }
            return (.model(paths: trained.map(\.path), cells: trained.map(\.slot.cell)), argument)
        }
        if call.context.isChecking, case .object = argument { throw .unknownWhileChecking }
        let isWhole = if case .tensor = argument { true } else { argument.isNumber }
        let tree = TensorTree(argument), lowering = try call.lowering()
        var leaves = tree.leaves, nodes: [NodeID?] = [], isNumber: [Bool] = []
        for (at, leaf) in leaves.enumerated() {
            if leaf.isUnknown && !leaf.isNumber { throw .unknownWhileChecking }
            var node: NodeID?
            switch leaf {
            case .tensor(let tensor):
                // An integer tensor by itself is meant as numbers; inside a record it is indices.
                if tensor.type.isFloat || isWhole { node = try lowering.float(lowering.node(tensor)) }
            case .bool: break
            default: if leaf.isNumber { node = try lowering.literal(leaf, .f64) }
            }
            if let base = node {
                // A node of its own: the same tensor may also be a constant of the function.
                let own = lowering.trace.graph.append(
                    .reshape, [base], type: lowering.type(base), shape: lowering.shape(base), origin: lowering.origin)
                node = own
                leaves[at] = lowering.value(own)
            }
            nodes.append(node)
            isNumber.append(leaf.isNumber)
        }
        guard nodes.contains(where: { $0 != nil }) else {
            // The checker's stand-in of a model is an object whose parameters it does not list.
            if call.context.isChecking { throw .unknownWhileChecking }
            throw call.failure("E202", "cannot differentiate by \(argument.kindWithArticle): it holds no numbers")
        }
        return (.tree(tree, nodes: nodes, isNumber: isNumber), tree.rebuilt(leaves))
    }

    private func differentiate(_ result: Value, _ subjects: [Subject], _ cellNodes: [NodeID?]) throws(RuntimeFailure) -> (Value, [Value]) {
        let lowering = try call.lowering()
        if result.isUnknown && !result.isNumber { throw .unknownWhileChecking }
        guard let output = try TensorLiteral.tensor(from: result, in: call.context, at: call.span) else {
            throw call.failure("E202", "needs a function that gives one float, not \(result.kindWithArticle)")
        }
        guard output.type.isFloat, output.shape.rank == 0 || output.shape.elementCountSize == 1 else {
            throw call.context.failure(
                ShapeFailure(
                    "`\(call.function.name)` needs a function that gives one float; this gives \(output.description)",
                    hint: "`sum` or `mean` makes one"),
                at: call.span)
        }
        let loss = try lowering.reshape(lowering.node(output), .scalar)
        var wanted: [NodeID] = []
        for case .tree(_, let nodes, _) in subjects { wanted += nodes.compactMap { $0 } }
        wanted += cellNodes.compactMap { $0 }
        let found: [NodeID?]
        do throws(ShapeFailure) {
            found = try Gradient.append(to: &lowering.trace.graph, of: loss, respectTo: wanted)
        } catch { throw call.context.failure(error, at: call.span) }
        let gradients = Dictionary(zip(wanted, found), uniquingKeysWith: { first, _ in first })
        func gradient(_ node: NodeID) throws(RuntimeFailure) -> Value {
            if let found = gradients[node], let found { return lowering.value(found) }
            return lowering.value(try lowering.fill(lowering.constant(0, lowering.type(node)), lowering.shape(node)))
        }
        var results: [Value] = [], nextCell = 0
        for subject in subjects {
            switch subject {
            case .tree(let tree, let nodes, _):
                var leaves: [Value] = []
                for node in nodes { leaves.append(try node.map { (node) throws(RuntimeFailure) in try gradient(node) } ?? .none) }
                results.append(tree.rebuilt(leaves))
            case .model(let paths, let cells):
                let byPath = DictionaryObject()
                for (path, cell) in zip(paths, cells) {
                    // A parameter that the function never read has no shape before the model has seen an input, and the gradient 0.
                    if let node = cellNodes[nextCell] {
                        byPath[.string(path)] = try gradient(node)
                    } else {
                        let signature = cell.signature
                        byPath[.string(path)] = lowering.value(try lowering.fill(lowering.constant(0, signature.type), signature.shape))
                    }
                    nextCell += 1
                }
                results.append(.dictionary(byPath))
            }
        }
        return (.tensor(output), results)
    }
}
