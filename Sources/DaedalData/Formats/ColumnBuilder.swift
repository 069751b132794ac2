/// The cells of one column, gathered block by block, to one column of the narrowest type that holds them.
struct ColumnBuilder {
    /// The values of one block.
    private enum Chunk {
        case int32([Int32])
        case int64([Int64])
        case double([Double])
        case text(TextValues)
        /// Nothing but gaps.
        case gaps(Int)

        var count: Int {
            switch self {
            case .int32(let values): values.count
            case .int64(let values): values.count
            case .double(let values): values.count
            case .text(let values): values.count
            case .gaps(let count): count
            }
        }
    }

    private var chunks: [Chunk] = []
    private var gaps: [Column.Gap]?
    private var firstEmpty: CellPlace?
    private(set) var firstText: CellPlace?
    private(set) var count = 0
    private(set) var hasNumbers = false
    private(set) var hasReals = false
    private let keepsValues: Bool

    /// With `keepsValues: false` only learns what kind of column it is.
    init(keepsValues: Bool = true) { self.keepsValues = keepsValues }

    /// Whether numbers came before or after texts: their texts are gone, and the file must be read again with the column as text.
    var isMixed: Bool { hasNumbers && firstText != nil }

    /// What the column is, as far as it is known.
    var kind: Field.Kind { firstText != nil ? .text : hasReals || !hasNumbers ? .real : .integer }

    /// Takes the cells of a block.
    mutating func append(_ reader: CSVReader, column: Int) {
        let rows = reader.rowCount, stride = reader.columnCount
        let tags = reader.tags + column, words = reader.words + column
        var seen: UInt8 = 0
        for row in 0..<rows { seen |= 1 << tags[row * stride] }
        func has(_ tag: CellTag) -> Bool { seen & 1 << tag.rawValue != 0 }
        if has(.integer) || has(.real) { hasNumbers = true }
        if has(.real) { hasReals = true }
        if (has(.text) || has(.escaped)) && firstText == nil {
            firstText = place(reader, column) { $0 == CellTag.text.rawValue || $0 == CellTag.escaped.rawValue }
        }
        let isText = reader.keepsText[column] || firstText != nil
        if has(.missing) || has(.empty) && !isText {
            noteGaps(reader, column, isText: isText)
        } else if gaps != nil {
            gaps?.append(contentsOf: repeatElement(.none, count: rows))
        }
        if keepsValues && !isMixed {
            if isText {
                appendTexts(reader, column)
            } else if has(.real) {
                chunks.append(
                    .double(
                        Array(unsafeUninitializedCapacity: rows) { buffer, count in
                            for row in 0..<rows {
                                let word = words[row * stride], tag = tags[row * stride]
                                buffer[row] =
                                    tag == CellTag.integer.rawValue
                                    ? Double(Int64(bitPattern: word)) : tag == CellTag.real.rawValue ? Double(bitPattern: word) : 0
                            }
                            count = rows
                        }))
            } else {
                appendIntegers(tags, words, rows, stride, hasNumbers: has(.integer))
            }
        }
        count += rows
    }

    /// Takes a block of integers.
    private mutating func appendIntegers(
        _ tags: UnsafeMutablePointer<UInt8>, _ words: UnsafeMutablePointer<UInt64>, _ rows: Int, _ stride: Int, hasNumbers: Bool
    ) {
        guard hasNumbers else {
            chunks.append(.gaps(rows))
            return
        }
        var fits = true
        let narrow = [Int32](unsafeUninitializedCapacity: rows) { buffer, count in
            for row in 0..<rows {
                let value = tags[row * stride] == CellTag.integer.rawValue ? Int64(bitPattern: words[row * stride]) : 0
                let short = Int32(truncatingIfNeeded: value)
                fits = fits && Int64(short) == value
                buffer[row] = short
            }
            count = rows
        }
        if fits {
            chunks.append(.int32(narrow))
            return
        }
        chunks.append(
            .int64(
                (0..<rows).map { row in
                    tags[row * stride] == CellTag.integer.rawValue ? Int64(bitPattern: words[row * stride]) : 0
                }))
    }

