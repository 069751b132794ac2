import Synchronization

/// Files that live in memory: for tests, and for hosts that have no folder to share.
package final class MemoryFiles: FileAccess {
    /// A file and the number of its last change.
    private struct Entry {
        var bytes: [UInt8]
        var version: Int64
    }
    private struct State {
        var entries: [String: Entry] = [:]
        var versions: Int64 = 0
        var capacity = Int.max
    }
    private let state: Mutex<State>

    /// Files by path.
    package init(_ files: [String: [UInt8]] = [:]) {
        state = Mutex(State(entries: files.mapValues { Entry(bytes: $0, version: 0) }))
    }

    /// The content of a file, or nil. Setting it is what another program would do: open readers see the change.
    package subscript(path: String) -> [UInt8]? {
        get { state.withLock { $0.entries[path]?.bytes } }
        set {
            state.withLock { state in
                state.versions += 1
                let version = state.versions
                state.entries[path] = newValue.map { Entry(bytes: $0, version: version) }
            }
        }
    }

    /// The bytes that one file may have before the disk counts as full.
    package var capacity: Int {
        get { state.withLock { $0.capacity } }
        set { state.withLock { $0.capacity = newValue } }
    }

    package func stamp(of path: String) throws(DataFailure) -> FileStamp {
        let stamp = state.withLock { state in
            state.entries[path].map { FileStamp(byteCount: $0.bytes.count, modified: $0.version, identity: 0) }
        }
        guard let stamp else { throw DataFailure(.missing, "there is no such file", file: path) }
        return stamp
    }

    package func open(_ path: String) throws(DataFailure) -> any FileReader {
        MemoryReader(files: self, path: path, stamp: try stamp(of: path))
    }

    package func replace(_ path: String, _ body: (any FileSink) throws(DataFailure) -> Void) throws(DataFailure) {
        let sink = MemorySink(capacity: capacity, path: path)
        try body(sink)
        self[path] = sink.bytes
    }

    package func names(in folder: String) throws(DataFailure) -> [String] {
        let prefix = folder == "." ? "" : folder + "/"
        let names = state.withLock { state in
            state.entries.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count).prefix { $0 != "/" }) }
        }
        return Set(names).sorted()
    }

    package func makeFolder(_ path: String) throws(DataFailure) {}

    package func remove(_ path: String) throws(DataFailure) {
        let existed = state.withLock { $0.entries.removeValue(forKey: path) != nil }
        if !existed { throw DataFailure(.missing, "there is no such file", file: path) }
    }
}

/// A reader of a file in memory, which sees later changes as a reader of the disk would.
private final class MemoryReader: FileReader {
    let path: String
    let stamp: FileStamp
    private let files: MemoryFiles

    init(files: MemoryFiles, path: String, stamp: FileStamp) {
        self.files = files
        self.path = path
        self.stamp = stamp
    }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(DataFailure) -> Int {
        guard let bytes = files[path], offset >= 0, offset < bytes.count else { return 0 }
        let count = min(buffer.count, bytes.count - offset)
        bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count])) }
        return count
    }

    func currentStamp() throws(DataFailure) -> FileStamp { try files.stamp(of: path) }
}

/// What is being written to a file in memory.
private final class MemorySink: FileSink {
    private(set) var bytes: [UInt8] = []
    private let capacity: Int
    private let path: String

    init(capacity: Int, path: String) {
        self.capacity = capacity
        self.path = path
    }

    func write(_ new: UnsafeRawBufferPointer) throws(DataFailure) {
        guard bytes.count + new.count <= capacity else {
            throw DataFailure(.full, "there is no space left to write this; the old file stays", file: path)
        }
        bytes.append(contentsOf: new)
    }
}
