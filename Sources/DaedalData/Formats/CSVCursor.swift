/// A walk over the bytes of one row. The byte at `end` is 0 and so are some after it.
struct CSVCursor {
    private let bytes: UnsafeMutablePointer<UInt8>
    private(set) var at: Int
    private let end: Int
    private let isAtEnd: Bool
    private let separator: UInt8
    /// The line ends inside quotes.
    private(set) var extraLines = 0

    /// How a walk ended.
    enum Outcome {
        /// After a whole row.
        case row
        /// At the end of the buffer but not of the file.
        case needsMore
        /// At something that does not belong there.
        case failed(String, at: Int)
    }

    init(bytes: UnsafeMutablePointer<UInt8>, at: Int, end: Int, isAtEnd: Bool, separator: UInt8) {
        self.bytes = bytes
        self.at = at
        self.end = end
        self.isAtEnd = isAtEnd
        self.separator = separator
    }

    /// Reads one row as `columnCount` cells.
    @inline(__always)
    mutating func readRow(
        words: UnsafeMutablePointer<UInt64>, tags: UnsafeMutablePointer<UInt8>, columnCount: Int, keepsText: UnsafePointer<Bool>,
        needsNumber: UnsafePointer<Bool>, missing: [UInt8]?
    ) -> Outcome {
        let hasMissing = missing != nil
        var column = 0
        while true {
            let start = at
            if !keepsText[column] {
                let scan = NumberScan(at: bytes + at)
                let after = at + scan.length
                let stop = bytes[after]
                // NumberScan's kinds follow each other as the tags of cells do, after `none`.
                if scan.kind != .none && (stop == separator || stop == 0x0a || stop == 0x0d) {
                    words[column] = scan.bits
                    tags[column] = scan.kind.rawValue &- 1
                    at = after
                    if hasMissing && isMissing(start, after, missing) {
                        words[column] = UInt64(start) << 32
                        tags[column] = CellTag.missing.rawValue
                    }
                } else if let problem = readCell(word: words + column, tag: tags + column, asNumber: true, missing) {
                    return problem
                } else if needsNumber[column], tags[column] >= CellTag.text.rawValue, tags[column] != CellTag.missing.rawValue {
                    return .failed("this is not a number", at: start)
                }
            } else if let problem = readCell(word: words + column, tag: tags + column, asNumber: false, missing) {
                return problem
            }
            column += 1
            let stop = bytes[at]
            if stop == separator && at < end {
                if column == columnCount { return tooMany(columnCount) }
                at += 1
                continue
            }
            if column < columnCount { return tooFew(column, columnCount) }
            return endLine()
        }
    }

    /// Passes the end of a line, or of the file.
    private mutating func endLine() -> Outcome {
        if at == end { return isAtEnd ? .row : .needsMore }
        if bytes[at] == 0x0d {
            if at + 1 == end && !isAtEnd { return .needsMore }
            at += bytes[at + 1] == 0x0a && at + 1 < end ? 2 : 1
        } else {
            at += 1
        }
        return .row
    }

    /// The failure of a row with more cells than columns.
    private func tooMany(_ columnCount: Int) -> Outcome {
        var probe = self
        var more: [String] = []
        probe.at += 1
        guard case .row = probe.readTexts(&more) else { return isAtEnd ? .failed("this row has more than \(columnCount) cells", at: at) : .needsMore }
        return .failed("this row has \(columnCount + more.count) cells where there are \(columnCount) columns", at: at)
    }

    /// The failure of a row with fewer cells than columns.
    private func tooFew(_ count: Int, _ columnCount: Int) -> Outcome {
        if at == end && !isAtEnd { return .needsMore }
        return .failed("this row has \(count) cell\(count == 1 ? "" : "s") where there are \(columnCount) columns", at: at)
    }

    /// Whether the bytes are those that mean a missing value.
    private func isMissing(_ start: Int, _ after: Int, _ missing: [UInt8]?) -> Bool {
        guard let missing, missing.count == after - start else { return false }
        for index in missing.indices where bytes[start + index] != missing[index] { return false }
        return true
    }

    /// Reads a cell that is no plain number, up to what ends it. Nil when all is well.
    private mutating func readCell(
        word: UnsafeMutablePointer<UInt64>, tag: UnsafeMutablePointer<UInt8>, asNumber: Bool, _ missing: [UInt8]?
    ) -> Outcome? {
        var start = at, after: Int
        var isEscaped = false
        if bytes[at] == 0x22 {
            start += 1
            if let problem = passQuotes(&isEscaped) { return problem }
            after = at - 1
        } else {
            while bytes[at] != separator && bytes[at] != 0x0a && bytes[at] != 0x0d {
                if bytes[at] == 0 {
                    if at == end { break }
                    return .failed("there is a zero byte here: this is not text", at: at)
                }
                at += 1
            }
            after = at
        }
        if at == end && !isAtEnd { return .needsMore }
        word.pointee = UInt64(start) << 32 | UInt64(after - start)
        if isMissing(start, after, missing) {
            tag.pointee = CellTag.missing.rawValue
        } else if start == after {
            tag.pointee = CellTag.empty.rawValue
        } else if asNumber, let scan = number(start, after) {
            word.pointee = scan.bits
            tag.pointee = scan.kind.rawValue &- 1
        } else if let bad = invalidUTF8(start, after) {
            return .failed("this is not UTF-8", at: bad)
        } else {
            tag.pointee = (isEscaped ? CellTag.escaped : .text).rawValue
        }
        return nil
    }

