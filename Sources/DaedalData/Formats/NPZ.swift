import CZlib
import DaedalTensor

/// NumPy's format of several arrays: a zip file of `.npy` files, stored or deflated, of any size (zip64).
package final class NPZ: Sendable {
    /// The names of the arrays in the order of the file.
    package var names: [String] { members.map(\.name) }
    package let path: String

    /// An array in the zip file.
    private struct Member: Sendable {
        let name: String
        let isDeflated: Bool
        let checkSum: UInt32
        let packedSize: Int
        let size: Int
        let headerOffset: Int
    }
    private let members: [Member]
    private let reader: any FileReader

    /// Opens a file and reads what it holds.
    package init(opening path: String, from files: any FileAccess) throws(DataFailure) {
        let reader = try files.open(path)
        self.reader = reader
        self.path = path
        var members: [Member] = []
        let directory = try Self.directory(reader)
        var at = 0
        while at < directory.bytes.count {
            let (member, next) = try Self.member(directory.bytes, at, before: directory.offset, reader)
            at = next
            guard let member else { continue }
            if members.contains(where: { $0.name == member.name }) {
                throw DataFailure(.malformed, "`\(member.name)` is there twice", file: path)
            }
            members.append(member)
        }
        self.members = members
        if members.isEmpty { throw DataFailure(.empty, "there are no arrays in it", file: path) }
    }

    /// Reads an array as a tensor, or nil when there is none of that name.
    package func tensor(named name: String) throws(DataFailure) -> Tensor? {
        guard let member = members.first(where: { $0.name == name }) else { return nil }
        let array = try NPY.read(stream(member), what: "`\(name)`")
        return try array.element.tensor(array.storage, shape: array.shape, of: "`\(name)`", path: path)
    }

    /// All arrays side by side as rows along their first axes.
    package func table() throws(DataFailure) -> Table {
        var columns: [Column] = []
        for member in members { columns.append(try NPY.column(stream(member), named: member.name)) }
        guard columns.first?.count ?? 0 > 0 else { throw DataFailure(.empty, "there are no rows in it", file: path) }
        return try Table(name: path, columns: columns, file: path)
    }

    /// The bytes of an array, unpacked and checked.
    private func stream(_ member: Member) throws(DataFailure) -> ByteStream {
        let header = try Self.bytes(reader, member.headerOffset, 30, of: "the header of `\(member.name)`")
        guard header.little(0, 4) == 0x0403_4b50 else {
            throw DataFailure(.malformed, "the header of `\(member.name)` is damaged", file: path, offset: member.headerOffset)
        }
        let start = member.headerOffset + 30 + header.little(26, 2) + header.little(28, 2)
        let section = FileSection(reader: reader, from: start, to: start + member.packedSize)
        let plain: any ByteProducer = member.isDeflated ? try Inflater(section, format: .bare, path: path) : section
        let checked = CheckedProducer(plain, size: member.size, checkSum: member.checkSum, name: member.name, path: path)
        return ByteStream(checked, of: reader, isCompressed: true)
    }

    /// The central directory and where it stands.
    private static func directory(_ reader: any FileReader) throws(DataFailure) -> (bytes: [UInt8], offset: Int) {
        guard let size = reader.stamp.byteCount else {
            throw DataFailure(.unsupported, "zip files are read from files only, not from pipes", file: reader.path)
        }
        if size == 0 { throw DataFailure(.empty, "the file is empty", file: reader.path) }
        // The end record is 22 bytes and a comment of at most 65,535.
        let tailStart = max(size - 22 - 65_535, 0)
        let tail = try bytes(reader, tailStart, size - tailStart, of: "the end of the zip file")
        let ends = stride(from: tail.count - 22, through: 0, by: -1)
        guard let end = ends.first(where: { tail.little($0, 4) == 0x0605_4b50 && $0 + 22 + tail.little($0 + 20, 2) <= tail.count }) else {
            let start = try bytes(reader, 0, min(size, 4), of: "the file")
            let isZip = start == [0x50, 0x4b, 3, 4]
            throw DataFailure(
                isZip ? .truncated : .malformed, isZip ? "the zip file ends before its directory" : "this is not a zip file", file: reader.path)
        }
        var count = tail.little(end + 12, 4), offset = tail.little(end + 16, 4)
        if end >= 20, tail.little(end - 20, 4) == 0x0706_4b50, count == 0xffff_ffff || offset == 0xffff_ffff || tail.little(end + 10, 2) == 0xffff {
            guard let at = tail.little64(end - 20 + 8), at <= size - 56 else { throw damaged(reader) }
            let record = try bytes(reader, at, 56, of: "the end of the zip file")
            guard record.little(0, 4) == 0x0606_4b50, let bigCount = record.little64(40), let bigOffset = record.little64(48) else {
                throw damaged(reader)
            }
            (count, offset) = (bigCount, bigOffset)
        }
        guard offset <= size, count <= size - offset, count <= 1 << 30 else { throw damaged(reader) }
        return (try bytes(reader, offset, count, of: "the directory of the zip file"), offset)
    }

    /// One entry of the directory, nil for what is no array, and where the next starts.
    private static func member(
        _ directory: [UInt8], _ at: Int, before limit: Int, _ reader: any FileReader
    ) throws(DataFailure) -> (Member?, next: Int) {
        guard at + 46 <= directory.count, directory.little(at, 4) == 0x0201_4b50 else { throw damaged(reader) }
        let nameEnd = at + 46 + directory.little(at + 28, 2)
        let extraEnd = nameEnd + directory.little(at + 30, 2)
        let next = extraEnd + directory.little(at + 32, 2)
        guard next <= directory.count else { throw damaged(reader) }
        let fileName = String(decoding: directory[at + 46..<nameEnd], as: UTF8.self)
        guard fileName.hasSuffix(".npy") else { return (nil, next) }
        let name = String(fileName.dropLast(4))
        var packed = directory.little(at + 20, 4), size = directory.little(at + 24, 4), offset = directory.little(at + 42, 4)
        var extra = nameEnd
        while extra + 4 <= extraEnd {
            let id = directory.little(extra, 2), end = extra + 4 + directory.little(extra + 2, 2)
            guard end <= extraEnd else { throw damaged(reader) }
            var field = extra + 4
            if id == 1 {
                for value in [\Big.size, \Big.packed, \Big.offset] {
                    var big = Big(packed: packed, size: size, offset: offset)
                    guard big[keyPath: value] == 0xffff_ffff else { continue }
                    guard field + 8 <= end, let wide = directory.little64(field) else { throw damaged(reader) }
                    big[keyPath: value] = wide
                    (packed, size, offset) = (big.packed, big.size, big.offset)
                    field += 8
                }
            }
            extra = end
        }
        let flags = directory.little(at + 8, 2), method = directory.little(at + 10, 2)
        guard flags & 1 == 0 else { throw DataFailure(.unsupported, "`\(name)` is encrypted", file: reader.path) }
        guard method == 0 || method == 8 else {
            throw DataFailure(.unsupported, "`\(name)` is packed by method \(method); only stored and deflated arrays are read", file: reader.path)
        }
        guard offset <= limit - 30, packed <= limit - 30 - offset, method == 8 || packed == size else { throw damaged(reader) }
        let checkSum = UInt32(truncatingIfNeeded: directory.little(at + 16, 4))
        return (Member(name: name, isDeflated: method == 8, checkSum: checkSum, packedSize: packed, size: size, headerOffset: offset), next)
    }

    /// The three numbers that have 64-bit forms.
    private struct Big {
        var packed, size, offset: Int
    }

    /// The failure of a directory that makes no sense.
    private static func damaged(_ reader: any FileReader) -> DataFailure {
        DataFailure(.malformed, "the directory of the zip file is damaged", file: reader.path)
    }

    /// Bytes of the file.
    private static func bytes(_ reader: any FileReader, _ offset: Int, _ count: Int, of what: String) throws(DataFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBufferPointer { (buffer) throws(DataFailure) in
            try reader.readFully(at: offset, into: UnsafeMutableRawBufferPointer(buffer), of: what)
        }
        return bytes
    }
}

