import DaedalData
import DaedalSyntax
import DaedalTensor

/// Reads what a recipe says and makes the dataset ready.
struct DatasetPreparation {
    private let recipe: DatasetRecipe
    private let context: EvaluationContext
    private var name: String { recipe.name }

    init(_ recipe: DatasetRecipe, in context: EvaluationContext) {
        self.recipe = recipe
        self.context = context
    }

    /// Rows of one source under the name of a split, by the number of the source.
    private struct Portion {
        let name: String
        let source: Int
        let rows: RowSet
    }

    /// Makes the dataset.
    func prepare() throws(RuntimeFailure) -> Dataset {
        var natural: SourceObject.Natural?
        var sources = try DatasetSources(recipe, in: context).open(&natural)
        let seed = RandomState.mix(
            RandomState.mix(RandomState.hash(name.utf8), context.session.seed),
            UInt64(bitPattern: Int64(try recipe.integer("seed", least: 0, in: context) ?? 0)))
        let input = try recipe.given("input", in: context), target = try recipe.given("target", in: context)
        let windows = try WindowExtent([input?.single, target?.single].compactMap { $0 })
        let batching = try batching()
        let split = try recipe.given("split", in: context).map { SplitClause($0, context) }
        if let windows, let split, split.isRandom(ofWindows: windows) {
            throw RuntimeFailure(
                "E321", "windows need their rows in order, and `split` draws them at random", at: split.span,
                fixes: [.init("add `order: true` (or a column) to cut in time, or `by:` to keep series together")])
        }
        var groups: [Int: [Int]] = [:]
        if windows != nil, let split {
            for at in sources.indices {
                let (order, numbers) = try split.sequence(sources[at].rows)
                if let order { sources[at].rows = RowView(sources[at].rows, rows: order) }
                groups[at] = numbers
            }
        }
        let portions = try divide(sources, split, isSorted: windows != nil, seed: seed)
        guard let training = portions.first(where: { $0.name == "train" }) ?? portions.first else {
            throw RuntimeFailure("E315", "the dataset \(name) has no rows to train on", at: recipe.span)
        }
        var builder = FeatureBuilder(
            name, sources: sources.map(\.rows), training: (training.source, training.rows), pad: batching.pad, in: context)
        for (field, function, span) in recipe.fields { try builder.addField(field, function, at: span) }
        var all: [Portion] = portions
        if sources.count == 1 { all.append(Portion(name: "all", source: 0, rows: RowSet(0..<(try limit(sources[0].rows))))) }
        var examples: [RowSet] = []
        for portion in all { examples.append(windows?.anchors(portion.rows, groups: groups[portion.source]) ?? portion.rows) }
        var features: [Int: (Feature, Feature?)] = [:]
        var parts: [Dataset.Part] = []
        for (portion, rows) in zip(all, examples) {
            if features[portion.source] == nil {
                // Any row of the source that has an example shows what functions give.
                let first = zip(all, examples).first { $0.0.source == portion.source && !$0.1.isEmpty }?.1 ?? RowSet()
                features[portion.source] = try self.features(portion.source, input, target, natural, first, &builder)
            }
            guard let made = features[portion.source] else { continue }
            parts.append(Dataset.Part(name: portion.name, source: builder.sources[portion.source], rows: rows, input: made.0, target: made.1))
        }
        if let windows, parts.allSatisfy(\.rows.isEmpty) {
            throw RuntimeFailure(
                "E315", "no split of \(name) has the \(windows.past + windows.future) rows in a row that one example takes", at: recipe.span)
        }
        return Dataset(
            name: name, parts: parts, batching: batching, shuffles: try recipe.flag("shuffle", in: context), seed: seed,
            augmentation: try augmentation(seed), classes: builder.classes.map { ($0.column, $0.vocabulary.keys) }, fitted: builder.fitted,
            derived: builder.derived, windows: windows)
    }

    private func limit(_ source: any RecordSource) throws(RuntimeFailure) -> Int {
        min(source.count, try recipe.integer("limit", least: 1, in: context) ?? .max)
    }

