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
        guard !header.sizes.isEmpty else { throw DataFailure(.malformed, "an IDX file without axes holds no rows", file: path) }
        let storage = try readElements(stream, header)
        let values = try header.element.rows(storage, shape: Shape(header.sizes), of: "`\(name)`", path: path)
        return Column(name: name, values: values)
    }

    /// The element types by their codes in the magic number.
    private static let elements: [UInt8: StoredElement] = [0x08: .u8, 0x09: .i8, 0x0b: .i16, 0x0c: .i32, 0x0d: .f32, 0x0e: .f64]

    private struct Header {
        let element: StoredElement
        let sizes: [Int]
        let byteCount: Int
    }

    private static func readHeader(_ stream: ByteStream) throws(DataFailure) -> Header {
        if try stream.isAtEnd() { throw DataFailure(.empty, "the file is empty", file: stream.path) }
        let magic = try stream.readBytes(4, of: "its header")
        guard magic[0] == 0, magic[1] == 0 else {
            throw DataFailure(.malformed, "this is not an IDX file: its first two bytes are not zero", file: stream.path, offset: 0)
        }
        guard let element = elements[magic[2]] else {
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
