import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// `minimize over … with … { … }`: one step of gradient descent on what the block computes.
enum Minimization {
    /// Carries out one step and gives the loss before it, or the block's record.
    static func run(_ request: MinimizeRequest, in context: EvaluationContext) throws(RuntimeFailure) -> Value {
        if context.learning.block != nil || context.learning.calling > 0 || context.trace.kind != .eager {
            throw RuntimeFailure("E312", "`minimize` cannot stand inside another block that learns, a `forward` or `grad`", at: request.span)
        }
        if context.learning.measures { return try measured(request, in: context) }
        context.learning.learners?.note(request.pairs)
        let site = site(of: request)
        // The values that the block gets from outside are settled first; what it computes is a plan of its own.
        try context.flushEager()
        let execution = site.begin(in: context)
        let place = context.learning.accumulation
        let captures = place == nil ? request.captures : request.captures + site.gradientSums.assumptions(place)
        do throws(RuntimeFailure) {
            let replayed = try site.replay(captures, execution: execution, in: context, at: request.span)
            let value = if let replayed { replayed } else { try interpret(request, site, captures, execution: execution, in: context) }
            note(value, request)
            return value
        } catch {
            // A plan that fails inside the library is the mistake of the block that runs it.
            if error.frames.isEmpty { error.unwind(through: RuntimeFailure.Frame(name: "minimize", span: request.span)) }
            throw error.explained(step: site.executions, batch: nil)
        }
    }

    /// Tells the schedules of optimizers that no `train` owns how the step went.
    private static func note(_ value: Value, _ request: MinimizeRequest) {
        for pair in request.pairs {
            guard case .object(let object) = pair.optimizer, let optimizer = object as? OptimizerObject, let schedule = optimizer.schedule,
                !optimizer.isInRun
            else { continue }
            if case .record(let record) = value {
                schedule.loss = record.position(of: "loss").flatMap { record.fields[$0].number }
            } else {
                schedule.loss = value.number
            }
        }
    }

    /// The loss alone, with models as in use.
    private static func measured(_ request: MinimizeRequest, in context: EvaluationContext) throws(RuntimeFailure) -> Value {
        let value = try context.call(request.block, Arguments(), at: request.span)
        guard case .tensor(let tensor) = value, tensor.shape.elementCount == 1 else { return value }
        return .float(try context.force(tensor, at: request.span).double(at: 0))
    }

    private static func site(of request: MinimizeRequest) -> LearningSite {
        if let known = request.site.memory as? LearningSite { return known }
        let site = LearningSite(key: RandomState.mix(UInt64(request.span.source) << 32 | UInt64(request.span.start), 0x317E))
        request.site.memory = site
        return site
    }

    private static func interpret(
        _ request: MinimizeRequest, _ site: LearningSite, _ captures: [Value], execution: UInt64, in context: EvaluationContext
    ) throws(RuntimeFailure) -> Value {
        let subjects = Subjects()
        for pair in request.pairs {
            try subjects.add(pair.subject, pair.optimizer, text: pair.subject.subjectText, at: pair.subjectSpan, optimizerSpan: pair.optimizerSpan)
        }
        let record = BlockRecord(isTraining: true, changeable: subjects.changeable)
        let log = VariableLog()
        do throws(RuntimeFailure) {
            var escaping: [TensorObject] = []
            let (block, output) = try context.tracing(record, log) { (trace) throws(RuntimeFailure) in
                let value = try context.call(request.block, Arguments(), at: request.span)
                if !log.writes.isEmpty || !record.deferredPrints.isEmpty { escaping = trace.survivors().filter { $0.value == nil && $0.node != nil } }
                return try learn(value, subjects, site, trace, record, at: request.span, in: context)
            }
            var traced = block
            let variables = log.reads.map(\.variable)
            let outsideValues = captures + log.reads.map(\.value)
            traced.results += escaping.compactMap(\.node)
            traced.outside = OutsideValues(outsideValues)
            let results = try site.run(
                traced, execution: execution, captures: outsideValues, names: request.names, variables: variables, output: output,
                isReplayable: record.isReplayable && log.writes.isEmpty && record.deferredPrints.isEmpty, in: context, at: request.span)
            for (tensor, value) in zip(escaping, results.suffix(escaping.count)) { tensor.value = value }
            try record.finish(in: context)
            return output.value(results)
        } catch {
            for write in log.writes.reversed() { write.variable.value = write.before }
            throw error
        }
    }

