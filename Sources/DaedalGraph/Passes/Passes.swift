import DaedalTensor

/// The named passes that make a graph smaller and no less true, in the order in which they run.
///
/// They belong after differentiation: `stopGradient` is dropped. They may change the sign of a zero and the order in which sums are taken;
/// never whether a NaN or an infinity comes out, as long as no sum overflows on the way.
package enum Passes {
    /// What a pass does: from a graph and the nodes that matter to a graph and, for each old node, the new one (nil when dropped).
    struct Pass: Sendable {
        let name: String
        let run: @Sendable (Graph, [NodeID]) throws -> (Graph, [NodeID?])
    }

    static let all: [Pass] = [
        Pass(name: "loops", run: LoopPass.run),
        Pass(name: "share", run: SharePass.run),
        Pass(name: "constants", run: ConstantPass.run),
        Pass(name: "simplify", run: SimplifyPass.run),
        Pass(name: "rectifiers", run: RectifierPass.run),
        Pass(name: "pools", run: PoolPass.run),
        Pass(name: "prune", run: PrunePass.run),
    ]

    /// The names, in order.
    package static let names = all.map(\.name)

    /// A pass left a graph that the verifier refuses.
    package struct Broken: Error, CustomStringConvertible {
        package let pass: String
        package let fault: GraphVerifier.Fault
        package var description: String { "after pass `\(pass)`: \(fault)" }
    }

    /// Runs all passes, or those up to and with the named one. The map gives for each old node the new one, nil for what no result needs.
    /// Verification after each pass costs about as much as all of them.
    package static func optimise(
        _ graph: Graph, results: [NodeID], through last: String? = nil, verifying: Bool = false
    ) throws -> (graph: Graph, map: [NodeID?]) {
        var current = graph, map: [NodeID?] = graph.ids.map { $0 }, wanted = results
        for pass in all {
            let (next, step) = try pass.run(current, wanted)
            for index in map.indices { map[index] = map[index].flatMap { step[Int($0.index)] } }
            wanted = wanted.compactMap { step[Int($0.index)] }
            current = next
            if verifying {
                do throws(GraphVerifier.Fault) { try GraphVerifier.verify(current) } catch { throw Broken(pass: pass.name, fault: error) }
            }
            if pass.name == last { break }
        }
        return (current, map)
    }
}
