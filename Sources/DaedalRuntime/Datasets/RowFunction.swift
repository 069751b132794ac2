import DaedalData
import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// Recognises functions of a row that only pick, scale and reshape fields (`r => reshape(r.image / 255, 1, 28, 28)`, `r => r[0..64] / 16`), so that
/// they run as a gather.
///
/// The function is called once with stand-ins for the fields; where it does anything else, or fails, it is called row by row instead.
enum RowFunction {
    /// What a function of a row comes down to.
    enum Recognized {
        case leaf(BulkLeaf)
        /// One field as it stands.
        case field(Int)
    }

    /// What the function comes down to, or nil.
    static func recognized(_ function: Value, _ source: any RecordSource, in context: EvaluationContext, at span: Span) -> Recognized? {
        let row = StandInRow(source)
        do throws(RuntimeFailure) {
            return try context.withoutEvaluation { () throws(RuntimeFailure) in
                switch try context.call(function, Arguments([.object(row)]), at: span) {
                case .object(let object): return (object as? StandInField).map { .field($0.number) }
                case .tensor(let tensor):
                    guard tensor.value == nil, let node = tensor.node, tensor.trace === context.trace else { return nil }
                    return leaf(node, context.trace, row, source).map { .leaf($0) }
                default: return nil
                }
            }
        } catch { return nil }
    }

    private static func leaf(_ node: NodeID, _ trace: Trace, _ row: StandInRow, _ source: any RecordSource) -> BulkLeaf? {
        guard let (fields, transform) = follow(node, trace, row), trace.graph[node].shape.isKnown else { return nil }
        return BulkLeaf(source: source, fields: fields, transform: transform, type: trace.graph[node].type, shape: trace.graph[node].shape)
    }

    /// The fields that a node is an affine map of.
    private static func follow(_ id: NodeID, _ trace: Trace, _ row: StandInRow) -> (fields: [Int], transform: Affine?)? {
        let graph = trace.graph
        let operands = Array(graph.operands(of: id))
        func combined(_ inner: NodeID, _ next: Affine) -> (fields: [Int], transform: Affine?)? {
            guard let (fields, transform) = follow(inner, trace, row) else { return nil }
            guard let transform else { return (fields, next) }
            return transform.followed(by: next).map { (fields, $0) }
        }
        switch graph[id].primitive {
        case .input: return row.fields(of: id).map { ($0, nil) }
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

/// A row whose tensors and ranges of numbers are inputs of the current trace.
private final class StandInRow: Object {
    private let source: any RecordSource
    private var nodes: [NodeID: [Int]] = [:]
    private var tensors: [[Int]: TensorObject] = [:]

    init(_ source: any RecordSource) { self.source = source }

    func fields(of node: NodeID) -> [Int]? { nodes[node] }

    override func member(_ name: String, in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        guard let index = source.fieldNames.index(of: name) else { return nil }
        return try field(index, in: context)
    }

    override func subscripted(_ items: [Index], in context: EvaluationContext) throws(RuntimeFailure) -> Value? {
        guard items.count == 1, case .value(let index) = items[0] else { return nil }
        switch index {
        case .string(let name): return try member(name.text, in: context)
        case .int(let at) where source.fields.indices.contains(at): return try field(at, in: context)
        case .range(let range):
            let chosen = range.indices(below: source.fields.count)
            let types = chosen.compactMap { source.fields[$0].elementType }
            guard let type = types.max(), types.count == chosen.count, chosen.allSatisfy({ source.fields[$0].width == 1 }) else { return nil }
            return input(chosen, Signature(type: type == .f64 ? .f32 : type, shape: Shape([chosen.count])), in: context)
        default: return nil
        }
    }

    private func field(_ index: Int, in context: EvaluationContext) throws(RuntimeFailure) -> Value {
        // Numbers and texts stay what they are: what a function decides by them must be decided row by row.
        guard case .tensor(let type, let shape) = source.fields[index].kind, shape.isKnown else { return .object(StandInField(index)) }
        return input([index], Signature(type: type, shape: shape), in: context)
    }

    private func input(_ fields: [Int], _ signature: Signature, in context: EvaluationContext) -> Value {
        if let known = tensors[fields] { return .tensor(known) }
        let node = context.trace.input(signature)
        nodes[node] = fields
        let tensor = TensorObject(trace: context.trace, node: node)
        tensors[fields] = tensor
        return .tensor(tensor)
    }
}

/// A number or text of a row that may be given back and nothing else: every operation refuses it, and the function is called row by row.
private final class StandInField: Object {
    let number: Int
    init(_ number: Int) { self.number = number }
    override var kindName: String { "field" }
}
