import DaedalSyntax
import DaedalTensor

/// `budget memory: "2 GB"`: no training begins that would need more.
extension Training {
    /// Refuses to begin where the training needs more than its budget. Nothing of it is noticed otherwise.
    func keepBudget() throws(RuntimeFailure) {
        guard let budget = clauses.budget else { return }
        try keep(budget, try predictedBytes())
    }

    /// Compares what is needed with the budget.
    func keep(_ budget: (bytes: Int, span: Span), _ bytes: TrainingBytes) throws(RuntimeFailure) {
        if bytes.total <= budget.bytes { return }
        var notes: [String] = []
        if let layer = try costliestLayer() {
            notes.append("the layer that costs most is \(layer.name) with \(ByteCount.text(layer.bytes)): its values, weights and gradients")
        }
        let parts = bytes.parts.sorted { $0.byteCount > $1.byteCount }.prefix(3)
        notes.append("most is for \(parts.map { "\($0.name) (\(ByteCount.text($0.byteCount)))" }.joined(separator: ", "))")
        if let batch = try largestBatch(within: budget.bytes) {
            notes.append("the largest batch that fits is \(batch): write `batch \(batch)` in the dataset")
        } else {
            notes.append("not even a batch of one example fits")
        }
        throw RuntimeFailure(
            "E325", "this training needs \(ByteCount.text(bytes.total)), more than its budget of \(ByteCount.text(budget.bytes))", at: budget.span,
            notes: notes)
    }

    /// Evaluates `body` where steps are planned and not taken, and leaves no trace in the training: neither draws nor variables nor weights.
    func planning<Result>(_ body: (Forecast) throws(RuntimeFailure) -> Result) throws(RuntimeFailure) -> Result {
        let session = context.session
        let before = (session.forecast, session.random.snapshot, shadow, context.variableLog)
        let log = VariableLog()
        let forecast = Forecast()
        session.forecast = forecast
        context.variableLog = log
        defer {
            session.forecast = before.0
            session.random.restore(before.1)
            shadow = before.2
            context.variableLog = before.3
            for write in log.writes.reversed() { write.variable.value = write.before }
        }
        return try body(forecast)
    }

    /// The largest batch that needs no more than `budget` bytes, found by halving; nil if none does.
    private func largestBatch(within budget: Int) throws(RuntimeFailure) -> Int? {
        var fits = 0, fails = min(dataset.batchSize, training.rows.count)
        while fails - fits > 1 {
            let middle = (fits + fails) / 2
            if try predictedBytes(batchSize: middle).total <= budget { fits = middle } else { fails = middle }
        }
        return fits > 0 ? fits : nil
    }

    /// Follows one step without taking it.
    func planStep() throws(RuntimeFailure) {
        try planning { (forecast) throws(RuntimeFailure) in
            forecast.begin()
            let (input, target) = training.inputAndTarget(try firstBatch(min(dataset.batchSize, training.rows.count), of: training))
            _ = try step(input, target, 1)
        }
    }

    /// The part of the model, called by itself, whose values and parameters take most.
    private func costliestLayer() throws(RuntimeFailure) -> (name: String, bytes: Int)? {
        let observer = CallObserver()
        let before = context.learning.observer
        context.learning.observer = observer
        defer { context.learning.observer = before }
        try planStep()
        var paths: [ObjectIdentifier: String] = [:]
        model.visit { path, part in if paths[ObjectIdentifier(part)] == nil { paths[ObjectIdentifier(part)] = path } }
        var costs: [ObjectIdentifier: (model: ModelObject, bytes: Int)] = [:]
        for row in observer.rows { costs[ObjectIdentifier(row.model), default: (row.model, 0)].bytes += row.byteCount }
        let cells = optimizer.rule.states.count
        let whole = costs.values.map { cost -> (name: String, bytes: Int) in
            // A parameter, its gradient, and what the optimizer keeps of it.
            let weights = cost.model.allSlots.reduce(0) { $0 + ($1.slot.kind == .param ? 2 + cells : 1) * $1.slot.cell.byteCount }
            let path = paths[ObjectIdentifier(cost.model)] ?? ""
            return (path.isEmpty ? "`\(cost.model.name)`" : "`\(path)` (\(cost.model.name))", cost.bytes + weights)
        }
        return whole.max { $0.bytes < $1.bytes || ($0.bytes == $1.bytes && $0.name > $1.name) }
    }
}
