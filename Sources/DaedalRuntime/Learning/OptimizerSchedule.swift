import DaedalSyntax

/// The schedule of an optimizer: a function of where training stands that gives the factor on the rate, and what it remembers from step to step.
final class OptimizerSchedule {
    /// What `train` knows of the run that an optimizer takes part in.
    struct Run {
        /// Steps of the optimizer before the run.
        let start: Int
        /// The steps of the whole run, and of an epoch.
        let steps: Int
        let perEpoch: Int
        /// The epoch at hand, from 1.
        var epoch = 1
    }

    private let function: Value
    /// The run at hand or the last one; nil while only `minimize` statements of the program's own have used the optimizer.
    var run: Run?
    /// The loss that schedules watch: in `train` of the last epoch (on the validation split if there is one), else of the last step.
    var loss: Double?
    /// What the schedule gave as `memory` at the last step.
    var memory: Value = .none
    /// The factor of the last step.
    var lastFactor: Double?

    init(_ function: Value) { self.function = function }

    /// The factor for a step, counted from 1 over the optimizer's life.
    func factor(beforeStep step: Int, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Double {
        let at = RecordObject(
            names: ["step", "steps", "epoch", "per_epoch", "loss", "memory"],
            fields: [
                .int(step - (run?.start ?? 0)), run.map { .int($0.steps) } ?? .none, run.map { .int($0.epoch) } ?? .none,
                run.map { .int($0.perEpoch) } ?? .none, loss.map { .float($0) } ?? .none, memory,
            ])
        if let number = function.number {
            lastFactor = number
            return number
        }
        var value = try context.detached { () throws(RuntimeFailure) in try context.call(function, Arguments([.record(at)]), at: span) }
        if case .record(let record) = value, let position = record.position(of: "factor") {
            value = record.fields[position]
            memory = record.position(of: "memory").map { record.fields[$0] } ?? .none
        }
        let factor = try Self.number(value, in: context, at: span)
        lastFactor = factor
        return factor
    }

    private static func number(_ value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Double {
        if let number = value.number { return number }
        if case .tensor(let tensor) = value, tensor.shape.rank == 0 { return try context.force(tensor, at: span).double(at: 0) }
        throw RuntimeFailure(
            "E202", "a schedule gives a factor on the rate, a number; this one gave \(value.kindWithArticle)", at: span,
            notes: ["one that remembers something gives `(factor:, memory:)`"])
    }
}
