import DaedalSyntax

extension Machine {
    // MARK: Calls from code

    /// `f(…)`. True if a frame was pushed; otherwise the result stands in its register.
    @inline(never) func call(_ i: Instruction, _ base: Register) throws(RuntimeFailure) -> Bool {
        if state.pointee.fuel < 0 { try refuel() }
        return try invoke(base + Int(i.b), arguments: base + Int(i.b) + 1, count: Int(i.c), shape: i.k, leading: 0, base + Int(i.a))
    }

    /// Calls what stands in a register with values in consecutive registers; all of them are used up.
    private func invoke(
        _ callee: Register, arguments first: Register, count: Int, shape: Int, leading: Int, _ a: Register
    ) throws(RuntimeFailure) -> Bool {
        if callee.pointee.tag == Tag.function, shape < 0, let entry = callee.withReference({ (function: FunctionObject) in function.entry }),
            let header = entry, header.pointee.isSimple, header.pointee.parameterCount == count
        {
            let top = frames[state.pointee.frameCount - 1].top
            guard let captures = callee.withReference({ (closure: Closure) in closure.captures }) else { return false }
            try push(header, captures: captures, base: top, at: currentSpan)
            (top).move(from: callee)
            for at in 0..<count { (top + 1 + at).move(from: first + at) }
            return true
        }
        let span = currentSpan
        let arguments = try gather(first, count: count, shape: shape, leading: leading, at: span)
        let function = callee.take()
        if case .function(let object) = function, let closure = object as? Closure {
            switch try bind(arguments, to: closure, at: span) {
            case .options(let preset): a.store(.function(partial(function, preset, of: object)))
            case .complete(let values):
                let top = frames[state.pointee.frameCount - 1].top
                try push(UnsafePointer(closure.code.header), captures: closure.captures, base: top, at: span)
                top.store(function)
                for (at, value) in values.enumerated() { (top + 1 + at).store(value ?? .unknown(.anything)) }
                return true
            }
            return false
        }
        a.store(try call(function, arguments, at: span))
        return false
    }

    /// The arguments of a call with labels and spreads taken apart; `leading` arguments stand before those that the shape describes.
    func gather(_ first: Register, count: Int, shape: Int, leading: Int, at span: Span) throws(RuntimeFailure) -> Arguments {
        var arguments = Arguments()
        arguments.positional.reserveCapacity(count)
        guard shape >= 0 else {
            for at in 0..<count { arguments.positional.append((first + at).take()) }
            return arguments
        }
        let described = tables.callShapes[shape]
        for at in 0..<count {
            let value = (first + at).take()
            if at < leading {
                arguments.positional.append(value)
            } else if described.spreads[at - leading] {
                try spread(value, into: &arguments, at: span)
            } else if let label = described.labels[at - leading] {
                if arguments.named.contains(where: { $0.name == label }) {
                    throw RuntimeFailure("E105", "`\(label)` is given twice", at: span)
                }
                arguments.named.append((label, value))
            } else {
                arguments.positional.append(value)
            }
        }
        return arguments
    }

    /// `...xs`: the items of a list, or the fields of a record.
    private func spread(_ value: Value, into arguments: inout Arguments, at span: Span) throws(RuntimeFailure) {
        switch value {
        case .list(let list): arguments.positional += list.items
        case .range(let range) where range.count != nil: arguments.positional += (range.integers.map(Array.init) ?? []).map { .int($0) }
        case .record(let record):
            if let names = record.names {
                arguments.named += zip(names, record.fields).map { ($0, $1) }
            } else {
                arguments.positional += record.fields
            }
        default: throw RuntimeFailure("E202", "`...` spreads a list or a record; this is \(value.kindWithArticle)", at: span)
        }
    }

    /// The tables of the code that runs in the innermost frame.
    var tables: CodeTables {
        guard state.pointee.frameCount > 0 else { return CodeTables() }
        return frames[state.pointee.frameCount - 1].header.pointee.tables.takeUnretainedValue()
    }

    /// A native of the table, called by position.
    @inline(never) func callNative(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let constant = frames[state.pointee.frameCount - 1].header.pointee.constants + i.k
        guard case .function(let function) = constant.pointee, let native = function as? NativeFunction else { return }
        let first = base + Int(i.b) + 1
        let count = Int(i.c)
        if count >= native.requiredCount, count <= native.positionalCount {
            var values: [Value] = []
            values.reserveCapacity(native.defaults.count)
            for at in 0..<count { values.append((first + at).take()) }
            for at in count..<native.defaults.count { values.append(native.defaults[at]) }
            var call = NativeCall(context: self, arguments: values, span: currentSpan, function: native)
            values = []
            noteEffect(of: native)
            (base + Int(i.a)).store(try native.body(&call))
            return
        }
        let span = currentSpan
        (base + Int(i.a)).store(try callNative(native, try gather(first, count: count, shape: -1, leading: 0, at: span), at: span))
    }

