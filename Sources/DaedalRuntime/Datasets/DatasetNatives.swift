import DaedalData
import DaedalSyntax
import DaedalTensor

/// The natives that clauses of datasets are written with.
package enum DatasetNatives {
    /// All of them. Functions hold no state.
    nonisolated(unsafe) package static let all: [NativeFunction] = sources + columns

    private static func opened(
        _ call: NativeCall, natural: (input: [Int], target: Int?)? = nil, _ body: () throws(DataFailure) -> any RecordSource
    ) throws(RuntimeFailure) -> Value {
        do throws(DataFailure) { return .object(SourceObject(try body(), natural: natural)) } catch {
            throw RuntimeFailure(data: error, at: call.span)
        }
    }

    private static func table(_ name: String, _ options: CSVOptions) -> NativeFunction {
        NativeFunction(
            name, [.init("path"), .init("header", .bool(true)), .init("missing", .none)], .effect(result: .anything)
        ) { (call) throws(RuntimeFailure) in
            var options = options
            let path = try call.string(0)
            options.hasHeader = try call.bool(1)
            if !call.isNone(2) { options.missing = try call.string(2) }
            options.skipsMalformed = call.context.learning.skipsMalformedRows
            let files = call.context.session.host.files
            return try opened(call) { () throws(DataFailure) in try CSV.open(path, from: files, options: options) }
        }
    }

    nonisolated(unsafe) private static let sources: [NativeFunction] = [
        table("csv", .csv),
        table("tsv", .tsv),
        NativeFunction("idx", [.init("images"), .init("labels")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
            let (images, labels, files) = (try call.string(0), try call.string(1), call.context.session.host.files)
            return try opened(call, natural: ([0], 1)) { () throws(DataFailure) in try IDX.open(images, labels, from: files) }
        },
        NativeFunction("jsonl", [.init("path")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
            var options = JSONL.Options()
            options.skipsMalformed = call.context.learning.skipsMalformedRows
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
        NativeFunction("memory", [.init("x"), .init("y", .none)], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
            var tensors: [(name: String, tensor: Tensor)] = []
            var inputs: [Int] = []
            if case .record(let record) = call[0], let names = record.names {
                for (name, field) in zip(names, record.fields) {
                    tensors.append((name, try call.context.concreteTensor(field, of: "`\(name)` of `memory`", at: call.span)))
                }
                inputs = Array(tensors.indices)
            } else {
                tensors.append(("x", try call.context.concreteTensor(call[0], of: "`x` of `memory`", at: call.span)))
                inputs = [0]
            }
            var target: Int?
            if !call.isNone(1) {
                target = tensors.count
                tensors.append(("y", try call.context.concreteTensor(call[1], of: "`y` of `memory`", at: call.span)))
            }
            let all = tensors
            return try opened(call, natural: inputs.count == 1 ? (inputs, target) : nil) { () throws(DataFailure) in try Table(tensors: all) }
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
        fitting("vocabulary", [.init("unknown", .bool(false), namedOnly: true)]),
    ]

    /// A word that means something only after a column.
    private static func fitting(_ name: String, _ options: [NativeFunction.Parameter]) -> NativeFunction {
        NativeFunction(name, [.init("column")] + options, .effect(result: .anything)) { (call) throws(RuntimeFailure) in
            throw call.failure("E314", "it is fitted on the training rows of a dataset, so it stands after a column: `column(\"age\") |> \(name)`")
        }
    }
}
