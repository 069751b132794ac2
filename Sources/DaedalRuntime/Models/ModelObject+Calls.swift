import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension ModelObject {
    /// Calls the model: `forward`, or its steps one after the other, the first of which gets all arguments.
    package func call(_ arguments: Arguments, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        if let wrapped { return try wrapped.how.call(wrapped.model, arguments, in: context, at: span) }
        var arguments = takenApart(arguments)
        try tensorize(&arguments, in: context, at: span)
        if firstInputs == nil, !context.isChecking { firstInputs = arguments.signatures }
        if context.learning.calling == 0, context.learning.making <= 1, let forecast = context.session.forecast {
            forecast.noteCall(self, arguments, at: span)
        }
        if CallSite.applies(in: context) {
            let site = callSite ?? CallSite(self)
            callSite = site
            if let value = try site.call(self, arguments, in: context, at: span) { return value }
        }
        let start = context.learning.observer?.begin(in: context)
        context.path.enter("\(name).forward", input: arguments.firstTensorShape)
        context.learning.calling += 1
        var result: Value?
        defer {
            context.learning.calling -= 1
            if context.learning.calling == 0, !context.learning.passingStates.isEmpty { context.learning.passingStates = [:] }
            context.path.leave(step: name, result: result?.tensorShape)
        }
        let value = try context.followed(self, at: span) { () throws(RuntimeFailure) in
            if let forward { try context.call(forward, arguments, at: span) } else { try callSteps(arguments, in: context, at: span) }
        }
        result = value
        if let start { context.learning.observer?.end(self, value, since: start, in: context) }
        return value
    }

    /// One record whose fields are what `forward` names reaches it by name: `forward(user: [n], film: [n])`.
    private func takenApart(_ arguments: Arguments) -> Arguments {
        guard case .function(let function)? = forward, arguments.named.isEmpty, arguments.positional.count == 1,
            case .record(let record) = arguments.positional[0], let names = record.names,
            names.allSatisfy({ name in function.parameters.contains { $0.name == ArgumentBinding.declaredName(name) } })
        else { return arguments }
        return Arguments([], named: zip(names, record.fields).map { ($0, $1) })
    }

    private func callSteps(_ arguments: Arguments, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value {
        guard let first = steps.first else {
            guard let only = arguments.positional.first, arguments.positional.count == 1, arguments.named.isEmpty else {
                throw RuntimeFailure("E103", "\(name) has no steps, so it takes one argument and gives it back", at: span)
            }
            return only
        }
        var value = try callStep(first, 0, arguments, in: context, at: span)
        for (i, step) in steps.enumerated().dropFirst() { value = try callStep(step, i, Arguments([value]), in: context, at: span) }
        return value
    }

    /// Calls one step. Models note themselves in the path of shapes and show their results, for functions it is done here.
    private func callStep(
        _ step: (value: Value, span: Span), _ position: Int, _ arguments: Arguments, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Value {
        let place = step.span == .none ? span : step.span
        context.stepPlaces.append(StepPlace(depth: context.callDepth, span: place, model: name))
        defer { context.stepPlaces.removeLast() }
        guard case .function(let function) = step.value else { return try context.call(step.value, arguments, at: place) }
        let value = try context.passed(try context.call(step.value, arguments, at: place), String(position), at: place)
        context.path.step(function.name, result: value.tensorShape)
        return value
    }

    /// Lists of numbers arrive in models as tensors.
    private func tensorize(_ arguments: inout Arguments, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        // What is looked at through the reference is copied first: most calls have none of these.
        guard arguments.holdsNumberList else { return }
        for i in arguments.positional.indices where arguments.positional[i].isNumberList {
            if let tensor = try TensorLiteral.tensor(from: arguments.positional[i], in: context, at: span) {
                arguments.positional[i] = .tensor(tensor)
            }
        }
        for i in arguments.named.indices where arguments.named[i].value.isNumberList {
            if let tensor = try TensorLiteral.tensor(from: arguments.named[i].value, in: context, at: span) {
                arguments.named[i].value = .tensor(tensor)
            }
        }
    }
}

extension Arguments {
    /// The types and shapes of the arguments; nil unless all are tensors.
    var signatures: [(name: String?, signature: Signature)]? {
        var result: [(name: String?, signature: Signature)] = []
        for value in positional {
            guard case .tensor(let tensor) = value else { return nil }
            result.append((nil, tensor.signature))
        }
        for (name, value) in named {
            guard case .tensor(let tensor) = value else { return nil }
            result.append((name, tensor.signature))
        }
        return result
    }

    /// Whether a list of numbers is among the arguments.
    var holdsNumberList: Bool { positional.contains { $0.isNumberList } || named.contains { $0.value.isNumberList } }

    /// The shape of the first tensor among the arguments, for the path of shapes.
    var firstTensorShape: Shape? { positional.first?.tensorShape ?? named.first?.value.tensorShape }
}

extension Value {
    /// The shape of a tensor, or of the first tensor of a record.
    var tensorShape: Shape? {
        switch self {
        case .tensor(let tensor): tensor.shape
        case .record(let record): record.fields.first?.tensorShape
        default: nil
        }
    }

    /// Whether it is a list whose first innermost item is a number or boolean.
    var isNumberList: Bool {
        guard case .list(let list) = self, let first = list.items.first else { return false }
        return first.isNumber || first.isNumberList
    }
}
