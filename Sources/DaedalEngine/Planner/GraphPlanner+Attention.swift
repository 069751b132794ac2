import CKernels
import DaedalGraph
import DaedalTensor

/// Steps for attention, forward and backward.
extension GraphPlanner {
    /// Appends the step of attention, or of the gradients that `results` name.
    func appendAttention(_ attention: AttentionMatch, _ results: [NodeID]) throws(AllocationFailure) {
        guard let first = results.first else { return }
        if first == attention.output { try appendForward(attention) } else { try appendBackward(attention, results) }
    }

    private func appendForward(_ attention: AttentionMatch) throws(AllocationFailure) {
        var arguments = ck_attention_args()
        let output = attention.output, o = try rows(output)
        arguments.problem = problem(attention)
        arguments.o_at = o.layout
        let reads = try operands(attention, \ck_attention_args.problem, &arguments)
        var writes = [field(\ck_attention_args.o, o.place)]
        if attention.gradients.contains(where: { isComputed($0) }) {
            let heads = arguments.problem.outer * arguments.problem.inner
            let place = Place(buffer: assembly.makeBuffer(Int(heads * 2 * arguments.problem.queries) * 4), offset: 0)
            statistics[output] = place
            writes.append(field(\ck_attention_args.statistics, place))
        }
        appendKernel(
            output, arguments, ck_attention_tiles, ck_attention_run, reads: reads, writes: writes, operations: operations(arguments.problem),
            name: "attention", operands: attention.operands(of: output))
    }

    private func appendBackward(_ attention: AttentionMatch, _ results: [NodeID]) throws(AllocationFailure) {
        guard let known = statistics[attention.output], let upstream = attention.upstream else {
            preconditionFailure("a gradient before its attention")
        }
        var arguments = ck_attention_gradient_args()
        arguments.problem = problem(attention)
        let o = try rows(attention.output), dy = try rows(upstream)
        (arguments.o_at, arguments.o_gradient_at) = (o.layout, dy.layout)
        var reads = try operands(attention, \ck_attention_gradient_args.problem, &arguments)
        reads += [
            field(\ck_attention_gradient_args.o, o.place), field(\ck_attention_gradient_args.o_gradient, dy.place),
            field(\ck_attention_gradient_args.statistics, known),
        ]
        var writes: [PlanAssembly.PointerField] = []
        func write(
            _ node: NodeID?, _ target: KeyPath<ck_attention_gradient_args, UnsafeMutablePointer<Float>?>,
            _ layout: WritableKeyPath<ck_attention_gradient_args, ck_attention_layout>
        ) throws(AllocationFailure) {
            guard let node, results.contains(node) else { return }
            let made = try rows(node, areColumns: node == attention.kGradient && attention.hasGradientColumns)
            arguments[keyPath: layout] = made.layout
            writes.append(field(target, made.place))
        }
        try write(attention.qGradient, \.q_gradient, \.q_gradient_at)
        try write(attention.kGradient, \.k_gradient, \.k_gradient_at)
        try write(attention.vGradient, \.v_gradient, \.v_gradient_at)
        arguments.wants_queries = attention.qGradient.map { results.contains($0) } ?? false
        arguments.wants_keys = [attention.kGradient, attention.vGradient].contains { $0.map { results.contains($0) } ?? false }
        // Whole heads are the cheaper share; where there are too few of them, blocks of keys and groups of queries.
        arguments.is_split = arguments.problem.outer * arguments.problem.inner < Int64(assembly.threads)
        appendKernel(
            results[0], arguments, ck_attention_gradient_tiles, ck_attention_gradient_run, reads: reads, writes: writes,
            operations: 2.5 * operations(arguments.problem), name: "attention gradient",
            operands: attention.operands(of: results[0]) + results.dropFirst())
    }

    /// The multiply-adds of both products, times two.
    private func operations(_ problem: ck_attention_problem) -> Double {
        2 * Double(problem.outer * problem.inner) * Double(problem.queries * problem.keys) * Double(problem.depth + problem.width)
    }

