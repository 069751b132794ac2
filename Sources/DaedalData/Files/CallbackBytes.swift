import CFormats

/// An open file as a library of C reads it: by a callback that keeps the failure, since C cannot throw. Used by one thread at a time.
final class CallbackBytes: @unchecked Sendable {
    let path: String
    /// The number of bytes, after decompression.
    let count: Int
    private let reader: any FileReader
    /// The bytes of a file that is compressed.
    private let unpacked: [UInt8]?
    /// Why the last read failed.
    private(set) var failure: DataFailure?
    /// Asked now and then by what takes long.
    private let stops: @Sendable () -> Bool
    /// Compressed files are unpacked into memory up to this size.
    private static let mostUnpacked = 1 << 30

    init(_ path: String, from files: any FileAccess, stops: @escaping @Sendable () -> Bool = { false }) throws(DataFailure) {
        self.path = path
        self.stops = stops
        reader = try files.open(path)
        var magic: [UInt8] = [0, 0]
        let got = try magic.withUnsafeMutableBufferPointer { [reader] (buffer) throws(DataFailure) in
            try reader.read(at: 0, into: UnsafeMutableRawBufferPointer(buffer))
        }
        if got == 0 { throw DataFailure(.empty, "the file is empty", file: path) }
        if let size = reader.stamp.byteCount, magic != [0x1f, 0x8b] {
            unpacked = nil
            count = size
        } else {
            let bytes = try ByteStream(opening: path, from: files).readAll(limit: Self.mostUnpacked)
            unpacked = bytes
            count = bytes.count
        }
    }

    /// What C gets. Valid as long as this.
    var bytes: cf_bytes {
        cf_bytes(
            context: Unmanaged.passUnretained(self).toOpaque(),
            read: { context, offset, buffer, count in
                guard let context, let buffer, offset >= 0, count > 0 else { return 0 }
                return Int64(Unmanaged<CallbackBytes>.fromOpaque(context).takeUnretainedValue().read(Int(offset), buffer, Int(count)))
            }, size: Int64(count))
    }

    /// What C asks whether to stop.
    static let asksToStop: @convention(c) (UnsafeMutableRawPointer?) -> Bool = { context in
        guard let context else { return false }
        return Unmanaged<CallbackBytes>.fromOpaque(context).takeUnretainedValue().stops()
    }

    /// The first bytes; fewer where there are not as many.
    func beginning(_ count: Int) throws(DataFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = bytes.withUnsafeMutableBytes { buffer in buffer.baseAddress.map { read(0, $0, count) } ?? 0 }
        if let failure { throw failure }
        return Array(bytes.prefix(max(got, 0)))
    }

    /// Fails if the file is no longer the one that was opened.
    func check() throws(DataFailure) {
        if let failure { throw failure }
        if unpacked == nil { try reader.checkUnchanged() }
    }

    private func read(_ offset: Int, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
        if let unpacked {
            guard offset < unpacked.count else { return 0 }
            let count = min(count, unpacked.count - offset)
            unpacked.withUnsafeBytes { all in
                UnsafeMutableRawBufferPointer(start: buffer, count: count).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: all[offset..<offset + count]))
            }
            return count
        }
        do throws(DataFailure) { return try reader.read(at: offset, into: UnsafeMutableRawBufferPointer(start: buffer, count: count)) } catch {
            failure = failure ?? error
            return -1
        }
    }
}
