import DaedalData
import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// What functions of the program give for rows: computed once a row and kept while it fits, because interpretation is slower than any kernel.
final class ComputedRows {
    /// What the functions get.
    enum Argument {
        /// The row itself: `input r => r.image / 255`.
        case row
        /// The example that columns give: `column("x") |> f`.
        case columns(BulkLeaf)
    }

    /// The most bytes that one source's results are kept in.
    private static let mostKept = 1 << 30

    let source: any RecordSource
    private let argument: Argument
    /// Each is called with the result before it, and with the arguments behind.
    private let functions: [ColumnObject.Stage]
    /// Random draws inside are keyed by this and the row.
    private let key: UInt64
    /// The types and shapes of the leaves of one result.
    private(set) var signatures: [Signature] = []
    /// How the leaves stand in the result.
    private(set) var form = Feature.Form.leaf(0)
    private var kept: [Tensor?] = []
    private var isKept: [Bool] = []

    /// Learns from the first of `rows` what the functions give.
    init(
        _ source: any RecordSource, _ argument: Argument, _ functions: [ColumnObject.Stage], key: UInt64, first row: Int,
        in context: EvaluationContext
    ) throws(RuntimeFailure) {
        self.source = source
        self.argument = argument
        self.functions = functions
        self.key = key
        let value = try example(row, in: context)
        var leaves: [Tensor] = []
        form = try take(value, &leaves, row, in: context)
        signatures = leaves.map { Signature(type: $0.type, shape: $0.shape) }
        let bytes = leaves.reduce(0) { $0 + $1.byteCount }
        let (total, overflow) = bytes.multipliedReportingOverflow(by: source.count)
        if !overflow && total <= Self.mostKept { isKept = Array(repeating: false, count: source.count) }
    }

    /// The same functions over other rows of the same fields.
    convenience init(copying other: ComputedRows, over source: any RecordSource, in context: EvaluationContext) throws(RuntimeFailure) {
        var argument = other.argument
        if case .columns(let leaf) = argument {
            do throws(DataFailure) {
                argument = .columns(
                    leaf.over(
                        source, fields: try leaf.fields.map { (field) throws(DataFailure) in try source.field(named: leaf.source.fields[field].name) }
                    ))
            } catch { throw RuntimeFailure(data: error, at: other.span) }
        }
        try self.init(source, argument, other.functions, key: other.key, first: 0, in: context)
    }

    private var span: Span { functions.first?.span ?? .none }

    private func example(_ row: Int, in context: EvaluationContext) throws(RuntimeFailure) -> Value {
        try context.detached { () throws(RuntimeFailure) in
            try context.session.random.scoped(RandomState.mix(key, UInt64(row))) { () throws(RuntimeFailure) in
                var value: Value
                switch argument {
                case .row: value = .object(try RowObject(source, row, at: span))
                case .columns(let leaf):
                    do throws(DataFailure) {
                        let batch = try leaf.batch([row], BatchSlot(), 0)
                        value = .tensor(TensorObject(batch.reshaped(leaf.shape)))
                    } catch { throw RuntimeFailure(data: error, at: span) }
                }
                for function in functions {
                    var arguments = function.arguments
                    arguments.positional.insert(value, at: 0)
                    value = try context.call(function.function, arguments, at: function.span)
                }
                return try settled(value, in: context)
            }
        }
    }

