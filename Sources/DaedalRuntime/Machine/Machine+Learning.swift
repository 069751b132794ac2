import DaedalSyntax

/// Bodies of networks and optimizers, clauses, `minimize` and `train`.
extension Machine {
    func minimize(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let site = tables.minimizations[i.k], prototype = tables.prototypes[site.prototype]
        let first = base + Int(i.b), span = currentSpan
        var pairs: [MinimizeRequest.Pair] = []
        pairs.reserveCapacity(Int(i.c))
        for at in 0..<Int(i.c) {
            pairs.append(
                .init(
                    subject: (first + 2 * at).take(), subjectSpan: site.subjectSpans[at], optimizer: (first + 2 * at + 1).take(),
                    optimizerSpan: site.optimizerSpans[at]))
        }
        let block = (first + 2 * Int(i.c)).take()
        var captures: [Value] = []
        captures.reserveCapacity(prototype.constantNames.count + 2 * pairs.count)
        if case .function(let function) = block, let closure = function as? Closure {
            for at in prototype.isConstant.indices where prototype.isConstant[at] { captures.append(closure.captures[at]) }
        }
        for pair in pairs {
            captures.append(pair.subject)
            captures.append(pair.optimizer)
        }
        let request = MinimizeRequest(pairs: pairs, block: block, captures: captures, names: prototype.constantNames, site: site.site, span: span)
        captures = []
        (base + Int(i.a)).store(try hooks(at: span).minimize(request, in: self))
    }

    func train(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let site = tables.trainings[i.k], first = base + Int(i.b), span = currentSpan
        let model = first.take(), data = (first + 1).take()
        guard case .list(let functions) = (first + 2).take() else { return }
        let request = TrainRequest(
            model: model, modelSpan: site.modelSpan, data: data, dataSpan: site.dataSpan, clauses: ClauseCode.join(site.clauses, functions.items),
            site: site.site, span: span)
        (base + Int(i.a)).store(try hooks(at: span).train(request, in: self))
    }

    /// What the name of a dataset stands for.
    func datasetValue(_ dataset: CompiledDataset, at span: Span) throws(RuntimeFailure) -> Value {
        guard dataset.parameters.isEmpty, let learning = session.learning else { return .function(dataset) }
        return try learning.dataset(dataset, [], in: self, at: span)
    }

    func build(_ i: Instruction, _ base: Register) throws(RuntimeFailure) {
        let a = base + Int(i.a), b = base + Int(i.b), span = currentSpan
        let name = tables.names[i.k]
        guard case .object(let object) = (base + 1).value, let box = object as? BuilderObject, let step = BuildStep(rawValue: i.flags) else { return }
        switch box.builder {
        case .network(let builder):
            switch step {
            case .argument: builder.argument(name, b.value)
            case .size: a.store(.object(builder.size(name, at: span)))
            case .param, .state:
                let shape = b.take(), start = (base + Int(i.c)).take()
                var declared: Value?, axes: DeclaredAxes?
                if case .function(let function) = shape {
                    declared = shape
                    axes = (function as? Closure)?.code.axes
                }
                let kind: SlotKind = step == .param ? .param : .state
                a.store(try builder.declare(kind, name, shape: declared, axes: axes, initializer: start, at: span))
            case .conditional: builder.conditional(name)
            case .name: a.store(try builder.name(name, a.take(), at: span))
            case .step: try builder.step(b.take(), at: span)
            case .method: builder.method(name, b.take())
            case .forward: builder.forward(b.take())
            case .input:
                guard case .list(let shapes) = b.take() else { return }
                builder.input(
                    shapes.items.map { sizes in .function(NativeFunction("input", [], .pure(result: .list)) { (_) throws(RuntimeFailure) in sizes }) }
                )
            case .training: a.store(.object(builder.trainingSlot))
            case .option, .optimizerState, .update: break
            }
        case .optimizer(let builder):
            switch step {
            case .option: a.store(.object(try builder.option(name, a.take(), at: span)))
            case .optimizerState: a.store(.object(try builder.declare(name, initializer: (base + Int(i.c)).take(), at: span)))
            case .update: builder.update(b.take(), parameterCount: Int(i.c))
            default: break
            }
        }
    }
}

/// The builder that a body tells what it is made of, as it stands in a register.
private final class BuilderObject: Object {
    enum Builder {
        case network(ModelBuilder)
        case optimizer(any OptimizerBuilder)
    }
    let builder: Builder
    init(_ builder: Builder) { self.builder = builder }
}

/// A `network` declaration with the code of its body.
final class CompiledNetwork: NetworkObject {
    private let body: Closure

    init(_ body: Closure) {
        self.body = body
        super.init(name: body.code.name, parameters: body.code.parameters)
    }

    override var documentation: String? { body.code.documentation }

    override func build(_ builder: ModelBuilder, arguments: [Value?], in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        guard let machine = context as? Machine else { preconditionFailure("code runs on a machine") }
        _ = try machine.execute(body, [.object(BuilderObject(.network(builder)))] + arguments.map { $0 ?? .unknown(.anything) }, at: span)
    }
}

/// An `optimizer` declaration with the code of its body.
final class CompiledOptimizer: OptimizerFactory {
    private let body: Closure

    init(_ body: Closure) {
        self.body = body
        super.init(name: body.code.name, parameters: body.code.parameters)
    }

    override var documentation: String? { body.code.documentation }

    override func build(
        _ builder: any OptimizerBuilder, arguments: [Value?], in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) {
        guard let machine = context as? Machine else { preconditionFailure("code runs on a machine") }
        _ = try machine.execute(body, [.object(BuilderObject(.optimizer(builder)))] + arguments.map { $0 ?? .unknown(.anything) }, at: span)
    }
}

/// A `dataset` declaration with the code that makes its clauses.
final class CompiledDataset: DatasetFactory {
    private let body: Closure
    private let declaration: DatasetDeclaration

    init(_ body: Closure, _ declaration: DatasetDeclaration) {
        self.body = body
        self.declaration = declaration
        super.init(name: body.code.name, parameters: body.code.parameters)
    }

    override var documentation: String? { body.code.documentation }

    override func clauses(_ arguments: [Value?], in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> [ClauseCode] {
        guard let machine = context as? Machine else { preconditionFailure("code runs on a machine") }
        guard case .list(let functions) = try machine.execute(body, arguments.map { $0 ?? .unknown(.anything) }, at: span) else { return [] }
        return ClauseCode.join(declaration.clauses, functions.items)
    }
}

extension ClauseCode {
    /// Clauses as parsed with the functions that their code gave, in the same order.
    static func join(_ clauses: [Clause], _ functions: [Value]) -> [ClauseCode] {
        var rest = functions[...]
        func next() -> Value { rest.popFirst() ?? .none }
        return clauses.map { clause in
            let kind: Kind =
                switch clause.kind {
                case .arguments(let arguments):
                    .arguments(
                        arguments.map {
                            ClauseArgument(label: $0.label?.text, isSpread: $0.isSpread, span: $0.value.span, expression: $0.value, thunk: next())
                        })
                case .field(let name, _): .field(name.text, next())
                case .function(let function): .function(name: function.name?.text, next(), parameterCount: function.parameters.count)
                }
            return ClauseCode(word: clause.word.text, kind: kind, span: clause.span, wordSpan: clause.word.span)
        }
    }
}
