import DaedalData
import DaedalSyntax
import DaedalTensor

extension CoreNatives {
    /// `_read_image _read_sound _write_png _write_wav`: files of images and sound.
    static var media: [NativeFunction] {
        [
            // [channels, height, width] with values from 0 to 1.
            native("_read_image", [.init("path")], .effect(result: .tensor)) { (call) throws(RuntimeFailure) in
                let path = try call.text(0)
                let tensor = try call.reading { (files) throws(DataFailure) in try PictureDecoder.tensor(path, from: files) }
                return .tensor(TensorObject(tensor))
            },
            // [samples] or [channels, samples] with values from -1 to 1, at the file's own rate or another.
            native("_read_sound", [.init("path"), .init("rate", .none)], .effect(result: .tensor)) { (call) throws(RuntimeFailure) in
                let path = try call.text(0), rate = try call.soundRate(1)
                let tensor = try call.reading { (files) throws(DataFailure) in try SoundDecoder.decode(path, rate: rate, from: files).tensor }
                return .tensor(TensorObject(tensor))
            },
            // `x` is [height, width, channels] with values from 0 to 255.
            native("_write_png", [.init("x"), .init("path")], .effect(result: .none)) { (call) throws(RuntimeFailure) in
                let path = try call.text(1), image = try contents(call)
                guard image.shape.rank == 3, let height = image.shape[0].known, let width = image.shape[1].known, let channels = image.shape[2].known,
                    (1...4).contains(channels)
                else { throw call.wrongKind(0, "an image [height, width, channels]") }
                let samples = (0..<image.count).map { UInt8(min(max(finite(image.double(at: $0)), 0), 255).rounded()) }
                try call.reading { (files) throws(DataFailure) in
                    try files.write(PNGEncoder.encode(samples, width: width, height: height, channels: channels), to: path)
                }
                return .none
            },
            // `x` is [samples, channels] with values from -1 to 1.
            native("_write_wav", [.init("x"), .init("path"), .init("rate")], .effect(result: .none)) { (call) throws(RuntimeFailure) in
                let path = try call.text(1), rate = try call.int(2), sound = try contents(call)
                guard sound.shape.rank == 2, let channels = sound.shape[1].known else { throw call.wrongKind(0, "sound [samples, channels]") }
                let samples = (0..<sound.count).map { Int16(min(max(finite(sound.double(at: $0)) * 32768, -32768), 32767).rounded()) }
                try call.reading { (files) throws(DataFailure) in
                    try files.write(WAVEncoder.encode(samples, rate: rate, channels: channels), to: path)
                }
                return .none
            },
        ]
    }

    private static func contents(_ call: NativeCall) throws(RuntimeFailure) -> Tensor {
        try call.context.force(call.tensor(0), at: call.span)
    }

    private static func finite(_ number: Double) -> Double { number.isNaN ? 0 : number }
}
