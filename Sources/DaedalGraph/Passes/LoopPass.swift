import DaedalTensor

/// Loops: scans of one body over the same operands become one, what no result needs is left out, bodies are optimised in their turn,
/// products that need no step before them are taken before or after the loop, for all steps at once.
enum LoopPass {
    @Sendable static func run(_ graph: Graph, _ results: [NodeID]) throws -> (Graph, [NodeID?]) {
        guard graph.ids.contains(where: { graph[$0].primitive == .scan }) else { return (graph, graph.ids.map { $0 }) }
        var rewriter = Rewriter(graph, results: results)
        let families = families(of: graph, rewriter)
        var made: [NodeID: LoopRewrite] = [:]
        for id in graph.ids where rewriter.isNeeded(id) {
            rewriter.graph.defaultOrigin = graph[id].origin
            switch (graph[id].primitive, graph.attributes(of: id)) {
            case (.scan, _):
                guard let family = families.first(where: { $0.members.contains(id) }), family.members.first == id else { continue }
                let result = try family.make(&rewriter, id)
                for member in family.members { made[member] = result }
            case (.part, .part(let part)):
                let scan = graph.operand(0, of: id)
                guard case .loop(let loop) = graph.attributes(of: scan), let result = made[scan] else { continue }
                rewriter.map[Int(id.index)] =
                    part < loop.carryCount ? result.finals[part] : result.stacks[loop.stackedResults[part - loop.carryCount]]
            default: rewriter.map[Int(id.index)] = rewriter.copy(id, rewriter.operands(of: id))
            }
        }
        return (rewriter.graph, rewriter.map)
    }

    /// Scans that differ in what they stack alone.
    private static func families(of graph: Graph, _ rewriter: Rewriter) -> [Family] {
        var families: [Family] = []
        for id in graph.ids where rewriter.isNeeded(id) {
            switch (graph[id].primitive, graph.attributes(of: id)) {
            case (.scan, .loop(let loop)):
                let operands = Array(graph.operands(of: id))
                if let at = families.firstIndex(where: { $0.operands == operands && $0.loop.isSameWalk(as: loop) }) {
                    families[at].members.append(id)
                } else {
                    families.append(Family(operands: operands, loop: loop, members: [id]))
                }
            case (.part, .part(let part)):
                let scan = graph.operand(0, of: id)
                guard case .loop(let loop) = graph.attributes(of: scan), let at = families.firstIndex(where: { $0.members.contains(scan) }) else {
                    continue
                }
                if part < loop.carryCount {
                    families[at].carries.insert(part)
                } else {
                    families[at].stacked.insert(loop.stackedResults[part - loop.carryCount])
                }
            default: continue
            }
        }
        return families
    }

    /// Scans that become one, and what of them is read.
    private struct Family {
        let operands: [NodeID]
        let loop: Loop
        var members: [NodeID]
        /// The carries whose final value is read, and the nodes of the body whose stacks are.
        var carries: Set<Int> = []
        var stacked: Set<NodeID> = []

        init(operands: [NodeID], loop: Loop, members: [NodeID]) {
            self.operands = operands
            self.loop = loop
            self.members = members
        }

        /// Writes the one scan that the family becomes.
        func make(_ rewriter: inout Rewriter, _ id: NodeID) throws -> LoopRewrite {
            var rewrite = try LoopRewrite(loop, carries: liveCarries(), stacked: stacked.sorted(), operands: rewriter.operands(of: id))
            rewrite.write(&rewriter)
            return rewrite
        }

        /// The carries that something read depends on.
        private func liveCarries() -> [Int] {
            var live = carries
            while true {
                let needed = loop.body.needed(for: live.map { loop.carryResults[$0] } + stacked)
                var next = live
                for id in loop.body.ids where needed[Int(id.index)] {
                    if case .input(let position) = loop.body.attributes(of: id), position < loop.carryCount { next.insert(position) }
                }
                if next == live { return live.sorted() }
                live = next
            }
        }
    }
}

extension Loop {
    /// Whether another loop does the same in every step, whatever it stacks.
    fileprivate func isSameWalk(as other: Loop) -> Bool {
        length == other.length && isReversed == other.isReversed && sequenceCount == other.sequenceCount && carryResults == other.carryResults
            && body == other.body
    }
}
