import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// A dataset while checking: what one example's input and target look like, as far as the declaration says.
package final class SymbolicDataset: Object {
    let name: String
    let input: Value
    /// `none` without a target.
    let target: Value
    init(name: String, input: Value, target: Value) {
        self.name = name
        self.input = input
        self.target = target
    }

    override package var kindName: String { "dataset" }
    override package func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        switch name {
        case "train", "validation", "test", "all": .object(SymbolicSplit(self, name))
        case "classes", "fitted", "count", "batches": .unknown(.anything)
        default: nil
        }
    }
}

/// A split of a dataset while checking; a `for` over it visits batches.
package final class SymbolicSplit: Object {
    let dataset: SymbolicDataset
    let name: String
    init(_ dataset: SymbolicDataset, _ name: String) {
        self.dataset = dataset
        self.name = name
    }

    override package var kindName: String { "split" }
    override package func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        switch name {
        case "count", "batches": .unknown(.int)
        case "shape", "classes": .unknown(.anything)
        default: nil
        }
    }

    /// The input and the target of one batch.
    func pair(_ evaluator: SymbolicEvaluator) -> (Value, Value) {
        let size = Size.symbol("batch")
        return (evaluator.batched(dataset.input, size), evaluator.batched(dataset.target, size))
    }

    /// One batch as a `for` sees it.
    func batch(_ evaluator: SymbolicEvaluator) -> Value {
        let (x, y) = pair(evaluator)
        return y.isAbsent ? x : .record(RecordObject(names: nil, fields: [x, y]))
    }

    /// `split[i]` is one example, `split[a..b]` a batch.
    func example(_ position: Value?, _ evaluator: SymbolicEvaluator) -> Value {
        switch position {
        case .range?: batch(evaluator)
        case .int?, .size?:
            dataset.target.isAbsent ? dataset.input : .record(RecordObject(names: nil, fields: [dataset.input, dataset.target]))
        default: .unknown(.anything)
        }
    }
}

extension SymbolicEvaluator {
    /// A value of one example, for a whole batch.
    func batched(_ value: Value, _ batch: Size) -> Value {
        switch value {
        case .tensor(let tensor):
            guard tensor.shape.rank < Shape.maximumRank else { return .unknown(.tensor) }
            return symbolicTensor(Signature(type: tensor.type, shape: tensor.shape.inserting(batch, at: 0)))
        case .int, .bool, .size: return symbolicTensor(Signature(type: .i64, shape: [batch]))
        case .float: return symbolicTensor(Signature(type: .f32, shape: [batch]))
        case .record(let record): return .record(RecordObject(names: record.names, fields: record.fields.map { batched($0, batch) }))
        case .none: return .none
        default: return .unknown(.tensor)
        }
    }

    func make(_ dataset: SymbolicDatasetDeclaration, _ bound: [Value?]) throws(RuntimeFailure) -> Value {
        let scope = SymbolicScope(parent: dataset.scope)
        try bind(dataset.declaration.parameters, bound, scope, at: dataset.declaration.span)
        return try makeDataset(dataset.declaration, scope)
    }

    /// What a dataset's clauses say of its examples.
    func makeDataset(_ declaration: DaedalSyntax.DatasetDeclaration, _ outer: SymbolicScope) throws(RuntimeFailure) -> Value {
        let scope = SymbolicScope(parent: outer)
        var input: Value?, target: Value?, memory: (Value, Value)?
        for clause in declaration.clauses {
            guard case .arguments(let arguments) = clause.kind else { continue }
            do {
                switch clause.word.text {
                case "source": memory = try memorySource(arguments, scope) ?? memory
                case "input": input = try example(arguments, scope, isTarget: false)
                case "target":
                    if case .name("input")? = arguments.first?.value.kind {
                        target = input
                    } else {
                        target = try example(arguments, scope, isTarget: true)
                    }
                default: try checkSettings(clause, arguments, scope)
                }
            } catch { report(error) }
        }
        return .object(
            SymbolicDataset(
                name: declaration.name.text, input: input ?? memory?.0 ?? .unknown(.tensor),
                target: target ?? (input == nil ? memory?.1 : nil) ?? (input == nil ? .unknown(.tensor) : .none)))
    }

    private func checkSettings(_ clause: Clause, _ arguments: [Argument], _ scope: SymbolicScope) throws(RuntimeFailure) {
        for argument in arguments {
            let value = try evaluate(argument.value, scope)
            if clause.word.text == "batch", argument.label == nil, case .int(let size) = value, size < 1 {
                throw RuntimeFailure("E401", "a batch holds at least 1 example, not \(size)", at: argument.value.span)
            }
        }
        if clause.word.text == "split" { try checkFractions(arguments, scope, at: clause.span) }
    }

