import CZlib

/// Reads images from PNG (RFC 2083): every colour type and depth, interlaced or not.
package enum PNGDecoder {
    /// An image whose samples, from 0 to 1, stand row by row, channels last: 1 (gray), 2 (gray, alpha), 3 (red, green, blue) or 4 (and alpha).
    package struct Image: Sendable {
        package let width: Int
        package let height: Int
        package let channels: Int
        package let samples: [Float]
    }

    /// The most bytes that an image may have when unpacked.
    private static let limit = 1 << 31

    package static func decode(_ file: [UInt8], path: String) throws(DataFailure) -> Image {
        guard file.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) else {
            throw DataFailure(.malformed, file.isEmpty ? "the file is empty" : "this is not a PNG file", file: path)
        }
        var header: PNGHeader?, palette: [UInt8] = [], opacity: [UInt8] = [], packed: [UInt8] = [], at = 8, isEnded = false
        while !isEnded {
            guard file.count - at >= 12 else { throw DataFailure(.truncated, "the image ends too early", file: path, offset: at) }
            let length = Int(bigEndian(file, at)), name = Array(file[at + 4..<at + 8])
            guard length <= file.count - at - 12 else { throw DataFailure(.truncated, "the image ends too early", file: path, offset: at) }
            let content = Array(file[at + 8..<at + 8 + length])
            guard crc32(0, name + content, uInt(length + 4)) == uLong(bigEndian(file, at + 8 + length)) else {
                throw DataFailure(.malformed, "a part of the image does not have its check sum", file: path, offset: at)
            }
            switch String(decoding: name, as: UTF8.self) {
            case "IHDR": header = try PNGHeader(content, path: path)
            case "PLTE": palette = content
            case "tRNS": opacity = content
            case "IDAT": packed += content
            case "IEND": isEnded = true
            default:
                if name[0] & 0x20 == 0 { throw DataFailure(.unsupported, "the image has a part that is not known here", file: path, offset: at) }
            }
            at += 12 + length
        }
        guard let header else { throw DataFailure(.malformed, "the image has no header", file: path) }
        return try image(header, try unpacked(packed, header, path), palette, opacity, path)
    }

    private static func bigEndian(_ bytes: [UInt8], _ at: Int) -> UInt32 { bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) } }

    private static func unpacked(_ packed: [UInt8], _ header: PNGHeader, _ path: String) throws(DataFailure) -> [UInt8] {
        var size = 0
        for pass in header.passes { size += (header.stride(pass.width) + 1) * pass.height }
        guard size < limit else { throw DataFailure(.tooLarge, "an image of \(header.width) × \(header.height) is too large", file: path) }
        var rows = [UInt8](repeating: 0, count: max(size, 1)), length = uLong(size)
        let code = uncompress(&rows, &length, packed, uLong(packed.count))
        guard code == Z_OK, Int(length) == size else { throw DataFailure(.malformed, "the image cannot be decompressed", file: path) }
        return rows
    }

    /// Undoes the filters pass by pass and puts the pixels in their places.
    private static func image(
        _ header: PNGHeader, _ rows: [UInt8], _ palette: [UInt8], _ opacity: [UInt8], _ path: String
    ) throws(DataFailure) -> Image {
        let isPalette = header.colorType == 3
        if isPalette, palette.isEmpty || palette.count % 3 != 0 { throw DataFailure(.malformed, "the image has no palette", file: path) }
        let channels = isPalette ? (opacity.isEmpty ? 3 : 4) : header.samplesPerPixel
        var samples = [Float](repeating: 0, count: header.width * header.height * channels), from = 0
        let most = Float((1 << header.depth) - 1)
        for pass in header.passes {
            let stride = header.stride(pass.width)
            var above = [UInt8](repeating: 0, count: stride)
            for y in 0..<pass.height {
                var row = Array(rows[from + 1..<from + 1 + stride])
                guard PNGFilter.undo(rows[from], &row, above, distance: header.pixelBytes) else {
                    throw DataFailure(.malformed, "row \(y) of the image has the unknown filter \(rows[from])", file: path)
                }
                for x in 0..<pass.width {
                    let target = ((pass.y + y * pass.stepY) * header.width + pass.x + x * pass.stepX) * channels
                    if isPalette {
                        let color = header.sample(row, x)
                        guard 3 * color + 2 < palette.count else {
                            throw DataFailure(.malformed, "the image uses colour \(color) of a palette of \(palette.count / 3)", file: path)
                        }
                        for part in 0..<3 { samples[target + part] = Float(palette[3 * color + part]) / 255 }
                        if channels == 4 { samples[target + 3] = color < opacity.count ? Float(opacity[color]) / 255 : 1 }
                    } else {
                        for part in 0..<channels { samples[target + part] = Float(header.sample(row, x * channels + part)) / most }
                    }
                }
                above = row
                from += stride + 1
            }
        }
        return Image(width: header.width, height: header.height, channels: channels, samples: samples)
    }
}

