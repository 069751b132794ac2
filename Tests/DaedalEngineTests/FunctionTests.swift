import CKernels
import DaedalEngine
import DaedalGraph
import DaedalTensor
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension DeterminismTests {
    /// Functions of one number over all magnitudes, beside functions of more digits, in units in the last place.
    @Suite struct FunctionTests {
        static let functions: [Primitive] = [
            .exponential, .logarithm, .hyperbolicTangent, .logistic, .errorFunction, .sine, .cosine, .squareRoot, .negate, .absolute, .sign, .floor,
            .ceiling, .round,
        ]
        /// What has ends, signs, ties and no number, in f64; infinite where a type's range ends before.
        static let special: [Double] = [
            0, -0.0, 1, -1, 0.5, -0.5, 1.5, -2.5, .infinity, -.infinity, .nan, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
            .leastNormalMagnitude, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 88.72, 88.73, -87.3, -87.4, 104, -104, 709.7, 709.8, -708.3,
            -708.5,
            0x1p23, 0x1p24, 0x1p52, 0x1p53, 1e10, 32767.9, 32768.1, 0.93, 4, 9.1, 0.3,
        ]

        /// Runs functions of one operand on every instruction set.
        private func forEachSet(_ input: Tensor, _ functions: [Primitive], _ body: (Primitive, Int, Tensor) throws -> Void) throws {
            defer { ck_set_isa(-1) }
            var graph = Graph()
            let x = try graph.apply(.input, [], .input(0), target: Signature(type: input.type, shape: input.shape))
            let results = try functions.map { try graph.apply($0, [x]) }
            for isa in [CK_AVX512, CK_AVX2, CK_BASELINE] {
                guard Int(ck_set_isa(Int32(isa))) == Int(isa) else { continue }
                let found = try Engine(threads: 2).plan(for: PlanRequest(graph: graph, results: results)).run([input])
                for (function, result) in zip(functions, found) { try body(function, Int(isa), result) }
            }
        }

        @Test func singlePrecisionStaysInItsBound() throws {
            var values = Self.special.map { Float($0) } + [.leastNormalMagnitude, -.leastNormalMagnitude]
            values += [.greatestFiniteMagnitude, -.greatestFiniteMagnitude]
            // Every magnitude and, where functions bend, many numbers.
            for bits in stride(from: UInt32(0), to: 0xFF80_0000, by: 40_009) where Float(bitPattern: bits).isFinite {
                values.append(Float(bitPattern: bits))
            }
            for step in 0..<100_000 { values.append((Float(step) - 50_000) * 4.01e-4) }
            // Of what is below the smallest normal number less is promised: see `SubnormalTests`.
            values = values.filter { !$0.isSubnormal }
            let operands = values.map { Double($0) }
            var wide = Graph()
            let x = try wide.apply(.input, [], .input(0), target: Signature(type: .f64, shape: [Size(values.count)]))
            let results = try Self.functions.map { try wide.apply($0, [x]) }
            let exact = try Reference.evaluate(wide, inputs: [try Tensor(operands, shape: [Size(values.count)])], results: results)
            let truth = Dictionary(uniqueKeysWithValues: zip(Self.functions, exact.map(\.doubles)))
            try forEachSet(try Tensor(values, shape: [Size(values.count)]), Self.functions) { function, isa, found in
                let exact = try #require(truth[function]), given = found.elements(as: Float.self), bound = function.bound(.f32)
                let wrong = values.indices.first { !bound.accepts(Double(given[$0]), exact[$0], .f32) }
                if let wrong {
                    Issue.record("\(function) of \(values[wrong]) is \(given[wrong]), not \(exact[wrong]); instruction set \(isa)")
                }
            }
        }

        #if arch(x86_64) && !os(Windows)
        /// With the 64 digits of x87's numbers.
        static let longer: [(Primitive, @Sendable (Float80) -> Float80)] = [
            (.exponential, { exp($0) }), (.logarithm, { log($0) }), (.hyperbolicTangent, { tanh($0) }), (.logistic, { 1 / (1 + exp(-$0)) }),
            (.errorFunction, { erf($0) }), (.sine, { sin($0) }), (.cosine, { cos($0) }),
        ]

        @Test func doublePrecisionStaysInItsBound() throws {
            var values = Self.special, draws = Draws(state: 5)
            for step in 0..<20_000 { values.append((Double(step) - 10_000) * 1.7e-3) }
            for exponent in -1022...1023 {
                for _ in 0..<8 { values.append(Double(sign: .plus, exponent: exponent, significand: Double.random(in: -2...2, using: &draws))) }
            }
            values = values.filter { !$0.isSubnormal }
            try forEachSet(try Tensor(values, shape: [Size(values.count)]), Self.longer.map(\.0)) { function, isa, found in
                let exact = try #require(Self.longer.first { $0.0 == function }).1, bound = function.bound(.f64), given = found.doubles
                for (x, y) in zip(values, given) {
                    // Beyond 2⁶³ x87's reduction of angles has too few digits of π.
                    if (function == .sine || function == .cosine) && abs(x) > 0x1p40 { continue }
                    let truth = exact(Float80(x)), rounded = Double(truth)
                    if y == rounded || y.isNaN && rounded.isNaN { continue }
                    let units = Double(abs(Float80(y) - truth)) / (2 * 0x1p-53 * Double(sign: .plus, exponent: Int(truth.exponent), significand: 1))
                    let isFlushed = abs(rounded) <= .leastNormalMagnitude && abs(y) <= .leastNormalMagnitude
                    guard case .units(let most) = bound, units <= most || isFlushed else {
                        Issue.record("\(function) of \(x) is \(y), not \(rounded), \(units) units off; instruction set \(isa)")
                        return
                    }
                }
            }
        }
        #endif

        /// Functions of two numbers, each with each, of all signs, magnitudes and kinds.
        @Test func pairsStayInTheirBound() throws {
            var values = Self.special.map { Float($0) }.filter { !$0.isSubnormal }, draws = Draws(state: 9)
            for exponent in stride(from: -126, through: 127, by: 5) {
                values.append(Float(sign: .plus, exponent: exponent, significand: Float.random(in: -2...2, using: &draws)))
            }
            for _ in 0..<60 { values.append(Float.random(in: -4...4, using: &draws)) }
            values += [0.1, 0.3, 3, 7, -3, 2, -2, 10]
            values = values.filter { !$0.isSubnormal }
            let left = values.flatMap { a in values.map { _ in a } }, right = values.flatMap { _ in values }
            let shape: Shape = [Size(left.count)]
            let functions: [Primitive] = [.add, .subtract, .multiply, .divide, .power, .minimum, .maximum, .floorDivide, .remainder]
            func graph(_ type: ElementType) throws -> (graph: Graph, results: [NodeID]) {
                var graph = Graph()
                let pair = try (0..<2).map { try graph.apply(.input, [], .input($0), target: Signature(type: type, shape: shape)) }
                let results = try functions.map { try graph.apply($0, pair) }
                return (graph, results)
            }
            let wide = try graph(.f64), narrow = try graph(.f32)
            let exact = try Reference.evaluate(
                wide.graph, inputs: [try Tensor(left.map(Double.init), shape: shape), try Tensor(right.map(Double.init), shape: shape)],
                results: wide.results
            ).map(\.doubles)
            defer { ck_set_isa(-1) }
            for isa in [CK_AVX512, CK_AVX2, CK_BASELINE] {
                guard Int(ck_set_isa(Int32(isa))) == Int(isa) else { continue }
                let plan = try Engine(threads: 2).plan(for: PlanRequest(graph: narrow.graph, results: narrow.results))
                let found = try plan.run([try Tensor(left, shape: shape), try Tensor(right, shape: shape)])
                for (k, function) in functions.enumerated() {
                    let given = found[k].elements(as: Float.self), bound = function.bound(.f32)
                    if let wrong = left.indices.first(where: { !bound.accepts(Double(given[$0]), exact[k][$0], .f32) }) {
                        Issue.record(
                            "\(function) of \(left[wrong]) and \(right[wrong]) is \(given[wrong]), not \(exact[k][wrong]); instruction set \(isa)")
                    }
                }
            }
        }
    }
}
