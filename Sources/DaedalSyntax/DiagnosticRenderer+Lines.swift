extension DiagnosticRenderer {
    /// The marked lines of one source.
    struct Section {
        let source: Source
        /// Of the first mark.
        let position: SourcePosition
        /// In order, without gaps filled.
        var lines: [Line]

        /// Marks a span on the line where it starts; of a longer span only the part on that line.
        mutating func add(_ span: Span, _ text: String, isMain: Bool) {
            let size = source.text.count
            let start = min(Int(span.start), size)
            let end = min(max(Int(span.end), start), size)
            let number = source.line(at: UInt32(start))
            let bytes = source.lineBytes(number)
            let mark = Mark(
                start: min(start, bytes.endIndex) - bytes.startIndex, end: min(end, bytes.endIndex) - bytes.startIndex, text: text, isMain: isMain)
            if let index = lines.firstIndex(where: { $0.number == number }) {
                lines[index].marks.append(mark)
            } else {
                lines.append(Line(number: number, marks: [mark]))
                lines.sort { $0.number < $1.number }
            }
        }
    }

    /// A source line and what is marked on it.
    struct Line {
        let number: Int
        var marks: [Mark]
    }

    /// A stretch of a line, in bytes from its start, and what to say of it.
    struct Mark {
        let start: Int
        let end: Int
        let text: String
        let isMain: Bool
    }

    /// A mark in columns of the terminal.
    private struct Underline {
        let start: Int
        let end: Int
        let text: String
        let isMain: Bool
    }

    /// Longer lines are cut around their marks.
    private static let widestLine = 160

    /// Adds the lines of a section; a line between two of them is shown, more are left out.
    func add(_ section: Section, to output: inout StyledText, gutter: Int, main: Style) {
        var previous: Int?
        for line in section.lines {
            if let previous, line.number == previous + 2 {
                let display = DisplayLine(section.source.lineBytes(previous + 1))
                addSource(previous + 1, display.cells.prefix(Self.widestLine).joined(), to: &output, gutter)
            } else if let previous, line.number > previous + 1 {
                output.add(String(repeating: ".", count: 3) + "\n", .frame)
            }
            add(line, DisplayLine(section.source.lineBytes(line.number)), to: &output, gutter, main)
            previous = line.number
        }
    }

    private func addSource(_ number: Int, _ text: String, to output: inout StyledText, _ gutter: Int) {
        let digits = String(number)
        output.add(" " + String(repeating: " ", count: gutter - digits.count) + digits + " |", .frame)
        let end = text.lastIndex { $0 != " " }.map { text.index(after: $0) } ?? text.startIndex
        output.add(end == text.startIndex ? "\n" : " " + text[..<end] + "\n")
    }

    private func add(_ line: Line, _ display: DisplayLine, to output: inout StyledText, _ gutter: Int, _ main: Style) {
        var underlines = line.marks.map { mark in
            let start = display.column(of: mark.start)
            let end = mark.end > mark.start ? display.column(of: mark.end) : start + 1
            return Underline(start: start, end: max(end, start + 1), text: mark.text, isMain: mark.isMain)
        }
        let cells = cut(display.cells, &underlines)
        addSource(line.number, cells.joined(), to: &output, gutter)
        for row in rows(underlines, main) {
            output.add(" " + String(repeating: " ", count: gutter) + " | ", .frame)
            row.write(to: &output)
            output.add("\n")
        }
    }

    /// Cuts a line that is too wide to what surrounds its marks, and moves these.
    private func cut(_ cells: [String], _ underlines: inout [Underline]) -> [String] {
        guard cells.count > Self.widestLine, let first = underlines.map(\.start).min() else { return cells }
        var low = max(0, min(first - 40, cells.count - Self.widestLine + 2))
        // A wide character is not cut in two.
        if low > 0, low < cells.count, cells[low].isEmpty { low += 1 }
        let high = min(low + Self.widestLine - 2, cells.count)
        let lead = low > 0 ? ["…"] : []
        let shift = low - lead.count
        let limit = high - low + lead.count
        underlines = underlines.map {
            let start = min(max($0.start - shift, 0), limit)
            return Underline(start: start, end: max(min($0.end - shift, limit), start + 1), text: $0.text, isMain: $0.isMain)
        }
        return lead + cells[low..<high] + (high < cells.count ? ["…"] : [])
    }

    /// The rows below a source line: the underlines, with the last text beside them, then the other texts, each hung from its underline.
    private func rows(_ underlines: [Underline], _ main: Style) -> [Row] {
        var rows = [Row()]
        func style(_ underline: Underline) -> Style { underline.isMain ? main : .frame }
        // Drawn from long to short, the main one last, so that what lies within another is still seen.
        for underline in underlines.sorted(by: { ($0.isMain ? 1 : 0, $1.end - $1.start) < ($1.isMain ? 1 : 0, $0.end - $0.start) }) {
            rows[0].fill(underline.start..<underline.end, underline.isMain ? "^" : "-", style(underline))
        }
        var hanging = underlines.filter { !$0.text.isEmpty }.sorted { $0.start < $1.start }
        let end = underlines.map(\.end).max() ?? 0
        // Texts of several lines hang too: only a short one stands beside its underline.
        if let last = hanging.last, last.end == end, hanging.dropLast().allSatisfy({ $0.start < last.start }) || hanging.count == 1 {
            rows[0].write(" " + last.text, at: last.end, style(last))
            hanging.removeLast()
        }
        guard !hanging.isEmpty else { return rows }
        var connectors = Row()
        for underline in hanging { connectors.write("|", at: underline.start, style(underline)) }
        rows.append(connectors)
        while let last = hanging.popLast() {
            var row = Row()
            for underline in hanging where underline.start < last.start { row.write("|", at: underline.start, style(underline)) }
            row.write(last.text, at: last.start, style(last))
            rows.append(row)
        }
        return rows
    }

    /// A row of characters, each with its style.
    private struct Row {
        private var cells: [(text: String, style: Style)] = []

        mutating func fill(_ range: Range<Int>, _ text: String, _ style: Style) {
            reach(range.upperBound)
            for column in range { cells[column] = (text, style) }
        }

        mutating func write(_ text: String, at column: Int, _ style: Style) {
            reach(column + 1)
            cells[column] = (text, style)
        }

        private mutating func reach(_ count: Int) {
            while cells.count < count { cells.append((" ", .plain)) }
        }

        func write(to output: inout StyledText) {
            var index = 0
            while index < cells.count {
                var text = ""
                let style = cells[index].style
                while index < cells.count, cells[index].style == style {
                    text += cells[index].text
                    index += 1
                }
                output.add(text, style)
            }
        }
    }
}

extension Source {
    /// The bytes of a 1-based line, without its newline.
    func lineBytes(_ line: Int) -> ArraySlice<UInt8> {
        let start = Int(lineStarts[line - 1])
        var end = line < lineStarts.count ? Int(lineStarts[line]) - 1 : text.count
        if end > start, text[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return text[start..<end]
    }
}
