import DaedalData
import DaedalGraph
import DaedalSyntax
import DaedalTensor

extension SymbolicEvaluator {
    /// Folders with more files than these are not looked into before the program runs.
    private static let mostFiles = 1000

    /// Pictures or sounds: their fields, and their shape where looking at the beginnings of the files tells it.
    func media(_ kind: String, _ values: [Value], at span: Span) throws(RuntimeFailure) -> SymbolicSource? {
        guard values.count >= 2 else { return nil }
        var rows: (any RecordSource)?
        let path: String? = if case .string(let text) = values[0] { text.text } else { nil }
        let isKnown = path != nil && !writesFiles && !values[1].hasUnknown
        if kind == "images" {
            var options = PictureFiles.Options()
            options.size = values[1].hasUnknown ? nil : try MediaSources.size(values[1], at: span)
            options.mostFiles = Self.mostFiles
            if isKnown, let path { rows = try? PictureFiles.open(path, from: session.host.files, options: options) }
        } else {
            var options = SoundFiles.Options()
            if case .int(let rate) = values[1], rate > 0 { options.rate = rate }
            options.mostFiles = Self.mostFiles
            if isKnown, let path { rows = try? SoundFiles.open(path, from: session.host.files, options: options) }
        }
        var content = Value.unknown(.anything)
        if case .tensor(let type, let shape)? = rows?.fields.first?.kind { content = symbolicTensor(Signature(type: type, shape: shape)) }
        let fields: [(name: String, value: Value)] = [
            (kind == "images" ? "image" : "sound", content), ("label", .unknown(.string)), ("path", .unknown(.string)),
        ]
        return SymbolicSource(
            path.map { "\"\($0)\"" } ?? "the files", fields: fields, natural: (content, symbolicTensor(Signature(type: .i64, shape: .scalar))),
            identity: path.map { "\(kind) \($0)" })
    }

    /// The columns of a query by their names, with what the first rows hold; later ones may hold fractions where these do not.
    func query(_ values: [Value]) -> SymbolicSource? {
        guard values.count == 2, case .string(let path) = values[0] else { return nil }
        let name = "\"\(path.text)\""
        guard case .string(let text) = values[1] else { return SymbolicSource(name) }
        let identity = "sqlite \(path.text) \(text.text)"
        guard !writesFiles, let columns = try? SQLRows.preview(path.text, text.text, from: session.host.files) else {
            return SymbolicSource(name, identity: identity)
        }
        let fields = columns.map { column -> (name: String, value: Value) in
            switch column.kind {
            case .integer: (column.name, symbolicTensor(Signature(type: .i64, shape: .scalar)))
            case .real: (column.name, symbolicTensor(Signature(type: .f32, shape: .scalar)))
            case .text: (column.name, .unknown(.string))
            case .bool, .tensor, .any, nil: (column.name, .unknown(.anything))
            }
        }
        return SymbolicSource(name, fields: fields, identity: identity)
    }
}
