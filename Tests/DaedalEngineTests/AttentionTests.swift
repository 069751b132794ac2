import DaedalEngine
import DaedalGraph
import DaedalTensor
import Testing

/// Attention: which graphs become the step, which do not, and that nothing but time and memory changes.
@Suite struct AttentionTests {
    /// Attention as a program may write it.
    struct Form: Sendable, CustomStringConvertible {
        enum Hiding: Sendable { case nothing, causal, turned, strict, mask, both }
        enum Scale: Sendable { case none, divided, multiplied, power, given, divisor }
        var stack: [Int] = [2, 3]
        var queries = 40, keys = 40, depth = 8, width = 8
        var hiding = Hiding.nothing, scale = Scale.divided, fill = -1e9
        /// Whether heads are parts of rows, as layers have them; whether keys are moved to columns before the product, or are columns.
        var isSplitRows = true, hasKeyColumns = false, areColumnsGiven = false
        var description: String {
            "\(stack) × \(queries) × \(keys), \(depth) and \(width), \(hiding), \(scale), fill \(fill), rows \(isSplitRows), columns \(hasKeyColumns) \(areColumnsGiven)"
        }
    }

    static let forms: [Form] = [
        Form(), Form(hiding: .causal), Form(scale: .none), Form(scale: .multiplied), Form(scale: .power), Form(hiding: .both, scale: .given),
        Form(hiding: .causal, scale: .divisor), Form(hiding: .turned),
        Form(hiding: .strict),
        Form(hiding: .causal, fill: -.infinity), Form(hiding: .mask), Form(hiding: .both), Form(isSplitRows: false),
        Form(hiding: .causal, hasKeyColumns: true), Form(keys: 50, width: 12, isSplitRows: false, hasKeyColumns: true),
        Form(keys: 50, width: 12, isSplitRows: false, areColumnsGiven: true),
        Form(stack: [3], queries: 20, keys: 50, hiding: .causal, isSplitRows: false), Form(stack: [], hiding: .causal, isSplitRows: false),
        Form(stack: [1, 1], queries: 50, keys: 20, depth: 33, width: 40, hiding: .causal),
        Form(stack: [1, 2], queries: 140, keys: 270, hiding: .both),
    ]

    /// A graph with the inputs q, k, v, a mask and what arrives at the result.
    struct Program {
        var graph = Graph()
        var inputs: [NodeID] = [], tensors: [Tensor] = []
        /// The values as matrices of heads, the weights, what comes of both.
        var values: NodeID, weights: NodeID, result: NodeID

