extension Lexer {
    /// Reads `1`, `1_000`, `0xff`, `1.5`, `1e-3`; after a `.` only digits, a member's position.
    mutating func number() {
        let start = position
        if tokens.last?.kind == .dot {
            while isDigit(peek()) { position += 1 }
            return finishInteger(from: start, digits: start, radix: 10)
        }
        if peek() == UInt8(ascii: "0"), peek(1) == UInt8(ascii: "x"), isHexadecimal(peek(2)) || peek(2) == UInt8(ascii: "_") {
            position += 2
            while isHexadecimal(peek()) || peek() == UInt8(ascii: "_") { position += 1 }
            return finishInteger(from: start, digits: start + 2, radix: 16)
        }
        digits()
        var isFloat = false
        if peek() == UInt8(ascii: "."), isDigit(peek(1)) {
            isFloat = true
            position += 1
            digits()
        }
        if peek() | 0x20 == UInt8(ascii: "e") {
            let signed = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")
            if isDigit(peek(signed ? 2 : 1)) {
                isFloat = true
                position += signed ? 2 : 1
                while isDigit(peek()) { position += 1 }
            }
        }
        isFloat ? finishFloat(from: start) : finishInteger(from: start, digits: start, radix: 10)
    }

    private mutating func digits() {
        while isDigit(peek()) || peek() == UInt8(ascii: "_") { position += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f"))
    }

    /// Adds the integer from `start` to the position. 2⁶³ is left to the parser, which knows whether a `-` stands before it.
    private mutating func finishInteger(from start: Int, digits: Int, radix: UInt64) {
        var value: UInt64 = 0
        var count = 0
        var isTooLarge = false
        for index in digits..<position where bytes[index] != UInt8(ascii: "_") {
            let byte = bytes[index]
            let digit = isDigit(byte) ? byte - UInt8(ascii: "0") : (byte | 0x20) - UInt8(ascii: "a") + 10
            count += 1
            let (product, overflowed) = value.multipliedReportingOverflow(by: radix)
            let (sum, carried) = product.addingReportingOverflow(UInt64(digit))
            if overflowed || carried || sum > 1 << 63 || (radix == 16 && sum >= 1 << 63) { isTooLarge = true }
            value = isTooLarge ? 0 : sum
        }
        if count == 0 {
            report(.badNumber, "a hexadecimal number needs a digit after `0x`", span(start, position))
        } else if isTooLarge {
            report(
                .numberTooLarge, "the integer does not fit in 64 bits", span(start, position),
                notes: ["integers go from -9223372036854775808 to 9223372036854775807"],
                fixes: radix == 10 ? [.init("write a float", span: span(position, position), replacement: ".0")] : [])
        }
        emit(.integer, from: start, value: value, isBroken: count == 0 || isTooLarge)
    }

    private mutating func finishFloat(from start: Int) {
        let text = String(decoding: bytes[start..<position].lazy.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
        let value = Double(text) ?? .infinity
        let isTooLarge = !value.isFinite
        if isTooLarge {
            report(
                .numberTooLarge, "the number is too large for a float", span(start, position),
                fixes: [.init("the largest float is 1.7976931348623157e308; `infinity` is a value too")])
        }
        emit(.float, from: start, value: (isTooLarge ? 0 : value).bitPattern, isBroken: isTooLarge)
    }
}
