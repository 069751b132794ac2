import DaedalSyntax

/// A value that `|>` builds on instead of being passed: `columns(0..64) |> scale(1 / 16)`. The machine asks before it calls the right side.
package class PipelineObject: Object {
    /// The value of `self |> callee(arguments)`.
    package func piped(into callee: Value, _ arguments: Arguments, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        .none
    }
}
