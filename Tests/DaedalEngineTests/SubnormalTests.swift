import CKernels
import DaedalEngine
import DaedalGraph
import DaedalTensor
import Testing

extension DeterminismTests {
    /// Numbers below the smallest normal one: whatever is computed of one is computed of it or of the 0 of its sign; what only moves it keeps its bits.
    @Suite struct SubnormalTests {
        /// Subnormal numbers of a type from the smallest to the largest, of both signs, beside others to meet in pairs.
        private static func numbers(_ type: ElementType) -> [Double] {
            let least = type == .f32 ? Double(Float.leastNonzeroMagnitude) : .leastNonzeroMagnitude
            let steps = type == .f32 ? 23 : 52
            var values: [Double] = [type.smallestNormal - least]
            for step in 0..<steps {
                values.append(least * Double(1 << step))
                values.append(least * Double(1 << step | 1))
            }
            values += values.map { -$0 }
            return values + [0, -0.0, 1, -1, 0.5, 2, -3, 0x1p100, .infinity, -.infinity, .nan]
        }

        private static func tensor(_ values: [Double], _ type: ElementType, _ shape: Shape) throws -> Tensor {
            type == .f32 ? try Tensor(values.map { Float($0) }, shape: shape) : try Tensor(values, shape: shape)
        }

        private static func elements(_ tensor: Tensor) -> [Double] {
            tensor.type == .f32 ? tensor.elements(as: Float.self).map { Double($0) } : tensor.doubles
        }

        /// A number, and the 0 that it may count as.
        private static func readings(_ value: Double, _ type: ElementType) -> [Double] {
            value != 0 && abs(value) < type.smallestNormal ? [value, value.sign == .minus ? -0.0 : 0] : [value]
        }

        /// A graph of functions of so many operands.
        private static func graph(_ functions: [Primitive], _ operands: Int, _ type: ElementType, _ count: Int) throws -> (Graph, [NodeID]) {
            var graph = Graph()
            let inputs = try (0..<operands).map {
                try graph.apply(.input, [], .input($0), target: Signature(type: type, shape: [Size(count)]))
            }
            let results = try functions.map { try graph.apply($0, inputs) }
            return (graph, results)
        }

        /// Holds functions of columns of operands to the exact results of all that the operands may count as.
        private func check(_ functions: [Primitive], _ type: ElementType, _ operands: [[Double]]) throws {
            let count = operands[0].count
            // Every combination of readings of one element stands in a row of its own.
            var owners: [Int] = [], columns: [[Double]] = operands.map { _ in [] }
            for element in 0..<count {
                var rows: [[Double]] = [[]]
                for column in operands { rows = rows.flatMap { row in Self.readings(column[element], type).map { row + [$0] } } }
                for row in rows {
                    owners.append(element)
                    for (k, value) in row.enumerated() { columns[k].append(value) }
                }
            }
            let wide = try Self.graph(functions, operands.count, .f64, owners.count)
            let inputs = try columns.map { try Tensor($0, shape: [Size(owners.count)]) }
            let exact = try Reference.evaluate(wide.0, inputs: inputs, results: wide.1).map(\.doubles)
            let narrow = try Self.graph(functions, operands.count, type, count)
            let given = try operands.map { try Self.tensor($0, type, [Size(count)]) }
            defer { ck_set_isa(-1) }
            for isa in [CK_AVX512, CK_AVX2, CK_BASELINE] {
                guard Int(ck_set_isa(Int32(isa))) == Int(isa) else { continue }
                let found = try Engine(threads: 2).plan(for: PlanRequest(graph: narrow.0, results: narrow.1)).run(given).map(Self.elements)
                for (k, function) in functions.enumerated() {
                    let bound = function.bound(type)
                    var accepted = [Bool](repeating: false, count: count)
                    for (row, owner) in owners.enumerated() where !accepted[owner] {
                        accepted[owner] = bound.accepts(found[k][owner], exact[k][row], type)
                    }
                    if function == .minimum || function == .maximum {
                        // Two of them are equal, so that either is the smaller and the larger.
                        for at in 0..<count where operands.allSatisfy({ abs($0[at]) < type.smallestNormal }) {
                            accepted[at] = operands.contains { $0[at] == found[k][at] } || found[k][at] == 0
                        }
                    }
                    if let wrong = accepted.firstIndex(of: false) {
                        let of = operands.map { "\($0[wrong])" }.joined(separator: " and ")
                        Issue.record("\(function) of \(of) is \(found[k][wrong]) in \(type), instruction set \(isa)")
                    }
                }
            }
        }

        @Test(arguments: [ElementType.f32, .f64]) func functionsTakeThemAsTheyAreOrAsZero(type: ElementType) throws {
            try check(FunctionTests.functions, type, [Self.numbers(type)])
        }

        @Test(arguments: [ElementType.f32, .f64]) func pairsTakeThemAsTheyAreOrAsZero(type: ElementType) throws {
            let values = Self.numbers(type)
            try check(
                [.add, .subtract, .multiply, .divide, .power, .minimum, .maximum, .floorDivide, .remainder], type,
                [values.flatMap { a in values.map { _ in a } }, values.flatMap { _ in values }])
        }

        @Test(arguments: [ElementType.f32, .f64]) func whatMovesThemKeepsThem(type: ElementType) throws {
            let values = Self.numbers(type).filter { !$0.isNaN }, size = Size(values.count)
            var graph = Graph()
            let x = try graph.apply(.input, [], .input(0), target: Signature(type: type, shape: [2, size]))
            let rows = try graph.apply(.input, [], .input(1), target: Signature(type: .i64, shape: [2]))
            let results: [NodeID] = try [
                graph.permute(x, [1, 0]), graph.gather(x, rows, axis: 0), graph.concatenate([x, x], axis: 1), graph.pad(x, axis: 1, low: 1, high: 2),
                graph.apply(.reverse, [x], .axes([1])), graph.slice(x, axis: 1, from: 0, count: size, step: 1),
                graph.slice(x, axis: 0, from: 1, count: 1),
                graph.broadcast(graph.slice(x, axis: 0, from: 1, count: 1), to: [5, size]),
            ]
            let inputs = [try Self.tensor(values + values.reversed(), type, [2, size]), try Tensor([Int64(1), 0], shape: [2])]
            let exact = try Reference.evaluate(graph, inputs: inputs, results: results)
            defer { ck_set_isa(-1) }
            for isa in [CK_AVX512, CK_AVX2, CK_BASELINE] {
                guard Int(ck_set_isa(Int32(isa))) == Int(isa) else { continue }
                let found = try Engine(threads: 2).plan(for: PlanRequest(graph: graph, results: results)).run(inputs)
                for (k, result) in found.enumerated() {
                    #expect(
                        Self.elements(result).map(\.bitPattern) == Self.elements(exact[k]).map(\.bitPattern), "result \(k), instruction set \(isa)")
                }
            }
        }
    }
}
