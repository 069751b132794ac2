import DaedalEngine
import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// The search for what made a loss not finite: from the loss back to the operation that gave such a value to values that were in order, or to
/// something that came into the block.
struct NonFiniteSearch {
    /// What stands for an input of a plan.
    struct Input {
        /// In the user's terms.
        let what: String
        /// The operation outside of the block that computed it, if one did.
        var origin: Origin?
        var notes: [String] = []
    }

    private let request: PlanRequest
    private let origins: [Origin]
    private let context: EvaluationContext

    init(_ request: PlanRequest, _ origins: [Origin], in context: EvaluationContext) {
        self.request = request
        self.origins = origins
        self.context = context
    }

    /// The failure for a loss, at the first operation at fault.
    func failure(_ value: Double, _ inputs: [Tensor], explain: (Int) -> Input, at span: Span) -> RuntimeFailure {
        let message = "the loss is \(Value.text(of: value)), not a finite number"
        guard let culprit = culprit(inputs) else { return RuntimeFailure("E505", message, at: span) }
        let graph = request.graph
        let own = Origin.numbered(graph[culprit].origin, in: origins) ?? Origin(span)
        guard case .input(let position) = graph.attributes(of: culprit) else {
            let note = "the first operation that gave a value that is not finite: \(graph[culprit].primitive)"
            return own.failure { RuntimeFailure("E505", message, at: $0, notes: [note]) }
        }
        let input = explain(position)
        let line = context.session.sources.source(of: span).line(at: span.start)
        let note = "\(input.what) was not finite before the block on line \(line) began"
        guard let before = input.origin else { return RuntimeFailure("E505", message, at: span, notes: [note] + input.notes) }
        return before.failure { RuntimeFailure("E505", message, at: $0, label: "gave a value that is not finite", notes: [note] + input.notes) }
    }

    /// The node that first went wrong, or the input that brought it.
    private func culprit(_ inputs: [Tensor]) -> NodeID? {
        guard let last = request.finiteCheck else { return nil }
        let graph = request.graph
        // The same step again with every value delivered: nothing was committed, so the inputs are what they were.
        let ids = graph.ids.prefix(Int(last.index) + 1).filter { graph[$0].primitive != .scan && graph[$0].type.isFloat }
        guard let values = try? context.session.engine.plan(for: PlanRequest(graph: graph, results: Array(ids))).run(inputs) else { return nil }
        var states: [Health] = Array(repeating: .finite, count: graph.count)
        for (id, value) in zip(ids, values) { states[Int(id.index)] = Health(value) }
        let end = first(states[Int(last.index)], from: last, states)
        guard states[Int(end.index)] == .undefined else { return end }
        // Infinities that meet where they should not were made somewhere, or written down, as in a mask: then the meeting is at fault.
        guard let operand = operands(of: end).first(where: { states[Int($0.index)] == .infinite }) else { return end }
        let source = first(.infinite, from: operand, states)
        return graph[source].primitive == .constant ? end : source
    }

    /// Goes back from a node over operands that are as bad as it is.
    private func first(_ state: Health, from node: NodeID, _ states: [Health]) -> NodeID {
        var at = node
        while state != .finite, let next = operands(of: at).first(where: { states[Int($0.index)] == state }) { at = next }
        return at
    }

    /// What a node is computed from. A loop delivers through its parts: what is behind it is what it began with.
    private func operands(of node: NodeID) -> [NodeID] {
        let graph = request.graph
        return graph.operands(of: node).flatMap { graph[$0].primitive == .scan ? Array(graph.operands(of: $0)) : [$0] }
    }

    /// What is wrong with a tensor at worst.
    private enum Health {
        case finite, infinite, undefined

        init(_ tensor: Tensor) {
            var worst = Health.finite
            for i in 0..<tensor.count {
                let value = tensor.double(at: i)
                if value.isNaN {
                    self = .undefined
                    return
                }
                if value.isInfinite { worst = .infinite }
            }
            self = worst
        }
    }
}
