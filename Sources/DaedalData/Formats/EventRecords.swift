/// Records of a TensorBoard event file: a TFRecord stream of small `Event` messages (tensorflow/core/util/event.proto), of which only scalars,
/// the file's version and the beginning of a session are written.
package struct EventRecords {
    /// The bytes so far.
    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// Forgets the bytes, which were written.
    package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Begins a file: its version, then a session whose first step makes readers forget later ones of earlier sessions.
    package mutating func begin(step: Int, time: Double) {
        var version = Message()
        version.double(1, time)
        version.text(3, "brain.Event:2")
        append(version.bytes)
        var status = Message()
        status.integer(1, 1)
        var event = Message()
        event.double(1, time)
        event.integer(2, step)
        event.message(7, status)
        append(event.bytes)
    }

    /// Numbers by tag at a step; `time` is in seconds since 1970.
    package mutating func scalars(_ values: [(tag: String, value: Double)], step: Int, time: Double) {
        var summary = Message()
        for (tag, value) in values {
            var scalar = Message()
            scalar.text(1, tag)
            scalar.float(2, Float(value))
            summary.message(1, scalar)
        }
        var event = Message()
        event.double(1, time)
        event.integer(2, step)
        event.message(5, summary)
        append(event.bytes)
    }

    /// A record: its length and its bytes, each with a checksum.
    private mutating func append(_ data: [UInt8]) {
        let length = withUnsafeBytes(of: UInt64(data.count).littleEndian) { Array($0) }
        bytes += length
        bytes += withUnsafeBytes(of: CRC32C.masked(length).littleEndian) { Array($0) }
        bytes += data
        bytes += withUnsafeBytes(of: CRC32C.masked(data).littleEndian) { Array($0) }
    }
}

/// A protocol-buffer message that is being written.
private struct Message {
    var bytes: [UInt8] = []

    private mutating func key(_ field: Int, _ wire: Int) { varint(UInt64(field << 3 | wire)) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func integer(_ field: Int, _ value: Int) {
        key(field, 0)
        varint(UInt64(bitPattern: Int64(value)))
    }

    mutating func double(_ field: Int, _ value: Double) {
        key(field, 1)
        bytes += withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
    }

    mutating func float(_ field: Int, _ value: Float) {
        key(field, 5)
        bytes += withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
    }

    mutating func text(_ field: Int, _ value: String) {
        key(field, 2)
        varint(UInt64(value.utf8.count))
        bytes += Array(value.utf8)
    }

    mutating func message(_ field: Int, _ value: Message) {
        key(field, 2)
        varint(UInt64(value.bytes.count))
        bytes += value.bytes
    }
}

/// The checksum of TFRecord files: CRC-32C (Castagnoli), masked.
private enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { index in
        var value = UInt32(index)
        for _ in 0..<8 { value = value & 1 == 1 ? 0x82F6_3B78 ^ value >> 1 : value >> 1 }
        return value
    }

    static func masked(_ bytes: [UInt8]) -> UInt32 {
        var value = ~UInt32(0)
        for byte in bytes { value = table[Int((value ^ UInt32(byte)) & 0xFF)] ^ value >> 8 }
        value = ~value
        return (value >> 15 | value << 17) &+ 0xA282_EAD8
    }
}
