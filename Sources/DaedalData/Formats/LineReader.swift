/// The lines of a text file, one by one, in memory bounded by the longest.
struct LineReader {
    let stream: ByteStream
    /// The number of the line that came last, counted from 1.
    private(set) var line: Int
    /// The position in the file of the next line.
    private(set) var offset: Int
    private var buffer: [UInt8] = []
    private var next = 0
    private var isAtEnd = false
    private static let longest = 1 << 28
    private static let step = 1 << 18

    /// Reads on from where the stream is.
    init(_ stream: ByteStream, lineBefore: Int = 0) {
        self.stream = stream
        line = lineBefore
        offset = stream.offset
    }

    /// The next line without its end, or nil. A byte order mark is passed over.
    mutating func read() throws(DataFailure) -> ArraySlice<UInt8>? {
        var searched = next
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0a) { return take(end, skip: 1) }
            searched = buffer.count
            if isAtEnd { return next < buffer.count ? take(buffer.count, skip: 0) : nil }
            searched -= next
            buffer.removeFirst(next)
            next = 0
            guard buffer.count < Self.longest else {
                throw DataFailure(.malformed, "a line is longer than \(Self.longest >> 20) MB", file: stream.path, line: line + 1)
            }
            let start = buffer.count
            buffer.append(contentsOf: repeatElement(0, count: max(Self.step, start)))
            let got = try buffer.withUnsafeMutableBufferPointer { (all) throws(DataFailure) in
                try stream.read(into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: all[start...])))
            }
            isAtEnd = start + got < buffer.count
            buffer.removeLast(buffer.count - start - got)
        }
    }

    /// The line that ends here, passing its end.
    private mutating func take(_ end: Int, skip: Int) -> ArraySlice<UInt8> {
        var text = buffer[next..<end]
        if text.last == 0x0d { text.removeLast() }
        if offset == 0 && text.starts(with: [0xef, 0xbb, 0xbf]) { text.removeFirst(3) }
        offset += end + skip - next
        next = end + skip
        line += 1
        return text
    }
}
