import CZlib
import DaedalData
import DaedalTensor
import Testing

/// Pictures as the libraries decode them, held to what Pillow read (Tests/Fixtures/media/make.py).
@Suite struct PictureTests {
    /// The fixtures, and under which name their values stand.
    static let pictures = [
        "gray.png", "bits.png", "fine.png", "color.png", "clear.png", "palette.png", "interlaced.png", "deep.png", "veil.png", "hole.png",
        "stencil.png",
        "photo.jpg", "halved.jpg", "progressive.jpg", "mono.jpg", "inks.jpg",
    ]

    @Test(arguments: pictures) func valuesAreThoseOfPillow(name: String) throws {
        let parts = name.split(separator: ".")
        let want = try #require(try wanted(String(parts[0]) + (parts[1] == "jpg" ? "_jpeg" : "")))
        let picture = try PictureDecoder.decode(fixture("media/" + name), path: name)
        #expect(want.shape == Shape([picture.channels, picture.height, picture.width]))
        let most = picture.bits == 16 ? 65535.0 : 255
        let plane = picture.width * picture.height
        var worst = 0.0
        for at in 0..<plane * picture.channels {
            let sample =
                picture.bits == 16
                ? Int(picture.samples.pointer.load(fromByteOffset: 2 * at, as: UInt16.self))
                : Int(picture.samples.pointer.load(fromByteOffset: at, as: UInt8.self))
            worst = max(worst, abs(Double(sample) / most - want.double(at: at % picture.channels * plane + at / picture.channels)))
        }
        // Four inks are made light by Pillow in another order of roundings.
        #expect(worst < (name == "inks.jpg" ? 1.01 / 255 : 1e-6), "\(name) is \(worst) away")
    }

    /// Cut short anywhere a file is a failure; with any byte changed it is one, or other values, never a trap.
    @Test(arguments: pictures) func damageIsAFailure(name: String) throws {
        let whole = try fixture("media/" + name)
        func decode(_ bytes: [UInt8]) -> DataFailure? { failure { () throws(DataFailure) in try PictureDecoder.decode(bytes, path: name) } }
        #expect(decode(whole) == nil)
        for count in 0..<whole.count {
            let found = decode(Array(whole.prefix(count)))
            #expect(found?.file == name && found?.message.isEmpty == false, "\(count) bytes of \(name)")
        }
        for at in whole.indices {
            for bit in [0, 3, 7] {
                var damaged = whole
                damaged[at] ^= 1 << bit
                _ = decode(damaged)
            }
        }
    }

    private func patched(_ size: UInt32) throws -> [UInt8] {
        var file = try fixture("media/gray.png")
        file.replaceSubrange(16..<24, with: bigEndian(size) + bigEndian(size))
        file.replaceSubrange(29..<33, with: bigEndian(UInt32(truncatingIfNeeded: crc32(0, Array(file[12..<29]), 17))))
        return file
    }

