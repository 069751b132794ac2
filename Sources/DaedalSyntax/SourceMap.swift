import Synchronization

/// All the sources of one interpreter, by the identity that spans carry. Identity 0 is the empty source of `Span.none`.
package final class SourceMap: Sendable {
    private let sources: Mutex<[Source]> = Mutex([Source(id: 0, name: "<none>", text: [], isLibrary: false)])

    package init() {}

    /// Registers a text and gives it an identity.
    package func add(name: String, text: [UInt8], isLibrary: Bool = false) -> Source {
        sources.withLock { sources in
            let source = Source(id: UInt32(sources.count), name: name, text: text, isLibrary: isLibrary)
            sources.append(source)
            return source
        }
    }

    package func add(name: String, text: String, isLibrary: Bool = false) -> Source {
        add(name: name, text: Array(text.utf8), isLibrary: isLibrary)
    }

    /// The source of a span.
    package func source(of span: Span) -> Source { sources.withLock { $0[Int(span.source)] } }
}
