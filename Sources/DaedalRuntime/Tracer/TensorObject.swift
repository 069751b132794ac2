import DaedalGraph
import DaedalTensor

/// A tensor as the program sees it: concrete, or a node of a trace that has not been evaluated (or never will be, in the checker).
package final class TensorObject {
    package let type: ElementType
    /// Concrete when running; may be symbolic in the checker.
    package let shape: Shape
    /// The evaluated contents.
    @exclusivity(unchecked) package var value: Tensor?
    /// The node that gives it, while its trace lives.
    @exclusivity(unchecked) package var trace: Trace?
    @exclusivity(unchecked) package var node: NodeID?
    /// Why it could not be evaluated.
    @exclusivity(unchecked) package var failure: RuntimeFailure?
    /// The operation that gave it, kept when it is evaluated outside of blocks: what a message about its contents can point at.
    @exclusivity(unchecked) package var origin: Origin?
    /// What the checker and padding-aware functions know beside the numbers (kind of values, lengths of padded rows, …).
    @exclusivity(unchecked) package var notes: TensorNotes?

    package init(_ value: Tensor) {
        type = value.type
        shape = value.shape
        self.value = value
    }

    package init(trace: Trace, node: NodeID) {
        let made = trace.reading { $0[node] }
        type = made.type
        shape = made.shape
        self.trace = trace
        self.node = node
        if trace.kind != .symbolic { trace.pending.append(self) }
    }

    /// The type and shape as an error or a shape label shows them: `f32[2, 3]`.
    package var description: String { "\(type.name)\(shape)" }
}

/// Knowledge that travels with a tensor.
package final class TensorNotes {
    /// What the numbers mean, from the operation that made them.
    package enum Meaning { case logits, probabilities, logProbabilities, labels }
    package var meaning: Meaning?
    /// The number of valid steps of each row of a padded batch.
    package var lengths: TensorObject?
    /// The split whose rows it was computed from (`train`, `test`, `all`), for the provenance check.
    package var split: String?
    package init() {}
}
