import CZlib

/// Decompresses deflate as it streams by: bare (in zip) or in gzip members, of which a file may have several.
final class Inflater: ByteProducer {
    /// What surrounds the compressed bytes.
    enum Format {
        /// Nothing (RFC 1951).
        case bare
        /// gzip members (RFC 1952), whose check sums zlib compares.
        case gzip
    }

    private let source: any ByteProducer
    private let format: Format
    private let path: String
    // zlib keeps a pointer back to this struct, so it may not move.
    private let state: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutableRawBufferPointer
    private var isFinished = false
    private static let inputSize = 1 << 16

    init(_ source: any ByteProducer, format: Format, path: String) throws(DataFailure) {
        self.source = source
        self.format = format
        self.path = path
        state = .allocate(capacity: 1)
        state.initialize(to: z_stream())
        input = .allocate(byteCount: Self.inputSize, alignment: 16)
        let windowBits: Int32 = format == .gzip ? 15 + 16 : -15
        guard inflateInit2_(state, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw DataFailure(.tooLarge, "there is no memory to decompress this", file: path)
        }
    }

    deinit {
        inflateEnd(state)
        state.deallocate()
        input.deallocate()
    }

    func produce(into buffer: UnsafeMutableRawBufferPointer) throws(DataFailure) -> Int {
        guard buffer.count > 0, !isFinished else { return 0 }
        let room = UInt32(clamping: min(buffer.count, 1 << 30))
        state.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        state.pointee.avail_out = room
        while state.pointee.avail_out == room {
            if state.pointee.avail_in == 0 { try refill() }
            let atEnd = state.pointee.avail_in == 0
            switch inflate(state, Z_NO_FLUSH) {
            case Z_STREAM_END:
                if try !startNextMember() {
                    isFinished = true
                    return Int(room - state.pointee.avail_out)
                }
            case Z_OK where !atEnd, Z_BUF_ERROR where !atEnd: break
            case Z_OK, Z_BUF_ERROR:
                if state.pointee.avail_out < room { break }
                throw DataFailure(.truncated, "the compressed data ends too early", file: path)
            case Z_MEM_ERROR: throw DataFailure(.tooLarge, "there is no memory to decompress this", file: path)
            default:
                let reason = state.pointee.msg.map { " (\(String(cString: $0)))" } ?? ""
                throw DataFailure(.malformed, "the compressed data is damaged\(reason)", file: path)
            }
        }
        return Int(room - state.pointee.avail_out)
    }

    /// Gets more compressed bytes.
    private func refill() throws(DataFailure) {
        state.pointee.avail_in = UInt32(clamping: try source.produce(into: input))
        state.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    }

    /// Whether another gzip member follows the one that ended. Zeros that pad the file to a block are passed over.
    private func startNextMember() throws(DataFailure) -> Bool {
        guard format == .gzip else { return false }
        var isPadding = false
        while true {
            if state.pointee.avail_in == 0 { try refill() }
            guard state.pointee.avail_in > 0, let first = state.pointee.next_in?.pointee else { return false }
            if first != 0 { break }
            isPadding = true
            state.pointee.avail_in -= 1
            state.pointee.next_in += 1
        }
        guard !isPadding, state.pointee.next_in.pointee == 0x1f, inflateReset(state) == Z_OK else {
            throw DataFailure(.malformed, "something that is not gzip follows the compressed data", file: path)
        }
        return true
    }
}