    /// Adds gradient and optimizer steps to a traced block.
    static func learn(
        _ value: Value, _ subjects: Subjects, _ site: LearningSite, _ trace: Trace, _ record: BlockRecord, at span: Span,
        in context: EvaluationContext
    ) throws(RuntimeFailure) -> (TracedBlock, BlockOutput) {
        let (loss, leaf) = try lossNode(value, in: context, at: span)
        var block = TracedBlock(trace)
        block.updates = try subjects.trace(loss: loss, record: record, sums: site.gradientSums, in: context, at: span)
        block.writes = block.updates?.writes ?? []
        for (state, value) in record.assignments { block.writes.append((state.cell, try trace.node(of: value, in: context, at: span))) }
        for write in block.writes { _ = trace.input(write.cell) }
        block.finiteCheck = loss
        block.reads = record.reads
        let output = try BlockOutput(value, lossAt: leaf, lossNode: loss, in: context, at: span)
        block.results = output.results
        return (block, output)
    }

    /// The rank-0 node of the loss in the value of a block, and which leaf of the value it is.
    static func lossNode(_ value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> (NodeID, Int) {
        var loss = value
        var leaf = 0
        if case .record(let record) = value {
            guard let at = record.position(of: "loss"), record.names != nil else {
                throw RuntimeFailure("E313", "a block that ends in a record needs a field `loss`", at: span)
            }
            loss = record.fields[at]
            for field in record.fields[..<at] { leaf += TensorTree(field).leaves.count }
        }
        guard case .tensor(let tensor) = loss, tensor.value == nil, tensor.trace === context.trace else {
            if case .none = loss {
                throw RuntimeFailure("E313", "the block ends without a loss: its last line must be an expression that gives one float", at: span)
            }
            throw RuntimeFailure(
                "E313", "the loss does not depend on the models: it is \(loss.kindWithArticle) computed outside of them", at: span,
                notes: ["the last line of the block must compute the loss from models called in it"])
        }
        guard tensor.type.isFloat else {
            throw RuntimeFailure("E313", "the loss must be one float, this is \(tensor.description)", at: span)
        }
        guard tensor.shape.elementCount == 1 else {
            throw RuntimeFailure("E313", "the loss must be one float, this is \(tensor.description)", at: span, notes: ["take the `mean` or `sum`"])
        }
        let lowering = try Lowering(context, at: span)
        return (try lowering.reshape(lowering.node(tensor), .scalar), leaf)
    }
}

extension EvaluationContext {
    /// Evaluates `body` as the inside of a block: in a trace of its own, with everything noted that a replay must know.
    func tracing<Result>(
        _ record: BlockRecord, _ log: VariableLog, _ body: (Trace) throws(RuntimeFailure) -> Result
    ) throws(RuntimeFailure) -> Result {
        let before = (learning, variableLog)
        learning.block = record
        learning.mode = nil
        variableLog = log
        defer { (learning, variableLog) = before }
        return try withTrace(.block) { (trace) throws(RuntimeFailure) in try body(trace) }
    }

    /// The gradients of a rank-0 node in the current trace; nil where it does not depend on a node.
    func gradients(of loss: NodeID, withRespectTo nodes: [NodeID], at span: Span) throws(RuntimeFailure) -> [NodeID?] {
        do throws(ShapeFailure) {
            return try Gradient.append(to: &trace.graph, of: loss, respectTo: nodes)
        } catch {
            throw failure(error, at: span)
        }
    }
}

extension RuntimeFailure {
    /// A failure of a step with the step's number, and the batch's, where the loss was not finite.
    func explained(step: Int, batch: Int?) -> RuntimeFailure {
        guard diagnostic.code == "E505" else { return self }
        diagnostic.notes.append("at step \(step)" + (batch.map { ", batch \($0) of the epoch" } ?? ""))
        return self
    }
}

extension RuntimeFailure {
    /// A failure of a step whose batch brought what is not finite, with the row.
    func explained(by batch: BatchIterator.Batch, _ part: Dataset.Part, of dataset: Dataset) -> RuntimeFailure {
        guard diagnostic.code == "E505" else { return self }
        for tensor in batch.tensors.map(\.contents) where tensor.type.isFloat && !batch.rows.isEmpty {
            let each = tensor.count / batch.rows.count
            guard let at = (0..<tensor.count).first(where: { !tensor.double(at: $0).isFinite }), each > 0, batch.rows.indices.contains(at / each)
            else {
                continue
            }
            let row = batch.rows[at / each], place = part.source.place(of: row)
            let file = place.line.map { " (\(place.file ?? part.source.name):\($0))" } ?? ""
            diagnostic.notes.append("row \(row) of \(dataset.name)\(file) holds \(Value.text(of: tensor.double(at: at)))")
            return self
        }
        return self
    }
}

extension Value {
    /// How messages call a model after `over`.
    var subjectText: String {
        switch self {
        case .model(let model): "`\(model.name)`"
        default: "what stands after `over`"
        }
    }
}
