import DaedalData
import DaedalSyntax
import DaedalTensor

/// `predict(model, input)`: the preprocessing that the model was trained with, the model, the names of the classes.
enum Prediction {
    static func predict(_ call: NativeCall) throws(RuntimeFailure) -> Value {
        let model = try call.model(0), context = call.context
        let memory = (model.wrapped?.model ?? model).training
        guard let memory, let part = memory.dataset.parts.first else {
            let output = try model.call(call[1].asModelArguments, in: context, at: call.span)
            return output
        }
        let (input, isOne) = try prepared(call[1], part.input, memory.dataset, call)
        let output = try model.call(input.asModelArguments, in: context, at: call.span)
        return try named(output, part.target?.form, part.target?.leaves ?? [], isOne, call)
    }

    /// The output with class names where the target is text; of one example without its batch axis.
    private static func named(
        _ output: Value, _ form: Feature.Form?, _ leaves: [Feature.Leaf], _ isOne: Bool, _ call: NativeCall
    ) throws(RuntimeFailure) -> Value {
        if case .record(let record) = output {
            var parts: [Feature.Form?] = record.fields.map { _ in nil }
            if case .record(let names, let forms)? = form, names == record.names, forms.count == record.fields.count { parts = forms }
            var fields: [Value] = []
            for (field, part) in zip(record.fields, parts) { fields.append(try named(field, part, leaves, isOne, call)) }
            return .record(RecordObject(names: record.names, fields: fields))
        }
        guard case .leaf(let at)? = form, case .bulk(let leaf) = leaves[at], let (vocabulary, offset, _) = leaf.vocabulary, offset == 0,
            case .tensor(let tensor) = output, tensor.shape.rank >= 1, tensor.shape[tensor.shape.rank - 1].known == vocabulary.keys.count
        else { return isOne ? try first(output, in: call.context, at: call.span) : output }
        let classes = vocabulary.keys, scores = try call.context.force(tensor, at: call.span)
        var names: [Value] = []
        for row in 0..<(scores.count / max(classes.count, 1)) {
            var best = 0
            for i in 1..<max(classes.count, 1) where scores.double(at: row * classes.count + i) > scores.double(at: row * classes.count + best) {
                best = i
            }
            names.append(Value(classes[best].fieldValue))
        }
        return isOne && names.count == 1 ? names[0] : .list(names)
    }

    /// A batch for the model: of a row as a record or a text, of the numbers of a row, or of examples as they are.
    private static func prepared(
        _ value: Value, _ feature: Feature, _ dataset: Dataset, _ call: NativeCall
    ) throws(RuntimeFailure) -> (Value, isOne: Bool) {
        switch value {
        case .record(let record) where record.names != nil: return try batch([value], feature, dataset, call)
        case .dictionary: return try batch([value], feature, dataset, call)
        case .string: return try batch([try row(of: value, feature, call)], feature, dataset, call)
        case .list(let list):
            guard let first = list.items.first else { break }
            switch first {
            case .record(let record) where record.names != nil: return try several(list.items, feature, dataset, call)
            case .dictionary: return try several(list.items, feature, dataset, call)
            case .string:
                return try several(
                    try list.items.map { (item) throws(RuntimeFailure) in try row(of: item, feature, call) }, feature, dataset, call)
            default: break
            }
        default: break
        }
        let tensor = try call.context.concreteTensor(value, of: "`input`", at: call.span)
        guard feature.leaves.count == 1 else { return (value, false) }
        return examples(tensor, feature.leaves[0]) ?? (.tensor(TensorObject(tensor)), false)
    }

    /// A tensor that is one example, or the numbers of one as they stand in the source: scaled and shaped as in training. nil for a batch.
    private static func examples(_ tensor: Tensor, _ leaf: Feature.Leaf) -> (Value, isOne: Bool)? {
        func one(_ tensor: Tensor, _ shape: Shape) -> (Value, isOne: Bool) {
            (.tensor(TensorObject(tensor.reshaped(shape.inserting(1, at: 0)))), true)
        }
        switch leaf {
        case .ragged(let leaf): return tensor.shape.rank == leaf.item.rank + 1 ? one(tensor, tensor.shape) : nil
        case .computed(let rows, let part):
            let shape = rows.signatures[part].shape
            return tensor.shape == shape ? one(tensor, shape) : nil
        case .bulk(let leaf):
            let isRow = tensor.shape.rank == 1 && tensor.count == leaf.shape.elementCount
            guard tensor.shape == leaf.shape || isRow else { return nil }
            // A vector of a row's numbers is raw, as is whatever has no transform; a shaped example is taken as prepared.
            guard isRow, let transform = leaf.transform, let result = try? Tensor(uninitialized: leaf.type, shape: leaf.shape) else {
                return one(tensor, leaf.shape)
            }
            let width = transform.width ?? 1
            for i in 0..<tensor.count { result.write(transform.apply(tensor.double(at: i), at: i % width), at: i) }
            return one(result, leaf.shape)
        }
    }

