import DaedalRuntime

extension Interpreter {
    /// Gives scripts a function of the host. Arguments are converted by kind; what the host throws ends the script with that message.
    public func define<each Input: Convertible, Output: Convertible>(_ name: String, _ body: @escaping (repeat each Input) throws -> Output) {
        defineFunction(name, arity: Self.count(repeat (each Input).self)) { arguments in
            guard let value = try body(repeat try arguments.next((each Input).self)).toScript() else {
                throw arguments.call.failure("E521", "the result has no form in a script")
            }
            return value.value
        }
    }

    /// Gives scripts a function of the host that gives nothing back.
    public func define<each Input: Convertible>(_ name: String, _ body: @escaping (repeat each Input) throws -> Void) {
        defineFunction(name, arity: Self.count(repeat (each Input).self)) { arguments in
            try body(repeat try arguments.next((each Input).self))
            return .none
        }
    }

    private static func count<each Input>(_ types: repeat (each Input).Type) -> Int {
        var count = 0
        for _ in repeat each types { count += 1 }
        return count
    }

    /// The arguments of one call, taken one after the other.
    private final class HostArguments {
        let call: NativeCall
        private weak var interpreter: Interpreter?
        private var position = 0

        init(_ call: NativeCall, _ interpreter: Interpreter?) {
            self.call = call
            self.interpreter = interpreter
        }

        func next<T: Convertible>(_: T.Type) throws -> T {
            defer { position += 1 }
            guard let value = T.fromScript(ScriptValue(value: call[position], interpreter: interpreter)) else {
                throw call.failure("E521", "argument \(position + 1) must be a \(T.self); this is \(call[position].kindWithArticle)")
            }
            return value
        }
    }

    private func defineFunction(_ name: String, arity: Int, _ body: @escaping (HostArguments) throws -> Value) {
        let parameters = (0..<arity).map { NativeFunction.Parameter("argument\($0 + 1)") }
        let function = NativeFunction(name, parameters, .effect(result: .anything)) { [weak self] (call) throws(RuntimeFailure) -> Value in
            do { return try body(HostArguments(call, self)) } catch let failure as RuntimeFailure { throw failure } catch {
                throw call.failure("E522", "\(error)")
            }
        }
        bind(name, .function(function))
    }
}
