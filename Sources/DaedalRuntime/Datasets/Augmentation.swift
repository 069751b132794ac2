import DaedalData
import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// `augment f, g`: what training examples go through, one function after the other.
final class Augmentation {
    private let stages: [any AugmentationStage]

    init(_ functions: [(function: Value, span: Span)], seed: UInt64) {
        var stages: [any AugmentationStage] = []
        var together: [(function: Value, span: Span)] = []
        func close() {
            if !together.isEmpty { stages.append(ExampleAugmentation(together, seed: RandomState.mix(seed, UInt64(stages.count)))) }
            together = []
        }
        for (function, span) in functions {
            guard BatchAugmentation.mixesExamples(function) else {
                together.append((function, span))
                continue
            }
            close()
            stages.append(BatchAugmentation(function, seed: RandomState.mix(seed, UInt64(stages.count)), at: span))
        }
        close()
        self.stages = stages
    }

    /// What threads may do of it before the program asks for a batch: the first functions, where they are of one example.
    var ahead: AheadAugmentation? { (stages.first as? ExampleAugmentation)?.ahead }

    /// A batch with every example augmented; `gathered` is what a thread gathered, and perhaps augmented, of it.
    func applied(
        to batch: Value, rows: [Int], epoch: Int, _ part: Dataset.Part, classes: Int?, gathered: GatheredBatch? = nil, in context: EvaluationContext
    ) throws(RuntimeFailure) -> Value {
        var batch = batch
        for (at, stage) in stages.enumerated() {
            if at == 0, let gathered, let stage = stage as? ExampleAugmentation {
                batch = try stage.applied(to: batch, gathered, epoch: epoch, hasTarget: part.target != nil, in: context)
            } else {
                batch = try stage.applied(to: batch, rows: rows, epoch: epoch, hasTarget: part.target != nil, classes: classes, in: context)
            }
        }
        return batch
    }
}

/// One step of an augmentation.
protocol AugmentationStage: AnyObject {
    /// A batch after the step. `classes` is how many the target has, if that is known.
    func applied(
        to batch: Value, rows: [Int], epoch: Int, hasTarget: Bool, classes: Int?, in context: EvaluationContext
    ) throws(RuntimeFailure) -> Value
}

/// A function that mixes the examples of a batch with each other, so that it takes the batch as a whole: the library's `mixup`.
final class BatchAugmentation: AugmentationStage {
    private let function: Value
    private let seed: UInt64
    private let span: Span

    init(_ function: Value, seed: UInt64, at span: Span) {
        self.function = function
        self.seed = seed
        self.span = span
    }

    static func mixesExamples(_ function: Value) -> Bool { function.functionName == "mixup" }

    func applied(
        to batch: Value, rows: [Int], epoch: Int, hasTarget: Bool, classes: Int?, in context: EvaluationContext
    ) throws(RuntimeFailure) -> Value {
        guard hasTarget, case .record(let pair) = batch, pair.fields.count == 2 else {
            throw RuntimeFailure("E403", "`\(function.functionName ?? "")` mixes inputs and targets; these examples have no target", at: span)
        }
        var arguments = Arguments(pair.fields)
        let isSaid: Bool =
            if case .function(let partial as PartialFunction) = function { partial.preset.contains { $0.name == "classes" } } else { false }
        if let classes, !isSaid, case .tensor(let target) = pair.fields[1], target.type.isInteger {
            arguments.named.append(("classes", .int(classes)))
        }
        let key = RandomState.mix(RandomState.mix(seed, UInt64(epoch)), UInt64(rows.first ?? 0))
        let made = arguments
        return try context.detached { () throws(RuntimeFailure) in
            try context.session.random.scoped(key) { () throws(RuntimeFailure) in
                let value = try context.call(function, made, at: span)
                for case .tensor(let tensor) in TensorTree(value).leaves { _ = try context.force(tensor, at: span) }
                return value
            }
        }
    }
}

