import DaedalSyntax

/// How the arguments of a call meet the parameters of a callee. The machine, the natives and the checker all bind here.
package enum ArgumentBinding {
    /// The outcome of binding.
    package enum Outcome {
        /// A value for each parameter, in order; nil asks for the default. A rest parameter has its list.
        case complete([Value?])
        /// Only options were named and every required argument is missing: the call is the callee with those options set.
        case options([(name: String, value: Value)])
    }

    /// Words that cannot name a parameter: as labels they mean the parameter of that name with `_` after it.
    private static let reserved: Set<String> = [
        "and", "break", "continue", "else", "false", "fn", "for", "if", "import", "in", "let", "new", "none", "not", "or", "return", "true", "var",
        "while",
    ]

    /// The declared name that a label, or a member after `.`, stands for.
    package static func declaredName(_ label: String) -> String { reserved.contains(label) ? label + "_" : label }

    /// Binds arguments to parameters, or says what is wrong with the call.
    package static func bind(
        _ arguments: Arguments, to parameters: [ParameterInfo], of callee: String, at span: Span
    ) throws(RuntimeFailure) -> Outcome {
        if arguments.positional.isEmpty, !arguments.named.isEmpty, parameters.contains(where: \.isRequired) {
            let labels = Set(arguments.named.map { declaredName($0.name) })
            if !parameters.contains(where: { $0.isRequired && labels.contains($0.name) }) {
                for argument in arguments.named { _ = try position(of: argument.name, in: parameters, of: callee, at: span) }
                return .options(arguments.named)
            }
        }
        var values = [Value?](repeating: nil, count: parameters.count)
        var next = 0
        for (count, value) in arguments.positional.enumerated() {
            if next < parameters.count, parameters[next].isRest {
                values[next] = .list(Array(arguments.positional[count...]))
                break
            }
            guard next < parameters.count else { throw tooMany(arguments.positional.count, parameters, of: callee, at: span) }
            values[next] = value
            next += 1
        }
        var others: [(name: String, value: Value)] = []
        let takesNames = parameters.firstIndex(where: \.takesNames)
        for (label, value) in arguments.named {
            if takesNames != nil, !parameters.contains(where: { $0.name == declaredName(label) && !$0.isRest }) {
                if others.contains(where: { $0.name == label }) { throw RuntimeFailure("E105", "`\(callee)` gets `\(label)` twice", at: span) }
                others.append((label, value))
                continue
            }
            let at = try position(of: label, in: parameters, of: callee, at: span)
            if values[at] != nil {
                throw RuntimeFailure("E105", "`\(callee)` gets `\(label)` twice: by position and by name", at: span)
            }
            values[at] = value
        }
        if let takesNames, !others.isEmpty {
            guard values[takesNames] == nil else {
                throw RuntimeFailure("E105", "`\(callee)` takes its parts all by position or all by name", at: span)
            }
            values[takesNames] = .record(RecordObject(names: others.map(\.name), fields: others.map(\.value)))
        }
        for (at, parameter) in parameters.enumerated() where values[at] == nil {
            if parameter.isRest {
                values[at] = .list([])
            } else if parameter.isRequired {
                throw missing(
                    parameters.indices.filter { values[$0] == nil && parameters[$0].isRequired }.map { parameters[$0].name }, of: callee, at: span)
            }
        }
        return .complete(values)
    }

    private static func position(of label: String, in parameters: [ParameterInfo], of callee: String, at span: Span) throws(RuntimeFailure) -> Int {
        let name = declaredName(label)
        if let at = parameters.firstIndex(where: { $0.name == name && !$0.isRest }) { return at }
        let names = parameters.filter { !$0.isRest }.map(\.name)
        let nearest = Suggestion.nearest(to: label, in: names)
        let known = names.isEmpty ? "it takes none" : "it takes \(names.map { "`\($0)`" }.joined(separator: ", "))"
        throw RuntimeFailure(
            "E104", "`\(callee)` has no option `\(label)`", at: span, notes: nearest == nil ? [known] : [],
            fixes: nearest.map { [Diagnostic.Fix("did you mean `\($0)`?")] } ?? [])
    }

    private static func tooMany(_ count: Int, _ parameters: [ParameterInfo], of callee: String, at span: Span) -> RuntimeFailure {
        let most = parameters.count
        return RuntimeFailure("E103", "`\(callee)` takes at most \(most) argument\(most == 1 ? "" : "s"), here are \(count)", at: span)
    }

    private static func missing(_ names: [String], of callee: String, at span: Span) -> RuntimeFailure {
        let list = names.map { "`\($0)`" }.joined(separator: ", ")
        return RuntimeFailure("E102", "`\(callee)` needs \(list)", at: span)
    }
}
