import DaedalSyntax

/// The names visible at one place while checking.
final class SymbolicScope {
    /// One name's value. A class, because closures and loops share it.
    final class Cell {
        var value: Value
        let isVariable: Bool
        init(_ value: Value, isVariable: Bool = false) {
            self.value = value
            self.isVariable = isVariable
        }
    }

    let parent: SymbolicScope?
    private(set) var cells: [String: Cell] = [:]
    /// The parameter slots of a model, consulted before `cells`: reading one counts as a use of the parameter.
    weak var model: SymbolicModel?
    /// Whether the text is the library's, so that names with `_` before them are visible.
    let isLibrary: Bool

    init(parent: SymbolicScope?, isLibrary: Bool? = nil) {
        self.parent = parent
        self.isLibrary = isLibrary ?? parent?.isLibrary ?? false
    }

    func define(_ name: String, _ value: Value, isVariable: Bool = false) {
        cells[name] = Cell(value, isVariable: isVariable)
    }

    /// The cell of a name in this scope or one around it.
    func cell(_ name: String) -> Cell? {
        var scope: SymbolicScope? = self
        while let here = scope {
            if let cell = here.cells[name] { return cell }
            scope = here.parent
        }
        return nil
    }

    /// Every name that can be seen from here, innermost first.
    var visibleNames: [String] { cells.keys.sorted() + (parent?.visibleNames ?? []) }

    /// The innermost model whose body encloses this scope.
    var enclosingModel: SymbolicModel? {
        var scope: SymbolicScope? = self
        while let here = scope {
            if let model = here.model { return model }
            scope = here.parent
        }
        return nil
    }
}
