import DaedalTensor

/// A violated shape or type rule, in the user's terms; the caller adds the place.
package struct ShapeFailure: Error, Hashable, Sendable {
    /// One sentence: `cannot reshape [batch, 12] to [3, 5]: 12 elements do not fit 15`.
    package var message: String
    /// What may help, or nil.
    package var hint: String?
    package init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}

extension Graph {
    /// The type and shape of a node.
    package func signature(of id: NodeID) -> Signature { Signature(type: self[id].type, shape: self[id].shape) }

    /// Applies a primitive after its shape rule allowed it. `target` is the wanted type and shape where the primitive leaves it open
    /// (input, constant, iota, random, cast, reshape, expand, slice, dynamicSlice, the adjoints of windows and convolutions; a `part` finds its own).
    package mutating func apply(
        _ primitive: Primitive, _ operands: [NodeID], _ attributes: Attributes = .none, target: Signature? = nil, origin: UInt32? = nil
    ) throws(ShapeFailure) -> NodeID {
        let target = primitive == .part ? try partSignature(operands, attributes) : target
        let result = try ShapeRules.signature(of: primitive, operands.map { signature(of: $0) }, attributes, target: target)
        return append(primitive, operands, type: result.type, shape: result.shape, attributes: attributes, origin: origin)
    }

    /// The signature that a `part` of a scan has.
    func partSignature(_ operands: [NodeID], _ attributes: Attributes) throws(ShapeFailure) -> Signature {
        guard case .part(let part) = attributes, let scan = operands.first, case .loop(let loop) = self.attributes(of: scan),
            let signature = loop.partSignature(part)
        else { throw ShapeFailure("a part of something that is not a scan, or that the scan does not have") }
        return signature
    }
}

/// An element type with a shape.
package struct Signature: Hashable, Sendable, CustomStringConvertible {
    package var type: ElementType
    package var shape: Shape
    package init(type: ElementType, shape: Shape) {
        self.type = type
        self.shape = shape
    }
    package var description: String { "\(type.name)\(shape)" }
}