    /// The number that fills a cell but for spaces around it.
    private func number(_ start: Int, _ after: Int) -> NumberScan? {
        var low = start, high = after
        while low < high, bytes[low] == 0x20 || bytes[low] == 0x09 { low += 1 }
        while low < high, bytes[high - 1] == 0x20 || bytes[high - 1] == 0x09 { high -= 1 }
        let scan = NumberScan(at: bytes + low)
        return scan.kind != .none && low + scan.length == high ? scan : nil
    }

    /// Passes a cell in quotes.
    private mutating func passQuotes(_ isEscaped: inout Bool) -> Outcome? {
        let open = at
        at += 1
        while true {
            let byte = bytes[at]
            if byte == 0x22 {
                at += 1
                if bytes[at] != 0x22 { break }
                isEscaped = true
            } else if byte == 0x0a || byte == 0x0d && bytes[at + 1] != 0x0a {
                extraLines += 1
            } else if byte == 0 {
                if at == end { return isAtEnd ? .failed("the quote that opens here is never closed", at: open) : .needsMore }
                return .failed("there is a zero byte here: this is not text", at: at)
            }
            at += 1
        }
        if at == end { return isAtEnd ? nil : .needsMore }
        if bytes[at] == separator || bytes[at] == 0x0a || bytes[at] == 0x0d { return nil }
        return .failed("something follows the closing quote of a cell", at: at)
    }

    /// Where a cell stops being UTF-8, or nil.
    private func invalidUTF8(_ start: Int, _ after: Int) -> Int? {
        var high: UInt8 = 0
        for index in start..<after { high |= bytes[index] }
        if high < 0x80 { return nil }
        return UTF8Check.firstInvalid(UnsafeBufferPointer(start: bytes + start, count: after - start)).map { start + $0 }
    }

    /// Reads one row as texts, however many cells it has.
    mutating func readTexts(_ cells: inout [String]) -> Outcome {
        var word: UInt64 = 0, tag: UInt8 = 0
        while true {
            if let problem = readCell(word: &word, tag: &tag, asNumber: false, nil) { return problem }
            let text = UnsafeBufferPointer(start: bytes + Int(word >> 32), count: Int(word & 0xffff_ffff))
            let plain = String(decoding: text, as: UTF8.self)
            cells.append(tag == CellTag.escaped.rawValue ? Self.unescaped(plain) : plain)
            guard bytes[at] == separator, at < end else { return endLine() }
            at += 1
        }
    }

    /// Text with each doubled quote made one.
    private static func unescaped(_ text: String) -> String {
        var plain: [UInt8] = []
        var wasQuote = false
        for byte in text.utf8 {
            if byte == 0x22 && wasQuote {
                wasQuote = false
            } else {
                plain.append(byte)
                wasQuote = byte == 0x22
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }

    /// Moves to the line after a malformed row. False when the buffer ends before.
    mutating func skipLine(from start: Int) -> Bool {
        at = start
        extraLines = 0
        while at < end && bytes[at] != 0x0a && bytes[at] != 0x0d { at += 1 }
        if case .row = endLine() { return true }
        return false
    }

    /// The line ends between a row's start and a position.
    func linesBefore(_ position: Int, from start: Int) -> Int {
        (start..<max(position, start)).count { bytes[$0] == 0x0a || bytes[$0] == 0x0d && bytes[$0 + 1] != 0x0a }
    }

    /// The position in its line, counted from 1.
    func columnInLine(_ position: Int, from start: Int) -> Int {
        var from = position
        while from > start && bytes[from - 1] != 0x0a && bytes[from - 1] != 0x0d { from -= 1 }
        return position - from + 1
    }
}

/// The well-formedness of UTF-8 (RFC 3629).
enum UTF8Check {
    /// The position of the first byte that does not belong, or nil.
    static func firstInvalid(_ bytes: some Collection<UInt8>) -> Int? {
        var position = 0
        var decoder = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        while true {
            switch decoder.parseScalar(from: &iterator) {
            case .valid(let scalar): position += scalar.count
            case .emptyInput: return nil
            case .error: return position
            }
        }
    }
}
