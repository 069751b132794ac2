import DaedalSyntax
import DaedalTensor

/// What the declared shape of a parameter says without its sizes: the bare name of each axis, as far as there are any.
package struct DeclaredAxes {
    /// The names of the axes before any `...`; nil for those that are no bare name.
    package let names: [String?]
    /// Whether a `...` follows.
    package let isOpen: Bool

    package init(names: [String?], isOpen: Bool) {
        self.names = names
        self.isOpen = isOpen
    }

    /// `[4, features]`, as the program wrote it as far as that is known.
    var text: String { "[" + (names.map { $0 ?? "…" } + (isOpen ? ["…"] : [])).joined(separator: ", ") + "]" }
}

/// Binds the sizes of models by contents that are to be loaded: where a shape names a size that no input has bound, the contents do.
struct SizeInference {
    private let context: EvaluationContext
    private var bound: [ModelSize] = []

    init(in context: EvaluationContext) { self.context = context }

    /// Takes the sizes that a shape names from the shape of its contents. The declaration's text if the contents cannot be of that shape.
    mutating func mismatch(of slot: Parameter, with shape: Shape) -> String? {
        guard !slot.cell.isBound, let axes = slot.axes else { return nil }
        guard axes.isOpen ? shape.rank >= axes.names.count : shape.rank == axes.names.count else { return axes.text }
        for (name, size) in zip(axes.names, shape) {
            guard let name, let known = slot.model?.sizes.first(where: { $0.name == name }), let count = size.known else { continue }
            if case .int(let before)? = known.value {
                if before != count { return axes.text + ", where `\(name)` is \(before)," }
            } else if known.value == nil {
                known.bind(.int(count))
                bound.append(known)
            }
        }
        return nil
    }

    /// Forgets the sizes that were bound.
    func undo() { for size in bound { size.unbind() } }
}
