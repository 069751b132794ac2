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
        context.session.profile?.note(plan, at: span) { Origin.numbered($0, in: origins)?.span }
    }

    /// The bytes of the arena that it holds between runs.
    var heldByteCount: Int { execution?.arenaByteCount ?? 0 }

    deinit {
        if let execution { plan.giveBack(execution) }
    }

    /// The plan with the memory that it runs in, to be given its inputs.
    func bound(at span: Span) throws(RuntimeFailure) -> Execution {
        if let execution { return execution }
        do throws(PlanFailure) {
            let made = try plan.execution()
            execution = made
            return made
        } catch { throw Self.failure(error, origins, at: span) }
    }

    /// Computes and commits; a failure committed nothing. `explain` says what an input is, where that is asked for.
    func run(
        _ execution: Execution, explain: (Int) -> NonFiniteSearch.Input, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) {
        do throws(PlanFailure) { try execution.run() } catch {
            if case .notFinite(let value) = error.reason {
                let inputs = execution.boundInputs.compactMap { $0 }
                throw NonFiniteSearch(request, origins, in: context).failure(value, inputs, explain: explain, at: span)
            }
            throw Self.failure(error, origins, at: span)
        }
    }

    private static func failure(_ failure: PlanFailure, _ origins: [Origin], at span: Span) -> RuntimeFailure {
        (Origin.numbered(failure.origin, in: origins) ?? Origin(span)).failure { Evaluation.failure(failure, at: $0) }
    }
}
