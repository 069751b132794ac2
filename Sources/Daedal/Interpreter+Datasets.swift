import DaedalRuntime
import DaedalSyntax

extension Interpreter {
    /// Gives scripts data of the host under a name: `train model on Frames`, or `source Frames` in a dataset of their own. Each element is an example
    /// without a target: a number, an array or a tensor, all of one shape. The sequence is read once, when a script first needs it; what is wrong
    /// with it is an error of that script.
    public func define<Examples: Sequence>(_ name: String, dataset examples: Examples) where Examples.Element: Convertible {
        defineDataset(name) { (examples.map { $0.toScript() }, nil) }
    }

    /// Gives scripts data of the host under a name: pairs of input and target.
    public func define<Input: Convertible, Target: Convertible>(_ name: String, dataset examples: some Sequence<(Input, Target)>) {
        defineDataset(name) {
            var inputs: [ScriptValue?] = [], targets: [ScriptValue?] = []
            for (input, target) in examples {
                inputs.append(input.toScript())
                targets.append(target.toScript())
            }
            return (inputs, targets)
        }
    }

    private func defineDataset(_ name: String, _ examples: @escaping () -> (inputs: [ScriptValue?], targets: [ScriptValue?]?)) {
        // A dataset as a script would write it, whose source is the host.
        let source = NativeFunction("_\(name)", [], .effect(result: .anything)) { (call) throws(RuntimeFailure) -> Value in
            let (inputs, targets) = examples()
            guard !inputs.isEmpty else { throw call.failure("E520", "the host's dataset `\(name)` has no examples") }
            var arguments = [try Self.stacked(inputs, "inputs", of: name, call)]
            if let targets { arguments.append(try Self.stacked(targets, "targets", of: name, call)) }
            guard let memory = NativeTable.lookup("memory") else { return .none }
            return try call.context.call(memory, Arguments(arguments), at: call.span)
        }
        bind("_\(name)", .function(source))
        do throws(DaedalError) { try enter("dataset \(name) { source _\(name)() }", name: "<\(name)>") } catch {
            session.host.progress(hostError("argument `\(name)`: a dataset needs a name that a script can write").description)
        }
    }

    /// The values of all examples as one tensor.
    private static func stacked(_ values: [ScriptValue?], _ what: String, of name: String, _ call: NativeCall) throws(RuntimeFailure) -> Value {
        var items: [Value] = []
        for value in values {
            guard let value else { throw call.failure("E520", "some \(what) of the host's dataset `\(name)` have no form in a script") }
            items.append(value.value)
        }
        guard let stack = NativeTable.lookup("tensor") else { return .list(items) }
        do throws(RuntimeFailure) { return try call.context.call(stack, Arguments([.list(items)]), at: call.span) } catch {
            throw call.failure("E520", "the \(what) of the host's dataset `\(name)` are not numbers of one shape: \(error.diagnostic.message)")
        }
    }
}
