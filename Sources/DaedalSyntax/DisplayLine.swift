/// A source line as a terminal shows it: tabs widened, control characters made visible, wide characters counted as two columns.
struct DisplayLine {
    /// What stands in each column; a wide character is followed by an empty cell.
    private(set) var cells: [String] = []
    /// The column at which each byte of the line is shown, and one for the end.
    private(set) var columns: [Int] = []

    static let tabWidth = 4

    init(_ bytes: ArraySlice<UInt8>) {
        columns.reserveCapacity(bytes.count + 1)
        var decoder = UTF8()
        var rest = bytes.makeIterator()
        decoding: while true {
            switch decoder.decode(&rest) {
            case .scalarValue(let scalar): add(scalar, length: UTF8.encode(scalar)?.count ?? 1)
            case .emptyInput: break decoding
            case .error: add("\u{FFFD}", length: 1)
            }
        }
        // Broken bytes may be grouped differently than one by one: every byte still has a column.
        while columns.count < bytes.count { columns.append(cells.count) }
        columns.append(cells.count)
    }

    private mutating func add(_ scalar: Unicode.Scalar, length: Int) {
        let column = cells.count
        switch scalar {
        case "\t": cells.append(contentsOf: repeatElement(" ", count: Self.tabWidth - column % Self.tabWidth))
        case "\u{0}"..."\u{1F}": cells.append(String(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}"))
        case "\u{7F}"..."\u{9F}": cells.append("\u{FFFD}")
        default:
            switch Self.width(of: scalar) {
            case 0:
                // What combines is shown with what it combines with; alone it would have no column.
                if let last = cells.indices.last(where: { !cells[$0].isEmpty }) { cells[last].unicodeScalars.append(scalar) }
            case 2: cells += [String(scalar), ""]
            default: cells.append(String(scalar))
            }
        }
        for _ in 0..<length { columns.append(min(column, max(cells.count - 1, 0))) }
    }

    /// The columns that a scalar takes in a terminal (after Unicode Standard Annex 11).
    static func width(of scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        if scalar.properties.isEmojiPresentation { return 2 }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97C,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF,
            0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }

    /// The column of a byte of the line.
    func column(of byte: Int) -> Int { columns[min(max(byte, 0), columns.count - 1)] }
}
