import DaedalData
import DaedalSyntax
import DaedalTensor

/// What a `step` of one's own trains beside the model of its `train`, and with which optimizers, in the order in which it comes to them: two networks
/// against each other, parts with rates of their own.
final class Learners {
    private(set) var models: [ModelObject] = []
    private(set) var optimizers: [OptimizerObject] = []
    private let own: Set<ObjectIdentifier>
    private let ownOptimizer: OptimizerObject

    /// Knows the model and the optimizer that belong to the `train` itself.
    init(_ model: ModelObject, _ optimizer: OptimizerObject) {
        own = Set(model.allSlots.map { ObjectIdentifier($0.slot) })
        ownOptimizer = optimizer
    }

    /// Takes note of what a `minimize` trains.
    func note(_ pairs: [MinimizeRequest.Pair]) {
        for pair in pairs {
            for leaf in TensorTree(pair.subject).leaves {
                guard case .model(let model) = leaf, !models.contains(where: { $0 === model }),
                    model.allSlots.contains(where: { !own.contains(ObjectIdentifier($0.slot)) })
                else { continue }
                models.append(model)
            }
            guard case .object(let object) = pair.optimizer, let optimizer = object as? OptimizerObject, optimizer !== ownOptimizer,
                !optimizers.contains(where: { $0 === optimizer })
            else { continue }
            optimizers.append(optimizer)
        }
    }

    // MARK: Checkpoints

    /// Every parameter and state that may have learned, under a name: of the trained model, then of the others.
    private func slots(_ model: ModelObject) -> [(name: String, slot: Parameter)] {
        ([model] + models).enumerated().flatMap { at, model in model.allSlots.map { ("\(at).\($0.path)", $0.slot) } }
    }

    /// Adds what the others hold to a checkpoint.
    func add(to checkpoint: inout Checkpoint, _ model: ModelObject) {
        let slots = slots(model)
        for (name, slot) in slots where !own.contains(ObjectIdentifier(slot)) {
            if let tensor = slot.cell.tensor { checkpoint.tensors.append(("others.\(name)", tensor)) }
        }
        var facts: [JSONValue] = []
        for (k, optimizer) in optimizers.enumerated() {
            var counts: [(key: String, value: JSONValue)] = []
            for (name, slot) in slots {
                guard let memory = optimizer.knownMemory(of: slot) else { continue }
                counts.append((name, .integer(memory.steps)))
                for (i, cell) in memory.states.enumerated() {
                    if let tensor = cell.tensor { checkpoint.tensors.append(("learner.\(k).\(i).\(name)", tensor)) }
                }
            }
            facts.append(.object([("name", .text(optimizer.name)), ("steps", .integer(optimizer.steps)), ("parameters", .object(counts))]))
        }
        if !facts.isEmpty { checkpoint.facts.append(("learners", .array(facts))) }
    }

    /// Takes back what a checkpoint holds of the others.
    func restore(_ found: CheckpointReader, _ model: ModelObject, in context: EvaluationContext) throws(RuntimeFailure) {
        let slots = slots(model)
        for (name, slot) in slots where !own.contains(ObjectIdentifier(slot)) {
            guard let tensor = try found.tensor("others.\(name)"), tensor.shape == slot.cell.signature.shape || !slot.cell.isBound else {
                throw found.unfit("`step` trains other models than it did then")
            }
            try context.beforeChanging([slot.cell])
            slot.cell.set(tensor)
        }
        guard !optimizers.isEmpty else { return }
        guard case .array(let facts)? = found["learners"], facts.count == optimizers.count else {
            throw found.unfit("`step` uses other optimizers than it did then")
        }
        for (k, (optimizer, facts)) in zip(optimizers, facts).enumerated() {
            guard facts["name"] == .text(optimizer.name), case .integer(let steps)? = facts["steps"],
                case .object(let counts)? = facts["parameters"]
            else { throw found.unfit("`step` uses other optimizers than it did then") }
            for (name, count) in counts {
                guard let slot = slots.first(where: { $0.name == name })?.slot, case .integer(let count) = count else {
                    throw found.unfit("`step` trains other models than it did then")
                }
                var states: [Tensor] = []
                while let tensor = try found.tensor("learner.\(k).\(states.count).\(name)") { states.append(tensor) }
                optimizer.restore(states, steps: count, of: slot)
            }
            optimizer.restore(steps: steps)
        }
    }
}
