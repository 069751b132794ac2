import CZlib

/// Writes images as PNG (RFC 2083): 8 bits a sample, without interlacing.
package enum PNGEncoder {
    /// The file of an image whose samples stand row by row, channels last: 1 (gray), 2 (gray, alpha), 3 (red, green, blue) or 4 (and alpha).
    package static func encode(_ samples: [UInt8], width: Int, height: Int, channels: Int) throws(DataFailure) -> [UInt8] {
        let colorTypes: [UInt8] = [0, 4, 2, 6]
        precondition(colorTypes.indices.contains(channels - 1) && samples.count == width * height * channels)
        guard let wide = UInt32(exactly: width), let high = UInt32(exactly: height), wide > 0, high > 0, wide <= Int32.max, high <= Int32.max else {
            throw DataFailure(.unfit, "an image of \(width) × \(height) cannot be written as PNG")
        }
        var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        append("IHDR", bigEndian(wide) + bigEndian(high) + [8, colorTypes[channels - 1], 0, 0, 0], to: &file)
        append("IDAT", try compressed(filtered(samples, width: width, height: height, channels: channels)), to: &file)
        append("IEND", [], to: &file)
        return file
    }

    /// Each row as differences from the row above (filter 2), which photographs and drawings both like.
    private static func filtered(_ samples: [UInt8], width: Int, height: Int, channels: Int) -> [UInt8] {
        let stride = width * channels
        var rows: [UInt8] = []
        rows.reserveCapacity((stride + 1) * height)
        for row in 0..<height {
            rows.append(2)
            for at in row * stride..<(row + 1) * stride { rows.append(samples[at] &- (row == 0 ? 0 : samples[at - stride])) }
        }
        return rows
    }

    private static func compressed(_ bytes: [UInt8]) throws(DataFailure) -> [UInt8] {
        var length = compressBound(uLong(bytes.count))
        var result = [UInt8](repeating: 0, count: Int(length))
        guard compress2(&result, &length, bytes, uLong(bytes.count), 6) == Z_OK else {
            throw DataFailure(.tooLarge, "there is no memory to compress this image")
        }
        result.removeLast(result.count - Int(length))
        return result
    }

    private static func append(_ name: String, _ content: [UInt8], to file: inout [UInt8]) {
        let body = Array(name.utf8) + content
        file += bigEndian(UInt32(truncatingIfNeeded: content.count)) + body
        file += bigEndian(UInt32(truncatingIfNeeded: crc32(0, body, uInt(body.count))))
    }

    private static func bigEndian(_ number: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } }
}
