import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// The average of loss and metrics over a pass, weighted by examples.
struct MeasureSums {
    private let measure: Measure
    /// Sums by name, in the order in which names first came.
    private(set) var sums: [(name: String, value: Double)] = []
    private(set) var examples = 0
    /// Where the sums of the numbers stand that were added last by these names.
    private var known: NumberNames?
    private var places: [Int] = []
    /// For metrics over all: the leaves of every batch's prediction and target, and how values are put together from them.
    private(set) var predictions = Kept()
    private(set) var targets = Kept()

    /// Values of one form, taken apart.
    struct Kept {
        var batches: [[Tensor]] = []
        /// The real steps of padded rows, for each leaf that has them.
        fileprivate var lengths: [Int: [Int64]] = [:]
        fileprivate var form: TensorTree?
    }

    init(_ measure: Measure) { self.measure = measure }

    /// Continues sums that were kept in a checkpoint.
    init(_ measure: Measure, sums: [(name: String, value: Double)], examples: Int, predictions: [[Tensor]], targets: [[Tensor]]) {
        self.measure = measure
        self.sums = sums
        self.examples = examples
        self.predictions.batches = predictions
        self.targets.batches = targets
    }

    var lossSoFar: Double? { average("loss") }

    private func average(_ name: String) -> Double? { sums.first { $0.name == name }.map { $0.value / Double(max(examples, 1)) } }

    /// Adds the record of one batch. `counts` says whether it has examples that were not counted yet. Padded targets count by their real steps, so
    /// that averages do not depend on what is batched together.
    mutating func add(_ value: Value, count: Int, counts: Bool = true, target: Value?, in context: EvaluationContext) throws(RuntimeFailure) {
        let count = try Self.stepCount(target, in: context, at: measure.span) ?? count
        if counts { examples += count }
        guard case .record(let record) = value, let names = record.names else { return }
        for (name, field) in zip(names, record.fields) {
            if name == "prediction" && measure.needsAll {
                try keep(field, in: \.predictions, context)
                if let target { try keep(target, in: \.targets, context) }
                continue
            }
            guard let number = try number(field, name, in: context) else { continue }
            if let at = sums.firstIndex(where: { $0.name == name }) {
                sums[at].value += number * Double(count)
            } else {
                sums.append((name, number * Double(count)))
            }
        }
    }

    /// Adds the numbers of one batch, which keep their order as long as `names` is the same object.
    mutating func add(_ numbers: UnsafePointer<Double>, _ names: NumberNames, count: Int) {
        examples += count
        if known !== names {
            places = names.names.map { name in
                if let at = sums.firstIndex(where: { $0.name == name }) { return at }
                sums.append((name, 0))
                return sums.count - 1
            }
            known = names
        }
        for i in places.indices { sums[places[i]].value += numbers[i] * Double(count) }
    }

