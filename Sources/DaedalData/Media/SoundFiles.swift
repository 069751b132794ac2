import DaedalTensor

/// Sounds of a folder or pattern as rows with the fields `sound`, `label` (the folder that a file stands in) and `path`.
package enum SoundFiles {
    /// How the rows are read.
    package struct Options: Sendable {
        /// The samples a second that every sound is brought to; nil keeps theirs, which then has to be the same everywhere.
        package var rate: Int?
        /// Whether files that cannot be decoded are left out and counted, not failures. Each is decoded once to know it.
        package var skipsMalformed = false
        /// The bytes that decoded sounds may take in memory.
        package var memoryLimit = 64 << 20

        /// Refuses folders with more files.
        package var mostFiles = Int.max

        package init() {}
    }

    /// Lists the files and reads what they say of themselves.
    package static func open(_ pattern: String, from files: any FileAccess, options: Options = Options()) throws(DataFailure) -> any RecordSource {
        var listing = try MediaListing(pattern, of: .sound, from: files)
        guard listing.paths.count <= options.mostFiles else {
            throw DataFailure(.tooLarge, "there are \(listing.paths.count) files in it", file: pattern)
        }
        var shape: Shape?, rate: Int?, differs = false, isMono = true, skipped: Set<Int> = []
        for (row, path) in listing.paths.enumerated() {
            let header: SoundDecoder.Header
            do throws(DataFailure) {
                header = try SoundDecoder.header(path, from: files)
                if options.skipsMalformed { _ = try SoundDecoder.decode(path, from: files) }
            } catch {
                guard options.skipsMalformed, [.malformed, .truncated, .empty, .tooLarge].contains(error.kind) else { throw error }
                skipped.insert(row)
                continue
            }
            if options.rate == nil, let rate, rate != header.rate {
                throw DataFailure(
                    .unfit, "the sound has \(header.rate) samples a second, others have \(rate); `rate: \(rate)` brings all to one", file: path)
            }
            rate = header.rate
            isMono = isMono && header.channels == 1
            guard let count = SoundDecoder.resampledCount(header.count, from: header.rate, to: options.rate ?? header.rate), count <= Size.maximum
            else {
                throw DataFailure(.tooLarge, "the sound is too long", file: path)
            }
            let own = SoundFileDecoder.shape(header.channels, count)
            if let shape, shape != own { differs = true }
            shape = own
        }
        listing.remove(skipped)
        guard !listing.paths.isEmpty, let shape else {
            throw DataFailure(.empty, "none of its \(skipped.count) sounds can be decoded", file: pattern)
        }
        let decoder = SoundFileDecoder(rate: options.rate, common: differs ? nil : shape, isMono: isMono)
        return DecodedFiles(pattern, listing, decoder, from: files, skipped: skipped.count, room: options.memoryLimit)
    }
}

/// Sounds as numbers from -1 to 1: `[samples]`, or `[channels, samples]` where there are several.
private struct SoundFileDecoder: MediaDecoder {
    let rate: Int?
    let field: Field
    let item: Shape?
    var advice: String { "the sounds differ in length or channels: a function takes each as it is" }

    /// `common` is the shape of all, nil where they differ; `isMono` whether all have one channel.
    init(rate: Int?, common: Shape?, isMono: Bool) {
        self.rate = rate
        item = common == nil && isMono ? .scalar : nil
        field = Field(name: "sound", kind: common.map { .tensor(.f32, $0) } ?? .any)
    }

    static func shape(_ channels: Int, _ count: Int) -> Shape { channels == 1 ? Shape([count]) : Shape([channels, count]) }

    func decode(_ path: String, from files: any FileAccess) throws(DataFailure) -> DecodedFile {
        let sound = try SoundDecoder.decode(path, rate: rate, from: files)
        if case .tensor(_, let wanted) = field.kind, sound.tensor.shape != wanted {
            throw DataFailure(.changed, "the sound changed since the folder was read", file: path)
        }
        return .numbers(sound.tensor)
    }
}
