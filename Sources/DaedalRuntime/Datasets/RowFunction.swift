import DaedalData
import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// Recognises functions of a row that only scale and reshape one field (`r => reshape(r.image / 255, 1, 28, 28)`), so that they run as a gather.
///
/// The function is traced once with stand-ins for the fields; where the trace is anything else, or fails, it is called row by row instead.
enum RowFunction {
    /// The same function as a gather, or nil.
    static func bulk(_ function: Value, _ source: any RecordSource, in context: EvaluationContext, at span: Span) -> BulkLeaf? {
        let row = StandInRow(source)
        do throws(RuntimeFailure) {
            return try context.withoutEvaluation { () throws(RuntimeFailure) in
                let result = try context.call(function, Arguments([.object(row)]), at: span)
                guard case .tensor(let tensor) = result, tensor.value == nil, let node = tensor.node, tensor.trace === context.trace else {
                    return nil
                }
                return leaf(node, context.trace, row, source)
            }
        } catch { return nil }
    }

    private static func leaf(_ node: NodeID, _ trace: Trace, _ row: StandInRow, _ source: any RecordSource) -> BulkLeaf? {
        guard let (field, transform) = follow(node, trace, row), trace.graph[node].shape.isKnown else { return nil }
        return BulkLeaf(source: source, fields: [field], transform: transform, type: trace.graph[node].type, shape: trace.graph[node].shape)
    }

    /// The field that a node is an affine map of.
    private static func follow(_ id: NodeID, _ trace: Trace, _ row: StandInRow) -> (field: Int, transform: Affine?)? {
        let graph = trace.graph
        let operands = Array(graph.operands(of: id))
        func combined(_ inner: NodeID, _ next: Affine) -> (field: Int, transform: Affine?)? {
            guard let (field, transform) = follow(inner, trace, row) else { return nil }
            guard let transform else { return (field, next) }
            return transform.followed(by: next).map { (field, $0) }
        }
        switch graph[id].primitive {
        case .input: return row.field(of: id).map { ($0, nil) }
        case .reshape: return follow(operands[0], trace, row)
        case .cast:
            // A cast to integers would round.
            return graph[id].type.isFloat ? follow(operands[0], trace, row) : nil
        case .multiply where graph[id].type.isFloat:
            if let factor = number(operands[1], graph) { return combined(operands[0], Affine(scale: factor)) }
            if let factor = number(operands[0], graph) { return combined(operands[1], Affine(scale: factor)) }
            return nil
        case .divide:
            return number(operands[1], graph).flatMap { $0 == 0 ? nil : combined(operands[0], Affine(scale: 1 / $0)) }
        case .add where graph[id].type.isFloat:
            if let term = number(operands[1], graph) { return combined(operands[0], Affine(scale: 1, shift: term)) }
            if let term = number(operands[0], graph) { return combined(operands[1], Affine(scale: 1, shift: term)) }
            return nil
        case .subtract where graph[id].type.isFloat:
            if let term = number(operands[1], graph) { return combined(operands[0], Affine(scale: 1, shift: -term)) }
            if let term = number(operands[0], graph) { return combined(operands[1], Affine(scale: -1, shift: term)) }
            return nil
        default: return nil
        }
    }

    /// The one number that a node holds everywhere.
    private static func number(_ id: NodeID, _ graph: Graph) -> Double? {
        switch graph[id].primitive {
        case .constant:
            guard case .scalar(let bits) = graph.attributes(of: id) else { return nil }
            return graph[id].type.isFloat ? Double(bitPattern: bits) : Double(Int64(bitPattern: bits))
        case .reshape, .expand, .cast: return number(graph.operand(0, of: id), graph)
        default: return nil
        }
    }
}

/// A row whose numeric fields are inputs of the current trace.
private final class StandInRow: Object {
    private let source: any RecordSource
    private var nodes: [NodeID: Int] = [:]
    private var tensors: [Int: TensorObject] = [:]

    init(_ source: any RecordSource) { self.source = source }

    func field(of node: NodeID) -> Int? { nodes[node] }

    override func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        guard let index = source.fieldNames.index(of: name) else { return nil }
        return try field(index, in: context)
    }

    override func subscripted(_ items: [Index], in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        guard items.count == 1, case .value(let index) = items[0] else { return nil }
        switch index {
        case .string(let name): return try member(name.text, in: context)
        case .int(let at) where source.fields.indices.contains(at): return try field(at, in: context)
        default: return nil
        }
    }

    private func field(_ index: Int, in context: EvaluationContext) throws(RuntimeFailure) -> Value {
        if let known = tensors[index] { return .tensor(known) }
        // Numbers stay numbers: what a function decides by them must be decided row by row.
        guard case .tensor(let type, let shape) = source.fields[index].kind, shape.isKnown else {
            throw RuntimeFailure("E000", "only tensors are traced", at: .none)
        }
        let node = context.trace.input(Signature(type: type, shape: shape))
        nodes[node] = index
        let tensor = TensorObject(trace: context.trace, node: node)
        tensors[index] = tensor
        return .tensor(tensor)
    }
}
