import DaedalGraph
import DaedalTensor

/// Attention as a graph spells it: `softmax(hide(q @ transpose(k) · scale)) @ v`, and its gradient, found by the form that passes leave.
///
/// What hides is `where` with a number: a causal comparison of indices, a tensor of booleans, both or neither. What the formula gives is kept, rows that
/// see nothing included, but for this: a hidden key whose weight is exactly 0 may be passed over, and then takes nothing from a value that is not finite.
struct AttentionMatch {
    let q: NodeID, k: NodeID, v: NodeID
    /// Whether `k`, and whether its gradient, has a column for each key, not a row.
    let hasKeyColumns: Bool
    private(set) var hasGradientColumns = false
    /// What products are multiplied with to be scores; nil is 1.
    private(set) var scale: AttentionSearch.Factor?
    /// Query i sees key j where j ≤ i + offset; nil sees all.
    private(set) var causalOffset: Int?
    /// True where a key may be seen.
    private(set) var mask: NodeID?
    /// The score of a hidden key, where one may be hidden.
    private(set) var fill: AttentionSearch.Number?
    /// The product of the weights and `v`.
    let output: NodeID
    /// The gradient that arrives at the output, if one does.
    private(set) var upstream: NodeID?
    private(set) var qGradient: NodeID?, kGradient: NodeID?, vGradient: NodeID?
    /// What exists between operands and results, none of which is ever stored.
    private(set) var inner: Set<NodeID> = []

    /// The widest rows of q, k and v; wider ones leave no room near the processor for a block of them.
    private static let widest = 256
    /// Fewer queries or keys do not pay for the packing of keys.
    private static let fewest = 16

    /// The results of the backward step.
    var gradients: [NodeID] { [qGradient, kGradient, vGradient].compactMap { $0 } }

    /// What a result is computed from.
    func operands(of result: NodeID) -> [NodeID] {
        var operands = [q, k, v] + [mask, scale?.number.node, fill?.node].compactMap { $0 }
        if result != output, let upstream { operands += [output, upstream] }
        return operands
    }

    /// How each result lies in memory: in rows as layers leave those of its operand, so that nobody has to move heads.
    func layouts(_ graph: Graph) -> [NodeID: ResultLayout] {
        let last = graph[output].shape.rank - 1
        var result = [output: ResultLayout(model: q, adjacent: last)]
        if let qGradient { result[qGradient] = ResultLayout(model: q, adjacent: last) }
        if let kGradient { result[kGradient] = ResultLayout(model: k, adjacent: hasGradientColumns ? last - 1 : last) }
        if let vGradient { result[vGradient] = ResultLayout(model: v, adjacent: last) }
        return result
    }

    /// The attention whose last product a node is; nil where it is anything else, or where somebody else looks at what is in between.
    init?(_ node: NodeID, _ search: AttentionSearch) {
        let graph = search.graph
        guard graph[node].primitive == .matrixProduct, graph[node].type == .f32, (2...4).contains(graph[node].shape.rank),
            graph.attributes(of: node) == .product(transposesLeft: false, transposesRight: false)
        else { return nil }
        let weights = graph.operand(0, of: node), axis = graph[node].shape.rank - 1
        guard let (numerator, divisor) = search.pair(weights, .divide), let away = search.only(numerator, .exponential),
            let (scores, top) = search.pair(away, .subtract), let maximum = search.repeated(top, .maximumOf, axis),
            graph.operand(0, of: maximum.reduction) == scores, let sum = search.repeated(divisor, .sum, axis),
            graph.operand(0, of: sum.reduction) == numerator, let found = search.scores(scores),
            Self.isWorthwhile(graph, found.q, graph.operand(1, of: node))
        else { return nil }
        (q, k, hasKeyColumns, v, output) = (found.q, found.k, found.hasKeyColumns, graph.operand(1, of: node), node)
        (scale, causalOffset, mask, fill) = (found.scale, found.causalOffset, found.mask, found.fill)
        inner = Set([weights, numerator, away] + maximum.nodes + sum.nodes + found.nodes)
        findGradients(search, weights: weights, numerator: numerator, divisor: divisor, found)
        guard search.areRead(inner, only: inner.union(gradients).union([node])) else { return nil }
    }

    private static func isWorthwhile(_ graph: Graph, _ q: NodeID, _ v: NodeID) -> Bool {
        let queries = graph[q].shape.counts, values = graph[v].shape.counts, rank = queries.count
        guard (queries + values).allSatisfy({ $0 > 0 }) else { return false }
        return queries[rank - 1] <= widest && values[rank - 1] <= widest && queries[rank - 2] >= fewest && values[rank - 2] >= fewest
    }

    /// Follows the gradient back from the output: what it does not find stays outside, and is then somebody who looks at what is in between.
    private mutating func findGradients(
        _ search: AttentionSearch, weights: NodeID, numerator: NodeID, divisor: NodeID, _ scores: AttentionSearch.Scores
    ) {
        let graph = search.graph
        for reader in search.readers(of: weights) where reader != output {
            guard graph.attributes(of: reader) == .product(transposesLeft: true, transposesRight: false), graph.operand(0, of: reader) == weights
            else { continue }
            (vGradient, upstream) = (reader, graph.operand(1, of: reader))
        }
        for share in search.readers(of: divisor) where graph[share].primitive == .divide && share != weights {
            let product = graph.operand(0, of: share)
            guard graph.attributes(of: product) == .product(transposesLeft: false, transposesRight: true), graph.operand(1, of: product) == v,
                upstream == nil || upstream == graph.operand(0, of: product), var chain = search.softmaxGradient(share, weights, numerator)
            else { continue }
            chain += [product, share]
            guard let last = chain.first, let slopes = search.slopes(last, scores, &chain) else { continue }
            upstream = graph.operand(0, of: product)
            for reader in search.readers(of: slopes) {
                guard let (left, right) = search.pair(reader, .matrixProduct) else { continue }
                switch graph.attributes(of: reader) {
                case .product(false, hasKeyColumns) where left == slopes && right == k: qGradient = reader
                case .product(true, false) where left == slopes && right == q: (kGradient, hasGradientColumns) = (reader, false)
                case .product(true, false) where left == q && right == slopes: (kGradient, hasGradientColumns) = (reader, true)
                default: break
                }
            }
            inner.formUnion(chain)
        }
    }
}
