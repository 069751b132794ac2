import DaedalGraph
import DaedalSyntax
import DaedalTensor

// Models: networks made. In: what the bodies of networks tell, arguments. Out: parameters with paths, results of calls, parts, copies,
// weights from and to files. Never: how parameters learn (Learning), kernels.

/// A network made: its parameters, states and parts. A reference.
package final class ModelObject {
    /// The name of the network it was made from; `chain` for a composition.
    @exclusivity(unchecked) package internal(set) var name: String
    /// The declaration it was made from; nil for chains and parts of them.
    package internal(set) var network: NetworkObject?
    /// The arguments it was made with, for copies.
    var arguments: [Value?] = []
    /// The sizes that belong to it.
    package internal(set) var sizes: [ModelSize] = []
    /// Its own parameters and states, in the order of declaration.
    package internal(set) var slots: [Parameter] = []
    /// What paths go through: arguments, `let` names and steps that are, or hold, models; in the order of the body.
    package private(set) var parts: [(label: String, value: Value)] = []
    /// The callables of a network without `forward`, in order.
    @exclusivity(unchecked) package internal(set) var steps: [(value: Value, span: Span)] = []
    @exclusivity(unchecked) package internal(set) var forward: Value?
    package internal(set) var methods: [(name: String, function: Value)] = []
    /// The types and shapes of the tensors that it was first called with; nil before, and where other values were among them.
    @exclusivity(unchecked) var firstInputs: [(name: String?, signature: Signature)]?
    /// What its arguments and the `let`s of its body stand for, and `none` for each `param` and `state` with an `if`.
    var values: [String: Value] = [:]
    /// Whether it was frozen as a whole: it acts as in use and its states stay.
    package internal(set) var isFrozen = false
    /// For `in_training(model)`, `watch(model, …)` and the like: the model meant, and what is done differently.
    @exclusivity(unchecked) var wrapped: (model: ModelObject, how: ModelWrapping)?
    /// Where it is no part of its own but its parameters are named in the model around it: the texts before and after their names.
    var placement: (before: String, after: String)?
    /// What random starts are drawn from: the network it was made from (not as a part) and the path in it.
    var identity: ModelIdentity?

    /// Whether it was put in another part's place, so that the body around it no longer says how it was made.
    var isReplacement = false
    /// Whether a function among its steps was replaced: they are no longer those of its body.
    var hasOtherSteps = false

    /// What it was trained with.
    var training: TrainingMemory?
    /// The memory of its calls outside blocks.
    @exclusivity(unchecked) var callSite: CallSite?

    package init(name: String) { self.name = name }

    /// Takes note of a named part if there are models in it.
    func addPart(_ label: String, _ value: Value) {
        if Self.holdsModel(value) { parts.append((label, value)) }
    }

    /// Adds a callable as the next step.
    func addStep(_ value: Value, at span: Span) {
        addPart(String(steps.count), value)
        steps.append((value, span))
    }

    /// Replaces a value among parts and steps.
    func replaceParts(_ parts: [(label: String, value: Value)], steps: [(value: Value, span: Span)]) {
        self.parts = parts
        self.steps = steps
    }

    /// Whether a value is, or holds, a model.
    static func holdsModel(_ value: Value) -> Bool {
        switch value {
        case .model: true
        case .list(let list): list.items.contains(where: holdsModel)
        case .record(let record): record.fields.contains(where: holdsModel)
        case .dictionary(let dictionary): dictionary.values.contains(where: holdsModel)
        default: false
        }
    }

    /// Whether a value can be a step.
    static func isCallable(_ value: Value) -> Bool {
        switch value {
        case .model, .function, .unknown: true
        default: false
        }
    }
}

/// Where a model stands when its parameters get their random start.
struct ModelIdentity {
    /// The network of the outermost model, how many of it were made before, and the path from there.
    let network: String
    let count: Int
    let path: String
}

/// How a model acts.
package enum ModelMode { case training, evaluation }
