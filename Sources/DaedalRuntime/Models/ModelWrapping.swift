import DaedalSyntax

/// What a model does differently from the one it stands for, whose parts and parameters are its own.
enum ModelWrapping {
    /// `in_training(model)`, `in_evaluation(model)`: the mode it always has.
    case mode(ModelMode)
    /// `watch(model, patterns)`: gives `(out:, seen:)`.
    case watch([String])
    /// `through(model, [path: function])`.
    case through([(pattern: String, function: Value)])

    /// Calls the model that is meant.
    func call(_ model: ModelObject, _ arguments: Arguments, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        try around(model, in: context, at: span) { () throws(RuntimeFailure) in try model.call(arguments, in: context, at: span) }
    }

    /// Evaluates a call of the model that is meant, or of a method of it.
    func around(
        _ model: ModelObject, in context: EvaluationContext, at span: Span, _ body: () throws(RuntimeFailure) -> Value
    ) throws(RuntimeFailure) -> Value {
        switch self {
        case .mode(let mode):
            let before = context.learning.mode
            context.learning.mode = mode
            defer { context.learning.mode = before }
            return try body()
        case .watch(let patterns):
            let tap = ModelTap(model, patterns.map { .init($0) }, in: context)
            let out = try tap.follow(in: context, at: span, body)
            return .record(RecordObject(names: ["out", "seen"], fields: [out, .dictionary(tap.seen)]))
        case .through(let passages):
            return try ModelTap(model, passages.map { .init($0.pattern, function: $0.function) }, in: context).follow(in: context, at: span, body)
        }
    }
}
