import DaedalTensor
import Synchronization

/// The rows that a query of an SQLite database gives: integers, numbers, texts, bytes (as tensors of integers), and NULL as missing.
package enum SQLRows {
    /// How the rows are read.
    package struct Options: Sendable {
        /// Results up to this size are held in memory, larger ones are asked for again block by block.
        package var memoryLimit = 64 << 20
        /// Asked while a query runs whether anybody still wants it.
        package var stops: @Sendable () -> Bool = { false }

        package init() {}
    }

    /// Runs a query once, or takes all of a table by its name.
    package static func open(_ path: String, _ query: String, from files: any FileAccess, options: Options = Options()) throws(DataFailure)
        -> any RecordSource
    {
        let query = try SQLQuery(path, query, from: files, stops: options.stops)
        var rows = RecordTable(names: query.names), bytes = 0
        while bytes <= options.memoryLimit {
            guard let values = try query.next(rows.count) else {
                guard rows.count > 0 else { throw DataFailure(.empty, "the query gives no rows", file: path) }
                return try rows.table(name: path, file: path)
            }
            bytes += values.reduce(0) { $0 + size($1) }
            rows.append(Array(zip(query.names, values)).map { (name: $0, value: $1) })
        }
        return try StreamedTable(SQLBlocks(query))
    }

    /// The columns of a query with what they hold in the first rows, nil where nothing but NULL does.
    package static func preview(_ path: String, _ query: String, from files: any FileAccess) throws(DataFailure) -> [(
        name: String, kind: Field.Kind?
    )] {
        // A check of a program does not wait for a query that takes long: the library asks after every ten thousand of its operations.
        let asked = Questions()
        let query = try SQLQuery(path, query, from: files) { asked.count.wrappingAdd(1, ordering: .relaxed).newValue > 100 }
        var rows = RecordTable(names: query.names)
        while rows.count < 20, let values = try query.next(rows.count) { rows.append(Array(zip(query.names, values)).map { (name: $0, value: $1) }) }
        return rows.kinds
    }

    /// What a value takes in memory, about.
    static func size(_ value: FieldValue) -> Int {
        switch value {
        case .text(let text): 16 + text.utf8.count
        case .tensor(let tensor): 256 + tensor.byteCount
        default: 16
        }
    }
}

/// How often a library has asked whether to stop.
private final class Questions: Sendable {
    let count = Atomic<Int>(0)
}

/// A large result in blocks, after one pass that learned what its columns hold.
private final class SQLBlocks: RowBlocks {
    let fields: [Field]
    let starts: [Int]
    let count: Int
    let skipped = 0
    let isForwardOnly = true
    var path: String { query.path }
    private let query: SQLQuery
    /// The row that the query gives next.
    private let position = Mutex(0)
    /// A block ends after so many rows, or so many bytes.
    private static let rowsPerBlock = 4096
    private static let bytesPerBlock = 1 << 20

    /// Goes over the whole result once.
    init(_ query: SQLQuery) throws(DataFailure) {
        var kinds = [Field.Kind?](repeating: nil, count: query.names.count), rows = 0, starts: [Int] = []
        try query.restart()
        var bytes = Self.bytesPerBlock, start = 0
        while let values = try query.next(rows) {
            if rows - start >= Self.rowsPerBlock || bytes >= Self.bytesPerBlock {
                starts.append(rows)
                (start, bytes) = (rows, 0)
            }
            for (at, value) in values.enumerated() where kinds[at] != .any { kinds[at] = RecordTable.joined(kinds[at], RecordTable.kind(of: value)) }
            bytes += values.reduce(0) { $0 + SQLRows.size($1) }
            rows += 1
        }
        self.query = query
        self.starts = starts
        count = rows
        fields = zip(query.names, kinds).map { Field(name: $0, kind: $1 ?? .any) }
        position.withLock { $0 = rows }
    }

    func read(block: Int) throws(DataFailure) -> any RecordSource {
        let start = starts[block], end = block + 1 < starts.count ? starts[block + 1] : count
        let result: Result<Table, DataFailure> = position.withLock { position in
            do throws(DataFailure) {
                if position > start || position == count {
                    try query.restart()
                    position = 0
                }
                var rows = RecordTable(names: query.names)
                while position < end {
                    guard let values = try query.next(position) else { throw changed() }
                    if position >= start { rows.append(Array(zip(query.names, values)).map { (name: $0, value: $1) }) }
                    position += 1
                }
                for ((_, kind), field) in zip(rows.kinds, fields) where RecordTable.joined(kind, field.kind) != field.kind { throw changed() }
                return .success(try rows.table(name: path, file: path, kinds: fields.map(\.kind)))
            } catch {
                // The next block is asked for from the start.
                position = count
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func changed() -> DataFailure { DataFailure(.changed, "the query does not give the same rows again", file: path) }
}
