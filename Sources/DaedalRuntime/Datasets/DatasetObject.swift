import DaedalData
import DaedalSyntax
import DaedalTensor

/// A dataset as the program sees it. Nothing is read before a member is asked for.
package final class DatasetObject: Object {
    package let name: String
    /// Where the clauses come from.
    private enum Origin {
        case declaration(DatasetFactory, [Value?])
        case recipe(DatasetRecipe)
    }
    private let origin: Origin
    private let span: Span
    private var prepared: Dataset?
    private var isPreparing = false

    package init(_ factory: DatasetFactory, _ arguments: [Value?], at span: Span) {
        name = factory.name
        origin = .declaration(factory, arguments)
        self.span = span
    }

    /// A dataset that functions made: `csv(…) |> map(…) |> batch(32)`.
    init(_ recipe: DatasetRecipe) {
        name = recipe.name
        origin = .recipe(recipe)
        span = recipe.span
    }

    override package var kindName: String { "dataset" }
    override package var text: String { "<dataset \(name)>" }
    override package var memberNames: [String] {
        ["train", "validation", "test", "all", "classes", "fitted", "count", "shape", "batches", "skipped"]
    }

    /// The clauses of the dataset.
    func recipe(in context: EvaluationContext) throws(RuntimeFailure) -> DatasetRecipe {
        switch origin {
        case .recipe(let recipe): return recipe
        case .declaration(let factory, let arguments):
            return try DatasetRecipe(name, try factory.clauses(arguments, in: context, at: span), in: context, at: span)
        }
    }

    /// The dataset, read and fitted.
    func dataset(in context: EvaluationContext) throws(RuntimeFailure) -> Dataset {
        if let prepared { return prepared }
        if isPreparing { throw RuntimeFailure("E316", "the clauses of \(name) use \(name) itself", at: span) }
        isPreparing = true
        defer { isPreparing = false }
        let dataset = try context.detached { () throws(RuntimeFailure) in
            try DatasetPreparation(try recipe(in: context), in: context).prepare()
        }
        prepared = dataset
        return dataset
    }

    override package func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        guard memberNames.contains(name) || !isOneOfTheDatasetFunctions(name) else { return nil }
        context.learning.block?.mustBeInterpreted()
        let dataset = try dataset(in: context)
        if let part = dataset.part(name) { return .object(SplitObject(part, of: dataset)) }
        switch name {
        case "classes": return try classes(dataset, in: context)
        case "count": return .int(dataset.parts.filter { $0.name != "all" }.reduce(0) { $0 + $1.rows.count })
        case "shape": return dataset.parts.first?.input.shapeValue()
        case "batches": return dataset.part("train").map { .int(dataset.batchCount($0)) }
        case "skipped": return .int(dataset.parts.map(\.source.skipped).max() ?? 0)
        case "fitted":
            return .function(
                NativeFunction("fitted", [.init("column")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
                    let column = try call.string(0)
                    if let fitted = dataset.fitted[column] { return .object(FittedObject(column, fitted)) }
                    let known = dataset.fitted.keys.filter { !$0.contains("…") }.sorted()
                    throw RuntimeFailure(
                        "E403", known.isEmpty ? "nothing is fitted for the columns of \(dataset.name)" : "nothing is fitted for `\(column)`",
                        at: call.span, notes: known.isEmpty ? [] : ["there is \(known.map { "`\($0)`" }.joined(separator: ", "))"],
                        fixes: Suggestion.nearest(to: column, in: known).map { [.init("did you mean \"\($0)\"?")] } ?? [])
                })
        case "validation", "test", "train", "all":
            let known = dataset.parts.map { "`\($0.name)`" }.joined(separator: ", ")
            throw RuntimeFailure("E317", "\(self.name) has no split `\(name)`", at: span, notes: ["it has \(known); `split` divides the rows"])
        default: return nil
        }
    }

    /// Whether `rows.shuffle(…)` is a function's name: looking it up must not read anything.
    private func isOneOfTheDatasetFunctions(_ name: String) -> Bool { DatasetFlow.words.contains(name) }

    /// The classes as a list: texts, or 0 to the largest label.
    private func classes(_ dataset: Dataset, in context: EvaluationContext) throws(RuntimeFailure) -> Value {
        func list(_ keys: [Vocabulary.Key]) -> Value { .list(keys.map { Value($0.fieldValue) }) }
        if let classes = dataset.classes { return list(classes) }
        if !dataset.namedClasses.isEmpty {
            return .record(
                RecordObject(names: dataset.namedClasses.map(\.column), fields: dataset.namedClasses.map { list($0.keys) }))
        }
        guard let part = dataset.parts.first, let target = part.target, target.leaves.count == 1, target.leaves[0].type.isInteger else {
            throw RuntimeFailure("E403", "the target of \(name) has no classes: they are texts or integers", at: span)
        }
        var largest = -1
        for part in dataset.parts {
            let batches = try BatchIterator(part, of: dataset, batchSize: 1024, trains: false, in: context, at: span)
            while let batch = try batches.nextBatch(in: context) {
                guard let labels = batch.tensors.last?.contents else { continue }
                for i in 0..<labels.count { largest = max(largest, labels.int(at: i)) }
            }
        }
        return .list((0..<(largest + 1)).map { .int($0) })
    }

    /// `rows[0]`, `rows[0..8]`: of all rows.
    override package func subscripted(_ items: [Index], in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        let dataset = try dataset(in: context)
        guard let part = dataset.part("all") ?? dataset.parts.first else { return nil }
        return try SplitObject(part, of: dataset).subscripted(items, in: context)
    }

    /// A `for` over the dataset visits the batches of its training split.
    override package func iterator(in context: EvaluationContext) throws(RuntimeFailure) -> ValueIterator? {
        context.learning.block?.mustBeInterpreted()
        let dataset = try dataset(in: context)
        guard let part = dataset.part("train") ?? dataset.parts.first else { return nil }
        return try BatchIterator(part, of: dataset, trains: true, in: context, at: span)
    }
}

