import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// `train model on data { … }`: epochs of steps, validation, early stopping, the best weights, checkpoints.
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
    /// The most epochs and steps there will be, and the steps of an epoch.
    let epochs: Int
    let mostSteps: Int
    let stepsPerEpoch: Int
    @exclusivity(unchecked) var position: TrainingPosition
    /// Steps over batches that stay where they are: of the usual size, and of the smaller last one.
    @exclusivity(unchecked) var lending: LendingSteps
    /// The running average of weights, if asked for.
    @exclusivity(unchecked) var shadow: WeightAverage?
    var site: LearningSite
    @exclusivity(unchecked) private var progress: TrainingProgress
    private(set) var log: TrainingLog?
    @exclusivity(unchecked) private var checkpoints: CheckpointWriter?
    private var start: Double?
    /// The optimizer's options as the script gave them.
    private(set) var firstOptions = Value.none

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
        site = LearningSite(key: RandomState.mix(UInt64(span.source) << 32 | UInt64(span.start), 0x7AA1))
        let batches = (training.rows.count + dataset.batchSize - 1) / dataset.batchSize
        guard batches > 0 else { throw RuntimeFailure("E315", "\(dataset.name).\(training.name) has no examples", at: request.dataSpan) }
        stepsPerEpoch = (batches + clauses.accumulate - 1) / clauses.accumulate
        epochs = clauses.epochs ?? ((clauses.steps ?? 1) + stepsPerEpoch - 1) / stepsPerEpoch
        mostSteps = min(clauses.steps ?? .max, epochs.multipliedReportingOverflow(by: stepsPerEpoch).partialValue)
        position = TrainingPosition(MeasureSums(measure))
        lending = LendingSteps(training)
        progress = TrainingProgress(
            context.session.host, isQuiet: clauses.isQuiet, model: model.name, dataset: dataset.name, epochs: epochs, steps: mostSteps)
        model.training = TrainingMemory(measure, dataset, step: clauses.step.map { ($0, clauses.optimizerValue) })
    }

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

    /// The bytes of the arenas that this training holds; where its steps are the program's own, what the engine has bound since.
    private func heldByteCount(since before: Int) -> Int {
        if clauses.step != nil { return context.session.engine.counters.arenaByteCount - before }
        return site.heldByteCount + measure.site.heldByteCount
    }

    /// Trains and gives the run.
    func run() throws(RuntimeFailure) -> Value {
        try context.flushEager()
        try checkGroups()
        try keepBudget()
        start = context.session.host.clock()
        let arenas = context.session.engine.counters.arenaByteCount
        progress.begin()
        optimizer.isInRun = true
        if clauses.step != nil { context.learning.learners = Learners(model, optimizer) }
        context.session.random.salt = clauses.seed ?? 0
        defer {
            optimizer.isInRun = false
            context.learning.learners = nil
            context.session.random.salt = 0
        }
        optimizer.schedule?.run = .init(start: optimizer.steps, steps: mostSteps, perEpoch: stepsPerEpoch)
        optimizer.schedule?.memory = .none
        optimizer.schedule?.loss = nil
        firstOptions = optimizer.optionValues
        if let resume = clauses.resume { try self.resume(resume) }
        checkpoints = try clauses.checkpoint.map { (clause) throws(RuntimeFailure) in
            try CheckpointWriter(clause, takenAt: position.steps, in: context.session.host)
        }
        log = try clauses.log.map { (clause) throws(RuntimeFailure) in
            try TrainingLog(clause.folder, of: self, at: clause.span)
        }
        let stopped = try allEpochs()
        if stopped == "interrupted" { progress.note("interrupted: the model keeps what it has learned") }
        try restoreBest()
        try log?.end(stopped, position, seconds: seconds)
        progress.end(
            stopped, step: position.steps, epoch: position.epoch, seconds: seconds,
            arenaByteCount: heldByteCount(since: arenas))
        return .object(
            RunObject(
                model: model, history: position.history, best: position.best?.row ?? position.history.last ?? .none,
                epochs: position.history.count, seconds: seconds, stopped: stopped))
    }

    /// Refuses groups that name a part and fit no parameter: misspelt, they would change nothing. A group for every `bias` may find none, and a
    /// `step` of one's own may train other models.
    private func checkGroups() throws(RuntimeFailure) {
        if clauses.step != nil { return }
        let paths = model.allSlots.filter { $0.slot.kind == .param }.map(\.path)
        for group in optimizer.groups where !group.pattern.text.hasPrefix("*") && !paths.contains(where: { group.pattern.matches($0) }) {
            let nearest = Suggestion.nearest(to: group.pattern.text, in: paths + Set(paths.map { $0.prefix { $0 != "." } + ".*" }).sorted())
            throw RuntimeFailure(
                "E318", "the group `\(group.pattern.text)` of `\(optimizer.name)` fits no parameter of \(model.name)", at: clauses.optimizerSpan,
                notes: ["its parameters are \(paths.prefix(8).map { "`\($0)`" }.joined(separator: ", "))\(paths.count > 8 ? ", …" : "")"],
                fixes: nearest.map { [.init("did you mean `\($0)`?")] } ?? [])
        }
    }

    /// Says that training goes on.
    func noteResumed(_ path: String) {
        progress.note("resumed from \(path), at step \(position.steps)")
    }

    /// Seconds so far, those before a checkpoint included.
    var seconds: Double {
        position.secondsBefore + (start.flatMap { from in context.session.host.clock().map { $0 - from } } ?? 0)
    }

    /// Trains epoch after epoch; gives the reason to stop.
    private func allEpochs() throws(RuntimeFailure) -> String {
        while true {
            if position.batch == 0 {
                if position.epoch >= epochs || position.steps >= mostSteps { return try ended("finished") }
                if let stop = clauses.stop, position.waited >= stop.patience {
                    return try ended("no improvement for \(stop.patience) epoch\(stop.patience == 1 ? "" : "s")")
                }
                position.epoch += 1
                position.pass = training.passes
                position.sums = MeasureSums(measure)
            }
            optimizer.schedule?.run?.epoch = position.epoch
            let begun = context.session.host.clock()
            let wasInterrupted = try pass()
            if wasInterrupted {
                context.session.host.answerInterruption()
                if position.batch == 0 {
                    // The epoch has not begun.
                    position.epoch -= 1
                    training.passes = position.pass
                }
                try writeCheckpoint()
                if position.batch == 0 { return "interrupted" }
            } else if position.steps >= mostSteps, !isAtEndOfEpoch, checkpoints?.lastSteps != position.steps {
                // Another run with more steps goes on from here as if this one had not ended.
                try writeCheckpoint()
            }
            try endEpoch(seconds: begun.flatMap { from in context.session.host.clock().map { $0 - from } })
            if wasInterrupted { return "interrupted" }
            position.batch = 0
            if checkpoints?.isDue(position, epochs: 1, clock: context.session.host.clock()) ?? false { try writeCheckpoint() }
        }
    }

    /// The last checkpoint of a run that comes to its end.
    private func ended(_ reason: String) throws(RuntimeFailure) -> String {
        if checkpoints?.lastSteps != position.steps { try writeCheckpoint() }
        return reason
    }

    private func writeCheckpoint() throws(RuntimeFailure) {
        try checkpoints?.write(try checkpoint(), steps: position.steps, clock: context.session.host.clock())
    }

    private var isAtEndOfEpoch: Bool { position.batch == 0 || position.batch >= batchesPerEpoch }
    private var batchesPerEpoch: Int { (training.rows.count + dataset.batchSize - 1) / dataset.batchSize }

    /// Goes on with the pass over the training rows; true if it was interrupted. Only whole steps leave traces in the position.
    private func pass() throws(RuntimeFailure) -> Bool {
        training.passes = position.pass
        let batches = try BatchIterator(
            training, of: dataset, trains: true, seed: clauses.seed, startingAt: position.batch, in: context, at: span)
        while position.steps < mostSteps, position.batch < batches.count {
            let size = min(clauses.accumulate, batches.count - position.batch)
            let step = try gather(size, batches)
            context.learning.accumulation = nil
            guard let step else { return true }
            if step.count == 0 { break }
            position.steps += 1
            try shadow?.update(at: span)
            progress.step(position.steps, epoch: position.epoch, batch: position.batch, of: batches.count, loss: position.sums.lossSoFar)
            try log?.step(position, loss: step.loss, rate: rate)
            if let each = clauses.eachStep { try call(each, step.row(position, rate: rate)) }
            if context.session.host.isInterrupted { return true }
            if position.batch < batches.count, position.steps < mostSteps,
                checkpoints?.isDue(position, epochs: 0, clock: context.session.host.clock()) ?? false
            {
                try writeCheckpoint()
            }
        }
        return false
    }

    /// Calls the block of an `each`, which sees `model` and `optimizer`.
    private func call(_ function: Value, _ value: Value) throws(RuntimeFailure) {
        _ = try context.call(function, Arguments([.model(model), clauses.optimizerValue, value]), at: span)
        try context.flushEager()
    }

    // MARK: Epochs

    /// The rate of the last step, where the optimizer has one.
    var rate: Double? { optimizer.rule.rate?.value.number.map { $0 * (optimizer.schedule?.lastFactor ?? 1) } }

    /// Validates, and takes note of how the epoch went.
    private func endEpoch(seconds: Double?) throws(RuntimeFailure) {
        let columns = try columns()
        optimizer.schedule?.loss = (columns.first { $0.name == "validation_loss" } ?? columns.first { $0.name == "loss" })?.value.number
        let row = row(position.epoch, columns, seconds: seconds)
        position.history.append(row)
        progress.epoch(position.epoch, columns, step: position.steps, seconds: seconds)
        try log?.epoch(position, columns, rate: rate, seconds: seconds)
        noteBest(columns, row)
        if let stop = clauses.stop { try note(columns, for: stop) }
        if let each = clauses.eachEpoch { try call(each, row) }
    }

    /// Averages of the pass, then those of the validation split.
    private func columns() throws(RuntimeFailure) -> [(name: String, value: Value)] {
        var columns = try position.sums.results(in: context)
        guard let validation else { return columns }
        try shadow?.swap()
        defer { try? shadow?.swap() }
        let measured = try measure.evaluate(model, validation, of: dataset, step: model.training?.step, in: context)
        columns += measured.map { ("validation_" + $0.name, $0.value) }
        return columns
    }

    /// The row of an epoch in the history.
    func row(_ epoch: Int, _ columns: [(name: String, value: Value)], seconds: Double?) -> Value {
        var names = ["epoch"], fields: [Value] = [.int(epoch)]
        for (name, value) in columns {
            names.append(name)
            fields.append(value)
        }
        names += ["rate", "seconds"]
        fields += [rate.map { .float($0) } ?? .none, seconds.map { .float($0) } ?? .none]
        return .record(RecordObject(names: names, fields: fields))
    }

    private static let lowerWords: Set<String> = [
        "mae", "mse", "rmse", "perplexity", "huber", "cross_entropy", "bce", "nll", "kl", "hinge", "focal", "dice", "triplet", "contrastive", "ctc",
    ]

    /// Whether a smaller value is an improvement: of losses and errors, by their name or that of the function that gives them.
    private func lowerIsBetter(_ name: String) -> Bool {
        let name = name.hasPrefix("validation_") ? String(name.dropFirst("validation_".count)) : name
        let function = measure.metrics.first { $0.name == name }?.function.functionName ?? name
        return [name, function].contains {
            Self.lowerWords.contains($0) || $0.split(separator: "_").contains { ["loss", "error", "err"].contains($0) }
        }
    }

    /// Counts the epochs in which what `stop` watches, on the validation split if there is one, has not improved.
    private func note(_ columns: [(name: String, value: Value)], for stop: (patience: Int, on: String)) throws(RuntimeFailure) {
        let column = columns.first { $0.name == "validation_" + stop.on } ?? columns.first { $0.name == stop.on }
        guard let value = column?.value.number else {
            throw RuntimeFailure(
                "E319", "`stop` watches `\(stop.on)`, which is neither the loss nor a metric of this training", at: span,
                notes: ["there are \(columns.map { "`\($0.name)`" }.joined(separator: ", "))"])
        }
        if position.watched.map({ lowerIsBetter(stop.on) ? value < $0 : value > $0 }) ?? true {
            (position.watched, position.waited) = (value, 0)
        } else {
            position.waited += 1
        }
    }

    private func noteBest(_ columns: [(name: String, value: Value)], _ row: Value) {
        guard validation != nil, let value = columns.first(where: { $0.name == "validation_loss" })?.value.number else { return }
        if let best = position.best, !(value < best.value) { return }
        let weights = model.allSlots.compactMap { entry in entry.slot.cell.tensor.map { (entry.slot.cell, $0) } }
        position.best = .init(value: value, row: row, weights: shadow?.weights(over: weights) ?? weights)
    }

    private func restoreBest() throws(RuntimeFailure) {
        if let best = position.best {
            try context.beforeChanging(best.weights.map(\.cell))
            for (cell, tensor) in best.weights { cell.set(tensor) }
        } else {
            try shadow?.swap()
        }
    }
}
