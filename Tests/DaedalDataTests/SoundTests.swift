import DaedalData
import DaedalTensor
import Testing

/// Sounds as libsndfile decodes them, held to `wave`, NumPy and soundfile (Tests/Fixtures/media/make.py).
@Suite struct SoundTests {
    static let sounds = ["mono.wav", "stereo24.wav", "float.wav", "eight.wav", "loud.flac", "big.aiff"]

    private func decode(_ bytes: [UInt8], _ name: String, rate: Int? = nil) throws(DataFailure) -> SoundDecoder.Sound {
        try SoundDecoder.decode(name, rate: rate, from: MemoryFiles([name: bytes]))
    }

    @Test(arguments: sounds) func valuesAreThoseOfOthers(name: String) throws {
        let want = try #require(try wanted(String(name.split(separator: ".")[0])))
        let sound = try decode(fixture("media/" + name), name)
        #expect(want.count == sound.samples.count)
        for at in 0..<want.count { #expect(abs(want.double(at: at) - sound.samples.double(at: at)) < 1e-6) }
    }

    /// Cut short anywhere a file is a failure; with any byte changed it is one, or other values, never a trap.
    @Test(arguments: sounds) func damageIsAFailure(name: String) throws {
        let whole = try fixture("media/" + name)
        func found(_ bytes: [UInt8]) -> DataFailure? { failure { () throws(DataFailure) in try decode(bytes, name) } }
        #expect(found(whole) == nil)
        for count in 0..<whole.count {
            let found = found(Array(whole.prefix(count)))
            #expect(found?.file == name && found?.message.isEmpty == false, "\(count) bytes of \(name)")
        }
        for at in whole.indices {
            for bit in [0, 3, 7] {
                var damaged = whole
                damaged[at] ^= 1 << bit
                _ = found(damaged)
            }
        }
    }

    @Test func anotherRate() throws {
        let half = try decode(fixture("media/mono.wav"), "f", rate: 4000)
        let whole = try decode(fixture("media/mono.wav"), "f")
        #expect(half.count == 20 && half.rate == 4000)
        // Every second place lies in the middle of two samples.
        for at in 0..<20 {
            #expect(abs(half.samples.double(at: at) - (whole.samples.double(at: 2 * at) + whole.samples.double(at: 2 * at + 1)) / 2) < 1e-6)
        }
    }

    @Test func foldersAreRows() throws {
        let folder = packageFolder + "/Tests/Fixtures/media/sounds"
        let source = try SoundFiles.open(folder, from: POSIXFiles())
        #expect(source.count == 3 && source.fields[0].kind == .any)
        #expect(try (0..<3).map { show(try source.value(at: $0, field: 1)) } == ["'high'", "'low'", "'low'"])
        let one = try SoundFiles.open(folder + "/low/a.wav", from: POSIXFiles())
        #expect(one.fields[0].kind == .tensor(.f32, [30]))
        var options = SoundFiles.Options()
        options.rate = 4000
        #expect(try SoundFiles.open(folder + "/low/a.wav", from: POSIXFiles(), options: options).tensor([0], rows: [0], as: .f32).shape == [1, 15])
    }

    @Test func mixedRatesAreRefusedUnlessOneIsGiven() throws {
        let files = MemoryFiles(["s/a.wav": try fixture("media/mono.wav"), "s/b.flac": try fixture("media/loud.flac")])
        let found = failure { () throws(DataFailure) in try SoundFiles.open("s", from: files) }
        #expect(found?.kind == .unfit && found?.message.contains("rate: 8000") == true && found?.file == "s/b.flac")
        var options = SoundFiles.Options()
        options.rate = 8000
        let source = try SoundFiles.open("s", from: files, options: options)
        guard case .tensor(let both) = try source.value(at: 1, field: 0) else {
            Issue.record("no sound")
            return
        }
        #expect(both.shape == [2, 20])
    }

    @Test func damagedFilesFailOrAreLeftOut() throws {
        let whole = try fixture("media/mono.wav")
        let files = MemoryFiles(["s/a.wav": whole, "s/b.wav": Array(whole.prefix(60)), "s/c.wav": [1, 2, 3], "s/notes.txt": [1]])
        #expect(failure { () throws(DataFailure) in try SoundFiles.open("s", from: files) }?.file == "s/b.wav")
        var options = SoundFiles.Options()
        options.skipsMalformed = true
        let source = try SoundFiles.open("s", from: files, options: options)
        #expect(source.count == 1 && source.skipped == 2)
        #expect(failure { () throws(DataFailure) in try SoundFiles.open("s", from: NoFiles()) }?.kind == .refused)
    }
}
