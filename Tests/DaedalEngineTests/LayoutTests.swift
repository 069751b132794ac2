import DaedalEngine
import DaedalGraph
import DaedalTensor
import Testing

/// Networks of convolutions in the order that the planner gives their channels.
@Suite struct LayoutTests {
    /// A network in the making: inputs with small random contents.
    struct Net {
        var graph = Graph()
        var inputs: [Tensor] = []
        var parameters: [NodeID] = []
        var draws = Draws(state: 11)

        mutating func input(_ shape: [Int], scale: Float = 1) throws -> NodeID {
            let values = (0..<shape.reduce(1, *)).map { _ in scale * Float.random(in: -1...1, using: &draws) }
            inputs.append(try Tensor(values, shape: Shape(shape)))
            return try graph.apply(.input, [], .input(inputs.count - 1), target: Signature(type: .f32, shape: Shape(shape)))
        }

        mutating func parameter(_ shape: [Int], scale: Float = 1) throws -> NodeID {
            parameters.append(try input(shape, scale: scale))
            return parameters[parameters.count - 1]
        }

        func counts(_ id: NodeID) -> [Int] { graph[id].shape.counts }

        mutating func convolution(_ x: NodeID, _ filters: Int, kernel: Int = 3, stride: Int = 1, padding: Int = 1, bias: Bool = true) throws -> NodeID
        {
            let axes = counts(x).count - 2, channels = counts(x)[1]
            let scale = (3 / Float(channels * Array(repeating: kernel, count: axes).reduce(1, *))).squareRoot()
            let w = try parameter([filters, channels] + Array(repeating: kernel, count: axes), scale: scale)
            let window = Window(
                kernel: Array(repeating: kernel, count: axes), stride: Array(repeating: stride, count: axes),
                paddingLow: Array(repeating: padding, count: axes), paddingHigh: Array(repeating: padding, count: axes),
                dilation: Array(repeating: 1, count: axes))
            let y = try graph.apply(.convolution, [x, w], .window(window))
            return bias ? try graph.add(y, try channel(try parameter([filters], scale: 0.3), like: y)) : y
        }

        /// One value a channel, in the shape of a tensor.
        mutating func channel(_ values: NodeID, like x: NodeID) throws -> NodeID {
            let wide = try graph.reshape(values, to: Shape([counts(values)[0]] + Array(repeating: 1, count: counts(x).count - 2)))
            return try graph.broadcast(wide, to: graph[x].shape)
        }

        mutating func norm(_ x: NodeID) throws -> NodeID {
            let shape = counts(x), axes = [0] + Array(2..<shape.count), count = Double(axes.map { shape[$0] }.reduce(1, *))
            let mean = try graph.apply(.multiply, try graph.sum(x, axes), number: 1 / count)
            let centered = try graph.subtract(x, try channel(mean, like: x))
            let spread = try graph.apply(.multiply, try graph.sum(try graph.multiply(centered, centered), axes), number: 1 / count)
            let root = try graph.apply(.squareRoot, [try graph.apply(.add, spread, number: 1e-5)])
            let scaled = try graph.multiply(try graph.divide(centered, try channel(root, like: x)), try channel(try parameter([shape[1]]), like: x))
            return try graph.add(scaled, try channel(try parameter([shape[1]]), like: x))
        }

        mutating func relu(_ x: NodeID) throws -> NodeID { try graph.apply(.maximum, x, number: 0) }

        mutating func pool(_ x: NodeID, _ primitive: Primitive, size: Int = 2, stride: Int = 2, padding: Int = 0) throws -> NodeID {
            let axes = counts(x).count - 2
            func all(_ value: Int) -> [Int] { Array(repeating: value, count: axes) }
            return try graph.apply(
                primitive, [x],
                .window(Window(kernel: all(size), stride: all(stride), paddingLow: all(padding), paddingHigh: all(padding), dilation: all(1))))
        }

