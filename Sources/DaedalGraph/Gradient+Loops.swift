import DaedalTensor

/// The rule of `scan`.
extension Gradient {
    static func scan(_ g: inout Graph, _ node: NodeID, parts: [Int: NodeID], wanted: [Bool]) throws(ShapeFailure) -> [NodeID?] {
        throw ShapeFailure("no gradient of `scan` yet")
    }
}
