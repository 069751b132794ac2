import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension SymbolicEvaluator {
    /// Natives with effects of which the checker knows more than the kind of the result; nil for all others.
    func effect(_ name: String, _ values: [Value], at span: Span) throws(RuntimeFailure) -> Value? {
        switch name {
        case "column", "columns":
            guard columnSource != nil, let selector = values.first else { return nil }
            return try columns(name, selector, at: span)
        case "standardize", "normalize":
            guard case .tensor(let tensor)? = values.first else { return nil }
            return symbolicTensor(Signature(type: tensor.type.isFloat ? tensor.type : .f32, shape: tensor.shape))
        case "vocabulary":
            switch values.first {
            case .tensor(let tensor)?: return symbolicTensor(Signature(type: .i64, shape: tensor.shape))
            case .unknown(.string)?: return symbolicTensor(Signature(type: .i64, shape: .scalar))
            default: return nil
            }
        case "windows":
            var count: Int?
            if case .int(let past)? = values.dropFirst().first { count = past } else if case .int(let future)? = values.last { count = future }
            guard case .tensor(let tensor)? = values.first, let size = count.flatMap({ Size(exactly: $0) }), tensor.shape.rank + 1 < Shape.maximumRank
            else { return nil }
            return symbolicTensor(Signature(type: tensor.type, shape: tensor.shape.inserting(size, at: 0)))
        case "csv", "tsv", "memory", "rows", "idx", "npy", "npz", "jsonl", "images", "wav", "text", "sqlite":
            return try opened(name, values, at: span).map { .object($0) }
        case "evaluate": return try evaluation(values, at: span)
        case "fail" where uncertainty == 0 && session.sources.source(of: span).isLibrary:
            if case .string(let text)? = values.first { throw RuntimeFailure("E510", text.text, at: span) }
            return nil
        case "freeze", "unfreeze":
            if case .object(let model as SymbolicModel)? = values.first {
                var parts: [ObjectIdentifier: SymbolicModel] = [:]
                model.collect(into: &parts)
                for part in parts.values { part.isFrozen = name == "freeze" }
            }
            return values.first
        case "copy":
            guard case .object(let model as SymbolicModel)? = values.first else { return values.first }
            return try copy(model)
        case "in_training", "in_evaluation": return values.first
        case "watch":
            guard case .object(let model as SymbolicModel)? = values.first else { return nil }
            return .object(SymbolicWatch(model))
        case "_placed": return place(values)
        default: return nil
        }
    }

    /// A model made again from the same arguments; its sizes are free until an input fixes them.
    private func copy(_ model: SymbolicModel) throws(RuntimeFailure) -> Value {
        if model.isOpaque { return .unknown(.model) }
        let result: SymbolicModel
        if let network = model.made {
            guard case .object(let made as SymbolicModel) = try make(network, model.arguments, at: model.span) else { return .unknown(.model) }
            result = made
        } else {
            var parts: [Value] = []
            for step in model.steps {
                if case .object(let part as SymbolicModel) = step.callee { parts.append(try copy(part)) } else { parts.append(step.callee) }
            }
            if parts.contains(where: \.hasUnknown) { return .unknown(.model) }
            result = SymbolicModel(chain: parts, at: model.span)
        }
        result.trainedOn = model.trainedOn
        result.measures = model.measures
        return .object(result)
    }

    /// `evaluate(model, on: split)`: one batch of the split goes through the model, the loss and the metrics.
    private func evaluation(_ values: [Value], at span: Span) throws(RuntimeFailure) -> Value? {
        guard values.count == 4, case .object(let model as SymbolicModel) = values[0] else { return nil }
        let split: SymbolicSplit
        switch values[1] {
        case .object(let part as SymbolicSplit): split = part
        case .object(let dataset as SymbolicDataset):
            let names = dataset.splits ?? []
            split = SymbolicSplit(dataset, names.contains("test") ? "test" : names.contains("all") ? "all" : names.first ?? "train")
        case .unknown: return nil
        case .object: return nil
        default:
            throw RuntimeFailure(
                "E202", "`evaluate`: `on` is a split of a dataset, like `Digits.test`; this is \(values[1].kindWithArticle)", at: span)
        }
        if uncertainty == 0 { try checkRows(of: model, on: split, at: span) }
        let (x, y) = split.pair(self)
        purposes.append((session.sources.source(of: span).text(span), span))
        defer { purposes.removeLast() }
        let prediction = try call(.object(model), x.asModelArguments, at: span)
        if uncertainty == 0 { try checkOrigins(of: prediction, batch: [x, y], on: split, at: span) }
        var names: [String]?
        switch values[3] {
        case .none: names = model.measures ?? nil
        case .record(let record): names = record.names
        case .list(let list): names = list.items.allSatisfy(\.isFunction) ? list.items.compactMap(\.givenName) : nil
        default: names = nil
        }
        let metrics: [Value] =
            switch values[3] {
            case .record(let record): record.fields
            case .list(let list): list.items
            default: []
            }
        for metric in [values[2]] + metrics where metric.isFunction && !y.isAbsent { _ = try call(metric, Arguments([prediction, y]), at: span) }
        guard let names else { return .unknown(.anything) }
        let hasLoss = !values[2].isAbsent || model.measures != nil
        let all = hasLoss ? ["loss"] + names : names
        return .record(RecordObject(names: all, fields: all.map { _ in .unknown(.anything) }))
    }
}

extension Value {
    var isFunction: Bool { if case .function = self { true } else { false } }
    /// The name of a function.
    var givenName: String? { if case .function(let function) = self { function.name } else { nil } }
}
