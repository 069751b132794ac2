import DaedalTensor

/// A picture as tensors have it: one plane a channel, bytes from 0 to 255.
struct PicturePlanes {
    let width: Int
    let height: Int
    /// The channels that come out; those that the picture lacks are made: gray is each of the colours, and what has no alpha is opaque.
    let channels: Int
    let bytes: Storage

    /// Takes a picture apart, brought to a size where one is given.
    init(_ picture: PictureDecoder.Picture, width: Int?, height: Int?, channels: Int, path: String) throws(DataFailure) {
        self.width = width ?? picture.width
        self.height = height ?? picture.height
        self.channels = channels
        let plane = self.width * self.height
        do { bytes = try Storage(byteCount: plane * channels) } catch {
            throw DataFailure(error, for: "a picture of \(self.width) × \(self.height)", file: path)
        }
        let target = bytes.pointer.assumingMemoryBound(to: UInt8.self)
        let own = picture.channels, hasAlpha = own == 2 || own == 4
        // Where each channel of the picture goes first; copies come after.
        let alpha = hasAlpha && (channels == 2 || channels == 4) ? channels - 1 : nil
        let places = (0..<own).map { part in hasAlpha && part == own - 1 ? alpha : part }
        if self.width == picture.width && self.height == picture.height {
            Self.copy(picture, to: target, places)
        } else {
            PictureResize.run(picture, to: target, places, width: self.width, height: self.height)
        }
        let colors = channels >= 3 ? 3 : 1
        if own <= 2 { for part in 1..<max(colors, 1) { (target + part * plane).update(from: target, count: plane) } }
        if !hasAlpha, channels == 2 || channels == 4 { (target + (channels - 1) * plane).update(repeating: 255, count: plane) }
    }

    private static func copy(_ picture: PictureDecoder.Picture, to target: UnsafeMutablePointer<UInt8>, _ places: [Int?]) {
        let pixels = picture.width * picture.height, step = picture.channels
        for (part, place) in places.enumerated() {
            guard let place else { continue }
            let plane = target + place * pixels
            if picture.bits == 16 {
                let source = picture.samples.pointer.assumingMemoryBound(to: UInt16.self) + part
                for at in 0..<pixels { plane[at] = byte(source[at * step]) }
            } else {
                let source = picture.samples.pointer.assumingMemoryBound(to: UInt8.self) + part
                for at in 0..<pixels { plane[at] = source[at * step] }
            }
        }
        withExtendedLifetime(picture.samples) {}
    }

    /// Sixteen bits as eight, rounded.
    @inline(__always) static func byte(_ sample: UInt16) -> UInt8 { UInt8(truncatingIfNeeded: (UInt32(sample) &* 255 &+ 32895) >> 16) }
}
