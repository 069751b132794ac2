/// How a text file of rows is written.
package struct CSVOptions: Sendable, Hashable {
    /// The byte between cells.
    package var separator: UInt8
    /// Whether the first line names the columns.
    package var hasHeader = true
    /// The cell that means that a value is missing.
    package var missing: String?
    /// Whether malformed rows are left out and counted, not failures.
    package var skipsMalformed = false
    /// Files up to this size are held in memory, larger ones are read block by block.
    package var memoryLimit = 256 << 20
    /// The bytes of text that one block holds.
    package var blockSize = 1 << 18

    /// Comma-separated values.
    package static let csv = CSVOptions(separator: 0x2c)
    /// Tab-separated values.
    package static let tsv = CSVOptions(separator: 0x09)

    /// Rows with this byte between cells.
    package init(separator: UInt8) { self.separator = separator }
}

/// What one cell of a block holds. Its word is the number's bits, or where its text stands: offset, then length.
enum CellTag: UInt8 {
    case integer, real, text
    /// Text in quotes with doubled quotes inside.
    case escaped
    case empty, missing
}

/// Text to cells, block by block (RFC 4180): quotes, CRLF, a byte order mark. Memory is bounded by the block and the longest row.
///
/// After each `readBlock` the cells of `rowCount` rows stand row by row in `words` and `tags`, and their texts in `bytes`.
final class CSVReader {
    /// How the text is written.
    let options: CSVOptions
    /// The bytes.
    let stream: ByteStream
    /// The names of the columns, or their numbers.
    private(set) var names: [String] = []
    private(set) var columnCount = 0
    /// The rows of the block.
    private(set) var rowCount = 0
    /// The line of each row of the block.
    private(set) var rowLines: [Int] = []
    /// The bytes that were skipped as malformed rows, counted in rows.
    private(set) var skipped = 0

    private(set) var bytes: UnsafeMutablePointer<UInt8>
    private(set) var words: UnsafeMutablePointer<UInt64>
    private(set) var tags: UnsafeMutablePointer<UInt8>
    /// For each column, whether its cells stay texts.
    let keepsText: UnsafeMutablePointer<Bool>
    /// For each column, whether a cell that is no number makes its row malformed.
    let needsNumber: UnsafeMutablePointer<Bool>

    private var capacity: Int
    private var cellCapacity = 0
    /// The bytes in the buffer: those before `consumed` are done with.
    private var filled = 0
    private var consumed = 0
    private var isAtEnd = false
    /// The position in the file of the first byte in the buffer, and the line of the first byte not consumed.
    private var bufferOffset: Int
    private(set) var line: Int
    private let missing: [UInt8]?
    private static let longestRow = 1 << 28
    private static let mostColumns = 1 << 20

    /// Where the next block starts: its position and its line.
    var position: (offset: Int, line: Int) { (bufferOffset + consumed, line) }

    /// Opens at the start of a file, whose first line tells the columns.
    init(_ stream: ByteStream, options: CSVOptions, textColumns: Set<Int> = [], numberColumns: Set<Int> = []) throws(DataFailure) {
        self.stream = stream
        self.options = options
        capacity = max(options.blockSize, 64)
        bytes = .allocate(capacity: capacity + 8)
        words = .allocate(capacity: 1)
        tags = .allocate(capacity: 1)
        keepsText = .allocate(capacity: Self.mostColumns)
        needsNumber = .allocate(capacity: Self.mostColumns)
        missing = options.missing.map { Array($0.utf8) }
        bufferOffset = stream.offset
        line = 1
        try readHeader()
        mark(textColumns, numberColumns)
        makeCells()
    }

