/// The files that a program may reach. A host grants them by passing one in; without one nothing is read or written.
package protocol FileAccess: Sendable {
    /// The size and the time of the last change of a file.
    func stamp(of path: String) throws(DataFailure) -> FileStamp
    /// Opens a file for reading.
    func open(_ path: String) throws(DataFailure) -> any FileReader
    /// Replaces a file by what `body` writes: all of it or, when anything fails, nothing (the old file stays).
    func replace(_ path: String, _ body: (any FileSink) throws(DataFailure) -> Void) throws(DataFailure)
    /// Adds bytes at the end of a file, which is made if there is none.
    func append(_ bytes: [UInt8], to path: String) throws(DataFailure)
    /// The names in a folder, sorted, without `.` and `..`.
    func names(in folder: String) throws(DataFailure) -> [String]
    /// Creates a folder and those above it; that it exists already is no failure.
    func makeFolder(_ path: String) throws(DataFailure)
    /// Removes a file.
    func remove(_ path: String) throws(DataFailure)
}

/// What tells whether a file is still the one that was opened.
package struct FileStamp: Hashable, Sendable {
    /// The size in bytes, or nil for what has none (a pipe).
    package let byteCount: Int?
    /// The time of the last change in nanoseconds.
    package let modified: Int64
    /// A number that another file under the same name does not have.
    package let identity: UInt64

    package init(byteCount: Int?, modified: Int64, identity: UInt64) {
        self.byteCount = byteCount
        self.modified = modified
        self.identity = identity
    }
}

/// An open file.
package protocol FileReader: AnyObject, Sendable {
    /// The path as the user gave it.
    var path: String { get }
    /// What the file was when it was opened.
    var stamp: FileStamp { get }
    /// Reads at most as many bytes as the buffer holds; 0 at the end. A pipe ignores the position.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(DataFailure) -> Int
    /// What the open file is now.
    func currentStamp() throws(DataFailure) -> FileStamp
}

/// A file that is being written.
package protocol FileSink {
    /// Appends bytes.
    func write(_ bytes: UnsafeRawBufferPointer) throws(DataFailure)
}

extension FileSink {
    /// Appends bytes.
    package func write(_ bytes: [UInt8]) throws(DataFailure) {
        try bytes.withUnsafeBufferPointer { (buffer) throws(DataFailure) in try write(UnsafeRawBufferPointer(buffer)) }
    }
}

extension FileReader {
    /// Fails if the file is no longer what it was when it was opened.
    package func checkUnchanged() throws(DataFailure) {
        if try currentStamp() != stamp { throw DataFailure(.changed, "the file changed while it was being read", file: path) }
    }

    /// Fills the buffer from a position, or fails if the file ends before.
    package func readFully(at offset: Int, into buffer: UnsafeMutableRawBufferPointer, of what: String) throws(DataFailure) {
        var done = 0
        while done < buffer.count {
            let got = try read(at: offset + done, into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
            if got == 0 {
                try checkUnchanged()
                throw DataFailure(.truncated, "the file ends in \(what)", file: path, offset: offset + done)
            }
            done += got
        }
    }
}

extension FileAccess {
    /// The whole content of a file as it is, without decompression. Fails beyond `limit` bytes.
    package func read(_ path: String, limit: Int = 1 << 32) throws(DataFailure) -> [UInt8] {
        try ByteStream(opening: path, from: self, compression: .none).readAll(limit: limit)
    }

    /// Adds bytes by writing the file anew.
    package func append(_ bytes: [UInt8], to path: String) throws(DataFailure) {
        let before = (try? stamp(of: path)) == nil ? [] : try read(path)
        try write(before + bytes, to: path)
    }

    /// Replaces a file by these bytes, all or nothing.
    package func write(_ bytes: [UInt8], to path: String) throws(DataFailure) {
        try replace(path) { (sink) throws(DataFailure) in try sink.write(bytes) }
    }
}

/// No files at all: what a host passes that grants none.
package struct NoFiles: FileAccess {
    package init() {}
    /// The failure of every access.
    private func refusal(_ path: String) -> DataFailure { DataFailure(.refused, "the host does not allow access to files", file: path) }
    package func stamp(of path: String) throws(DataFailure) -> FileStamp { throw refusal(path) }
    package func open(_ path: String) throws(DataFailure) -> any FileReader { throw refusal(path) }
    package func replace(_ path: String, _ body: (any FileSink) throws(DataFailure) -> Void) throws(DataFailure) { throw refusal(path) }
    package func names(in folder: String) throws(DataFailure) -> [String] { throw refusal(folder) }
    package func makeFolder(_ path: String) throws(DataFailure) { throw refusal(path) }
    package func remove(_ path: String) throws(DataFailure) { throw refusal(path) }
}
