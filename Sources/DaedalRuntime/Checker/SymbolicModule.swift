import DaedalSyntax

/// An imported file while checking: what it declares, but names that start with `_`.
final class SymbolicModule: Object {
    private let scope: SymbolicScope
    private let name: String
    init(_ scope: SymbolicScope, named name: String) {
        self.scope = scope
        self.name = name
    }

    override var kindName: String { "imported file" }
    override var memberNames: [String] { scope.cells.keys.filter { !$0.hasPrefix("_") }.sorted() }
    override func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        name.hasPrefix("_") ? nil : scope.cells[name]?.value
    }
}
