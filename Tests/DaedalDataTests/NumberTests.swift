import DaedalData
import Testing

@Suite struct NumberTests {
    @Test func nearestDouble() {
        var random = Philox(seed: 3)
        for round in 0..<200_000 {
            let bits = UInt64(random.nextWord()) << 32 | UInt64(random.nextWord())
            let text: String
            switch round % 5 {
            // Every finite double, as it prints and with more digits than it needs.
            case 0: text = Double(bitPattern: bits).description
            case 1: text = "\(Int64(bitPattern: bits) >> Int(bits % 60)).\(bits >> 20)"
            case 2: text = "0.\(bits)"
            case 3: text = "\(bits)e\(Int(bits % 60) - 30)"
            default: text = "\(Double(bits % 1_000_000) / 1000)"
            }
            guard let expected = Double(text), expected.isFinite, text.first != "n", text.first != "i" else { continue }
            #expect(NumberText(Array(text.utf8))?.double.bitPattern == expected.bitPattern, "\(text)")
        }
    }

    private static let texts: [(String, NumberText?)] = [
        ("0", .integer(0)), ("-0", .integer(0)), ("-0.0", .real(-0.0)), ("+5", .integer(5)),
        ("123456789012345678", .integer(123_456_789_012_345_678)),
        ("1234567890123456789", .integer(1_234_567_890_123_456_789)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .real(0x1p63)),
        ("99999999999999999999", .real(1e20)), ("000000000000000000000000012", .integer(12)), ("1e5", .real(1e5)), ("1E+5", .real(1e5)),
        (".5", .real(0.5)),
        ("5.", .real(5)), ("9007199254740993", .integer(9_007_199_254_740_993)), ("9007199254740993.0", .real(9_007_199_254_740_992)),
        ("2.2250738585072011e-308", .real(2.2250738585072011e-308)), ("4.9e-324", .real(4.9e-324)),
        ("1.7976931348623157e308", .real(.greatestFiniteMagnitude)),
        ("1e309", nil), ("", nil), ("-", nil), (".", nil), ("+.", nil), ("e5", nil), ("1e", nil), ("1e+", nil), ("1.2.3", nil), ("1 ", nil),
        (" 1", nil),
        ("nan", nil), ("inf", nil), ("0x10", nil), ("1_000", nil), ("--1", nil), ("1,5", nil), ("1e99999999999999999999", nil),
        ("1e-99999999999999999999", .real(0)),
    ]

    @Test(arguments: texts)
    func reads(_ text: String, _ expected: NumberText?) { #expect(NumberText(Array(text.utf8)) == expected) }
}
