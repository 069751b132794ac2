import DaedalTensor

/// NumPy's format of one array: a magic string, a header that reads like a Python dictionary, the elements.
package enum NPY {
    /// Reads an array as a tensor, in row-major order whatever the file has.
    package static func read(_ path: String, from files: any FileAccess) throws(DataFailure) -> Tensor {
        let stream = try ByteStream(opening: path, from: files)
        let array = try read(stream, what: "the array")
        return try array.element.tensor(array.storage, shape: array.shape, of: "the array", path: path)
    }

    /// Opens an array as rows along its first axis: a matrix with its columns as fields by number, anything else with the field `x`.
    package static func open(_ path: String, from files: any FileAccess) throws(DataFailure) -> any RecordSource {
        let column = try column(ByteStream(opening: path, from: files), named: "x")
        guard column.count > 0 else { throw DataFailure(.empty, "there are no rows in it", file: path) }
        if let matrix = MatrixTable(name: path, column: column, file: path) { return matrix }
        return try Table(name: path, columns: [column], file: path)
    }

    /// Reads an array as a column of rows.
    static func column(_ stream: ByteStream, named name: String) throws(DataFailure) -> Column {
        let array = try read(stream, what: "`\(name)`")
        guard array.shape.rank > 0 else {
            throw DataFailure(.unfit, "`\(name)` is a single element and has no rows", file: stream.path)
        }
        return Column(name: name, values: try array.element.rows(array.storage, shape: array.shape, of: "`\(name)`", path: stream.path))
    }

    /// The elements of an array in row-major order and the machine's byte order.
    struct Array {
        let element: StoredElement
        let shape: Shape
        let storage: Storage
    }

    /// Reads the array that a stream holds and nothing else.
    static func read(_ stream: ByteStream, what: String) throws(DataFailure) -> Array {
        if try stream.isAtEnd() { throw DataFailure(.empty, "the file is empty", file: stream.path) }
        let magic = try stream.readBytes(8, of: "its header")
        guard magic.starts(with: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]) else {
            throw DataFailure(.malformed, "\(what) is not in NumPy's format", file: stream.path, offset: 0)
        }
        guard (1...3).contains(magic[6]) else {
            throw DataFailure(.unsupported, "version \(magic[6]) of NumPy's format is not read", file: stream.path, offset: 6)
        }
        let lengthBytes = try stream.readBytes(magic[6] == 1 ? 2 : 4, of: "its header")
        let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= 1 << 20 else {
            throw DataFailure(.malformed, "the header would be \(length) bytes long", file: stream.path, offset: 8)
        }
        let start = stream.offset
        var parser = NPYHeader(text: try stream.readBytes(length, of: "its header"), path: stream.path, offset: start)
        let header = try parser.parse()
        let (element, isBigEndian) = try elementType(header.descr, stream.path)
        var shape = Shape(), byteCount = element.byteCount
        guard header.sizes.count <= Shape.maximumRank else {
            throw DataFailure(.unsupported, "\(header.sizes.count) axes are too many (at most \(Shape.maximumRank))", file: stream.path)
        }
        for count in header.sizes {
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: count)
            guard let size = Size(exactly: count), !overflow else {
                throw DataFailure(.malformed, "the sizes \(header.sizes) are too large", file: stream.path)
            }
            byteCount = product
            shape.append(size)
        }
        let storage = try ElementReading.read(byteCount, from: stream)
        guard try stream.isAtEnd() else {
            throw DataFailure(.malformed, "something follows the elements of \(what)", file: stream.path, offset: stream.offset)
        }
        ElementReading.swapBytes(storage, count: byteCount, width: element.byteCount, isBigEndian: isBigEndian)
        let ordered = header.isFortran && shape.rank > 1 ? try rowMajor(storage, shape.counts, element.byteCount, byteCount, stream.path) : storage
        return Array(element: element, shape: shape, storage: ordered)
    }

    /// The element type and byte order that a type string names.
    private static func elementType(_ descr: String, _ path: String) throws(DataFailure) -> (StoredElement, isBigEndian: Bool) {
        let known: [Substring: StoredElement] = [
            "b1": .bool, "i1": .i8, "i2": .i16, "i4": .i32, "i8": .i64, "u1": .u8, "u2": .u16, "u4": .u32, "u8": .u64, "f2": .f16, "f4": .f32,
            "f8": .f64,
        ]
        guard let order = descr.first, "<>|=".contains(order), let element = known[descr.dropFirst()] else {
            throw DataFailure(.unsupported, "elements of type `\(descr.prefix(60))` are not read", file: path)
        }
        return (element, order == ">" || order == "=" && 1.bigEndian == 1)
    }

    /// Elements of an array whose first axis runs fastest, put in the order in which the last does.
    private static func rowMajor(_ from: Storage, _ sizes: [Int], _ width: Int, _ byteCount: Int, _ path: String) throws(DataFailure) -> Storage {
        let to = try ElementReading.newStorage(byteCount, path)
        func move<Word: BitwiseCopyable>(_: Word.Type) {
            let source = from.pointer.assumingMemoryBound(to: Word.self), target = to.pointer.assumingMemoryBound(to: Word.self)
            var strides = [1]
            for size in sizes.dropLast() { strides.append((strides.last ?? 1) * size) }
            var index = sizes.map { _ in 0 }
            var position = 0
            for out in 0..<byteCount / width {
                target[out] = source[position]
                for axis in sizes.indices.reversed() {
                    index[axis] += 1
                    position += strides[axis]
                    if index[axis] < sizes[axis] { break }
                    position -= strides[axis] * sizes[axis]
                    index[axis] = 0
                }
            }
        }
        switch width {
        case 1: move(UInt8.self)
        case 2: move(UInt16.self)
        case 4: move(UInt32.self)
        default: move(UInt64.self)
        }
        return to
    }

    /// Writes a tensor, all or nothing.
    package static func write(_ tensor: Tensor, to path: String, with files: any FileAccess) throws(DataFailure) {
        let descr =
            switch tensor.type {
            case .bool: "|b1"
            case .i32: "<i4"
            case .i64: "<i8"
            case .f32: "<f4"
            case .f64: "<f8"
            }
        let sizes = tensor.shape.counts.map(String.init).joined(separator: ", ") + (tensor.shape.rank == 1 ? "," : "")
        var header = Swift.Array("{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(sizes)), }".utf8)
        header.append(contentsOf: repeatElement(0x20, count: 63 - (10 + header.count) % 64))
        header.append(0x0a)
        let prefix: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, UInt8(header.count & 0xff), UInt8(header.count >> 8)]
        try files.replace(path) { (sink) throws(DataFailure) in
            try sink.write(prefix + header)
            try sink.write(ElementWriting.littleEndian(tensor))
        }
    }
}

