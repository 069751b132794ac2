import DaedalData
import DaedalTensor
import Synchronization

/// One tensor of an example with as many steps as its row has: tokens of a text, lists of numbers or words. Gathered without interpretation.
struct RaggedLeaf: Sendable {
    /// What the steps of a row are.
    enum Steps: Sendable {
        /// A list of numbers, or of tensors of one shape.
        case numbers
        case tokens(any Tokenizer)
        /// A list of values that have numbers of their own.
        case keys(Vocabulary, offset: Int, unknown: Int?)
    }

    let source: any RecordSource
    let field: Int
    let steps: Steps
    /// The element type of the batch.
    var type: ElementType
    /// The shape of one step.
    let item: Shape
    /// What every number goes through.
    var transform: Affine?
    /// What fills up shorter rows; nil where rows may not differ.
    let pad: Double?
    /// Tokens of rows, so that a text is cut up once and not at every pass.
    private let kept = KeptTokens()

    init(source: any RecordSource, field: Int, steps: Steps, type: ElementType = .i64, item: Shape = .scalar, transform: Affine? = nil, pad: Double?)
    {
        self.source = source
        self.field = field
        self.steps = steps
        self.type = type
        self.item = item
        self.transform = transform
        self.pad = pad
    }

    /// The same over other rows.
    func over(_ source: any RecordSource, field: Int) -> RaggedLeaf {
        RaggedLeaf(source: source, field: field, steps: steps, type: type, item: item, transform: transform, pad: pad)
    }

    /// The batch of some rows, in memory of the slot.
    func batch(_ rows: ArraySlice<Int>, _ slot: BatchSlot, _ index: Int) throws(DataFailure) -> BatchTensor {
        var parts: [Tensor] = []
        parts.reserveCapacity(rows.count)
        for row in rows { parts.append(try self.row(row)) }
        return try RaggedRows.padded(parts, type: type, item: item, pad: pad, slot, index) { at in
            failure(
                "row \(rows[rows.startIndex + at]) has \(parts[at].shape.first?.description ?? "0") steps, row \(rows[rows.startIndex]) has "
                    + "\(parts[0].shape.first?.description ?? "0"); `batch 32, pad: 0` fills shorter rows up", rows[rows.startIndex + at])
        }
    }

    /// The number of steps of a row.
    func length(of row: Int) throws(DataFailure) -> Int { try self.row(row).shape.first?.known ?? 0 }

    /// The steps of one row: `[steps, …]`.
    func row(_ row: Int) throws(DataFailure) -> Tensor {
        if let tokens = kept[row] { return try vector(tokens) }
        let value = try source.value(at: row, field: field)
        switch steps {
        case .tokens(let tokenizer):
            let text: String
            switch value {
            case .text(let found): text = found
            case .missing: text = ""
            default: throw failure("this is \(value.kindName), a tokenizer takes text", row)
            }
            let tokens = tokenizer.encode(text).map { Int64($0) }
            kept.keep(tokens, row)
            return try vector(tokens)
        case .keys(let vocabulary, let offset, let unknown):
            var numbers: [Int64] = []
            for item in Self.items(value) ?? [value] {
                if case .missing = item { continue }
                guard let key = Vocabulary.Key(item) else {
                    throw failure("\(item.kindName) in a list can have no number: text and integers can", row)
                }
                guard let number = vocabulary[key].map({ $0 + offset }) ?? unknown else {
                    throw failure("a value is not among the \(vocabulary.keys.count) known ones", row)
                }
                numbers.append(Int64(number))
            }
            return try vector(numbers)
        case .numbers: return try numbers(value, row)
        }
    }

    private func numbers(_ value: FieldValue, _ row: Int) throws(DataFailure) -> Tensor {
        let found: Tensor
        switch value {
        case .tensor(let tensor): found = tensor
        case .list(let items) where items.isEmpty: return try allocated(Shape([0] + item.counts))
        case .missing: return try allocated(Shape([0] + item.counts))
        default: throw failure("this is \(value.kindName), the rows before hold lists of numbers", row)
        }
        if found.count == 0 { return try allocated(Shape([0] + item.counts)) }
        guard found.shape.rank > 0, found.shape.removing(axis: 0) == item else {
            throw failure("a step of this row is \(found.shape.rank > 0 ? found.shape.removing(axis: 0) : .scalar), steps of others are \(item)", row)
        }
        guard let transform else { return found }
        let scaled = try allocated(found.shape)
        for at in 0..<found.count { scaled.write(transform.apply(found.double(at: at), at: at % max(item.elementCount ?? 1, 1)), at: at) }
        return scaled
    }

    private func allocated(_ shape: Shape) throws(DataFailure) -> Tensor {
        do { return try Tensor(uninitialized: type, shape: shape) } catch { throw DataFailure(.tooLarge, "there is no memory for an example") }
    }

    private func vector(_ numbers: [Int64]) throws(DataFailure) -> Tensor {
        do { return try Tensor(numbers, shape: Shape([numbers.count])) } catch { throw DataFailure(.tooLarge, "there is no memory for an example") }
    }

    private func failure(_ message: String, _ row: Int) -> DataFailure {
        let place = source.place(of: row)
        return DataFailure(.unfit, "\(message) (column `\(source.fields[field].name)`)", file: place.file, line: place.line)
    }

    /// The items of a list of values.
    static func items(_ value: FieldValue) -> [FieldValue]? {
        switch value {
        case .list(let items): items
        case .tensor(let tensor) where tensor.shape.rank == 1 && tensor.type.isInteger: (0..<tensor.count).map { .integer(tensor.int(at: $0)) }
        default: nil
        }
    }
}

/// Tokens of rows, while they fit.
private final class KeptTokens: Sendable {
    private static let most = 64 << 20
    private let rows = Mutex<(tokens: [Int: [Int64]], count: Int)>(([:], 0))

    subscript(row: Int) -> [Int64]? { rows.withLock { $0.tokens[row] } }

    func keep(_ tokens: [Int64], _ row: Int) {
        rows.withLock { rows in
            guard rows.count + tokens.count <= Self.most >> 3 else { return }
            rows.count += tokens.count
            rows.tokens[row] = tokens
        }
    }
}
