import DaedalData
import DaedalSyntax
import DaedalTensor

/// A dataset as the program sees it. Nothing is read before a member is asked for.
package final class DatasetObject: Object {
    package let name: String
    private let factory: DatasetFactory
    private let arguments: [Value?]
    private let span: Span
    private var prepared: Dataset?
    private var isPreparing = false

    package init(_ factory: DatasetFactory, _ arguments: [Value?], at span: Span) {
        name = factory.name
        self.factory = factory
        self.arguments = arguments
        self.span = span
    }

    override package var kindName: String { "dataset" }
    override package var text: String { "<dataset \(name)>" }
    override package var memberNames: [String] { ["train", "validation", "test", "all", "classes", "fitted", "count", "shape", "skipped"] }

    /// The dataset, read and fitted.
    func dataset(in context: EvaluationContext) throws(RuntimeFailure) -> Dataset {
        if let prepared { return prepared }
        if isPreparing { throw RuntimeFailure("E316", "the clauses of \(name) use \(name) itself", at: span) }
        isPreparing = true
        defer { isPreparing = false }
        let dataset = try context.detached { () throws(RuntimeFailure) in
            let clauses = try factory.clauses(arguments, in: context, at: span)
            return try DatasetPreparation(name, clauses, in: context, at: span).prepare()
        }
        prepared = dataset
        return dataset
    }

    override package func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        context.learning.block?.mustBeInterpreted()
        let dataset = try dataset(in: context)
        if let part = dataset.part(name) { return .object(SplitObject(part, of: dataset)) }
        switch name {
        case "classes": return try classes(dataset, in: context)
        case "count": return .int(dataset.parts.filter { $0.name != "all" }.reduce(0) { $0 + $1.rows.count })
        case "shape": return dataset.parts.first?.input.shapeValue()
        case "skipped": return .int(dataset.parts.map(\.source.skipped).max() ?? 0)
        case "fitted":
            return .function(
                NativeFunction("fitted", [.init("column")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
                    let column = try call.string(0)
                    if let fitted = dataset.fitted[column] { return .object(FittedObject(column, fitted)) }
                    let known = dataset.fitted.keys.sorted()
                    throw RuntimeFailure(
                        "E403", known.isEmpty ? "nothing is fitted for the columns of \(dataset.name)" : "nothing is fitted for `\(column)`",
                        at: call.span, notes: known.isEmpty ? [] : ["there is \(known.map { "`\($0)`" }.joined(separator: ", "))"])
                })
        case "validation", "test", "train", "all":
            let known = dataset.parts.map { "`\($0.name)`" }.joined(separator: ", ")
            throw RuntimeFailure("E317", "\(self.name) has no split `\(name)`", at: span, notes: ["it has \(known); `split` divides the rows"])
        default: return nil
        }
    }

    /// The classes as a list: texts, or 0 to the largest label.
    private func classes(_ dataset: Dataset, in context: EvaluationContext) throws(RuntimeFailure) -> Value {
        if let classes = dataset.classes { return .list(classes.map { Value($0.fieldValue) }) }
        guard let part = dataset.parts.first, let target = part.target, target.leaves.count == 1, target.leaves[0].type.isInteger else {
            throw RuntimeFailure("E403", "the target of \(name) has no classes: they are texts or integers", at: span)
        }
        var largest = -1
        for part in dataset.parts {
            let batches = try BatchIterator(part, of: dataset, batchSize: 1024, shuffles: false, at: span)
            while let batch = try batches.nextBatch(in: context) {
                guard let labels = batch.tensors.last else { continue }
                for i in 0..<labels.count { largest = max(largest, labels.int(at: i)) }
            }
        }
        return .list((0..<(largest + 1)).map { .int($0) })
    }

    /// A `for` over the dataset visits the batches of its training split.
    override package func iterator(in context: EvaluationContext) throws(RuntimeFailure) -> ValueIterator? {
        context.learning.block?.mustBeInterpreted()
        let dataset = try dataset(in: context)
        guard let part = dataset.part("train") ?? dataset.parts.first else { return nil }
        return try BatchIterator(part, of: dataset, shuffles: dataset.shuffles, at: span)
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
        case "batches": return .int((part.rows.count + dataset.batchSize - 1) / dataset.batchSize)
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
            let tensors = try part.tensors([part.rows[at]], BatchSlot(), in: context, at: .none)
            return part.value(tensors.map { $0.reshaped($0.shape.removing(axis: 0)) })
        case .range(let range):
            let rows = range.indices(below: part.rows.count).map { part.rows[$0] }
            guard !rows.isEmpty else { throw RuntimeFailure("E503", "no example of \(dataset.name).\(part.name) is in this range", at: .none) }
            return part.value(try part.tensors(rows[...], BatchSlot(), in: context, at: .none))
        default: return nil
        }
    }

    override package func iterator(in context: EvaluationContext) throws(RuntimeFailure) -> ValueIterator? {
        context.learning.block?.mustBeInterpreted()
        return try BatchIterator(part, of: dataset, shuffles: dataset.shuffles && part.name == "train", at: .none)
    }
}

