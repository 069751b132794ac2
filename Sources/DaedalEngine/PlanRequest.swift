import DaedalGraph
import DaedalTensor

// DaedalEngine: how a graph is computed. In: graphs whose sizes are numbers, tensors. Out: plans (cached by structure), results.
// Never: syntax, the interpreter, files.

/// What is wanted of a graph. A plan first *computes* everything that `results` and `updates` need, tests `finiteCheck`, then *commits* the updates.
package struct PlanRequest: Sendable {
    /// Overwrites the storage of an input with a node's value, at the commit.
    package struct Update: Hashable, Sendable {
        package let node: NodeID
        /// The position of the input (attribute `.input`), of equal type and shape.
        package let input: Int
        package init(node: NodeID, input: Int) {
            self.node = node
            self.input = input
        }
    }

    package let graph: Graph
    /// Nodes whose values are delivered.
    package let results: [NodeID]
    package let updates: [Update]
    /// A rank-0 float node that must be finite, or nothing is committed.
    package let finiteCheck: NodeID?

    package init(graph: Graph, results: [NodeID], updates: [Update] = [], finiteCheck: NodeID? = nil) {
        self.graph = graph
        self.results = results
        self.updates = updates
        self.finiteCheck = finiteCheck
    }
}

/// Why a plan could not be made or did not finish. Nothing was committed.
package struct PlanFailure: Error, Sendable {
    package enum Reason: Sendable, Equatable {
        /// An index outside `0..<limit` reached gather, scatter, dynamicSlice or dynamicUpdate.
        case indexOutOfRange(index: Int, limit: Int)
        case integerDivisionByZero
        /// The value tested between computing and committing is not finite.
        case notFinite(Double)
        /// Memory for that many bytes could not be had (nil: the count overflows).
        case outOfMemory(byteCount: Int?)
    }
    package let reason: Reason
    /// The origin of the node at fault (see `Node.origin`), 0 if there is none.
    package let origin: UInt32
    package init(_ reason: Reason, origin: UInt32) {
        self.reason = reason
        self.origin = origin
    }
}