        /// The loss Σ sin(x), and its gradient in all parameters.
        mutating func learning(_ x: NodeID) throws -> [NodeID] {
            let loss = try graph.sum(try graph.apply(.sine, [x]), Array(counts(x).indices))
            return [loss] + (try Gradient.append(to: &graph, of: loss, respectTo: parameters).compactMap { $0 })
        }
    }

    /// A residual network with pools, a branch, crops and paddings: everything that passes an order of channels on.
    private func network(_ images: Int) throws -> (net: Net, output: NodeID) {
        var net = Net()
        let x = try net.input([images, 3, 8, 8])
        var y = try net.relu(try net.norm(try net.convolution(x, 16, bias: false)))
        let branch = try net.convolution(y, 20, kernel: 1, padding: 0)
        y = try net.relu(try net.norm(try net.convolution(y, 20, bias: false)))
        y = try net.relu(try net.graph.add(try net.convolution(y, 20), branch))
        y = try net.pool(y, .windowMaximum)
        y = try net.graph.concatenate([y, try net.pool(branch, .windowSum)], axis: 1)
        y = try net.graph.pad(try net.graph.slice(y, axis: 2, from: 1, count: 3), axis: 3, low: 0, high: 1)
        y = try net.norm(try net.convolution(y, 18, stride: 2, bias: false))
        y = try net.pool(y, .windowMaximum, size: 3, stride: 1, padding: 1)
        let shape = net.counts(y)
        let flat = try net.graph.reshape(y, to: Shape([shape[0], shape[1], shape[2] * shape[3]]))
        let mean = try net.graph.reduce(.maximumOf, flat, [2])
        let most = try net.graph.broadcast(try net.graph.restore(mean, [2], in: net.graph[flat].shape), to: net.graph[flat].shape)
        let mixed = try net.graph.subtract(flat, most)
        let output = try net.graph.reshape(mixed, to: Shape([shape[0], shape[1] * shape[2] * shape[3]]))
        return (net, output)
    }

    /// Relative to the root of the mean square of what is compared; the losses of digits add up over a network's layers.
    private func expectClose(_ found: Tensor, _ expected: Tensor, _ bound: Double, _ note: String) {
        let scale = ((0..<expected.count).reduce(0.0) { $0 + expected.double(at: $1) * expected.double(at: $1) } / Double(max(expected.count, 1)))
            .squareRoot()
        for i in 0..<expected.count where !(abs(found.double(at: i) - expected.double(at: i)) <= bound * max(scale, 1e-2)) {
            Issue.record("\(note): element \(i) is \(found.double(at: i)), not \(expected.double(at: i)), root of mean square \(scale)")
            return
        }
    }

    @Test func thePassKeepsTheMeaning() throws {
        var (net, output) = try network(2)
        let results = [output] + (try net.learning(output))
        let (simple, map) = try Passes.optimise(net.graph, results: results)
        let wanted = results.compactMap { map[Int($0.index)] }
        let (graph, moved) = LayoutPass.run(simple, wanted: wanted)
        try GraphVerifier.verify(graph)
        let new = wanted.compactMap { moved[Int($0.index)] }
        #expect(new.count == results.count)
        let before = try Reference.evaluate(net.graph, inputs: net.inputs, results: results)
        let after = try Reference.evaluate(graph, inputs: net.inputs, results: new)
        for (k, (x, y)) in zip(after, before).enumerated() { expectClose(x, y, 1e-6, "result \(k)") }
    }

    @Test(arguments: [1, 3]) func networksFollowTheReference(images: Int) throws {
        var (net, output) = try network(images)
        let inference = try Engine(threads: 2).plan(for: PlanRequest(graph: net.graph, results: [output])).run(net.inputs)
        expectClose(inference[0], try Reference.evaluate(net.graph, inputs: net.inputs, results: [output])[0], 2e-5, "in use")
        let results = [output] + (try net.learning(output))
        let expected = try Reference.evaluate(net.graph, inputs: net.inputs, results: results)
        let plan = try Engine(threads: 2).plan(for: PlanRequest(graph: net.graph, results: results))
        for round in 0..<2 {
            let found = try plan.run(net.inputs)
            for (k, (x, y)) in zip(found, expected).enumerated() { expectClose(x, y, 5e-4, "result \(k), round \(round)") }
        }
    }

