import DaedalEngine
import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// What is remembered about one place that learns or measures: the numbers that vary from trace to trace, and the blocks that may run again.
///
/// Tracing anew and finding the plan by its structure is always right; a replay is the shortcut for blocks whose trace depended on nothing that
/// has changed.
final class LearningSite {
    /// Constants of traces with the same operations.
    private struct Skeleton {
        var bits: [UInt64]
        /// Positions in `Trace.constants` that were seen to vary.
        var varying: Set<Int> = []
    }

    /// A block that may run again.
    final class Replay {
        let executable: Executable
        let generation: Int
        let outside: OutsideValues
        let variables: [VariableReference]
        /// What the block's value is made of.
        let output: BlockOutput

        init(_ executable: Executable, generation: Int, outside: OutsideValues, variables: [VariableReference], output: BlockOutput) {
            self.executable = executable
            self.generation = generation
            self.outside = outside
            self.variables = variables
            self.output = output
        }
    }

    /// The most replays that are kept; further ones push out the oldest.
    private static let mostReplays = 8
    private static let plansToWarnAt = 32

    private let key: UInt64
    @exclusivity(unchecked) private var place = RandomState.Place()
    private var skeletons: [UInt64: Skeleton] = [:]
    private var planHashes: Set<UInt64> = []
    private var hasWarned = false
    @exclusivity(unchecked) private var replays: [Replay] = []
    private var lastOutside: OutsideValues?
    /// How often each captured name kept a replay from being used.
    private var changes: [Int: Int] = [:]
    /// Steps so far, for messages.
    @exclusivity(unchecked) private(set) var executions = 0
    @exclusivity(unchecked) private var leaves: [TensorObject?] = []
    /// What is gathered here where several batches make one step.
    let gradientSums = GradientSums()

    /// What an execution is, for the counters.
    enum Count { case steps, calls }
    private let counts: Count

    /// Creates the memory of a place; `key` tells places apart in random draws.
    init(key: UInt64, counts: Count = .steps) {
        self.key = key
        self.counts = counts
    }

    /// The bytes of the arenas of the blocks that may run again.
    var heldByteCount: Int { replays.reduce(0) { $0 + $1.executable.heldByteCount } }

    /// Begins an execution: its number, for random draws.
    func begin(in context: EvaluationContext) -> UInt64 {
        executions += 1
        return context.session.random.beginBlock(key, &place)
    }

