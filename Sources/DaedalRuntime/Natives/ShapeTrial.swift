import DaedalSyntax

extension CoreNatives {
    /// `_fits(f)`: whether the shapes in a call of `f` fit, found in a trace that is thrown away. For library functions that take a user's
    /// function in one of two forms.
    static var trials: [NativeFunction] {
        [
            native("_fits", [.init("f")], .effect(result: .bool)) { (call) throws(RuntimeFailure) in
                let function = try call.callable(0), context = call.context, span = call.span
                do throws(RuntimeFailure) {
                    try context.withoutEvaluation { () throws(RuntimeFailure) in _ = try context.call(function, Arguments(), at: span) }
                    return .bool(true)
                } catch { return .bool(false) }
            }
        ]
    }
}