    /// Headers of enormous pictures ask for no memory.
    @Test func enormousPicturesAreRefused() throws {
        for (size, kind) in [(UInt32(0x7FFF_FFFF), DataFailure.Kind.malformed), (900_000, .tooLarge), (15000, .truncated)] {
            let file = try patched(size)
            #expect(failure { () throws(DataFailure) in try PictureDecoder.decode(file, path: "f") }?.kind == kind)
        }
        var photo = try fixture("media/photo.jpg")
        let frame = try #require(photo.indices.first { photo[$0] == 0xFF && photo[$0 + 1] == 0xC0 })
        photo.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0x00, 0xFF, 0x00])
        let huge = photo
        #expect(failure { () throws(DataFailure) in try PictureDecoder.decode(huge, path: "f") }?.kind == .tooLarge)
        photo.replaceSubrange(frame + 5..<frame + 9, with: [0x1F, 0x40, 0x1F, 0x40])
        let large = photo
        #expect(failure { () throws(DataFailure) in try PictureDecoder.decode(large, path: "f") } != nil)
    }

    /// A text of 64 MB that takes 64 KB in the file is not unpacked.
    @Test func aBombBesideThePictureDoesNotGoOff() throws {
        let file = try fixture("media/gray.png")
        let text = [UInt8](repeating: 0x61, count: 64 << 20)
        var packed = [UInt8](repeating: 0, count: 1 << 20), length = uLong(packed.count)
        #expect(compress2(&packed, &length, text, uLong(text.count), 9) == Z_OK)
        let body = Array("zTXt".utf8) + Array("k".utf8) + [0, 0] + packed.prefix(Int(length))
        let chunk = bigEndian(UInt32(body.count - 4)) + body + bigEndian(UInt32(truncatingIfNeeded: crc32(0, body, uInt(body.count))))
        let picture = try PictureDecoder.decode(Array(file[..<33]) + chunk + Array(file[33...]), path: "f")
        #expect(picture.width == 7)
    }

    @Test func otherContentSaysSo() {
        for (bytes, word) in [([], "empty"), (Array("GIF89a".utf8), "neither a PNG nor a JPEG")] as [([UInt8], String)] {
            #expect(failure { () throws(DataFailure) in try PictureDecoder.decode(bytes, path: "f") }?.message.contains(word) == true)
        }
    }

    // MARK: Folders

    private static let folder = packageFolder + "/Tests/Fixtures/media/pictures"
    private func open(_ pattern: String, _ options: PictureFiles.Options = .init()) throws(DataFailure) -> any RecordSource {
        try PictureFiles.open(pattern, from: POSIXFiles(), options: options)
    }

    @Test func aFolderIsRowsByClass() throws {
        let source = try open(Self.folder)
        #expect(source.count == 4)
        #expect(source.fields.map(\.name) == ["image", "label", "path"])
        // Three are 16 × 24 and one is not; one is gray and comes in colour like the others.
        #expect(source.fields[0].kind == .any)
        for (row, name) in ["a", "b", "c", "d"].enumerated() {
            #expect(show(try source.value(at: row, field: 1)) == (row < 2 ? "'moss'" : "'sand'"))
            guard case .tensor(let image) = try source.value(at: row, field: 0), let want = try wanted("pictures_" + name) else {
                Issue.record("no image \(name)")
                continue
            }
            #expect(image.type == .i32 && image.shape == want.shape && image.doubles == want.doubles)
        }
        let flat = try open(Self.folder + "/*/b.png")
        #expect(flat.fields[0].kind == .tensor(.i32, [3, 16, 24]))
        #expect(show(try flat.value(at: 0, field: 1)) == "'moss'")
        #expect(try open(Self.folder + "/sand/d.png").fields[0].kind == .tensor(.i32, [1, 16, 24]))
    }

    /// Brought to one size the pixels are Pillow's, but for roundings between its two passes.
    @Test func oneSizeForAll() throws {
        var options = PictureFiles.Options()
        options.size = (9, 12)
        for limit in [0, 1 << 20] {
            options.memoryLimit = limit
            let source = try open(Self.folder, options)
            #expect(source.fields[0].kind == .tensor(.i32, [3, 9, 12]))
            for _ in 0..<2 {
                let batch = try source.tensor([0], rows: [3, 2, 0, 1], as: .f32, transform: Affine(scale: 1 / 255))
                #expect(batch.shape == [4, 3, 9, 12])
                for (at, name) in ["d", "c", "a", "b"].enumerated() {
                    let want = try #require(try wanted("pictures_\(name)_small"))
                    for element in 0..<want.count {
                        #expect(abs(batch.double(at: at * want.count + element) * 255 - want.double(at: element)) <= 1.001)
                    }
                }
            }
        }
    }

    /// A JPEG that is decoded at a quarter of its size looks like one that was decoded whole.
    @Test func reducedDecodingLooksTheSame() throws {
        let file = try fixture("media/photo.jpg")
        var options = PictureFiles.Options()
        options.size = (5, 7)
        let source = try PictureFiles.open("f.jpg", from: MemoryFiles(["f.jpg": file]), options: options)
        let reduced = try source.tensor([0], rows: [0], as: .f32)
        let whole = try PictureDecoder.decode(file, path: "f")
        for part in 0..<3 {
            var all = 0.0, few = 0.0
            for at in 0..<whole.width * whole.height { all += Double(whole.samples.pointer.load(fromByteOffset: at * 3 + part, as: UInt8.self)) }
            for at in 0..<35 { few += reduced.double(at: part * 35 + at) }
            #expect(abs(all / Double(whole.width * whole.height) - few / 35) < 6)
        }
    }

    @Test func damagedFilesFailOrAreLeftOut() throws {
        let folder = packageFolder + "/Tests/Fixtures/media/damaged"
        #expect(failure { () throws(DataFailure) in try open(folder) }?.file == folder + "/c.png")
        var options = PictureFiles.Options()
        options.skipsMalformed = true
        let source = try open(folder, options)
        #expect(source.count == 1 && source.skipped == 2)
    }

    @Test func filesThatChangeAndFoldersWithoutPicturesSaySo() throws {
        let files = MemoryFiles(["p/a.png": try fixture("media/gray.png"), "p/b.png": try fixture("media/gray.png"), "t/a.txt": [1]])
        let source = try PictureFiles.open("p", from: files)
        files["p/b.png"] = try fixture("media/color.png")
        #expect(failure { () throws(DataFailure) in try source.tensor([0], rows: [0, 1], as: .f32) }?.kind == .changed)
        files["p/b.png"] = nil
        #expect(failure { () throws(DataFailure) in try source.value(at: 1, field: 0) }?.kind == .missing)
        #expect(failure { () throws(DataFailure) in try PictureFiles.open("t", from: files) }?.kind == .empty)
        #expect(failure { () throws(DataFailure) in try PictureFiles.open("nowhere", from: POSIXFiles()) }?.kind == .missing)
        #expect(failure { () throws(DataFailure) in try PictureFiles.open("p", from: NoFiles()) }?.kind == .refused)
    }
}

/// What another library read from a fixture, by name.
func wanted(_ name: String) throws(DataFailure) -> Tensor? {
    try Safetensors(opening: packageFolder + "/Tests/Fixtures/media/values.safetensors", from: POSIXFiles()).tensor(named: name)
}
