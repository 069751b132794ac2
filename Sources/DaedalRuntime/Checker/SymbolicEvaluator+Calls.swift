import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension SymbolicEvaluator {
    /// The arguments of a call or record, spreads taken apart.
    func arguments(_ arguments: [Argument], _ scope: SymbolicScope) throws(RuntimeFailure) -> Arguments {
        var result = Arguments()
        for argument in arguments {
            let value = try evaluate(argument.value, scope)
            if argument.isSpread {
                if let items = items(of: value) { result.positional += items } else { result.positional.append(.unknown(.anything)) }
            } else if let label = argument.label {
                result.named.append((label.text, value))
            } else {
                result.positional.append(value)
            }
        }
        return result
    }

    func callExpression(_ callee: Expression, _ given: [Argument], _ scope: SymbolicScope, at span: Span) throws(RuntimeFailure) -> Value {
        if case .member(let base, let name) = callee.kind {
            let subject = try evaluate(base, scope)
            var arguments = try arguments(given, scope)
            if spreadsUnknown(given, arguments) { return .unknown(.anything) }
            if let member = try memberValue(subject, name.text, at: name.span) {
                do throws(RuntimeFailure) { return try call(member, arguments, at: span) } catch { throw pointed(error, at: span, given) }
            }
            if case .unknown = subject { return .unknown(.anything) }
            let declared = ArgumentBinding.declaredName(name.text)
            let function = try self.name(declared, scope, at: name.span)
            if case .unknown = function {
                let isNowhere =
                    scope.cell(declared) == nil && NativeTable.lookup(declared) == nil
                    && !session.library.declares(declared, forLibrary: scope.isLibrary)
                if isNowhere, let names = memberNames(of: subject) { throw missingMember(name, of: subject, names, scope, isCall: true) }
                return .unknown(.anything)
            }
            arguments.positional.insert(subject, at: 0)
            return try call(function, arguments, at: span)
        }
        let function = try evaluate(callee, scope)
        let arguments = try arguments(given, scope)
        if spreadsUnknown(given, arguments) { return .unknown(.anything) }
        do throws(RuntimeFailure) { return try call(function, arguments, at: span) } catch { throw pointed(error, at: span, given) }
    }

    /// A refused option is underlined itself, not the whole call.
    private func pointed(_ failure: RuntimeFailure, at span: Span, _ given: [Argument]) -> RuntimeFailure {
        guard ["E104", "E105"].contains(failure.diagnostic.code), failure.diagnostic.span == span else { return failure }
        for argument in given {
            guard let label = argument.label, failure.diagnostic.message.contains("`\(label.text)`") else { continue }
            if failure.diagnostic.code == "E104", !failure.diagnostic.message.hasSuffix("no option `\(label.text)`") { continue }
            failure.diagnostic.span = label.span
            for at in failure.diagnostic.fixes.indices {
                let name = failure.diagnostic.fixes[at].message.split(separator: "`")
                if name.count == 3 {
                    failure.diagnostic.fixes[at] = .init(failure.diagnostic.fixes[at].message, span: label.span, replacement: String(name[1]))
                }
            }
        }
        return failure
    }

    /// A spread of something unknown may be any number of arguments.
    private func spreadsUnknown(_ given: [Argument], _ arguments: Arguments) -> Bool {
        given.contains(where: \.isSpread) && arguments.positional.contains { if case .unknown(.anything) = $0 { true } else { false } }
    }

    func pipe(_ left: Expression, _ right: Expression, _ scope: SymbolicScope, at span: Span) throws(RuntimeFailure) -> Value {
        let subject = try evaluate(left, scope)
        if case .call(let callee, let given) = right.kind {
            let function = try evaluate(callee, scope)
            var arguments = try arguments(given, scope)
            if case .function(let network as SymbolicNetwork) = function {
                let model = try call(.function(network), arguments, at: right.span)
                return try call(model, Arguments([subject]), at: span)
            }
            arguments.positional.insert(subject, at: 0)
            return try call(function, arguments, at: right.span)
        }
        return try call(try evaluate(right, scope), Arguments([subject]), at: span)
    }

    /// `f -> g`: with a network or model among them a model, else a composition.
    func compose(_ first: Value, _ second: Value, _ scope: SymbolicScope, at span: Span) throws(RuntimeFailure) -> Value {
        var parts: [Value] = []
        for value in [first, second] {
            switch value {
            case .unknown: return .unknown(.anything)
            case .function(let composition as Composition): parts += composition.parts
            case .object(let model as SymbolicModel) where model.isChain: parts += model.steps.map(\.callee)
            case .function(let network as SymbolicNetwork): parts.append(try call(.function(network), Arguments(), at: span))
            case .function, .object(is SymbolicModel): parts.append(value)
            default: throw RuntimeFailure("E210", "`->` joins things that can be called; here is \(value.kindWithArticle)", at: span)
            }
        }
        if parts.contains(where: { if case .object(is SymbolicModel) = $0 { true } else { false } }) {
            return .object(SymbolicModel(chain: parts, at: span))
        }
        let parameters: [ParameterInfo] = if case .function(let function) = parts[0] { function.parameters } else { [] }
        return .function(Composition(parts: parts, parameters: parameters))
    }

    /// Calls anything callable.
    func dispatch(_ callee: Value, _ arguments: Arguments, at span: Span) throws(RuntimeFailure) -> Value {
        if exhausted() { return .unknown(.anything) }
        switch callee {
        case .unknown:
            unknownCalls += 1
            return .unknown(.anything)
        case .function(let function): return try call(function, arguments, at: span)
        case .object(let model as SymbolicModel): return try apply(model, arguments, at: span)
        case .object(let watch as SymbolicWatch): return try apply(watch, arguments, at: span)
        default: throw RuntimeFailure("E211", "\(callee.kindWithArticle) cannot be called", at: span)
        }
    }

    private func call(_ function: FunctionObject, _ arguments: Arguments, at span: Span) throws(RuntimeFailure) -> Value {
        if let partial = function as? PartialFunction {
            let named = partial.preset.filter { preset in !arguments.named.contains { $0.name == preset.name } }
            return try call(partial.base, Arguments(arguments.positional, named: arguments.named + named), at: span)
        }
        if let composition = function as? Composition {
            var value = try call(composition.parts[0], arguments, at: span)
            for part in composition.parts.dropFirst() { value = try call(part, Arguments([value]), at: span) }
            return value
        }
        let bound: [Value?]
        switch try ArgumentBinding.bind(takenApart(arguments, for: function), to: function.parameters, of: function.name, at: span) {
        case .complete(let values): bound = values
        case .options(let preset):
            try checkUnits(of: function, preset, at: span)
            let left = function.parameters.filter { parameter in !preset.contains { ArgumentBinding.declaredName($0.name) == parameter.name } }
            return .function(PartialFunction(base: .function(function), preset: preset, name: function.name, parameters: left))
        }
        switch function {
        case let native as NativeFunction: return try call(native, bound, at: span)
        case let closure as SymbolicClosure: return try call(closure, bound, at: span)
        case let network as SymbolicNetwork: return try make(network, bound, at: span)
        case let optimizer as SymbolicOptimizerDeclaration: return try make(optimizer, bound, at: span)
        case let dataset as SymbolicDatasetDeclaration: return try make(dataset, bound)
        default: return .unknown(.anything)
        }
    }

    /// A lambda of several names called with one record or list takes it apart.
    private func takenApart(_ arguments: Arguments, for function: FunctionObject) -> Arguments {
        guard let closure = function as? SymbolicClosure, closure.function.name == nil, closure.parameters.count > 1, arguments.named.isEmpty,
            arguments.positional.count == 1
        else { return arguments }
        switch arguments.positional[0] {
        case .record(let record) where record.fields.count == closure.parameters.count: return Arguments(record.fields)
        case .list(let list) where list.items.count == closure.parameters.count: return Arguments(list.items)
        case .unknown: return Arguments(closure.parameters.map { _ in .unknown(.anything) })
        default: return arguments
        }
    }

    private func call(_ native: NativeFunction, _ bound: [Value?], at span: Span) throws(RuntimeFailure) -> Value {
        var values: [Value] = []
        for (parameter, value) in zip(native.nativeParameters, bound) { values.append(value ?? parameter.defaultValue ?? .none) }
        let known = values.allSatisfy(\.isFullyKnown)
        for (at, value) in values.enumerated() {
            if case .object(let object) = value, object is SymbolicHistory { values[at] = .unknown(.list) }
        }
        if NativeKnowledge.changesModels.contains(native.name), case .object(let model as SymbolicModel)? = values.first { model.isOpaque = true }
        if case .effect = native.purity {} else if values.contains(where: \.isOutOfReach) { return .unknown(.anything) }
        switch native.purity {
        case .symbolic:
            if values.contains(where: \.hasUnknown), !NativeKnowledge.needsStructureOnly.contains(native.name) {
                return .unknown(values.contains { $0.isTensor || $0.isUnknownTensor } ? .tensor : .anything)
            }
        case .pure(let result):
            if !known, !NativeKnowledge.needsStructureOnly.contains(native.name) { return NativeKnowledge.result(of: native.name, values, result) }
        case .effect(let result):
            if let special = try effect(native.name, values, at: span) { return special }
            return .unknown(result)
        case .value(let result): return .unknown(result)
        }
        var nativeCall = NativeCall(context: self, arguments: values, span: span, function: native)
        let unknownBefore = unknownResults
        do {
            return keepMeaning(of: values, in: try native.body(&nativeCall), through: native.name, at: span)
        } catch {
            if error.isUnknownWhileChecking { return .unknown(values.contains(where: \.isTensor) ? .tensor : .anything) }
            // What the native itself says of an answer that only the running program knows is no mistake of the user's.
            let isMisled = unknownResults != unknownBefore && error.frames.isEmpty
            if case .symbolic = native.purity, !isMisled { throw error }
            // Nor is it one when a plain function stumbles over a symbol.
            if known, uncertainty == 0, !isMisled { throw error }
            if case .pure(let result) = native.purity { return .unknown(result) }
            return .unknown(.anything)
        }
    }

    func call(_ closure: SymbolicClosure, _ bound: [Value?], at span: Span) throws(RuntimeFailure) -> Value {
        let identity = ObjectIdentifier(closure.function)
        callCounts[identity, default: 0] += 1
        if activeFunctions.count >= 60 || activeFunctions.lazy.filter({ $0 == identity }).count >= 12 || callCounts[identity, default: 0] > 4000 {
            unknownCalls += 1
            return .unknown(.anything)
        }
        try checkLoss(closure, bound, at: span)
        activeFunctions.append(identity)
        frames.append(Frame(uncertainty: uncertainty))
        defer {
            activeFunctions.removeLast()
            frames.removeLast()
        }
        do {
            let scope = SymbolicScope(parent: closure.scope)
            try bind(closure.function.parameters, bound, scope, at: span)
            if let model = closure.scope.model { try resolveSlots(of: model, scope, at: span) }
            let result = try self.body(closure.function.body, scope)
            if let pattern = closure.function.result {
                try match(pattern, result, scope, at: pattern.span, subject: "the result of `\(closure.name)`")
            }
            if result.hasUnknown { unknownResults += 1 }
            return giveMeaning(closure, result, at: span)
        } catch {
            noteLoss(error, closure, bound, at: span)
            error.unwind(through: RuntimeFailure.Frame(name: closure.name, span: span))
            throw error
        }
    }

    /// The value of a function's body, `return`s included.
    func body(_ body: Function.Body, _ scope: SymbolicScope) throws(RuntimeFailure) -> Value {
        var result: Value
        switch body {
        case .expression(let expression): result = try evaluate(expression, scope)
        case .block(let block):
            switch try self.block(block, in: scope) {
            case .normal(let value), .returned(let value): result = value
            case .broke, .continued: result = .none
            }
        }
        for possible in frames.last?.possibleReturns ?? [] { result = join(result, possible) }
        return result
    }

    /// Defines parameters: what was given, or the default evaluated here; shapes are matched.
    func bind(_ parameters: [DaedalSyntax.Parameter], _ bound: [Value?], _ scope: SymbolicScope, at span: Span) throws(RuntimeFailure) {
        for (parameter, given) in zip(parameters, bound) {
            let value: Value =
                if let given { given } else if let expression = parameter.defaultValue { try evaluate(expression, scope) } else {
                    .unknown(.anything)
                }
            if let pattern = parameter.pattern {
                define(pattern, value, scope, isVariable: false)
            } else {
                scope.define(parameter.name.text, value)
            }
        }
        for parameter in parameters {
            guard let pattern = parameter.shape, let value = scope.cell(parameter.name.text)?.value else { continue }
            if case .none = value { continue }
            try match(pattern, value, scope, at: span, subject: "`\(parameter.name.text)`")
        }
    }
}