    /// Opens at a row in the middle of a file, whose columns are known.
    init(_ stream: ByteStream, options: CSVOptions, names: [String], textColumns: Set<Int>, numberColumns: Set<Int> = [], line: Int) {
        self.stream = stream
        self.options = options
        self.names = names
        self.line = line
        columnCount = names.count
        capacity = max(options.blockSize, 64)
        bytes = .allocate(capacity: capacity + 8)
        words = .allocate(capacity: 1)
        tags = .allocate(capacity: 1)
        keepsText = .allocate(capacity: Self.mostColumns)
        needsNumber = .allocate(capacity: Self.mostColumns)
        missing = options.missing.map { Array($0.utf8) }
        bufferOffset = stream.offset
        mark(textColumns, numberColumns)
        makeCells()
    }

    private func mark(_ textColumns: Set<Int>, _ numberColumns: Set<Int>) {
        keepsText.initialize(repeating: false, count: columnCount)
        needsNumber.initialize(repeating: false, count: columnCount)
        for column in textColumns where column < columnCount { keepsText[column] = true }
        for column in numberColumns where column < columnCount { needsNumber[column] = true }
    }

    deinit {
        bytes.deallocate()
        words.deallocate()
        tags.deallocate()
        keepsText.deallocate()
        needsNumber.deallocate()
    }

    /// The columns most of whose cells in the block are numbers.
    var numberColumns: Set<Int> {
        Set(
            (0..<columnCount).filter { column in
                var numbers = 0, others = 0
                for row in 0..<rowCount {
                    switch CellTag(rawValue: tags[row * columnCount + column]) {
                    case .integer, .real: numbers += 1
                    case .text, .escaped: others += 1
                    case .empty, .missing, nil: continue
                    }
                }
                return numbers > others
            })
    }

    /// Reads the next rows. False when there are none left.
    func readBlock() throws(DataFailure) -> Bool {
        rowCount = 0
        rowLines.removeAll(keepingCapacity: true)
        while rowCount == 0 {
            try fill()
            if consumed == filled { return false }
            try scanRows()
        }
        return true
    }

    /// The text of a cell of the block.
    func withText<Result>(row: Int, column: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let cell = row * columnCount + column
        let word = words[cell]
        let range = UnsafeBufferPointer(start: bytes + Int(word >> 32), count: Int(word & 0xffff_ffff))
        guard tags[cell] == CellTag.escaped.rawValue else { return body(range) }
        var plain: [UInt8] = []
        plain.reserveCapacity(range.count)
        var index = 0
        while index < range.count {
            plain.append(range[index])
            index += range[index] == 0x22 ? 2 : 1
        }
        return plain.withUnsafeBufferPointer(body)
    }

    /// The position in its line of a cell that is text or empty, counted from 1.
    func column(row: Int, column: Int) -> Int {
        let start = Int(words[row * columnCount + column] >> 32)
        var at = start
        while at > 0 && bytes[at - 1] != 0x0a && bytes[at - 1] != 0x0d { at -= 1 }
        return start - at + 1
    }

    // MARK: Buffer

    /// Makes room for the cells that the buffer can hold.
    private func makeCells() {
        words.deallocate()
        tags.deallocate()
        // Each row takes at least as many bytes as it has cells, the last perhaps one fewer.
        cellCapacity = capacity + columnCount + 1
        words = .allocate(capacity: cellCapacity)
        tags = .allocate(capacity: cellCapacity)
    }

    /// Moves what is left to the front and fills the buffer from the file.
    private func fill() throws(DataFailure) {
        if consumed > 0 {
            (bytes).update(from: bytes + consumed, count: filled - consumed)
            bufferOffset += consumed
            filled -= consumed
            consumed = 0
        }
        if !isAtEnd {
            let room = UnsafeMutableRawBufferPointer(start: bytes + filled, count: capacity - filled)
            let got = try stream.read(into: room)
            isAtEnd = got < room.count
            filled += got
        }
        // Ends every number and every search without a look at the bounds.
        (bytes + filled).initialize(repeating: 0, count: 8)
    }

