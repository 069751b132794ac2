import DaedalData
import DaedalSyntax
import DaedalTensor

extension Training {
    /// Plans the steps and measurements that the training would take, without taking them, and adds up what they need. Gives a run without history.
    func forecast(_ forecast: Forecast) throws(RuntimeFailure) -> Value {
        let (bytes, columns) = try bytes(forecast, batchSize: dataset.batchSize)
        forecast.note(Forecast.Training(model: model, dataset: dataset.name, span: span, bytes: bytes))
        if let budget = clauses.budget { try keep(budget, bytes) }
        let history = row(1, columns, seconds: 0)
        return .object(RunObject(model: model, history: [history], best: history, epochs: 1, seconds: 0, stopped: "planned"))
    }

    /// The bytes that the training needs with batches of a size, found before it begins: what `budget memory` is compared with. Nothing of it is
    /// noticed afterwards.
    func predictedBytes(batchSize: Int? = nil) throws(RuntimeFailure) -> TrainingBytes {
        try planning { (forecast) throws(RuntimeFailure) in try bytes(forecast, batchSize: batchSize ?? dataset.batchSize).0 }
    }

    /// Plans every block of the training: what it needs with batches of a size, and the names of what a step delivers, all 0.
    func bytes(_ forecast: Forecast, batchSize: Int) throws(RuntimeFailure) -> (TrainingBytes, columns: [(name: String, value: Value)]) {
        let sites = (site, measure.site)
        (site, measure.site) = (LearningSite(key: Self.planningKey), LearningSite(key: Self.planningKey))
        defer { (site, measure.site) = sites }
        forecast.begin()
        var columns: [(name: String, value: Value)] = []
        defer { context.learning.accumulation = nil }
        for (count, place) in places(Self.batchCounts(training, batchSize), batchSize) {
            forecast.title = "step of \(Forecast.examples(count))"
            if let place { forecast.title += place.isLast ? ", the last of several" : ", one of several" }
            context.learning.accumulation = place
            let (input, target) = training.inputAndTarget(try firstBatch(count, of: training))
            let value = try step(input, target, 1)
            if case .record(let record) = value, let names = record.names { columns = names.map { ($0, .float(0)) } }
        }
        context.learning.accumulation = nil
        if let validation {
            for count in Self.batchCounts(validation, batchSize) {
                forecast.title = "validation of \(Forecast.examples(count))"
                let (input, target) = validation.inputAndTarget(try firstBatch(count, of: validation))
                if let own = clauses.step {
                    _ = try own.measured(model, clauses.optimizerValue, input, target, in: context, at: span)
                } else {
                    _ = try measure.measured(model, input, target, in: context)
                }
            }
        }
        forecast.title = "block"
        return (try bytes(of: forecast.end(), batchSize: batchSize), columns)
    }

    /// Tells the draws of planned blocks from real ones.
    private static var planningKey: UInt64 { 0xF0CA }

    /// The sizes of the batches of one pass: the full ones, and what is left.
    private static func batchCounts(_ part: Dataset.Part, _ size: Int) -> [Int] {
        let rows = part.rows.count
        return [min(size, rows), rows > size ? rows % size : 0].filter { $0 > 0 }
    }

    /// The kinds of batches that steps consist of: their sizes, and where they stand in a step that is gathered from several.
    private func places(_ sizes: [Int], _ batchSize: Int) -> [(count: Int, place: Accumulation?)] {
        let most = clauses.accumulate
        guard most > 1, let full = sizes.first else { return sizes.map { ($0, nil) } }
        func place(_ count: Int, _ at: Int, of step: Int) -> (Int, Accumulation?) {
            (count, step == 1 ? nil : Accumulation(isFirst: at == 0, isLast: at == step - 1, examples: count, total: count))
        }
        let batches = (training.rows.count + batchSize - 1) / batchSize, left = batches % most
        var result: [(Int, Accumulation?)] = []
        // One whole step, and the one at the end of an epoch, which may have fewer and smaller batches.
        for step in [batches >= most ? most : 0, left == 0 ? most : left] where step > 0 {
            let isEnd = step == left || left == 0
            for at in 0..<step where at < 2 || at == step - 1 {
                result.append(place(isEnd && at == step - 1 ? sizes.last ?? full : full, at, of: step))
            }
        }
        return result
    }

    /// The first rows of a split as a batch.
    func firstBatch(_ count: Int, of part: Dataset.Part) throws(RuntimeFailure) -> BatchIterator.Batch {
        try BatchIterator.batch((0..<count).map { part.rows[$0] }, of: part, dataset, trains: part === training, in: context, at: span)
    }

    /// What stays allocated while the training runs.
    private func bytes(of gathered: Forecast.Gathered, batchSize: Int) throws(RuntimeFailure) -> TrainingBytes {
        var bytes = TrainingBytes()
        bytes.add(models: [model], optimizer: "optimizer \(optimizer.name)", gathered.cells)
        let weights = model.allSlots.reduce(0) { $0 + $1.slot.cell.byteCount }
        for plan in gathered.plans { bytes.add(plan: plan.title, plan.byteCount) }
        if validation != nil { bytes.add("best weights", weights) }
        if clauses.average != nil { bytes.add("average of weights", weights) }
        // Batches are gathered ahead into as many places as a pass has.
        let full = try firstBatch(min(batchSize, training.rows.count), of: training).tensors.reduce(0) { $0 + $1.contents.byteCount }
        let batches = (training.rows.count + batchSize - 1) / batchSize
        bytes.add("batches", full * min(batches, dataset.batching.workers + 2))
        return bytes
    }
}
