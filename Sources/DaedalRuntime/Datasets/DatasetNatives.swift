import DaedalData
import DaedalSyntax
import DaedalTensor

/// The natives that clauses of datasets are written with.
package enum DatasetNatives {
    /// All of them. Functions hold no state.
    nonisolated(unsafe) package static let all: [NativeFunction] =
        sources + MediaSources.natives + [QuerySource.native] + columns + DatasetFlow.natives

    static func opened(
        _ call: NativeCall, natural: SourceObject.Natural? = nil, _ body: () throws(DataFailure) -> any RecordSource
    ) throws(RuntimeFailure) -> Value {
        do throws(DataFailure) { return .object(SourceObject(try body(), natural: natural)) } catch {
            throw RuntimeFailure(data: error, at: call.span)
        }
    }

    private static func table(_ name: String, _ options: CSVOptions) -> NativeFunction {
        NativeFunction(
            name, [.init("path"), .init("header", .bool(true)), .init("missing", .none), .init("on_error", .none, namedOnly: true)],
            .effect(result: .anything)
        ) { (call) throws(RuntimeFailure) in
            var options = options
            let path = try call.string(0)
            options.hasHeader = try call.bool(1)
            if !call.isNone(2) { options.missing = try call.string(2) }
            options.skipsMalformed = try skips(call, 3)
            if call.context.learning.reading.keepsAll { options.memoryLimit = .max }
            let files = call.context.session.host.files
            return try opened(call) { () throws(DataFailure) in try CSV.open(path, from: files, options: options) }
        }
    }

    /// Whether malformed rows are left out: `on_error: "skip"` of the source or of the dataset around it.
    static func skips(_ call: NativeCall, _ position: Int) throws(RuntimeFailure) -> Bool {
        if call.isNone(position) { return call.context.learning.reading.skipsMalformed }
        guard ["skip", "fail"].contains(try call.string(position)) else { throw call.wrongKind(position, "\"skip\"") }
        return try call.string(position) == "skip"
    }

    nonisolated(unsafe) private static let sources: [NativeFunction] = [
        table("csv", .csv),
        table("tsv", .tsv),
        NativeFunction("idx", [.init("images"), .init("labels")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
            let (images, labels, files) = (try call.string(0), try call.string(1), call.context.session.host.files)
            return try opened(call, natural: .init(input: [0], target: 1)) { () throws(DataFailure) in try IDX.open(images, labels, from: files) }
        },
        NativeFunction("jsonl", [.init("path"), .init("on_error", .none, namedOnly: true)], .effect(result: .anything)) {
            (call) throws(RuntimeFailure) in
            var options = JSONL.Options()
            options.skipsMalformed = try skips(call, 1)
            if call.context.learning.reading.keepsAll { options.memoryLimit = .max }
            let (path, files, chosen) = (try call.string(0), call.context.session.host.files, options)
            return try opened(call) { () throws(DataFailure) in try JSONL.open(path, from: files, options: chosen) }
        },
        NativeFunction("npy", [.init("path")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
            let (path, files) = (try call.string(0), call.context.session.host.files)
            return try opened(call) { () throws(DataFailure) in try NPY.open(path, from: files) }
        },
        NativeFunction("npz", [.init("path")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
            let (path, files) = (try call.string(0), call.context.session.host.files)
            return try opened(call) { () throws(DataFailure) in try NPZ(opening: path, from: files).table() }
        },
        NativeFunction("text", [.init("path"), .init("by", .string("line"))], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
            let (path, by, files) = (try call.string(0), try call.string(1), call.context.session.host.files)
            guard let unit = TextSource.Unit(rawValue: by) else {
                let known = TextSource.Unit.allCases.map(\.rawValue)
                throw RuntimeFailure(
                    "E202", "`by` of `text` is \(known.map { "\"\($0)\"" }.joined(separator: ", ")); this is \"\(by)\"", at: call.span,
                    fixes: Suggestion.nearest(to: by, in: known).map { [.init("did you mean \"\($0)\"?")] } ?? [])
            }
            let isKept = call.context.learning.reading.keepsAll
            return try opened(call, natural: .init(input: [0], target: nil)) { () throws(DataFailure) in
                try TextSource.open(path, by: unit, from: files, inMemory: isKept)
            }
        },
        NativeFunction("memory", [.init("x"), .init("y", .none)], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
            try memory(call)
        },
        NativeFunction("rows", [.init("n"), .init("f")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
            let (count, function, context, span) = (try call.int(0), try call.function(1), call.context, call.span)
            guard count >= 0 else { throw call.failure("E202", "`n` cannot be negative, this is \(count)") }
            let key = RandomState.mix(UInt64(span.source), UInt64(span.start))
            var table = RecordTable()
            for row in 0..<count {
                table.append(
                    try context.detached { () throws(RuntimeFailure) in
                        try context.session.random.scoped(RandomState.mix(key, UInt64(row))) { () throws(RuntimeFailure) in
                            try RowList.values(try context.call(function, Arguments([.int(row)]), at: span), in: context, at: span)
                        }
                    })
            }
            let made = table
            return try opened(call) { () throws(DataFailure) in try made.table(name: "rows") }
        },
    ]

    /// `memory(x, y)`, `memory((a: x, b: y))`: tensors whose first axes are the rows, or lists of what rows hold.
    private static func memory(_ call: NativeCall) throws(RuntimeFailure) -> Value {
        var columns: [(name: String, value: Value)] = []
        var natural: SourceObject.Natural?
        if case .record(let record) = call[0] {
            let names = record.names ?? record.fields.indices.map(String.init)
            columns = zip(names, record.fields).map { ($0, $1) }
            let parts = names.map { Value.object(ColumnObject(.names([$0]), isSingle: true, at: call.span)) }
            natural = .init(input: Array(names.indices), record: .record(RecordObject(names: record.names, fields: parts)), target: nil)
        } else {
            columns = [("x", call[0])]
        }
        let inputs = Array(columns.indices)
        if !call.isNone(1) { columns.append(("y", call[1])) }
        let target = call.isNone(1) ? nil : columns.count - 1
        natural = .init(input: inputs, record: natural?.record, target: target)
        var tensors: [(name: String, tensor: Tensor)] = []
        for (name, value) in columns {
            guard let tensor = try rectangular(value, call) else { return try listed(columns, natural, call) }
            tensors.append((name, tensor))
        }
        let all = tensors
        return try opened(call, natural: natural) { () throws(DataFailure) in try Table(tensors: all) }
    }

    /// A column as one tensor; nil for lists whose items are no numbers or differ in size.
    private static func rectangular(_ value: Value, _ call: NativeCall) throws(RuntimeFailure) -> Tensor? {
        if case .list(let list) = value {
            let isRectangular: Bool
            do throws(RuntimeFailure) { isRectangular = try TensorLiteral.tensor(from: value, in: call.context, at: call.span) != nil } catch {
                isRectangular = false
            }
            if !isRectangular || list.items.isEmpty { return nil }
        }
        return try call.context.concreteTensor(value, of: "a column of `memory`", at: call.span)
    }

    /// Columns of lists, row by row.
    private static func listed(
        _ columns: [(name: String, value: Value)], _ natural: SourceObject.Natural?, _ call: NativeCall
    ) throws(RuntimeFailure) -> Value {
        var items: [[Value]] = []
        for (name, value) in columns {
            guard let values = try value.visited(in: call.context, at: call.span) else { throw call.wrongKind(0, "a tensor, or a list of rows") }
            if let first = items.first, first.count != values.count {
                throw call.failure("E403", "`\(columns[0].name)` has \(first.count) rows and `\(name)` has \(values.count)")
            }
            items.append(values)
        }
        var table = RecordTable()
        for row in 0..<(items.first?.count ?? 0) {
            var fields: [(name: String, value: FieldValue)] = []
            for (column, values) in zip(columns, items) {
                fields.append((column.name, try RowList.field(values[row], in: call.context, at: call.span)))
            }
            table.append(fields)
        }
        let made = table
        return try opened(call, natural: natural) { () throws(DataFailure) in try made.table(name: "memory") }
    }

    nonisolated(unsafe) private static let columns: [NativeFunction] = [
        NativeFunction("column", [.init("name")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
            .object(try ColumnObject.select(call[0], isSingle: true, at: call.span))
        },
        NativeFunction("columns", [.init("names")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
            .object(try ColumnObject.select(call[0], isSingle: false, at: call.span))
        },
        NativeFunction("scale", [.init("x"), .init("by")], .symbolic) { (call) throws(RuntimeFailure) in
            try TensorOperators.binary(.multiply, call[0], call[1], in: call.context, at: call.span)
        },
        fitting("standardize", []),
        fitting("normalize", []),
        fitting("vocabulary", [.init("unknown", .bool(false), namedOnly: true), .init("most", .none, namedOnly: true)]),
        fitting("characters", []),
        fitting("words", [.init("most", .none)]),
        fitting("byte_pairs", [.init("size", .none)]),
        fitting("wordpiece", [.init("path", .none)]),
        NativeFunction("windows", [.init("column"), .init("past", .none), .init("future", .none)], .effect(result: .anything)) {
            (call) throws(RuntimeFailure) in
            throw call.failure("E314", "it stands after a column: `column(\"price\") |> windows(past: 24)`")
        },
    ]

    /// A word that means something only after a column.
    private static func fitting(_ name: String, _ options: [NativeFunction.Parameter]) -> NativeFunction {
        NativeFunction(name, [.init("column")] + options, .effect(result: .anything)) { (call) throws(RuntimeFailure) in
            throw call.failure("E314", "it is fitted on the training rows of a dataset, so it stands after a column: `column(\"age\") |> \(name)`")
        }
    }
}
