extension Lexer {
    /// Reads a string from its opening quotes to its end or to its first `\(`.
    mutating func string() {
        let start = position
        let isBlock = peek(1) == UInt8(ascii: "\"") && peek(2) == UInt8(ascii: "\"")
        position += isBlock ? 3 : 1
        if openStrings.count >= Self.deepestString {
            report(.nestedTooDeep, "strings are nested deeper than \(Self.deepestString) levels", span(start, position))
            while position < bytes.count, bytes[position] != 0x0A { position += 1 }
            emit(.error, from: start, isBroken: true)
            return closeUnfinishedLines(at: position, isReported: true)
        }
        piece(OpenString(start: start, interpolation: 0, isBlock: isBlock, pieces: []), from: start)
    }

    /// Continues the innermost open string after the `)` at `start` that closed an interpolation.
    mutating func resumeString(from start: Int) {
        guard let string = openStrings.popLast() else { return }
        piece(string, from: start)
    }

    /// Reads text up to the closing quotes or the next `\(`, and adds the token.
    private mutating func piece(_ string: OpenString, from start: Int) {
        var string = string
        let isFirst = string.pieces.isEmpty
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                guard !string.isBlock || (peek(1) == UInt8(ascii: "\"") && peek(2) == UInt8(ascii: "\"")) else {
                    position += 1
                    continue
                }
                position += string.isBlock ? 3 : 1
                string.pieces.append(tokens.count)
                emit(isFirst ? .string : .stringTail, from: start)
                return decode(string, isClosed: true)
            case UInt8(ascii: "\\"):
                if peek(1) == UInt8(ascii: "(") {
                    string.interpolation = position
                    position += 2
                    string.pieces.append(tokens.count)
                    emit(isFirst ? .stringHead : .stringMiddle, from: start)
                    string.parentheses = 0
                    return openStrings.append(string)
                }
                position += 1
                // What is escaped is no end, but a newline ends a one-line string all the same.
                if position < bytes.count, bytes[position] != 0x0A { position += 1 }
            case 0x0A where !string.isBlock:
                return unfinished(string, from: start)
            default: position += 1
            }
        }
        unfinished(string, from: start)
    }

    /// Ends a string that its quotes do not: at the end of the line, a block at the end of the text.
    private mutating func unfinished(_ string: OpenString, from start: Int) {
        var string = string
        let isFirst = string.pieces.isEmpty
        var end = position
        while end > start + 1, bytes[end - 1] == 0x0D { end -= 1 }
        position = end
        string.pieces.append(tokens.count)
        emit(isFirst ? .string : .stringTail, from: start, isBroken: true)
        decode(string, isClosed: false)
        if string.isBlock {
            report(
                .stringNotClosed, "the `\"\"\"` block is never closed", span(string.start, string.start + 3), label: "opened here",
                fixes: [.init("end it with `\"\"\"`", span: span(bytes.count, bytes.count), replacement: "\n\"\"\"")])
            while let open = openStrings.popLast() { addTail(open) }
        } else if let outer = openStrings.last(where: { !$0.isBlock }) {
            // The quote was most likely meant to close the string around it: its `\(` is what lacks an end.
            report(
                .stringNotClosed, "the `\\(` of a string is never closed", span(outer.interpolation, outer.interpolation + 2),
                label: "opened here", fixes: [.init("end the expression with `)`")])
            closeUnfinishedLines(at: end, isReported: true)
        } else {
            report(
                .stringNotClosed, "the string is not closed on its line", span(string.start, end),
                fixes: [
                    .init("end it with `\"`", span: span(end, end), replacement: "\""),
                    .init("a text of several lines stands between `\"\"\"` and `\"\"\"`"),
                ])
        }
    }

    /// Closes every one-line string that is open within the innermost block.
    mutating func closeUnfinishedLines(at end: Int, isReported: Bool = false) {
        var isReported = isReported
        while let open = openStrings.last, !open.isBlock {
            openStrings.removeLast()
            // Only the innermost is reported: the others follow from it.
            if !isReported { reportInterpolation(open) }
            isReported = true
            addTail(open)
        }
    }

    /// Closes a string whose interpolation the text's end left open.
    mutating func closeUnfinished(_ string: OpenString) {
        reportInterpolation(string)
        addTail(string)
        while let outer = openStrings.popLast() { addTail(outer) }
    }

    private mutating func reportInterpolation(_ string: OpenString) {
        report(
            .stringNotClosed, "the `\\(` of a string is never closed", span(string.interpolation, string.interpolation + 2), label: "opened here",
            fixes: [.init("end the expression with `)`")])
    }

    /// Adds a tail without width, so that heads and tails always pair.
    private mutating func addTail(_ string: OpenString) {
        var string = string
        string.pieces.append(tokens.count)
        emit(.stringTail, from: position, isBroken: true)
        tokens[tokens.count - 1].flags.insert(.synthetic)
        decode(string, isClosed: false)
    }

    /// Decodes the pieces of a finished string into `texts`.
    private mutating func decode(_ string: OpenString, isClosed: Bool) {
        var ranges: [Range<Int>] = []
        for (order, index) in string.pieces.enumerated() {
            let token = tokens[index]
            var low = Int(token.start), high = Int(token.end)
            let quotes = string.isBlock ? 3 : 1
            if order == 0 { low += quotes } else if !token.isSynthetic { low += 1 }
            let isLast = order == string.pieces.count - 1
            if !isLast { high -= 2 } else if isClosed { high -= quotes }
            ranges.append(min(low, high)..<max(low, high))
        }
        let (indentation, opensLine) = string.isBlock ? trimBlock(&ranges, isClosed: isClosed) : (0..<0, false)
        for (order, index) in string.pieces.enumerated() {
            tokens[index].value = UInt64(texts.count)
            texts.append(decode(ranges[order], indentation: indentation, dropsNewline: opensLine && order == 0))
        }
    }

    /// Drops the newline after the opening quotes and the last line before the closing ones; the white space there is the indentation.
    private func trimBlock(_ ranges: inout [Range<Int>], isClosed: Bool) -> (indentation: Range<Int>, opensLine: Bool) {
        guard let first = ranges.first else { return (0..<0, false) }
        var low = first.lowerBound
        while low < first.upperBound, bytes[low] == 0x20 || bytes[low] == 0x09 || bytes[low] == 0x0D { low += 1 }
        let opens = low < first.upperBound && bytes[low] == 0x0A
        // The newline itself stays for now: it may be the one before the closing quotes.
        if opens { ranges[0] = low..<first.upperBound }
        var indentation = 0..<0
        if isClosed, let last = ranges.last {
            var high = last.upperBound
            while high > last.lowerBound, bytes[high - 1] == 0x20 || bytes[high - 1] == 0x09 { high -= 1 }
            if high > last.lowerBound, bytes[high - 1] == 0x0A {
                indentation = high..<last.upperBound
                high -= 1
                if high > last.lowerBound, bytes[high - 1] == 0x0D { high -= 1 }
                ranges[ranges.count - 1] = last.lowerBound..<max(high, last.lowerBound)
            }
        }
        return (indentation, opens)
    }

    /// The text of one piece: escapes replaced, the indentation taken off each line, the newline after the opening quotes dropped.
    private mutating func decode(_ range: Range<Int>, indentation: Range<Int>, dropsNewline: Bool) -> String {
        let slice = bytes[range]
        if indentation.isEmpty, !slice.contains(where: { $0 == UInt8(ascii: "\\") || $0 >= 0x80 || $0 == 0x0A }) {
            return String(decoding: slice, as: UTF8.self)
        }
        checkText(range.lowerBound, range.upperBound)
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\\") {
                index = escape(at: index, limit: range.upperBound, indentation: indentation, into: &result)
            } else if byte == 0x0A {
                if result.last == 0x0D { result.removeLast() }
                if !dropsNewline || index > range.lowerBound { result.append(0x0A) }
                index = skipIndentation(after: index, limit: range.upperBound, indentation)
            } else {
                result.append(byte)
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The index after the indentation that follows the newline at `index`; a line that lacks it is an error unless it is blank.
    private mutating func skipIndentation(after index: Int, limit: Int, _ indentation: Range<Int>) -> Int {
        var next = index + 1
        for expected in indentation {
            guard next < limit, bytes[next] == bytes[expected] else {
                if next < limit, bytes[next] != 0x0A, bytes[next] != 0x0D {
                    report(
                        .blockIndentation, "the line is indented less than the closing `\"\"\"`", span(index + 1, max(next, index + 2)),
                        notes: ["the white space before the closing quotes is taken off every line of the block"])
                }
                return next
            }
            next += 1
        }
        return next
    }

    /// Decodes the escape at `index` and gives the index after it.
    private mutating func escape(at index: Int, limit: Int, indentation: Range<Int>, into result: inout [UInt8]) -> Int {
        guard index + 1 < limit else { return limit }
        switch bytes[index + 1] {
        case UInt8(ascii: "n"): result.append(0x0A)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "r"): result.append(0x0D)
        case UInt8(ascii: "0"): result.append(0)
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): result.append(bytes[index + 1])
        case UInt8(ascii: "u"): return unicodeEscape(at: index, limit: limit, into: &result)
        case 0x0A: return skipIndentation(after: index + 1, limit: limit, indentation)
        case 0x0D where index + 2 < limit && bytes[index + 2] == 0x0A: return skipIndentation(after: index + 2, limit: limit, indentation)
        default:
            let length = scalar(at: index + 1)?.1 ?? 1
            let end = min(index + 1 + length, limit)
            let text = String(decoding: bytes[index..<end], as: UTF8.self)
            report(
                .badEscape, "`\(text)` is no escape", span(index, end), notes: ["escapes are \\n \\t \\r \\0 \\\\ \\\" \\u{…} and \\( )"],
                fixes: [.init("for a backslash write two", span: span(index, index + 1), replacement: "\\\\")])
            return end
        }
        return index + 2
    }

    /// Decodes `\u{1F600}`.
    private mutating func unicodeEscape(at index: Int, limit: Int, into result: inout [UInt8]) -> Int {
        var end = index + 2
        var value: UInt32 = 0
        var digits = 0
        if end < limit, bytes[end] == UInt8(ascii: "{") {
            end += 1
            while end < limit, let digit = Character(Unicode.Scalar(bytes[end])).hexDigitValue, digits < 9 {
                value = value << 4 | UInt32(digit)
                digits += 1
                end += 1
            }
            if end < limit, bytes[end] == UInt8(ascii: "}"), digits > 0 {
                end += 1
                if digits <= 8, let scalar = Unicode.Scalar(value) {
                    result.append(contentsOf: Array(String(scalar).utf8))
                } else {
                    report(
                        .badEscape, "there is no Unicode character of this number", span(index, end),
                        notes: ["numbers go from 0 to 10FFFF, without D800 to DFFF"])
                }
                return end
            }
        }
        report(
            .badEscape, "`\\u` is followed by one to eight hexadecimal digits in braces", span(index, end),
            fixes: [.init("write it like `\\u{1F600}`")])
        return end
    }
}
