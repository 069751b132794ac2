import DaedalSyntax

extension CoreNatives {
    /// `map filter reduce zip enumerate flatten get range _arity`: the collection comes first.
    static var collections: [NativeFunction] {
        [
            native("map", [.init("xs"), .init("f")], .pure(result: .list)) { (call) throws(RuntimeFailure) in
                if let rows = try DatasetFlow.map(call) { return rows }
                let function = try call.callable(1)
                var results: [Value] = []
                for item in try call.sequence(0) { results.append(try call.apply(function, item)) }
                return .list(results)
            },
            native("filter", [.init("xs"), .init("f")], .pure(result: .list)) { (call) throws(RuntimeFailure) in
                if let rows = try DatasetFlow.filter(call) { return rows }
                let function = try call.callable(1)
                var results: [Value] = []
                for item in try call.sequence(0) where try isTrue(try call.apply(function, item), call) { results.append(item) }
                return .list(results)
            },
            native("reduce", [.init("xs"), .init("f"), .init("start", .none)], .pure(result: .anything)) { (call) throws(RuntimeFailure) in
                let function = try call.callable(1)
                var items = try call.sequence(0)[...]
                var total = call[2]
                if call.isNone(2) {
                    guard let first = items.popFirst() else { throw call.failure("E503", "nothing to reduce: give a `start`") }
                    total = first
                }
                for item in items { total = try call.apply(function, total, item) }
                return total
            },
            native("zip", [.rest("collections")], .pure(result: .list)) { (call) throws(RuntimeFailure) in
                guard case .list(let given) = call[0] else { return .list([]) }
                var columns: [[Value]] = []
                for item in given.items {
                    guard let values = try item.visited(in: call.context, at: call.span) else { throw call.wrongKind(0, "lists") }
                    columns.append(values)
                }
                let count = columns.map(\.count).min() ?? 0
                return .list((0..<count).map { at in .record(RecordObject(names: nil, fields: columns.map { $0[at] })) })
            },
            native("enumerate", [.init("xs"), .init("start", .int(0))], .pure(result: .list)) { (call) throws(RuntimeFailure) in
                let start = try call.int(1)
                let items = try call.sequence(0)
                guard !start.addingReportingOverflow(items.count).overflow else { throw call.failure("E507", "the numbers do not fit in 64 bits") }
                return .list(items.enumerated().map { .record(RecordObject(names: nil, fields: [.int(start + $0), $1])) })
            },
            native("get", [.init("d"), .init("k"), .init("otherwise", .none)], .pure(result: .anything)) { (call) throws(RuntimeFailure) in
                switch call[0] {
                case .dictionary(let dictionary):
                    guard let key = DictionaryKey(call[1]) else { throw call.wrongKind(1, "a key (a string or a number)") }
                    return dictionary[key] ?? call[2]
                case .list(let list):
                    let at = try call.int(1)
                    let place = at < 0 ? at + list.items.count : at
                    return list.items.indices.contains(place) ? list.items[place] : call[2]
                case .record(let record): return record.position(of: try call.text(1)).map { record.fields[$0] } ?? call[2]
                default: throw call.wrongKind(0, "a dictionary, list or record")
                }
            },
            native("range", [.init("a"), .init("b", .none), .init("step", .int(1))], .pure(result: .anything)) { (call) throws(RuntimeFailure) in
                let step = try call.int(2)
                if step == 0 { throw call.failure("E503", "the step of a range is not 0") }
                let first = try call.int(0)
                return call.isNone(1)
                    ? .range(RangeObject(start: 0, end: first, step: step)) : .range(RangeObject(start: first, end: try call.int(1), step: step))
            },
            native("_record", [.init("like"), .init("values")], .symbolic) { (call) throws(RuntimeFailure) in
                // The fields of another record, with new values.
                guard case .record(let record) = call[0] else { throw call.wrongKind(0, "a record") }
                guard case .list(let values) = call[1] else {
                    if call[1].isUnknown { return .unknown(.record) }
                    throw call.wrongKind(1, "a list")
                }
                guard values.items.count == record.fields.count else { throw call.wrongKind(1, "one value for each field") }
                return .record(RecordObject(names: record.names, fields: values.items))
            },
            native("_named", [.init("record")], .pure(result: .dictionary)) { (call) throws(RuntimeFailure) in
                // The fields of a record by their names (or numbers).
                guard case .record(let record) = call[0] else { throw call.wrongKind(0, "a record") }
                let result = DictionaryObject()
                for (at, field) in record.fields.enumerated() { result[.string(record.names?[at] ?? String(at))] = field }
                return .dictionary(result)
            },
            native("_arity", [.init("f")], .pure(result: .int)) { (call) throws(RuntimeFailure) in
                guard case .function(let function) = call[0] else { return .int(1) }
                return .int(function.parameters.filter(\.isRequired).count)
            },
        ]
    }

    /// A condition that a function gave.
    static func isTrue(_ value: Value, _ call: NativeCall) throws(RuntimeFailure) -> Bool {
        switch value {
        case .bool(let value): return value
        case .tensor(let tensor) where tensor.type == .bool && tensor.shape.elementCount == 1:
            return try call.context.force(tensor, at: call.span).int(at: 0) != 0
        default: throw call.failure("E202", "the function must give a boolean, not \(value.kindWithArticle)")
        }
    }
}
