import DaedalTensor

/// Pictures of a folder or pattern as rows with the fields `image`, `label` (the folder that a file stands in) and `path`.
package enum PictureFiles {
    /// How the rows are read.
    package struct Options: Sendable {
        /// The height and width that every picture is brought to; nil keeps theirs.
        package var size: (height: Int, width: Int)?
        /// Whether files that cannot be decoded are left out and counted, not failures. Each is decoded once to know it.
        package var skipsMalformed = false
        /// The bytes that decoded pictures may take in memory.
        package var memoryLimit = 64 << 20

        /// Refuses folders with more files.
        package var mostFiles = Int.max

        package init() {}
    }

    /// The most pixels that a side can be brought to.
    package static let mostPixelsASide = 8192
    /// So much of a file is looked at for its size; the few files that have it further inside are read whole.
    private static let prefixLength = 1 << 14

    /// Lists the files and reads their sizes. All get as many channels as the one that has most.
    package static func open(_ pattern: String, from files: any FileAccess, options: Options = Options()) throws(DataFailure) -> any RecordSource {
        var listing = try MediaListing(pattern, of: .picture, from: files)
        guard listing.paths.count <= options.mostFiles else {
            throw DataFailure(.tooLarge, "there are \(listing.paths.count) files in it", file: pattern)
        }
        var hasColor = false, hasAlpha = false, skipped: Set<Int> = []
        var size = options.size, differs = false
        for (row, path) in listing.paths.enumerated() {
            let header: PictureDecoder.Header
            do throws(DataFailure) {
                header = try Self.header(path, from: files)
                if options.skipsMalformed { _ = try PictureDecoder.decode(read(path, from: files), path: path) }
            } catch {
                guard options.skipsMalformed, [.malformed, .truncated, .empty, .tooLarge].contains(error.kind) else { throw error }
                skipped.insert(row)
                continue
            }
            hasColor = hasColor || header.channels >= 3
            hasAlpha = hasAlpha || header.channels % 2 == 0
            if options.size == nil {
                if let size, size != (header.height, header.width) { differs = true }
                size = (header.height, header.width)
            }
        }
        listing.remove(skipped)
        guard !listing.paths.isEmpty else { throw DataFailure(.empty, "none of its \(skipped.count) pictures can be decoded", file: pattern) }
        let decoder = PictureFileDecoder(channels: (hasColor ? 3 : 1) + (hasAlpha ? 1 : 0), size: options.size, common: differs ? nil : size)
        return DecodedFiles(pattern, listing, decoder, from: files, skipped: skipped.count, room: options.memoryLimit)
    }

    /// What a picture file tells of itself, read from no more of it than needed.
    private static func header(_ path: String, from files: any FileAccess) throws(DataFailure) -> PictureDecoder.Header {
        let stream = try ByteStream(opening: path, from: files)
        var bytes = [UInt8](repeating: 0, count: prefixLength)
        let count = try bytes.withUnsafeMutableBufferPointer { (buffer) throws(DataFailure) in
            try stream.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        bytes.removeLast(prefixLength - count)
        if count == prefixLength, let found = try? PictureDecoder.header(bytes, path: path, isWhole: false) { return found }
        return try PictureDecoder.header(count < prefixLength ? bytes : read(path, from: files), path: path)
    }

    /// The bytes of a picture file.
    static func read(_ path: String, from files: any FileAccess) throws(DataFailure) -> [UInt8] {
        try ByteStream(opening: path, from: files).readAll(limit: 1 << 30)
    }
}

/// Pictures as bytes `[channels, height, width]`.
private struct PictureFileDecoder: MediaDecoder {
    let channels: Int
    let size: (height: Int, width: Int)?
    let field: Field
    let item: Shape? = nil
    var advice: String { "the pictures differ in size: `size: 64` brings all to one, or a function takes each as it is" }

    /// `common` is the size that all come out in, nil where they differ.
    init(channels: Int, size: (height: Int, width: Int)?, common: (height: Int, width: Int)?) {
        self.channels = channels
        self.size = size
        field = Field(name: "image", kind: common.map { .tensor(.i32, Shape([channels, $0.height, $0.width])) } ?? .any)
    }

    func decode(_ path: String, from files: any FileAccess) throws(DataFailure) -> DecodedFile {
        let file = try PictureFiles.read(path, from: files)
        let header = try PictureDecoder.header(file, path: path)
        guard header.channels <= channels, channels >= 3 || header.channels < 3 else {
            throw DataFailure(.changed, "the picture changed since the folder was read", file: path)
        }
        let picture = try PictureDecoder.decode(file, header, reduction: reduction(header), path: path)
        let planes = try PicturePlanes(picture, width: size?.width, height: size?.height, channels: channels, path: path)
        if case .tensor(_, let shape) = field.kind, shape != Shape([channels, planes.height, planes.width]) {
            throw DataFailure(.changed, "the picture changed since the folder was read", file: path)
        }
        guard let rows = PackedRows(element: .u8, count: 1, rowShape: Shape([channels, planes.height, planes.width]), storage: planes.bytes) else {
            throw DataFailure(.tooLarge, "a picture of \(planes.width) × \(planes.height) is too large", file: path)
        }
        return .bytes(rows)
    }

    /// How much smaller a picture can be decoded so that twice the wanted size is left: what comes out looks the same, and costs less.
    private func reduction(_ header: PictureDecoder.Header) -> Int {
        guard let size else { return 1 }
        return [8, 4, 2].first { header.width / $0 >= 2 * size.width && header.height / $0 >= 2 * size.height } ?? 1
    }
}
