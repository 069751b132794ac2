import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The files of the machine, relative paths seen from the working folder.
package struct POSIXFiles: FileAccess {
    package init() {}

    package func stamp(of path: String) throws(DataFailure) -> FileStamp {
        try checkPath(path)
        var info = stat()
        guard stat(path, &info) == 0 else { throw failure(errno, path, writing: false) }
        return FileStamp(info)
    }

    package func open(_ path: String) throws(DataFailure) -> any FileReader {
        try checkPath(path)
        let descriptor = POSIXReader.retry { openFile(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw failure(errno, path, writing: false) }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else {
            let code = errno
            close(descriptor)
            throw failure(code, path, writing: false)
        }
        guard info.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw DataFailure(.unreadable, "this is a folder, not a file", file: path)
        }
        return POSIXReader(descriptor: descriptor, path: path, stamp: FileStamp(info))
    }

    package func names(in folder: String) throws(DataFailure) -> [String] {
        try checkPath(folder)
        guard let stream = opendir(folder) else { throw failure(errno, folder, writing: false) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    package func makeFolder(_ path: String) throws(DataFailure) {
        try checkPath(path)
        if mkdir(path, 0o777) == 0 { return }
        var code = errno
        if code == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeFolder(String(path[..<slash]))
            if mkdir(path, 0o777) == 0 { return }
            code = errno
        }
        var info = stat()
        if code == EEXIST, stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR { return }
        throw failure(code, path, writing: true)
    }

    package func remove(_ path: String) throws(DataFailure) {
        try checkPath(path)
        guard unlink(path) == 0 else { throw failure(errno, path, writing: true) }
    }

    /// A path that C sees as it is written here.
    private func checkPath(_ path: String) throws(DataFailure) {
        if path.isEmpty { throw DataFailure(.missing, "the path is empty") }
        if path.utf8.contains(0) { throw DataFailure(.missing, "the path contains a zero byte") }
    }
}

/// The system's `open`, which `POSIXFiles.open` hides.
func openFile(_ path: String, _ flags: Int32, _ mode: mode_t = 0) -> Int32 { open(path, flags, mode) }

/// The failure for an error number, in the user's terms.
func failure(_ code: Int32, _ path: String, writing: Bool) -> DataFailure {
    switch code {
    case ENOENT: DataFailure(.missing, writing ? "there is no such folder" : "there is no such file", file: path)
    case ENOTDIR: DataFailure(.missing, "a part of the path is not a folder", file: path)
    case EACCES, EPERM, EROFS: DataFailure(.refused, "the system does not allow \(writing ? "writing" : "reading") this", file: path)
    case ENOSPC, EDQUOT: DataFailure(.full, "there is no space left to write this; the old file stays", file: path)
    case EISDIR: DataFailure(writing ? .unwritable : .unreadable, "this is a folder, not a file", file: path)
    default:
        DataFailure(writing ? .unwritable : .unreadable, "\(writing ? "writing" : "reading") failed: \(String(cString: strerror(code)))", file: path)
    }
}

extension FileStamp {
    /// The stamp of a file that the system described.
    init(_ info: stat) {
        #if canImport(Darwin)
        let time = info.st_mtimespec
        #else
        let time = info.st_mtim
        #endif
        self.init(
            byteCount: info.st_mode & S_IFMT == S_IFREG ? Int(info.st_size) : nil,
            modified: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec),
            identity: UInt64(truncatingIfNeeded: info.st_ino))
    }
}

/// A file of the machine, open for reading. Its descriptor never moves, so that threads may share it.
final class POSIXReader: FileReader {
    let path: String
    let stamp: FileStamp
    private let descriptor: Int32

    init(descriptor: Int32, path: String, stamp: FileStamp) {
        self.descriptor = descriptor
        self.path = path
        self.stamp = stamp
    }

    deinit { close(descriptor) }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(DataFailure) -> Int {
        guard let base = buffer.baseAddress, buffer.count > 0 else { return 0 }
        let wanted = min(buffer.count, 1 << 30)
        let got = Self.retry {
            stamp.byteCount == nil ? Self.systemRead(descriptor, base, wanted) : pread(descriptor, base, wanted, off_t(offset))
        }
        guard got >= 0 else { throw failure(errno, path, writing: false) }
        return got
    }

    func currentStamp() throws(DataFailure) -> FileStamp {
        guard stamp.byteCount != nil else { return stamp }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw failure(errno, path, writing: false) }
        return FileStamp(info)
    }

    private static func systemRead(_ descriptor: Int32, _ base: UnsafeMutableRawPointer, _ count: Int) -> Int {
        #if canImport(Glibc)
        Glibc.read(descriptor, base, count)
        #elseif canImport(Musl)
        Musl.read(descriptor, base, count)
        #else
        Darwin.read(descriptor, base, count)
        #endif
    }

    /// Calls the system again as long as a signal interrupts it.
    static func retry<Result: SignedInteger>(_ call: () -> Result) -> Result {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }
}
