import DaedalSyntax
import DaedalTensor

/// The models being called, outermost first, and the shapes that went through the innermost: what the note of a shape error tells.
package struct TracePath {
    /// One call of a model or network part under way.
    private struct Passage {
        let name: String
        let input: Shape?
        var steps: [(name: String, result: Shape?)] = []
    }
    private var passages: [Passage] = []
    private static let longest = 12

    package init() {}

    /// Begins a call: `Reader.forward`, with the shape of its first tensor.
    package mutating func enter(_ name: String, input: Shape?) { passages.append(Passage(name: name, input: input)) }

    /// Ends a call; in the call around it, it becomes one step with this result.
    package mutating func leave(step name: String, result: Shape?) {
        guard passages.popLast() != nil, !passages.isEmpty else { return }
        passages[passages.count - 1].steps.append((name, result))
    }

    /// Adds a call of a plain function to the steps of the innermost model.
    package mutating func step(_ name: String, result: Shape?) {
        if !passages.isEmpty { passages[passages.count - 1].steps.append((name, result)) }
    }

    /// Forgets the calls that a failure left.
    package mutating func leaveAll() { passages.removeAll() }

    /// Whether no model is being called.
    package var isEmpty: Bool { passages.isEmpty }

    /// `in Reader.forward; the path so far: input [batch, 1, 28, 28] -> Conv [batch, 16, 10, 10]`, or nil outside models.
    package var note: String? {
        guard let inner = passages.last(where: { !$0.steps.isEmpty }) ?? passages.last else { return nil }
        var parts = inner.input.map { ["input \($0)"] } ?? []
        let steps = inner.steps.suffix(Self.longest)
        if steps.count < inner.steps.count { parts.append("…") }
        parts += steps.map { step in step.result.map { "\(step.name) \($0)" } ?? step.name }
        return "in \(inner.name)" + (parts.isEmpty ? "" : "; the path so far: " + parts.joined(separator: " -> "))
    }
}
