import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension TensorNatives {
    /// Random draws, keyed by the seed, the place in the program, and how often it drew.
    static var random: [NativeFunction] {
        [
            distribution("normal", .normal, ("mean", 0), ("std", 1)) { (lowering, z, mean, std) throws(RuntimeFailure) in
                try lowering.scaled(z, by: std, plus: mean)
            },
            distribution("uniform", .uniform, ("low", 0), ("high", 1)) { (lowering, u, low, high) throws(RuntimeFailure) in
                try lowering.spread(u, from: low, to: high)
            },
            integers, bernoulli, categorical, permutation, choice, seed,
        ]
    }

    private static func distribution(
        _ name: String, _ kind: Distribution, _ first: (String, Int), _ second: (String, Int),
        _ finish: @escaping (Lowering, NodeID, Value, Value) throws(RuntimeFailure) -> NodeID
    ) -> NativeFunction {
        .tensor(
            name, [.rest("shape"), .init(first.0, .none, namedOnly: true), .init(second.0, .none, namedOnly: true)], unknown: .anything
        ) { (call) throws(RuntimeFailure) in
            guard case .list(let shape) = call[0] else { throw call.wrongKind(0, "a shape") }
            if shape.items.isEmpty && !(call.isNone(1) && call.isNone(2)) {
                // With options only it is a function of a shape.
                let preset = [(name: first.0, value: call[1]), (name: second.0, value: call[2])].filter {
                    if case .none = $0.value { false } else { true }
                }
                return .function(
                    PartialFunction(base: .function(call.function), preset: preset, name: name, parameters: call.function.parameters))
            }
            try call.takePosition(after: shape.items)
            let sizes = try call.shape(0)
            let low = call.isNone(1) ? Value.int(first.1) : try call.numberOrTensor(1)
            let high = call.isNone(2) ? Value.int(second.1) : try call.numberOrTensor(2)
            let lowering = try call.lowering()
            let node = try finish(lowering, lowering.draw(kind, sizes), low, high)
            return try call.single(lowering.tensor(node), isNumber: sizes.rank == 0)
        }
    }

    private static var integers: NativeFunction {
        .tensor("integers", [.init("shape"), .init("low"), .init("high")], unknown: .anything) { (call) throws(RuntimeFailure) in
            let shape = try call.shape(0)
            if case .int(let low) = call[1], case .int(let high) = call[2], low >= high {
                throw call.failure("E203", "there is no integer from \(low) up to but not including \(high)")
            }
            let low = try call.tensor(1), high = try call.tensor(2), lowering = try call.lowering()
            let (a, b) = (try lowering.cast(lowering.node(low), .i64), try lowering.cast(lowering.node(high), .i64))
            let width = try lowering.binary(.subtract, b, a)
            // Two draws of 24 bits, so that wide ranges are filled: 48 bits as a double.
            let fine = try lowering.cast(lowering.draw(.uniform, shape), .f64), coarse = try lowering.cast(lowering.draw(.uniform, shape), .f64)
            let u = try lowering.binary(.add, coarse, lowering.binary(.multiply, fine, lowering.constant(0x1p-24, .f64)))
            let steps = try lowering.cast(lowering.apply(.floor, [lowering.binary(.multiply, u, lowering.cast(width, .f64))]), .i64)
            let inside = try lowering.binary(.minimum, steps, lowering.binary(.subtract, width, lowering.constant(int: 1, .i64)))
            return try call.single(lowering.tensor(lowering.binary(.add, inside, a)), isNumber: shape.rank == 0)
        }
    }

    private static var bernoulli: NativeFunction {
        .tensor("bernoulli", [.init("shape"), .init("chance")], unknown: .anything) { (call) throws(RuntimeFailure) in
            let shape = try call.shape(0), chance = try call.numberOrTensor(1), lowering = try call.lowering()
            let u = try lowering.draw(.uniform, shape)
            return try call.single(lowering.tensor(lowering.binary(.less, u, lowering.node(chance, as: .f32))), isNumber: shape.rank == 0)
        }
    }

    private static var categorical: NativeFunction {
        .tensor("categorical", [.init("logits")]) { (call) throws(RuntimeFailure) in
            let logits = try call.tensor(0)
            guard logits.shape.rank >= 1 else { throw call.failure("E201", "needs logits along the last axis") }
            let lowering = try call.lowering(), x = try lowering.float(lowering.node(logits))
            // The largest of logits with Gumbel noise is distributed as their softmax (Gumbel, 1954).
            let u = try lowering.binary(.maximum, lowering.draw(.uniform, logits.shape), lowering.constant(1e-12, .f32))
            let noise = try lowering.apply(.negate, [lowering.apply(.logarithm, [u])])
            let gumbel = try lowering.apply(.logarithm, [lowering.binary(.maximum, noise, lowering.constant(1e-12, .f32))])
            let score = try lowering.binary(.subtract, x, lowering.cast(gumbel, lowering.type(x)))
            return lowering.value(try lowering.apply(.indexOfMaximum, [score], .axis(logits.shape.rank - 1)))
        }
    }

    private static var permutation: NativeFunction {
        .tensor("permutation", [.init("n")]) { (call) throws(RuntimeFailure) in
            let count = try call.size(0), lowering = try call.lowering()
            return lowering.value(try lowering.apply(.order, [lowering.draw(.normal, Shape([count]))], .axis(0)))
        }
    }

    private static var choice: NativeFunction {
        .tensor("choice", [.init("xs")], unknown: .anything) { (call) throws(RuntimeFailure) in
            let lowering = try call.lowering()
            func place(_ count: Size) throws(RuntimeFailure) -> NodeID {
                if count == 0 { throw call.failure("E203", "there is nothing to choose from") }
                let u = try lowering.draw(.uniform, .scalar), width = lowering.constant(int: count.known ?? 1, .f32)
                let index = try lowering.cast(lowering.apply(.floor, [lowering.binary(.multiply, u, width)]), .i64)
                return try lowering.binary(.minimum, index, lowering.constant(int: (count.known ?? 1) - 1, .i64))
            }
            if case .tensor(let tensor) = call[0] {
                guard let count = tensor.shape.first else { throw call.failure("E203", "there is nothing to choose from") }
                return lowering.value(try lowering.gather(lowering.node(tensor), place(count), axis: 0))
            }
            let items = try call.sequence(0)
            guard let count = Size(exactly: items.count) else { throw call.failure("E203", "the list is too long") }
            let index = try call.context.force(lowering.tensor(place(count)), at: call.span).int(at: 0)
            return items[index]
        }
    }

    private static var seed: NativeFunction {
        NativeFunction("seed", [.init("n")], .effect(result: .none)) { (call: inout NativeCall) throws(RuntimeFailure) -> Value in
            call.context.session.random.reseed(UInt64(bitPattern: Int64(try call.int(0))))
            return .none
        }
    }
}

