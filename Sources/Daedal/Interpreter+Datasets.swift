import DaedalRuntime
import DaedalSyntax

extension Interpreter {
    /// Gives scripts data of the host under a name: `train model on Frames`, or `source Frames` in a dataset of their own. The sequence is read
    /// once, now. Each element is an example without a target: a number, an array or a tensor, all of one shape.
    /// - Throws: `DaedalError` if there is no example, or one has another shape than the first.
    public func define<Examples: Sequence>(_ name: String, dataset examples: Examples) throws(DaedalError) where Examples.Element: Convertible {
        try defineDataset(name, examples.map { $0.toScript() }, nil)
    }

    /// Gives scripts data of the host under a name: pairs of input and target.
    /// - Throws: `DaedalError` if there is no example, or one has another shape than the first.
    public func define<Input: Convertible, Target: Convertible>(
        _ name: String, dataset examples: some Sequence<(Input, Target)>
    ) throws(DaedalError) {
        var inputs: [ScriptValue?] = [], targets: [ScriptValue?] = []
        for (input, target) in examples {
            inputs.append(input.toScript())
            targets.append(target.toScript())
        }
        try defineDataset(name, inputs, targets)
    }

    private func defineDataset(_ name: String, _ inputs: [ScriptValue?], _ targets: [ScriptValue?]?) throws(DaedalError) {
        guard Self.isName(name) else { throw hostError("argument `\(name)`: a dataset needs a name that a script can write") }
        guard !inputs.isEmpty else { throw hostError("argument `\(name)`: the dataset has no examples") }
        let x = try stacked(inputs, "input", of: name),
            y = try targets.map { (targets) throws(DaedalError) in try stacked(targets, "target", of: name) }
        // What a script would write; the names begin like private ones.
        bind("_\(name)_x", x)
        bind("_\(name)_y", y ?? .none)
        try enter("dataset \(name) { source memory(_\(name)_x\(y == nil ? "" : ", _\(name)_y")) }", name: "<\(name)>")
    }

    /// The values of all examples as one tensor.
    private func stacked(_ values: [ScriptValue?], _ what: String, of name: String) throws(DaedalError) -> Value {
        var items: [Value] = []
        for value in values {
            guard let value else { throw hostError("argument `\(name)`: an \(what) has no form in a script") }
            items.append(value.value)
        }
        do throws(RuntimeFailure) {
            guard let stack = NativeTable.lookup("tensor") else { return .list(items) }
            return try machine.call(stack, Arguments([.list(items)]), at: .none)
        } catch {
            throw hostError("argument `\(name)`: the \(what)s of all examples must be numbers of one shape (\(error.diagnostic.message))")
        }
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.first, first.isLetter || first == "_" else { return false }
        return text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    }
}