    /// Takes a block of texts.
    private mutating func appendTexts(_ reader: CSVReader, _ column: Int) {
        var texts: TextValues
        if case .text(let last) = chunks.last {
            texts = last
            chunks.removeLast()
        } else {
            texts = TextValues()
        }
        for row in 0..<reader.rowCount {
            let tag = reader.tags[row * reader.columnCount + column]
            if tag == CellTag.missing.rawValue || tag == CellTag.empty.rawValue {
                texts.append([])
            } else {
                reader.withText(row: row, column: column) { texts.append($0) }
            }
        }
        chunks.append(.text(texts))
    }

    /// Marks the cells of a block that have no value.
    private mutating func noteGaps(_ reader: CSVReader, _ column: Int, isText: Bool) {
        var marks = gaps ?? Array(repeating: .none, count: count)
        for row in 0..<reader.rowCount {
            let tag = reader.tags[row * reader.columnCount + column]
            marks.append(tag == CellTag.missing.rawValue ? .missing : tag == CellTag.empty.rawValue && !isText ? .empty : .none)
        }
        gaps = marks
        if firstEmpty == nil && !isText { firstEmpty = place(reader, column) { $0 == CellTag.empty.rawValue } }
    }

    /// The place of the first cell with a wanted tag.
    private func place(_ reader: CSVReader, _ column: Int, _ isWanted: (UInt8) -> Bool) -> CellPlace? {
        guard let row = (0..<reader.rowCount).first(where: { isWanted(reader.tags[$0 * reader.columnCount + column]) }) else { return nil }
        let text = reader.withText(row: row, column: column) { String(decoding: $0.prefix(120), as: UTF8.self).prefix(40) }
        return CellPlace(
            row: count + row, line: reader.rowLines[row], column: reader.column(row: row, column: column), text: String(text))
    }

    /// The column. Precondition: not `isMixed`. `asText` and `knownText` tell what the rest of the file has shown.
    consuming func finish(name: String, asText: Bool = false, knownText: CellPlace? = nil) -> Column {
        let values: Column.Values
        let firstText = knownText ?? self.firstText
        if asText || firstText != nil {
            values = .text(joinedTexts())
            // Empty texts are texts.
            gaps = gaps?.contains(.missing) == true ? gaps?.map { $0 == .missing ? .missing : .none } : nil
        } else if hasReals || !hasNumbers {
            values = .double(
                joined { chunk, out in
                    switch chunk {
                    case .int32(let values): for value in values { out.append(Double(value)) }
                    case .int64(let values): for value in values { out.append(Double(value)) }
                    case .double(let values): out.append(contentsOf: values)
                    case .gaps, .text: out.append(contentsOf: repeatElement(0, count: chunk.count))
                    }
                })
        } else if chunks.contains(where: { if case .int64 = $0 { true } else { false } }) {
            values = .int64(
                joined { chunk, out in
                    switch chunk {
                    case .int32(let values): for value in values { out.append(Int64(value)) }
                    case .int64(let values): out.append(contentsOf: values)
                    case .gaps, .double, .text: out.append(contentsOf: repeatElement(0, count: chunk.count))
                    }
                })
        } else {
            values = .int32(
                joined { chunk, out in
                    if case .int32(let values) = chunk {
                        out.append(contentsOf: values)
                    } else {
                        out.append(contentsOf: repeatElement(0, count: chunk.count))
                    }
                })
        }
        return Column(name: name, values: values, gaps: gaps, firstText: firstText, firstEmpty: firstEmpty)
    }

    /// All chunks in one array.
    private func joined<Element>(_ append: (Chunk, inout [Element]) -> Void) -> [Element] {
        var all: [Element] = []
        all.reserveCapacity(count)
        for chunk in chunks { append(chunk, &all) }
        return all
    }

    /// All chunks in one array of texts.
    private func joinedTexts() -> TextValues {
        if chunks.count == 1, case .text(let texts) = chunks[0] { return texts }
        var all = TextValues()
        for chunk in chunks {
            if case .text(let texts) = chunk {
                all.append(contentsOf: texts)
            } else {
                for _ in 0..<chunk.count { all.append([]) }
            }
        }
        return all
    }
}
