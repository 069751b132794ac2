import DaedalSyntax

/// A name in the body of a network or optimizer that is not an ordinary variable: reading and assigning it goes through its owner.
/// The compiler keeps it in a local of the body and emits `read` and `assign` where the program names it.
package class SlotObject: Object {
    /// The name as declared.
    package let name: String
    /// The place of the declaration.
    package let span: Span

    package init(name: String, span: Span) {
        self.name = name
        self.span = span
    }

    /// The value that the name stands for now.
    package func read(in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value { .none }

    /// Carries out `name = value`.
    package func assign(_ value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        throw RuntimeFailure("E304", "`\(name)` cannot be assigned", at: span)
    }
}