    /// Evaluates every tensor, because the trace that they belong to ends here.
    private func settled(_ value: Value, in context: EvaluationContext) throws(RuntimeFailure) -> Value {
        let tree = TensorTree(value)
        for case .tensor(let tensor) in tree.leaves { _ = try context.force(tensor, at: span) }
        return value
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
                    let place = source.place(of: row)
                    let line = place.line.map { " (\(place.file ?? source.name):\($0))" } ?? ""
                    throw RuntimeFailure(
                        "E403", "an example is made of numbers and tensors; for row \(row)\(line) this gives \(value.kindWithArticle)", at: span)
                }
                return try context.force(object, at: span)
            }
            leaves.append(tensor)
            return .leaf(leaves.count - 1)
        }
    }

    /// The leaves of one row.
    private func leaves(_ row: Int, in context: EvaluationContext) throws(RuntimeFailure) -> [Tensor] {
        var leaves: [Tensor] = []
        _ = try take(example(row, in: context), &leaves, row, in: context)
        guard leaves.count == signatures.count else {
            throw RuntimeFailure("E403", "row \(row) gives \(leaves.count) tensors, the first one \(signatures.count)", at: span)
        }
        for (i, leaf) in leaves.enumerated() where leaf.shape != signatures[i].shape {
            throw RuntimeFailure(
                "E403", "row \(row) gives an example of the shape \(leaf.shape), others have \(signatures[i].shape)", at: span)
        }
        return leaves
    }

    /// The batch of one leaf for some rows.
    func batch(_ rows: ArraySlice<Int>, part: Int, _ slot: BatchSlot, _ index: Int, in context: EvaluationContext) throws(RuntimeFailure) -> Tensor {
        do throws(DataFailure) {
            let signature = signatures[part]
            guard let size = Size(exactly: rows.count), signature.shape.rank < Shape.maximumRank else {
                throw DataFailure(.tooLarge, "\(rows.count) examples \(signature.shape) are too many for a tensor")
            }
            let target = try slot.tensor(index, signature.type, signature.shape.inserting(size, at: 0))
            let bytes = (signature.shape.elementCount ?? 0) * signature.type.byteCount
            if isKept.isEmpty {
                for (i, row) in rows.enumerated() {
                    let leaf = try converted(try result { () throws(RuntimeFailure) -> Tensor in try leaves(row, in: context)[part] }, signature.type)
                    (target.pointer + i * bytes).copyMemory(from: leaf.pointer, byteCount: bytes)
                    withExtendedLifetime(leaf) {}
                }
                return target
            }
            for row in rows where !isKept[row] { try keep(row, in: context) }
            guard let all = kept[part] else { return target }
            for (i, row) in rows.enumerated() { (target.pointer + i * bytes).copyMemory(from: all.pointer + row * bytes, byteCount: bytes) }
            return target
        } catch {
            if let failure = lastFailure {
                lastFailure = nil
                throw failure
            }
            throw RuntimeFailure(data: error, at: span)
        }
    }

    private var lastFailure: RuntimeFailure?

    /// Carries a failure of the program through code that fails with data's failures.
    private func result<T>(_ body: () throws(RuntimeFailure) -> T) throws(DataFailure) -> T {
        do throws(RuntimeFailure) { return try body() } catch {
            lastFailure = error
            throw DataFailure(.unfit, error.diagnostic.message)
        }
    }

    private func converted(_ tensor: Tensor, _ type: ElementType) throws(DataFailure) -> Tensor {
        do { return try tensor.converted(to: type) } catch { throw DataFailure(.tooLarge, "there is no memory for an example") }
    }

    private func keep(_ row: Int, in context: EvaluationContext) throws(DataFailure) {
        let leaves = try result { () throws(RuntimeFailure) -> [Tensor] in try self.leaves(row, in: context) }
        if kept.isEmpty {
            for signature in signatures {
                guard let count = Size(exactly: source.count) else { throw DataFailure(.tooLarge, "too many rows for a tensor") }
                do {
                    kept.append(try Tensor(uninitialized: signature.type, shape: signature.shape.inserting(count, at: 0)))
                } catch {
                    // Without memory to keep them, results are computed anew for every batch.
                    kept = []
                    isKept = []
                    throw DataFailure(.tooLarge, "there is no memory to keep \(source.count) examples")
                }
            }
        }
        for (part, leaf) in leaves.enumerated() {
            guard let all = kept[part] else { continue }
            let own = try converted(leaf, signatures[part].type)
            (all.pointer + row * own.byteCount).copyMemory(from: own.pointer, byteCount: own.byteCount)
            withExtendedLifetime(own) {}
        }
        isKept[row] = true
    }
}
