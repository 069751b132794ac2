import DaedalTensor

/// Checks that a graph is what every reader takes for granted; run after each pass in tests and in `dl dump`.
package enum GraphVerifier {
    /// What is wrong, and where.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package let node: NodeID
        package let message: String
        package var description: String { "%\(node.index): \(message)" }
    }

    /// Throws the first fault: operands that do not come before their user, a type or shape that the shape rule does not give,
    /// a loop whose body is faulty.
    package static func verify(_ graph: Graph) throws(Fault) {
        for id in graph.ids {
            let operands = Array(graph.operands(of: id)), stored = graph.signature(of: id), attributes = graph.attributes(of: id)
            if let late = operands.first(where: { $0 >= id || $0.index < 0 }) {
                throw Fault(node: id, message: "uses %\(late.index), which comes later")
            }
            if case .loop(let loop) = attributes {
                for result in loop.carryResults + loop.stackedResults where !loop.body.nodes.indices.contains(Int(result.index)) {
                    throw Fault(node: id, message: "its body has no %\(result.index)")
                }
                do { try verify(loop.body) } catch { throw Fault(node: id, message: "in its body: \(error)") }
            }
            let given: Signature
            do {
                let target = graph[id].primitive == .part ? try graph.partSignature(operands, attributes) : stored
                given = try ShapeRules.signature(of: graph[id].primitive, operands.map { graph.signature(of: $0) }, attributes, target: target)
            } catch { throw Fault(node: id, message: error.message) }
            guard given.type == stored.type, given.shape.mayEqual(stored.shape) else {
                throw Fault(node: id, message: "\(graph[id].primitive.name) gives \(given), stored is \(stored)")
            }
        }
    }
}
