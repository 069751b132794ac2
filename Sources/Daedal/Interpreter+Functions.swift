import DaedalRuntime

extension Interpreter {
    /// Gives scripts a function of the host. Arguments are converted by kind; what the host throws ends the script with that message.
    public func define<each Input: Convertible, Output: Convertible>(_ name: String, _ body: @escaping (repeat each Input) throws -> Output) {
        var count = 0
        for _ in repeat (each Input).self { count += 1 }
        let parameters = (0..<count).map { NativeFunction.Parameter("argument\($0 + 1)") }
        let function = NativeFunction(name, parameters, .effect(result: .anything)) { [weak self] (call) throws(RuntimeFailure) -> Value in
            var position = 0
            func next<T: Convertible>(_: T.Type) throws -> T {
                defer { position += 1 }
                guard let value = T.fromScript(ScriptValue(value: call[position], interpreter: self)) else {
                    throw call.failure("E521", "argument \(position + 1) must be a \(T.self); this is \(call[position].kindWithArticle)")
                }
                return value
            }
            do {
                let output = try body(repeat try next((each Input).self))
                guard let value = output.toScript() else { throw call.failure("E521", "the result has no form in a script") }
                return value.value
            } catch let failure as RuntimeFailure { throw failure } catch { throw call.failure("E522", "\(error)") }
        }
        machine.define(name, .function(function))
    }
}
