import DaedalSyntax

/// The names bound in one block, function, file or network, inside those of the scope around it.
final class Scope {
    let parent: Scope?
    let function: FunctionScope
    private(set) var names: [String: Variable] = [:]
    /// Names that this scope binds further down: functions inside see them already.
    var pending: [String: Variable] = [:]
    /// The pending name whose own value is being resolved.
    var binding: Set<String> = []
    /// Whether binding a name twice is allowed (the prompt).
    var mayRebind = false

    init(_ parent: Scope?, _ function: FunctionScope) {
        self.parent = parent
        self.function = function
    }

    /// Binds a name; the variable of an earlier binding in this scope if there is one.
    func bind(_ variable: Variable) -> Variable? {
        variable.isBound = true
        let earlier = names.updateValue(variable, forKey: variable.name)
        pending[variable.name] = nil
        return earlier
    }

    /// What a name means to code of a function, from here outwards.
    func find(_ name: String, for function: FunctionScope) -> Variable? {
        var scope: Scope? = self
        while let here = scope {
            if let variable = here.names[name] { return variable }
            if here.function !== function, let variable = here.pending[name], !here.binding.contains(name) { return variable }
            scope = here.parent
        }
        scope = self
        return nil
    }

    /// A name that a scope around binds, but further down or in the very statement that names it.
    func findPending(_ name: String) -> (variable: Variable, scope: Scope)? {
        var scope: Scope? = self
        while let here = scope {
            if let variable = here.pending[name] { return (variable, here) }
            scope = here.parent
        }
        return nil
    }

    /// Every name that can be seen from here, innermost first.
    var visibleNames: [String] { Array(names.keys) + (parent?.visibleNames ?? []) }
}
