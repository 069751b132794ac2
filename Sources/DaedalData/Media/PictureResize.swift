import DaedalTensor

/// Brings pictures to a size: each pixel is the mean of those it covers under a triangle (bilinear, and as wide as the picture shrinks).
enum PictureResize {
    /// The pixels along one axis that make one of the new ones.
    struct Taps {
        private(set) var starts: [Int] = []
        /// As many for each pixel, zeros at the end of those that need fewer.
        private(set) var weights: [Float] = []
        let width: Int

        init(from old: Int, to new: Int) {
            let scale = Double(old) / Double(new), reach = max(scale, 1)
            width = min(Int(reach.rounded(.up)) * 2 + 1, old)
            starts.reserveCapacity(new)
            weights.reserveCapacity(new * width)
            for at in 0..<new {
                let center = (Double(at) + 0.5) * scale
                let first = max(Int(center - reach + 0.5), 0), end = min(Int(center + reach + 0.5), old)
                // A window that would pass the last pixel begins earlier.
                let start = min(first, old - width)
                var all = [Double](repeating: 0, count: width), sum = 0.0
                for index in first..<min(end, start + width) {
                    let weight = max(1 - abs((Double(index) + 0.5 - center) / reach), 0)
                    all[index - start] = weight
                    sum += weight
                }
                starts.append(start)
                for weight in all { weights.append(Float(sum > 0 ? weight / sum : weight)) }
            }
        }
    }

    /// Writes a picture of the new size, each channel into the plane that `places` has for it.
    static func run(_ picture: PictureDecoder.Picture, to target: UnsafeMutablePointer<UInt8>, _ places: [Int?], width: Int, height: Int) {
        let down = Taps(from: picture.height, to: height), across = Taps(from: picture.width, to: width)
        let stride = picture.width * picture.channels
        withUnsafeTemporaryAllocation(of: Float.self, capacity: stride) { row in
            guard let row = row.baseAddress else { return }
            for y in 0..<height {
                row.update(repeating: 0, count: stride)
                for tap in 0..<down.width {
                    let weight = down.weights[y * down.width + tap], from = (down.starts[y] + tap) * stride
                    if weight == 0 { continue }
                    if picture.bits == 16 {
                        let source = picture.samples.pointer.assumingMemoryBound(to: UInt16.self) + from
                        let scaled = weight * (255 / 65535)
                        for at in 0..<stride { row[at] += Float(source[at]) * scaled }
                    } else {
                        let source = picture.samples.pointer.assumingMemoryBound(to: UInt8.self) + from
                        for at in 0..<stride { row[at] += Float(source[at]) * weight }
                    }
                }
                for (part, place) in places.enumerated() {
                    guard let place else { continue }
                    shrink(row + part, step: picture.channels, across, to: target + (place * height + y) * width, width)
                }
            }
        }
        withExtendedLifetime(picture.samples) {}
    }

    /// One row of one channel along its length.
    private static func shrink(_ row: UnsafePointer<Float>, step: Int, _ taps: Taps, to target: UnsafeMutablePointer<UInt8>, _ width: Int) {
        taps.starts.withUnsafeBufferPointer { starts in
            taps.weights.withUnsafeBufferPointer { weights in
                for x in 0..<width {
                    let from = row + starts[x] * step
                    var sum: Float = 0.5
                    for tap in 0..<taps.width { sum += from[tap * step] * weights[x * taps.width + tap] }
                    target[x] = UInt8(max(min(sum, 255), 0))
                }
            }
        }
    }
}
