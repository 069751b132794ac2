import DaedalSyntax

/// A context without a program: it calls natives and partial calls of them, nothing else. What tensor operations are tested in.
package final class NativeContext: EvaluationContext {
    private let checks: Bool
    override package var isChecking: Bool { checks }

    /// Creates a context with an eager trace, or a symbolic one for what the checker does.
    package init(session: Session, checking: Bool = false) {
        checks = checking
        super.init(session: session, trace: Trace(checking ? .symbolic : .eager))
    }

    override package func call(_ callee: Value, _ arguments: Arguments, at span: Span) throws(RuntimeFailure) -> Value {
        guard case .function(let function) = callee else {
            throw RuntimeFailure("E101", "\(callee.kindWithArticle) cannot be called", at: span)
        }
        if let partial = function as? PartialFunction {
            return try call(partial.base, Arguments(arguments.positional, named: arguments.named + partial.preset), at: span)
        }
        guard let native = function as? NativeFunction else {
            throw RuntimeFailure("E101", "`\(function.name)` is written in `.dl`, and here is no machine to run it", at: span)
        }
        switch try ArgumentBinding.bind(arguments, to: native.parameters, of: native.name, at: span) {
        case .options(let options):
            return .function(PartialFunction(base: callee, preset: options, name: native.name, parameters: native.parameters))
        case .complete(let values):
            let full = zip(values, native.nativeParameters).map { $0 ?? $1.defaultValue ?? .none }
            var call = NativeCall(context: self, arguments: full, span: span, function: native)
            return try native.body(&call)
        }
    }
}
