extension ModelObject {
    /// Visits this model and all its parts, each once, under the first path that reaches it. The paths are relative to this model; its own is
    /// empty, as is that of parts whose parameters are named in the model around them.
    package func visit(_ body: (_ path: String, _ model: ModelObject) -> Void) {
        var seen: Set<ObjectIdentifier> = []
        visit("", &seen, body)
    }

    private func visit(_ path: String, _ seen: inout Set<ObjectIdentifier>, _ body: (String, ModelObject) -> Void) {
        if let wrapped { return wrapped.model.visit(path, &seen, body) }
        guard seen.insert(ObjectIdentifier(self)).inserted else { return }
        body(path, self)
        for part in parts { Self.visit(part.value, Self.join(path, pathName(part.label)), in: path, &seen, body) }
    }

    private static func visit(
        _ value: Value, _ path: String, in owner: String, _ seen: inout Set<ObjectIdentifier>, _ body: (String, ModelObject) -> Void
    ) {
        switch value {
        case .model(let model): model.visit(model.placement == nil ? path : owner, &seen, body)
        case .list(let list): for (i, item) in list.items.enumerated() { visit(item, join(path, String(i)), in: owner, &seen, body) }
        case .record(let record):
            for (i, field) in record.fields.enumerated() {
                visit(field, join(path, record.names?[i] ?? String(i)), in: owner, &seen, body)
            }
        case .dictionary(let dictionary):
            for (key, item) in zip(dictionary.keys, dictionary.values) { visit(item, join(path, key.pathText), in: owner, &seen, body) }
        default: break
        }
    }

    /// A path one part longer.
    static func join(_ path: String, _ label: String) -> String { path.isEmpty ? label : path + "." + label }

    /// What a parameter or part of this model is called in paths.
    func pathName(_ name: String) -> String { placement.map { $0.before + name + $0.after } ?? name }

    /// All parameters and states with their paths, each once, in the order of the bodies: a model's own first, then its parts'.
    package var allSlots: [(path: String, slot: Parameter)] {
        var result: [(path: String, slot: Parameter)] = []
        var seen: Set<ObjectIdentifier> = []
        visit { path, model in
            for slot in model.slots where seen.insert(ObjectIdentifier(slot)).inserted {
                result.append((Self.join(path, model.pathName(slot.name)), slot))
            }
        }
        return result
    }

    /// The parameter or state that the program calls `model.name`: its own, or one of a part that is placed in it.
    func slot(_ name: String) -> Parameter? {
        if let slot = slots.first(where: { $0.name == name }) { return slot }
        var found: Parameter?
        for part in parts {
            for case .model(let model) in TensorTree(part.value).leaves where model.placement != nil && found == nil {
                found = model.slots.first { model.pathName($0.name) == name }
            }
        }
        return found
    }

    /// The paths of all parts and of the functions among the steps.
    var partPaths: [String] {
        var result: [String] = []
        visit { path, model in
            if !path.isEmpty, model.placement == nil { result.append(path) }
            for (i, step) in model.steps.enumerated() {
                if case .function = step.value { result.append(Self.join(path, String(i))) }
            }
        }
        return result
    }

    /// The part under a path, or nil: any path that reaches it, not only the first.
    func part(at path: [Substring]) -> Value? {
        if let wrapped { return wrapped.model.part(at: path) }
        guard let first = path.first else { return .model(self) }
        guard let part = parts.first(where: { $0.label == first })?.value else { return nil }
        return Self.descend(part, path.dropFirst())
    }

    private static func descend(_ value: Value, _ path: ArraySlice<Substring>) -> Value? {
        guard let first = path.first else { return value }
        switch value {
        case .model(let model): return model.part(at: Array(path))
        case .list(let list):
            guard let index = Int(first), list.items.indices.contains(index) else { return nil }
            return descend(list.items[index], path.dropFirst())
        case .record(let record):
            guard let index = record.position(of: String(first)) else { return nil }
            return descend(record.fields[index], path.dropFirst())
        case .dictionary(let dictionary):
            guard let index = dictionary.keys.firstIndex(where: { $0.pathText == first }) else { return nil }
            return descend(dictionary.values[index], path.dropFirst())
        default: return nil
        }
    }
}

extension DictionaryKey {
    /// The key as a part of a path.
    var pathText: String {
        switch self {
        case .bool(let value): String(value)
        case .int(let value): String(value)
        case .float(let value): String(value)
        case .string(let text): text
        case .none: "none"
        case .list(let keys): keys.map(\.pathText).joined(separator: "-")
        }
    }
}
