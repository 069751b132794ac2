/// Prints tokens and comments, one a line: the place, `|` where a newline stands before it, the kind, and the text.
package enum TokenPrinter {
    package static func print(_ lexed: LexedSource) -> String {
        var output = ""
        var comment = 0
        func add(_ offset: UInt32, _ newline: Bool, _ kind: String, _ text: String) {
            let place = lexed.source.position(at: offset)
            output += pad("\(place.line):\(place.column)", 8) + (newline ? "| " : "  ") + pad(kind, 13)
            output += text
            while output.last == " " { output.removeLast() }
            output += "\n"
        }
        for token in lexed.tokens {
            while comment < lexed.comments.count, lexed.comments[comment].start < token.start || token.kind == .end {
                let next = lexed.comments[comment]
                add(
                    next.start, next.isAlone, next.isDocumentation ? "documentation" : "comment",
                    lexed.source.text(Span(source: lexed.source.id, start: Int(next.start), end: Int(next.end))))
                comment += 1
            }
            switch token.kind {
            case .string, .stringHead, .stringMiddle, .stringTail:
                let text = token.value < lexed.texts.count ? lexed.texts[Int(token.value)] : ""
                add(token.start, token.newlineBefore, "\(token.kind)", TreePrinter.quote(text))
            case .end: add(token.start, token.newlineBefore, "end", "")
            case .name, .keyword, .integer, .float, .error:
                add(token.start, token.newlineBefore, "\(token.kind)", lexed.source.text(lexed.span(token)))
            default: add(token.start, token.newlineBefore, "symbol", token.kind.text)
            }
        }
        return output
    }

    private static func pad(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(1, width - text.count)) }
}
