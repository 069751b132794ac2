import DaedalData
import DaedalSyntax
import DaedalTensor

extension Training {
    // MARK: Writing

    /// Everything that decides how this training goes on.
    func checkpoint() throws(RuntimeFailure) -> Checkpoint {
        var result = Checkpoint()
        for (path, slot) in model.allSlots {
            guard let tensor = slot.cell.tensor else { continue }
            result.model.append((path, tensor))
            if let shadow, let average = shadow.average(of: slot.cell) { result.tensors.append(("average.\(path)", average)) }
            if let best = position.best?.weights.first(where: { $0.cell === slot.cell })?.tensor {
                result.tensors.append(("best.\(path)", best))
            }
        }
        addPosition(to: &result)
        addOptimizer(to: &result)
        context.learning.learners?.add(to: &result, model)
        let random = context.session.random.snapshot
        result.tensors.append(("random.executions", try Self.tensor(random.executions.flatMap { [$0.key, $0.value] }, at: span)))
        result.facts.append(("random", .object([("seed", .text(String(random.seed))), ("models", Self.counts(random.modelCounts))])))
        return result
    }

    private func addPosition(to result: inout Checkpoint) {
        result.facts = [
            ("format", .integer(1)), ("model", .text(model.name)), ("dataset", .text(dataset.name)),
            ("examples", .integer(training.rows.count)), ("batch size", .integer(dataset.batchSize)), ("accumulate", .integer(clauses.accumulate)),
            ("dataset seed", .text(String(dataset.seed))), ("epoch", .integer(position.epoch)),
            ("batch", .integer(isBetweenEpochs ? 0 : position.batch)),
            ("steps", .integer(position.steps)), ("pass", .integer(isBetweenEpochs ? training.passes : position.pass)),
            ("waited", .integer(position.waited)), ("measured", .integer(isBetweenEpochs ? 0 : position.sums.examples)),
        ]
        var rows = ValueCoder(prefix: "history.")
        func add(_ key: String, _ value: Value) { if let json = rows.json(value) { result.facts.append((key, json)) } }
        add("seconds", .float(seconds))
        add("history", .list(position.history))
        if let best = position.best {
            add("best row", best.row)
            add("best", .float(best.value))
        }
        if let watched = position.watched { add("watched", .float(watched)) }
        if !isBetweenEpochs {
            add("sums", .list(position.sums.sums.map { .record(RecordObject(names: nil, fields: [.string($0.name), .float($0.value)])) }))
            for (name, kept) in [("predictions", position.sums.predictions), ("targets", position.sums.targets)] {
                for (i, batch) in kept.batches.enumerated() {
                    for (k, tensor) in batch.enumerated() { result.tensors.append(("\(name).\(i).\(k)", tensor)) }
                }
            }
        }
        result.tensors += rows.tensors
    }

    /// Whether the epoch at hand has been closed: its row is in the history.
    private var isBetweenEpochs: Bool { position.batch == 0 }

    private func addOptimizer(to result: inout Checkpoint) {
        var counts: [(key: String, value: JSONValue)] = []
        for (path, slot) in model.allSlots {
            guard let memory = optimizer.knownMemory(of: slot) else { continue }
            counts.append((path, .integer(memory.steps)))
            for (state, cell) in zip(optimizer.rule(for: path).states, memory.states) {
                if let tensor = cell.tensor { result.tensors.append(("optimizer.\(state.name).\(path)", tensor)) }
            }
        }
        var options = ValueCoder(prefix: "options.")
        var facts: [(key: String, value: JSONValue)] = [
            ("name", .text(optimizer.name)), ("steps", .integer(optimizer.steps)), ("parameters", .object(counts)),
            ("options", options.json(optimizer.optionValues) ?? .null), ("first options", options.json(firstOptions) ?? .null),
        ]
        if let schedule = optimizer.schedule {
            var memory = ValueCoder(prefix: "schedule.")
            facts.append(("start", .integer(schedule.run?.start ?? 0)))
            facts.append(("loss", memory.json(schedule.loss.map { .float($0) } ?? .none) ?? .null))
            facts.append(("factor", memory.json(schedule.lastFactor.map { .float($0) } ?? .none) ?? .null))
            facts.append(("memory", memory.json(schedule.memory) ?? .null))
            result.tensors += memory.tensors
        }
        result.tensors += options.tensors
        result.facts.append(("optimizer", .object(facts)))
    }