/// The dictionary in the header of an array: three keys, each once, in any order.
struct NPYHeader {
    private let text: [UInt8]
    private let path: String
    private let offset: Int
    private var at = 0

    private(set) var descr = ""
    private(set) var isFortran = false
    private(set) var sizes: [Int] = []

    init(text: [UInt8], path: String, offset: Int) {
        self.text = text
        self.path = path
        self.offset = offset
    }

    /// Reads the dictionary.
    mutating func parse() throws(DataFailure) -> NPYHeader {
        var seen: Set<String> = []
        try expect(0x7b)
        while !take(0x7d) {
            let key = try string()
            guard seen.insert(key).inserted else { throw malformed("`\(key)` stands there twice") }
            try expect(0x3a)
            switch key {
            case "descr":
                skipSpace()
                guard at < text.count, text[at] != 0x5b else {
                    throw DataFailure(.unsupported, "arrays of records are not read", file: path, offset: offset + at)
                }
                descr = try string()
            case "fortran_order": isFortran = try boolean()
            case "shape": sizes = try tuple()
            default: throw malformed("`\(key.prefix(40))` does not belong there")
            }
            if !take(0x2c) {
                try expect(0x7d)
                break
            }
        }
        skipSpace()
        guard at == text.count else { throw malformed("something follows the dictionary") }
        guard seen.count == 3 else { throw malformed("one of `descr`, `fortran_order` and `shape` is missing") }
        return self
    }

    /// A string in either kind of quotes.
    private mutating func string() throws(DataFailure) -> String {
        skipSpace()
        guard at < text.count, text[at] == 0x27 || text[at] == 0x22 else { throw malformed("a string is expected") }
        let quote = text[at], start = at + 1
        guard let end = text[start...].firstIndex(of: quote) else { throw malformed("a string does not end") }
        at = end + 1
        return String(decoding: text[start..<end], as: UTF8.self)
    }

    /// `True` or `False`.
    private mutating func boolean() throws(DataFailure) -> Bool {
        skipSpace()
        for (word, value) in [("True", true), ("False", false)] where text[at...].starts(with: word.utf8) {
            at += word.utf8.count
            return value
        }
        throw malformed("`True` or `False` is expected")
    }

    /// The sizes in parentheses.
    private mutating func tuple() throws(DataFailure) -> [Int] {
        try expect(0x28)
        var sizes: [Int] = []
        while !take(0x29) {
            skipSpace()
            var size = 0
            let start = at
            while at < text.count, text[at] &- 0x30 <= 9 {
                guard size < 1 << 56 else { throw malformed("a size is too large") }
                size = size * 10 + Int(text[at] - 0x30)
                at += 1
            }
            guard at > start else { throw malformed("a size is expected") }
            sizes.append(size)
            if !take(0x2c) {
                try expect(0x29)
                break
            }
        }
        return sizes
    }

    /// Passes a byte, or fails.
    private mutating func expect(_ byte: UInt8) throws(DataFailure) {
        if !take(byte) { throw malformed("`\(Character(Unicode.Scalar(byte)))` is expected") }
    }

    /// Passes a byte if it is next.
    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard at < text.count, text[at] == byte else { return false }
        at += 1
        return true
    }

    /// Passes blanks and line ends.
    private mutating func skipSpace() {
        while at < text.count, text[at] == 0x20 || text[at] == 0x0a || text[at] == 0x09 { at += 1 }
    }

    /// A failure at this place of the header.
    private func malformed(_ what: String) -> DataFailure {
        DataFailure(.malformed, "the header is damaged: \(what)", file: path, offset: offset + at)
    }
}
