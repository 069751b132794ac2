import DaedalSyntax

/// What a loss or metric of the library takes, and what it must not be given.
struct LossKinds {
    /// What the prediction means, as errors say it.
    let wanted: TensorNotes.Meaning
    let refused: Set<TensorNotes.Meaning>
    /// What the target must not mean.
    let refusedTargets: Set<TensorNotes.Meaning>
    /// Whether only predictions of the target's rank are looked at by their sign.
    var isSign = false

    private static let classes = LossKinds(wanted: .logits, refused: [.probabilities, .labels], refusedTargets: [.logits, .logProbabilities])
    private static let binary = LossKinds(
        wanted: .logits, refused: [.probabilities, .logProbabilities, .labels], refusedTargets: [.logits, .logProbabilities])
    private static let sign = LossKinds(wanted: .logits, refused: [.probabilities], refusedTargets: [], isSign: true)

    static let all: [String: LossKinds] = [
        "cross_entropy": classes, "perplexity": classes, "bce": binary, "focal": binary, "dice": binary, "hinge": binary,
        "ctc": LossKinds(wanted: .logits, refused: [.probabilities, .labels], refusedTargets: []),
        "nll": LossKinds(
            wanted: .logProbabilities, refused: [.logits, .probabilities, .labels], refusedTargets: [.logits, .probabilities, .logProbabilities]),
        "kl": LossKinds(wanted: .logits, refused: [.probabilities, .labels], refusedTargets: [.probabilities, .labels]),
        "accuracy": sign, "precision": sign, "recall": sign, "f1": sign,
    ]
}

extension SymbolicEvaluator {
    /// Refuses a prediction or target whose meaning is not what the loss takes.
    func checkLoss(_ closure: SymbolicClosure, _ bound: [Value?], at span: Span) throws(RuntimeFailure) {
        guard closure.scope.isLibrary, let kinds = LossKinds.all[closure.name], bound.count >= 2, let prediction = bound[0] else { return }
        // A loss that another one is written with speaks of itself.
        if session.sources.source(of: span).isLibrary { return }
        let target = bound[1] ?? .none
        if kinds.isSign {
            guard case .tensor(let given) = prediction, case .tensor(let goal) = target, given.shape.rank == goal.shape.rank else { return }
        } else {
            try checkOrder(closure, kinds, prediction, target, at: span)
        }
        if let meaning = meaning(of: prediction), kinds.refused.contains(meaning) {
            throw wrongKind(closure.name, kinds, meaning, of: prediction, at: span)
        }
        if let meaning = meaning(of: target), kinds.refusedTargets.contains(meaning) {
            throw wrongTarget(closure.name, meaning, of: target, at: span)
        }
    }

    /// Prediction first, target second: integers in the place of the prediction before what a network gives are the two the wrong way round.
    private func checkOrder(_ closure: SymbolicClosure, _ kinds: LossKinds, _ prediction: Value, _ target: Value, at span: Span)
        throws(RuntimeFailure)
    {
        guard case .tensor(let first) = prediction, case .tensor(let second) = target, !first.type.isFloat, second.type.isFloat,
            second.notes?.meaning != nil
        else { return }
        throw RuntimeFailure(
            "E301", "`\(closure.name)` takes the prediction first and the target second; here they are the other way round", at: span,
            fixes: [.init("swap the first two arguments")])
    }

    private func wrongKind(
        _ name: String, _ kinds: LossKinds, _ meaning: TensorNotes.Meaning, of prediction: Value, at span: Span
    ) -> RuntimeFailure {
        let message: String
        let fix: String
        switch (meaning, kinds.wanted) {
        case (.probabilities, .logits) where kinds.isSign:
            message = "`\(name)` calls logits above 0 a yes, and probabilities always are"
            fix = "leave the sigmoid out, or compare yourself: `(p, t) => mean(cast((p > 0.5) == (t > 0.5), f32))`"
        case (.probabilities, .logits):
            message = "`\(name)` takes logits and applies softmax or sigmoid itself, but gets probabilities"
            fix = "leave the softmax or sigmoid out of what the loss sees, and apply it where the prediction is read"
        case (.labels, _):
            message = "`\(name)` takes \(kinds.wanted.plural), but gets class labels, which have no gradient"
            fix = "leave the `argmax` out of what the loss sees"
        case (_, .logProbabilities):
            message = "`\(name)` takes log-probabilities, but gets \(meaning.plural)"
            fix = meaning == .logits ? "write `log_softmax(…)` around the prediction, or use `cross_entropy`" : "use `log_softmax`"
        default:
            message = "`\(name)` takes \(kinds.wanted.plural), but gets \(meaning.plural)"
            fix = "leave the `log_softmax` out of what the loss sees"
        }
        return RuntimeFailure(Diagnostic(.error, "E301", message, at: span, labels: labels(of: prediction, meaning), fixes: [.init(fix)]))
    }

    private func wrongTarget(_ name: String, _ meaning: TensorNotes.Meaning, of target: Value, at span: Span) -> RuntimeFailure {
        let wanted: String
        let fix: String
        switch name {
        case "kl":
            wanted = "logits"
            fix = "leave the softmax out: `kl` applies it to both"
        case "nll":
            wanted = "class labels"
            fix = "give the integer classes, not scores of them"
        default:
            wanted = name == "cross_entropy" || name == "perplexity" ? "class labels or probabilities" : "numbers between 0 and 1"
            fix = name == "cross_entropy" ? "write `softmax(…)` around the target, or use `kl`" : "write `sigmoid(…)` around the target"
        }
        return RuntimeFailure(
            Diagnostic(
                .error, "E301", "the target of `\(name)` is \(wanted), but here are \(meaning.plural)", at: span, labels: labels(of: target, meaning),
                fixes: [.init(fix)]))
    }

    /// Says of shapes that do not fit inside a loss of the library what it was given.
    func noteLoss(_ failure: RuntimeFailure, _ closure: SymbolicClosure, _ bound: [Value?], at span: Span) {
        guard failure.diagnostic.code == "E201", closure.scope.isLibrary, closure.parameters.prefix(2).map(\.name) == ["prediction", "target"],
            bound.count >= 2, !session.sources.source(of: span).isLibrary, case .tensor(let prediction)?? = bound.first,
            case .tensor(let target)? = bound[1]
        else { return }
        failure.diagnostic.message = "`\(closure.name)` cannot compare the prediction \(prediction.shape) with the target \(target.shape)"
        failure.diagnostic.fixes = []
        let (long, short) = (prediction.shape, target.shape)
        if long.rank == short.rank + 1, long.last == 1 {
            failure.diagnostic.notes.append("they would meet all with all, not one by one")
            failure.diagnostic.fixes = [
                .init("drop the last axis of the prediction with `x => x[.., 0]` as the last step, or give the target one: `|> reshape(1)`")
            ]
        } else if short.rank == 1, long.rank > 2, LossKinds.all[closure.name] != nil {
            failure.diagnostic.fixes = [.init("end the network with `Flatten -> Dense(classes)`, so that it gives one row of scores an example")]
        }
    }

    /// Where the numbers were made, if that is in the user's text.
    private func labels(of value: Value, _ meaning: TensorNotes.Meaning) -> [Diagnostic.Label] {
        guard case .tensor(let tensor) = value, let notes = tensor.notes else { return [] }
        let place = meaningPlaces[ObjectIdentifier(notes)]?.span ?? .none
        guard place != .none, !session.sources.source(of: place).isLibrary else { return [] }
        return [.init(place, "\(meaning.plural) are made here")]
    }
}