/// What the header of a PNG says.
private struct PNGHeader {
    let width: Int
    let height: Int
    let depth: Int
    let colorType: UInt8
    let isInterlaced: Bool

    /// A grid of pixels that is stored together.
    struct Pass {
        let x: Int, y: Int, stepX: Int, stepY: Int, width: Int, height: Int
    }

    init(_ content: [UInt8], path: String) throws(DataFailure) {
        guard content.count == 13 else { throw DataFailure(.malformed, "the header of the image is not a header", file: path) }
        width = content[0..<4].reduce(0) { $0 << 8 | Int($1) }
        height = content[4..<8].reduce(0) { $0 << 8 | Int($1) }
        depth = Int(content[8])
        colorType = content[9]
        isInterlaced = content[12] == 1
        let depths: [UInt8: [Int]] = [0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]]
        guard depths[colorType]?.contains(depth) == true, content[10] == 0, content[11] == 0, content[12] <= 1 else {
            throw DataFailure(.malformed, "the header of the image names an unknown format", file: path)
        }
        guard width > 0, height > 0, width < 1 << 24, height < 1 << 24, width * height < 1 << 28 else {
            throw DataFailure(.tooLarge, "an image of \(width) × \(height) is too large", file: path)
        }
    }

    var samplesPerPixel: Int { [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colorType] ?? 1 }
    /// The bytes from a pixel to the one before it, as filters count.
    var pixelBytes: Int { max(samplesPerPixel * depth / 8, 1) }
    /// The bytes of a row.
    func stride(_ width: Int) -> Int { (width * samplesPerPixel * depth + 7) / 8 }

    /// A sample of a row by its number.
    func sample(_ row: [UInt8], _ at: Int) -> Int {
        switch depth {
        case 8: return Int(row[at])
        case 16: return Int(row[2 * at]) << 8 | Int(row[2 * at + 1])
        default:
            let bit = at * depth
            return Int(row[bit / 8]) >> (8 - depth - bit % 8) & ((1 << depth) - 1)
        }
    }

    /// The whole image, or the seven grids of Adam7 that have pixels.
    var passes: [Pass] {
        guard isInterlaced else { return [Pass(x: 0, y: 0, stepX: 1, stepY: 1, width: width, height: height)] }
        let grids = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
        return grids.compactMap { x, y, stepX, stepY in
            let wide = (width - x + stepX - 1) / stepX, high = (height - y + stepY - 1) / stepY
            return wide > 0 && high > 0 ? Pass(x: x, y: y, stepX: stepX, stepY: stepY, width: wide, height: high) : nil
        }
    }
}

/// The five filters of PNG.
private enum PNGFilter {
    /// Turns the differences of a row into its bytes; false for an unknown filter.
    static func undo(_ filter: UInt8, _ row: inout [UInt8], _ above: [UInt8], distance: Int) -> Bool {
        guard filter <= 4 else { return false }
        for at in row.indices {
            let left = at >= distance ? row[at - distance] : 0, up = above[at]
            let corner = at >= distance ? above[at - distance] : 0
            let guess: UInt8 =
                switch filter {
                case 1: left
                case 2: up
                case 3: UInt8((Int(left) + Int(up)) / 2)
                case 4: paeth(Int(left), Int(up), Int(corner))
                default: 0
                }
            row[at] = row[at] &+ guess
        }
        return true
    }

    private static func paeth(_ left: Int, _ up: Int, _ corner: Int) -> UInt8 {
        let a = abs(up - corner), b = abs(left - corner), c = abs(left + up - 2 * corner)
        return UInt8(a <= b && a <= c ? left : b <= c ? up : corner)
    }
}
