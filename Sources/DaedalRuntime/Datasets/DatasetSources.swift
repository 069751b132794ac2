import DaedalData
import DaedalSyntax
import DaedalTensor

/// What `source`, `cache` and `on_error` say: the rows, opened.
struct DatasetSources {
    /// Rows for all splits, or for one by its name.
    struct Opened {
        let name: String?
        var rows: any RecordSource
    }

    private let recipe: DatasetRecipe
    private let context: EvaluationContext

    init(_ recipe: DatasetRecipe, in context: EvaluationContext) {
        self.recipe = recipe
        self.context = context
    }

    /// Opens them.
    func open(_ natural: inout SourceObject.Natural?) throws(RuntimeFailure) -> [Opened] {
        let before = context.learning.reading
        defer { context.learning.reading = before }
        if let given = try recipe.given("on_error", in: context) {
            guard case .string(let word)? = given.arguments.positional.first, word.text == "skip" || word.text == "fail" else {
                throw RuntimeFailure("E202", "`on_error` is \"skip\": malformed rows are left out and counted", at: given.place())
            }
            context.learning.reading.skipsMalformed = word.text == "skip"
        }
        if try recipe.flag("cache", in: context) { context.learning.reading.keepsAll = true }
        guard let given = try recipe.given("source", in: context) else {
            throw RuntimeFailure("E315", "the dataset \(recipe.name) has no `source`", at: recipe.span)
        }
        var result: [Opened] = []
        for value in given.arguments.positional { result.append(Opened(name: nil, rows: try rows(value, &natural, at: given.place()))) }
        for (label, value) in given.arguments.named { result.append(Opened(name: label, rows: try rows(value, &natural, at: given.place(label)))) }
        guard result.count == 1 || !result.isEmpty && result.allSatisfy({ $0.name != nil }) else {
            throw RuntimeFailure("E315", "`source` is one for all, or one for each split by name: `source train: a, test: b`", at: given.place())
        }
        let skipped = result.reduce(0) { $0 + $1.rows.skipped }
        if skipped > 0 {
            context.session.host.progress(
                "\(skipped) malformed row\(skipped == 1 ? "" : "s") of \(recipe.name) \(skipped == 1 ? "is" : "are") left out\n")
        }
        return result
    }

    private func rows(_ value: Value, _ natural: inout SourceObject.Natural?, at span: Span) throws(RuntimeFailure) -> any RecordSource {
        switch value {
        case .object(let object):
            if let source = object as? SourceObject {
                natural = natural ?? source.natural
                return source.rows
            }
            if let dataset = object as? DatasetObject {
                let rows = try dataset.dataset(in: context).rows(at: span)
                if let input = rows.fields.firstIndex(where: { $0.name == "x" }), natural == nil {
                    natural = SourceObject.Natural(input: [input], target: rows.fields.firstIndex { $0.name == "y" })
                }
                return rows
            }
        case .list(let list): return try RowList.table(list.items, named: recipe.name, in: context, at: span)
        default: break
        }
        throw RuntimeFailure(
            "E202", "`source` is `csv(path)`, `idx(images, labels)`, `memory(x, y)` or the like; this is \(value.kindWithArticle)", at: span)
    }
}

/// How sources that are opened now are read.
struct SourceReading {
    /// Whether malformed rows are left out and counted.
    var skipsMalformed = false
    /// Whether everything is held in memory, however large.
    var keepsAll = false
}