        init(_ form: Form) throws {
            var draws = Draws(state: 5), graph = Graph(), inputs: [NodeID] = [], tensors: [Tensor] = []
            func input(_ shape: [Int], _ type: ElementType = .f32) throws -> NodeID {
                let count = shape.reduce(1, *)
                tensors.append(
                    type == .bool
                        ? try Tensor((0..<count).map { _ in Int.random(in: 0...3, using: &draws) > 0 }, shape: Shape(shape))
                        : try Tensor((0..<count).map { _ in Float.random(in: -2...2, using: &draws) }, shape: Shape(shape)))
                return try graph.apply(.input, [], .input(tensors.count - 1), target: Signature(type: type, shape: Shape(shape)))
            }
            func heads(_ rows: Int, _ columns: Int) throws -> NodeID {
                if !form.isSplitRows {
                    inputs.append(try input(form.stack + [rows, columns]))
                    return inputs[inputs.count - 1]
                }
                inputs.append(try input([form.stack[0], rows, form.stack[1] * columns]))
                let apart = try graph.reshape(inputs[inputs.count - 1], to: Shape([form.stack[0], rows, form.stack[1], columns]))
                return try graph.permute(apart, [0, 2, 1, 3])
            }
            let q = try heads(form.queries, form.depth)
            let k = form.areColumnsGiven ? try heads(form.depth, form.keys) : try heads(form.keys, form.depth)
            let v = try heads(form.keys, form.width)
            let mask = try input(Array(repeating: 1, count: form.stack.count) + [form.queries, form.keys], .bool)
            var scores =
                form.areColumnsGiven || form.hasKeyColumns
                ? try graph.product(q, form.areColumnsGiven ? k : try graph.transpose(k)) : try graph.product(q, k, transposesRight: true)
            let shape = graph[scores].shape, number = try input([])
            switch form.scale {
            case .none: break
            case .divided: scores = try graph.apply(.divide, scores, number: 2.7)
            case .multiplied: scores = try graph.apply(.multiply, scores, number: 0.37)
            case .power: scores = try graph.apply(.divide, scores, number: 4)
            case .given: scores = try graph.multiply(scores, try graph.broadcast(number, to: shape))
            case .divisor: scores = try graph.divide(scores, try graph.broadcast(number, to: shape))
            }
            let i = try graph.reshape(try graph.iota(Signature(type: .i64, shape: [Size(form.queries)]), axis: 0), to: [Size(form.queries), 1])
            let j = try graph.reshape(try graph.iota(Signature(type: .i64, shape: [Size(form.keys)]), axis: 0), to: [1, Size(form.keys)])
            let square: Shape = [Size(form.queries), Size(form.keys)]
            let last = try graph.broadcast(try graph.apply(.add, i, number: Double(form.keys - form.queries)), to: square)
            let key = try graph.broadcast(j, to: square)
            let fill =
                form.scale == .given
                ? try graph.broadcast(try input([]), to: shape) : try graph.filled(form.fill, Signature(type: .f32, shape: shape))
            switch form.hiding {
            case .nothing: break
            case .causal: scores = try graph.select(try graph.broadcast(try graph.apply(.lessEqual, [key, last]), to: shape), scores, fill)
            case .turned: scores = try graph.select(try graph.broadcast(try graph.apply(.less, [last, key]), to: shape), fill, scores)
            case .strict: scores = try graph.select(try graph.broadcast(try graph.apply(.less, [key, last]), to: shape), scores, fill)
            case .mask: scores = try graph.select(try graph.broadcast(mask, to: shape), scores, fill)
            case .both:
                scores = try graph.select(try graph.broadcast(try graph.apply(.lessEqual, [key, last]), to: shape), scores, fill)
                scores = try graph.select(try graph.broadcast(mask, to: shape), scores, fill)
            }
            let axis = shape.rank - 1
            let top = try graph.apply(.stopGradient, [try graph.reduce(.maximumOf, scores, [axis], keep: true)])
            let powers = try graph.apply(.exponential, [try graph.subtract(scores, try graph.broadcast(top, to: shape))])
            weights = try graph.divide(powers, try graph.broadcast(try graph.sum(powers, [axis], keep: true), to: shape))
            values = v
            var mixed = try graph.product(weights, v)
            if form.isSplitRows {
                let rows: Shape = [Size(form.stack[0]), Size(form.queries), Size(form.stack[1] * form.width)]
                mixed = try graph.reshape(try graph.permute(mixed, [0, 2, 1, 3]), to: rows)
            }
            inputs.append(try input(graph[mixed].shape.counts))
            (result, self.graph, self.inputs, self.tensors) = (mixed, graph, inputs, tensors)
        }

        /// The position of what arrives at the result.
        var upstream: Int { tensors.count - 1 }

        /// Appends the gradients in some of q, k and v.
        mutating func gradients(_ positions: [Int] = [0, 1, 2]) throws -> [NodeID] {
            try Gradient.append(to: &graph, of: result, with: inputs[3], respectTo: positions.map { inputs[$0] }).compactMap { $0 }
        }
    }

    private func steps(_ plan: Plan) -> [String] { plan.steps.map(\.name) }

    @Test(arguments: forms) func everyFormIsFound(_ form: Form) throws {
        var program = try Program(form)
        let gradients = try program.gradients()
        let engine = Engine(threads: 2)
        let plan = try engine.plan(for: PlanRequest(graph: program.graph, results: [program.result] + gradients))
        #expect(steps(plan).contains("attention") && steps(plan).contains("attention gradient"), "\(form)")
        #expect(!steps(plan).contains { $0.contains("matrixProduct") || $0.contains("exponential") }, "\(form): \(plan.description)")
        try Comparison.check(program.graph, inputs: program.tensors, results: [program.result] + gradients, engine: engine, "\(form)")
        let alone = try engine.plan(for: PlanRequest(graph: program.graph, results: [program.result]))
        #expect(steps(alone).contains("attention") && !steps(alone).contains("attention gradient"), "\(form)")
        try Comparison.check(program.graph, inputs: program.tensors, results: [program.result], engine: engine, "\(form), forward")
    }

    @Test(arguments: [[0], [1], [2], [0, 2], [1, 2], [0, 1]]) func someGradients(_ positions: [Int]) throws {
        var program = try Program(Form(hiding: .both))
        let gradients = [program.result] + (try program.gradients(positions)), engine = Engine(threads: 2)
        let plan = try engine.plan(for: PlanRequest(graph: program.graph, results: gradients))
        #expect(steps(plan).contains("attention gradient"))
        try Comparison.check(program.graph, inputs: program.tensors, results: gradients, engine: engine, "gradients \(positions)")
    }

    /// Rows that see nothing weigh all keys alike, as the plain formula does; hidden by -∞ they are no numbers.
    @Test(arguments: [-1e9, -.infinity]) func rowsThatSeeNothing(_ fill: Double) throws {
        var program = try Program(Form(hiding: .mask, fill: fill))
        let shape = program.tensors[3].shape
        program.tensors[3] = try Tensor((0..<40 * 40).map { $0 / 40 % 3 != 1 }, shape: shape)
        let gradients = try program.gradients()
        try Comparison.check(
            program.graph, inputs: program.tensors, results: [program.result] + gradients, engine: Engine(threads: 2), "fill \(fill)")
    }