    private static func counts(_ counts: [String: Int]) -> JSONValue {
        .object(counts.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })
    }

    private static func tensor(_ numbers: [UInt64], at span: Span) throws(RuntimeFailure) -> Tensor {
        try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in
            try Tensor(numbers.map { Int64(bitPattern: $0) }, shape: [Size(numbers.count)])
        }
    }

    // MARK: Resuming

    /// Goes on where a checkpoint was written. `resume` alone begins anew where there is none yet.
    func resume(_ clause: ResumeClause) throws(RuntimeFailure) {
        let host = context.session.host
        guard let path = clause.path ?? clauses.checkpoint?.folder else { return }
        guard let found = try CheckpointReader(path, in: host, at: clause.span) else {
            if clause.path == nil { return }
            throw RuntimeFailure("E409", "there is no checkpoint in `\(path)`", at: clause.span)
        }
        try checkFit(of: found)
        try takeModel(found)
        try takeOptimizer(found)
        if let learners = context.learning.learners {
            // What the step trains is known once it was followed.
            try planStep()
            try learners.restore(found, model, in: context)
        }
        try takePosition(found)
        try takeRandom(found)
        context.session.modelGeneration += 1
        noteResumed(found.path)
    }

    /// Refuses a checkpoint of another model, data or optimizer: going on with it would not be the same training.
    private func checkFit(of found: CheckpointReader) throws(RuntimeFailure) {
        let expected: [(key: String, what: String, value: JSONValue)] = [
            ("examples", "examples to train on", .integer(training.rows.count)), ("batch size", "examples in a batch", .integer(dataset.batchSize)),
            ("accumulate", "batches in a step", .integer(clauses.accumulate)),
        ]
        for (key, what, value) in expected {
            guard let known = found[key] else { throw found.unfit("it does not say how many \(what) there were") }
            if known != value { throw found.unfit("it counts \(known.json) \(what), here are \(value.json)") }
        }
        guard case .text(let name)? = found["optimizer"]?["name"], name == optimizer.name else {
            throw found.unfit("it was written with another optimizer than `\(optimizer.name)`")
        }
        let here = Dictionary(model.allSlots.map { ($0.path, $0.slot) }, uniquingKeysWith: { first, _ in first })
        let there = Set(found.model.entries.map(\.name))
        let missing = here.keys.filter { !there.contains($0) }.sorted(), surplus = there.filter { here[$0] == nil }.sorted()
        if !missing.isEmpty || !surplus.isEmpty {
            throw found.unfit(
                "its model is another",
                notes: (missing.isEmpty ? [] : ["not in the checkpoint: \(missing.joined(separator: ", "))"])
                    + (surplus.isEmpty ? [] : ["not in the model: \(surplus.joined(separator: ", "))"]))
        }
    }

    private func takeModel(_ found: CheckpointReader) throws(RuntimeFailure) {
        var taken: [(slot: Parameter, tensor: Tensor)] = [], averages: [(TensorCell, Tensor)] = []
        var best: [(cell: TensorCell, tensor: Tensor)] = []
        for (path, slot) in model.allSlots {
            guard let tensor = try found.weights(path) else { continue }
            if let known = try slot.knownShape(in: context), known != tensor.shape {
                throw found.unfit("`\(path)` is \(known) in the model, \(tensor.shape) in the checkpoint")
            }
            taken.append((slot, tensor))
            if let average = try found.tensor("average.\(path)") { averages.append((slot.cell, average)) }
            if let tensor = try found.tensor("best.\(path)") { best.append((slot.cell, tensor)) }
        }
        try context.beforeChanging(taken.map(\.slot.cell))
        for (slot, tensor) in taken { slot.cell.set(tensor) }
        if let share = clauses.average, !averages.isEmpty { shadow = WeightAverage(averages, share: share, at: span) }
        if let value = found.number("best"), let json = found["best row"] {
            let row = try decoded(json, found)
            position.best = .init(value: value, row: row, weights: best)
        }
    }

    private func takeOptimizer(_ found: CheckpointReader) throws(RuntimeFailure) {
        guard let facts = found["optimizer"], case .object(let counts)? = facts["parameters"], case .integer(let steps)? = facts["steps"] else {
            throw found.unfit("it does not say what the optimizer knew")
        }
        let slots = Dictionary(model.allSlots.map { ($0.path, $0.slot) }, uniquingKeysWith: { first, _ in first })
        for (path, count) in counts {
            guard let slot = slots[path], case .integer(let count) = count else { throw found.unfit("its optimizer knows another model") }
            var states: [Tensor] = []
            for state in optimizer.rule(for: path).states {
                guard let tensor = try found.tensor("optimizer.\(state.name).\(path)") else {
                    throw found.unfit("it has no `\(state.name)` of `\(optimizer.name)` for `\(path)`")
                }
                guard tensor.shape == slot.cell.signature.shape else { throw found.unfit("`\(state.name)` of `\(path)` has another shape") }
                states.append(tensor)
            }
            optimizer.restore(states, steps: count, of: slot)
        }
        optimizer.restore(steps: steps)
        // Where the script names another value than it did then, the script is right; else what the run itself had set.
        if let then = facts["first options"], let now = facts["options"] {
            let (then, now) = (try decoded(then, found), try decoded(now, found))
            if then.isSame(asPlain: firstOptions) { optimizer.setOptions(now) }
        }
        guard let schedule = optimizer.schedule else { return }
        if case .integer(let start)? = facts["start"] { schedule.run = .init(start: start, steps: mostSteps, perEpoch: stepsPerEpoch) }
        schedule.loss = try facts["loss"].map { (json) throws(RuntimeFailure) in try decoded(json, found) }?.number
        schedule.lastFactor = try facts["factor"].map { (json) throws(RuntimeFailure) in try decoded(json, found) }?.number
        if let memory = facts["memory"] { schedule.memory = try decoded(memory, found) }
    }

    private func takePosition(_ found: CheckpointReader) throws(RuntimeFailure) {
        position.epoch = try found.integer("epoch")
        position.batch = try found.integer("batch")
        position.steps = try found.integer("steps")
        position.pass = try found.integer("pass")
        position.waited = try found.integer("waited")
        position.watched = found.number("watched")
        position.secondsBefore = found.number("seconds") ?? 0
        training.passes = position.pass
        if let json = found["history"], case .list(let rows) = try decoded(json, found) { position.history = rows.items }
        guard position.batch > 0 else { return }
        var sums: [(name: String, value: Double)] = []
        if let json = found["sums"], case .list(let items) = try decoded(json, found) {
            for item in items.items {
                guard case .record(let pair) = item, pair.fields.count == 2, case .string(let name) = pair.fields[0],
                    let value = pair.fields[1].number
                else { throw found.unfit("its sums cannot be read") }
                sums.append((name.text, value))
            }
        }
        position.sums = MeasureSums(
            measure, sums: sums, examples: try found.integer("measured"), predictions: try batches("predictions.", found),
            targets: try batches("targets.", found))
    }

    /// Tensors named by batch and leaf.
    private func batches(_ prefix: String, _ found: CheckpointReader) throws(RuntimeFailure) -> [[Tensor]] {
        var result: [[Tensor]] = []
        while let first = try found.tensor("\(prefix)\(result.count).0") {
            var leaves = [first]
            while let next = try found.tensor("\(prefix)\(result.count).\(leaves.count)") { leaves.append(next) }
            result.append(leaves)
        }
        return result
    }

    private func takeRandom(_ found: CheckpointReader) throws(RuntimeFailure) {
        guard let executions = try found.tensor("random.executions"), executions.type == .i64, executions.count % 2 == 0,
            case .text(let seed)? = found["random"]?["seed"], let seed = UInt64(seed)
        else { throw found.unfit("it does not say where random draws stood") }
        var counts: [String: Int] = [:]
        if case .object(let models)? = found["random"]?["models"] {
            for (name, count) in models { if case .integer(let count) = count { counts[name] = count } }
        }
        let numbers = executions.elements(as: Int64.self)
        let pairs = stride(from: 0, to: executions.count, by: 2).map { (UInt64(bitPattern: numbers[$0]), UInt64(bitPattern: numbers[$0 + 1])) }
        context.session.random.restore(.init(seed: seed, executions: pairs.map { ($0.0, $0.1) }, modelCounts: counts))
    }

    /// A value among a checkpoint's facts.
    private func decoded(_ json: JSONValue, _ found: CheckpointReader) throws(RuntimeFailure) -> Value {
        var failure: RuntimeFailure?
        let value = ValueCoder.value(json) { name in
            do throws(RuntimeFailure) { return try found.tensor(name) } catch {
                failure = error
                return nil
            }
        }
        if let failure { throw failure }
        guard let value else { throw found.unfit("a part of it cannot be read") }
        return value
    }
}
