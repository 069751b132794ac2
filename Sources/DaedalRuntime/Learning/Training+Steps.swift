import DaedalSyntax
import DaedalTensor

/// The steps of a training.
extension Training {
    /// Takes one step, over as many batches as make one. Nil if it was interrupted while it was traced, and has changed nothing.
    func gather(_ size: Int, _ batches: BatchIterator) throws(RuntimeFailure) -> TakenStep? {
        var taken = TakenStep()
        if size == 1, clauses.step == nil, batches.lends, let count = batches.nextCount, let shelf = lending.shelf(count, dataset.batchSize) {
            if try batches.lendNext(on: shelf) {
                if try !step(lending: shelf, &taken) { return nil }
                position.batch += taken.count
                return taken
            }
        }
        // A copy would make a pass whose predictions are kept quadratic: it is needed only where a batch may come after one that counts.
        let before = size > 1 ? position.sums : nil
        for i in 0..<size {
            guard let batch = try batches.nextBatch(in: context) else { break }
            let (input, target) = training.inputAndTarget(batch)
            if size > 1 {
                context.learning.accumulation = Accumulation(
                    isFirst: i == 0, isLast: i == size - 1, examples: batch.count, total: taken.examples + batch.count)
            }
            let number = position.batch + i + 1
            guard let value = try step(input, target, number, explainedBy: batch) else {
                if let before { position.sums = before }
                return nil
            }
            try position.sums.add(value, count: batch.count, target: target, in: context)
            if clauses.step != nil, !clauses.metrics.isEmpty {
                let measured = try measure.measured(model, input, target, in: context)
                try position.sums.add(measured, count: batch.count, counts: false, target: target, in: context)
            }
            try taken.add(value, count: batch.count, in: context, at: span)
        }
        position.batch += taken.count
        return taken
    }

    /// Takes a step on the batch of a shelf. Once it has run again on the shelf's tensors it makes no value of the batch nor of what it gives. False if it
    /// was interrupted while it was traced.
    private func step(lending shelf: BatchShelf, _ taken: inout TakenStep) throws(RuntimeFailure) -> Bool {
        let count = shelf.rows.count
        if let lent = lending.step(on: shelf), site.holds(lent, shelf, in: context) {
            let execution = site.begin(in: context)
            do throws(RuntimeFailure) { try site.run(lent, shelf, execution: execution, in: context, at: span) } catch {
                throw explained(error, shelf.batch, position.batch + 1)
            }
            position.sums.add(lent.numbers, lent.names, count: count)
            if log == nil && clauses.eachStep == nil { taken.add(count: count) } else { taken.add(lent.numbers, lent.names, count: count) }
            return true
        }
        let batch = shelf.batch
        let (input, target) = training.inputAndTarget(batch)
        let replayed = context.session.counters.replayedSteps
        guard let value = try step(input, target, position.batch + 1, explainedBy: batch) else { return false }
        try position.sums.add(value, count: count, target: target, in: context)
        try taken.add(value, count: count, in: context, at: span)
        if context.session.counters.replayedSteps > replayed, lending.mayFind(on: shelf) {
            lending.keep(site.lentStep(captures(input, target), over: shelf, in: context), on: shelf)
        }
        return true
    }

    /// One batch, whose mistakes are explained; nil if it was interrupted while it was traced.
    private func step(
        _ input: Value, _ target: Value?, _ number: Int, explainedBy batch: BatchIterator.Batch
    ) throws(RuntimeFailure) -> Value? {
        do throws(RuntimeFailure) { return try step(input, target, number) } catch {
            if error.diagnostic.code == "E515" { return nil }
            throw explained(error, batch, number)
        }
    }

    private func explained(_ error: RuntimeFailure, _ batch: BatchIterator.Batch, _ number: Int) -> RuntimeFailure {
        LabelCheck.explained(error, model, training, batch, of: dataset, in: context, at: clauses.lossSpan)
            .explained(step: position.steps + 1, batch: number).explained(by: batch, training, of: dataset)
    }

    /// What a step over a batch depends on.
    private func captures(_ input: Value, _ target: Value?) -> [Value] {
        [.model(model), clauses.optimizerValue, input, target ?? .none] + site.gradientSums.assumptions(context.learning.accumulation)
    }

    /// One batch: a step, or its part of one.
    func step(_ input: Value, _ target: Value?, _ batch: Int) throws(RuntimeFailure) -> Value {
        if let own = clauses.step { return try own.call(model, clauses.optimizerValue, input, target, in: context, at: span) }
        let captures = captures(input, target)
        let execution = site.begin(in: context)
        if let value = try site.replay(captures, execution: execution, in: context, at: span) { return value }
        let subjects = Subjects()
        try subjects.add(.model(model), clauses.optimizerValue, text: "`\(model.name)`", at: span, optimizerSpan: clauses.optimizerSpan)
        let record = BlockRecord(isTraining: true, changeable: subjects.changeable)
        let log = VariableLog()
        let (block, output) = try context.tracing(record, log) { (trace) throws(RuntimeFailure) in
            let value = try measure.record(model, input, target, in: context)
            return try Minimization.learn(value, subjects, site, trace, record, at: clauses.lossSpan, in: context)
        }
        var traced = block
        let outside = captures + log.reads.map(\.value)
        traced.outside = OutsideValues(outside)
        traced.readsBatches = true
        let results = try site.run(
            traced, execution: execution, captures: outside, names: ["model", "optimizer", "input", "target"], variables: log.reads.map(\.variable),
            output: output, isReplayable: record.isReplayable && log.writes.isEmpty && record.deferredPrints.isEmpty, in: context, at: span)
        try record.finish(in: context)
        if let share = clauses.average, shadow == nil { shadow = try WeightAverage(model, share: share, at: span) }
        return output.value(results)
    }
}
