import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// A graph under construction with what its nodes came from: inputs (concrete tensors, parameters) and places in the source.
package final class Trace {
    package enum Kind {
        /// Values outside blocks, evaluated when looked at.
        case eager
        /// The inside of `minimize`, `train` or a model call: nothing computed inside may be looked at.
        case block
        /// The checker's: sizes are symbols and nothing is ever evaluated.
        case symbolic
    }
    package let kind: Kind
    package var graph = Graph()
    /// Places by origin; 0 is no place.
    package var origins: [Span] = [.none]

    package init(_ kind: Kind) { self.kind = kind }

    /// The origin that nodes made at a place carry.
    package func origin(_ span: Span) -> UInt32 {
        if origins[origins.count - 1] == span { return UInt32(origins.count - 1) }
        origins.append(span)
        return UInt32(origins.count - 1)
    }
}
