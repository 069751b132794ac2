import DaedalTensor

/// How the elements of a binary format get into memory.
enum ElementReading {
    /// Reads that many bytes into new storage. A count that the file cannot fill fails before the memory is asked for.
    static func read(_ byteCount: Int, from stream: ByteStream) throws(DataFailure) -> Storage {
        if !stream.isCompressed, let size = stream.stamp.byteCount, size - stream.offset < byteCount {
            throw DataFailure(
                .truncated, "the file should hold \(byteCount) bytes of elements, but \(max(size - stream.offset, 0)) are there",
                file: stream.path, offset: size)
        }
        let direct = !stream.isCompressed || byteCount <= 1 << 26
        if direct {
            let storage = try newStorage(byteCount, stream.path)
            try stream.readFully(into: UnsafeMutableRawBufferPointer(start: storage.pointer, count: byteCount), of: "its elements")
            return storage
        }
        // Compressed data does not say how long it is: memory is asked for as the bytes arrive.
        let bytes = try stream.readBytes(byteCount, of: "its elements")
        let storage = try newStorage(byteCount, stream.path)
        bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: storage.pointer, count: byteCount).copyMemory(from: $0) }
        return storage
    }

    static func newStorage(_ byteCount: Int, _ path: String) throws(DataFailure) -> Storage {
        do { return try Storage(byteCount: byteCount) } catch { throw DataFailure(error, for: "its elements", file: path) }
    }

    /// Turns elements of `width` bytes into the machine's byte order.
    static func swapBytes(_ storage: Storage, count: Int, width: Int, isBigEndian: Bool) {
        guard isBigEndian != (1.bigEndian == 1) else { return }
        func swap<Word: FixedWidthInteger & BitwiseCopyable>(_: Word.Type) {
            let words = storage.pointer.assumingMemoryBound(to: Word.self)
            for index in 0..<count / width { words[index] = words[index].byteSwapped }
        }
        switch width {
        case 2: swap(UInt16.self)
        case 4: swap(UInt32.self)
        case 8: swap(UInt64.self)
        default: break
        }
    }

    /// Checks that booleans are 0 or 1, as tensors keep them.
    static func areBooleans(_ storage: Storage, count: Int) -> Bool {
        var all: UInt8 = 0
        let bytes = storage.pointer.assumingMemoryBound(to: UInt8.self)
        for index in 0..<count { all |= bytes[index] }
        return all <= 1
    }
}
