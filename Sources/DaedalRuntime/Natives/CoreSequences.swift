import DaedalSyntax

extension CoreNatives {
    /// `sort reverse unique split flatten`: plain values here, tensors by the tensor natives.
    static var sequences: [NativeFunction] {
        [
            native(
                "sort", [.init("xs"), .init("by", .none), .init("descending", .bool(false)), .init("axis", .int(-1), namedOnly: true)], .symbolic
            ) { (call) throws(RuntimeFailure) in
                guard case .bool(let descending) = call[2] else { throw call.wrongKind(2, "true or false") }
                if case .tensor(let tensor) = call[0] { return try TensorNatives.sort(tensor, axis: try call.int(3), descending: descending, call) }
                let key: Value? = call.isNone(1) ? nil : try call.callable(1)
                return .list(try sorted(try call.sequence(0), by: key, descending: descending, call))
            },
            native(
                "split", [.init("x"), .init("parts", .none), .init("axis", .int(0))] + splitOptions.map { .init($0, .none, namedOnly: true) },
                .symbolic
            ) { (call) throws(RuntimeFailure) in
                let options = splitOptions.indices.filter { !call.isNone($0 + 3) }.map { (name: splitOptions[$0], value: call[$0 + 3]) }
                if let rows = try DatasetFlow.split(call, options) { return rows }
                if case .string(let string) = call[0] {
                    return .list(split(string.text, call.isNone(1) ? nil : try call.text(1)).map { .string($0) })
                }
                return try TensorNatives.split(try call.tensor(0), call[1], axis: try call.int(2), call)
            },
            native("flatten", [.init("xs")], .symbolic) { (call) throws(RuntimeFailure) in
                if case .tensor(let tensor) = call[0] { return try TensorNatives.flatten(tensor, call) }
                var results: [Value] = []
                for item in try call.sequence(0) {
                    if case .list(let inner) = item { results += inner.items } else { results.append(item) }
                }
                return .list(results)
            },
            native("reverse", [.init("xs")], .pure(result: .list)) { (call) throws(RuntimeFailure) in
                if case .string(let string) = call[0] { return .string(String(string.text.reversed())) }
                return .list(try call.sequence(0).reversed())
            },
            native("unique", [.init("xs")], .pure(result: .list)) { (call) throws(RuntimeFailure) in
                var seen: Set<DictionaryKey> = []
                var others: [Value] = [], results: [Value] = []
                for item in try call.sequence(0) {
                    if let key = DictionaryKey(item.asPlain(in: call.context)) {
                        if seen.insert(key).inserted { results.append(item) }
                        continue
                    }
                    var isNew = true
                    for other in others where try Equality.equal(other, item, in: call.context) { isNew = false }
                    if isNew {
                        others.append(item)
                        results.append(item)
                    }
                }
                return .list(results)
            },
        ]
    }

    /// What `split` takes of rows: `rows |> split(train: 0.8, test: 0.2)`.
    private static let splitOptions = ["train", "validation", "test", "by", "order", "folds", "seed"]

    /// Sorts a list, stable, by value or by what `by` gives of each item.
    static func sorted(_ items: [Value], by key: Value?, descending: Bool, _ call: NativeCall) throws(RuntimeFailure) -> [Value] {
        if key == nil {
            if let numbers = Self.integers(items) { return (descending ? numbers.sorted(by: >) : numbers.sorted()).map { .int($0) } }
            if let numbers = Self.floats(items) { return (descending ? numbers.sorted(by: >) : numbers.sorted()).map { .float($0) } }
        }
        var keys = items
        if let key { for at in items.indices { keys[at] = try call.apply(key, items[at]) } }
        keys = keys.map { $0.asPlain(in: call.context) }
        var unordered: (Value, Value)?
        let order = items.indices.sorted { a, b in
            guard let one = Equality.order(keys[a], keys[b]) else {
                unordered = unordered ?? (keys[a], keys[b])
                return a < b
            }
            return one == 0 ? a < b : descending ? one > 0 : one < 0
        }
        if let (a, b) = unordered {
            let same = a.kindName == b.kindName
            throw call.failure(
                "E202",
                same ? "there is no order between these \(a.kindName)s" : "there is no order between \(a.kindWithArticle) and \(b.kindWithArticle)")
        }
        return order.map { items[$0] }
    }

    private static func integers(_ items: [Value]) -> [Int]? {
        var numbers: [Int] = []
        numbers.reserveCapacity(items.count)
        for item in items {
            guard case .int(let value) = item else { return nil }
            numbers.append(value)
        }
        return numbers
    }

    private static func floats(_ items: [Value]) -> [Double]? {
        var numbers: [Double] = []
        numbers.reserveCapacity(items.count)
        for item in items {
            guard case .float(let value) = item, !value.isNaN else { return nil }
            numbers.append(value)
        }
        return numbers
    }
}

extension Value {
    /// A tensor of rank 0 as the number it is, everything else as it is.
    func asPlain(in context: EvaluationContext) -> Value {
        guard case .tensor(let tensor) = self, tensor.shape.rank == 0, let value = try? context.force(tensor, at: .none) else { return self }
        return value.plain(at: 0)
    }
}
