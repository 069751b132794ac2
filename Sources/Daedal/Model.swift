import DaedalRuntime

/// A trained or untrained model of a script, which a host can call. A reference: training it later changes what it answers.
public struct Model: Convertible {
    let model: ScriptValue
    let interpreter: Interpreter

    /// The name of the network it was made from.
    public var name: String { if case .model(let object) = model.value { object.name } else { "" } }

    /// Calls the model as in use (no dropout, running statistics).
    /// - Throws: `DaedalError` if the shapes do not fit or the result is not of the type asked for.
    public func callAsFunction<Input: Convertible, Output: Convertible>(_ input: Input) throws -> Output {
        try interpreter.call(model, [input], named: name)
    }

    /// The value as a script holds it.
    public func toScript() -> ScriptValue? { model }
    /// The script's value as this type, or nil.
    public static func fromScript(_ value: ScriptValue) -> Model? {
        guard case .model = value.value, let interpreter = value.interpreter else { return nil }
        return Model(model: value, interpreter: interpreter)
    }
}
