import DaedalEngine
import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension EvaluationContext {
    /// The most nodes an eager trace gathers before it is evaluated.
    private static var mostPendingNodes: Int { 256 }

    /// Evaluates `body` with a trace of its own; the trace around it is current again afterwards, whatever happens.
    package func withTrace<Result>(_ inner: Trace, _ body: (Trace) throws(RuntimeFailure) -> Result) throws(RuntimeFailure) -> Result {
        let before = trace
        trace = inner
        defer {
            trace = before
            // A block's list of its tensors would keep the block alive through them.
            if inner.kind == .block { inner.pending.removeAll() }
        }
        return try body(inner)
    }

    /// Evaluates `body` in a fresh trace of a kind.
    package func withTrace<Result>(_ kind: Trace.Kind, _ body: (Trace) throws(RuntimeFailure) -> Result) throws(RuntimeFailure) -> Result {
        try withTrace(Trace(kind), body)
    }

    /// Whether values computed now may be looked at.
    package var isEager: Bool { trace.kind == .eager }

    /// The contents of a tensor, evaluated now if they are not known yet: a look.
    package func force(_ tensor: TensorObject, at span: Span = .none) throws(RuntimeFailure) -> Tensor {
        if let value = tensor.value { return value }
        if let failure = tensor.failure { throw failure }
        guard let trace = tensor.trace else { throw Self.outlived(at: span) }
        switch trace.kind {
        case .symbolic: throw .unknownWhileChecking
        case .block: throw Self.lookInsideBlock(at: span)
        case .eager:
            try flush(trace, wanted: tensor)
            if let value = tensor.value { return value }
            throw tensor.failure ?? Self.outlived(at: span)
        }
    }

    /// Makes room in the eager trace; called where no node is held outside a tensor, before an operation begins.
    @inline(__always) package func makeRoom() throws(RuntimeFailure) {
        if trace.reading({ $0.count }) >= Self.mostPendingNodes { try flushIfFull() }
    }

    private func flushIfFull() throws(RuntimeFailure) {
        if trace.kind == .eager && trace.pins == 0 { try flush(trace, wanted: nil) }
    }

    /// Evaluates what is pending outside blocks: at a loop's back edge, before host calls and `clock()`. Nothing happens inside a block.
    @inline(__always) package func flushEager() throws(RuntimeFailure) {
        if trace.kind == .eager && !trace.pending.isEmpty { try flush(trace, wanted: nil) }
    }

    /// Evaluates what is pending in an eager trace around the current one before parameters or states that it reads are overwritten.
    package func flush(_ eager: Trace, beforeChanging objects: some Sequence<any TraceInput>) throws(RuntimeFailure) {
        guard eager.kind == .eager, !eager.pending.isEmpty, objects.contains(where: { eager.reads($0) }) else { return }
        try flush(eager, wanted: nil)
    }

    /// Evaluates every tensor of an eager trace that somebody still holds, with one plan; then the trace starts afresh unless it is pinned.
    private func flush(_ eager: Trace, wanted: TensorObject?) throws(RuntimeFailure) {
        var live: [TensorObject] = wanted.map { [$0] } ?? []
        var pending = eager.takePending()
        for index in pending.indices where pending[index] !== wanted {
            // The list itself holds one reference: whoever has no other is garbage that nobody can look at.
            if !isKnownUniquelyReferenced(&pending[index]) && pending[index].value == nil { live.append(pending[index]) }
        }
        do throws(RuntimeFailure) {
            var nodes: [NodeID] = []
            for tensor in live { if let node = tensor.node { nodes.append(node) } }
            let values = try Evaluation.run(eager, results: nodes, in: self)
            for (tensor, value) in zip(live, values) {
                tensor.value = value
                tensor.origin = tensor.node.map { origin(of: $0, in: eager) }
            }
        } catch {
            guard live.count > 1 else {
                live.first?.failure = error
                settle(eager, &pending)
                throw error
            }
            // One of several failed: each is evaluated alone, so that the others keep their values.
            for tensor in live {
                guard let node = tensor.node else { continue }
                do throws(RuntimeFailure) { tensor.value = try Evaluation.run(eager, results: [node], in: self).first } catch {
                    tensor.failure = error
                }
            }
            settle(eager, &pending)
            throw error
        }
        settle(eager, &pending)
    }

    private func origin(of node: NodeID, in eager: Trace) -> Origin { eager.origin(eager.reading { $0[node].origin }) }

    /// Lets go of the nodes, unless the trace is pinned; `pending` is given back to it.
    private func settle(_ eager: Trace, _ pending: inout [TensorObject]) {
        if eager.pins > 0 {
            eager.pending = pending
            return
        }
        for i in pending.indices {
            pending[i].trace = nil
            pending[i].node = nil
        }
        eager.reset()
        eager.keepMemory(of: &pending)
    }

    /// Keeps the nodes of the current trace while `body` runs, even across looks.
    package func pinned<Result>(_ body: () throws(RuntimeFailure) -> Result) throws(RuntimeFailure) -> Result {
        let trace = trace
        trace.pins += 1
        defer { trace.pins -= 1 }
        return try body()
    }

    /// The refusal to look at a tensor that a block computes.
    static func lookInsideBlock(at span: Span) -> RuntimeFailure {
        RuntimeFailure(
            "E501", "a tensor computed inside this block has no contents yet: conditions, sizes, ranges and `float(…)` cannot depend on it", at: span,
            notes: [
                "the block is traced once and runs as a plan: choose between values with `where(condition, a, b)`, loop with `scan(step, start, xs)`, "
                    + "cut out a part with `take(x, at: i, size: n)`"
            ])
    }

    private static func outlived(at span: Span) -> RuntimeFailure {
        RuntimeFailure("E502", "this tensor belongs to a block that has ended", at: span)
    }
}
