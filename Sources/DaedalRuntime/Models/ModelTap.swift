import DaedalSyntax

/// Follows one call of a model by the paths of its parts: notes what they give (`watch`) or passes it through functions (`through`).
final class ModelTap {
    /// The wish of one pattern of paths.
    struct Wish {
        let pattern: PathPattern
        /// What a result is passed through; nil where it is only looked at.
        let function: Value?
        fileprivate var isMet = false
        fileprivate var isMetInLoop = false

        init(_ pattern: String, function: Value? = nil) {
            self.pattern = PathPattern(pattern)
            self.function = function
        }
    }

    private let model: ModelObject
    private var wishes: [Wish]
    private let trace: Trace
    /// The first path of every part.
    private var paths: [ObjectIdentifier: String] = [:]
    /// The paths of the calls under way, innermost last; nil for models that are no parts.
    private var calls: [String?] = []
    /// The paths met in this call.
    private var met: [String] = []
    /// What was seen, in the order in which it came about; a part that was called again has its last result.
    let seen = DictionaryObject()

    init(_ model: ModelObject, _ wishes: [Wish], in context: EvaluationContext) {
        self.model = model
        self.wishes = wishes
        trace = context.trace
        model.visit { path, part in paths[ObjectIdentifier(part)] = path }
    }

    /// Begins a call of a model.
    func enter(_ model: ModelObject) { calls.append(paths[ObjectIdentifier(model)]) }

    /// Ends the innermost call.
    func leave() { calls.removeLast() }

    /// The path of the model that is being called, or of a name in it; nil outside of the model that is followed.
    func path(_ label: String?) -> String? {
        guard case let path?? = calls.last else { return nil }
        return label.map { ModelObject.join(path, $0) } ?? path
    }

    /// Takes note of a value that came about under a path, and gives what goes on in its place.
    func pass(_ value: Value, at path: String, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        // The model itself is no part of itself.
        guard !path.isEmpty else { return value }
        var value = value
        met.append(path)
        for i in wishes.indices where wishes[i].pattern.matches(path) {
            if let function = wishes[i].function {
                wishes[i].isMet = true
                value = try context.call(function, Arguments([value]), at: span)
            } else if context.trace === trace {
                wishes[i].isMet = true
                seen[.string(path)] = value
            } else {
                // The body of a loop has a value for each turn, which is gone when the turn is over.
                wishes[i].isMetInLoop = true
            }
        }
        return value
    }

    /// Evaluates `body` as the call that is followed. Every pattern must stand for something.
    func follow(
        in context: EvaluationContext, at span: Span, _ body: () throws(RuntimeFailure) -> Value
    ) throws(RuntimeFailure) -> Value {
        context.learning.taps.append(self)
        defer { context.learning.taps.removeLast() }
        let value = try body()
        try finish(at: span)
        return value
    }

    private func finish(at span: Span) throws(RuntimeFailure) {
        guard let wish = wishes.first(where: { !$0.isMet }) else { return }
        let text = wish.pattern.text
        if wish.isMetInLoop {
            throw RuntimeFailure(
                "E318", "`\(text)` is inside a loop, where it has a value for each turn and none afterwards", at: span,
                notes: ["let the step of the `scan` give the value out"])
        }
        let known = model.partPaths
        // A part that this call did not come by has nothing to be seen.
        if known.contains(where: wish.pattern.matches) { return }
        let paths = Array(Set(known + met)).filter { !$0.isEmpty }.sorted()
        throw RuntimeFailure(
            "E318", "\(model.name) has no part `\(text)`", at: span,
            notes: paths.isEmpty
                ? ["it has no parts"] : ["it has " + paths.prefix(12).map { "`\($0)`" }.joined(separator: ", ") + (paths.count > 12 ? ", …" : "")],
            fixes: Suggestion.nearest(to: text, in: paths).map { [.init("did you mean \"\($0)\"?")] } ?? [])
    }
}

extension EvaluationContext {
    /// Evaluates `body` as the call of a model, and passes its result by whoever follows.
    func followed(_ model: ModelObject, at span: Span, _ body: () throws(RuntimeFailure) -> Value) throws(RuntimeFailure) -> Value {
        if learning.taps.isEmpty { return try body() }
        return try inside(model) { () throws(RuntimeFailure) in try passed(try body(), nil, at: span) }
    }

    /// Evaluates `body` with the names in it under the path of a model, for whoever follows.
    func inside(_ model: ModelObject, _ body: () throws(RuntimeFailure) -> Value) throws(RuntimeFailure) -> Value {
        let taps = learning.taps
        for tap in taps { tap.enter(model) }
        defer { for tap in taps { tap.leave() } }
        return try body()
    }

    /// Shows a value to whoever follows the model that is being called: under its own path, or that of a name in it.
    func passed(_ value: Value, _ label: String?, at span: Span) throws(RuntimeFailure) -> Value {
        var value = value
        for tap in learning.taps.reversed() {
            if let path = tap.path(label) { value = try tap.pass(value, at: path, in: self, at: span) }
        }
        return value
    }
}
