import DaedalEngine
import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// A plan of the engine for a block, with the places of its operations.
final class StepPlan {
    let request: PlanRequest
    private let origins: [Origin]
    let plan: Plan
    /// The plan bound to memory, kept as long as the block may run again.
    private var execution: Execution?

    init(_ request: PlanRequest, origins: [Origin], in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        self.request = request
        self.origins = origins
        do throws(PlanFailure) { plan = try context.session.engine.plan(for: request) } catch {
            throw Self.failure(error, origins, at: span)
        }
    }

    deinit {
        if let execution { plan.giveBack(execution) }
    }

    /// Computes and commits; a failure committed nothing. `changing` are the inputs that commits overwrite, which the plan lets go of afterwards.
    func run(_ inputs: [Tensor], changing: [Int], at span: Span) throws(RuntimeFailure) -> [Tensor] {
        do throws(PlanFailure) {
            let execution = if let execution { execution } else { try plan.execution() }
            self.execution = execution
            for (position, tensor) in inputs.enumerated() { execution.setInput(position, tensor) }
            defer { for position in changing { execution.forgetInput(position) } }
            try execution.run()
            return execution.results
        } catch {
            if case .notFinite(let value) = error.reason { throw notFinite(value, inputs, at: span) }
            throw Self.failure(error, origins, at: span)
        }
    }

    private static func failure(_ failure: PlanFailure, _ origins: [Origin], at span: Span) -> RuntimeFailure {
        (Origin.numbered(failure.origin, in: origins) ?? Origin(span)).failure { Evaluation.failure(failure, at: $0) }
    }

    /// The failure of a loss that is not finite, with the first operation that gave such a value.
    private func notFinite(_ value: Double, _ inputs: [Tensor], at span: Span) -> RuntimeFailure {
        let graph = request.graph
        let isBad = { (tensor: Tensor) in tensor.type.isFloat && (0..<tensor.count).contains { !tensor.double(at: $0).isFinite } }
        var notes: [String] = []
        var place = Origin(span)
        if inputs.contains(where: isBad) {
            notes.append("a value that came into the block from outside is already not finite")
        } else if let last = request.finiteCheck {
            // The same step again on the reference evaluator, node by node: nothing was committed, so the inputs are what they were.
            let ids = graph.ids.prefix(Int(last.index) + 1).filter { graph[$0].primitive != .scan }
            if let values = try? Reference.evaluate(graph, inputs: inputs, results: Array(ids)),
                let first = zip(ids, values).first(where: { graph[$0.0].primitive != .input && isBad($0.1) })
            {
                notes.append("the first operation that gave a value that is not finite: \(graph[first.0].primitive)")
                place = Origin.numbered(graph[first.0].origin, in: origins) ?? Origin(span)
            }
        }
        return place.failure { RuntimeFailure("E505", "the loss is \(value), not a finite number", at: $0, notes: notes) }
    }
}
