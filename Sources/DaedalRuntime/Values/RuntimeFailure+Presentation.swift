import DaedalSyntax

extension RuntimeFailure {
    /// The failure as its user should see it: a place inside the library becomes the call of the user's that led there, with a note.
    package func presented(in sources: SourceMap) -> Diagnostic {
        var result = diagnostic
        if sources.source(of: result.span).isLibrary || result.span == .none {
            let inner = result.span
            guard let frame = frames.first(where: { $0.span != .none && !sources.source(of: $0.span).isLibrary }) else { return result }
            result.span = frame.span
            result.labels = result.labels.filter { !sources.source(of: $0.span).isLibrary }
            if inner != .none {
                let source = sources.source(of: inner)
                result.notes.append("found in `\(frame.name)` (\(source.name):\(source.line(at: inner.start)))")
            }
        }
        return result
    }
}
