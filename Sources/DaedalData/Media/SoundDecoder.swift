import CFormats
import DaedalTensor

/// Reads sound with libsndfile: WAV, FLAC, Ogg, AIFF and what else it knows.
package enum SoundDecoder {
    /// Samples from -1 to 1, one row a channel.
    package struct Sound: Sendable {
        package let rate: Int
        package let channels: Int
        /// The number of samples of a channel.
        package let count: Int
        /// f32 `[channels, count]`.
        package let samples: Tensor

        /// The samples as the language has them: `[count]`, or `[channels, count]` where there are several.
        package var tensor: Tensor { channels == 1 ? samples.reshaped(Shape([count])) : samples }
    }

    /// What the beginning of a file tells.
    struct Header: Equatable, Sendable {
        let rate: Int
        let channels: Int
        let count: Int
    }

    /// The most samples of a file: some hours of speech.
    private static let mostSamples = 1 << 28
    private static let framesAtOnce = 1 << 14

    /// Reads what a file says of its sound.
    static func header(_ path: String, from files: any FileAccess) throws(DataFailure) -> Header {
        try opened(path, from: files) { (_, header) throws(DataFailure) in header }
    }

    /// Decodes a file, brought to so many samples a second where a rate is given.
    package static func decode(_ path: String, rate: Int? = nil, from files: any FileAccess) throws(DataFailure) -> Sound {
        try opened(path, from: files) { (sound, header) throws(DataFailure) in
            let samples = try read(sound, header, path)
            let rate = rate ?? header.rate
            let count = resampledCount(samples.count / header.channels, from: header.rate, to: rate)
            guard let count, count * header.channels <= mostSamples else { throw DataFailure(.tooLarge, "the sound is too long", file: path) }
            let target = try allocate(.f32, Shape([header.channels, count]), for: "the sound \(path)")
            separate(samples, header, rate: rate, count, into: target.elements(as: Float.self))
            return Sound(rate: rate, channels: header.channels, count: count, samples: target)
        }
    }

    /// The number of samples at another rate; nil where it is no number.
    static func resampledCount(_ count: Int, from old: Int, to new: Int) -> Int? {
        let (product, overflow) = count.multipliedReportingOverflow(by: new)
        return overflow ? nil : product / old
    }

    /// All moments of a file, channels last.
    private static func read(_ sound: OpaquePointer, _ header: Header, _ path: String) throws(DataFailure) -> [Float] {
        var samples: [Float] = []
        // A file may say any number: memory is asked for as the samples arrive.
        samples.reserveCapacity(min(header.count, 1 << 22 / header.channels) * header.channels)
        var block = [Float](repeating: 0, count: framesAtOnce * header.channels)
        while true {
            let got = Int(cf_sound_read(sound, &block, Int64(framesAtOnce)))
            guard got >= 0 else { throw DataFailure(.unreadable, "reading failed", file: path) }
            samples += block.prefix(got * header.channels)
            guard samples.count <= mostSamples else { throw DataFailure(.tooLarge, "the sound is too long", file: path) }
            if got < framesAtOnce { break }
        }
        guard samples.count >= header.count * header.channels else { throw DataFailure(.truncated, "the sound ends too early", file: path) }
        return samples
    }

    /// Puts each channel in its row; at another rate each sample lies on the straight line between its neighbours.
    private static func separate(_ samples: [Float], _ header: Header, rate: Int, _ count: Int, into target: UnsafeMutableBufferPointer<Float>) {
        let channels = header.channels, last = samples.count / channels - 1
        for at in 0..<count {
            if rate == header.rate {
                for part in 0..<channels { target[part * count + at] = samples[at * channels + part] }
                continue
            }
            let place = max((Double(at) + 0.5) * Double(last + 1) / Double(count) - 0.5, 0)
            let low = min(Int(place), last), high = min(low + 1, last), share = Float(place - Double(low))
            for part in 0..<channels {
                let first = samples[low * channels + part]
                target[part * count + at] = first + (samples[high * channels + part] - first) * share
            }
        }
    }

    /// Opens a file, and closes it after `body`.
    private static func opened<Result>(
        _ path: String, from files: any FileAccess, _ body: (OpaquePointer, Header) throws(DataFailure) -> Result
    ) throws(DataFailure) -> Result {
        let source = try CallbackBytes(path, from: files)
        var sound: OpaquePointer?, count: Int64 = 0, channels: Int32 = 0, rate: Int32 = 0
        let failure = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CF_MESSAGE)) { buffer -> DataFailure? in
            guard let message = buffer.baseAddress else { return nil }
            message.pointee = 0
            var bytes = source.bytes
            return DataFailure(cf_sound_open(&bytes, &sound, &count, &channels, &rate, message), message, file: path)
        }
        defer { cf_sound_close(sound) }
        if let failure { throw source.failure ?? failure }
        guard let sound, channels > 0, rate > 0, count >= 0 else { throw DataFailure(.malformed, "the sound has no channels or no rate", file: path) }
        try checkLength(source)
        do throws(DataFailure) {
            let result = try body(sound, Header(rate: Int(rate), channels: Int(channels), count: Int(count)))
            try source.check()
            return result
        } catch { throw source.failure ?? error }
    }

    /// Refuses a WAV or AIFF file that is shorter than it says, which the library takes for a shorter sound.
    private static func checkLength(_ source: CallbackBytes) throws(DataFailure) {
        let head = try source.beginning(8)
        guard head.count == 8 else { return }
        let name = String(decoding: head[0..<4], as: UTF8.self), size = head[4..<8]
        let stated = name == "RIFF" ? size.reversed().reduce(0) { $0 << 8 | Int($1) } : name == "FORM" ? size.reduce(0) { $0 << 8 | Int($1) } : 0
        // Who writes into a pipe does not know the length, and says the largest.
        if stated < 0x7FFF_0000, stated + 8 > source.count { throw DataFailure(.truncated, "the sound ends too early", file: source.path) }
    }
}
