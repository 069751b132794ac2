import DaedalData
import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// What functions of the program give for rows: computed once a row and kept while it fits, because interpretation is slower than any kernel.
final class ComputedRows {
    /// The most bytes that one source's results are kept in.
    private static let mostKept = 1 << 30

    let function: RowCalculation
    /// What fills up rows that differ in their first axis; nil where they may not.
    private let pad: Double?
    /// The types and shapes of the leaves of one result.
    private(set) var signatures: [Signature] = []
    /// How the leaves stand in the result.
    private(set) var form = Feature.Form.leaf(0)
    /// The leaves whose rows were seen to differ in length.
    private var isRagged: [Bool] = []
    /// Results by row, one tensor a leaf.
    private var kept: [Int: [Tensor]] = [:]
    private var keptBytes = 0
    /// So many rows are looked at to learn whether they differ.
    private static let rowsToLearnFrom = 64

    /// Learns from the first of `rows` what the functions give.
    init(_ function: RowCalculation, pad: Double?, first rows: some Collection<Int>, in context: EvaluationContext) throws(RuntimeFailure) {
        self.function = function
        self.pad = pad
        for row in rows.prefix(pad == nil ? 1 : Self.rowsToLearnFrom) {
            var leaves: [Tensor] = []
            let form = try take(function.value(row, in: context), &leaves, row, in: context)
            if signatures.isEmpty {
                self.form = form
                signatures = leaves.map { Signature(type: $0.type, shape: $0.shape) }
                isRagged = leaves.map { _ in false }
            }
            try check(leaves, row)
            keep(leaves, row)
        }
    }

    /// The same functions over other rows of the same fields.
    func over(_ source: any RecordSource, in context: EvaluationContext) throws(RuntimeFailure) -> ComputedRows {
        let result = try ComputedRows(function.over(source), pad: pad, first: 0..<source.count, in: context)
        for at in isRagged.indices where isRagged[at] && result.isRagged.indices.contains(at) { result.isRagged[at] = true }
        return result
    }

    private var span: Span { function.span }

    /// The shape of one example as a list, with `none` for an axis in which rows differ.
    func shapeValue(_ part: Int) -> Value {
        let sizes: [Value] = signatures[part].shape.counts.map { .int($0) }
        return .list(isRagged[part] ? [.none] + sizes.dropFirst() : sizes)
    }

    /// The number of steps of a row where rows differ, else nil.
    func length(of row: Int, part: Int, in context: EvaluationContext) throws(RuntimeFailure) -> Int? {
        guard pad != nil, signatures[part].shape.rank > 0 else { return nil }
        let count = try leaves(row, in: context)[part].shape.first?.known
        return isRagged[part] ? count : nil
    }

    /// Takes a result apart into tensors.
    private func take(_ value: Value, _ leaves: inout [Tensor], _ row: Int, in context: EvaluationContext) throws(RuntimeFailure) -> Feature.Form {
        switch value {
        case .record(let record):
            var parts: [Feature.Form] = []
            for field in record.fields { parts.append(try take(field, &leaves, row, in: context)) }
            return .record(names: record.names, parts)
        default:
            let tensor = try context.detached { () throws(RuntimeFailure) in
                guard let object = try TensorLiteral.tensor(from: value, in: context, at: span) else {
                    throw RuntimeFailure(
                        "E403", "an example is made of numbers and tensors; for \(function.place(row)) this gives \(value.kindWithArticle)", at: span)
                }
                return try context.force(object, at: span)
            }
            leaves.append(tensor)
            return .leaf(leaves.count - 1)
        }
    }

    /// The leaves of one row.
    private func leaves(_ row: Int, in context: EvaluationContext) throws(RuntimeFailure) -> [Tensor] {
        if let known = kept[row] { return known }
        var leaves: [Tensor] = []
        _ = try take(function.value(row, in: context), &leaves, row, in: context)
        try check(leaves, row)
        keep(leaves, row)
        return leaves
    }

    /// Refuses a result of another form than the first; notes where lengths differ.
    private func check(_ leaves: [Tensor], _ row: Int) throws(RuntimeFailure) {
        guard leaves.count == signatures.count else {
            throw RuntimeFailure("E403", "\(function.place(row)) gives \(leaves.count) tensors, others \(signatures.count)", at: span)
        }
        for (i, leaf) in leaves.enumerated() where leaf.shape != signatures[i].shape {
            let known = signatures[i].shape
            let differsInLength = leaf.shape.rank == known.rank && known.rank > 0 && leaf.shape.removing(axis: 0) == known.removing(axis: 0)
            // An empty list has no shape of its own.
            if pad != nil, differsInLength || leaf.count == 0 {
                isRagged[i] = true
                continue
            }
            throw RuntimeFailure(
                "E403", "\(function.place(row)) gives an example of the shape \(leaf.shape), others have \(known)", at: span,
                fixes: differsInLength ? [.init("`batch 32, pad: 0` fills shorter rows up")] : [])
        }
    }

    private func keep(_ leaves: [Tensor], _ row: Int) {
        // A tensor of its own takes some two hundred bytes beside its elements.
        let bytes = leaves.reduce(64) { $0 + $1.byteCount + 192 }
        guard keptBytes + bytes <= Self.mostKept else { return }
        keptBytes += bytes
        kept[row] = leaves
    }

    /// The batch of one leaf for some rows.
    func batch(
        _ rows: ArraySlice<Int>, part: Int, _ slot: BatchSlot, _ index: Int, in context: EvaluationContext
    ) throws(RuntimeFailure) -> BatchTensor {
        var parts: [Tensor] = []
        parts.reserveCapacity(rows.count)
        for row in rows { parts.append(try leaves(row, in: context)[part]) }
        let signature = signatures[part]
        do throws(DataFailure) {
            if isRagged[part] {
                let item = signature.shape.removing(axis: 0)
                return try RaggedRows.padded(parts, type: signature.type, item: item, pad: pad, slot, index) { _ in
                    DataFailure(.unfit, "rows differ in length")
                }
            }
            guard let size = Size(exactly: rows.count), signature.shape.rank < Shape.maximumRank else {
                throw DataFailure(.tooLarge, "\(rows.count) examples \(signature.shape) are too many for a tensor")
            }
            let target = try slot.tensor(index, signature.type, signature.shape.inserting(size, at: 0))
            let bytes = (signature.shape.elementCount ?? 0) * signature.type.byteCount
            for (i, leaf) in parts.enumerated() {
                let own = try leaf.type == signature.type ? leaf : converted(leaf, signature.type)
                (target.pointer + i * bytes).copyMemory(from: own.pointer, byteCount: bytes)
                withExtendedLifetime(own) {}
            }
            return BatchTensor(target)
        } catch { throw RuntimeFailure(data: error, at: span) }
    }

    private func converted(_ tensor: Tensor, _ type: ElementType) throws(DataFailure) -> Tensor {
        do { return try tensor.converted(to: type) } catch { throw DataFailure(.tooLarge, "there is no memory for an example") }
    }
}