    /// The sizes of attention and what it hides.
    private func problem(_ attention: AttentionMatch) -> ck_attention_problem {
        let q = graph[attention.q].shape.counts, v = graph[attention.v].shape.counts, rank = q.count
        var result = ck_attention_problem()
        (result.outer, result.inner) = (rank > 3 ? Int64(q[rank - 4]) : 1, rank > 2 ? Int64(q[rank - 3]) : 1)
        (result.queries, result.depth) = (Int64(q[rank - 2]), Int64(q[rank - 1]))
        (result.keys, result.width) = (Int64(v[rank - 2]), Int64(v[rank - 1]))
        (result.scale, result.fill) = (Float(attention.scale?.number.constant ?? 1), Float(attention.fill?.constant ?? 0))
        result.divides = attention.scale?.divides ?? false
        (result.is_causal, result.offset) = (attention.causalOffset != nil, Int64(attention.causalOffset ?? 0))
        return result
    }

    /// Says where Q, K, V, the mask and numbers that are not known yet are.
    private func operands<Arguments>(
        _ attention: AttentionMatch, _ path: WritableKeyPath<Arguments, ck_attention_problem>, _ arguments: inout Arguments
    ) throws(AllocationFailure) -> [PlanAssembly.PointerField] {
        let q = try rows(attention.q), k = try rows(attention.k, areColumns: attention.hasKeyColumns), v = try rows(attention.v)
        (arguments[keyPath: path].q_at, arguments[keyPath: path].k_at, arguments[keyPath: path].v_at) = (q.layout, k.layout, v.layout)
        let base = MemoryLayout<Arguments>.offset(of: path) ?? 0
        func within<Value>(_ inner: KeyPath<ck_attention_problem, Value>, _ place: Place) -> PlanAssembly.PointerField {
            var result = field(inner, place)
            result.field += base
            return result
        }
        var fields = [within(\.q, q.place), within(\.k, k.place), within(\.v, v.place)]
        if let scale = attention.scale?.number.node { fields.append(within(\.scale_from, try start(of: scale))) }
        if let fill = attention.fill?.node { fields.append(within(\.fill_from, try start(of: fill))) }
        if let mask = attention.mask {
            let strides = views.view(mask).strides, rank = strides.count
            arguments[keyPath: path].mask_outer = rank > 3 ? Int64(strides[rank - 4]) : 0
            arguments[keyPath: path].mask_inner = rank > 2 ? Int64(strides[rank - 3]) : 0
            (arguments[keyPath: path].mask_row, arguments[keyPath: path].mask_column) = (Int64(strides[rank - 2]), Int64(strides[rank - 1]))
            fields.append(within(\.mask, try start(of: mask)))
        }
        return fields
    }

    /// Where an operand or a result is, and how its rows (or columns, taken as rows) of adjacent elements lie; copied where they are not adjacent.
    private func rows(_ id: NodeID, areColumns: Bool = false) throws(AllocationFailure) -> (place: Place, layout: ck_attention_layout) {
        let rank = graph[id].shape.rank, order = Array(0..<rank - 2) + (areColumns ? [rank - 1, rank - 2] : [rank - 2, rank - 1])
        let (root, view) = (views.root(id), views.view(id).permuted(order))
        let isAdjacent = (view.strides[rank - 1] == 1 || view.extents[rank - 1] == 1) && view.strides[rank - 2] > 0
        let strides = isAdjacent ? view.strides : StridedView.denseStrides(view.extents)
        let layout = ck_attention_layout(
            outer: rank > 3 ? Int64(strides[rank - 4]) : 0, inner: rank > 2 ? Int64(strides[rank - 3]) : 0, row: Int64(strides[rank - 2]))
        if isAdjacent { return (try start(of: id), layout) }
        if !areColumns { return (try dense(id), layout) }
        let copied = Place(buffer: assembly.makeBuffer(byteCount(id)), offset: 0)
        try copy((root, view), id, to: copied)
        return (copied, layout)
    }
}