    private func divide(
        _ sources: [DatasetSources.Opened], _ split: SplitClause?, isSorted: Bool, seed: UInt64
    ) throws(RuntimeFailure) -> [Portion] {
        var result: [Portion] = []
        let names = Set(sources.compactMap(\.name))
        for (at, source) in sources.enumerated() {
            let count = try limit(source.rows)
            guard let split, source.name == nil || source.name == "train" else {
                result.append(Portion(name: source.name ?? "train", source: at, rows: RowSet(0..<count)))
                continue
            }
            for (part, rows) in try split.divide(source.rows, count: count, seed: seed, isSorted: isSorted) {
                if part != source.name, names.contains(part) {
                    throw RuntimeFailure("E315", "the split `\(part)` has a source of its own and cannot take rows of another", at: split.span)
                }
                result.append(Portion(name: part, source: at, rows: rows))
            }
        }
        return result
    }

    // MARK: Features

    private func features(
        _ source: Int, _ input: DatasetRecipe.Given?, _ target: DatasetRecipe.Given?, _ natural: SourceObject.Natural?, _ first: RowSet,
        _ builder: inout FeatureBuilder
    ) throws(RuntimeFailure) -> (Feature, Feature?) {
        builder.begin(source, first: first)
        func column(_ fields: [Int]) -> Value { .object(ColumnObject(.numbers(fields), isSingle: fields.count == 1, at: recipe.span)) }
        if let whole = try recipe.given("example", in: context) {
            return try builder.examples(whole.single, at: whole.span)
        }
        let made: Feature
        if let input {
            made = try builder.build(input.single, isTarget: false, at: input.place())
        } else if let natural {
            made = try builder.build(natural.record ?? column(natural.input), isTarget: false, at: recipe.span)
        } else {
            throw RuntimeFailure(
                "E315", "the dataset \(name) has no `input`", at: recipe.span, notes: ["`input column(\"…\")`, `input columns(0..4)`, `input r => …`"]
            )
        }
        if let target {
            if target.isName("input") { return (made, made) }
            return (made, try builder.build(target.single, isTarget: true, at: target.place()))
        }
        guard input == nil, let target = natural?.target else { return (made, nil) }
        return (made, try builder.build(column([target]), isTarget: true, at: recipe.span))
    }

    // MARK: Batches

    private func batching() throws(RuntimeFailure) -> Dataset.Batching {
        var result = Dataset.Batching()
        result.workers = try recipe.integer("workers", least: 0, in: context) ?? 1
        guard result.workers <= 64 else {
            throw RuntimeFailure("E202", "`workers` is at most 64", at: try recipe.given("workers", in: context)?.span ?? .none)
        }
        guard let given = try recipe.given("batch", in: context) else { return result }
        try given.allow(["pad", "bucket", "join"], word: "batch")
        if let size = given.arguments.positional.first {
            guard case .int(let size) = size, size > 0, given.arguments.positional.count == 1 else {
                throw RuntimeFailure("E202", "`batch` takes a number of examples above 0", at: given.place())
            }
            result.size = size
        }
        if let pad = given.option("pad") {
            if case .none = pad {
            } else {
                guard let number = pad.number else {
                    throw RuntimeFailure(
                        "E202", "`pad` is the number that fills shorter rows up; this is \(pad.kindWithArticle)", at: given.place("pad"))
                }
                result.pad = number
            }
        }
        if let bucket = given.option("bucket") {
            guard case .bool(let uses) = bucket else {
                throw RuntimeFailure("E202", "`bucket` is `true` or `false`; this is \(bucket.kindWithArticle)", at: given.place("bucket"))
            }
            result.usesBuckets = uses
        }
        if let join = given.option("join") {
            if case .none = join { return result }
            guard ModelObject.isCallable(join) else {
                throw RuntimeFailure(
                    "E202", "`join` is a function of a list of examples that gives the batch; this is \(join.kindWithArticle)",
                    at: given.place("join"))
            }
            result.join = join
        }
        return result
    }

    private func augmentation(_ seed: UInt64) throws(RuntimeFailure) -> Augmentation? {
        guard let given = try recipe.given("augment", in: context) else { return nil }
        try given.allow([], word: "augment")
        var functions: [(function: Value, span: Span)] = []
        for value in given.arguments.positional {
            if case .none = value { continue }
            guard ModelObject.isCallable(value) else {
                throw RuntimeFailure(
                    "E202", "`augment` takes functions of an example, or of input and target; this is \(value.kindWithArticle)", at: given.place())
            }
            functions.append((value, given.place()))
        }
        return functions.isEmpty ? nil : Augmentation(functions, seed: seed)
    }
}
