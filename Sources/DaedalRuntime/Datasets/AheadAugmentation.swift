import DaedalData
import DaedalEngine
import DaedalGraph
import DaedalSyntax
import DaedalTensor
import Synchronization

/// The plans by which the threads that gather batches also augment them, so that a step does not wait for it.
///
/// A plan is known once the program has augmented a batch of the same shapes, and only where nothing but the rows, the epoch and the batch decides what
/// it gives; whoever takes the result asks whether the program still means the same (`ExampleAugmentation`).
final class AheadAugmentation: Sendable {
    /// A plan for batches of some shapes.
    struct Step: Sendable {
        enum Input: Sendable {
            /// A tensor of the batch.
            case batch(Int)
            /// The lengths of a padded one.
            case lengths(Int)
            /// The keys of the rows' draws.
            case keys
            case fixed(Tensor)
        }
        /// Tells plans apart.
        let number: Int
        let plan: Plan
        let inputs: [Input]
        let batch: [BatchForm]
    }

    /// The type and shape of a tensor of a batch.
    struct BatchForm: Sendable, Equatable {
        let signature: Signature
        let isPadded: Bool

        init(_ tensor: BatchTensor) {
            signature = Signature(type: tensor.contents.type, shape: tensor.contents.shape)
            isPadded = tensor.lengths != nil
        }
    }

    /// What a thread made of a batch.
    struct Made: Sendable {
        let step: Int
        let keys: Tensor
        let results: [Tensor]
    }

    private let seed: UInt64
    private let steps = Mutex<[Step]>([])

    init(seed: UInt64) { self.seed = seed }

    /// Uses these plans from now on.
    func set(_ steps: [Step]) { self.steps.withLock { $0 = steps } }

    /// The key of the draws for one row in one epoch.
    func key(_ row: Int, _ epoch: Int) -> UInt64 { RandomState.mix(RandomState.mix(seed, UInt64(epoch)), UInt64(row)) }

    /// The keys of the draws for the rows of a batch, i64 `[rows]`.
    func keys(_ rows: [Int], _ epoch: Int) throws(AllocationFailure) -> Tensor {
        try Tensor(rows.map { Int64(bitPattern: key($0, epoch)) }, shape: Shape([rows.count]))
    }

    /// Augments a batch on this thread; nil where no plan fits or it fails, which the program then finds out for itself.
    func made(of tensors: [BatchTensor], rows: [Int], epoch: Int) -> Made? {
        let forms = tensors.map(BatchForm.init)
        guard let step = steps.withLock({ $0.first { $0.batch == forms } }), let keys = try? keys(rows, epoch) else { return nil }
        var inputs: [Tensor] = []
        for input in step.inputs {
            switch input {
            case .batch(let at): inputs.append(tensors[at].contents)
            case .lengths(let at):
                guard let lengths = tensors[at].lengths else { return nil }
                inputs.append(lengths)
            case .keys: inputs.append(keys)
            case .fixed(let tensor): inputs.append(tensor)
            }
        }
        guard let results = try? step.plan.run(inputs, staysOnThread: true) else { return nil }
        return Made(step: step.number, keys: keys, results: results)
    }
}

/// What the program's thread knows of the plans that it handed out: when their results may be taken.
struct AheadSteps {
    private struct Known {
        let step: AheadAugmentation.Step
        let replay: LearningSite.Replay
        /// Tensors that are none of the batch's, by leaf, with the contents that the plan was given. Held, so that nobody writes into them.
        let others: [(leaf: Int, object: TensorObject, contents: Tensor)]

        /// Whether tensors from outside are still those that the plan was given.
        func holds(_ leaves: [TensorObject?]) -> Bool {
            others.allSatisfy {
                leaves.indices.contains($0.leaf) && leaves[$0.leaf] === $0.object && $0.object.value?.storage === $0.contents.storage
            }
        }
    }

    /// The most plans at a time: batches of so many different shapes.
    private static let most = 8
    /// After so many results that came too late one after the other, no more are asked for: what the functions read changes at every step.
    private static let mostRefusals = 16

    private var known: [Known] = []
    private var count = 0
    private var refusals = 0

    /// Hands out the plan that augmented a batch just now, if it may run at any time and is not known for batches of these shapes.
    mutating func note(
        _ tensors: [BatchTensor], keys: Tensor, _ latest: (replay: LearningSite.Replay, leaves: [TensorObject?]), to ahead: AheadAugmentation
    ) {
        let forms = tensors.map(AheadAugmentation.BatchForm.init)
        if refusals >= Self.mostRefusals
            || known.contains(where: { $0.replay === latest.replay && $0.step.batch == forms && $0.holds(latest.leaves) })
        {
            return
        }
        guard let free = latest.replay.executable.freeInputs else { return }
        var inputs: [AheadAugmentation.Step.Input] = [], others: [(leaf: Int, object: TensorObject, contents: Tensor)] = []
        for input in free {
            switch input {
            case .fixed(let tensor): inputs.append(.fixed(tensor))
            case .leaf(let leaf):
                guard latest.leaves.indices.contains(leaf), let object = latest.leaves[leaf], let contents = object.value else { return }
                if contents.storage === keys.storage {
                    inputs.append(.keys)
                } else if let at = tensors.firstIndex(where: { $0.contents.storage === contents.storage }) {
                    inputs.append(.batch(at))
                } else if let at = tensors.firstIndex(where: { $0.lengths?.storage === contents.storage }) {
                    inputs.append(.lengths(at))
                } else {
                    inputs.append(.fixed(contents))
                    others.append((leaf, object, contents))
                }
            }
        }
        count += 1
        let step = AheadAugmentation.Step(number: count, plan: latest.replay.executable.plan, inputs: inputs, batch: forms)
        known.removeAll { $0.step.batch == forms }
        if known.count == Self.most { known.removeFirst() }
        known.append(Known(step: step, replay: latest.replay, others: others))
        ahead.set(known.map(\.step))
    }

    /// What a thread made, as the program's own execution would have given it; nil where the program means something else by now.
    mutating func value(
        _ made: AheadAugmentation.Made, _ site: LearningSite, _ captures: [Value], from ahead: AheadAugmentation, in context: EvaluationContext,
        at span: Span
    ) throws(RuntimeFailure) -> Value? {
        guard let step = known.first(where: { $0.step.number == made.step }),
            let value = try site.take(made.results, of: step.replay, captures, isSame: step.holds, in: context, at: span)
        else {
            refusals += 1
            if refusals == Self.mostRefusals {
                known = []
                ahead.set([])
            }
            return nil
        }
        refusals = 0
        return value
    }
}
