import DaedalSyntax

/// A `.dl` function with the scope it was written in, while checking.
package final class SymbolicClosure: FunctionObject {
    let function: Function
    let scope: SymbolicScope
    init(_ function: Function, _ scope: SymbolicScope, name: String? = nil) {
        self.function = function
        self.scope = scope
        super.init(name: name ?? function.name?.text ?? "function", parameters: SymbolicClosure.information(function.parameters))
    }

    static func information(_ parameters: [DaedalSyntax.Parameter]) -> [ParameterInfo] {
        parameters.map { ParameterInfo($0) }
    }
}

/// A network declaration, called to make a model.
package final class SymbolicNetwork: FunctionObject {
    override package var kindName: String { "network" }

    let declaration: NetworkDeclaration
    let scope: SymbolicScope
    init(_ declaration: NetworkDeclaration, _ scope: SymbolicScope) {
        self.declaration = declaration
        self.scope = scope
        super.init(name: declaration.name.text, parameters: SymbolicClosure.information(declaration.parameters))
    }
}

/// An optimizer declaration, called to make an optimizer.
package final class SymbolicOptimizerDeclaration: FunctionObject {
    let declaration: DaedalSyntax.OptimizerDeclaration
    let scope: SymbolicScope
    /// The options that every optimizer takes.
    static let universal = ["clip_norm", "clip_value", "schedule", "groups"]
    init(_ declaration: DaedalSyntax.OptimizerDeclaration, _ scope: SymbolicScope) {
        self.declaration = declaration
        self.scope = scope
        super.init(
            name: declaration.name.text,
            parameters: SymbolicClosure.information(declaration.parameters) + Self.universal.map { ParameterInfo($0, isRequired: false) })
    }
}

/// An optimizer made while checking: its hyperparameters by name.
package final class SymbolicOptimizer: Object {
    let name: String
    let values: [String: Value]
    init(name: String, values: [String: Value]) {
        self.name = name
        self.values = values
    }
    override package var kindName: String { "optimizer" }
    override package func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        name == "steps" ? .unknown(.int) : values[name]
    }
    override package var memberNames: [String] { values.keys.sorted() + ["steps"] }
}

/// A dataset declaration with parameters, called to make a dataset.
package final class SymbolicDatasetDeclaration: FunctionObject {
    let declaration: DaedalSyntax.DatasetDeclaration
    let scope: SymbolicScope
    init(_ declaration: DaedalSyntax.DatasetDeclaration, _ scope: SymbolicScope) {
        self.declaration = declaration
        self.scope = scope
        super.init(name: declaration.name.text, parameters: SymbolicClosure.information(declaration.parameters))
    }
}