/// `Name.fitted("user")`: what was learned of a column from the training rows.
final class FittedObject: Object {
    private let column: String
    private let fitted: Dataset.Fitted

    init(_ column: String, _ fitted: Dataset.Fitted) {
        self.column = column
        self.fitted = fitted
    }

    override var kindName: String { "fitted column" }
    override var text: String { "<fitted \(column)>" }
    override var memberNames: [String] { ["count", "index", "encode", "decode", "inverse", "mean", "std"] }

    override func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        switch fitted {
        case .statistics(let statistics): return statistic(name, statistics)
        case .vocabulary(let vocabulary, let offset): return word(name, vocabulary, offset)
        }
    }

    private func statistic(_ name: String, _ statistics: ColumnStatistics) -> Value? {
        func numbers(_ values: [Double]) -> Value { values.count == 1 ? .float(values[0]) : .list(values.map { .float($0) }) }
        switch name {
        case "count": return .int(statistics.count)
        case "mean": return numbers(statistics.mean)
        case "std": return numbers(statistics.std)
        case "encode", "inverse":
            let isInverse = name == "inverse"
            let center = numbers(statistics.mean), spread = numbers(statistics.std.map { $0 > 0 ? $0 : 1 })
            return .function(
                NativeFunction(name, [.init("x")], .symbolic) { (call) throws(RuntimeFailure) in
                    let first = try TensorOperators.binary(
                        isInverse ? .multiply : .subtract, call[0], isInverse ? spread : center, in: call.context, at: call.span)
                    return try TensorOperators.binary(isInverse ? .add : .divide, first, isInverse ? center : spread, in: call.context, at: call.span)
                })
        default: return nil
        }
    }

    private func word(_ name: String, _ vocabulary: Vocabulary, _ offset: Int) -> Value? {
        func key(_ value: Value) -> Vocabulary.Key? {
            switch value {
            case .int(let number): .integer(number)
            case .string(let text): .text(text.text)
            default: nil
            }
        }
        switch name {
        case "count": return .int(vocabulary.keys.count + offset)
        case "index", "encode":
            return .function(
                NativeFunction(name, [.init("value")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
                    func one(_ value: Value) throws(RuntimeFailure) -> Value {
                        guard let number = key(value).flatMap({ vocabulary[$0] }) else {
                            if offset > 1 { return .int(1) }
                            throw call.failure("E403", "\(value.shortText) is not in the vocabulary")
                        }
                        return .int(number + offset)
                    }
                    guard case .list(let list) = call[0] else { return try one(call[0]) }
                    return .list(try list.items.map { (item) throws(RuntimeFailure) in try one(item) })
                })
        case "decode", "inverse":
            return .function(
                NativeFunction(name, [.init("index")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
                    func one(_ number: Int) -> Value {
                        vocabulary.keys.indices.contains(number - offset) ? Value(vocabulary.keys[number - offset].fieldValue) : .none
                    }
                    switch call[0] {
                    case .list(let list): return .list(list.items.map { if case .int(let number) = $0 { one(number) } else { .none } })
                    case .tensor(let tensor) where tensor.shape.rank > 0:
                        let ids = try call.context.force(tensor, at: call.span)
                        return .list((0..<ids.count).map { one(ids.int(at: $0)) })
                    default: return one(try call.int(0))
                    }
                })
        default: return nil
        }
    }
}
