import DaedalTensor

/// JSON values, one a line: objects are rows with names, arrays rows with numbers, anything else a row with the field `value`.
package enum JSONL {
    /// How the rows are read.
    package struct Options: Sendable {
        /// Whether malformed rows are left out and counted, not failures.
        package var skipsMalformed = false
        /// Files up to this size are held in memory, larger ones are read block by block.
        package var memoryLimit = 64 << 20

        package init() {}
    }

    /// Opens a file of rows.
    package static func open(_ path: String, from files: any FileAccess, options: Options = Options()) throws(DataFailure) -> any RecordSource {
        let stamp = try files.stamp(of: path)
        let estimate = (stamp.byteCount ?? 0) * (path.hasSuffix(".gz") ? 4 : 1)
        if estimate > options.memoryLimit { return try StreamedTable(JSONLBlocks(path, from: files, options: options)) }
        var lines = LineReader(try ByteStream(opening: path, from: files))
        var block = Block(path: path, skips: options.skipsMalformed)
        while try block.readRow(&lines) {}
        guard block.rows.count > 0 else { throw DataFailure(.empty, "there are no rows", file: path) }
        return try block.rows.table(name: path, file: path, lines: block.lines, skipped: block.skipped)
    }

    /// Rows as they are read.
    struct Block {
        let path: String
        let skips: Bool
        var rows: RecordTable
        var lines = LineMap()
        var skipped = 0

        init(path: String, skips: Bool, names: [String] = []) {
            self.path = path
            self.skips = skips
            rows = RecordTable(names: names)
        }

        /// Reads one row, passing over blank lines. False at the end.
        mutating func readRow(_ reader: inout LineReader) throws(DataFailure) -> Bool {
            while let text = try reader.read() {
                if text.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) { continue }
                do throws(DataFailure) {
                    let value = try JSONParser.parse(Array(text), file: path, line: reader.line)
                    lines.note(row: rows.count, line: reader.line)
                    rows.append(JSONL.fields(of: value))
                    return true
                } catch {
                    guard skips else { throw error }
                    skipped += 1
                }
            }
            return false
        }
    }

    private static func fields(of value: JSONValue) -> [(name: String, value: FieldValue)] {
        switch value {
        case .object(let members): members.map { ($0.key, FieldValue($0.value)) }
        case .array(let values): values.enumerated().map { (String($0), FieldValue($1)) }
        default: [("value", FieldValue(value))]
        }
    }
}

extension FieldValue {
    /// The value of a JSON value: rectangular arrays of numbers become tensors (i64 if all are integers, else f32).
    package init(_ json: JSONValue) {
        switch json {
        case .null: self = .missing
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .text(let value): self = .text(value)
        case .object(let members):
            self = .record(Record(names: FieldNames(members.map(\.key)), values: members.map { FieldValue($0.value) }))
        case .array(let values):
            self = Self.tensor(json).map { .tensor($0) } ?? .list(values.map { FieldValue($0) })
        }
    }

    private static func tensor(_ json: JSONValue) -> Tensor? {
        var sizes: [Int] = []
        var inner = json
        while case .array(let values) = inner {
            sizes.append(values.count)
            guard let first = values.first, sizes.count <= Shape.maximumRank else { return nil }
            inner = first
        }
        var numbers: [Double] = [], integers: [Int64] = []
        guard collect(json, sizes[...], &numbers, &integers) else { return nil }
        return integers.count == numbers.count
            ? try? Tensor(integers, shape: Shape(sizes)) : try? Tensor(numbers.map(Float.init), shape: Shape(sizes))
    }

    private static func collect(_ json: JSONValue, _ sizes: ArraySlice<Int>, _ numbers: inout [Double], _ integers: inout [Int64]) -> Bool {
        switch json {
        case .array(let values):
            guard values.count == sizes.first else { return false }
            return values.allSatisfy { collect($0, sizes.dropFirst(), &numbers, &integers) }
        case .integer(let value) where sizes.isEmpty:
            integers.append(Int64(value))
            numbers.append(Double(value))
            return true
        case .number(let value) where sizes.isEmpty:
            numbers.append(value)
            return true
        default: return false
        }
    }
}

/// A large file of JSON lines, after one pass that learned its fields and where its blocks start.
final class JSONLBlocks: RowBlocks {
    let path: String
    let fields: [Field]
    let starts: [Int]
    let count: Int
    let skipped: Int
    let isForwardOnly: Bool
    private let files: any FileAccess
    private let options: JSONL.Options
    private let stamp: FileStamp
    private let positions: [(offset: Int, line: Int)]
    private static let rowsPerBlock = 1024

    init(_ path: String, from files: any FileAccess, options: JSONL.Options) throws(DataFailure) {
        let stream = try ByteStream(opening: path, from: files)
        var lines = LineReader(stream)
        var names: [String] = [], kinds: [Field.Kind?] = [], indices: [String: Int] = [:]
        var starts: [Int] = [], positions: [(offset: Int, line: Int)] = []
        var rows = 0, skipped = 0
        var isDone = false
        while !isDone {
            let position = (lines.offset, lines.line)
            var block = JSONL.Block(path: path, skips: options.skipsMalformed)
            while block.rows.count < Self.rowsPerBlock {
                isDone = try !block.readRow(&lines)
                if isDone { break }
            }
            skipped += block.skipped
            if block.rows.count == 0 { break }
            starts.append(rows)
            positions.append(position)
            rows += block.rows.count
            for (name, kind) in block.rows.kinds {
                if let index = indices[name] {
                    kinds[index] = RecordTable.joined(kinds[index], kind)
                } else {
                    indices[name] = names.count
                    names.append(name)
                    kinds.append(kind)
                }
            }
        }
        self.path = path
        self.files = files
        self.options = options
        self.starts = starts
        self.positions = positions
        self.skipped = skipped
        count = rows
        stamp = stream.stamp
        isForwardOnly = stream.isCompressed
        fields = zip(names, kinds).map { Field(name: $0, kind: $1 ?? .any) }
    }

    func read(block: Int) throws(DataFailure) -> any RecordSource {
        let position = positions[block]
        let stream = try ByteStream(opening: path, from: files, at: isForwardOnly ? 0 : position.offset)
        guard stream.stamp == stamp else { throw DataFailure(.changed, "the file changed while it was being read", file: path) }
        var lines = LineReader(stream, lineBefore: isForwardOnly ? 0 : position.line)
        if isForwardOnly {
            while lines.line < position.line { guard try lines.read() != nil else { break } }
        }
        var rows = JSONL.Block(path: path, skips: options.skipsMalformed, names: fields.map(\.name))
        let wanted = (block + 1 < starts.count ? starts[block + 1] : count) - starts[block]
        while rows.rows.count < wanted {
            guard try rows.readRow(&lines) else { throw DataFailure(.changed, "the file changed while it was being read", file: path) }
        }
        guard rows.rows.kinds.count == fields.count else {
            throw DataFailure(.changed, "the file changed while it was being read", file: path)
        }
        return try rows.rows.table(name: path, file: path, lines: rows.lines, kinds: fields.map(\.kind))
    }
}