/// Functions of one example, each called with draws that its row and the epoch decide.
///
/// They are traced once for one example and run as one plan over the batch. Those that look at what they draw (`if uniform() < 0.5 { … }`) are called
/// example by example instead.
final class ExampleAugmentation: AugmentationStage {
    private let functions: [(function: Value, span: Span)]
    private let seed: UInt64
    private let site: LearningSite
    /// What threads know of it, and what is known of them.
    let ahead: AheadAugmentation
    private var aheadSteps = AheadSteps()
    /// Whether the functions have to be called one example at a time.
    private var isInterpreted = false

    init(_ functions: [(function: Value, span: Span)], seed: UInt64) {
        self.functions = functions
        self.seed = RandomState.mix(seed, 0xA06)
        ahead = AheadAugmentation(seed: self.seed)
        let span = functions.first?.span ?? .none
        site = LearningSite(key: RandomState.mix(UInt64(span.source) << 32 | UInt64(span.start), 0xA06))
    }

    private var span: Span { functions.first?.span ?? .none }

    func applied(
        to batch: Value, rows: [Int], epoch: Int, hasTarget: Bool, classes: Int?, in context: EvaluationContext
    ) throws(RuntimeFailure) -> Value {
        try applied(to: batch, GatheredBatch(tensors: [], rows: rows), epoch: epoch, hasTarget: hasTarget, in: context)
    }

    /// The same for a batch that a thread gathered, and perhaps augmented.
    func applied(
        to batch: Value, _ gathered: GatheredBatch, epoch: Int, hasTarget: Bool, in context: EvaluationContext
    ) throws(RuntimeFailure) -> Value {
        if !isInterpreted {
            do throws(RuntimeFailure) { return Self.padded(try planned(batch, gathered, epoch, hasTarget, in: context), like: batch) } catch {
                if error.diagnostic.code == "E515" { throw error }
                // Perhaps the function decides by what it drew. If it is wrong altogether, calling it says so in its own words.
                isInterpreted = true
            }
        }
        return Self.padded(try interpreted(batch, gathered.rows, epoch, hasTarget, in: context), like: batch)
    }

    /// The result with the lengths of padded rows, where they are still as long.
    private static func padded(_ value: Value, like batch: Value) -> Value {
        let made = TensorTree(value).leaves, given = TensorTree(batch).leaves
        if made.count == given.count { for (new, old) in zip(made, given) { _ = Padding.carried(new, from: [old]) } }
        return value
    }

    /// One example through all functions.
    private func augmented(_ example: Value, _ hasTarget: Bool, in context: EvaluationContext) throws(RuntimeFailure) -> Value {
        var example = example
        for (function, span) in functions {
            guard hasTarget, case .record(let pair) = example else {
                example = try context.call(function, Arguments([example]), at: span)
                continue
            }
            if Self.takesTarget(function) {
                example = try context.call(function, Arguments(pair.fields), at: span)
                guard case .record(let made) = example, made.fields.count == 2 else {
                    throw RuntimeFailure(
                        "E403", "a function of input and target gives both, `(x, y) => (…, …)`; this gives \(example.kindWithArticle)", at: span)
                }
                example = .record(RecordObject(names: nil, fields: made.fields))
            } else {
                let input = try context.call(function, Arguments([pair.fields[0]]), at: span)
                example = .record(RecordObject(names: nil, fields: [input, pair.fields[1]]))
            }
        }
        return example
    }

    /// Whether a function is called with input and target.
    private static func takesTarget(_ function: Value) -> Bool {
        guard case .function(let function) = function else { return false }
        return function.parameters.count { $0.isRequired } == 2
    }

    // MARK: As a plan

    private func planned(
        _ batch: Value, _ gathered: GatheredBatch, _ epoch: Int, _ hasTarget: Bool, in context: EvaluationContext
    ) throws(RuntimeFailure) -> Value {
        try context.flushEager()
        let keys: Tensor
        do { keys = try gathered.augmented?.keys ?? ahead.keys(gathered.rows, epoch) } catch {
            throw Evaluation.outOfMemory(gathered.rows.count * 8, at: span)
        }
        let rowKeys = TensorObject(keys)
        let captures: [Value] = functions.map(\.function) + [batch, .tensor(rowKeys)]
        if let made = gathered.augmented, let value = try aheadSteps.value(made, site, captures, from: ahead, in: context, at: span) {
            return value
        }
        let value = try executed(batch, rowKeys, captures, hasTarget, in: context)
        if !gathered.tensors.isEmpty, let latest = site.latest(captures, in: context) {
            aheadSteps.note(gathered.tensors, keys: keys, latest, to: ahead)
        }
        return value
    }

