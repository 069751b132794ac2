import DaedalTensor

/// Text files as rows with the field `text`.
package enum TextSource {
    /// What one row is.
    package enum Unit: String, CaseIterable, Sendable {
        case line, paragraph, word, character, file
    }

    /// Files up to this size are held in memory, larger ones are read line by line.
    private static let memoryLimit = 256 << 20

    /// Opens a file, or the files that a pattern stands for, one after the other.
    package static func open(_ pattern: String, by unit: Unit, from files: any FileAccess, inMemory: Bool = false) throws(DataFailure)
        -> any RecordSource
    {
        let paths = try Glob.paths(pattern, from: files)
        if unit == .line, paths.count == 1, !inMemory {
            let path = paths[0], bytes = try files.stamp(of: path).byteCount ?? 0
            if bytes * (path.hasSuffix(".gz") ? 4 : 1) > memoryLimit { return try StreamedTable(LineBlocks(path, from: files)) }
        }
        var texts = TextValues(), lines = LineMap()
        for path in paths { try read(path, by: unit, from: files, &texts, &lines, notesLines: paths.count == 1) }
        guard texts.count > 0 else { throw DataFailure(.empty, "there is no text in it", file: pattern) }
        let hasLines = paths.count == 1 && unit != .file && unit != .character && unit != .word
        return try Table(
            name: pattern, columns: [Column(name: "text", values: .text(texts))], file: paths.count == 1 ? paths[0] : nil,
            lines: hasLines ? lines : nil)
    }

    private static func read(
        _ path: String, by unit: Unit, from files: any FileAccess, _ texts: inout TextValues, _ lines: inout LineMap, notesLines: Bool
    ) throws(DataFailure) {
        let stream = try ByteStream(opening: path, from: files)
        switch unit {
        case .line:
            var reader = LineReader(stream)
            while let line = try reader.read() {
                try check(line, path, reader.line)
                if notesLines { lines.note(row: texts.count, line: reader.line) }
                texts.append(line)
            }
        case .paragraph:
            var reader = LineReader(stream)
            var paragraph: [UInt8] = [], first = 1
            func isBlank(_ line: ArraySlice<UInt8>) -> Bool { line.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
            while let line = try reader.read() {
                try check(line, path, reader.line)
                if isBlank(line) {
                    if !paragraph.isEmpty {
                        if notesLines { lines.note(row: texts.count, line: first) }
                        texts.append(paragraph)
                    }
                    paragraph = []
                    continue
                }
                if paragraph.isEmpty { first = reader.line } else { paragraph.append(0x0a) }
                paragraph += line
            }
            if !paragraph.isEmpty {
                if notesLines { lines.note(row: texts.count, line: first) }
                texts.append(paragraph)
            }
        case .word, .character, .file:
            let bytes = try stream.readAll(limit: 1 << 31)
            try check(bytes[...], path, nil)
            if unit == .file {
                texts.append(bytes)
                return
            }
            PieceTokenizer.visit(String(decoding: bytes, as: UTF8.self), unit == .word ? .words : .characters) { texts.append($0.utf8) }
        }
    }

    /// Refuses what is not UTF-8.
    static func check(_ bytes: ArraySlice<UInt8>, _ path: String, _ line: Int?) throws(DataFailure) {
        var high: UInt8 = 0
        for byte in bytes { high |= byte }
        if high < 0x80 { return }
        guard let at = UTF8Check.firstInvalid(bytes) else { return }
        throw DataFailure(.malformed, "this is not UTF-8", file: path, line: line, column: line.map { _ in at + 1 }, offset: line == nil ? at : nil)
    }
}

/// A large text file in blocks of lines, after one pass that learned where they start.
final class LineBlocks: RowBlocks {
    let path: String
    let fields = [Field(name: "text", kind: .text)]
    let starts: [Int]
    let count: Int
    let skipped = 0
    let isForwardOnly: Bool
    private let files: any FileAccess
    private let stamp: FileStamp
    private let offsets: [Int]
    private static let linesPerBlock = 4096

    init(_ path: String, from files: any FileAccess) throws(DataFailure) {
        let stream = try ByteStream(opening: path, from: files)
        var reader = LineReader(stream)
        var starts: [Int] = [], offsets: [Int] = [], rows = 0
        var offset = reader.offset
        while let line = try reader.read() {
            try TextSource.check(line, path, reader.line)
            if rows % Self.linesPerBlock == 0 {
                starts.append(rows)
                offsets.append(offset)
            }
            rows += 1
            offset = reader.offset
        }
        self.path = path
        self.files = files
        self.starts = starts
        self.offsets = offsets
        count = rows
        stamp = stream.stamp
        isForwardOnly = stream.isCompressed
    }

    func read(block: Int) throws(DataFailure) -> any RecordSource {
        let changed = DataFailure(.changed, "the file changed while it was being read", file: path)
        let stream = try ByteStream(opening: path, from: files, at: isForwardOnly ? 0 : offsets[block])
        guard stream.stamp == stamp else { throw changed }
        var reader = LineReader(stream, lineBefore: isForwardOnly ? 0 : starts[block])
        if isForwardOnly { while reader.line < starts[block] { guard try reader.read() != nil else { throw changed } } }
        var texts = TextValues(), lines = LineMap()
        let wanted = (block + 1 < starts.count ? starts[block + 1] : count) - starts[block]
        for row in 0..<wanted {
            guard let line = try reader.read() else { throw changed }
            lines.note(row: row, line: reader.line)
            texts.append(line)
        }
        return try Table(name: path, columns: [Column(name: "text", values: .text(texts))], file: path, lines: lines)
    }
}
