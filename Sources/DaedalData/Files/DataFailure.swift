import DaedalTensor

/// What is wrong with data that came from outside: one sentence in the user's terms and the place where it was noticed.
package struct DataFailure: Error, Sendable, Hashable {
    /// What went wrong, for those who react to it.
    package enum Kind: String, Sendable {
        /// There is no such file.
        case missing
        /// The system or the host does not allow the access.
        case refused
        /// Reading failed.
        case unreadable
        /// Writing failed; the old file stands.
        case unwritable
        /// There is no space left to write; the old file stands.
        case full
        /// There is nothing in it.
        case empty
        /// It ends too early.
        case truncated
        /// It is not what its format says.
        case malformed
        /// It changed while it was being read.
        case changed
        /// It is well formed, but of a variant that is not read.
        case unsupported
        /// It needs more memory than there is.
        case tooLarge
        /// What was asked of the data does not fit it (an unknown column, text where a number is wanted).
        case unfit
        /// Whoever asked for the data no longer wants it.
        case cancelled
    }

    /// What went wrong.
    package var kind: Kind
    /// One sentence without a full stop, in the user's terms.
    package var message: String
    /// The path as the user gave it.
    package var file: String?
    /// The line, counted from 1.
    package var line: Int?
    /// The position in the line in bytes, counted from 1.
    package var column: Int?
    /// The position in the file (after decompression) in bytes, counted from 0.
    package var offset: Int?

    /// A failure and its place.
    package init(_ kind: Kind, _ message: String, file: String? = nil, line: Int? = nil, column: Int? = nil, offset: Int? = nil) {
        self.kind = kind
        self.message = message
        self.file = file
        self.line = line
        self.column = column
        self.offset = offset
    }

    /// The same failure with a file, if it had none.
    package func inFile(_ path: String) -> DataFailure {
        var result = self
        result.file = file ?? path
        return result
    }

    /// The failure of an allocation.
    init(_ failure: AllocationFailure, for what: String, file: String? = nil) {
        let bytes = failure.byteCount.map { " (\($0) bytes)" } ?? ""
        self.init(.tooLarge, "there is no memory for \(what)\(bytes)", file: file)
    }
}

extension DataFailure: CustomStringConvertible {
    /// `digits.csv:14:3: …`, or `model.safetensors: … (at byte 8)`.
    package var description: String {
        var place = file ?? ""
        if let line { place += ":\(line)" }
        if line != nil, let column { place += ":\(column)" }
        let text = place.isEmpty ? message : "\(place): \(message)"
        guard line == nil, let offset else { return text }
        return "\(text) (at byte \(offset))"
    }
}
