import DaedalSyntax

/// What numbers mean, by the library function that made them, and what losses take.
enum Meaning {
    /// The meaning of a library function's result.
    static let results: [String: TensorNotes.Meaning] = ["softmax": .probabilities, "sigmoid": .probabilities, "log_softmax": .logProbabilities]
    /// The meaning a loss needs of its prediction.
    static let losses: [String: TensorNotes.Meaning] = ["cross_entropy": .logits, "bce": .logits, "focal": .logits, "nll": .logProbabilities]
    /// Natives and operators through which a meaning passes: they move numbers and do not change them.
    static let movements: Set<String> = [
        "reshape", "transpose", "permute", "squeeze", "expand", "index", "concat", "stack", "flip", "cast", "constant",
    ]
}

extension SymbolicEvaluator {
    /// Carries the meaning of the first tensor over to the result of something that only moves numbers.
    func keepMeaning(of values: [Value], in result: Value, through operation: String) -> Value {
        if let meaning = Meaning.results[operation] { return mark(result, meaning, at: .none) }
        guard Meaning.movements.contains(operation), case .tensor(let new) = result, new.notes == nil else { return result }
        for case .tensor(let old) in values where old.notes?.meaning != nil {
            new.notes = old.notes
            break
        }
        return result
    }

    func keepMeaning(of values: [Value], in result: Value, through operation: BinaryOperator) -> Value { result }

    /// Marks the result of a library function with what its numbers mean.
    func giveMeaning(_ closure: SymbolicClosure, _ result: Value, at span: Span) -> Value {
        guard closure.scope.isLibrary, let meaning = Meaning.results[closure.name] else { return result }
        return mark(result, meaning, at: span)
    }

    private func mark(_ result: Value, _ meaning: TensorNotes.Meaning, at span: Span) -> Value {
        guard case .tensor(let tensor) = result else { return result }
        let notes = TensorNotes()
        notes.meaning = meaning
        tensor.notes = notes
        meaningPlaces[ObjectIdentifier(notes)] = (notes, span)
        return result
    }

    /// Refuses a prediction whose meaning is not what the loss takes.
    func checkLoss(_ closure: SymbolicClosure, _ bound: [Value?], at span: Span) throws(RuntimeFailure) {
        guard closure.scope.isLibrary, let wanted = Meaning.losses[closure.name], case .tensor(let prediction)?? = bound.first,
            let notes = prediction.notes, let meaning = notes.meaning, meaning != wanted
        else { return }
        let place = meaningPlaces[ObjectIdentifier(notes)]?.span ?? .none
        let (maker, message): (String, String) =
            switch (meaning, wanted) {
            case (.probabilities, .logits):
                ("probabilities", "`\(closure.name)` takes logits and applies softmax or sigmoid itself, but gets probabilities")
            case (.logProbabilities, .logits): ("log-probabilities", "`\(closure.name)` takes logits, but gets log-probabilities")
            case (.probabilities, .logProbabilities): ("probabilities", "`\(closure.name)` takes log-probabilities, but gets probabilities")
            default: ("these", "`\(closure.name)` takes other values than these")
            }
        let isVisible = place != .none && !session.sources.source(of: place).isLibrary
        throw RuntimeFailure(
            Diagnostic(
                .error, "E301", message, at: span, labels: isVisible ? [Diagnostic.Label(place, "\(maker) are made here")] : [],
                fixes: [
                    Diagnostic.Fix(
                        wanted == .logits
                            ? "leave the softmax or sigmoid out of what the loss sees, and apply it where the prediction is read"
                            : "use `log_softmax`")
                ]))
    }
}
