import DaedalSyntax

/// One clause of a `dataset` or `train` block, its arguments evaluated in the scope around the block.
package struct EvaluatedClause {
    /// The word the clause starts with.
    package let word: String
    package let span: Span
    /// The evaluated arguments (spreads taken apart); for `field name = e` one positional argument.
    package let arguments: Arguments
    /// The places of the arguments: the positional ones in order, then the named ones.
    package let argumentSpans: [Span]
    /// The name that `field` declares, or the word after `each`.
    package let name: String?
    /// The closure of `step (x, y) { … }` or `each epoch (e) { … }`: its declared parameters, then `model`, then `optimizer`.
    package let function: Value?

    package init(
        word: String, span: Span, arguments: Arguments = Arguments(), argumentSpans: [Span] = [], name: String? = nil, function: Value? = nil
    ) {
        self.word = word
        self.span = span
        self.arguments = arguments
        self.argumentSpans = argumentSpans
        self.name = name
        self.function = function
    }
}

/// A `dataset` declaration with what it captured. The compiler's subclass evaluates the clauses. Declared without parameters, the name stands for
/// `.object(DatasetObject(declaration, arguments: []))`; with parameters for the function, whose call gives such an object.
package class DatasetDeclaration: FunctionObject {
    /// The place of the name.
    package let span: Span
    package init(name: String, parameters: [ParameterInfo], span: Span) {
        self.span = span
        super.init(name: name, parameters: parameters)
    }

    /// Evaluates the clauses in order for one set of arguments (nil asks for the default). Called once, when the data are first needed.
    package func clauses(_ arguments: [Value?], in context: EvaluationContext) throws(RuntimeFailure) -> [EvaluatedClause] {
        preconditionFailure("a dataset must say what its clauses are")
    }
}

/// A value that `|>` builds on instead of being passed: `columns(0..64) |> scale(1 / 16)`. The machine asks before it calls the right side.
package class PipelineObject: Object {
    /// The value of `self |> callee(arguments)`.
    package func piped(into callee: Value, _ arguments: Arguments, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        .none
    }
}
