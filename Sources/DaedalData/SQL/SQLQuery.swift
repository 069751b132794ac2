import CFormats
import DaedalTensor
import Synchronization

/// A query of an SQLite database that runs as often as it is asked to, each time from the first row. Used by one thread at a time.
///
/// The library sees the database through `FileAccess` alone, as a file that never changes: it opens nothing itself and writes nothing.
final class SQLQuery: @unchecked Sendable {
    let path: String
    /// The names of the columns.
    let names: [String]
    private let source: CallbackBytes
    private let query: OpaquePointer

    /// Opens a database and prepares a query; a name alone is a table.
    init(_ path: String, _ text: String, from files: any FileAccess, stops: @escaping @Sendable () -> Bool) throws(DataFailure) {
        for (ending, doubt) in [("-wal", "has changes that are not in it yet"), ("-journal", "was left in the middle of a change")] {
            if let stamp = try? files.stamp(of: path + ending), stamp.byteCount != 0 {
                throw DataFailure(.changed, "the database \(doubt) (\(path)\(ending)): another program has to close it first", file: path)
            }
        }
        let source = try CallbackBytes(path, from: files, stops: stops)
        if text.utf8.contains(0) { throw DataFailure(.unfit, "the query contains a zero byte", file: path) }
        let isName = !text.isEmpty && text.allSatisfy { $0 == "_" || $0.isLetter || $0.isNumber }
        var query: OpaquePointer?
        let failure = Self.failure(path) { message in
            var bytes = source.bytes
            return cf_query_open(&bytes, isName ? "select * from \"\(text)\"" : text, CallbackBytes.asksToStop, &query, message)
        }
        if let failure { throw source.failure ?? failure }
        guard let query else { throw DataFailure(.unreadable, "reading failed", file: path) }
        self.path = path
        self.source = source
        self.query = query
        names = (0..<cf_query_columns(query)).map { String(cString: cf_query_name(query, $0)) }
        // From here on `deinit` ends the query.
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            throw DataFailure(.unfit, "the query has two columns `\(name)`: name one of them with `as`", file: path)
        }
    }

    deinit { cf_query_close(query) }

    /// Goes back to before the first row. Fails if the file is no longer the one that was opened.
    func restart() throws(DataFailure) {
        cf_query_reset(query)
        try source.check()
    }

    /// The values of the next row; nil after the last.
    func next(_ row: Int) throws(DataFailure) -> [FieldValue]? {
        var status = CF_DONE
        let failure = Self.failure(path) { message in
            status = cf_query_step(query, message)
            return status
        }
        if let failure { throw source.failure ?? failure }
        guard status == CF_ROW else {
            try source.check()
            return nil
        }
        var values: [FieldValue] = []
        values.reserveCapacity(names.count)
        for column in names.indices { values.append(try value(Int32(column), row)) }
        return values
    }

    private func value(_ column: Int32, _ row: Int) throws(DataFailure) -> FieldValue {
        switch cf_query_kind(query, column) {
        case CF_INTEGER: return .integer(Int(cf_query_integer(query, column)))
        case CF_REAL: return .number(cf_query_real(query, column))
        case CF_TEXT:
            let bytes = bytes(column)
            guard UTF8Check.firstInvalid(Array(bytes)[...]) == nil else {
                throw DataFailure(.malformed, "the text in column `\(names[Int(column)])` of row \(row) is not UTF-8", file: path)
            }
            return .text(String(decoding: bytes, as: UTF8.self))
        case CF_BLOB:
            let bytes = bytes(column)
            let tensor = try allocate(.i32, Shape([bytes.count]), for: "the bytes in column `\(names[Int(column)])`")
            let elements = tensor.elements(as: Int32.self)
            for (at, byte) in bytes.enumerated() { elements[at] = Int32(byte) }
            return .tensor(tensor)
        default: return .missing
        }
    }

    private func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
        var count: Int64 = 0
        let start = cf_query_bytes(query, column, &count)
        return UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(count))
    }

    private static func failure(_ path: String, _ body: (UnsafeMutablePointer<CChar>) -> cf_status) -> DataFailure? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CF_MESSAGE)) { buffer in
            guard let message = buffer.baseAddress else { return nil }
            message.pointee = 0
            return DataFailure(body(message), message, file: path)
        }
    }
}