    /// Doubles the buffer for a row that does not fit.
    private func grow() throws(DataFailure) {
        guard capacity < Self.longestRow else {
            throw DataFailure(
                .malformed, "a row is longer than \(Self.longestRow >> 20) MB (a quote that is never closed?)", file: stream.path, line: line)
        }
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity * 2 + 8)
        larger.update(from: bytes, count: filled)
        bytes.deallocate()
        bytes = larger
        capacity *= 2
        makeCells()
    }

    // MARK: Header

    /// Learns the columns from the first line.
    private func readHeader() throws(DataFailure) {
        try fill()
        if filled >= 3, bytes[0] == 0xef, bytes[1] == 0xbb, bytes[2] == 0xbf { consumed = 3 }
        if filled >= 2, bytes[0] == 0xff && bytes[1] == 0xfe || bytes[0] == 0xfe && bytes[1] == 0xff {
            throw DataFailure(.unsupported, "the text is UTF-16; only UTF-8 is read", file: stream.path, line: 1)
        }
        skipBlankLines()
        if consumed == filled && isAtEnd { throw DataFailure(.empty, "the file is empty", file: stream.path) }
        while true {
            var cursor = CSVCursor(bytes: bytes, at: consumed, end: filled, isAtEnd: isAtEnd, separator: options.separator)
            var cells: [String] = []
            let outcome = cursor.readTexts(&cells)
            switch outcome {
            case .needsMore:
                try grow()
                try fill()
                continue
            case .failed(let message, let at):
                throw DataFailure(.malformed, message, file: stream.path, line: line, column: at - consumed + 1)
            case .row: break
            }
            guard cells.count <= Self.mostColumns else {
                throw DataFailure(.unsupported, "more than \(Self.mostColumns) columns", file: stream.path, line: line)
            }
            columnCount = cells.count
            if options.hasHeader {
                names = cells
                line += 1 + cursor.extraLines
                consumed = cursor.at
            } else {
                names = cells.indices.map(String.init)
            }
            return
        }
    }

    /// Passes line ends.
    private func skipBlankLines() {
        while consumed < filled, bytes[consumed] == 0x0a || bytes[consumed] == 0x0d {
            if endsInHalfALineEnd { return }
            if bytes[consumed] == 0x0a || bytes[consumed + 1] != 0x0a { line += 1 }
            consumed += 1
        }
    }

    /// Whether what is left is a carriage return whose line feed may come with the next bytes.
    private var endsInHalfALineEnd: Bool { consumed == filled - 1 && bytes[consumed] == 0x0d && !isAtEnd }

    // MARK: Rows

    /// Turns the whole rows of the buffer into cells.
    private func scanRows() throws(DataFailure) {
        while true {
            skipBlankLines()
            if consumed == filled || endsInHalfALineEnd { return }
            // A row takes as many cells as there are columns; more is a failure that the cursor finds before it writes.
            guard (rowCount + 1) * columnCount <= cellCapacity else { return }
            var cursor = CSVCursor(bytes: bytes, at: consumed, end: filled, isAtEnd: isAtEnd, separator: options.separator)
            let base = rowCount * columnCount
            let outcome = cursor.readRow(
                words: words + base, tags: tags + base, columnCount: columnCount, keepsText: keepsText, needsNumber: needsNumber, missing: missing)
            switch outcome {
            case .row:
                rowLines.append(line)
                rowCount += 1
            case .needsMore:
                if rowCount == 0 && consumed == 0 && filled == capacity { try grow() }
                return
            case .failed(let message, let at):
                guard options.skipsMalformed else {
                    throw DataFailure(
                        .malformed, message, file: stream.path, line: line + cursor.linesBefore(at, from: consumed),
                        column: cursor.columnInLine(at, from: consumed))
                }
                guard cursor.skipLine(from: consumed) else {
                    if rowCount == 0 && consumed == 0 && filled == capacity { try grow() }
                    return
                }
                skipped += 1
            }
            line += 1 + cursor.extraLines
            consumed = cursor.at
        }
    }
}
