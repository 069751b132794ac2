// DaedalSyntax: what the text says. In: source text. Out: tokens, an immutable tree, diagnostics, formatted text.
// Never: anything of tensors, meaning, or running.

/// A half-open range of UTF-8 offsets in one source.
package struct Span: Hashable, Sendable {
    /// The identity that the `SourceMap` gave to the text.
    package var source: UInt32
    package var start: UInt32
    package var end: UInt32

    package init(source: UInt32, start: Int, end: Int) {
        self.source = source
        self.start = UInt32(clamping: start)
        self.end = UInt32(clamping: end)
    }

    /// The span of nothing that a user wrote (values that the host or the compiler made).
    package static let none = Span(source: 0, start: 0, end: 0)

    /// The smallest span that holds both. Precondition: the same source.
    package func union(_ other: Span) -> Span {
        Span(source: source, start: Int(min(start, other.start)), end: Int(max(end, other.end)))
    }
}

/// One text: a file, a prompt entry, an argument of `-e`, or a library file.
package final class Source: Sendable {
    package let id: UInt32
    /// The name diagnostics print: the path as the user gave it, `<-e>`, `<stdin>`, `library/Dense.dl`, …
    package let name: String
    package let text: [UInt8]
    /// Whether the text is part of the library: its spans are not shown as the user's mistakes.
    package let isLibrary: Bool
    /// The offset at which each line starts.
    package let lineStarts: [UInt32]

    init(id: UInt32, name: String, text: [UInt8], isLibrary: Bool) {
        self.id = id
        self.name = name
        self.text = text
        self.isLibrary = isLibrary
        var starts: [UInt32] = [0]
        for (offset, byte) in text.enumerated() where byte == UInt8(ascii: "\n") { starts.append(UInt32(clamping: offset + 1)) }
        lineStarts = starts
    }

    /// The 1-based line that holds an offset.
    package func line(at offset: UInt32) -> Int {
        var low = 0, high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return low + 1
    }

    /// The text of a 1-based line, without its newline.
    package func lineText(_ line: Int) -> String {
        let start = Int(lineStarts[line - 1])
        var end = line < lineStarts.count ? Int(lineStarts[line]) - 1 : text.count
        if end > start, text[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return String(decoding: text[start..<end], as: UTF8.self)
    }

    /// The text of a span.
    package func text(_ span: Span) -> String { String(decoding: text[Int(span.start)..<Int(span.end)], as: UTF8.self) }
}
