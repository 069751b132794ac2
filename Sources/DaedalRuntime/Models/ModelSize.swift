import DaedalSyntax
import DaedalTensor

/// A size named in the shape of a `param` or `state` that is not a parameter of the network: it belongs to the model for good and is bound
/// when the model first sees an input. The shape pattern of `forward` binds it through `bind`, later calls compare with it.
package final class ModelSize: SlotObject {
    /// `.int` or `.size` for `[n]`, a list of them for `[...space]`; nil until bound.
    package private(set) var value: Value?
    private let modelName: String

    package init(name: String, modelName: String, span: Span) {
        self.modelName = modelName
        super.init(name: name, span: span)
    }

    /// Binds the size. The caller has compared an already bound one.
    package func bind(_ value: Value) { if self.value == nil { self.value = value } }

    /// Forgets the size, for a body that is evaluated only to learn shapes.
    func unbind() { value = nil }

    /// The code of the failure that an unbound size gives, which a parameter turns into one of its own.
    static let unboundCode = "E510"

    override package func read(in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        guard let value else {
            throw RuntimeFailure(
                Self.unboundCode, "the size `\(name)` of \(modelName) is not known before the model has seen an input", at: span,
                notes: ["call the model once, write `input [...]` in its body, or load its parameters"])
        }
        return value
    }
}
