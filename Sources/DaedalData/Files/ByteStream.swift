/// Something that gives bytes one after the other.
protocol ByteProducer: AnyObject {
    /// Puts at most as many bytes as the buffer holds; 0 at the end.
    func produce(into buffer: UnsafeMutableRawBufferPointer) throws(DataFailure) -> Int
}

/// How a file's bytes are packed.
package enum Compression: Sendable {
    /// As they are.
    case none
    /// gzip if the content starts so; a file named `.gz` must.
    case automatic
}

/// The bytes of a file in order, decompressed, through one buffer. Used by one thread at a time.
package final class ByteStream: @unchecked Sendable {
    /// The path as the user gave it.
    package let path: String
    /// What the file was when it was opened.
    package let stamp: FileStamp
    /// Whether the bytes come out of a decompressor, so that positions cannot be jumped to.
    package let isCompressed: Bool
    /// The position of the next byte.
    package private(set) var offset: Int

    private let producer: any ByteProducer
    private let reader: any FileReader
    private let buffer: UnsafeMutableRawBufferPointer
    private var next = 0
    private var end = 0
    private static let bufferSize = 1 << 16

    /// Opens a file at a position (0 in compressed files).
    package init(
        opening path: String, from files: any FileAccess, compression: Compression = .automatic, at offset: Int = 0
    ) throws(DataFailure) {
        let reader = try files.open(path)
        let section = FileSection(reader: reader, from: offset, to: nil)
        var producer: any ByteProducer = section
        if compression == .automatic && offset == 0 {
            let magic = try section.peek(2)
            if magic == [0x1f, 0x8b] {
                producer = try Inflater(section, format: .gzip, path: path)
            } else if path.hasSuffix(".gz") {
                throw DataFailure(magic.isEmpty ? .empty : .malformed, magic.isEmpty ? "the file is empty" : "this is not a gzip file", file: path)
            }
        }
        self.producer = producer
        self.reader = reader
        self.path = path
        self.offset = offset
        stamp = reader.stamp
        isCompressed = producer !== section
        buffer = .allocate(byteCount: Self.bufferSize, alignment: 16)
    }

    /// Wraps a producer over a part of an open file.
    init(_ producer: any ByteProducer, of reader: any FileReader, isCompressed: Bool) {
        self.producer = producer
        self.reader = reader
        self.isCompressed = isCompressed
        path = reader.path
        stamp = reader.stamp
        offset = 0
        buffer = .allocate(byteCount: Self.bufferSize, alignment: 16)
    }

    deinit { buffer.deallocate() }

    /// Reads until the target is full or the file ends; fewer bytes than asked for mean the end.
    package func read(into target: UnsafeMutableRawBufferPointer) throws(DataFailure) -> Int {
        var done = min(end - next, target.count)
        if done > 0 {
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[next..<next + done]))
            next += done
        }
        while done < target.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: target[done...])
            let got: Int
            if rest.count >= Self.bufferSize {
                got = try producer.produce(into: rest)
                if got == 0 { break }
            } else {
                end = try producer.produce(into: buffer)
                if end == 0 {
                    next = 0
                    break
                }
                got = min(end, rest.count)
                rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[0..<got]))
                next = got
            }
            done += got
        }
        offset += done
        if done < target.count { try reader.checkUnchanged() }
        return done
    }

    /// Fills the target, or fails because the file ends in `what`.
    package func readFully(into target: UnsafeMutableRawBufferPointer, of what: String) throws(DataFailure) {
        if try read(into: target) < target.count { throw DataFailure(.truncated, "the file ends in \(what)", file: path, offset: offset) }
    }

    /// Reads that many bytes, growing as they arrive, so that a lying count cannot ask for memory that the file does not fill.
    package func readBytes(_ count: Int, of what: String) throws(DataFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let step = min(count - bytes.count, max(bytes.count, 1 << 20))
            if try append(step, to: &bytes) < step { throw DataFailure(.truncated, "the file ends in \(what)", file: path, offset: offset) }
        }
        return bytes
    }

    /// Reads what is left. Fails beyond `limit` bytes.
    package func readAll(limit: Int) throws(DataFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        // One byte more than the file says, so that the end is seen without a second round.
        var step = isCompressed ? 1 << 16 : min((stamp.byteCount ?? 1 << 16) + 1, max(limit, 0) + 1)
        while true {
            let got = try append(step, to: &bytes)
            if bytes.count > limit { throw DataFailure(.tooLarge, "the file is larger than \(limit) bytes", file: path) }
            if got < step { return bytes }
            step = min(max(bytes.count, 1 << 16), 1 << 24)
        }
    }

    /// Whether there is no byte left.
    package func isAtEnd() throws(DataFailure) -> Bool {
        if next < end { return false }
        next = 0
        end = try producer.produce(into: buffer)
        return end == 0
    }

    /// Appends at most that many bytes, and gives how many there were.
    private func append(_ count: Int, to bytes: inout [UInt8]) throws(DataFailure) -> Int {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: count))
        let got = try bytes.withUnsafeMutableBufferPointer { (all) throws(DataFailure) in
            try read(into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: all[start...])))
        }
        bytes.removeLast(count - got)
        return got
    }
}

/// A part of an open file.
final class FileSection: ByteProducer {
    private let reader: any FileReader
    private var offset: Int
    private let end: Int?
    private var peeked: [UInt8] = []

    init(reader: any FileReader, from offset: Int, to end: Int?) {
        self.reader = reader
        self.offset = offset
        self.end = end
    }

    func produce(into buffer: UnsafeMutableRawBufferPointer) throws(DataFailure) -> Int {
        if !peeked.isEmpty {
            let count = min(peeked.count, buffer.count)
            buffer.copyBytes(from: peeked.prefix(count))
            peeked.removeFirst(count)
            return count
        }
        let room = end.map { min($0 - offset, buffer.count) } ?? buffer.count
        guard room > 0 else { return 0 }
        let got = try reader.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: buffer[0..<room]))
        offset += got
        if got == 0, let end, offset < end { throw DataFailure(.truncated, "the file ends too early", file: reader.path, offset: offset) }
        return got
    }

    /// The next bytes, which stay to be produced; fewer at the end.
    func peek(_ count: Int) throws(DataFailure) -> [UInt8] {
        while peeked.count < count {
            var more = [UInt8](repeating: 0, count: count - peeked.count)
            let got = try more.withUnsafeMutableBufferPointer { (buffer) throws(DataFailure) in
                try reader.read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
            }
            if got == 0 { break }
            peeked += more.prefix(got)
            offset += got
        }
        return peeked
    }
}
