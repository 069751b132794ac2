import DaedalData
import DaedalSyntax
import DaedalTensor

extension Training {
    /// Plans the steps and measurements that the training would take, without taking them, and adds up what they need. Gives a run without history.
    func forecast(_ forecast: Forecast) throws(RuntimeFailure) -> Value {
        forecast.begin()
        var columns: [(name: String, value: Value)] = []
        for count in batchCounts(training) {
            forecast.title = "step of \(Forecast.examples(count))"
            let (input, target) = training.inputAndTarget(try firstBatch(count, of: training))
            let value = try step(input, target, 1)
            if case .record(let record) = value, let names = record.names { columns = names.map { ($0, .float(0)) } }
        }
        if let validation {
            for count in batchCounts(validation) {
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
        let bytes = try bytes(of: forecast.end())
        forecast.note(Forecast.Training(model: model, dataset: dataset.name, span: span, bytes: bytes))
        let history = row(1, columns, seconds: 0)
        return .object(RunObject(model: model, history: [history], best: history, epochs: 1, seconds: 0, stopped: "planned"))
    }

    /// The sizes of the batches of one pass: the full ones, and what is left.
    private func batchCounts(_ part: Dataset.Part) -> [Int] {
        let rows = part.rows.count, size = dataset.batchSize
        return [min(size, rows), rows > size ? rows % size : 0].filter { $0 > 0 }
    }

    /// The first rows of a split as a batch.
    private func firstBatch(_ count: Int, of part: Dataset.Part) throws(RuntimeFailure) -> BatchIterator.Batch {
        let rows = (0..<count).map { part.rows[$0] }
        return BatchIterator.Batch(tensors: try part.tensors(rows[...], BatchSlot(), in: context, at: span), rows: rows)
    }

    /// What stays allocated while the training runs.
    private func bytes(of gathered: Forecast.Gathered) throws(RuntimeFailure) -> TrainingBytes {
        var bytes = TrainingBytes()
        bytes.add(models: [model], optimizer: "optimizer \(optimizer.name)", gathered.cells)
        let weights = model.allSlots.reduce(0) { $0 + $1.slot.cell.byteCount }
        for plan in gathered.plans { bytes.add(plan: plan.title, plan.byteCount) }
        if validation != nil { bytes.add("best weights", weights) }
        if clauses.average != nil { bytes.add("average of weights", weights) }
        // Batches are gathered ahead into as many places as a pass has.
        let full = try firstBatch(min(dataset.batchSize, training.rows.count), of: training).tensors.reduce(0) { $0 + $1.byteCount }
        let batches = (training.rows.count + dataset.batchSize - 1) / dataset.batchSize
        bytes.add("batches", full * min(batches, BatchIterator.slotCount))
        return bytes
    }
}
