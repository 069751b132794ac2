import DaedalTensor

/// The format of the MNIST files: a magic number with the element type, the sizes, the elements in big-endian order.
package enum IDX {
    /// Opens images and labels as rows with the fields `image` and `label`.
    package static func open(_ images: String, _ labels: String, from files: any FileAccess) throws(DataFailure) -> Table {
        let image = try column(images, named: "image", from: files)
        let label = try column(labels, named: "label", from: files)
        guard image.count == label.count else {
            throw DataFailure(.malformed, "there are \(image.count) images, but \(label.count) labels in \(labels)", file: images)
        }
        guard image.count > 0 else { throw DataFailure(.empty, "there are no images in it", file: images) }
        return try Table(name: images, columns: [image, label], file: images)
    }

    /// Reads one file as a column whose rows run along the first axis.
    package static func column(_ path: String, named name: String, from files: any FileAccess) throws(DataFailure) -> Column {
        let stream = try ByteStream(opening: path, from: files)
        let header = try readHeader(stream)
        guard let rows = header.sizes.first else { throw DataFailure(.malformed, "an IDX file without axes holds no rows", file: path) }
        let rowShape = Shape(header.sizes.dropFirst().map { Size($0) })
        let storage = try readElements(stream, header)
        let values: Column.Values
        if let element = header.element.packed {
            guard let packed = PackedRows(element: element, count: rows, rowShape: rowShape, storage: storage) else {
                throw DataFailure(.malformed, "the sizes \(header.sizes) are too large", file: path)
            }
            values = .packed(packed)
        } else {
            values = .tensor(Tensor(type: header.element.type, shape: Shape(header.sizes), storage: storage))
        }
        return Column(name: name, values: values)
    }

    /// An element type by its code in the magic number.
    private enum Element: UInt8 {
        case u8 = 0x08, i8 = 0x09, i16 = 0x0b, i32 = 0x0c, f32 = 0x0d, f64 = 0x0e

        var byteCount: Int {
            switch self {
            case .u8, .i8: 1
            case .i16: 2
            case .i32, .f32: 4
            case .f64: 8
            }
        }

        var packed: PackedRows.Element? {
            switch self {
            case .u8: .u8
            case .i8: .i8
            case .i16: .i16
            case .i32, .f32, .f64: nil
            }
        }

        /// The tensor type, where there is one with the same bits.
        var type: ElementType {
            switch self {
            case .u8, .i8, .i16, .i32: .i32
            case .f32: .f32
            case .f64: .f64
            }
        }
    }

    private struct Header {
        let element: Element
        let sizes: [Int]
        let byteCount: Int
    }

    private static func readHeader(_ stream: ByteStream) throws(DataFailure) -> Header {
        if try stream.isAtEnd() { throw DataFailure(.empty, "the file is empty", file: stream.path) }
        let magic = try stream.readBytes(4, of: "its header")
        guard magic[0] == 0, magic[1] == 0 else {
            throw DataFailure(.malformed, "this is not an IDX file: its first two bytes are not zero", file: stream.path, offset: 0)
        }
        guard let element = Element(rawValue: magic[2]) else {
            throw DataFailure(.malformed, "\(magic[2]) is no element type of IDX", file: stream.path, offset: 2)
        }
        guard magic[3] <= Shape.maximumRank else {
            throw DataFailure(.unsupported, "\(magic[3]) axes are too many (at most \(Shape.maximumRank))", file: stream.path, offset: 3)
        }
        var sizes: [Int] = [], byteCount = element.byteCount
        for axis in 0..<Int(magic[3]) {
            let bytes = try stream.readBytes(4, of: "its header")
            let size = bytes.reduce(0) { $0 << 8 | Int($1) }
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
            guard size <= Size.maximum, !overflow else {
                throw DataFailure(.malformed, "the size of axis \(axis), \(size), is too large", file: stream.path, offset: 4 + axis * 4)
            }
            byteCount = product
            sizes.append(size)
        }
        return Header(element: element, sizes: sizes, byteCount: byteCount)
    }

    private static func readElements(_ stream: ByteStream, _ header: Header) throws(DataFailure) -> Storage {
        let storage = try ElementReading.read(header.byteCount, from: stream)
        guard try stream.isAtEnd() else {
            throw DataFailure(
                .malformed, "there is more in the file than its sizes \(header.sizes) say", file: stream.path, offset: stream.offset)
        }
        ElementReading.swapBytes(storage, count: header.byteCount, width: header.element.byteCount, isBigEndian: true)
        return storage
    }
}
