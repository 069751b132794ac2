import DaedalTensor

/// A safetensors file: its header is read and checked at once, its tensors when they are asked for.
///
/// The layout is a 64-bit length, a JSON header with each tensor's type, shape and range of bytes, then the bytes without holes.
package final class Safetensors: Sendable {
    /// A tensor of the file.
    package struct Entry: Sendable, Equatable {
        /// Its name, which is a path of parameters and never one of files.
        package let name: String
        /// The element type in the file.
        package let dtype: StoredElement
        package let shape: Shape
        /// Where its bytes stand after the header.
        let range: Range<Int>
    }

    /// The tensors in the order of their bytes.
    package let entries: [Entry]
    /// What the file says of itself.
    package let metadata: [String: String]
    package let path: String

    private let reader: any FileReader
    private let dataStart: Int
    private let indices: [String: Int]
    /// The longest header that the reference implementation reads.
    static let longestHeader = 100_000_000

    /// Opens a file and checks its header.
    package init(opening path: String, from files: any FileAccess) throws(DataFailure) {
        let reader = try files.open(path)
        guard let size = reader.stamp.byteCount else {
            throw DataFailure(.unsupported, "weights are read from files only, not from pipes", file: path)
        }
        if size == 0 { throw DataFailure(.empty, "the file is empty", file: path) }
        guard size >= 8 else { throw DataFailure(.truncated, "the file is too short for a safetensors file", file: path, offset: size) }
        let prefix = try Self.bytes(reader, 0..<8, of: "the length of its header")
        let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length > 0 else { throw DataFailure(.malformed, "the header is empty", file: path, offset: 0) }
        guard length <= UInt64(Self.longestHeader) else {
            throw DataFailure(.malformed, "this is not a safetensors file: its header would be \(length) bytes long", file: path, offset: 0)
        }
        guard Int(length) <= size - 8 else {
            throw DataFailure(.truncated, "the header should be \(length) bytes long, but the file ends before", file: path, offset: size)
        }
        let text = try Self.bytes(reader, 8..<8 + Int(length), of: "its header")
        guard text.first == 0x7b else { throw DataFailure(.malformed, "the header is not a JSON object", file: path, offset: 8) }
        let header = try JSONParser.parse(text, file: path, offset: 8)
        let (entries, metadata) = try SafetensorsHeader.read(header, dataSize: size - 8 - Int(length), path: path)
        indices = Dictionary(entries.indices.map { (entries[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
        self.entries = entries
        self.metadata = metadata
        self.reader = reader
        self.path = path
        dataStart = 8 + Int(length)
    }

    /// The entry of a tensor by name.
    package func entry(named name: String) -> Entry? { indices[name].map { entries[$0] } }

    /// Reads a tensor, or nil when there is none of that name.
    package func tensor(named name: String) throws(DataFailure) -> Tensor? {
        guard let entry = entry(named: name) else { return nil }
        return try tensor(entry)
    }

    /// Reads a tensor of this file.
    package func tensor(_ entry: Entry) throws(DataFailure) -> Tensor {
        let storage = try ElementReading.newStorage(entry.range.count, path)
        try reader.readFully(
            at: dataStart + entry.range.lowerBound, into: UnsafeMutableRawBufferPointer(start: storage.pointer, count: entry.range.count),
            of: "tensor `\(entry.name)`")
        try reader.checkUnchanged()
        return try converted(storage, entry)
    }

    /// The tensor of bytes as they stand in the file.
    private func converted(_ storage: Storage, _ entry: Entry) throws(DataFailure) -> Tensor {
        ElementReading.swapBytes(storage, count: entry.range.count, width: entry.dtype.byteCount, isBigEndian: false)
        return try entry.dtype.tensor(storage, shape: entry.shape, of: "tensor `\(entry.name)`", path: path)
    }

    /// Reads all tensors in the order of the file.
    package func all() throws(DataFailure) -> [(name: String, tensor: Tensor)] {
        var result: [(name: String, tensor: Tensor)] = []
        for entry in entries { result.append((entry.name, try tensor(entry))) }
        return result
    }

    /// Bytes of the file.
    private static func bytes(_ reader: any FileReader, _ range: Range<Int>, of what: String) throws(DataFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        try bytes.withUnsafeMutableBufferPointer { (buffer) throws(DataFailure) in
            try reader.readFully(at: range.lowerBound, into: UnsafeMutableRawBufferPointer(buffer), of: what)
        }
        return bytes
    }
}
