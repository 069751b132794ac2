import DaedalSyntax

/// `watch(model, paths)` while checking: calls of it give what the model gives, with what is seen by paths that only a run knows.
final class SymbolicWatch: Object {
    let model: SymbolicModel
    init(_ model: SymbolicModel) { self.model = model }
    override var kindName: String { "model" }
}

extension SymbolicEvaluator {
    /// Calls a watched model.
    func apply(_ watch: SymbolicWatch, _ arguments: Arguments, at span: Span) throws(RuntimeFailure) -> Value {
        let out = try apply(watch.model, arguments, at: span)
        return .record(RecordObject(names: ["out", "seen"], fields: [out, .unknown(.dictionary)]))
    }
}
