import DaedalSyntax

/// What numbers mean, by the library function or layer that made them.
enum Meaning {
    /// The meaning of a library function's result.
    static let results: [String: TensorNotes.Meaning] = [
        "softmax": .probabilities, "sigmoid": .probabilities, "log_softmax": .logProbabilities, "argmax": .labels,
    ]
    /// Layers of the library whose plain results are unbounded scores.
    static let scoringLayers: Set<String> = ["Dense", "Conv"]
    /// Natives and operators through which a meaning passes: they move numbers and do not change them.
    static let movements: Set<String> = [
        "reshape", "transpose", "permute", "squeeze", "expand", "index", "concat", "stack", "flip", "cast", "constant", "clip", "Flatten",
    ]
    /// Reductions of probabilities that are probabilities again.
    static let averages: Set<String> = ["mean", "max", "min"]
}

extension TensorNotes.Meaning {
    /// The plural that errors use.
    var plural: String {
        switch self {
        case .logits: "logits"
        case .probabilities: "probabilities"
        case .logProbabilities: "log-probabilities"
        case .labels: "class labels"
        }
    }
}

extension SymbolicEvaluator {
    /// Carries the meaning of the tensors over to the result of something that only moves numbers.
    func keepMeaning(of values: [Value], in result: Value, through operation: String, at span: Span) -> Value {
        if let meaning = Meaning.results[operation] { return mark(result, meaning, at: span) }
        if operation == "log", let first = values.first, meaning(of: first) == .probabilities { return mark(result, .logProbabilities, at: span) }
        let isAverage = Meaning.averages.contains(operation)
        guard Meaning.movements.contains(operation) || isAverage, case .tensor(let new) = result, new.notes == nil else { return result }
        let sources = tensors(in: values)
        guard let notes = sources.first?.notes, let meaning = notes.meaning, sources.allSatisfy({ $0.notes?.meaning == meaning }) else {
            return result
        }
        if isAverage && meaning != .probabilities { return result }
        new.notes = notes
        return result
    }

    /// The tensors whose numbers an operation moves.
    private func tensors(in values: [Value]) -> [TensorObject] {
        values.flatMap { value -> [TensorObject] in
            switch value {
            case .tensor(let tensor): [tensor]
            case .list(let list): tensors(in: list.items)
            default: []
            }
        }
    }

    /// What the numbers of a value are known to mean.
    func meaning(of value: Value) -> TensorNotes.Meaning? { if case .tensor(let tensor) = value { tensor.notes?.meaning } else { nil } }

    /// Marks the result of a library function with what its numbers mean.
    func giveMeaning(_ closure: SymbolicClosure, _ result: Value, at span: Span) -> Value {
        guard closure.scope.isLibrary else { return result }
        if let model = closure.scope.model, Meaning.scoringLayers.contains(model.name) {
            return mark(result, .logits, at: session.sources.source(of: span).isLibrary ? model.span : span)
        }
        guard let meaning = Meaning.results[closure.name] else { return result }
        return mark(result, meaning, at: span)
    }

    private func mark(_ result: Value, _ meaning: TensorNotes.Meaning, at span: Span) -> Value {
        guard case .tensor(let tensor) = result, tensor.notes?.meaning == nil || meaning != .logits else { return result }
        let notes = TensorNotes()
        notes.meaning = meaning
        notes.lengths = tensor.notes?.lengths
        tensor.notes = notes
        meaningPlaces[ObjectIdentifier(notes)] = (notes, span)
        return result
    }
}