    private func executed(
        _ batch: Value, _ rowKeys: TensorObject, _ captures: [Value], _ hasTarget: Bool, in context: EvaluationContext
    ) throws(RuntimeFailure) -> Value {
        if let value = try site.replay(captures, execution: 0, in: context, at: span) { return value }
        let record = BlockRecord(isTraining: false)
        let log = VariableLog()
        let (block, output) = try context.tracing(record, log) { (trace) throws(RuntimeFailure) in
            let value = try context.session.random.scoped(seed) { () throws(RuntimeFailure) in
                try ScanTracer.each(batch, keys: rowKeys, in: context, at: span) { (example) throws(RuntimeFailure) in
                    try self.augmented(example, hasTarget, in: context)
                }
            }
            let output = try BlockOutput(value, lossAt: nil, lossNode: nil, in: context, at: span)
            var block = TracedBlock(trace)
            block.results = output.results
            return (block, output)
        }
        var traced = block
        let outside = captures + log.reads.map(\.value)
        traced.outside = OutsideValues(outside)
        let results = try site.run(
            traced, execution: 0, captures: outside, names: functions.map { _ in "augment" } + ["batch"], variables: log.reads.map(\.variable),
            output: output, isReplayable: record.isReplayable && log.writes.isEmpty && record.deferredPrints.isEmpty, in: context, at: span)
        try record.finish(in: context)
        return output.value(results)
    }

    // MARK: Example by example

    private func interpreted(
        _ batch: Value, _ rows: [Int], _ epoch: Int, _ hasTarget: Bool, in context: EvaluationContext
    ) throws(RuntimeFailure) -> Value {
        let tree = TensorTree(batch)
        var made: [TensorTree] = []
        for (at, row) in rows.enumerated() {
            let value = try context.detached { () throws(RuntimeFailure) in
                try context.session.random.scoped(ahead.key(row, epoch)) { () throws(RuntimeFailure) in
                    let parts = try tree.leaves.map { (leaf) throws(RuntimeFailure) in
                        guard case .tensor(let tensor) = leaf else { return leaf }
                        return try TensorOperators.subscripted(tensor, [.value(.int(at))], in: context, at: span)
                    }
                    let result = TensorTree(try augmented(tree.rebuilt(parts), hasTarget, in: context))
                    var settled: [Value] = []
                    for leaf in result.leaves {
                        guard let tensor = try TensorLiteral.tensor(from: leaf, in: context, at: span) else {
                            throw RuntimeFailure("E403", "an augmented example is made of tensors; this gives \(leaf.kindWithArticle)", at: span)
                        }
                        _ = try context.force(tensor, at: span)
                        settled.append(.tensor(tensor))
                    }
                    return result.rebuilt(settled)
                }
            }
            made.append(TensorTree(value))
        }
        guard let first = made.first else { return batch }
        var leaves: [Value] = []
        for at in first.leaves.indices {
            var parts: [Tensor] = []
            for (row, tree) in zip(rows, made) {
                guard tree.leaves.count == first.leaves.count, case .tensor(let tensor) = tree.leaves[at] else { return batch }
                let contents = try context.force(tensor, at: span)
                if let known = parts.first, contents.shape != known.shape || contents.type != known.type {
                    throw RuntimeFailure(
                        "E403", "`augment` gives row \(row) the shape \(contents.shape) and others \(known.shape)", at: span)
                }
                parts.append(contents)
            }
            leaves.append(.tensor(TensorObject(try Self.stacked(parts, at: span))))
        }
        return first.rebuilt(leaves)
    }

    private static func stacked(_ parts: [Tensor], at span: Span) throws(RuntimeFailure) -> Tensor {
        try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in
            let whole = try Tensor(uninitialized: parts[0].type, shape: parts[0].shape.inserting(Size(parts.count), at: 0))
            for (at, part) in parts.enumerated() { (whole.pointer + at * part.byteCount).copyMemory(from: part.pointer, byteCount: part.byteCount) }
            return whole
        }
    }
}
