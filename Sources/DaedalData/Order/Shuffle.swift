/// Random orders that a seed decides alone (Fisher–Yates over Philox).
package enum Shuffle {
    /// What a stream of random numbers is for, so that no two uses share one.
    enum Purpose: UInt64 {
        case split = 1, epoch, group
    }

    /// The stream of a purpose and a serial number.
    static func stream(_ purpose: Purpose, _ serial: Int = 0) -> UInt64 { purpose.rawValue << 48 ^ UInt64(bitPattern: Int64(serial)) }

    /// Shuffles values in place.
    package static func shuffle<Element>(_ values: inout [Element], seed: UInt64, stream: UInt64 = 0) {
        var random = Philox(seed: seed, stream: stream)
        shuffle(&values, with: &random)
    }

    /// Shuffles values in place with a generator.
    static func shuffle<Element>(_ values: inout [Element], with random: inout Philox) {
        guard values.count > 1 else { return }
        for last in stride(from: values.count - 1, to: 0, by: -1) {
            values.swapAt(last, Int(truncatingIfNeeded: random.next(below: UInt64(last) + 1)))
        }
    }
}
