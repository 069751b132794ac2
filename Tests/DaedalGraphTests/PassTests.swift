import DaedalGraph
import DaedalTensor
import DaedalTestCases
import Testing

/// Passes keep every value, leave graphs that verify, and do what they promise.
@Suite struct PassTests {
    @Test(arguments: 1..<60) func randomGraphsKeepTheirValues(_ seed: Int) throws {
        let random = try RandomGraph(seed: UInt64(seed), count: 90)
        let before = try Reference.evaluate(random.graph, inputs: random.inputs, results: random.results)
        for name in Passes.names {
            let (graph, map) = try Passes.optimise(random.graph, results: random.results, through: name, verifying: true)
            let results = random.results.map { map[Int($0.index)] }
            #expect(!results.contains(nil))
            let after = try Reference.evaluate(graph, inputs: random.inputs, results: results.compactMap { $0 })
            for (old, new) in zip(before, after) {
                #expect(old.type == new.type && old.shape == new.shape)
                let isClose = zip(old.doubles, new.doubles).allSatisfy { Self.close($0, $1) }
                #expect(isClose, "seed \(seed), after \(name): \(old.doubles) became \(new.doubles)")
            }
        }
    }

    private static func close(_ a: Double, _ b: Double) -> Bool {
        (a.isNaN && b.isNaN) || a == b || abs(a - b) <= 1e-7 * max(1, max(abs(a), abs(b)))
    }

    @Test(arguments: Primitive.allCases) func gradientsKeepTheirValues(_ primitive: Primitive) throws {
        for example in PrimitiveCase.all where example.primitive == primitive && example.isSmooth && primitive != .input {
            var (graph, inputs, results) = try example.graph(floats: .f64)
            let seeds = results.filter { graph[$0].type.isFloat }
            guard let output = seeds.first else { continue }
            let gradients = try Gradient.append(to: &graph, of: output, respectTo: inputs).compactMap { $0 }
            let tensors = try example.tensors(floats: .f64)
            let before = try Reference.evaluate(graph, inputs: tensors, results: gradients + results)
            let (small, map) = try Passes.optimise(graph, results: gradients + results, verifying: true)
            let after = try Reference.evaluate(small, inputs: tensors, results: (gradients + results).compactMap { map[Int($0.index)] })
            #expect(before.count == after.count)
            for (old, new) in zip(before, after) {
                #expect(zip(old.doubles, new.doubles).allSatisfy { Self.close($0, $1) }, "\(example)")
            }
        }
    }

    /// The optimised graph of what `build` makes of an f32 [2, 3] `x`, an f32 [2, 3] `y` and a bool [2, 3] `c`.
    private func optimised(_ build: (inout Graph, NodeID, NodeID, NodeID) throws -> NodeID) throws -> String {
        var graph = Graph()
        let target = Signature(type: .f32, shape: [2, 3])
        let x = try graph.apply(.input, [], .input(0), target: target), y = try graph.apply(.input, [], .input(1), target: target)
        let c = try graph.apply(.input, [], .input(2), target: Signature(type: .bool, shape: [2, 3]))
        let result = try build(&graph, x, y, c)
        let (small, map) = try Passes.optimise(graph, results: [result], verifying: true)
        return GraphPrinter.text(of: small, results: [result].compactMap { map[Int($0.index)] })
    }

    private let x = "%0 = input {0} : f32[2, 3]\n"

    @Test func identitiesVanish() throws {
        let unchanged = x + "return %0\n"
        #expect(try optimised { g, x, _, _ in try g.apply(.multiply, x, number: 1) } == unchanged)
        #expect(try optimised { g, x, _, _ in try g.add(g.filled(0, Signature(type: .f32, shape: [2, 3])), x) } == unchanged)
        #expect(try optimised { g, x, _, _ in try g.negate(try g.negate(x)) } == unchanged)
        #expect(try optimised { g, x, _, _ in try g.apply(.power, x, number: 1) } == unchanged)
        #expect(try optimised { g, x, _, _ in try g.transpose(try g.transpose(x)) } == unchanged)
        #expect(try optimised { g, x, _, _ in try g.reshape(try g.reshape(x, to: [6]), to: [2, 3]) } == unchanged)
        #expect(try optimised { g, x, _, _ in try g.convert(try g.convert(x, to: .f64), to: .f32) } == unchanged)
        #expect(try optimised { g, x, _, c in try g.select(c, x, x) } == unchanged)
        #expect(try optimised { g, x, y, _ in try g.select(try g.broadcast(g.literal(true), to: [2, 3]), x, y) } == unchanged)
        #expect(try optimised { g, x, _, _ in try g.apply(.stopGradient, [x]) } == unchanged)
        #expect(try optimised { g, x, _, _ in try g.gather(x, try g.iota(Signature(type: .i64, shape: [3]), axis: 0), axis: 1) } == unchanged)
        #expect(try optimised { g, x, y, _ in try g.slice(try g.concatenate([y, x], axis: 0), axis: 0, from: 2, count: 2) } == unchanged)
        #expect(try optimised { g, x, _, _ in try g.slice(try g.pad(x, axis: 1, low: 2, high: 1), axis: 1, from: 2, count: 3) } == unchanged)
        #expect(try optimised { g, x, _, _ in try g.apply(.reverse, [try g.apply(.reverse, [x], .axes([0, 1]))], .axes([0, 1])) } == unchanged)
    }

