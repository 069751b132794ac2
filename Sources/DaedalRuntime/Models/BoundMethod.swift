import DaedalSyntax

/// A method of a model that is more than its function: in a mode of its own, watched, or followed by path.
final class BoundMethod: FunctionObject {
    private let model: ModelObject
    private let function: Value
    private let how: ModelWrapping?

    init(_ name: String, _ function: Value, of model: ModelObject, how: ModelWrapping? = nil) {
        self.model = model
        self.function = function
        self.how = how
        let parameters: [ParameterInfo] = if case .function(let function) = function { function.parameters } else { [] }
        super.init(name: name, parameters: parameters)
    }

    /// Calls the method.
    func call(_ arguments: Arguments, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        guard let how else {
            return try context.inside(model) { () throws(RuntimeFailure) in try context.call(function, arguments, at: span) }
        }
        return try how.around(model, in: context, at: span) { () throws(RuntimeFailure) in
            try context.inside(model) { () throws(RuntimeFailure) in try context.call(function, arguments, at: span) }
        }
    }
}
