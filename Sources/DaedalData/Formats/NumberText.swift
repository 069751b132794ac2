/// A number as it stands in a text.
package enum NumberText: Equatable, Sendable {
    case integer(Int64)
    case real(Double)

    /// The number as a double.
    package var double: Double {
        switch self {
        case .integer(let value): Double(value)
        case .real(let value): value
        }
    }

    /// Reads the whole of these bytes as one decimal number (`-12`, `1.5e-3`, `.5`), or gives nil. No spaces, no names of infinities.
    package init?(_ bytes: some Collection<UInt8>) {
        var copy = Array(bytes)
        let count = copy.count
        copy.append(0)
        let scanned = copy.withUnsafeBufferPointer { buffer in buffer.baseAddress.map { NumberScan(at: $0) } }
        guard let scanned, scanned.kind != .none, scanned.length == count else { return nil }
        self = scanned.kind == .integer ? .integer(Int64(bitPattern: scanned.bits)) : .real(Double(bitPattern: scanned.bits))
    }
}

/// The number at the start of a text: what kind it is, its bits, and how many bytes it takes.
///
/// Decimal to double is correct to the nearest: exactly for mantissas up to 2⁵³ with powers up to 10²² (Clinger, 1990), else in
/// pairs of doubles whose error is bounded, else by the library where that bound does not decide.
struct NumberScan {
    /// What stands there.
    enum Kind: UInt8 { case none, integer, real }

    let kind: Kind
    let bits: UInt64
    let length: Int

    /// Scans bytes that end with one that belongs to no number.
    @inline(__always) init(at start: UnsafePointer<UInt8>) {
        var at = start
        let isNegative = at.pointee == 0x2d
        if isNegative || at.pointee == 0x2b { at += 1 }
        let digits = at
        var mantissa: UInt64 = 0
        while true {
            let digit = at.pointee &- 0x30
            if digit > 9 { break }
            mantissa = mantissa &* 10 &+ UInt64(digit)
            at += 1
        }
        let whole = at - digits
        if at.pointee != 0x2e && at.pointee | 0x20 != 0x65 && whole > 0 && whole <= 18 {
            self.init(kind: .integer, bits: isNegative ? 0 &- mantissa : mantissa, length: at - start)
            return
        }
        self.init(slow: start, afterWhole: at, whole: whole, mantissa: mantissa, isNegative: isNegative)
    }

    @inline(__always) private init(kind: Kind, bits: UInt64, length: Int) {
        self.kind = kind
        self.bits = bits
        self.length = length
    }

    /// What remains once this is no short integer: fractions, exponents, long numbers, and what is no number.
    @inline(__always)
    private init(slow start: UnsafePointer<UInt8>, afterWhole: UnsafePointer<UInt8>, whole: Int, mantissa: UInt64, isNegative: Bool) {
        var at = afterWhole, mantissa = mantissa, digits = whole, exponent = 0
        var isReal = false
        if at.pointee == 0x2e {
            isReal = true
            at += 1
            let fraction = at
            while true {
                let digit = at.pointee &- 0x30
                if digit > 9 { break }
                mantissa = mantissa &* 10 &+ UInt64(digit)
                at += 1
            }
            exponent = fraction - at
            digits += at - fraction
        }
        guard digits > 0 else {
            self.init(kind: .none, bits: 0, length: 0)
            return
        }
        if at.pointee | 0x20 == 0x65 {
            var power = at + 1
            let isMinus = power.pointee == 0x2d
            if isMinus || power.pointee == 0x2b { power += 1 }
            if power.pointee &- 0x30 <= 9 {
                isReal = true
                var value = 0
                while power.pointee &- 0x30 <= 9 {
                    if value < 100_000 { value = value * 10 + Int(power.pointee &- 0x30) }
                    power += 1
                }
                exponent += isMinus ? -value : value
                at = power
            }
        }
        let length = at - start
        // The digits after the 19th may have wrapped; leading zeros do not count, which the library sorts out.
        if digits <= 19, let value = Self.nearest(mantissa, exponent) {
            if !isReal, let whole = Self.integer(mantissa, isNegative) {
                self.init(kind: .integer, bits: UInt64(bitPattern: whole), length: length)
            } else {
                self.init(kind: .real, bits: (isNegative ? -value : value).bitPattern, length: length)
            }
            return
        }
        self = Self.library(start, length, isReal: isReal)
    }

    /// The integer of a mantissa and a sign, if it fits.
    private static func integer(_ mantissa: UInt64, _ isNegative: Bool) -> Int64? {
        if isNegative { return mantissa <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- mantissa) : nil }
        return Int64(exactly: mantissa)
    }

    /// The double nearest to `mantissa · 10^exponent`, or nil when that takes more than this.
    @inline(__always)
    private static func nearest(_ mantissa: UInt64, _ exponent: Int) -> Double? {
        if mantissa == 0 { return 0 }
        guard exponent >= -22, exponent <= 22 else { return nil }
        let power = powers[exponent < 0 ? -exponent : exponent]
        if mantissa <= 1 << 53 { return exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power }
        return long(mantissa, exponent, power)
    }

    /// The same for mantissas of up to 64 bits: the result as a sum of two doubles, taken if its error cannot change the rounding.
    private static func long(_ mantissa: UInt64, _ exponent: Int, _ power: Double) -> Double? {
        let high = Double(mantissa & ~0x7ff), low = Double(mantissa & 0x7ff)
        let first: Double, rest: Double
        if exponent < 0 {
            first = high / power
            rest = (high.addingProduct(-first, power) + low) / power
        } else {
            first = high * power
            rest = (-first).addingProduct(high, power) + low * power
        }
        let sum = first + rest
        let error = rest - (sum - first)
        let bound = first * 0x1p-100
        return sum + (error - bound) == sum && sum + (error + bound) == sum ? sum : nil
    }

    /// The number as the library reads it.
    private static func library(_ start: UnsafePointer<UInt8>, _ length: Int, isReal: Bool) -> NumberScan {
        let text = String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self)
        if !isReal, let value = Int64(text) { return NumberScan(kind: .integer, bits: UInt64(bitPattern: value), length: length) }
        // The library's own parser does not look at the locale. Beyond the largest double it gives infinity, which is no number here.
        guard let value = Double(text), value.isFinite else { return NumberScan(kind: .none, bits: 0, length: 0) }
        return NumberScan(kind: .real, bits: value.bitPattern, length: length)
    }

    private static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}
