import CFormats
import DaedalTensor

/// Reads pictures: PNG with libpng, JPEG with libjpeg-turbo.
package enum PictureDecoder {
    /// A picture whose samples stand row by row, channels last: 1 (gray), 2 (gray, alpha), 3 (red, green, blue) or 4 (and alpha).
    package struct Picture: Sendable {
        package let width: Int
        package let height: Int
        package let channels: Int
        /// 8, or 16 in the byte order of the machine.
        package let bits: Int
        package let samples: Storage
    }

    /// What the beginning of a file tells.
    struct Header: Sendable {
        let isPNG: Bool
        let form: cf_picture
        var width: Int { Int(form.width) }
        var height: Int { Int(form.height) }
        var channels: Int { Int(form.channels) }
    }

    /// The most samples of a picture: some 90 million pixels in colour.
    static let mostSamples = 1 << 28
    private static let sentenceLength = Int(CF_MESSAGE)

    /// Reads the size of a picture from its file or the beginning of it. Refuses what is enormous, and what so short a file cannot hold.
    static func header(_ file: [UInt8], path: String, isWhole: Bool = true) throws(DataFailure) -> Header {
        let isPNG = file.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        guard isPNG || file.starts(with: [0xFF, 0xD8]) else {
            throw DataFailure(.malformed, file.isEmpty ? "the file is empty" : "this is neither a PNG nor a JPEG file", file: path)
        }
        var form = cf_picture()
        try check(path) { message in
            isPNG ? cf_png_header(file, Int64(file.count), &form, message) : cf_jpeg_header(file, Int64(file.count), &form, message)
        }
        let pixels = Int(form.width) * Int(form.height)
        guard pixels > 0, pixels * Int(form.room) <= mostSamples else {
            throw DataFailure(.tooLarge, "a picture of \(form.width) × \(form.height) is too large", file: path)
        }
        // Compression makes no more than 1,032 bytes of one.
        if isPNG, isWhole, Int(form.unpacked) / 1032 > file.count { throw DataFailure(.truncated, "the picture ends too early", file: path) }
        return Header(isPNG: isPNG, form: form)
    }

    /// Decodes a whole file. A JPEG can be had at a half, a quarter or an eighth of its size, which costs less than all of it.
    package static func decode(_ file: [UInt8], path: String) throws(DataFailure) -> Picture {
        try decode(file, header(file, path: path), reduction: 1, path: path)
    }

    /// Decodes a file as f32 `[channels, height, width]` with values from 0 to 1.
    package static func tensor(_ path: String, from files: any FileAccess) throws(DataFailure) -> Tensor {
        let picture = try decode(PictureFiles.read(path, from: files), path: path)
        let pixels = picture.width * picture.height, channels = picture.channels
        let result = try allocate(.f32, Shape([channels, picture.height, picture.width]), for: "the picture \(path)")
        let planes = result.elements(as: Float.self)
        for part in 0..<channels {
            if picture.bits == 16 {
                let source = picture.samples.pointer.assumingMemoryBound(to: UInt16.self) + part
                for at in 0..<pixels { planes[part * pixels + at] = Float(source[at * channels]) / 65535 }
            } else {
                let source = picture.samples.pointer.assumingMemoryBound(to: UInt8.self) + part
                for at in 0..<pixels { planes[part * pixels + at] = Float(source[at * channels]) / 255 }
            }
        }
        withExtendedLifetime(picture.samples) {}
        return result
    }

    static func decode(_ file: [UInt8], _ header: Header, reduction: Int, path: String) throws(DataFailure) -> Picture {
        var form = header.form
        let reduction = header.isPNG ? 1 : Int32(reduction)
        let width = Int(cf_jpeg_scaled(form.width, reduction)), height = Int(cf_jpeg_scaled(form.height, reduction))
        let samples: Storage
        do { samples = try Storage(byteCount: width * height * Int(form.room) * (form.bits == 16 ? 2 : 1)) } catch {
            throw DataFailure(error, for: "a picture of \(width) × \(height)", file: path)
        }
        try check(path) { message in
            header.isPNG
                ? cf_png_read(file, Int64(file.count), &form, samples.pointer, message)
                : cf_jpeg_read(file, Int64(file.count), &form, reduction, samples.pointer.assumingMemoryBound(to: UInt8.self), message)
        }
        return Picture(width: width, height: height, channels: header.channels, bits: Int(form.bits), samples: samples)
    }

    /// Calls a library, and throws what it says.
    private static func check(_ path: String, _ body: (UnsafeMutablePointer<CChar>) -> cf_status) throws(DataFailure) {
        let result = withUnsafeTemporaryAllocation(of: CChar.self, capacity: sentenceLength) { buffer -> DataFailure? in
            guard let message = buffer.baseAddress else { return nil }
            message.pointee = 0
            return DataFailure(body(message), message, file: path)
        }
        if let result { throw result }
    }
}

extension DataFailure {
    /// The failure of a call of `CFormats`; nil where it did not fail.
    init?(_ status: cf_status, _ message: UnsafePointer<CChar>, file: String) {
        let kind: Kind
        switch status {
        case CF_DONE, CF_ROW: return nil
        case CF_NO_LIBRARY: kind = .unsupported
        case CF_TRUNCATED: kind = .truncated
        case CF_NO_MEMORY: kind = .tooLarge
        case CF_UNREADABLE: kind = .unreadable
        case CF_REFUSED: kind = .unfit
        case CF_STOPPED: kind = .cancelled
        default: kind = .malformed
        }
        self.init(kind, String(cString: message), file: file)
    }
}
