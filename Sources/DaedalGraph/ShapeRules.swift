import DaedalTensor

/// The shape rule of every primitive, over symbolic sizes; the checker and the tracer both ask here.
package enum ShapeRules {
    /// The type and shape that a primitive gives for operands of the given types and shapes, or why it does not apply.
    package static func signature(
        of primitive: Primitive, _ operands: [Signature], _ attributes: Attributes, target: Signature?
    ) throws(ShapeFailure) -> Signature {
        throw ShapeFailure("no rule yet")
    }
}
