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
        let (input, isOne) = try prepared(call[1], part.input, call)
        let output = try model.call(input.asModelArguments, in: context, at: call.span)
        guard let classes = memory.dataset.classes, case .tensor(let tensor) = output, tensor.shape.rank >= 1,
            tensor.shape[tensor.shape.rank - 1].known == classes.count
        else {
            return isOne ? try first(output, in: context, at: call.span) : output
        }
        let scores = try context.force(tensor, at: call.span)
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

    /// A batch for the model: of a row as a record, of the numbers of a row, or of examples as they are.
    private static func prepared(_ value: Value, _ feature: Feature, _ call: NativeCall) throws(RuntimeFailure) -> (Value, isOne: Bool) {
        switch value {
        case .record(let record) where record.names != nil: return (try batch([value], feature, call), true)
        case .dictionary: return (try batch([value], feature, call), true)
        case .list(let list):
            if let first = list.items.first, case .record = first { return (try batch(list.items, feature, call), false) }
        default: break
        }
        let tensor = try call.context.concreteTensor(value, of: "`input`", at: call.span)
        guard feature.leaves.count == 1 else { return (value, false) }
        let shape = feature.leaves[0].shape
        if tensor.shape == shape { return (.tensor(TensorObject(tensor.reshaped(shape.inserting(1, at: 0)))), true) }
        // The numbers of one row, as they stand in the source: scaled and shaped as in training.
        if case .bulk(let leaf) = feature.leaves[0], tensor.count == shape.elementCount, tensor.shape.rank == 1 {
            let result = try TensorLiteral.allocate(at: call.span) { () throws(AllocationFailure) in
                try Tensor(uninitialized: leaf.type, shape: shape.inserting(1, at: 0))
            }
            for i in 0..<tensor.count { result.write(leaf.transform?.apply(tensor.double(at: i), at: i) ?? tensor.double(at: i), at: i) }
            return (.tensor(TensorObject(result)), true)
        }
        return (.tensor(TensorObject(tensor)), false)
    }

    /// Rows as records, through the columns of the training data.
    private static func batch(_ rows: [Value], _ feature: Feature, _ call: NativeCall) throws(RuntimeFailure) -> Value {
        let table = try RowList.table(rows, named: "predict", in: call.context, at: call.span)
        var tensors: [Tensor] = []
        let numbers = Array(0..<rows.count)
        for leaf in feature.leaves {
            switch leaf {
            case .bulk(var bulk):
                do throws(DataFailure) {
                    bulk = bulk.over(
                        table, fields: try bulk.fields.map { (field) throws(DataFailure) in try table.field(named: bulk.source.fields[field].name) })
                    tensors.append(try bulk.batch(numbers[...], BatchSlot(), 0))
                } catch { throw RuntimeFailure(data: error, at: call.span) }
            case .computed(let computed, let part):
                tensors.append(try computed.over(table, in: call.context).batch(numbers[...], part: part, BatchSlot(), 0, in: call.context))
            }
        }
        return feature.value(tensors[...])
    }

    /// The only row of a result.
    private static func first(_ value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        guard case .tensor(let tensor) = value, tensor.shape.rank > 0, tensor.shape[0] == 1 else { return value }
        let contents = try context.force(tensor, at: span)
        return .tensor(TensorObject(contents.reshaped(contents.shape.removing(axis: 0))))
    }
}

extension BulkLeaf {
    /// The same over other rows.
    func over(_ source: any RecordSource, fields: [Int]) -> BulkLeaf {
        BulkLeaf(source: source, fields: fields, transform: transform, type: type, shape: shape, vocabulary: vocabulary)
    }
}

extension ComputedRows {
    /// The same functions over other rows.
    func over(_ source: any RecordSource, in context: EvaluationContext) throws(RuntimeFailure) -> ComputedRows {
        try ComputedRows(copying: self, over: source, in: context)
    }
}