    /// The number that an average is taken of. Of what a `step` gives beside the loss, only numbers count.
    private func number(_ field: Value, _ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Double? {
        let isWanted = name == "loss" || measure.metrics.contains { $0.name == name }
        switch field {
        case .tensor(let tensor):
            guard tensor.shape.elementCount == 1 else {
                if !isWanted { return nil }
                throw RuntimeFailure(
                    "E202", "the metric `\(name)` gives \(tensor.description), an average needs one number", at: measure.span,
                    notes: ["`over_all(\(name))` calls it once with all predictions"])
            }
            return try context.force(tensor, at: measure.span).double(at: 0)
        case .bool(let flag): return flag ? 1 : 0
        default:
            if let plain = field.number { return plain }
            if !isWanted { return nil }
            throw RuntimeFailure("E202", "the metric `\(name)` gives \(field.kindWithArticle), an average needs a number", at: measure.span)
        }
    }

    /// The number of real steps of a padded target; nil for any other.
    private static func stepCount(_ target: Value?, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Int? {
        guard case .tensor(let tensor)? = target, let lengths = tensor.notes?.lengths else { return nil }
        let counts = try context.force(lengths, at: span)
        return (0..<counts.count).reduce(0) { $0 + counts.int(at: $1) }
    }

    /// Keeps a copy of a batch's tensors: their memory is used again for a later batch.
    private mutating func keep(
        _ value: Value, in place: WritableKeyPath<MeasureSums, Kept>, _ context: EvaluationContext
    ) throws(RuntimeFailure) {
        let tree = TensorTree(value), span = measure.span
        self[keyPath: place].form = tree
        for (at, leaf) in tree.leaves.enumerated() {
            guard case .tensor(let tensor) = leaf, let lengths = tensor.notes?.lengths else { continue }
            let counts = try context.force(lengths, at: span)
            self[keyPath: place].lengths[at, default: []] += (0..<counts.count).map { Int64(counts.int(at: $0)) }
        }
        self[keyPath: place].batches.append(
            try tree.leaves.map { (leaf) throws(RuntimeFailure) in
                guard case .tensor(let tensor) = leaf else {
                    throw RuntimeFailure("E202", "metrics over all need predictions and targets of tensors, not \(leaf.kindWithArticle)", at: span)
                }
                let contents = try context.force(tensor, at: span)
                return try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in try contents.copy() }
            })
    }

    /// The averages in the order of the measure; metrics over all are called now.
    func results(in context: EvaluationContext) throws(RuntimeFailure) -> [(name: String, value: Value)] {
        var result: [(name: String, value: Value)] = []
        if let loss = average("loss") { result.append(("loss", .float(loss))) }
        for metric in measure.metrics {
            if !metric.isOverAll {
                if let value = average(metric.name) { result.append((metric.name, .float(value))) }
                continue
            }
            guard let all = try joined(predictions) else { continue }
            let arguments = [all] + (try joined(targets).map { [$0] } ?? [])
            var value = try context.call(metric.function, Arguments(arguments), at: measure.span)
            if case .tensor(let tensor) = value, tensor.shape.rank == 0 { value = .float(try context.force(tensor, at: measure.span).double(at: 0)) }
            result.append((metric.name, value))
        }
        for (name, value) in sums where !result.contains(where: { $0.name == name }) {
            result.append((name, .float(value / Double(max(examples, 1)))))
        }
        return result
    }

    /// Batches one after the other as one; nil if there are none.
    private func joined(_ kept: Kept) throws(RuntimeFailure) -> Value? {
        guard let form = kept.form, let first = kept.batches.first else { return nil }
        var leaves: [Value] = []
        for i in first.indices {
            let parts = try sameSteps(kept.batches.map { $0[i] })
            guard parts.allSatisfy({ $0.shape.rank > 0 && $0.shape.removing(axis: 0) == parts[0].shape.removing(axis: 0) }) else {
                throw RuntimeFailure("E202", "metrics over all need batches of one shape but for the first axis", at: measure.span)
            }
            let rows = parts.reduce(0) { $0 + ($1.shape[0].known ?? 0) }
            let shape = parts[0].shape.replacing(axis: 0, with: Size(rows))
            let whole = try TensorLiteral.allocate(at: measure.span) { () throws(AllocationFailure) in
                try Tensor(uninitialized: parts[0].type, shape: shape)
            }
            var offset = 0
            for part in parts {
                (whole.pointer + offset).copyMemory(from: part.pointer, byteCount: part.byteCount)
                offset += part.byteCount
            }
            let joined = TensorObject(whole)
            if let counts = kept.lengths[i], counts.count == rows {
                joined.setLengths(
                    TensorObject(
                        try TensorLiteral.allocate(at: measure.span) { () throws(AllocationFailure) in try Tensor(counts, shape: Shape([rows])) }))
            }
            leaves.append(.tensor(joined))
        }
        return form.rebuilt(leaves)
    }

    /// Batches that were padded to different lengths, filled up with zeros to the longest.
    private func sameSteps(_ parts: [Tensor]) throws(RuntimeFailure) -> [Tensor] {
        let shape = parts[0].shape
        guard shape.rank > 1, parts.contains(where: { $0.shape[1] != shape[1] }),
            parts.allSatisfy({ $0.shape.rank == shape.rank && $0.shape.dropFirst(2).elementsEqual(shape.dropFirst(2)) })
        else { return parts }
        let longest = parts.compactMap { $0.shape[1].known }.max() ?? 0
        return try parts.map { (part) throws(RuntimeFailure) in
            let rows = part.shape[0].known ?? 0
            let whole = try TensorLiteral.allocate(at: measure.span) { () throws(AllocationFailure) in
                try Tensor(zeros: Signature(type: part.type, shape: part.shape.replacing(axis: 1, with: Size(longest))))
            }
            guard rows > 0 else { return whole }
            let from = part.byteCount / rows, to = whole.byteCount / rows
            for row in 0..<rows { (whole.pointer + row * to).copyMemory(from: part.pointer + row * from, byteCount: from) }
            return whole
        }
    }
}
