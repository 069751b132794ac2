/// Lays the pieces of a formatter out in lines.
struct FormatterLayout {
    let formatter: Formatter
    private var lines: [Line] = []
    private var open: [Open] = []
    /// For each open block, and the top, the piece that starts its current statement.
    private var starts: [Int] = [0]

    init(_ formatter: Formatter) { self.formatter = formatter }

    private var pieces: [Formatter.Piece] { formatter.pieces }

    /// A bracket that is open.
    private struct Open {
        let index: Int
        /// The indentation of the line on which it was opened.
        let indent: Int
    }

    /// A line of the result.
    private struct Line {
        var indent: Int
        /// What a bracket opened here is indented from: less than the line if the line closes a bracket of an earlier one.
        var base: Int
        var text = ""
        /// A comment after the text, and where it stood in the source.
        var comment: (text: String, column: Int)?

        /// The columns taken; of a text of several lines those of the last.
        var width: Int {
            guard let newline = text.lastIndex(of: "\n") else { return indent + text.unicodeScalars.count }
            return text[text.index(after: newline)...].unicodeScalars.count
        }
    }

    /// The whole text, ended by a newline.
    mutating func run() -> String {
        for index in pieces.indices { add(index) }
        return text()
    }

    private mutating func add(_ index: Int) {
        let piece = pieces[index]
        let closed = piece.kind.isCloser ? open.popLast() : nil
        if piece.kind == .rightBrace { starts.removeLast() }
        if piece.role.contains(.statementStart) { starts[starts.count - 1] = index }
        if lines.isEmpty || breaks(index, closed) {
            if !lines.isEmpty, keepsBlankLine(index, closed) { lines.append(Line(indent: 0, base: 0)) }
            let indent = indent(index, closed)
            lines.append(Line(indent: indent, base: indent, text: piece.text))
        } else if piece.isComment {
            lines[lines.count - 1].comment = (piece.text, piece.column)
        } else {
            lines[lines.count - 1].text += space(index) + piece.text
        }
        if let closed { lines[lines.count - 1].base = min(lines[lines.count - 1].base, closed.indent) }
        if piece.kind.closer != nil { open.append(Open(index: index, indent: lines[lines.count - 1].base)) }
        if piece.kind == .leftBrace { starts.append(index) }
    }

    /// Whether newlines count where the stack stands: within a block or at the top.
    private var isInBlock: Bool { open.last.map { pieces[$0.index].kind == .leftBrace } ?? true }

    /// Whether a piece starts a line. `closed` is the bracket that it closes.
    private func breaks(_ index: Int, _ closed: Open?) -> Bool {
        let piece = pieces[index]
        let previous = pieces[index - 1]
        if previous.isComment { return true }
        if piece.isComment { return piece.newlines > 0 }
        if let closed, piece.kind == .rightBrace { return formatter.isMultiline[closed.index] }
        if piece.role.contains(.statementStart) {
            guard let block = open.last else { return piece.newlines > 0 }
            return formatter.isMultiline[block.index] && (piece.newlines > 0 || previous.kind == .leftBrace)
        }
        switch piece.kind {
        case .leftBrace, .comma, .colon, .semicolon: return false
        case .leftParen, .leftBracket: if piece.role.contains(.tight) { return false }
        case .keyword where piece.word == .else && previous.kind == .rightBrace:
            if formatter.isMultiline[formatter.partner[index - 1]] { return false }
        default: break
        }
        return piece.newlines > 0
    }

    /// Whether one blank line stands before a piece that starts a line.
    private func keepsBlankLine(_ index: Int, _ closed: Open?) -> Bool {
        pieces[index].newlines > 1 && closed == nil && pieces[index - 1].kind.closer == nil
    }

    /// The indentation of a piece that starts a line.
    private func indent(_ index: Int, _ closed: Open?) -> Int {
        if let closed { return closed.indent }
        let content = open.last.map { $0.indent + Formatter.indentation } ?? 0
        if isInBlock {
            let piece = pieces[index]
            // A comment is indented as what follows it.
            let next = pieces[index...].first { !$0.isComment }
            let follows = piece.isComment ? next : piece
            guard let follows, !follows.role.contains(.statementStart), !follows.kind.isCloser else { return content }
            let start = starts[starts.count - 1]
            // The `else` of a statement that begins with `if` stands right below it.
            if follows.kind == .leftBrace || follows.word == .else && pieces[start].word == .if { return content }
            // Further arguments of a clause stand below the first.
            if let width = clauseWidth(start), let last = pieces[..<index].last(where: { !$0.isComment }), last.kind == .comma {
                return content + width
            }
            return content + Formatter.indentation
        }
        let previous = pieces[..<index].last { !$0.isComment }
        let startsItem = previous.map { $0.kind == .comma || $0.kind.closer != nil } ?? true
        return startsItem ? content : content + Formatter.indentation
    }

    /// The width of the column of words, if the piece is the word of a clause that starts its line.
    private func clauseWidth(_ index: Int) -> Int? {
        guard pieces[index].role.contains(.clauseWord), let block = open.last, formatter.startsLine(index) else { return nil }
        let width = formatter.clauseWidth[block.index]
        return width > 0 ? width : nil
    }

    /// The white space between a piece and the one before it on the line.
    private func space(_ index: Int) -> String {
        let previous = pieces[index - 1]
        if let width = clauseWidth(index - 1) { return String(repeating: " ", count: max(1, width - previous.text.unicodeScalars.count)) }
        // `1 .0` is an element of a number, which is no use; but `1.0` would be another number.
        if pieces[index].kind == .dot, previous.kind == .integer, index + 1 < pieces.count, pieces[index + 1].kind == .integer { return " " }
        return Self.isTight(previous, pieces[index]) ? "" : " "
    }

    /// Whether nothing stands between two neighbours.
    private static func isTight(_ previous: Formatter.Piece, _ piece: Formatter.Piece) -> Bool {
        switch piece.kind {
        case .comma, .semicolon, .colon, .rightParen, .rightBracket, .dot: return true
        case .leftParen, .leftBracket: if piece.role.contains(.tight) { return true }
        case .dotDot, .dotDotEqual: if previous.endsOperand { return true }
        default: break
        }
        switch previous.kind {
        case .leftParen, .leftBracket, .dot, .dotDot, .dotDotEqual, .ellipsis: return true
        case .minus: return previous.role.contains(.unary)
        default: return false
        }
    }

    /// Joins the lines; comments that stood in one column stay in one.
    private func text() -> String {
        var result = ""
        var index = 0
        while index < lines.count {
            guard let comment = lines[index].comment else {
                result += padded(lines[index]) + "\n"
                index += 1
                continue
            }
            var end = index
            var width = 0
            while end < lines.count, let other = lines[end].comment, other.column == comment.column {
                width = max(width, lines[end].width)
                end += 1
            }
            for line in lines[index..<end] {
                result += padded(line) + String(repeating: " ", count: width + 2 - line.width) + (line.comment?.text ?? "") + "\n"
            }
            index = end
        }
        return result
    }

    private func padded(_ line: Line) -> String {
        line.text.isEmpty ? "" : String(repeating: " ", count: line.indent) + line.text
    }
}

extension Formatter.Piece {
    /// Whether an operand may end here, so that a `..` after it belongs to it.
    fileprivate var endsOperand: Bool {
        switch kind {
        case .name, .integer, .float, .string, .rightParen, .rightBracket, .rightBrace: true
        case .keyword: word == .true || word == .false || word == .none || word == .new
        default: false
        }
    }
}