    /// The gradient of the step along random directions, against differences of the reference.
    @Test func gradientAgreesWithFiniteDifferences() throws {
        var program = try Program(Form(stack: [1, 2], queries: 20, keys: 24, hiding: .causal))
        let gradients = try program.gradients(), step: Float = 1e-3
        let found = try Engine(threads: 2).plan(for: PlanRequest(graph: program.graph, results: gradients)).run(program.tensors)
        var draws = Draws(state: 9)
        func value(_ tensors: [Tensor]) throws -> Double {
            let result = try Reference.evaluate(program.graph, inputs: tensors, results: [program.result])[0]
            return zip(result.doubles, tensors[program.upstream].doubles).reduce(0) { $0 + $1.0 * $1.1 }
        }
        for position in 0..<3 {
            let x = program.tensors[position].doubles.map { Float($0) }, direction = x.map { _ in Float.random(in: -1...1, using: &draws) }
            var ahead = program.tensors, behind = program.tensors
            ahead[position] = try Tensor(zip(x, direction).map { $0 + step * $1 }, shape: program.tensors[position].shape)
            behind[position] = try Tensor(zip(x, direction).map { $0 - step * $1 }, shape: program.tensors[position].shape)
            let difference = (try value(ahead) - value(behind)) / Double(2 * step)
            let slope = zip(found[position].doubles, direction).reduce(0) { $0 + $1.0 * Double($1.1) }
            #expect(abs(slope - difference) <= 2e-3 * max(1, abs(difference)), "input \(position): \(slope) against \(difference)")
        }
    }

    /// What looks like attention and is not stays as it is written, and right.
    @Test func nearMissesAreLeftAlone() throws {
        func isPlain(_ form: Form, _ note: String, _ change: (inout Program) throws -> [NodeID]) throws {
            var program = try Program(form)
            let results = try change(&program), engine = Engine(threads: 2)
            let plan = try engine.plan(for: PlanRequest(graph: program.graph, results: results))
            #expect(!steps(plan).contains { $0.hasPrefix("attention") }, "\(note): \(plan.description)")
            try Comparison.check(program.graph, inputs: program.tensors, results: results, engine: engine, "\(note)")
        }
        try isPlain(Form(), "weights are looked at") { [$0.result, $0.weights] }
        try isPlain(Form(), "weights are summed") { [$0.result, try $0.graph.sum($0.weights, [2, 3])] }
        try isPlain(Form(), "weights are dropped") { p in
            let kept = try p.graph.multiply(p.weights, p.weights)
            return [try p.graph.product(kept, p.values)]
        }
        try isPlain(Form(queries: 4, keys: 4), "too few to pay") { [$0.result] + (try $0.gradients()) }
        try isPlain(Form(stack: [1, 1], depth: 300), "too wide") { [$0.result] }
        try isPlain(Form(), "differentiated twice") { p in
            let first = try p.gradients([0])[0]
            let slope = try p.graph.sum(try p.graph.multiply(first, first), [0, 1, 2])
            return try Gradient.append(to: &p.graph, of: slope, respectTo: [p.inputs[1]]).compactMap { $0 }
        }
    }

    @Test func bitsDependNeitherOnThreadsNorOnTheSplit() throws {
        for form in [Form(stack: [1, 1], queries: 300, keys: 300, hiding: .causal), Form(queries: 70, keys: 150, hiding: .both)] {
            var program = try Program(form)
            let results = [program.result] + (try program.gradients())
            var expected: [[UInt8]]?
            for threads in 1...4 {
                let found = try Engine(threads: threads).plan(for: PlanRequest(graph: program.graph, results: results)).run(program.tensors)
                let bytes = found.map { Array(UnsafeRawBufferPointer(start: $0.pointer, count: $0.byteCount)) }
                if let expected { #expect(bytes == expected, "\(form), \(threads) threads") } else { expected = bytes }
            }
        }
    }

    /// The scores of 1024 queries and keys are never there: the arena is a small part of theirs.
    @Test func scoresAreNeverStored() throws {
        var program = try Program(Form(stack: [1, 4], queries: 1024, keys: 1024, depth: 32, width: 32, hiding: .causal))
        let results = [program.result] + (try program.gradients())
        let plan = try Engine(threads: 2).plan(for: PlanRequest(graph: program.graph, results: results))
        #expect(plan.arenaByteCount < 4 * 1024 * 1024 * 4 / 16, "\(plan.arenaByteCount) bytes")
        // Rows of heads are read and written where layers have them.
        #expect(!steps(plan).contains { $0.contains("copy") || $0.contains("reshape") || $0.contains("permute") }, "\(plan.description)")
    }
}
