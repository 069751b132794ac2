import DaedalSyntax

/// `step (x, y) { … }` of a `train`: what takes the place of the inner step. Its `minimize` statements only measure on other splits than the
/// training one.
struct OwnStep {
    let function: Value
    let parameterCount: Int

    /// Runs the block for a batch; gives a record with what it measured.
    func call(
        _ model: ModelObject, _ optimizer: Value, _ input: Value, _ target: Value?, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Value {
        var arguments: [Value] = [.model(model), optimizer, input]
        if parameterCount > 1 { arguments.append(target ?? .none) }
        let value = try context.call(function, Arguments(arguments), at: span)
        try context.flushEager()
        switch value {
        case .record: return value
        case .none: return .record(RecordObject(names: [], fields: []))
        default: return .record(RecordObject(names: ["loss"], fields: [value]))
        }
    }

    /// The same, only measuring.
    func measured(
        _ model: ModelObject, _ optimizer: Value, _ input: Value, _ target: Value?, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Value {
        let before = context.learning.measures
        context.learning.measures = true
        defer { context.learning.measures = before }
        return try call(model, optimizer, input, target, in: context, at: span)
    }
}
