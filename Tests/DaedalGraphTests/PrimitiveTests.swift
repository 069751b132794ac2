import DaedalGraph
import DaedalTensor
import DaedalTestCases
import Testing

/// Every primitive on every case of the table.
@Suite struct PrimitiveTests {
    @Test func everyPrimitiveHasCases() {
        let present = Set(PrimitiveCase.all.map(\.primitive))
        #expect(Primitive.allCases.filter { !present.contains($0) }.isEmpty)
        for example in PrimitiveCase.all where example.primitive == .scan || example.primitive == .part {
            guard case .loop = example.attributes(.f32) else {
                Issue.record("\(example): its body could not be built")
                continue
            }
        }
    }

    @Test(arguments: Primitive.allCases) func shapeRuleAgreesWithTheReference(_ primitive: Primitive) throws {
        for example in PrimitiveCase.all where example.primitive == primitive {
            for floats in [ElementType.f32, .f64] {
                let (graph, _, results) = try example.graph(floats: floats)
                let given = primitive == .input ? [try Tensor([Float](), shape: [0])] : try example.tensors(floats: floats)
                if primitive == .input && floats == .f64 { continue }
                let values = try Reference.evaluate(graph, inputs: given, results: results)
                for (node, value) in zip(results, values) {
                    #expect(graph.signature(of: node) == Signature(type: value.type, shape: value.shape), "\(example)")
                }
            }
        }
    }

    @Test(arguments: Primitive.allCases) func symbolicRuleInstantiatesToTheConcreteOne(_ primitive: Primitive) throws {
        for example in PrimitiveCase.all where example.primitive == primitive && primitive != .part {
            let attributes = example.attributes(.f32)
            let concrete = try ShapeRules.signature(
                of: primitive == .part ? .scan : primitive, example.operands.map(\.signature), attributes, target: example.target)
            var values: [Size: Int] = [:]
            let symbolic = example.operands.map { operand in
                Signature(
                    type: operand.signature.type,
                    shape: Shape(
                        operand.signature.shape.map { size in
                            guard let known = size.known, known > 1 else { return size }
                            let symbol = Size.symbol("s")
                            values[symbol] = known
                            return symbol
                        }))
            }
            let result = try ShapeRules.signature(of: primitive, symbolic, attributes, target: example.target)
            #expect(result.type == concrete.type)
            #expect(result.shape.map { $0.evaluated(with: values) } == concrete.shape.map(\.known), "\(example): \(result)")
        }
    }

    @Test(arguments: Primitive.allCases) func derivativesAgreeWithFiniteDifferences(_ primitive: Primitive) throws {
        for example in PrimitiveCase.all where example.primitive == primitive && primitive != .input {
            #expect(try DerivativeCheck(example).run() == [])
        }
    }
}
