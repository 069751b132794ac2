import DaedalSyntax

/// What `import` binds: the names of a file that do not start with `_` and are no `var`.
package final class ModuleObject: Object {
    package let module: Module
    package let name: String

    init(_ module: Module, name: String) {
        self.module = module
        self.name = name
    }

    override package var kindName: String { "imported file" }
    override package var text: String { "<\(name)>" }

    override package var memberNames: [String] {
        module.names.values.filter { !$0.name.hasPrefix("_") && $0.kind != .variable && $0.kind != .module }.map(\.name).sorted()
    }

    override package func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        guard let variable = module.names[name], !name.hasPrefix("_"), variable.kind != .variable, variable.kind != .module,
            let machine = context as? Machine
        else { return nil }
        return try module.value(of: name, in: machine, at: .none)
    }
}
