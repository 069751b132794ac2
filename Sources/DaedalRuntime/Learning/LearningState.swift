// Learning: how parameters change. In: models, optimizers, blocks to be minimised, datasets. Out: trained models, losses, runs.
// Never: how operations are traced (Tracer) or computed (engine), how files are read (DaedalData).

/// What a context keeps about learning: the block that is being traced, and how models act in it.
package struct LearningState {
    /// The block of `minimize`, `train` or a measurement whose inside is being evaluated; nil outside.
    package var block: BlockRecord?
    /// The mode that `in_training` or `in_evaluation` fixes for the calls inside.
    package var mode: ModelMode?
    /// How many bodies of networks are running.
    package var making = 0
    /// How many `forward`s are running.
    package var calling = 0
    /// Whether `minimize` only measures: the validation passes of a `train` with a `step` of its own.
    var measures = false
    /// Gets every `minimize` of a `step` of one's own.
    var learners: Learners?
    /// Where the batch at hand stands in its step, where several make one.
    var accumulation: Accumulation?
    /// What states stand for that a call under way assigned and nothing keeps.
    var passingStates: [ObjectIdentifier: TensorObject] = [:]
    /// Those who follow the calls inside models, outermost first.
    var taps: [ModelTap] = []
    /// How sources that are opened now are read.
    var reading = SourceReading()
    /// Gets every call of a model, for `summary`.
    var observer: CallObserver?
    package init() {}
}

/// What happened while a block was traced, beside its operations.
package final class BlockRecord {
    /// Whether models act as in training.
    package let isTraining: Bool
    /// Whether the block runs as a step: false for trial runs whose operations are thrown away.
    package let isStep: Bool
    /// The states that the block may change: of the models it trains.
    private let changeable: Set<ObjectIdentifier>
    /// The parameters and states read, in order.
    package private(set) var reads: [Parameter] = []
    private var readIndex: Set<ObjectIdentifier> = []
    /// The last value assigned to each state.
    package private(set) var assignments: [(state: Parameter, value: TensorObject)] = []
    /// What `print` was asked to print after the step.
    package var deferredPrints: [[Value]] = []
    /// Whether the block may run again without being interpreted: it did nothing but compute.
    package private(set) var isReplayable = true

    package init(isTraining: Bool, changeable: Set<ObjectIdentifier> = [], isStep: Bool = true) {
        self.isStep = isStep
        self.isTraining = isTraining
        self.changeable = changeable
    }

    /// Takes note that the block did something that must happen at each step, or looked at something that may change unseen.
    package func mustBeInterpreted() { isReplayable = false }

    /// Does what was put off until the step was taken.
    func finish(in context: EvaluationContext) throws(RuntimeFailure) {
        for values in deferredPrints {
            var parts: [String] = []
            for value in values { parts.append(try value.text(in: context)) }
            context.session.host.print(parts.joined(separator: " "))
        }
        deferredPrints = []
    }

    func noteRead(_ parameter: Parameter) {
        if readIndex.insert(ObjectIdentifier(parameter)).inserted { reads.append(parameter) }
    }

    /// The value that a state got earlier in this block.
    func assigned(_ state: Parameter) -> TensorObject? { assignments.first { $0.state === state }?.value }

    /// Takes note of the value that a state has after the step; false if the block does not change it.
    func assign(_ value: TensorObject, to state: Parameter) -> Bool {
        guard changeable.contains(ObjectIdentifier(state)) else { return false }
        if let at = assignments.firstIndex(where: { $0.state === state }) {
            assignments[at].value = value
        } else {
            assignments.append((state, value))
        }
        return true
    }
}
