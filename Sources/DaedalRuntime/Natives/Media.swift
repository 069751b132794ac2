import DaedalData
import DaedalSyntax
import DaedalTensor

extension CoreNatives {
    /// `_read_png _read_wav _write_png _write_wav`: files of images and sound.
    static var media: [NativeFunction] {
        [
            // [height, width, channels] with values from 0 to 1.
            native("_read_png", [.init("path")], .effect(result: .tensor)) { (call) throws(RuntimeFailure) in
                let path = try call.text(0)
                let image = try call.reading { (files) throws(DataFailure) in try PNGDecoder.decode(files.read(path), path: path) }
                return try tensor(image.samples, [Size(image.height), Size(image.width), Size(image.channels)], call)
            },
            // `(sound: [samples, channels], rate: …)` with values from -1 to 1.
            native("_read_wav", [.init("path")], .effect(result: .anything)) { (call) throws(RuntimeFailure) in
                let path = try call.text(0)
                let sound = try call.reading { (files) throws(DataFailure) in try WAVDecoder.decode(files.read(path), path: path) }
                let samples = try tensor(sound.samples, [Size(sound.samples.count / sound.channels), Size(sound.channels)], call)
                return .record(RecordObject(names: ["sound", "rate"], fields: [samples, .int(sound.rate)]))
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

    private static func tensor(_ numbers: [Float], _ shape: Shape, _ call: NativeCall) throws(RuntimeFailure) -> Value {
        .tensor(
            TensorObject(
                try TensorLiteral.allocate(at: call.span) { () throws(AllocationFailure) in
                    let result = try Tensor(uninitialized: .f32, shape: shape)
                    let elements = result.elements(as: Float.self)
                    for (at, number) in numbers.enumerated() { elements[at] = number }
                    return result
                }))
    }

    private static func finite(_ number: Double) -> Double { number.isNaN ? 0 : number }
}
