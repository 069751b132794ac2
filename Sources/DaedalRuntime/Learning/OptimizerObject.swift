import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension OptimizerObject {
    /// Options for the parameters whose path fits a pattern.
    struct Group {
        let pattern: PathPattern
        let rule: OptimizerRule
        /// The options that the group names itself; the others follow the optimizer's.
        let own: Set<String>
    }
}

/// An optimizer made: its rule, the options that all optimizers take, and what it remembers of each parameter. A reference.
package final class OptimizerObject: Object {
    let name: String
    let rule: OptimizerRule
    /// Rules for parameters whose path fits a pattern; the first that fits.
    let groups: [Group]
    let clipNorm: Double?
    let clipValue: Double?
    /// What gives the factor on the rate; nil for a rate that stays.
    let schedule: OptimizerSchedule?
    /// Steps taken so far.
    @exclusivity(unchecked) private(set) var steps = 0
    /// Whether a `train` is using it: then the schedule hears of losses from there.
    var isInRun = false
    private var memories: [ObjectIdentifier: ParameterMemory] = [:]

    /// Makes an optimizer: what a call of its declaration does.
    package init(
        _ factory: OptimizerFactory, _ arguments: [Value?], common: [(name: String, value: Value)], in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) {
        name = factory.name
        rule = try Self.rule(factory, arguments, in: context, at: span)
        var groups: [Group] = []
        var clipNorm: Double?, clipValue: Double?, schedule: OptimizerSchedule?
        for (option, value) in common {
            if case .none = value { continue }
            switch option {
            case "clip_norm": clipNorm = try Self.positive(value, option, of: factory.name, at: span)
            case "clip_value": clipValue = try Self.positive(value, option, of: factory.name, at: span)
            case "schedule":
                // `constant` is the native that also keeps a value out of gradients: as a schedule it changes nothing.
                if case .function(let function) = value, function is NativeFunction, function.name == "constant" { continue }
                guard ModelObject.isCallable(value) || value.number != nil else {
                    throw RuntimeFailure(
                        "E202", "`schedule` is a function that gives a factor on the rate; this is \(value.kindWithArticle)", at: span)
                }
                schedule = OptimizerSchedule(value)
            default: groups = try Self.groups(value, factory, arguments, in: context, at: span)
            }
        }
        (self.groups, self.clipNorm, self.clipValue, self.schedule) = (groups, clipNorm, clipValue, schedule)
        super.init()
        if schedule != nil, rule.rate == nil {
            throw RuntimeFailure("E104", "a schedule acts on the option `rate`, which `\(name)` does not have", at: span)
        }
    }

    private static func rule(
        _ factory: OptimizerFactory, _ arguments: [Value?], in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> OptimizerRule {
        let rule = OptimizerRule()
        try factory.build(rule, arguments: arguments, in: context, at: span)
        guard rule.update != nil || context.isChecking else {
            throw RuntimeFailure("E307", "the optimizer `\(factory.name)` has no `update`", at: span)
        }
        return rule
    }

    private static func positive(_ value: Value, _ option: String, of name: String, at span: Span) throws(RuntimeFailure) -> Double? {
        switch value {
        case .int(let number) where number > 0: return Double(number)
        case .float(let number) where number > 0: return number
        case .size, .unknown: return nil
        default: throw RuntimeFailure("E202", "`\(option)` of `\(name)` is a number above 0", at: span)
        }
    }

    private static func groups(
        _ value: Value, _ factory: OptimizerFactory, _ arguments: [Value?], in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> [Group] {
        guard case .dictionary(let dictionary) = value else {
            throw RuntimeFailure(
                "E202", "`groups` is a dictionary from patterns to options, like `[\"*.bias\": (decay: 0)]`; this is \(value.kindWithArticle)",
                at: span)
        }
        var result: [Group] = []
        for (key, options) in zip(dictionary.keys, dictionary.values) {
            guard case .string(let pattern) = key, case .record(let record) = options, let names = record.names else {
                throw RuntimeFailure("E202", "`groups` maps a pattern (a string) to options (a record with names), like `(rate: 1e-5)`", at: span)
            }
            var own = arguments
            for (label, value) in zip(names, record.fields) {
                let wanted = ArgumentBinding.declaredName(label)
                guard let at = factory.parameters.firstIndex(where: { $0.name == wanted }), at < own.count else {
                    throw RuntimeFailure(
                        "E104", "`\(factory.name)` has no option `\(label)`", at: span,
                        fixes: Suggestion.nearest(to: label, in: factory.parameters.map(\.name)).map { [.init("did you mean `\($0)`?")] } ?? [])
                }
                own[at] = value
            }
            let named = Set(names.map { ArgumentBinding.declaredName($0) })
            result.append(Group(pattern: PathPattern(pattern), rule: try rule(factory, own, in: context, at: span), own: named))
        }
        return result
    }

    // MARK: As a value

    override package var kindName: String { "optimizer" }
    override package var text: String { "<\(name)>" }
    override package var memberNames: [String] { rule.options.map(\.name) + ["steps"] }

    override package func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        context.learning.block?.mustBeInterpreted()
        if name == "steps" { return .int(steps) }
        return rule.options.first { $0.name == name }?.value
    }

    override package func setMember(_ name: String, to value: Value, in context: EvaluationContext) throws(RuntimeFailure) -> Bool {
        guard let option = rule.options.first(where: { $0.name == name }) else { return false }
        option.value = value
        for group in groups where !group.own.contains(name) { group.rule.options.first { $0.name == name }?.value = value }
        // The rate is an input of every plan; other options are part of the traced update.
        if name != "rate" { context.session.modelGeneration += 1 }
        return true
    }

    // MARK: Memory

    /// The rule for a path.
    func rule(for path: String) -> OptimizerRule { groups.first { $0.pattern.matches(path) }?.rule ?? rule }

    /// What is remembered of a parameter, made at its first step.
    func memory(of parameter: Parameter, rule: OptimizerRule, in context: EvaluationContext) throws(RuntimeFailure) -> ParameterMemory {
        let signature = parameter.cell.signature
        if let memory = memories[ObjectIdentifier(parameter)], memory.parameter === parameter, memory.fits(signature) { return memory }
        var states: [TensorCell] = []
        for state in rule.states { states.append(TensorCell(try state.start(for: signature, in: context))) }
        let memory = ParameterMemory(parameter, states: states)
        memories[ObjectIdentifier(parameter)] = memory
        return memory
    }

    /// What is remembered of a parameter; nil before its first step.
    func knownMemory(of parameter: Parameter) -> ParameterMemory? {
        memories[ObjectIdentifier(parameter)].flatMap { $0.parameter === parameter ? $0 : nil }
    }

    /// Puts back what is remembered of a parameter, from a checkpoint.
    func restore(_ states: [Tensor], steps: Int, of parameter: Parameter) {
        let memory = ParameterMemory(parameter, states: states.map { TensorCell($0) })
        memory.steps = steps
        memories[ObjectIdentifier(parameter)] = memory
    }

    /// The options that are plain numbers, of the optimizer and then of its groups, by name.
    var optionValues: Value {
        .list(
            ([rule] + groups.map(\.rule)).map { rule in
                let plain = rule.options.filter { $0.value.number != nil }
                return .record(RecordObject(names: plain.map(\.name), fields: plain.map(\.value)))
            })
    }

    /// Sets options from `optionValues` of an optimizer of the same make.
    func setOptions(_ values: Value) {
        guard case .list(let rules) = values else { return }
        for (rule, values) in zip([rule] + groups.map(\.rule), rules.items) {
            guard case .record(let record) = values, let names = record.names else { continue }
            for (name, value) in zip(names, record.fields) { rule.options.first { $0.name == name }?.value = value }
        }
    }

    /// Counts a step that was committed.
    func countStep() { steps += 1 }

    /// Puts the counters back, for a run that starts over from a checkpoint.
    func restore(steps: Int) { self.steps = steps }

    /// The factor on the rate at the next step.
    func factor(in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Double {
        try schedule?.factor(beforeStep: steps + 1, in: context, at: span) ?? 1
    }
}

extension ParameterMemory {
    /// Whether the states have the parameter's shape still.
    func fits(_ signature: Signature) -> Bool { states.allSatisfy { $0.signature == signature } }
}

extension Value {
    /// A known number as a double.
    var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .float(let value): value
        default: nil
        }
    }
}
