import DaedalRuntime
import DaedalSyntax

/// What a prompt asks beside running entries.
extension Interpreter {
    /// The names that scripts and the host bound, sorted.
    public var boundNames: [String] { machine.mainNames.filter { ((try? value(of: $0)) ?? nil) != nil } }

    /// The names that an entry's last statement binds.
    public func namesBound(by entry: String) -> [String] {
        let program = Parser.parse(session.sources.add(name: "<prompt>", text: entry))
        guard case .binding(_, let bindings)? = program.statements.last?.kind else { return [] }
        return bindings.flatMap { $0.pattern.names }
    }

    /// The names that an entry declares; nil if it does anything else.
    public func declarations(in entry: String) -> [String]? {
        var names: [String] = []
        for statement in Parser.parse(session.sources.add(name: "<prompt>", text: entry)).statements {
            switch statement.kind {
            case .binding(_, let bindings): names += bindings.flatMap { $0.pattern.names }
            case .function(let function): names += function.name.map { [$0.text] } ?? []
            case .network(let declaration): names.append(declaration.name.text)
            case .optimizer(let declaration): names.append(declaration.name.text)
            case .dataset(let declaration): names.append(declaration.name.text)
            default: return nil
            }
        }
        return names
    }

    /// The models that names are bound to, by the network they were made from.
    public var modelsByNetwork: [String: [String]] {
        var result: [String: [String]] = [:]
        for name in machine.mainNames {
            guard case .model(let model)?? = try? machine.value(of: name), let network = model.network, machine.isCurrent(network) else { continue }
            result[network.name, default: []].append(name)
        }
        return result
    }

    /// Of models that were up to date, those whose network has been declared anew since.
    public func stale(_ before: [String: [String]]) -> [(network: String, models: [String])] {
        before.compactMap { network, names in
            let models = names.filter { name in
                guard case .model(let model)?? = try? machine.value(of: name), let made = model.network else { return false }
                return made.name == network && !machine.isCurrent(made)
            }
            return models.isEmpty ? nil : (network, models)
        }.sorted { $0.network < $1.network }
    }

    // MARK: Completion

    /// What may stand in place of the word at the end of a line: names, members of a value, options of what is called.
    public func completions(of line: String) -> [String] {
        let word = Self.lastWord(of: line)
        let before = line.dropLast(word.count)
        if before.last == "." {
            let path = Self.path(before: before.dropLast())
            return path.isEmpty ? [] : Self.sorted(members(of: path), beginning: word)
        }
        var names = Set(boundNames + libraryNames.flatMap(\.names) + Self.words)
        if let callee = Self.openCall(before) { for option in options(of: callee) { names.insert(option + ":") } }
        names.remove("_")
        return Self.sorted(Array(names), beginning: word)
    }

    private static let words = [
        "and", "break", "continue", "dataset", "else", "false", "fn", "for", "if", "import", "in", "let", "minimize", "network", "none", "not",
        "optimizer", "or", "return", "train", "true", "var", "while",
    ]

    private static func sorted(_ names: [String], beginning word: Substring) -> [String] {
        names.filter { $0.hasPrefix(word) && ($0.hasPrefix("_") == word.hasPrefix("_")) }.sorted()
    }

    private static func isPart(_ character: Character) -> Bool { character.isLetter || character.isNumber || character == "_" }

    private static func lastWord(of text: some StringProtocol) -> Substring {
        var start = text.endIndex
        while start > text.startIndex, isPart(text[text.index(before: start)]) { start = text.index(before: start) }
        return Substring(text[start...])
    }

    /// The names joined by dots at the end of a text: `run.model` of `f(run.model`.
    private static func path(before text: some StringProtocol) -> [String] {
        var path: [String] = [], rest = Substring(text)
        while true {
            let word = lastWord(of: rest)
            if word.isEmpty { return [] }
            path.insert(String(word), at: 0)
            rest = rest.dropLast(word.count)
            guard rest.last == "." else { return path }
            rest = rest.dropLast()
        }
    }

    /// The names before the innermost bracket that a text leaves open, if that is a call's.
    private static func openCall(_ text: some StringProtocol) -> [String]? {
        var depth = 0
        for index in text.indices.reversed() {
            switch text[index] {
            case ")", "]", "}": depth += 1
            case "(", "[", "{":
                if depth > 0 {
                    depth -= 1
                    continue
                }
                guard text[index] == "(" else { return nil }
                let path = path(before: text[..<index])
                return path.isEmpty ? nil : path
            default: break
            }
        }
        return nil
    }

    /// The value of a path; nothing is called on the way.
    private func value(at path: [String]) -> Value? {
        var value = (try? machine.value(of: path[0])) ?? NativeTable.lookup(path[0]) ?? machine.libraryValue(path[0])
        for name in path.dropFirst() {
            guard let current = value else { return nil }
            value = (try? machine.knownMember(name, of: current)) ?? nil
        }
        return value
    }

    private func members(of path: [String]) -> [String] { value(at: path).map { machine.memberNames(of: $0) } ?? [] }

    private func options(of path: [String]) -> [String] {
        guard case .function(let function)? = value(at: path) else { return [] }
        return function.parameters.filter { !$0.isRest && !$0.name.hasPrefix("argument") }.map { parameter in
            parameter.name.hasSuffix("_") ? String(parameter.name.dropLast()) : parameter.name
        }
    }
}
