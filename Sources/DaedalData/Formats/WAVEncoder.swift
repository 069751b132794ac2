/// Writes sound as WAV: PCM of 16 bits.
package enum WAVEncoder {
    /// The file of samples that stand moment by moment, channels last.
    package static func encode(_ samples: [Int16], rate: Int, channels: Int) throws(DataFailure) -> [UInt8] {
        let size = samples.count * 2
        guard let speed = UInt32(exactly: rate), speed > 0, let count = UInt16(exactly: channels), count > 0, size < Int(UInt32.max) - 36,
            let bytesPerSecond = UInt32(exactly: rate * channels * 2), let frame = UInt16(exactly: channels * 2)
        else { throw DataFailure(.unfit, "\(channels) channels of \(samples.count) samples at \(rate) a second cannot be written as WAV") }
        var file: [UInt8] = []
        file.reserveCapacity(44 + size)
        file += Array("RIFF".utf8) + littleEndian(UInt32(36 + size)) + Array("WAVEfmt ".utf8) + littleEndian(UInt32(16))
        file += littleEndian(UInt16(1)) + littleEndian(count) + littleEndian(speed) + littleEndian(bytesPerSecond) + littleEndian(frame)
        file += littleEndian(UInt16(16)) + Array("data".utf8) + littleEndian(UInt32(size))
        for sample in samples { file += littleEndian(UInt16(bitPattern: sample)) }
        return file
    }

    private static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
}
