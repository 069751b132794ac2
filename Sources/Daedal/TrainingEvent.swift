import DaedalRuntime

/// One thing that a training tells while it runs.
public struct TrainingEvent: Sendable {
    /// What happened.
    public enum Kind: String, Sendable {
        /// Training begins.
        case begin
        /// A step was taken; told at most ten times a second.
        case step
        /// An epoch ended, its validation included.
        case epoch
        /// Training ended.
        case end
    }

    /// What happened.
    public let kind: Kind
    /// The name of the network.
    public let model: String
    /// The name of the dataset.
    public let dataset: String
    /// The epoch, counted from 1; 0 before the first.
    public let epoch: Int
    /// How many epochs there are at most.
    public let epochs: Int
    /// The steps taken so far.
    public let step: Int
    /// How many steps there are at most.
    public let steps: Int
    /// Loss and metrics by name, in order: of the epoch so far, or of the epoch that ended (then with those of the validation split).
    public let values: [(name: String, value: Double)]
    /// The seconds that the epoch, or at the end the whole training, took; nil without a clock.
    public let seconds: Double?
    /// Why it ended: `finished`, `interrupted`, …
    public let stopped: String?
    /// At the end: the bytes of the plans that the training made.
    public let arenaByteCount: Int?

    /// The share of steps that were taken.
    public var fraction: Double { kind == .end ? 1 : steps > 0 ? Double(step) / Double(steps) : 0 }
    /// The loss, if one is known.
    public var loss: Double? { self["loss"] }
    /// A value by name.
    public subscript(name: String) -> Double? { values.first { $0.name == name }?.value }

    init(_ event: DaedalRuntime.TrainingEvent) {
        kind =
            switch event.kind {
            case .begin: .begin
            case .step: .step
            case .epoch: .epoch
            case .end: .end
            }
        (model, dataset) = (event.model, event.dataset)
        (epoch, epochs) = (event.epoch ?? 0, event.epochs)
        (step, steps) = (event.step, event.steps)
        values = event.values
        (seconds, stopped, arenaByteCount) = (event.seconds, event.stopped, event.arenaByteCount)
    }
}