extension [UInt8] {
    /// An unsigned number of at most four little-endian bytes. Precondition: they are there.
    fileprivate func little(_ at: Int, _ count: Int) -> Int { (0..<count).reduce(0) { $0 | Int(self[at + $1]) << (8 * $1) } }

    /// A number of eight little-endian bytes, or nil when it is too large to be a size.
    fileprivate func little64(_ at: Int) -> Int? {
        let value = little(at, 4) | little(at + 4, 3) << 32
        return self[at + 7] == 0 ? value : nil
    }
}

/// Bytes whose number and check sum are known beforehand.
private final class CheckedProducer: ByteProducer {
    private let source: any ByteProducer
    private let checkSum: UInt32
    private let name: String
    private let path: String
    private var left: Int
    private var sum: UInt = 0

    init(_ source: any ByteProducer, size: Int, checkSum: UInt32, name: String, path: String) {
        self.source = source
        self.checkSum = checkSum
        self.name = name
        self.path = path
        left = size
    }

    func produce(into buffer: UnsafeMutableRawBufferPointer) throws(DataFailure) -> Int {
        let got = try source.produce(into: buffer)
        guard got <= left, got > 0 || left == 0 || buffer.count == 0 else {
            throw DataFailure(.malformed, "`\(name)` is not as long as the zip file says", file: path)
        }
        left -= got
        var done = 0
        while done < got {
            let step = min(got - done, 1 << 30)
            sum = UInt(crc32(uLong(sum), buffer.baseAddress?.assumingMemoryBound(to: UInt8.self).advanced(by: done), uInt(step)))
            done += step
        }
        if left == 0, UInt32(truncatingIfNeeded: sum) != checkSum {
            throw DataFailure(.malformed, "`\(name)` is damaged: its check sum is wrong", file: path)
        }
        return got
    }
}