    /// A block that calls what has effects or reads the outside is interpreted at every step.
    @inline(__always) private func noteEffect(of native: NativeFunction) {
        if let block = learning.block, case .effect = native.purity { block.mustBeInterpreted() }
    }

    /// `x.name(…)`: a member if there is one, else a function of that name.
    @inline(never) func callMethod(_ i: Instruction, _ base: Register) throws(RuntimeFailure) -> Bool {
        if state.pointee.fuel < 0 { try refuel() }
        let method = tables.methods[i.k]
        let callee = base + Int(i.b), receiver = callee + 1
        let a = base + Int(i.a)
        if let member = try callableMember(method.name, of: receiver.value, at: currentSpan) {
            callee.drop()
            receiver.store(member)
            return try invoke(receiver, arguments: receiver + 1, count: Int(i.c), shape: method.shape, leading: 0, a)
        }
        if callee.pointee.tag == Tag.unbound {
            let value = receiver.take()
            throw noMember(method.name, of: value, at: currentSpan, isCall: true)
        }
        return try invoke(callee, arguments: receiver, count: Int(i.c) + 1, shape: method.shape, leading: 1, a)
    }

    /// A member that `x.name(…)` calls. Names such as `.count` of lists are members, but nothing to call.
    private func callableMember(_ name: String, of value: Value, at span: Span) throws(RuntimeFailure) -> Value? {
        switch value {
        case .record(let record): return record.position(of: name).map { record.fields[$0] }
        case .object(let object): return try object.member(name, in: self)
        case .model(let model): return try model.member(name, in: self, at: span)
        default: return nil
        }
    }

    /// `a |> f(b)`.
    func pipe(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let callee = base + Int(i.b), span = currentSpan, a = base + Int(i.a)
        let isCall = i.flags & 1 != 0
        let function = callee.take()
        let left = (callee + 1).value
        if case .object(let object) = left, let pipeline = object as? PipelineObject {
            var arguments = try gather(callee + 1, count: Int(i.c), shape: i.k, leading: 0, at: span)
            arguments.positional.removeFirst()
            return a.store(try pipeline.piped(into: function, arguments, in: self, at: span))
        }
        var arguments = try gather(callee + 1, count: Int(i.c), shape: i.k, leading: 0, at: span)
        if Self.isNetwork(function) {
            // `a |> F(b)` is `F(b)(a)`, and a bare `F` is made without arguments.
            let first = arguments.positional.removeFirst()
            if isCall || !Self.needsArguments(function) {
                let model = try call(function, arguments, at: span)
                return a.store(try call(model, Arguments([first]), at: span))
            }
            arguments.positional.insert(first, at: 0)
        }
        a.store(try call(function, arguments, at: span))
    }

    private static func isNetwork(_ value: Value) -> Bool {
        guard case .function(let function) = value else { return false }
        if let partial = function as? PartialFunction { return isNetwork(partial.base) }
        return function is NetworkObject
    }

    private static func needsArguments(_ value: Value) -> Bool {
        guard case .function(let function) = value else { return false }
        return function.parameters.contains(where: \.isRequired)
    }

    /// `f -> g -> h`
    func compose(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let spans = tables.spanLists[i.k]
        var parts: [(value: Value, span: Span)] = []
        for at in 0..<Int(i.c) { parts.append(((base + Int(i.b) + at).take(), spans[at])) }
        if parts.contains(where: { ModelObject.makesModel($0.value) }) {
            return (base + Int(i.a)).store(.model(try ModelObject.chain(parts, in: self, at: currentSpan)))
        }
        for part in parts {
            guard case .function = part.value else {
                throw RuntimeFailure("E210", "`->` joins things that can be called; here is \(part.value.kindWithArticle)", at: part.span)
            }
        }
        guard case .function(let first) = parts[0].value else { return }
        (base + Int(i.a)).store(.function(Composition(parts: parts.map(\.value), parameters: first.parameters)))
    }

    // MARK: Binding

    /// Binds arguments to a function's parameters, hidden ones first. A lambda of several names takes one record or list apart.
    func bind(_ arguments: Arguments, to closure: Closure, at span: Span) throws(RuntimeFailure) -> ArgumentBinding.Outcome {
        let code = closure.code
        var arguments = arguments
        if code.isLambda, code.parameters.count > 1, arguments.positional.count == 1, arguments.named.isEmpty {
            switch arguments.positional[0] {
            case .record(let record) where record.fields.count == code.parameters.count: arguments.positional = record.fields
            case .list(let list) where list.items.count == code.parameters.count: arguments.positional = list.items
            default: break
            }
        }
        guard code.hiddenCount > 0 else { return try ArgumentBinding.bind(arguments, to: code.parameters, of: code.name, at: span) }
        let hidden = arguments.positional.prefix(code.hiddenCount)
        arguments.positional.removeFirst(hidden.count)
        switch try ArgumentBinding.bind(arguments, to: code.parameters, of: code.name, at: span) {
        case .complete(let values): return .complete(hidden.map { $0 } + values)
        case let options: return options
        }
    }

