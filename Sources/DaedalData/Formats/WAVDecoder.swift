/// Reads sound from WAV: PCM of 8, 16, 24 and 32 bits, floats of 32 and 64.
package enum WAVDecoder {
    /// Samples from -1 to 1 that stand moment by moment, channels last.
    package struct Sound: Sendable {
        package let rate: Int
        package let channels: Int
        package let samples: [Float]
    }

    package static func decode(_ file: [UInt8], path: String) throws(DataFailure) -> Sound {
        guard file.count >= 12, file.starts(with: Array("RIFF".utf8)), Array(file[8..<12]) == Array("WAVE".utf8) else {
            throw DataFailure(.malformed, file.isEmpty ? "the file is empty" : "this is not a WAV file", file: path)
        }
        var format: (code: Int, channels: Int, rate: Int, bits: Int)?, at = 12
        while file.count - at >= 8 {
            let name = String(decoding: file[at..<at + 4], as: UTF8.self), length = little(file, at + 4, 4), start = at + 8
            if name == "fmt " {
                guard length >= 16, length <= file.count - start else { throw DataFailure(.truncated, "the sound ends too early", file: path) }
                var code = little(file, start, 2)
                // An extended header has the code at its end.
                if code == 0xFFFE, length >= 26 { code = little(file, start + 24, 2) }
                format = (code, little(file, start + 2, 2), little(file, start + 4, 4), little(file, start + 14, 2))
            } else if name == "data" {
                guard let format else { throw DataFailure(.malformed, "the samples come before their format", file: path) }
                guard length <= file.count - start else { throw DataFailure(.truncated, "the sound ends too early", file: path) }
                return try sound(file[start..<start + length], format, path)
            }
            guard length <= file.count - start else { throw DataFailure(.truncated, "the sound ends too early", file: path) }
            at = start + length + length % 2
        }
        throw DataFailure(.truncated, "the file has no samples", file: path)
    }

    private static func little(_ bytes: [UInt8], _ at: Int, _ count: Int) -> Int { (0..<count).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) } }

    private static func sound(
        _ bytes: ArraySlice<UInt8>, _ format: (code: Int, channels: Int, rate: Int, bits: Int), _ path: String
    ) throws(DataFailure) -> Sound {
        let isFloat = format.code == 3
        guard isFloat ? [32, 64].contains(format.bits) : format.code == 1 && [8, 16, 24, 32].contains(format.bits) else {
            throw DataFailure(.unsupported, "sound of the format \(format.code) with \(format.bits) bits is not read", file: path)
        }
        guard format.channels > 0, format.rate > 0 else { throw DataFailure(.malformed, "the sound has no channels or no rate", file: path) }
        let width = format.bits / 8, moments = bytes.count / (width * format.channels)
        var samples: [Float] = []
        samples.reserveCapacity(moments * format.channels)
        var at = bytes.startIndex
        for _ in 0..<moments * format.channels {
            var bits: UInt64 = 0
            for byte in 0..<width { bits |= UInt64(bytes[at + byte]) << (8 * byte) }
            at += width
            switch (isFloat, width) {
            case (true, 4): samples.append(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
            case (true, _): samples.append(Float(Double(bitPattern: bits)))
            case (false, 1): samples.append((Float(bits) - 128) / 128)
            default:
                let whole = Int64(bitPattern: bits << (64 - 8 * width)) >> (64 - 8 * width)
                samples.append(Float(whole) / Float(1 << (8 * width - 1)))
            }
        }
        return Sound(rate: format.rate, channels: format.channels, samples: samples)
    }
}