    @Test func productsWithZeroStay() throws {
        #expect(try optimised { g, x, _, _ in try g.apply(.multiply, x, number: 0) }.contains("multiply"))
    }

    @Test func powersBecomeProducts() throws {
        #expect(try optimised { g, x, _, _ in try g.apply(.power, x, number: 2) } == x + "%1 = multiply %0, %0 : f32[2, 3]\nreturn %1\n")
        #expect(try optimised { g, x, _, _ in try g.apply(.power, x, number: 0.5) } == x + "%1 = squareRoot %0 : f32[2, 3]\nreturn %1\n")
    }

    @Test func divisionByAPowerOfTwoIsAProduct() throws {
        let text = try optimised { g, x, _, _ in try g.apply(.divide, x, number: 4) }
        #expect(
            text == x + """
                %1 = constant {0.25} : f32[]
                %2 = reshape %1 : f32[1, 1]
                %3 = expand %2 : f32[2, 3]
                %4 = multiply %0, %3 : f32[2, 3]
                return %4

                """)
        #expect(try optimised { g, x, _, _ in try g.apply(.divide, x, number: 3) }.contains("divide"))
    }

    /// The optimised graph of what `build` makes of an f32 [16, 3] `x`, and an f32 [1, 3] `a` and `b` repeated to that shape.
    private func factored(_ build: (inout Graph, NodeID, NodeID, NodeID) throws -> NodeID) throws -> [Primitive] {
        var graph = Graph()
        let x = try graph.apply(.input, [], .input(0), target: Signature(type: .f32, shape: [16, 3]))
        let a = try graph.apply(.input, [], .input(1), target: Signature(type: .f32, shape: [1, 3]))
        let b = try graph.apply(.input, [], .input(2), target: Signature(type: .f32, shape: [1, 3]))
        let result = try build(&graph, x, try graph.broadcast(a, to: [16, 3]), try graph.broadcast(b, to: [16, 3]))
        let values = [
            try Tensor((0..<48).map { Float($0 % 7) - 2.5 }, shape: [16, 3]), try Tensor([Float(0.5), 3, -2], shape: [1, 3]),
            try Tensor([Float(-4), 0.25, 1.5], shape: [1, 3]),
        ]
        let before = try Reference.evaluate(graph, inputs: values, results: [result])
        let (small, map) = try Passes.optimise(graph, results: [result], verifying: true)
        let after = try Reference.evaluate(small, inputs: values, results: [result].compactMap { map[Int($0.index)] })
        #expect(zip(before[0].doubles, after[0].doubles).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($0)) })
        return small.ids.filter { small[$0].shape.elementCount == 48 && small[$0].primitive.isElementwise }.map { small[$0].primitive }
    }

    @Test func commonFactorsLeaveSumsOverColumns() throws {
        #expect(try factored { g, x, a, _ in try g.sum(try g.multiply(x, a), [0]) } == [])
        #expect(try factored { g, x, a, _ in try g.sum(try g.apply(.divide, [x, a]), [0]) } == [])
        #expect(try factored { g, x, a, _ in try g.sum(try g.apply(.negate, [try g.multiply(a, x)]), [0]) } == [])
        #expect(try factored { g, x, a, b in try g.sum(try g.multiply(x, try g.apply(.divide, [try g.multiply(x, a), b])), [0]) } == [.multiply])
        // Two such terms are summed apart; what may cancel is added first.
        #expect(try factored { g, x, a, b in try g.sum(try g.add(try g.multiply(x, a), try g.apply(.divide, [x, b])), [0]) } == [])
        #expect(try factored { g, x, a, _ in try g.sum(try g.subtract(x, a), [0]) } == [.subtract])
        // A row's sum is taken where the row is.
        #expect(try factored { g, x, _, _ in try g.sum(try g.apply(.multiply, x, number: 2), [1]) } == [.multiply])
    }

    @Test func fewFactorsAreJoined() throws {
        #expect(try factored { g, x, a, b in try g.multiply(try g.apply(.divide, [x, a]), b) } == [.multiply])
        #expect(try factored { g, x, a, b in try g.apply(.divide, [try g.multiply(a, x), b]) } == [.multiply])
        #expect(try factored { g, x, a, b in try g.multiply(b, try g.multiply(x, a)) } == [.multiply])
        #expect(try factored { g, x, a, b in try g.add(try g.add(x, a), b) } == [.add, .add])
    }

    @Test func sumOfExpandIsAProduct() throws {
        let text = try optimised { g, x, _, _ in
            try g.sum(try g.broadcast(try g.reshape(x, to: [2, 1, 3]), to: [2, 5, 3]), [0, 1])
        }
        #expect(
            text == x + """
                %1 = sum %0 {axes: [0]} : f32[3]
                %2 = constant {5.0} : f32[]
                %3 = reshape %2 : f32[1]
                %4 = expand %3 : f32[3]
                %5 = multiply %1, %4 : f32[3]
                return %5

                """)
    }

    @Test func gradientsOfSlicesAreConcatenated() throws {
        let text = try optimised { g, x, _, _ in
            let parts = try (0..<3).map { try g.pad(g.slice(x, axis: 1, from: Size($0), count: 1), axis: 1, low: Size($0), high: Size(2 - $0)) }
            return try g.add(try g.add(parts[2], parts[1]), parts[0])
        }
        #expect(text.contains("concatenate %1, %2, %3 {axis: 1} : f32[2, 3]") && !text.contains("pad") && !text.contains("add"))
    }

    @Test func transposesMoveIntoProducts() throws {
        let text = try optimised { g, x, y, _ in try g.product(try g.transpose(x), y) }
        #expect(text == x + "%1 = input {1} : f32[2, 3]\n%2 = matrixProduct %0, %1 {transposes: left} : f32[3, 3]\nreturn %2\n")
    }

    @Test func constantsFold() throws {
        let text = try optimised { g, x, _, _ in
            let scale = try g.apply(.divide, [g.literal(6.0, .f64), g.literal(2.0, .f64)])
            return try g.multiply(x, try g.broadcast(try g.convert(scale, to: .f32), to: [2, 3]))
        }
        #expect(text.contains("constant {3.0} : f32[]") && !text.contains("divide") && !text.contains("cast"))
        // A division by zero is left for the run to report.
        #expect(try optimised { g, _, _, _ in try g.apply(.floorDivide, [g.literal(1, .i64), g.literal(0, .i64)]) }.contains("floorDivide"))
    }

    @Test func equalOperationsAreShared() throws {
        let text = try optimised { g, x, y, _ in try g.multiply(try g.add(x, y), try g.add(y, x)) }
        #expect(text.split(separator: "\n").filter { $0.contains("add") }.count == 1)
    }

    @Test func randomIsSharedOnlyWithEqualKeys() throws {
        var graph = Graph()
        let key = try graph.apply(.input, [], .input(0), target: Signature(type: .i64, shape: [2]))
        let other = try graph.apply(.input, [], .input(1), target: Signature(type: .i64, shape: [2]))
        let target = Signature(type: .f32, shape: [4])
        let draws = try [key, key, other].map { try graph.apply(.random, [$0], .random(.uniform), target: target) }
        let (_, map) = try Passes.optimise(graph, results: draws)
        #expect(map[Int(draws[0].index)] == map[Int(draws[1].index)] && map[Int(draws[0].index)] != map[Int(draws[2].index)])
    }

    @Test func theVerifierSeesFaults() throws {
        var graph = Graph()
        let x = try graph.apply(.input, [], .input(0), target: Signature(type: .f32, shape: [2]))
        _ = graph.append(.add, [x, x], type: .f32, shape: [3])
        #expect(throws: GraphVerifier.Fault.self) { try GraphVerifier.verify(graph) }
    }

    @Test func loopsPrint() throws {
        let example = try #require(PrimitiveCase.all.first { $0.primitive == .scan && $0.note.hasPrefix("without") })
        let (graph, _, results) = try example.graph(floats: .f32)
        #expect(
            GraphPrinter.text(of: graph, results: results) == """
                %0 = input {0} : f32[4, 2]
                %1 = input {1} : f32[4, 2]
                %2 = scan %0, %1 {length: 4, sequences: 2} [
                    %0 = input {0} : f32[2]
                    %1 = input {1} : f32[2]
                    %2 = multiply %0, %1 : f32[2]
                    carry ; stack %2
                ]
                %3 = part %2 {0} : f32[4, 2]
                return %3

                """)
    }
}
