import DaedalEngine
import DaedalSyntax
import DaedalTensor

/// The step of a `train` over batches that stay in the same tensors: what a replay compares and binds was settled when it was made, so that running it
/// makes no value, and all it gives are numbers.
final class LentStep {
    let replay: LearningSite.Replay
    /// What the numbers are called, for sums that know them by this object.
    let names: NumberNames
    /// The numbers of the last run, in the order of the names.
    let numbers: UnsafeMutablePointer<Double>
    private let results: [Int]
    private let inputs: [Executable.LentInput]
    /// The shelf whose tensors it runs over, and their version.
    private let shelf: ObjectIdentifier
    private let version: Int

    init(_ replay: LearningSite.Replay, _ inputs: [Executable.LentInput], _ shelf: BatchShelf, _ numbers: [(name: String, result: Int)]) {
        self.replay = replay
        self.inputs = inputs
        self.shelf = ObjectIdentifier(shelf)
        version = shelf.version
        names = NumberNames(numbers.map(\.name))
        results = numbers.map(\.result)
        self.numbers = .allocate(capacity: max(numbers.count, 1))
        self.numbers.initialize(repeating: 0, count: max(numbers.count, 1))
    }

    deinit { numbers.deallocate() }

    /// Whether it was made for the tensors that a shelf has now. Precondition: the shelf it was made for lives.
    func fits(_ shelf: BatchShelf) -> Bool { self.shelf == ObjectIdentifier(shelf) && version == shelf.version }

    /// Runs on the batch that the shelf holds now. Precondition: `fits`.
    func run(_ shelf: BatchShelf, execution: UInt64, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        let ran = try replay.executable.execute(lending: shelf, to: inputs, execution: execution, in: context, at: span)
        for i in results.indices { numbers[i] = ran.scalarResult(results[i]) }
    }
}

/// The names of the numbers of a step, as an identity.
final class NumberNames {
    let names: [String]
    init(_ names: [String]) { self.names = names }
}

/// The steps of a training over batches on shelves: one shelf for those of the usual size, one for the smaller last one.
struct LendingSteps {
    private var shelves: [BatchShelf] = []
    private var steps: [LentStep?] = [nil, nil]
    private var attempts = 0
    /// After so many shelves that no step was found for no more are looked for.
    private static let mostAttempts = 64

    init(_ part: Dataset.Part) {
        guard let whole = BatchShelf(part.leaves), let last = BatchShelf(part.leaves) else { return }
        shelves = [whole, last]
    }

    /// The shelf for so many examples; nil if batches of this split cannot stay on one.
    func shelf(_ count: Int, _ batchSize: Int) -> BatchShelf? { shelves.isEmpty ? nil : shelves[count == batchSize ? 0 : 1] }

    /// The step that was found for a shelf.
    func step(on shelf: BatchShelf) -> LentStep? { steps[shelf === shelves[0] ? 0 : 1] }

    /// Whether it is worth looking for one.
    mutating func mayFind(on shelf: BatchShelf) -> Bool {
        attempts += 1
        return attempts <= Self.mostAttempts
    }

    /// Keeps what was found.
    mutating func keep(_ step: LentStep?, on shelf: BatchShelf) {
        if step != nil { attempts = 0 }
        steps[shelf === shelves[0] ? 0 : 1] = step
    }
}
