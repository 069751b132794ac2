import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// What stands after `over`: the models that a step trains, with their optimizers.
final class Subjects {
    /// One `models with optimizer`.
    struct Group {
        let optimizer: OptimizerObject
        /// Parameters that may be trained, with paths.
        var parameters: [(path: String, parameter: Parameter)] = []
        /// What the program wrote, for messages.
        let text: String
        let span: Span
    }

    private(set) var groups: [Group] = []
    /// The states that the step may change.
    private(set) var changeable: Set<ObjectIdentifier> = []
    private var seen: Set<ObjectIdentifier> = []

    init() {}

    /// Takes in models and their optimizer.
    func add(_ value: Value, _ optimizer: Value, text: String, at span: Span, optimizerSpan: Span) throws(RuntimeFailure) {
        guard case .object(let object) = optimizer, let optimizer = object as? OptimizerObject else {
            var notes: [String] = []
            if case .function(let function) = optimizer, function is OptimizerFactory { notes = ["call it: `\(function.name)(…)`"] }
            throw RuntimeFailure("E202", "after `with` stands an optimizer; this is \(optimizer.kindWithArticle)", at: optimizerSpan, notes: notes)
        }
        var group = Group(optimizer: optimizer, text: text, span: span)
        try collect(value, "", into: &group, at: span)
        if !group.parameters.isEmpty && group.parameters.allSatisfy(\.parameter.isFrozen) {
            throw RuntimeFailure("E308", "every parameter of \(text) is frozen, so nothing can be learned", at: span, notes: ["`unfreeze` a part"])
        }
        if group.parameters.isEmpty {
            throw RuntimeFailure("E309", "\(text) has no parameters, so nothing can be learned", at: span)
        }
        groups.append(group)
    }

    private func collect(_ value: Value, _ path: String, into group: inout Group, at span: Span) throws(RuntimeFailure) {
        switch value {
        case .model(let model):
            for (name, slot) in model.allSlots {
                let path = ModelObject.join(path, name)
                if slot.kind == .state {
                    if !(slot.model?.isFrozen ?? false) { changeable.insert(ObjectIdentifier(slot)) }
                    continue
                }
                guard seen.insert(ObjectIdentifier(slot)).inserted else {
                    if group.parameters.contains(where: { $0.parameter === slot }) { continue }
                    throw RuntimeFailure(
                        "E310", "`\(path)` is named twice after `over`", at: span, notes: ["each parameter learns with one optimizer"])
                }
                group.parameters.append((path, slot))
            }
        case .record(let record):
            let isOne = record.fields.count == 1
            for (i, field) in record.fields.enumerated() {
                try collect(field, isOne || record.names == nil ? path : ModelObject.join(path, record.names?[i] ?? ""), into: &group, at: span)
            }
        case .list(let list):
            for (i, item) in list.items.enumerated() { try collect(item, ModelObject.join(path, String(i)), into: &group, at: span) }
        default:
            throw RuntimeFailure("E202", "after `over` stand models; this is \(value.kindWithArticle)", at: span)
        }
    }

    /// Traces the optimizers' steps for a loss, after the block was traced.
    func trace(
        loss: NodeID, record: BlockRecord, sums: GradientSums, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> TracedUpdates {
        let read = Set(record.reads.map { ObjectIdentifier($0) })
        for group in groups where !group.parameters.contains(where: { read.contains(ObjectIdentifier($0.parameter)) }) {
            throw RuntimeFailure(
                "E311", "no parameter of \(group.text) is read in this block, so it cannot learn here", at: group.span,
                notes: ["what is computed outside the block is a constant in it"])
        }
        let items = groups.map { group in
            group.parameters.filter { !$0.parameter.isFrozen && read.contains(ObjectIdentifier($0.parameter)) }
        }
        let trace = context.trace
        let nodes = items.joined().map { trace.input($0.parameter.cell) }
        let gradients = try context.gradients(of: loss, withRespectTo: nodes, at: span)
        let updates = TracedUpdates(sums, context.learning.accumulation)
        var next = 0
        for (group, items) in zip(groups, items) {
            var traced: [TracedUpdates.Item] = []
            for item in items {
                if let gradient = gradients[next] { traced.append(.init(path: item.path, parameter: item.parameter, gradient: gradient)) }
                next += 1
            }
            try updates.add(traced, group.optimizer, in: context, at: span)
        }
        return updates
    }
}
