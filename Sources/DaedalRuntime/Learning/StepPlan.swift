import DaedalEngine
import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// A plan of the engine for a block, with the places of its operations.
final class StepPlan {
    let request: PlanRequest
    private let origins: [Span]

    init(_ request: PlanRequest, origins: [Span], in context: EvaluationContext) throws(RuntimeFailure) {
        self.request = request
        self.origins = origins
    }

    /// Computes and commits; a failure committed nothing.
    func run(_ inputs: [Tensor], in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> [Tensor] {
        do throws(PlanFailure) {
            return try context.session.evaluate(request, inputs: inputs)
        } catch {
            let origin = Int(error.origin)
            let place = origins.indices.contains(origin) && origins[origin] != .none ? origins[origin] : span
            throw Evaluation.failure(error, at: place)
        }
    }
}
