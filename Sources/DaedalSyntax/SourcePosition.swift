/// A place in a source as people and editors count it: both from 1, columns in Unicode scalars.
package struct SourcePosition: Hashable, Sendable {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// The file and the two ends of a span: what machine-readable output holds of it.
package struct SourceRange: Hashable, Sendable {
    package var file: String
    package var start: SourcePosition
    package var end: SourcePosition

    package init(file: String, start: SourcePosition, end: SourcePosition) {
        self.file = file
        self.start = start
        self.end = end
    }
}

extension Source {
    /// The line and column of an offset; one past the end counts as the end.
    package func position(at offset: UInt32) -> SourcePosition {
        let end = min(Int(offset), text.count)
        let line = line(at: UInt32(end))
        var column = 1
        // Bytes that continue a scalar are no columns of their own.
        for index in Int(lineStarts[line - 1])..<end where text[index] & 0xC0 != 0x80 { column += 1 }
        return SourcePosition(line: line, column: column)
    }
}

extension SourceMap {
    /// The file, lines and columns of a span; nil for a span of nothing that a user wrote.
    package func range(of span: Span) -> SourceRange? {
        guard span.source != 0 else { return nil }
        let source = source(of: span)
        return SourceRange(file: source.name, start: source.position(at: span.start), end: source.position(at: span.end))
    }
}
