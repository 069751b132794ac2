/// The bytes that a training needs, by what needs them: one sum for `dl plan`, `budget memory` and tests.
package struct TrainingBytes: Sendable {
    /// One line of the sum.
    package struct Part: Sendable {
        package let name: String
        package let byteCount: Int
        package let kind: Kind
    }

    /// When something comes to be there.
    package enum Kind: Sendable {
        /// With the model and the optimizer, before the first step.
        case made
        /// When a plan first runs.
        case plan
        /// While the training runs.
        case held
    }

    package private(set) var parts: [Part] = []
    /// Bytes of plans alone: what the engine binds when the training runs.
    package private(set) var arenaByteCount = 0

    package init() {}

    /// The whole.
    package var total: Int { parts.reduce(0) { $0 + $1.byteCount } }

    /// Adds what stays as long as the training runs; nothing for 0 bytes.
    package mutating func add(_ name: String, _ byteCount: Int, _ kind: Kind = .held) {
        if byteCount > 0 { parts.append(Part(name: name, byteCount: byteCount, kind: kind)) }
    }

    /// Adds the arena of a plan.
    package mutating func add(plan name: String, _ byteCount: Int) {
        parts.append(Part(name: name, byteCount: byteCount, kind: .plan))
        arenaByteCount += byteCount
    }
}

extension TrainingBytes {
    /// Adds the parameters and states of models, and what optimizers keep: every other cell that the plans overwrite.
    mutating func add(models: [ModelObject], optimizer: String, _ cells: [ObjectIdentifier: TensorCell]) {
        var parameters = 0, states = 0, own: Set<ObjectIdentifier> = []
        for model in models {
            for (_, slot) in model.allSlots where own.insert(ObjectIdentifier(slot.cell)).inserted {
                if slot.kind == .param { parameters += slot.cell.byteCount } else { states += slot.cell.byteCount }
            }
        }
        add("parameters", parameters, .made)
        add("state", states, .made)
        add(optimizer, cells.filter { !own.contains($0.key) }.reduce(0) { $0 + $1.value.byteCount }, .made)
    }
}