/// `Digits.train`: the examples of one split.
package final class SplitObject: Object {
    let part: Dataset.Part
    let dataset: Dataset

    init(_ part: Dataset.Part, of dataset: Dataset) {
        self.part = part
        self.dataset = dataset
    }

    override package var kindName: String { "split" }
    override package var text: String { "<\(dataset.name).\(part.name), \(part.rows.count) examples>" }
    override package var memberNames: [String] { ["count", "shape", "batches", "name"] }

    override package func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        switch name {
        case "count": return .int(part.rows.count)
        case "shape": return part.input.shapeValue()
        case "batches": return .int(dataset.batchCount(part))
        case "name": return .string(part.name)
        default: return nil
        }
    }

    override package func subscripted(_ items: [Index], in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        guard items.count == 1, case .value(let index) = items[0] else { return nil }
        context.learning.block?.mustBeInterpreted()
        switch index {
        case .int(let given):
            let at = given < 0 ? given &+ part.rows.count : given
            guard at >= 0 && at < part.rows.count else {
                throw RuntimeFailure("E503", "example \(given) is out of range: \(dataset.name).\(part.name) has \(part.rows.count)", at: .none)
            }
            return try part.example(part.rows[at], in: context, at: .none)
        case .range(let range):
            let rows = range.indices(below: part.rows.count).map { part.rows[$0] }
            guard !rows.isEmpty else { throw RuntimeFailure("E503", "no example of \(dataset.name).\(part.name) is in this range", at: .none) }
            return part.value(try part.tensors(rows[...], BatchSlot(), in: context, at: .none))
        default: return nil
        }
    }

    override package func iterator(in context: EvaluationContext) throws(RuntimeFailure) -> ValueIterator? {
        context.learning.block?.mustBeInterpreted()
        return try BatchIterator(part, of: dataset, trains: part.name == "train", in: context, at: .none)
    }
}
