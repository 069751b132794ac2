import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// A dataset while checking: what one example's input and target look like, as far as the declaration says.
package final class SymbolicDataset: Object {
    let name: String
    let input: Value
    /// `none` without a target.
    let target: Value
    /// What training examples are where augmentation changes them; nil where it does not.
    var augmented: (input: Value, target: Value)?
    /// The names of its splits; nil where they are not known.
    let splits: [String]?
    /// The source, if it is one for all splits.
    let source: SymbolicSource?
    /// Whether rows are divided by chance, so that another dataset of the same source divides them in another way.
    let isDividedByChance: Bool
    let span: Span

    init(
        name: String, input: Value, target: Value, splits: [String]?, source: SymbolicSource?, isDividedByChance: Bool, at span: Span
    ) {
        self.name = name
        self.input = input
        self.target = target
        self.splits = splits
        self.source = source
        self.isDividedByChance = isDividedByChance
        self.span = span
    }

    override package var kindName: String { "dataset" }
    override package var memberNames: [String] {
        ["train", "validation", "test", "all", "classes", "fitted", "count", "shape", "batches", "skipped"]
    }
    override package func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        if splits?.contains(name) ?? true, ["train", "validation", "test", "all"].contains(name) || splits?.contains(name) == true {
            return .object(SymbolicSplit(self, name))
        }
        switch name {
        case "validation", "test", "train", "all":
            throw RuntimeFailure(
                "E317", "\(self.name) has no split `\(name)`", at: .none,
                notes: ["it has \((splits ?? []).map { "`\($0)`" }.joined(separator: ", ")); `split` divides the rows"])
        case "count", "batches", "skipped": return .unknown(.int)
        case "classes": return .unknown(.list)
        case "fitted": return .unknown(.anything)
        case "shape": return SymbolicSplit.shape(input)
        default: return nil
        }
    }
}

/// A split of a dataset while checking; a `for` over it visits batches.
package final class SymbolicSplit: Object {
    let dataset: SymbolicDataset
    let name: String
    init(_ dataset: SymbolicDataset, _ name: String) {
        self.dataset = dataset
        self.name = name
    }

    override package var kindName: String { "split" }
    override package var memberNames: [String] { ["count", "shape", "batches", "name"] }
    override package func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        switch name {
        case "count", "batches": .unknown(.int)
        case "shape": Self.shape(dataset.input)
        case "name": .string(self.name)
        default: nil
        }
    }

    /// The shape of one example's input.
    static func shape(_ input: Value) -> Value {
        switch input {
        case .tensor(let tensor): .list(tensor.shape.map { Value($0) })
        case .record(let record): .record(RecordObject(names: record.names, fields: record.fields.map(shape)))
        default: .unknown(.anything)
        }
    }

    /// The input and the target of one batch, noted as rows of this split.
    func pair(_ evaluator: SymbolicEvaluator) -> (Value, Value) {
        let size = Size.symbol("batch")
        let plain = (input: dataset.input, target: dataset.target)
        let example = name == "train" ? dataset.augmented ?? plain : plain
        let input = evaluator.batched(example.input, size)
        let isSame = example.target.isSameTensor(as: example.input)
        let pair = (input, isSame ? input : evaluator.batched(example.target, size))
        evaluator.note(pair.0, from: self)
        evaluator.note(pair.1, from: self)
        return pair
    }

    /// One batch as a `for` sees it.
    func batch(_ evaluator: SymbolicEvaluator) -> Value {
        let (x, y) = pair(evaluator)
        if case .unknown(.anything) = dataset.target { return .unknown(.anything) }
        return y.isAbsent ? x : .record(RecordObject(names: nil, fields: [x, y]))
    }

    /// `split[i]` is one example, `split[a..b]` a batch.
    func example(_ position: Value?, _ evaluator: SymbolicEvaluator) -> Value {
        switch position {
        case .range?: return batch(evaluator)
        case .int?, .size?, .unknown(.int)?:
            let input = evaluator.single(dataset.input), target = evaluator.single(dataset.target)
            evaluator.note(input, from: self)
            evaluator.note(target, from: self)
            return target.isAbsent ? input : .record(RecordObject(names: nil, fields: [input, target]))
        default: return .unknown(.anything)
        }
    }
}

extension Value {
    /// Whether both are the same tensor.
    fileprivate func isSameTensor(as other: Value) -> Bool {
        if case .tensor(let a) = self, case .tensor(let b) = other { return a === b }
        return false
    }
}

extension SymbolicEvaluator {
    /// A value of one example, for a whole batch.
    func batched(_ value: Value, _ batch: Size) -> Value {
        switch value {
        case .tensor(let tensor):
            guard tensor.shape.rank < Shape.maximumRank else { return .unknown(.tensor) }
            return symbolicTensor(Signature(type: tensor.type, shape: tensor.shape.inserting(batch, at: 0)))
        // Of a number that may be whole or not, what takes integers takes the batch.
        case .int, .size, .unknown(.int), .unknown(.number): return symbolicTensor(Signature(type: .i64, shape: [batch]))
        case .bool, .unknown(.bool): return symbolicTensor(Signature(type: .bool, shape: [batch]))
        case .float, .unknown(.float): return symbolicTensor(Signature(type: .f32, shape: [batch]))
        case .record(let record): return .record(RecordObject(names: record.names, fields: record.fields.map { batched($0, batch) }))
        case .list(let list):
            guard TensorLiteral.isNumeric(list), !value.hasUnknown,
                case .tensor(let tensor)? = (try? TensorLiteral.tensor(from: value, in: self, at: .none)).map({ $0.map { Value.tensor($0) } }) ?? nil
            else { return .unknown(.anything) }
            return batched(.tensor(tensor), batch)
        case .none: return .none
        default: return .unknown(.anything)
        }
    }

    /// A value of one example as `split[i]` gives it: a tensor of its own.
    func single(_ value: Value) -> Value {
        switch value {
        case .tensor(let tensor): symbolicTensor(Signature(type: tensor.type, shape: tensor.shape))
        case .int, .size, .unknown(.int), .unknown(.number): symbolicTensor(Signature(type: .i64, shape: .scalar))
        case .bool, .unknown(.bool): symbolicTensor(Signature(type: .bool, shape: .scalar))
        case .float, .unknown(.float): symbolicTensor(Signature(type: .f32, shape: .scalar))
        case .record(let record): .record(RecordObject(names: record.names, fields: record.fields.map { single($0) }))
        case .none: .none
        default: .unknown(.anything)
        }
    }

    /// Takes note that the tensors of a value are rows of a split.
    func note(_ value: Value, from split: SymbolicSplit) {
        switch value {
        case .tensor(let tensor): if let node = tensor.node { rowOrigins[node] = split }
        case .record(let record): for field in record.fields { note(field, from: split) }
        default: break
        }
    }
}
