import DaedalTensor
import Synchronization

/// How a file of pictures or sounds becomes one tensor.
protocol MediaDecoder: Sendable {
    /// What every file gives.
    var field: Field { get }
    /// The shape of a step, where files differ in nothing but their number of steps.
    var item: Shape? { get }
    /// What to do where files differ in shape.
    var advice: String { get }
    /// Decodes one file. Called by several threads at once.
    func decode(_ path: String, from files: any FileAccess) throws(DataFailure) -> DecodedFile
}

/// What a file holds.
enum DecodedFile: Sendable {
    /// One row of bytes.
    case bytes(PackedRows)
    case numbers(Tensor)

    /// The bytes that it takes in memory.
    var byteCount: Int {
        switch self {
        case .bytes(let rows): rows.storage.byteCount
        case .numbers(let tensor): tensor.byteCount
        }
    }
}

/// Files as rows with what they hold, the folder that they stand in (`label`), and `path`. They are decoded when they are asked for; some stay decoded.
final class DecodedFiles: RecordSource {
    let name: String
    let fields: [Field]
    let fieldNames: FieldNames
    let skipped: Int
    var count: Int { listing.paths.count }
    var isCostly: Bool { true }

    private let listing: MediaListing
    private let decoder: any MediaDecoder
    private let files: any FileAccess
    private let kept = Mutex<(rows: [Int: DecodedFile], room: Int)>(([:], 0))

    /// Files that are known to be of one kind. Decoded rows are kept until they take `room` bytes.
    init(_ name: String, _ listing: MediaListing, _ decoder: any MediaDecoder, from files: any FileAccess, skipped: Int, room: Int) {
        self.name = name
        self.listing = listing
        self.decoder = decoder
        self.files = files
        self.skipped = skipped
        fields = [decoder.field, Field(name: "label", kind: .text), Field(name: "path", kind: .text)]
        fieldNames = FieldNames(fields.map(\.name))
        kept.withLock { $0.room = room }
    }

    func place(of row: Int) -> (file: String?, line: Int?) { (listing.paths.indices.contains(row) ? listing.paths[row] : name, nil) }

    func steps(of field: Int) -> (type: ElementType, item: Shape)? { field == 0 ? decoder.item.map { (.f32, $0) } : nil }

    func notNumeric(_ field: Int) throws(DataFailure) -> DataFailure {
        unfit(field == 0 ? decoder.advice : "column `\(fields[field].name)` does not hold numbers")
    }

    func record(at row: Int) throws(DataFailure) -> Record {
        var values: [FieldValue] = []
        for field in fields.indices { values.append(try value(at: row, field: field)) }
        return Record(names: fieldNames, values: values)
    }

    func value(at row: Int, field: Int) throws(DataFailure) -> FieldValue {
        guard row >= 0, row < count else { throw unfit("there is no row \(row) among \(count)") }
        switch field {
        case 0:
            switch try decoded(row) {
            case .numbers(let tensor): return .tensor(tensor)
            case .bytes(let rows):
                let tensor = try allocate(rows.element.elementType, rows.rowShape, for: "a picture")
                let gather = Gather(
                    rows: [0], width: rows.rowWidth, target: tensor, targetWidth: rows.rowWidth, targetOffset: 0, transform: nil)
                _ = gather.run(rows)
                return .tensor(tensor)
            }
        case 1: return .text(listing.labels[row])
        case 2: return .text(listing.paths[row])
        default: throw unfit("there is no column \(field) among \(fields.count)", row: row)
        }
    }

    func gather(_ fields: [Int], rows: ArraySlice<Int>, into target: Tensor, transform: Affine?) throws(DataFailure) {
        let targetWidth = try check(fields, rows, target, transform)
        let width = self.fields[0].width ?? 0
        for (at, row) in rows.enumerated() {
            let decoded = try decoded(row)
            // Only the first field has numbers, and it may be asked for more than once.
            for part in fields.indices {
                let gather = Gather(
                    rows: [0], width: width, target: target, targetRow: at, targetWidth: targetWidth, targetOffset: part * width,
                    transform: transform)
                let misfit: Int? =
                    switch decoded {
                    case .bytes(let rows): gather.run(rows)
                    case .numbers(let tensor): gather.run(tensor)
                    }
                if misfit != nil { throw unfit("a value of `\(self.fields[0].name)` is no \(target.type.name)", row: row) }
            }
        }
    }

    /// What a file holds, decoded now or before.
    private func decoded(_ row: Int) throws(DataFailure) -> DecodedFile {
        if let known = kept.withLock({ $0.rows[row] }) { return known }
        let decoded = try decoder.decode(listing.paths[row], from: files)
        kept.withLock { kept in
            guard decoded.byteCount <= kept.room, kept.rows[row] == nil else { return }
            kept.room -= decoded.byteCount
            kept.rows[row] = decoded
        }
        return decoded
    }
}