    /// Enough tiles for F(4 × 4) in training and F(2 × 2) in use.
    @Test func winogradStaysInItsBound() throws {
        var net = Net()
        let y = try net.convolution(try net.relu(try net.convolution(try net.input([16, 3, 8, 8]), 16)), 16)
        let results = [y] + (try net.learning(y))
        let engine = Engine(threads: 2)
        let expected = try Reference.evaluate(net.graph, inputs: net.inputs, results: results)
        let used = try engine.plan(for: PlanRequest(graph: net.graph, results: [y])).run(net.inputs)
        expectClose(used[0], expected[0], 1e-5, "in use")
        let trained = try engine.plan(for: PlanRequest(graph: net.graph, results: results)).run(net.inputs)
        for (k, (x, y)) in zip(trained, expected).enumerated() { expectClose(x, y, 1e-4, "result \(k)") }
        let precise = try Engine(threads: 2, isPrecise: true).plan(for: PlanRequest(graph: net.graph, results: results)).run(net.inputs)
        for (k, (x, y)) in zip(precise, expected).enumerated() { expectClose(x, y, 1e-5, "precise result \(k)") }
        #expect((0..<used[0].count).contains { used[0].double(at: $0) != trained[0].double(at: $0) }, "training and use have forms of their own")
    }

    /// Filters that nothing overwrites are brought into form once for each tensor, and another tensor in the same place is another tensor.
    @Test func filtersArePreparedForEachTensor() throws {
        var net = Net()
        let y = try net.convolution(try net.input([2, 16, 6, 6]), 24, bias: false)
        let z = try net.convolution(y, 16, stride: 2, bias: false)
        let execution = try Execution(try Engine(threads: 2).plan(for: PlanRequest(graph: net.graph, results: [z])))
        var values = net.inputs
        for round in 0..<5 {
            if round == 2 { values[1] = try Tensor((0..<values[1].count).map { Float($0 % 7) / 7 }, shape: values[1].shape) }
            if round == 3 { values[2] = try Tensor((0..<values[2].count).map { Float($0 % 5) / 5 }, shape: values[2].shape) }
            for (position, tensor) in values.enumerated() { execution.setInput(position, tensor) }
            try execution.run()
            expectClose(execution.result(0), try Reference.evaluate(net.graph, inputs: values, results: [z])[0], 1e-5, "round \(round)")
        }
    }

    /// A matrix that few rows meet is brought into panels once for each tensor, in either orientation, with its tail.
    @Test(arguments: [1, 3, 8]) func matricesArePreparedForEachTensor(rows: Int) throws {
        var net = Net()
        let x = try net.input([rows, 70]), w = try net.parameter([70, 90]), v = try net.parameter([40, 90]), bias = try net.parameter([90])
        let wide = try net.graph.broadcast(bias, to: Shape([rows, 90]))
        let hidden = try net.relu(try net.graph.add(try net.graph.product(x, w), wide))
        let y = try net.graph.product(hidden, v, transposesRight: true)
        let plan = try Engine(threads: 2).plan(for: PlanRequest(graph: net.graph, results: [y]))
        #expect(plan.steps.count { $0.name == "pack" } == 2)
        let execution = try Execution(plan)
        var values = net.inputs
        for round in 0..<4 {
            if round > 0 { values[round] = try Tensor((0..<values[round].count).map { Float($0 % 7) / 7 }, shape: values[round].shape) }
            for (position, tensor) in values.enumerated() { execution.setInput(position, tensor) }
            try execution.run()
            expectClose(execution.result(0), try Reference.evaluate(net.graph, inputs: values, results: [y])[0], 1e-5, "round \(round)")
        }
    }

