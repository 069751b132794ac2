import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// Where values come from: which rows, which statistics, which parameters. All of it stands in the graph that the checker's trace has become.
extension SymbolicEvaluator {
    /// Visits the nodes that a value is computed from, itself included; `enters` says whether to go on to a node's operands.
    func visitOrigins(of value: Value, _ enters: (NodeID) -> Bool) {
        var waiting = nodes(in: value)
        var seen = Set(waiting)
        let graph = trace.root.graph
        while let node = waiting.popLast() {
            guard enters(node) else { continue }
            for operand in graph.operands(of: node) where seen.insert(operand).inserted { waiting.append(operand) }
        }
    }

    private func nodes(in value: Value) -> [NodeID] {
        switch value {
        case .tensor(let tensor): tensor.trace === trace.root ? [tensor.node].compactMap(\.self) : []
        case .record(let record): record.fields.flatMap(nodes)
        case .list(let list): list.items.flatMap(nodes)
        case .dictionary(let dictionary): dictionary.values.flatMap(nodes)
        default: []
        }
    }

    // MARK: Parameters

    /// Takes note of the parameters that a loss has a gradient for.
    func learns(from value: Value) {
        var loss = value
        if case .record(let record) = value, let at = record.position(of: "loss") { loss = record.fields[at] }
        guard case .tensor = loss else {
            usage.isUncertain = true
            return
        }
        let graph = trace.root.graph
        visitOrigins(of: loss) { node in
            slotsByNode[node]?.isLearnt = true
            let made = graph[node]
            return made.type.isFloat && !made.primitive.blocksGradient || made.primitive == .scan
        }
    }

    // MARK: Statistics of rows

    /// Where the rows of a tensor meet a statistic over all of them, or nil.
    func rowStatistics(of value: Value) -> Span? {
        guard case .tensor(let tensor) = value, let rows = tensor.shape.first, rows != 1 else {
            if case .record(let record) = value {
                for field in record.fields { if let found = rowStatistics(of: field) { return found } }
            }
            return nil
        }
        var found: Span?
        let graph = trace.root.graph
        visitOrigins(of: value) { node in
            if let found, found != .none, !session.sources.source(of: found).isLibrary { return false }
            switch graph[node].primitive {
            case .sum, .maximumOf, .minimumOf:
                let operand = graph[graph.operand(0, of: node)]
                if case .axes(let axes) = graph.attributes(of: node), axes.contains(0), let first = operand.shape.first, first == rows {
                    let span = trace.origin(graph[node].origin).span
                    if found == nil || span != .none && !session.sources.source(of: span).isLibrary { found = span }
                }
            // A product with the rows is a model of them, not a statistic that they are scaled with.
            case .matrixProduct: return false
            default: break
            }
            return true
        }
        return found
    }

    /// What two sources of the same tensor have in common.
    func rowsIdentity(_ value: Value) -> String? {
        switch value {
        case .tensor(let tensor): tensor.trace === trace.root ? tensor.node.map { "memory \($0)" } : nil
        case .record(let record): record.fields.first.flatMap(rowsIdentity)
        default: nil
        }
    }

    // MARK: Measuring

    /// Refuses to measure a model on rows that it, or a number in it, has seen.
    func checkRows(of model: SymbolicModel, on split: SymbolicSplit, at span: Span) throws(RuntimeFailure) {
        guard ["test", "validation"].contains(split.name) else { return }
        let dataset = split.dataset, measured = "`\(dataset.name).\(split.name)`"
        for (seen, place) in model.trainedOn {
            if seen.dataset === dataset, seen.name == "all" || seen.name == split.name && split.name == "test" {
                throw RuntimeFailure(
                    Diagnostic(
                        .error, "E303",
                        seen.name == split.name
                            ? "the model was trained on \(measured), the rows that it is measured on"
                            : "the model was trained on `\(dataset.name).\(seen.name)`, which holds the rows of \(measured)", at: span,
                        labels: [.init(place, "trained here")],
                        notes: ["what is measured on rows that were trained on says nothing about new ones"],
                        fixes: [.init("train on `\(dataset.name)` (its training split)")]))
            }
            if seen.dataset !== dataset, seen.dataset.name != dataset.name, dataset.isDividedByChance,
                seen.dataset.isDividedByChance || seen.dataset.splits == ["train", "all"], let source = dataset.source?.identity,
                source == seen.dataset.source?.identity
            {
                throw RuntimeFailure(
                    Diagnostic(
                        .error, "E303",
                        "the model was trained on rows of \(dataset.source?.name ?? "the source") that \(measured) holds too: `\(seen.dataset.name)` and "
                            + "`\(dataset.name)` divide them each in its own way", at: span, labels: [.init(place, "trained here")],
                        fixes: [.init("declare one dataset and use its splits")]))
            }
        }
        if split.name == "test", dataset.isDividedByChance, let statistics = dataset.source?.statistics {
            let isVisible = statistics != .none && !session.sources.source(of: statistics).isLibrary
            throw RuntimeFailure(
                Diagnostic(
                    .error, "E303", "the rows of `\(dataset.name)` were scaled with statistics of all of them, those of \(measured) included",
                    at: span,
                    labels: isVisible ? [.init(statistics, "over all rows")] : [],
                    notes: ["the test split must be new to everything that was fitted"],
                    fixes: [.init("give the plain rows to `source` and write `|> standardize` after the column: it is fitted on the training split")])
            )
        }
    }

    /// Refuses a prediction for a split that was computed with numbers taken from the same rows, or from all.
    func checkOrigins(of prediction: Value, batch: [Value], on split: SymbolicSplit, at span: Span) throws(RuntimeFailure) {
        guard ["test", "validation"].contains(split.name) else { return }
        let own = Set(batch.flatMap(nodes))
        var found: SymbolicSplit?
        visitOrigins(of: prediction) { node in
            if !own.contains(node), let origin = rowOrigins[node], origin.dataset === split.dataset, ["all", split.name].contains(origin.name) {
                found = origin
            }
            return found == nil
        }
        guard let found else { return }
        throw RuntimeFailure(
            "E303",
            "the model computes with numbers taken from `\(found.dataset.name).\(found.name)`, which holds the rows of "
                + "`\(split.dataset.name).\(split.name)`", at: span, notes: ["the test split must be new to everything that was fitted"],
            fixes: [.init("take them from `\(found.dataset.name).train`")])
    }
}