    /// Runs a kept block whose assumptions hold; nil if there is none.
    func replay(_ captures: [Value], execution: UInt64, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value? {
        try context.checkLimits(at: span)
        if context.session.counters.alwaysInterprets { return nil }
        var i = replays.count
        while i > 0 {
            i -= 1
            let replay = replays[i]
            guard holds(replay, captures, in: context) else { continue }
            if i != replays.count - 1 { replays.append(replays.remove(at: i)) }
            // Whoever gave the tensors may use their memory again once the plan has run.
            defer { for leaf in leaves.indices where leaves[leaf] != nil { leaves[leaf] = nil } }
            let ran = try replay.executable.execute(leaves: leaves, execution: execution, in: context, at: span)
            noteReplay(in: context)
            return replay.output.value(of: ran, leaves: leaves)
        }
        return nil
    }

    private func noteReplay(in context: EvaluationContext) {
        if counts == .steps { context.session.counters.replayedSteps += 1 } else { context.session.counters.replayedCalls += 1 }
    }

    /// The kept block that ran last on these values as a step over batches in the same tensors: nil if it depends on more, or gives more than numbers.
    func lentStep(_ captures: [Value], over batch: BatchShelf, in context: EvaluationContext) -> LentStep? {
        guard let replay = replays.last, replay.variables.isEmpty, let numbers = replay.output.numbers(of: replay.executable.plan),
            holds(replay, captures, in: context)
        else { return nil }
        defer { for leaf in leaves.indices { leaves[leaf] = nil } }
        return replay.executable.lentInputs(batch.objects, leaves).map { LentStep(replay, $0, batch, numbers) }
    }

    /// Whether a step may run over the batch of a shelf: nothing that it depends on has changed.
    func holds(_ step: LentStep, _ shelf: BatchShelf, in context: EvaluationContext) -> Bool {
        step.fits(shelf) && !context.session.counters.alwaysInterprets && step.replay.generation == context.session.modelGeneration
            && step.replay.executable.updates?.isCurrent ?? true
    }

    /// Runs a step over the batch of a shelf. Precondition: it holds.
    func run(_ step: LentStep, _ shelf: BatchShelf, execution: UInt64, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        try context.checkLimits(at: span)
        try step.run(shelf, execution: execution, in: context, at: span)
        noteReplay(in: context)
    }

    /// The kept block that ran last, with its tensors from outside by leaf, if its assumptions hold for these values.
    func latest(_ captures: [Value], in context: EvaluationContext) -> (replay: Replay, leaves: [TensorObject?])? {
        guard let replay = replays.last, holds(replay, captures, in: context) else { return nil }
        return (replay, leaves)
    }

    /// Takes what a kept block gave on another thread as an execution of it; nil if it would not have run here and now. `isSame` compares the tensors
    /// from outside, by leaf, with those that it got.
    func take(
        _ results: [Tensor], of replay: Replay, _ captures: [Value], isSame: ([TensorObject?]) -> Bool, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Value? {
        try context.checkLimits(at: span)
        if context.session.counters.alwaysInterprets || !holds(replay, captures, in: context) || !isSame(leaves) { return nil }
        context.session.counters.replayedSteps += 1
        context.session.counters.stepsTakenAhead += 1
        return replay.output.value(results, leaves: leaves)
    }

    /// Whether a block's assumptions hold; its tensors from outside are then in `leaves`.
    private func holds(_ replay: Replay, _ captures: [Value], in context: EvaluationContext) -> Bool {
        replay.generation == context.session.modelGeneration && replay.executable.updates?.isCurrent ?? true
            && replay.outside.match(replay.variables.isEmpty ? captures : captures + replay.variables.map(\.value), into: &leaves)
    }

    /// Makes a plan of a freshly traced block and runs it.
    func run(
        _ block: TracedBlock, execution: UInt64, captures: [Value], names: [String], variables: [VariableReference], output: BlockOutput,
        isReplayable: Bool, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> [Tensor] {
        var block = block
        block.names = names
        let executable = try Executable(block, varying: varying(block.trace), in: context, at: span)
        if let forecast = context.session.forecast {
            if counts == .steps { return try forecast.take(executable, at: span) }
            // What a program does with the answers of its models may decide where it goes on.
            forecast.note(executable.request, executable.plan, title: Forecast.valuesTitle, at: span)
        }
        if counts == .steps, planHashes.insert(executable.planHash).inserted {
            context.session.counters.plans += 1
            noteChanges(captures)
            warnIfMany(names, in: context, at: span)
        }
        lastOutside = OutsideValues(captures).withoutContents
        let results = try executable.run(leaves: block.outside?.traced ?? [], execution: execution, in: context, at: span)
        if counts == .steps { context.session.counters.interpretedSteps += 1 } else { context.session.counters.interpretedCalls += 1 }
        if isReplayable, let outside = block.outside {
            if replays.count == Self.mostReplays { replays.removeFirst() }
            replays.append(
                Replay(
                    executable, generation: context.session.modelGeneration, outside: outside.withoutContents, variables: variables,
                    output: output.bound(to: outside)))
        }
        return results
    }

    /// The constants that this trace and earlier ones with the same operations do not share.
    private func varying(_ trace: Trace) -> [NodeID] {
        let constants = trace.constants
        if constants.isEmpty { return [] }
        let hash = trace.graph.skeletonHash(without: constants)
        let bits = constants.map { id -> UInt64 in if case .scalar(let bits) = trace.graph.attributes(of: id) { bits } else { 0 } }
        guard var skeleton = skeletons[hash] else {
            skeletons[hash] = Skeleton(bits: bits)
            return []
        }
        for i in bits.indices where bits[i] != skeleton.bits[i] { skeleton.varying.insert(i) }
        skeletons[hash] = skeleton
        return skeleton.varying.sorted().map { constants[$0] }
    }

    private func noteChanges(_ captures: [Value]) {
        guard let lastOutside else { return }
        for i in lastOutside.changed(from: captures) { changes[i, default: 0] += 1 }
    }

    private func warnIfMany(_ names: [String], in context: EvaluationContext, at span: Span) {
        guard planHashes.count == Self.plansToWarnAt, !hasWarned else { return }
        hasWarned = true
        let often = changes.sorted { $0.value > $1.value }.prefix(3).compactMap { names.indices.contains($0.key) ? "`\(names[$0.key])`" : nil }
        let what = often.isEmpty ? "" : "; what keeps changing is \(often.joined(separator: ", "))"
        let source = context.session.sources.source(of: span)
        context.session.host.progress(
            "warning: \(source.name):\(source.line(at: span.start)): this block has made \(Self.plansToWarnAt) plans\(what)"
                + " (tensors and floats from outside may change freely; sizes, integers, booleans and functions choose other operations)\n")
    }
}

/// How the value of a block is put together from the results of its plan.
struct BlockOutput {
    private enum Leaf {
        case result(Int)
        /// The loss: a plain float.
        case number(Int)
        case plain(Value)
        /// A tensor that the block got from outside, by leaf of the outside values.
        case outside(Int)
    }
    private let tree: TensorTree
    private var leaves: [Leaf] = []
    /// The nodes that the plan must deliver, in order.
    private(set) var results: [NodeID] = []

    /// Takes a value of the current trace apart. The leaf at `loss` is delivered as a plain number.
    init(_ value: Value, lossAt loss: Int?, lossNode: NodeID?, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        tree = TensorTree(value)
        for (i, leaf) in tree.leaves.enumerated() {
            if i == loss, let lossNode {
                leaves.append(.number(results.count))
                results.append(lossNode)
            } else if case .tensor(let tensor) = leaf, tensor.trace === context.trace, tensor.value == nil {
                leaves.append(.result(results.count))
                results.append(try context.trace.node(of: tensor, in: context, at: span))
            } else {
                leaves.append(.plain(leaf))
            }
        }
    }

    /// The same with tensors from outside found where they stand, for executions that get others there.
    func bound(to outside: OutsideValues) -> BlockOutput {
        var result = self
        for (i, leaf) in leaves.enumerated() {
            if case .plain(.tensor(let tensor)) = leaf, let at = outside.leaf(of: tensor) { result.leaves[i] = .outside(at) }
        }
        return result
    }

    /// The value for what an execution has just given; `leaves` are the tensors from outside.
    func value(of execution: Execution, leaves outside: [TensorObject?]) -> Value {
        if tree.isLeaf {
            if case .number(let i) = leaves[0] { return .float(execution.scalarResult(i)) }
            if case .result(let i) = leaves[0] { return .tensor(TensorObject(execution.result(i))) }
        }
        return tree.rebuilt(
            leaves.map { leaf in
                switch leaf {
                case .result(let i): .tensor(TensorObject(execution.result(i)))
                case .number(let i): .float(execution.scalarResult(i))
                case .plain(let value): value
                case .outside(let i): outside[i].map { .tensor($0) } ?? .none
                }
            })
    }

    /// The results that are the fields of a record of numbers, with their names; nil if the value is anything else.
    func numbers(of plan: Plan) -> [(name: String, result: Int)]? {
        guard let names = tree.flatNames, !names.contains("prediction") else { return nil }
        var numbers: [(name: String, result: Int)] = []
        for (name, leaf) in zip(names, leaves) {
            switch leaf {
            case .number(let i): numbers.append((name, i))
            case .result(let i) where plan.results[i].shape.elementCount == 1: numbers.append((name, i))
            case .result, .plain, .outside: return nil
            }
        }
        return numbers
    }

    /// The value for the results of one execution; `leaves` are the tensors from outside.
    func value(_ results: [Tensor], leaves outside: [TensorObject?] = []) -> Value {
        tree.rebuilt(
            leaves.map { leaf in
                switch leaf {
                case .result(let i): .tensor(TensorObject(results[i]))
                case .number(let i): .float(results[i].double(at: 0))
                case .plain(let value): value
                case .outside(let i): outside[i].map { .tensor($0) } ?? .none
                }
            })
    }
}