    /// What follows a convolution is done where it stores: batch norm in use, a bias, what is added, a rectifier.
    @Test(arguments: [1, 8]) func tailsAreFused(images: Int) throws {
        var net = Net()
        func scaled(_ x: NodeID) throws -> NodeID {
            let count = net.counts(x)[1]
            let factor = try net.channel(try net.input([count]), like: x), shift = try net.channel(try net.input([count]), like: x)
            return try net.graph.add(try net.graph.multiply(x, factor), shift)
        }
        // Both forms of sums over taps, Winograd's with and without a transform of its own, images side by side.
        let x = try net.input([images, 16, 12, 12])
        let a = try net.relu(try scaled(try net.convolution(x, 40, bias: false)))
        let b = try net.relu(try net.graph.add(try scaled(try net.convolution(a, 40, bias: false)), a))
        let short = try scaled(try net.convolution(b, 48, kernel: 1, stride: 2, padding: 0, bias: false))
        let c = try scaled(try net.convolution(try net.relu(try scaled(try net.convolution(b, 48, stride: 2, bias: false))), 48, bias: false))
        let d = try net.relu(try net.graph.add(c, short))
        let y = try net.relu(try net.convolution(d, 4, kernel: 5, padding: 2))
        let z = try net.relu(try net.convolution(y, 3))
        let plan = try Engine(threads: 2).plan(for: PlanRequest(graph: net.graph, results: [z]))
        let tails = plan.steps.map(\.name).filter { $0.contains("convolution+") }.sorted()
        let part = "convolution+multiply+add", lanes = images == 8 ? ["convolution+add+maximum"] : []
        let rest = ["convolution+add+maximum", part, part + "+add+maximum", part + "+add+maximum", part + "+maximum", part + "+maximum"]
        #expect(tails == (lanes + rest).sorted())
        let expected = try Reference.evaluate(net.graph, inputs: net.inputs, results: [z])
        expectClose(try plan.run(net.inputs)[0], expected[0], 2e-5, "\(images) images")
    }

    /// A kernel of 1 × 3 × 3 on volumes is no kernel of planes, however many tiles there would be.
    @Test func flatKernelsOnVolumes() throws {
        var net = Net()
        let x = try net.input([16, 16, 2, 4, 4]), w = try net.parameter([17, 16, 1, 3, 3], scale: 0.2)
        let window = Window(kernel: [1, 3, 3], stride: [1, 1, 1], paddingLow: [0, 1, 1], paddingHigh: [0, 1, 1], dilation: [1, 1, 1])
        let y = try net.graph.apply(.convolution, [x, w], .window(window))
        let results = [y] + (try net.learning(y))
        let expected = try Reference.evaluate(net.graph, inputs: net.inputs, results: results)
        let found = try Engine(threads: 2).plan(for: PlanRequest(graph: net.graph, results: results)).run(net.inputs)
        for (k, (x, y)) in zip(found, expected).enumerated() { expectClose(x, y, 1e-4, "result \(k)") }
    }

    @Test func chainsNeedNoReordering() throws {
        var net = Net()
        var y = try net.input([8, 3, 16, 16])
        for filters in [32, 32, 48] { y = try net.relu(try net.norm(try net.convolution(y, filters))) }
        y = try net.pool(y, .windowMaximum)
        let learning = try net.learning(y)
        let plan = try Engine(threads: 1).plan(for: PlanRequest(graph: net.graph, results: learning))
        let copies = plan.steps.filter { ["copy", "channels last", "permute", "reshape"].contains($0.name) }
        #expect(copies.count == 1, "only the images are brought into order: \(copies)")
    }

    @Test(arguments: [1, 3]) func otherNumbersOfAxes(axes: Int) throws {
        var net = Net()
        let x = try net.input([3, 5] + Array([9, 8, 7].suffix(axes)))
        var y = try net.relu(try net.norm(try net.convolution(x, 18, bias: false)))
        y = try net.pool(try net.convolution(y, 17, stride: 2), .windowMaximum)
        let results = [y] + (try net.learning(y))
        let expected = try Reference.evaluate(net.graph, inputs: net.inputs, results: results)
        let found = try Engine(threads: 2).plan(for: PlanRequest(graph: net.graph, results: results)).run(net.inputs)
        for (k, (x, y)) in zip(found, expected).enumerated() { expectClose(x, y, 1e-4, "result \(k)") }
    }
}
