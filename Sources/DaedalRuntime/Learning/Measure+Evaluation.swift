import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// What a model was trained with, so that `evaluate` and `predict` know.
final class TrainingMemory {
    let measure: Measure
    let dataset: Dataset
    /// The `step` that took the place of a loss, with its optimizer.
    let step: (step: OwnStep, optimizer: Value)?

    init(_ measure: Measure, _ dataset: Dataset, step: (step: OwnStep, optimizer: Value)? = nil) {
        self.measure = measure
        self.dataset = dataset
        self.step = step
    }
}

extension Measure {
    /// Measures a model over one pass of a split, in use: averages by name. A `step` of a `train` tells the loss where it took the place of one.
    func evaluate(
        _ model: ModelObject, _ part: Dataset.Part, of dataset: Dataset, step: (step: OwnStep, optimizer: Value)? = nil,
        in context: EvaluationContext
    ) throws(RuntimeFailure) -> [(name: String, value: Value)] {
        var sums = MeasureSums(self)
        let batches = try BatchIterator(part, of: dataset, trains: false, in: context, at: span)
        while let batch = try batches.nextBatch(in: context) {
            let (input, target) = part.inputAndTarget(batch)
            do throws(RuntimeFailure) {
                if let step {
                    let value = try step.step.measured(model, step.optimizer, input, target, in: context, at: span)
                    try sums.add(value, count: batch.count, counts: loss == nil && metrics.isEmpty, target: target, in: context)
                }
                if loss != nil || !metrics.isEmpty {
                    try sums.add(measured(model, input, target, in: context), count: batch.count, target: target, in: context)
                }
            } catch {
                throw LabelCheck.explained(error, model, part, batch, of: dataset, in: context, at: span)
            }
            // Where only plans are wanted, one batch says all.
            if context.session.forecast != nil { break }
        }
        return try sums.results(in: context)
    }

    /// Loss and metrics of one batch.
    func measured(_ model: ModelObject, _ input: Value, _ target: Value?, in context: EvaluationContext) throws(RuntimeFailure) -> Value {
        let captures: [Value] = [.model(model), input, target ?? .none]
        return try site.evaluate(captures, names: ["model", "input", "target"], in: context, at: span) { () throws(RuntimeFailure) in
            try self.record(model, input, target, in: context)
        }
    }
}

extension LearningSite {
    /// Runs a block that only computes, as a plan: replayed where it may be.
    func evaluate(
        _ captures: [Value], names: [String], in context: EvaluationContext, at span: Span, _ body: () throws(RuntimeFailure) -> Value
    ) throws(RuntimeFailure) -> Value {
        let execution = begin(in: context)
        if let value = try replay(captures, execution: execution, in: context, at: span) { return value }
        let record = BlockRecord(isTraining: false)
        let log = VariableLog()
        let (block, output) = try context.tracing(record, log) { (trace) throws(RuntimeFailure) in
            let value = try body()
            let output = try BlockOutput(value, lossAt: nil, lossNode: nil, in: context, at: span)
            var block = TracedBlock(trace)
            block.results = output.results
            return (block, output)
        }
        var traced = block
        let outside = captures + log.reads.map(\.value)
        traced.outside = OutsideValues(outside)
        let results = try run(
            traced, execution: execution, captures: outside, names: names, variables: log.reads.map(\.variable), output: output,
            isReplayable: record.isReplayable && log.writes.isEmpty && record.deferredPrints.isEmpty, in: context, at: span)
        try record.finish(in: context)
        return output.value(results)
    }
}
