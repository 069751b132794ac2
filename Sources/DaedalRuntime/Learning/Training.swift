import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// `train model on data { … }`: epochs of steps, validation, early stopping, the best weights.
final class Training {
    let context: EvaluationContext
    let span: Span
    let model: ModelObject
    let dataset: Dataset
    let training: Dataset.Part
    let validation: Dataset.Part?
    let clauses: TrainClauses
    let optimizer: OptimizerObject
    let measure: Measure
    private let site: LearningSite
    private var progress: TrainingProgress
    private var history: [Value] = []
    private var best: (value: Double, row: Value, weights: [(TensorCell, Tensor)])?
    private var steps = 0
    /// The running average of weights, if asked for.
    private var shadow: WeightAverage?

    init(_ request: TrainRequest, in context: EvaluationContext) throws(RuntimeFailure) {
        self.context = context
        span = request.span
        if context.learning.block != nil || context.learning.calling > 0 || context.trace.kind != .eager {
            throw RuntimeFailure("E312", "`train` cannot stand inside a block that learns, a `forward` or `grad`", at: span)
        }
        guard case .model(let model) = try ModelObject.completed(request.model, in: context, at: request.modelSpan) else {
            throw RuntimeFailure("E202", "`train` trains a model; this is \(request.model.kindWithArticle)", at: request.modelSpan)
        }
        self.model = model
        (dataset, training, validation) = try Self.data(request.data, in: context, at: request.dataSpan)
        clauses = try TrainClauses(request.clauses, in: context, at: request.span)
        guard let optimizer = clauses.optimizer else { preconditionFailure("clauses without an optimizer") }
        self.optimizer = optimizer
        measure = Measure(loss: clauses.loss, metrics: clauses.metrics, at: clauses.lossSpan)
        site = LearningSite(key: RandomState.mix(UInt64(span.source) << 32 | UInt64(span.start), clauses.seed ?? 0x7AA1))
        let batches = (training.rows.count + dataset.batchSize - 1) / dataset.batchSize
        guard batches > 0 else { throw RuntimeFailure("E315", "\(dataset.name).\(training.name) has no examples", at: request.dataSpan) }
        epochs = clauses.epochs ?? ((clauses.steps ?? 1) + batches - 1) / batches
        mostSteps = clauses.steps ?? .max
        optimizer.horizon = (clauses.steps ?? epochs.multipliedReportingOverflow(by: batches).partialValue, batches)
        progress = TrainingProgress(
            context.session.host, isQuiet: clauses.isQuiet, model: model.name, dataset: dataset.name, epochs: epochs,
            steps: min(mostSteps, epochs.multipliedReportingOverflow(by: batches).partialValue))
        model.training = TrainingMemory(measure, dataset)
    }

    private let epochs: Int
    private let mostSteps: Int

