import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension POSIXFiles {
    /// Writes to a new name in the same folder, forces it to the disk, then renames it over the old file and forces the folder.
    package func replace(_ path: String, _ body: (any FileSink) throws(DataFailure) -> Void) throws(DataFailure) {
        if path.isEmpty || path.utf8.contains(0) { throw DataFailure(.missing, "this is not a path", file: path) }
        var info = stat()
        let exists = stat(path, &info) == 0
        if exists && info.st_mode & S_IFMT == S_IFDIR { throw failure(EISDIR, path, writing: true) }
        if exists && info.st_mode & S_IFMT != S_IFREG { return try writeThrough(path, body) }
        // A rename over a link would replace the link and leave the file it names as it was.
        let target = exists ? resolved(path) : path
        let mode = exists ? info.st_mode & 0o777 : 0o666
        let (temporary, descriptor) = try createBeside(target, mode: mode, userPath: path)
        do throws(DataFailure) {
            defer { close(descriptor) }
            if exists { fchmod(descriptor, mode) }
            let sink = POSIXSink(descriptor: descriptor, path: path)
            try body(sink)
            try sink.flush()
            guard POSIXReader.retry({ fsync(descriptor) }) == 0 else { throw failure(errno, path, writing: true) }
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, target) == 0 else {
            let code = errno
            unlink(temporary)
            throw failure(code, path, writing: true)
        }
        let folder = openFile(Self.folder(of: target), O_RDONLY | O_CLOEXEC)
        if folder >= 0 {
            // Some file systems refuse to force a folder; the rename itself has succeeded.
            fsync(folder)
            close(folder)
        }
    }

    /// Adds bytes at the end of a file without touching what is there: logs grow while others read them.
    package func append(_ bytes: [UInt8], to path: String) throws(DataFailure) {
        if path.isEmpty || path.utf8.contains(0) { throw DataFailure(.missing, "this is not a path", file: path) }
        let descriptor = POSIXReader.retry { openFile(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else { throw failure(errno, path, writing: true) }
        defer { close(descriptor) }
        let sink = POSIXSink(descriptor: descriptor, path: path)
        try sink.write(bytes)
        try sink.flush()
    }

    /// A device or a pipe has nothing to keep: it is written directly.
    private func writeThrough(_ path: String, _ body: (any FileSink) throws(DataFailure) -> Void) throws(DataFailure) {
        let descriptor = POSIXReader.retry { openFile(path, O_WRONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw failure(errno, path, writing: true) }
        defer { close(descriptor) }
        let sink = POSIXSink(descriptor: descriptor, path: path)
        try body(sink)
        try sink.flush()
    }

    /// The path of the file that a link stands for.
    private func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private static let serial = Atomic<Int>(0)

    /// Creates a new file in the folder of the target.
    private func createBeside(_ target: String, mode: mode_t, userPath: String) throws(DataFailure) -> (String, Int32) {
        let folder = Self.folder(of: target)
        let name = target.split(separator: "/").last.map { String($0.prefix(100)) } ?? "file"
        for _ in 0..<100 {
            let serial = Self.serial.wrappingAdd(1, ordering: .relaxed).newValue
            let candidate = (folder == "/" ? "/" : folder + "/") + ".\(name).\(getpid())-\(serial).part"
            let descriptor = POSIXReader.retry { openFile(candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode) }
            if descriptor >= 0 { return (candidate, descriptor) }
            if errno != EEXIST { throw failure(errno, userPath, writing: true) }
        }
        throw failure(EEXIST, userPath, writing: true)
    }

    /// The folder that a path names something in.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

/// A descriptor with a buffer in front, so that many small pieces cost few calls.
private final class POSIXSink: FileSink {
    private let descriptor: Int32
    private let path: String
    private var pending: [UInt8] = []
    private static let bufferSize = 1 << 16

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(DataFailure) {
        if pending.count + bytes.count <= Self.bufferSize {
            pending.append(contentsOf: bytes)
        } else {
            try flush()
            try send(bytes)
        }
    }

    /// Sends what is waiting.
    func flush() throws(DataFailure) {
        let bytes = pending
        pending.removeAll(keepingCapacity: true)
        try bytes.withUnsafeBufferPointer { (buffer) throws(DataFailure) in try send(UnsafeRawBufferPointer(buffer)) }
    }

    /// Sends bytes to the system.
    private func send(_ bytes: UnsafeRawBufferPointer) throws(DataFailure) {
        guard let base = bytes.baseAddress else { return }
        var done = 0
        while done < bytes.count {
            let wanted = min(bytes.count - done, 1 << 30)
            let sent = POSIXReader.retry { Self.systemWrite(descriptor, base + done, wanted) }
            guard sent > 0 else { throw failure(sent == 0 ? ENOSPC : errno, path, writing: true) }
            done += sent
        }
    }

    private static func systemWrite(_ descriptor: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int {
        #if canImport(Glibc)
        Glibc.write(descriptor, base, count)
        #elseif canImport(Musl)
        Musl.write(descriptor, base, count)
        #else
        Darwin.write(descriptor, base, count)
        #endif
    }
}