    /// A text as a row of the only column that is wanted.
    private static func row(of text: Value, _ feature: Feature, _ call: NativeCall) throws(RuntimeFailure) -> Value {
        var names: Set<String> = []
        for leaf in feature.leaves { names.formUnion(leaf.columnNames) }
        guard names.count == 1, let name = names.first else {
            throw call.failure("E403", "the model was trained on several columns: give a row as a record", notes: names.sorted().map { "`\($0)`" })
        }
        // What functions made of a column starts from the column.
        let source = name.split(separator: "|").first.map(String.init) ?? name
        return .record(RecordObject(names: [source], fields: [text]))
    }

    private static func several(
        _ rows: [Value], _ feature: Feature, _ dataset: Dataset, _ call: NativeCall
    ) throws(RuntimeFailure) -> (Value, isOne: Bool) {
        let (value, isOne) = try batch(rows, feature, dataset, call)
        return (value, isOne && dataset.windows != nil)
    }

    /// Rows as records, through the columns of the training data. Of windows, every run of rows that is long enough is an example.
    private static func batch(
        _ rows: [Value], _ feature: Feature, _ dataset: Dataset, _ call: NativeCall
    ) throws(RuntimeFailure) -> (Value, isOne: Bool) {
        var table: any RecordSource = try RowList.table(rows, named: "predict", in: call.context, at: call.span)
        for column in dataset.derived {
            // A column that these rows cannot give (of the target, say) is missed only where it is wanted.
            if let extended = try? column.added(to: table, in: call.context) { table = extended }
        }
        let past = dataset.windows?.past ?? 1
        guard rows.count >= past else {
            throw call.failure("E403", "one example takes \(past) rows, here are \(rows.count)")
        }
        let numbers = Array(past - 1..<rows.count)
        var tensors: [BatchTensor] = []
        for leaf in feature.leaves {
            if case .computed(let computed, let part) = leaf {
                tensors.append(
                    try computed.over(table, in: call.context).batch(numbers[...], part: part, BatchSlot(), 0, in: call.context))
                continue
            }
            do throws(DataFailure) {
                switch leaf {
                case .bulk(let bulk): tensors.append(BatchTensor(try bulk.over(table).batch(numbers[...], BatchSlot(), 0)))
                case .ragged(let ragged):
                    let field = try table.field(named: ragged.source.fields[ragged.field].name)
                    tensors.append(try ragged.over(table, field: field).batch(numbers[...], BatchSlot(), 0))
                case .computed: continue
                }
            } catch { throw RuntimeFailure(data: error, at: call.span) }
        }
        return (feature.value(tensors[...]), numbers.count == 1)
    }

    /// The only row of a result.
    private static func first(_ value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        guard case .tensor(let tensor) = value, tensor.shape.rank > 0, tensor.shape[0] == 1 else { return value }
        let contents = try context.force(tensor, at: span)
        return .tensor(TensorObject(contents.reshaped(contents.shape.removing(axis: 0))))
    }
}

extension Feature.Leaf {
    /// The names of the columns that it is made of.
    fileprivate var columnNames: [String] {
        switch self {
        case .bulk(let leaf): leaf.fields.map { leaf.source.fields[$0].name }
        case .ragged(let leaf): [leaf.source.fields[leaf.field].name]
        case .computed(let rows, _): rows.columnNames
        }
    }
}

extension ComputedRows {
    /// The names of the columns that the functions get; none where they get the row.
    fileprivate var columnNames: [String] {
        switch function.argument {
        case .row: []
        case .field(let field): [function.source.fields[field].name]
        case .example(let leaf): leaf.columnNames
        }
    }
}
