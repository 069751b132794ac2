import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// One `param` or `state` of a model while checking.
final class SymbolicSlot {
    let slot: Slot
    let kind: SlotKind
    /// False where its `if` is surely false: then the name is `none`.
    let exists: Value
    /// The shape, once an input fixed it.
    var shape: Shape?
    var value: Value = .unknown(.tensor)
    /// Whether some `minimize` or `train` block read it, and whether a loss had a gradient for it.
    var isReadInBlock = false
    var isLearnt = false
    init(_ slot: Slot, _ kind: SlotKind, exists: Value) {
        self.slot = slot
        self.kind = kind
        self.exists = exists
    }
}

/// A model made while checking: its scope, slots, and steps or `forward`.
package final class SymbolicModel: Object {
    /// One step: what is called and where it was written.
    struct Step {
        let callee: Value
        let span: Span
    }

    let name: String
    /// The declaration it was made from; nil for a chain.
    let network: NetworkDeclaration?
    /// The body's scope; nil for a chain.
    let scope: SymbolicScope?
    let argumentNames: Set<String>
    /// Whether it was made by `->` and may still be joined to a longer chain.
    let isChain: Bool
    let span: Span
    var slots: [SymbolicSlot] = []
    var steps: [Step] = []
    var forward: Function?
    /// Whether the body depends on something unknown, so that nothing is known of calls.
    var isOpaque = false
    var isFrozen = false
    /// The network it was made from with the arguments; nil for a chain.
    let made: SymbolicNetwork?
    let arguments: [Value?]
    /// What `train` measured it by: the names of the metrics (nil inside: not known); nil for a model that was not trained.
    var measures: [String]??
    /// The splits it was trained on, with the places.
    var trainedOn: [(split: SymbolicSplit, place: Span)] = []
    /// The texts before and after the names of its parameters in the model around it, if they are named there.
    var placement: (before: String, after: String)?

    init(_ made: SymbolicNetwork, _ arguments: [Value?], scope: SymbolicScope, span: Span) {
        let network = made.declaration
        name = network.name.text
        self.made = made
        self.arguments = arguments
        self.network = network
        self.scope = scope
        argumentNames = Set(network.parameters.map(\.name.text))
        self.span = span
        isChain = false
    }

    init(chain parts: [Value], at span: Span) {
        name = "chain"
        made = nil
        arguments = []
        network = nil
        scope = nil
        argumentNames = []
        isChain = true
        self.span = span
        super.init()
        steps = parts.map { Step(callee: $0, span: span) }
    }

    override package var kindName: String { "model" }

    /// The argument of the network that a size name stands for, if there is one.
    func argument(_ name: String) -> Value? { argumentNames.contains(name) ? scope?.cells[name]?.value : nil }

    /// The value of a slot by name, noting that it was read.
    func slotValue(_ name: String, _ evaluator: SymbolicEvaluator, at span: Span) throws(RuntimeFailure) -> Value? {
        guard let slot = slots.first(where: { $0.slot.name.text == name }) else { return nil }
        if evaluator.usage.isInBlock { slot.isReadInBlock = true }
        if case .bool(false) = slot.exists { return Value.none }
        if case .bool(true) = slot.exists { return slot.value }
        return .unknown(.anything)
    }

    /// Assigns a state inside a method; false if there is no state of that name.
    func assignState(_ name: String, _ value: Value, _ evaluator: SymbolicEvaluator) -> Bool {
        slots.contains { $0.kind == .state && $0.slot.name.text == name }
    }

    override package var memberNames: [String] {
        slots.map(\.slot.name.text) + (scope?.cells.keys.sorted() ?? []) + ["parameters"]
    }

    func step(_ position: Int) -> Value? {
        let at = position < 0 ? position + steps.count : position
        return steps.indices.contains(at) ? steps[at].callee : nil
    }

    func member(_ name: String, in evaluator: SymbolicEvaluator, at span: Span) throws(RuntimeFailure) -> Value? {
        if let value = try slotValue(name, evaluator, at: span) { return value }
        if let cell = scope?.cells[name] { return cell.value }
        if name == "parameters" { return .unknown(.list) }
        if let number = Int(name), let step = step(number) { return step }
        for (part, placement) in placed where name.hasPrefix(placement.before) && name.hasSuffix(placement.after) {
            guard name.count >= placement.before.count + placement.after.count else { continue }
            let own = String(name.dropFirst(placement.before.count).dropLast(placement.after.count))
            if let value = try part.slotValue(own, evaluator, at: span) { return value }
        }
        return nil
    }

    /// The parts whose parameters are named in this model.
    private var placed: [(SymbolicModel, (before: String, after: String))] {
        var result: [(SymbolicModel, (before: String, after: String))] = []
        for cell in scope?.cells.values.map({ $0 }) ?? [] {
            for case .object(let model as SymbolicModel) in TensorTree(cell.value).leaves {
                if let placement = model.placement { result.append((model, placement)) }
            }
        }
        return result
    }

    /// Every model that is part of it, itself included.
    func collect(into models: inout [ObjectIdentifier: SymbolicModel]) {
        guard models.updateValue(self, forKey: ObjectIdentifier(self)) == nil else { return }
        for step in steps { Self.collect(step.callee, into: &models) }
        for cell in scope?.cells.values.map({ $0 }) ?? [] { Self.collect(cell.value, into: &models) }
    }

    private static func collect(_ value: Value, into models: inout [ObjectIdentifier: SymbolicModel]) {
        switch value {
        case .object(let model as SymbolicModel): model.collect(into: &models)
        case .list(let list): for item in list.items { collect(item, into: &models) }
        case .record(let record): for item in record.fields { collect(item, into: &models) }
        default: break
        }
    }
}

/// The shapes seen on the way through a model, for the notes of errors.
struct ShapePath {
    let name: String
    /// Whether it is the way through a `forward`, whose calls of models are its entries; a chain of steps notes them itself.
    let isForward: Bool
    var entries: [String]

    /// The entries as a note shows them: the first and the last ones.
    var text: String {
        let shown = entries.count > 10 ? Array(entries.prefix(3)) + ["…"] + Array(entries.suffix(6)) : entries
        return shown.joined(separator: " -> ")
    }
}

/// What `minimize` and `train` blocks read.
struct ParameterUsage {
    /// How many blocks enclose the place.
    var depth = 0
    var isInBlock: Bool { depth > 0 }
    /// The models named after `over`, where, and whether some block could not be followed to its end.
    var subjects: [ObjectIdentifier: (model: SymbolicModel, span: Span)] = [:]
    var isUncertain = false
}