extension NativeCall {
    /// `uniform([3], -1, 1)`: what follows a list of sizes are the options by position.
    fileprivate mutating func takePosition(after shape: [Value]) throws(RuntimeFailure) {
        guard shape.count > 1, case .list = shape[0] else { return }
        guard shape.count <= 3 else { throw failure("E103", "takes a shape and two numbers, here are \(shape.count) arguments") }
        for (at, value) in shape.enumerated().dropFirst() {
            if !isNone(at) {
                throw RuntimeFailure(
                    "E105", "`\(function.name)` gets `\(function.nativeParameters[at].name)` twice: by position and by name", at: span)
            }
            arguments[at] = value
        }
        arguments[0] = shape[0]
    }

    /// A draw of a single number is a number, where it may be looked at.
    fileprivate func single(_ tensor: TensorObject, isNumber: Bool) throws(RuntimeFailure) -> Value {
        guard isNumber else { return .tensor(tensor) }
        if context.isChecking { return .unknown(tensor.type == .bool ? .bool : tensor.type.isFloat ? .float : .int) }
        guard context.isEager, context.trace.pins == 0 else { return .tensor(tensor) }
        return try context.force(tensor, at: span).plain(at: 0)
    }
}

extension Lowering {
    /// A fresh draw of this place.
    func draw(_ distribution: Distribution, _ shape: Shape) throws(RuntimeFailure) -> NodeID {
        let key =
            context.isChecking
            ? trace.input(RandomDraw.signature)
            : trace.input(context.session.random.draw(at: context.session.place(of: span), in: trace))
        return try apply(.random, [key], .random(distribution), target: Signature(type: .f32, shape: shape))
    }

    /// `x * factor + offset`, without the steps that change nothing.
    func scaled(_ x: NodeID, by factor: Value, plus offset: Value) throws(RuntimeFailure) -> NodeID {
        var result = x
        if !factor.isExactly(1) { result = try binary(.multiply, result, node(factor, as: met(x, factor))) }
        if !offset.isExactly(0) { result = try binary(.add, result, node(offset, as: met(x, offset))) }
        return result
    }

    /// `low + x * (high - low)`.
    func spread(_ x: NodeID, from low: Value, to high: Value) throws(RuntimeFailure) -> NodeID {
        if low.isNumber && high.isNumber && low.isKnown && high.isKnown {
            return try scaled(x, by: .float(high.plainDouble - low.plainDouble), plus: low)
        }
        let (a, b) = (try node(low, as: met(x, low)), try node(high, as: met(x, high)))
        return try binary(.add, binary(.multiply, x, binary(.subtract, b, a)), a)
    }

    private func met(_ node: NodeID, _ value: Value) -> ElementType { Operand.met(type(node), by: value) }
}

extension Value {
    /// Whether it is a plain number of this value.
    fileprivate func isExactly(_ number: Double) -> Bool { isNumber && isKnown && plainDouble == number }
}

extension Session {
    /// The identity of a place in the program that does not depend on what else was read: the file's name and the offset.
    func place(of span: Span) -> UInt64 {
        RandomState.mix(RandomState.hash(sources.source(of: span).name.utf8), UInt64(span.start) << 32 | UInt64(span.end))
    }
}
