import DaedalSyntax

/// The natives that look inside models by path.
extension ModelNatives {
    nonisolated(unsafe) static let following: [NativeFunction] = [
        NativeFunction("watch", [.init("model"), .init("paths", .string("*"))], .effect(result: .model)) { (call) throws(RuntimeFailure) in
            var patterns: [String] = []
            if case .string(let one) = call[1] {
                patterns = [one.text]
            } else {
                for item in try call.items(1) {
                    guard case .string(let text) = item else { throw call.wrongKind(1, "a list of paths") }
                    patterns.append(text.text)
                }
            }
            return try wrapped(call, .watch(patterns))
        },
        NativeFunction("through", [.init("model"), .init("changes")], .effect(result: .model)) { (call) throws(RuntimeFailure) in
            guard case .dictionary(let changes) = call[1] else { throw call.wrongKind(1, "a dictionary from paths to functions") }
            for function in changes.values where !ModelObject.isCallable(function) { throw call.wrongKind(1, "a dictionary from paths to functions") }
            return try wrapped(call, .through(zip(changes.keys, changes.values).map { (pattern: $0.pathText, function: $1) }))
        },
        NativeFunction("mark", [.init("value"), .init("name")], .symbolic) { (call) throws(RuntimeFailure) in
            guard case .string(let name) = call[1] else { throw call.wrongKind(1, "a name") }
            if call.context.learning.taps.isEmpty { return call[0] }
            return try call.context.passed(call[0], name.text, at: call.span)
        },
        // For library files: names the parameters of a part in the model around it, `*` standing for the name that they have in the part.
        NativeFunction("_placed", [.init("model"), .init("pattern")], .effect(result: .model)) { (call) throws(RuntimeFailure) in
            let model = try call.model(0), pattern = try call.string(1)
            guard let star = pattern.firstIndex(of: "*") else { throw call.wrongKind(1, "a pattern with one `*`") }
            model.placement = (String(pattern[..<star]), String(pattern[pattern.index(after: star)...]))
            return .model(model)
        },
    ]
}
