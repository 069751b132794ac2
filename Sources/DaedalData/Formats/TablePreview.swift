/// What the beginning of a file says of its rows, read without reading the rest: what a program can be checked against before it runs.
package struct TablePreview: Sendable {
    /// What the first cells of a column hold. Later rows may turn integers into reals, and anything into text.
    package enum Kind: Sendable { case integer, real, text }

    /// The columns by name (or number) with what they hold at first; nil where every cell seen is missing.
    package let columns: [(name: String, kind: Kind?)]

    /// The columns of a table in a text file, from its first lines.
    package init(ofCSV path: String, from files: any FileAccess, options: CSVOptions) throws(DataFailure) {
        var options = options
        options.blockSize = 1 << 14
        options.skipsMalformed = true
        let reader = try CSVReader(ByteStream(opening: path, from: files), options: options)
        var kinds = [Kind?](repeating: nil, count: reader.columnCount)
        if try reader.readBlock() {
            for row in 0..<reader.rowCount {
                for column in kinds.indices {
                    switch CellTag(rawValue: reader.tags[row * reader.columnCount + column]) {
                    case .integer: kinds[column] = kinds[column] ?? .integer
                    case .real: if kinds[column] != .text { kinds[column] = .real }
                    case .text, .escaped: kinds[column] = .text
                    case .empty, .missing, nil: break
                    }
                }
            }
        }
        columns = Array(zip(reader.names, kinds))
    }
}
