import DaedalTensor

/// A value taken apart into leaves (tensors, numbers, anything that is no container) and put together again from others:
/// records, lists and dictionaries of tensors pass through loops, gradients and plans this way.
package struct TensorTree {
    private indirect enum Form {
        case leaf
        case list([Form])
        case record(names: [String]?, [Form])
        case dictionary(keys: [DictionaryKey], [Form])
    }
    private var form = Form.leaf
    /// The leaves from left to right.
    package private(set) var leaves: [Value] = []

    package init(_ value: Value) { form = take(value) }

    private mutating func take(_ value: Value) -> Form {
        switch value {
        case .list(let list): return .list(list.items.map { take($0) })
        case .record(let record): return .record(names: record.names, record.fields.map { take($0) })
        case .dictionary(let dictionary): return .dictionary(keys: dictionary.keys, dictionary.values.map { take($0) })
        default:
            leaves.append(value)
            return .leaf
        }
    }

    /// The value with other leaves. Precondition: as many as there are.
    package func rebuilt(_ leaves: [Value]) -> Value {
        var next = 0
        func build(_ form: Form) -> Value {
            switch form {
            case .leaf:
                next += 1
                return leaves[next - 1]
            case .list(let parts): return .list(parts.map { build($0) })
            case .record(let names, let parts): return .record(RecordObject(names: names, fields: parts.map { build($0) }))
            case .dictionary(let keys, let parts):
                let result = DictionaryObject()
                for (key, part) in zip(keys, parts) { result[key] = build(part) }
                return .dictionary(result)
            }
        }
        return build(form)
    }

    /// Whether the value is a leaf itself.
    package var isLeaf: Bool { if case .leaf = form { true } else { false } }

    /// The names of a record whose fields are all leaves; nil for any other value.
    package var flatNames: [String]? {
        guard case .record(let names?, let parts) = form, parts.allSatisfy({ if case .leaf = $0 { true } else { false } }) else { return nil }
        return names
    }

    /// Whether two values are taken apart in the same way.
    package func hasForm(of other: TensorTree) -> Bool { Self.equal(form, other.form) }

    private static func equal(_ a: Form, _ b: Form) -> Bool {
        switch (a, b) {
        case (.leaf, .leaf): true
        case (.list(let x), .list(let y)): x.count == y.count && zip(x, y).allSatisfy { equal($0, $1) }
        case (.record(let n, let x), .record(let m, let y)): n == m && x.count == y.count && zip(x, y).allSatisfy { equal($0, $1) }
        case (.dictionary(let n, let x), .dictionary(let m, let y)): n == m && zip(x, y).allSatisfy { equal($0, $1) }
        default: false
        }
    }
}
