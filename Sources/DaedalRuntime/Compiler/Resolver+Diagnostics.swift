import DaedalSyntax

/// What is wrong with names, in the user's terms.
extension Resolver {
    func unknownName(_ name: String, at span: Span) -> Diagnostic {
        let nearest = Suggestion.nearest(to: name, in: scope.visibleNames + names.libraryNames.filter { source.isLibrary || !$0.hasPrefix("_") })
        return Diagnostic(
            .error, "E101", "there is no `\(name)` here", at: span,
            fixes: nearest.map { [Diagnostic.Fix("did you mean `\($0)`?", span: span, replacement: $0)] } ?? [])
    }

    func tooEarly(_ name: String, at span: Span, _ variable: Variable) -> Diagnostic {
        Diagnostic(.error, "E113", "`\(name)` is used before it has a value", at: span, labels: [.init(variable.span, "it is bound here")])
    }

    func twice(_ variable: Variable, _ earlier: Variable) -> Diagnostic {
        Diagnostic(
            .error, "E106", "`\(variable.name)` is bound twice in the same scope", at: variable.span,
            labels: earlier.span.source == variable.span.source ? [.init(earlier.span, "bound here first")] : [],
            notes: earlier.kind == .variable ? ["to change it, write `\(variable.name) = …` without `var`"] : [])
    }

    func notAssignable(_ variable: Variable, at span: Span) -> Diagnostic {
        let name = variable.name
        switch variable.kind {
        case .constant:
            return Diagnostic(
                .error, "E107", "`\(name)` cannot be assigned: `let` binds once", at: span, labels: [.init(variable.span, "bound here")],
                fixes: [.init("bind it with `var` to assign it again")])
        case .slot(.param):
            return Diagnostic(
                .error, "E107", "`\(name)` is trained: only an optimizer changes it", at: span, labels: [.init(variable.span, "declared here")],
                notes: ["a `state` may be assigned in `forward`"])
        default:
            let what =
                switch variable.kind {
                case .parameter, .option: "a parameter"
                case .loop: "the name of a loop"
                case .function: "a function"
                case .network: "a network"
                case .optimizer: "an optimizer"
                case .dataset: "a dataset"
                case .module: "an imported file"
                default: "a size"
                }
            return Diagnostic(
                .error, "E107", "`\(name)` is \(what) and cannot be assigned", at: span, labels: [.init(variable.span, "bound here")],
                notes: ["`var` binds a name that may be assigned again"])
        }
    }

    func libraryNotAssignable(_ name: String, at span: Span) -> Diagnostic {
        Diagnostic(
            .error, "E107", "`\(name)` belongs to the library and cannot be assigned", at: span,
            fixes: [.init("bind a name of your own: `var \(name) = …`")])
    }

    func outside(_ statement: String, _ place: String, at span: Span) -> Diagnostic {
        Diagnostic(.error, statement == "return" ? "E109" : "E108", "`\(statement)` stands outside of \(place)", at: span)
    }
}
