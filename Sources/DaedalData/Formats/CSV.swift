import DaedalTensor

/// Tables in text files: one row a line, cells between separators.
package enum CSV {
    /// Opens a table. What fits `options.memoryLimit` is read into columns at once, what is larger stays in its file.
    package static func open(_ path: String, from files: any FileAccess, options: CSVOptions = .csv) throws(DataFailure) -> any RecordSource {
        let stamp = try files.stamp(of: path)
        // Text under gzip is a few times as large as the file.
        let estimate = (stamp.byteCount ?? 0) * (path.hasSuffix(".gz") ? 4 : 1)
        if estimate > options.memoryLimit { return try StreamedTable(CSVBlocks(path, from: files, options: options)) }
        return try table(path, from: files, options: options)
    }

    /// Reads a whole table into memory.
    package static func table(_ path: String, from files: any FileAccess, options: CSVOptions = .csv) throws(DataFailure) -> Table {
        let numberColumns = try Self.numberColumns(path, from: files, options: options)
        var textColumns: [Int: CellPlace] = [:]
        // A second round only where a column turned out to be text after its numbers had been taken for numbers.
        while true {
            let reader = try CSVReader(
                ByteStream(opening: path, from: files), options: options, textColumns: Set(textColumns.keys), numberColumns: numberColumns)
            var builders = [ColumnBuilder](repeating: ColumnBuilder(), count: reader.columnCount)
            var lines = LineMap()
            var rows = 0
            while try reader.readBlock() {
                for (index, line) in reader.rowLines.enumerated() { lines.note(row: rows + index, line: line) }
                rows += reader.rowCount
                for column in builders.indices { builders[column].append(reader, column: column) }
            }
            let mixed = builders.indices.filter { builders[$0].isMixed }
            if mixed.isEmpty {
                guard rows > 0 else { throw DataFailure(.empty, "there are no rows", file: path) }
                var columns: [Column] = []
                for index in builders.indices {
                    columns.append(builders[index].finish(name: reader.names[index], knownText: textColumns[index]))
                    builders[index] = ColumnBuilder()
                }
                return try Table(name: path, columns: columns, file: path, lines: lines, skipped: reader.skipped)
            }
            for column in mixed {
                guard textColumns[column] == nil, let place = builders[column].firstText else {
                    throw DataFailure(.changed, "the file changed while it was being read", file: path)
                }
                textColumns[column] = place
            }
        }
    }

    /// The columns that hold numbers as far as the start of the file shows: where malformed rows are left out, one that has something else in such a
    /// column is malformed.
    static func numberColumns(_ path: String, from files: any FileAccess, options: CSVOptions) throws(DataFailure) -> Set<Int> {
        guard options.skipsMalformed else { return [] }
        let reader = try CSVReader(ByteStream(opening: path, from: files), options: options)
        return try reader.readBlock() ? reader.numberColumns : []
    }
}
