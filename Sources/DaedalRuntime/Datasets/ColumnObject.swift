import DaedalSyntax

/// `column("name")`, `columns(0..64)`, and what `|>` does to them, as the clause of a dataset says it: a description that the dataset carries out.
final class ColumnObject: PipelineObject {
    /// Which columns.
    enum Selection {
        case names([String])
        case range(RangeObject)
        case numbers([Int])
    }
    /// One function after `|>` with its arguments behind the example.
    struct Stage {
        let function: Value
        let arguments: Arguments
        let span: Span
    }

    let selection: Selection
    /// Whether one column was asked for, so that an example is a single number.
    let isSingle: Bool
    let stages: [Stage]
    let span: Span

    init(_ selection: Selection, isSingle: Bool, stages: [Stage] = [], at span: Span) {
        self.selection = selection
        self.isSingle = isSingle
        self.stages = stages
        self.span = span
    }

    override var kindName: String { "column" }

    override func piped(
        into callee: Value, _ arguments: Arguments, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> Value {
        guard ModelObject.isCallable(callee) else {
            throw RuntimeFailure("E202", "after `|>` stands a function of one example; this is \(callee.kindWithArticle)", at: span)
        }
        // What the dataset carries out itself is called by nobody, so its options are looked at here.
        if case .function(let native as NativeFunction) = callee, ColumnBuilding.fitting.contains(native.name) {
            let whole = Arguments([.none] + arguments.positional, named: arguments.named)
            _ = try ArgumentBinding.bind(whole, to: native.parameters, of: native.name, at: span)
        }
        return .object(
            ColumnObject(selection, isSingle: isSingle, stages: stages + [Stage(function: callee, arguments: arguments, span: span)], at: self.span))
    }

    /// `column(x)`: one column by name or number; `columns(x)`: a range, a list of names or numbers.
    static func select(_ value: Value, isSingle: Bool, at span: Span) throws(RuntimeFailure) -> ColumnObject {
        switch value {
        case .string(let name): return ColumnObject(.names([name.text]), isSingle: isSingle, at: span)
        case .int(let number): return ColumnObject(.numbers([number]), isSingle: isSingle, at: span)
        case .range(let range) where !isSingle: return ColumnObject(.range(range), isSingle: false, at: span)
        case .list(let list) where !isSingle && !list.items.isEmpty:
            var names: [String] = [], numbers: [Int] = []
            for item in list.items {
                switch item {
                case .string(let name): names.append(name.text)
                case .int(let number): numbers.append(number)
                default: throw wrong(value, isSingle, at: span)
                }
            }
            guard names.isEmpty != numbers.isEmpty else { throw wrong(value, isSingle, at: span) }
            return ColumnObject(names.isEmpty ? .numbers(numbers) : .names(names), isSingle: false, at: span)
        default: throw wrong(value, isSingle, at: span)
        }
    }

    private static func wrong(_ value: Value, _ isSingle: Bool, at span: Span) -> RuntimeFailure {
        RuntimeFailure(
            "E202",
            isSingle
                ? "`column` takes a name or a number; this is \(value.kindWithArticle)"
                : "`columns` takes a range, or a list of names or numbers; this is \(value.kindWithArticle)", at: span)
    }
}