    func partial(_ base: Value, _ preset: [(name: String, value: Value)], of function: FunctionObject) -> PartialFunction {
        let names = Set(preset.map { ArgumentBinding.declaredName($0.name) })
        return PartialFunction(base: base, preset: preset, name: function.name, parameters: function.parameters.filter { !names.contains($0.name) })
    }

    // MARK: Everything else that can be called

    func notCallable(_ value: Value, at span: Span) -> RuntimeFailure {
        RuntimeFailure("E211", "\(value.kindWithArticle) cannot be called", at: span)
    }

    /// Calls a function that is no closure.
    func callOther(_ function: FunctionObject, _ arguments: Arguments, at span: Span) throws(RuntimeFailure) -> Value {
        switch function {
        case let native as NativeFunction: return try callNative(native, arguments, at: span)
        case let partial as PartialFunction:
            var merged = arguments
            let given = Set(arguments.named.map { ArgumentBinding.declaredName($0.name) })
            merged.named = partial.preset.filter { !given.contains(ArgumentBinding.declaredName($0.name)) } + arguments.named
            // What was set before must not make this call one of options alone.
            if arguments.positional.isEmpty, arguments.named.isEmpty, partial.parameters.contains(where: \.isRequired) {
                throw RuntimeFailure(
                    "E102", "`\(partial.name)` needs \(partial.parameters.filter(\.isRequired).map { "`\($0.name)`" }.joined(separator: ", "))",
                    at: span)
            }
            return try call(partial.base, merged, at: span)
        case let composition as Composition:
            var value = try call(composition.parts[0], arguments, at: span)
            for part in composition.parts.dropFirst() { value = try call(part, Arguments([value]), at: span) }
            return value
        case let method as BoundMethod: return try method.call(arguments, in: self, at: span)
        case let network as NetworkObject:
            switch try ArgumentBinding.bind(arguments, to: network.parameters, of: network.name, at: span) {
            case .complete(let values): return .model(try ModelObject.make(network, values, in: self, at: span))
            case .options(let preset): return .function(partial(.function(network), preset, of: network))
            }
        case let optimizer as OptimizerFactory: return try callOptimizer(optimizer, arguments, at: span)
        case let dataset as DatasetFactory:
            switch try ArgumentBinding.bind(arguments, to: dataset.parameters, of: dataset.name, at: span) {
            case .complete(let values): return try hooks(at: span).dataset(dataset, values, in: self, at: span)
            case .options(let preset): return .function(partial(.function(dataset), preset, of: dataset))
            }
        default: throw notCallable(.function(function), at: span)
        }
    }

    private func callOptimizer(_ factory: OptimizerFactory, _ arguments: Arguments, at span: Span) throws(RuntimeFailure) -> Value {
        let common = OptimizerFactory.commonOptions.filter { option in !factory.parameters.contains { $0.name == option } }
        let parameters = factory.parameters + common.map { ParameterInfo($0, isRequired: false) }
        if arguments.positional.count > factory.parameters.count {
            throw RuntimeFailure(
                "E103", "`\(factory.name)` takes at most \(factory.parameters.count) arguments by position, here are \(arguments.positional.count)",
                at: span)
        }
        switch try ArgumentBinding.bind(arguments, to: parameters, of: factory.name, at: span) {
        case .complete(let values):
            var given: [(name: String, value: Value)] = []
            for (name, value) in zip(common, values.dropFirst(factory.parameters.count)) { if let value { given.append((name, value)) } }
            return try hooks(at: span).optimizer(factory, Array(values.prefix(factory.parameters.count)), common: given, in: self, at: span)
        case .options(let preset): return .function(partial(.function(factory), preset, of: factory))
        }
    }

    /// Calls a native with any arguments.
    func callNative(_ native: NativeFunction, _ arguments: Arguments, at span: Span) throws(RuntimeFailure) -> Value {
        let byPosition = native.nativeParameters.firstIndex(where: \.isNamedOnly) ?? native.nativeParameters.count
        if arguments.positional.count > byPosition, !native.nativeParameters.contains(where: \.isRest) {
            throw RuntimeFailure(
                "E103",
                "`\(native.name)` takes at most \(byPosition) argument\(byPosition == 1 ? "" : "s") by position, here are \(arguments.positional.count)",
                at: span)
        }
        switch try ArgumentBinding.bind(arguments, to: native.parameters, of: native.name, at: span) {
        case .options(let preset): return .function(partial(.function(native), preset, of: native))
        case .complete(let bound):
            var values: [Value] = []
            values.reserveCapacity(bound.count)
            for (value, parameter) in zip(bound, native.nativeParameters) { values.append(value ?? parameter.defaultValue ?? .none) }
            var call = NativeCall(context: self, arguments: values, span: span, function: native)
            noteEffect(of: native)
            return try native.body(&call)
        }
    }

    func hooks(at span: Span) throws(RuntimeFailure) -> any LearningHooks {
        guard let learning = session.learning else { throw RuntimeFailure("E516", "this program may not learn here", at: span) }
        return learning
    }
}
