import DaedalSyntax

/// Who evaluates: the machine (with values) or the checker (with symbolic ones). Natives reach the rest of the runtime only through it,
/// so that one definition of a native serves both.
package class EvaluationContext {
    package let session: Session
    /// Where tensor operations are recorded now: the eager trace, the trace of a block, or the checker's symbolic trace.
    @exclusivity(unchecked) package var trace: Trace
    /// The models and functions being traced, with the shapes on the way, for the notes of shape errors.
    @exclusivity(unchecked) package var path = TracePath()
    /// The block that is being traced and how models act in it.
    @exclusivity(unchecked) package var learning = LearningState()

    /// The steps of models that are being called, innermost last: places in the program that no frame knows.
    @exclusivity(unchecked) var stepPlaces: [StepPlace] = []
    /// How many calls of functions of the program are under way.
    var callDepth: Int { 0 }

    /// Notes the variables outside a block that it reads and assigns, while one is being traced.
    @exclusivity(unchecked) package var variableLog: VariableLog?

    package init(session: Session, trace: Trace) {
        self.session = session
        self.trace = trace
    }

    /// Calls any callable value (function, network, model, …) with arguments; binding, partial calls and defaults included.
    package func call(_ callee: Value, _ arguments: Arguments, at span: Span) throws(RuntimeFailure) -> Value {
        preconditionFailure("an evaluation context must say how it calls")
    }

    /// The user's innermost call on the way to a place in the library; nil for other places and where no call is known.
    func userCall(leadingTo span: Span) -> RuntimeFailure.Frame? { nil }

    /// Whether values are symbolic: nothing may be looked at, printed or read.
    package var isChecking: Bool { false }
}

/// A step of a model, called from the model and not from code.
struct StepPlace {
    /// The calls under way when it began.
    let depth: Int
    /// The line of the network's body.
    let span: Span
    /// The model whose step it is.
    let model: String
}