    private func checkFractions(_ arguments: [Argument], _ scope: SymbolicScope, at span: Span) throws(RuntimeFailure) {
        var total = 0.0
        for argument in arguments where ["train", "validation", "test"].contains(argument.label?.text) {
            if case .float(let share) = try evaluate(argument.value, scope) { total += share }
        }
        if total > 1 + 1e-9 { throw RuntimeFailure("E402", "the parts of the split add up to \(total), more than everything", at: span) }
    }

    /// `memory(x, y)` says what its examples are.
    private func memorySource(_ arguments: [Argument], _ scope: SymbolicScope) throws(RuntimeFailure) -> (Value, Value)? {
        guard let argument = arguments.first else { return nil }
        guard case .call(let callee, let given) = argument.value.kind, case .name("memory") = callee.kind else {
            for argument in arguments { _ = try evaluate(argument.value, scope) }
            return nil
        }
        let values = try self.arguments(given, scope).positional.map(rows)
        return values.isEmpty ? nil : (values[0], values.count > 1 ? values[1] : .none)
    }

    /// One row of a tensor or of a record of tensors.
    private func rows(_ value: Value) -> Value {
        switch value {
        case .tensor(let tensor) where tensor.shape.rank > 0:
            symbolicTensor(Signature(type: tensor.type, shape: tensor.shape.removing(axis: 0)))
        case .record(let record): .record(RecordObject(names: record.names, fields: record.fields.map(rows)))
        case .list(let list): list.items.first ?? .unknown(.tensor)
        default: .unknown(.tensor)
        }
    }

    private func example(_ arguments: [Argument], _ scope: SymbolicScope, isTarget: Bool) throws(RuntimeFailure) -> Value {
        let names = SymbolicScope(parent: scope)
        names.define("columns", .function(columns))
        names.define("column", .function(column(isTarget: isTarget)))
        for fitted in ["standardize", "normalize"] { names.define(fitted, .function(sameShape(fitted))) }
        guard let argument = arguments.first else { return .unknown(.tensor) }
        let value = try evaluate(argument.value, names)
        guard case .function = value else { return value }
        return try call(value, Arguments([.unknown(.record)]), at: argument.value.span)
    }

    /// `columns(0..64)` gives a vector of that many numbers.
    private var columns: NativeFunction {
        NativeFunction("columns", [.rest("columns")], .effect(result: .tensor)) { _ throws(RuntimeFailure) in .unknown(.tensor) }
    }

    private func column(isTarget: Bool) -> NativeFunction {
        NativeFunction(isTarget ? "target column" : "column", [.init("name")], .effect(result: .tensor)) { _ throws(RuntimeFailure) in
            .unknown(.tensor)
        }
    }

    private func sameShape(_ name: String) -> NativeFunction {
        NativeFunction(name, [.init("x", .none)], .effect(result: .tensor)) { _ throws(RuntimeFailure) in .unknown(.tensor) }
    }

    /// Natives with effects of which the checker knows the result's shape.
    func effect(_ name: String, _ values: [Value], at span: Span) throws(RuntimeFailure) -> Value? {
        switch name {
        case "columns":
            guard case .list(let list) = values[0] else { return nil }
            if list.items.count == 1, case .range(let range) = list.items[0], let end = range.end, let count = Size(exactly: end - (range.start ?? 0))
            {
                return symbolicTensor(Signature(type: .f32, shape: [count]))
            }
            if list.items.count == 1, case .list(let names) = list.items[0] {
                return symbolicTensor(Signature(type: .f32, shape: Shape([names.items.count])))
            }
            return symbolicTensor(Signature(type: .f32, shape: Shape([list.items.count])))
        case "target column": return symbolicTensor(Signature(type: .i64, shape: .scalar))
        case "column": return symbolicTensor(Signature(type: .f32, shape: .scalar))
        case "standardize", "normalize", "scale", "constant": return values.first.flatMap { $0.isTensor ? $0 : nil }
        case "fail" where uncertainty == 0 && !activeFunctions.isEmpty:
            if case .string(let text)? = values.first { throw RuntimeFailure("E510", text.text, at: span) }
            return nil
        case "in_training", "in_evaluation", "freeze", "unfreeze", "copy": return values.first
        default: return nil
        }
    }
}
