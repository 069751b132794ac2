import DaedalData
import DaedalSyntax
import DaedalTensor

/// The functions that a `dataset` block is sugar for: each takes rows (a source, a list of records, a dataset) and gives a dataset.
enum DatasetFlow {
    /// The words of clauses that are functions too.
    static let words: Set<String> = ["map", "filter", "split", "shuffle", "batch", "augment", "field", "limit", "cache", "workers", "flat_map"]

    /// The natives that are functions of rows alone; `map`, `filter` and `split` ask here when they are given rows.
    nonisolated(unsafe) static let natives: [NativeFunction] = [
        native("shuffle", [.init("on", .bool(true)), .init("seed", .none)]) { (recipe, call) throws(RuntimeFailure) in
            recipe.set("shuffle", Arguments([call[1]]), at: call.span)
            if !call.isNone(2) { recipe.set("seed", Arguments([call[2]]), at: call.span) }
        },
        native(
            "batch", [.init("size", .int(32)), .init("pad", .none), .init("bucket", .bool(false)), .init("join", .none)]
        ) { (recipe, call) throws(RuntimeFailure) in
            recipe.set("batch", Arguments([call[1]], named: [("pad", call[2]), ("bucket", call[3]), ("join", call[4])]), at: call.span)
        },
        native("augment", [.rest("functions")]) { (recipe, call) throws(RuntimeFailure) in
            recipe.set("augment", Arguments(try call.items(1)), at: call.span)
        },
        native("field", [.init("name"), .init("f")]) { (recipe, call) throws(RuntimeFailure) in
            recipe.addField(try call.string(1), try call.function(2), at: call.span)
        },
        native("limit", [.init("count")]) { (recipe, call) throws(RuntimeFailure) in recipe.set("limit", Arguments([call[1]]), at: call.span) },
        native("cache", [.init("on", .bool(true))]) { (recipe, call) throws(RuntimeFailure) in
            recipe.set("cache", Arguments([call[1]]), at: call.span)
        },
        native("workers", [.init("count")]) { (recipe, call) throws(RuntimeFailure) in recipe.set("workers", Arguments([call[1]]), at: call.span) },
        NativeFunction("flat_map", [.init("rows"), .init("f")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
            try flatMapped(call)
        },
    ]

    private static func native(
        _ name: String, _ parameters: [NativeFunction.Parameter], _ say: @escaping (inout DatasetRecipe, NativeCall) throws(RuntimeFailure) -> Void
    ) -> NativeFunction {
        NativeFunction(name, [.init("rows")] + parameters, .effect(result: .anything)) { (call) throws(RuntimeFailure) in
            guard var recipe = try recipe(of: call[0], in: call.context, at: call.span) else {
                throw call.wrongKind(0, "rows: a source like `csv(path)`, a list of records or a dataset")
            }
            try say(&recipe, call)
            return .object(DatasetObject(recipe))
        }
    }

    /// The recipe that rows stand for; nil for anything else.
    static func recipe(of value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> DatasetRecipe? {
        switch value {
        case .object(let object):
            if let source = object as? SourceObject { return DatasetRecipe(source.rows.name, source: value, at: span) }
            if let dataset = object as? DatasetObject { return try dataset.recipe(in: context) }
            return nil
        case .list(let list):
            guard case .record? = list.items.first else { return nil }
            return DatasetRecipe("rows", source: value, at: span)
        default: return nil
        }
    }

    /// Rows that are no list of the program: `map` and `filter` of a list stay those of lists.
    private static func rows(_ call: NativeCall) throws(RuntimeFailure) -> DatasetRecipe? {
        guard case .object = call[0] else { return nil }
        return try recipe(of: call[0], in: call.context, at: call.span)
    }

    /// `rows |> map((input: …, target: …))`, or a function of the row that gives whole examples; nil if these are no rows.
    static func map(_ call: NativeCall) throws(RuntimeFailure) -> Value? {
        // A list of records can be mapped to examples only by a record of functions.
        var given = try rows(call)
        if given == nil, case .record = call[1] { given = try recipe(of: call[0], in: call.context, at: call.span) }
        guard var recipe = given else { return nil }
        if recipe.has("example") || recipe.has("input") {
            throw call.failure("E315", "these rows have been mapped to examples already")
        }
        switch call[1] {
        case .record(let record):
            guard let names = record.names else { throw call.wrongKind(1, "a record `(input: …, target: …)` or a function of the row") }
            let isPair = names.contains("input") && names.allSatisfy { $0 == "input" || $0 == "target" }
            guard isPair else {
                recipe.set("input", Arguments([call[1]]), at: call.span)
                break
            }
            for (name, value) in zip(names, record.fields) { recipe.set(name, Arguments([value]), at: call.span) }
        case .function, .model: recipe.set("example", Arguments([call[1]]), at: call.span)
        case .object(let object) where object is ColumnObject: recipe.set("input", Arguments([call[1]]), at: call.span)
        default: throw call.wrongKind(1, "a record `(input: …, target: …)` or a function of the row")
        }
        return .object(DatasetObject(recipe))
    }

    /// The rows for which a function is true; nil if these are no rows.
    static func filter(_ call: NativeCall) throws(RuntimeFailure) -> Value? {
        guard case .object(let object) = call[0], let source = object as? SourceObject else {
            if try rows(call) != nil {
                throw call.failure("E315", "rows are filtered before anything else is done to them: `csv(path) |> filter(f) |> …`")
            }
            return nil
        }
        let function = try call.callable(1)
        var kept: [Int] = []
        for row in 0..<source.rows.count {
            let value = try call.context.call(function, Arguments([.object(try RowObject(source.rows, row, at: call.span))]), at: call.span)
            if try CoreNatives.isTrue(value, call) { kept.append(row) }
        }
        guard !kept.isEmpty else { throw call.failure("E404", "no row of \(source.rows.name) is left") }
        return .object(SourceObject(RowView(source.rows, rows: RowSet(kept)), natural: source.natural))
    }

    /// `rows |> split(train: 0.8, test: 0.2)`; nil if these are no rows.
    static func split(_ call: NativeCall, _ options: [(name: String, value: Value)]) throws(RuntimeFailure) -> Value? {
        var given = try rows(call)
        if given == nil, !options.isEmpty { given = try recipe(of: call[0], in: call.context, at: call.span) }
        guard var recipe = given else { return nil }
        recipe.set("split", Arguments([], named: options.filter { $0.name != "seed" }), at: call.span)
        if let seed = options.first(where: { $0.name == "seed" }) { recipe.set("seed", Arguments([seed.value]), at: call.span) }
        return .object(DatasetObject(recipe))
    }

    /// The rows that a function gives for each row, one after the other.
    private static func flatMapped(_ call: NativeCall) throws(RuntimeFailure) -> Value {
        let context = call.context, function = try call.callable(1)
        let source: any RecordSource
        switch call[0] {
        case .object(let object):
            guard let rows = object as? SourceObject else { throw call.wrongKind(0, "a source like `csv(path)`, or a list") }
            source = rows.rows
        case .list(let list):
            var results: [Value] = []
            for item in list.items { results += try items(try context.call(function, Arguments([item]), at: call.span), call) }
            return .list(results)
        default: throw call.wrongKind(0, "a source like `csv(path)`, or a list")
        }
        let key = RandomState.mix(UInt64(call.span.source), UInt64(call.span.start))
        var table = RecordTable()
        for row in 0..<source.count {
            try context.detached { () throws(RuntimeFailure) in
                try context.session.random.scoped(RandomState.mix(key, UInt64(row))) { () throws(RuntimeFailure) in
                    let value = try context.call(function, Arguments([.object(try RowObject(source, row, at: call.span))]), at: call.span)
                    for item in try items(value, call) { table.append(try RowList.values(item, in: context, at: call.span)) }
                }
            }
        }
        do throws(DataFailure) { return .object(SourceObject(try table.table(name: source.name))) } catch {
            throw RuntimeFailure(data: error, at: call.span)
        }
    }

    private static func items(_ value: Value, _ call: NativeCall) throws(RuntimeFailure) -> [Value] {
        switch value {
        case .list(let list): return list.items
        case .none: return []
        default: throw call.failure("E403", "the function gives a list of rows for each row; this is \(value.kindWithArticle)")
        }
    }
}
