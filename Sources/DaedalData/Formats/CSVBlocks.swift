import Synchronization

/// A large table in text, after one pass that learned its columns and where its blocks start.
final class CSVBlocks: RowBlocks {
    let path: String
    let fields: [Field]
    let starts: [Int]
    let count: Int
    let skipped: Int
    let isForwardOnly: Bool

    private let files: any FileAccess
    private let options: CSVOptions
    private let stamp: FileStamp
    private let positions: [(offset: Int, line: Int)]
    private let textColumns: Set<Int>
    private let numberColumns: Set<Int>
    private let firstTexts: [CellPlace?]
    /// The reader that stopped where `next` starts, for files that only go forward.
    private let running = Mutex<Running?>(nil)
    /// A reader and the block that it reads next.
    private struct Running {
        let reader: CSVReader
        var next: Int
    }

    /// Goes over the file once.
    init(_ path: String, from files: any FileAccess, options: CSVOptions) throws(DataFailure) {
        var options = options
        options.blockSize *= 2
        numberColumns = try CSV.numberColumns(path, from: files, options: options)
        let reader = try CSVReader(ByteStream(opening: path, from: files), options: options, numberColumns: numberColumns)
        var builders = [ColumnBuilder](repeating: ColumnBuilder(keepsValues: false), count: reader.columnCount)
        var starts: [Int] = [], positions: [(offset: Int, line: Int)] = []
        var rows = 0
        var position = reader.position
        while try reader.readBlock() {
            starts.append(rows)
            positions.append(position)
            rows += reader.rowCount
            for column in builders.indices { builders[column].append(reader, column: column) }
            position = reader.position
        }
        self.path = path
        self.files = files
        self.options = options
        self.starts = starts
        self.positions = positions
        count = rows
        skipped = reader.skipped
        stamp = reader.stream.stamp
        isForwardOnly = reader.stream.isCompressed
        fields = zip(reader.names, builders).map { Field(name: $0, kind: $1.kind) }
        firstTexts = builders.map(\.firstText)
        textColumns = Set(builders.indices.filter { builders[$0].firstText != nil })
    }

    func read(block: Int) throws(DataFailure) -> any RecordSource {
        let result: Result<Table, DataFailure> = running.withLock { running in
            do throws(DataFailure) { return .success(try read(block, &running)) } catch {
                running = nil
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Reads a block with the running reader if it can get there.
    private func read(_ block: Int, _ running: inout Running?) throws(DataFailure) -> Table {
        if running == nil || running?.next != block {
            if !isForwardOnly || running == nil || (running?.next ?? 0) > block { running = try open(at: isForwardOnly ? 0 : block) }
        }
        guard var current = running else { throw changed() }
        while current.next < block {
            guard try current.reader.readBlock() else { throw changed() }
            current.next += 1
        }
        guard try current.reader.readBlock() else { throw changed() }
        current.next += 1
        running = current
        let reader = current.reader
        let rows = (block + 1 < starts.count ? starts[block + 1] : count) - starts[block]
        guard reader.rowCount == rows else { throw changed() }
        var lines = LineMap()
        for (index, line) in reader.rowLines.enumerated() { lines.note(row: index, line: line) }
        var columns: [Column] = []
        for index in fields.indices {
            var builder = ColumnBuilder()
            builder.append(reader, column: index)
            if builder.isMixed || builder.firstText != nil && !textColumns.contains(index) { throw changed() }
            columns.append(builder.finish(name: fields[index].name, asText: textColumns.contains(index), knownText: firstTexts[index]))
        }
        return try Table(name: path, columns: columns, file: path, lines: lines)
    }

    /// A reader that reads the block next, or the first where the file only goes forward.
    private func open(at block: Int) throws(DataFailure) -> Running {
        let position = positions[block]
        let stream: ByteStream
        if isForwardOnly {
            stream = try ByteStream(opening: path, from: files)
            guard stream.stamp == stamp else { throw changed() }
            return Running(reader: try CSVReader(stream, options: options, textColumns: textColumns, numberColumns: numberColumns), next: 0)
        }
        stream = try ByteStream(opening: path, from: files, at: position.offset)
        guard stream.stamp == stamp else { throw changed() }
        return Running(
            reader: CSVReader(
                stream, options: options, names: fields.map(\.name), textColumns: textColumns, numberColumns: numberColumns,
                line: position.line), next: block)
    }

    /// The failure of a file that is not what the first pass saw.
    private func changed() -> DataFailure { DataFailure(.changed, "the file changed while it was being read", file: path) }
}
