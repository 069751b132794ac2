import CZlib
import DaedalData
import Testing

@Suite struct EncoderTests {
    /// The chunks of a PNG file, each of whose check sums is right.
    private func chunks(_ file: [UInt8]) throws -> [(name: String, content: [UInt8])] {
        #expect(file.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        var result: [(String, [UInt8])] = [], at = 8
        func number(_ from: Int) -> Int { file[from..<from + 4].reduce(0) { $0 << 8 | Int($1) } }
        while at < file.count {
            let length = number(at)
            let body = Array(file[at + 4..<at + 8 + length])
            #expect(number(at + 8 + length) == Int(crc32(0, body, uInt(body.count))))
            result.append((String(decoding: body.prefix(4), as: UTF8.self), Array(body.dropFirst(4))))
            at += 12 + length
        }
        return result
    }

    @Test(arguments: 1...4) func anImageIsReadBackAsItWas(channels: Int) throws {
        let width = 7, height = 5, stride = width * channels
        let pixels = (0..<height * stride).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 3) }
        let parts = try chunks(PNGEncoder.encode(pixels, width: width, height: height, channels: channels))
        #expect(parts.map(\.name) == ["IHDR", "IDAT", "IEND"])
        #expect(parts[0].content == [0, 0, 0, 7, 0, 0, 0, 5, 8, [0, 4, 2, 6][channels - 1], 0, 0, 0])
        var rows = [UInt8](repeating: 0, count: (stride + 1) * height), length = uLong(rows.count)
        #expect(uncompress(&rows, &length, parts[1].content, uLong(parts[1].content.count)) == Z_OK)
        #expect(Int(length) == rows.count)
        var read: [UInt8] = []
        for row in 0..<height {
            #expect(rows[row * (stride + 1)] == 2)
            for at in 0..<stride { read.append(rows[row * (stride + 1) + 1 + at] &+ (row == 0 ? 0 : read[(row - 1) * stride + at])) }
        }
        #expect(read == pixels)
    }

    @Test func anImageWithoutPixelsIsRefused() {
        #expect(failure { () throws(DataFailure) in try PNGEncoder.encode([], width: 0, height: 3, channels: 1) }?.kind == .unfit)
    }

    /// The bytes are those that Python's module `wave` writes.
    @Test func soundIsWritten() throws {
        let bytes = try WAVEncoder.encode([0, 32767, -32767, 16384], rate: 8000, channels: 2)
        #expect(
            bytes == [
                82, 73, 70, 70, 44, 0, 0, 0, 87, 65, 86, 69, 102, 109, 116, 32, 16, 0, 0, 0, 1, 0, 2, 0, 64, 31, 0, 0, 0, 125, 0, 0, 4, 0, 16, 0, 100,
                97,
                116, 97, 8, 0, 0, 0, 0, 0, 255, 127, 1, 128, 0, 64,
            ])
    }
}