    /// The splits to train and to validate on.
    private static func data(
        _ value: Value, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> (Dataset, Dataset.Part, Dataset.Part?) {
        if case .object(let object) = value {
            if let declared = object as? DatasetObject {
                let dataset = try declared.dataset(in: context)
                guard let training = dataset.part("train") ?? dataset.parts.first else {
                    throw RuntimeFailure("E315", "\(dataset.name) has no examples", at: span)
                }
                return (dataset, training, dataset.part("validation").flatMap { $0.rows.isEmpty ? nil : $0 })
            }
            if let split = object as? SplitObject { return (split.dataset, split.part, nil) }
        }
        throw RuntimeFailure("E202", "`train` learns from a dataset; this is \(value.kindWithArticle)", at: span)
    }

    // MARK: The run

    /// Trains and gives the run.
    func run() throws(RuntimeFailure) -> Value {
        let start = context.session.host.clock()
        let arenas = context.session.engine.counters.arenaByteCount
        progress.begin()
        var stopped = "finished"
        var epoch = 0
        var waited = 0
        var watched: Double?
        try context.flushEager()
        while epoch < epochs && steps < mostSteps {
            epoch += 1
            let begun = context.session.host.clock()
            let (sums, wasInterrupted) = try pass(epoch)
            if wasInterrupted {
                stopped = "interrupted"
                context.session.host.answerInterruption()
            }
            if wasInterrupted && sums.lossSoFar == nil { break }
            let columns = try columns(sums)
            let seconds = begun.flatMap { from in context.session.host.clock().map { $0 - from } }
            let row = row(epoch, columns, seconds: seconds)
            history.append(row)
            progress.epoch(epoch, columns, step: steps, seconds: seconds)
            noteBest(columns, row)
            if let each = clauses.eachEpoch { try call(each, row) }
            if wasInterrupted { break }
            if let stop = clauses.stop {
                guard let value = watchedValue(stop.on, columns) else {
                    throw RuntimeFailure("E319", "`stop` watches `\(stop.on)`, which is neither the loss nor a metric of this training", at: span)
                }
                let isBetter = watched.map { Self.lowerIsBetter(stop.on) ? value < $0 : value > $0 } ?? true
                if isBetter { (watched, waited) = (value, 0) } else { waited += 1 }
                if waited >= stop.patience {
                    stopped = "no improvement for \(stop.patience) epochs"
                    break
                }
            }
        }
        if stopped == "interrupted" {
            progress.note("interrupted: the model keeps what it has learned")
        }
        try restoreBest()
        let seconds = start.flatMap { from in context.session.host.clock().map { $0 - from } } ?? 0
        progress.end(
            stopped, step: steps, epoch: epoch, seconds: seconds, arenaByteCount: context.session.engine.counters.arenaByteCount - arenas)
        return .object(
            RunObject(
                model: model, history: history, best: best?.row ?? history.last ?? .none, epochs: history.count, seconds: seconds, stopped: stopped))
    }

    /// One pass over the training rows.
    private func pass(_ epoch: Int) throws(RuntimeFailure) -> (MeasureSums, wasInterrupted: Bool) {
        var sums = MeasureSums(measure)
        let batches = try BatchIterator(training, of: dataset, shuffles: dataset.shuffles, at: span)
        var number = 0
        while steps < mostSteps, let batch = try batches.nextBatch(in: context) {
            number += 1
            steps += 1
            let (input, target) = training.inputAndTarget(batch)
            let value: Value
            do throws(RuntimeFailure) {
                value = try step(input, target, number)
            } catch {
                // The machine notices an interruption while it traces a step, which then has changed nothing.
                if error.diagnostic.code == "E515" { return (sums, true) }
                throw LabelCheck.explained(error, model, training, batch, of: dataset, in: context).explained(step: steps, batch: number)
            }
            try sums.add(value, count: batch.count, target: target, in: context)
            optimizer.lastLoss = sums.lossSoFar
            try shadow?.update(at: span)
            progress.step(steps, epoch: epoch, batch: number, of: batches.count, loss: sums.lossSoFar)
            if let each = clauses.eachStep {
                let loss: Value = if case .record(let record) = value, let at = record.position(of: "loss") { record.fields[at] } else { value }
                try call(each, .record(RecordObject(names: ["step", "epoch", "loss"], fields: [.int(steps), .int(epoch), loss])))
            }
            if context.session.host.isInterrupted { return (sums, true) }
        }
        return (sums, false)
    }

    /// Calls the block of an `each`, which sees `model` and `optimizer`.
    private func call(_ function: Value, _ value: Value) throws(RuntimeFailure) {
        _ = try context.call(function, Arguments([.model(model), clauses.optimizerValue, value]), at: span)
        try context.flushEager()
    }

    // MARK: Steps

    func step(_ input: Value, _ target: Value?, _ batch: Int) throws(RuntimeFailure) -> Value {
        if let own = clauses.step { return try ownStep(own.function, own.parameterCount, input, target) }
        let captures: [Value] = [.model(model), clauses.optimizerValue, input, target ?? .none]
        let execution = site.begin(in: context)
        if let value = try site.replay(captures, execution: execution, in: context, at: span) { return value }
        let subjects = Subjects()
        try subjects.add(.model(model), clauses.optimizerValue, text: "`\(model.name)`", at: span, optimizerSpan: clauses.optimizerSpan)
        let record = BlockRecord(isTraining: true, changeable: subjects.changeable)
        let log = VariableLog()
        let (block, output) = try context.tracing(record, log) { (trace) throws(RuntimeFailure) in
            let value = try measure.record(model, input, target, in: context)
            return try Minimization.learn(value, subjects, trace, record, at: clauses.lossSpan, in: context)
        }
        var traced = block
        let outside = captures + log.reads.map(\.value)
        traced.outside = OutsideValues(outside)
        let results = try site.run(
            traced, execution: execution, captures: outside, names: ["model", "optimizer", "input", "target"], variables: log.reads.map(\.variable),
            output: output, isReplayable: record.isReplayable && log.writes.isEmpty && record.deferredPrints.isEmpty, in: context, at: span)
        try record.finish(in: context)
        if let share = clauses.average, shadow == nil { shadow = try WeightAverage(model, share: share, at: span) }
        return output.value(results)
    }

    /// Runs the block of `step`; on other splits than the training one its `minimize` only measures.
    func ownStep(_ function: Value, _ count: Int, _ input: Value, _ target: Value?) throws(RuntimeFailure) -> Value {
        var arguments: [Value] = [.model(model), clauses.optimizerValue, input]
        if count > 1, let target { arguments.append(target) }
        let value = try context.call(function, Arguments(arguments), at: span)
        try context.flushEager()
        switch value {
        case .record: return value
        case .none: return .record(RecordObject(names: [], fields: []))
        default: return .record(RecordObject(names: ["loss"], fields: [value]))
        }
    }

    // MARK: Epochs

    /// Averages of the pass, then those of the validation split.
    private func columns(_ sums: MeasureSums) throws(RuntimeFailure) -> [(name: String, value: Value)] {
        var columns = try sums.results(in: context)
        guard let validation else { return columns }
        let measured: [(name: String, value: Value)]
        if let own = clauses.step {
            context.learning.measures = true
            defer { context.learning.measures = false }
            var sums = MeasureSums(measure)
            let batches = try BatchIterator(validation, of: dataset, shuffles: false, at: span)
            while let batch = try batches.nextBatch(in: context) {
                let (input, target) = validation.inputAndTarget(batch)
                try sums.add(ownStep(own.function, own.parameterCount, input, target), count: batch.count, target: target, in: context)
            }
            measured = try sums.results(in: context)
        } else {
            try shadow?.swap()
            defer { try? shadow?.swap() }
            measured = try measure.evaluate(model, validation, of: dataset, in: context)
        }
        columns += measured.map { ("validation_" + $0.name, $0.value) }
        return columns
    }

    func row(_ epoch: Int, _ columns: [(name: String, value: Value)], seconds: Double?) -> Value {
        var names = ["epoch"], fields: [Value] = [.int(epoch)]
        for (name, value) in columns {
            names.append(name)
            fields.append(value)
        }
        let rate = optimizer.rule.rate?.value.number.map { $0 * (lastFactor ?? 1) }
        names += ["rate", "seconds"]
        fields += [rate.map { .float($0) } ?? .none, seconds.map { .float($0) } ?? .none]
        return .record(RecordObject(names: names, fields: fields))
    }

    private var lastFactor: Double? { optimizer.lastFactor }

    private static let lowerWords: Set<String> = ["loss", "mae", "mse", "rmse", "perplexity", "word_error_rate", "huber"]

    /// Whether a smaller value is an improvement.
    private static func lowerIsBetter(_ name: String) -> Bool {
        lowerWords.contains(name.hasPrefix("validation_") ? String(name.dropFirst("validation_".count)) : name)
    }

    /// The value that early stopping looks at: on the validation split if there is one.
    private func watchedValue(_ name: String, _ columns: [(name: String, value: Value)]) -> Double? {
        (columns.first { $0.name == "validation_" + name } ?? columns.first { $0.name == name })?.value.number
    }

    private func noteBest(_ columns: [(name: String, value: Value)], _ row: Value) {
        guard validation != nil, let value = columns.first(where: { $0.name == "validation_loss" })?.value.number else { return }
        if let best, !(value < best.value) { return }
        let weights = model.allSlots.compactMap { entry in entry.slot.cell.tensor.map { (entry.slot.cell, $0) } }
        best = (value, row, shadow?.weights(over: weights) ?? weights)
    }

    private func restoreBest() throws(RuntimeFailure) {
        if let best {
            try context.beforeChanging(best.weights.map(\.0))
            for (cell, tensor) in best.weights { cell.set(tensor) }
        } else {
            try shadow?.swap()
        }
    }
}
