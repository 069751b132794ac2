import DaedalSyntax

/// What the machine asks of the learning rooms. Networks are made through `NetworkObject` and `ModelBuilder`; everything else goes through here.
/// Set on `Session.learning` before a program runs.
package protocol LearningHooks: AnyObject {
    /// `minimize over a with o, b with p { … }`: the loss, or the record with a field `loss`.
    func minimize(_ request: MinimizeRequest, in context: EvaluationContext) throws(RuntimeFailure) -> Value

    /// `train model on data { … }`: the run.
    func train(_ request: TrainRequest, in context: EvaluationContext) throws(RuntimeFailure) -> Value

    /// A call of an `optimizer` declaration: the optimizer. `arguments` are aligned with the declared parameters (nil asks for the default),
    /// `common` are those of `OptimizerFactory.commonOptions` that were given. The implementation calls `factory.build`.
    func optimizer(
        _ factory: OptimizerFactory, _ arguments: [Value?], common: [(name: String, value: Value)], in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Value

    /// A `dataset` without parameters when its file begins to run, or a call of one with parameters. Nothing of it may be evaluated before a
    /// member is asked for: its clauses read names that are bound later. The implementation calls `factory.clauses`.
    func dataset(
        _ factory: DatasetFactory, _ arguments: [Value?], in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Value

    /// `model.name`; nil if there is no such member. With `isCall` it is about to be called (a method).
    func member(_ name: String, of model: ModelObject, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value?
    /// The names `member` answers to, for suggestions.
    func memberNames(of model: ModelObject) -> [String]
    /// `model.name = value`; false if there is no such member.
    func setMember(_ name: String, of model: ModelObject, to value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure)
        -> Bool
    /// `model[0]`, `model[..-1]`.
    func subscripted(_ model: ModelObject, _ items: [Index], in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value

    /// `print` inside a traced block: true if the values were kept to be printed after the step.
    func deferPrint(_ values: [Value], in context: EvaluationContext) -> Bool
}

/// One place in the program that learns (`minimize`, `train`, a model call): what the learning rooms remember about it stands in `memory`.
package final class SiteObject: Object {
    package let span: Span
    package var memory: AnyObject?
    package init(span: Span) { self.span = span }
    override package var kindName: String { "site" }
}

/// One execution of a `minimize`.
package struct MinimizeRequest {
    package struct Pair {
        package let subject: Value
        package let subjectSpan: Span
        package let optimizer: Value
        package let optimizerSpan: Span
    }
    package let pairs: [Pair]
    /// A function without parameters whose result is the loss.
    package let block: Value
    /// The values of names outside that the block itself uses and that never change (`let`, parameters, loop variables), then of each pair the subject
    /// and the optimizer. `var`s outside are noted in `EvaluationContext.variableLog` while the block runs.
    package let captures: [Value]
    /// The names of the first of them.
    package let names: [String]
    package let site: SiteObject
    package let span: Span
}

/// One execution of a `train`.
package struct TrainRequest {
    package let model: Value
    package let modelSpan: Span
    package let data: Value
    package let dataSpan: Span
    package let clauses: [ClauseCode]
    package let site: SiteObject
    package let span: Span
}

/// One clause of a `dataset` or `train`, ready to be evaluated.
package struct ClauseCode {
    package enum Kind {
        case arguments([ClauseArgument])
        /// `step (x, y) { … }` and `each epoch (e) { … }` (then `name` is `epoch`): a function of the declared parameters after two of its own,
        /// `model` and `optimizer`.
        case function(name: String?, Value, parameterCount: Int)
        /// `field angle = r => …`: a function without parameters that gives the value.
        case field(String, Value)
    }
    package let word: String
    package let kind: Kind
    /// The whole clause, and its word.
    package let span: Span
    package let wordSpan: Span
}

/// One argument of a clause. It is evaluated when it is asked for, as often as it is asked for.
package struct ClauseArgument {
    package let label: String?
    package let isSpread: Bool
    package let span: Span
    /// The text as parsed: `target input` and `stop on: loss` name things that are no values. Bare names in these places that nothing binds
    /// are allowed; their `evaluate` gives the name as a string.
    package let expression: Expression
    /// A function without parameters.
    package let thunk: Value

    package func evaluate(in context: EvaluationContext) throws(RuntimeFailure) -> Value { try context.call(thunk, Arguments(), at: span) }
}

extension [ClauseArgument] {
    /// Evaluates all arguments, spreads taken apart, as those of a call.
    package func evaluate(in context: EvaluationContext) throws(RuntimeFailure) -> Arguments {
        var result = Arguments()
        for argument in self {
            let value = try argument.evaluate(in: context)
            if argument.isSpread {
                guard case .list(let list) = value else {
                    throw RuntimeFailure("E202", "`...` spreads a list; this is \(value.kindWithArticle)", at: argument.span)
                }
                result.positional += list.items
            } else if let label = argument.label {
                result.named.append((label, value))
            } else {
                result.positional.append(value)
            }
        }
        return result
    }
}

/// An `optimizer` declaration with what it captured. The compiler's subclass runs the body.
package class OptimizerFactory: FunctionObject {
    /// The options that every optimizer takes beside its own.
    package static let commonOptions = ["clip_norm", "clip_value", "schedule", "groups"]

    /// Runs the body once for an optimizer: options and states are told to the builder, `update` is handed over.
    package func build(
        _ builder: any OptimizerBuilder, arguments: [Value?], in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) {
        preconditionFailure("an optimizer must say how its body runs")
    }
}

/// What the body of an `optimizer` tells while it runs.
package protocol OptimizerBuilder: AnyObject {
    /// Takes an option with the value given or its default. The body and `update` read the slot: `opt.rate = 0.1`, groups and schedules change it.
    func option(_ name: String, _ value: Value, at span: Span) throws(RuntimeFailure) -> SlotObject
    /// Declares `state name = initializer`. `initializer` is a function without parameters that gives a number, a tensor or a function of the
    /// shape. `update` reads and assigns the slot, which stands for the state of the parameter that is being updated.
    func declare(_ name: String, initializer: Value, at span: Span) throws(RuntimeFailure) -> SlotObject
    /// Hands over `update`, a function of parameter, gradient and step count (as many as it declares) that gives the new parameter.
    func update(_ function: Value, parameterCount: Int)
}

/// A `dataset` declaration with what it captured. The compiler's subclass makes the clauses.
package class DatasetFactory: FunctionObject {
    /// The clauses with their arguments for one set of parameters.
    package func clauses(_ arguments: [Value?], in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> [ClauseCode] {
        preconditionFailure("a dataset must say how its clauses are made")
    }
}
