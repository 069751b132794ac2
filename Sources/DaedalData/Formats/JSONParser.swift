/// Reads one JSON text, strictly: no duplicate keys, no lone surrogates, no trailing anything, no nesting without end.
package struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var at = 0
    private var depth = 0
    private static let deepest = 128

    /// What is wrong, and at which byte.
    struct Mistake: Error {
        let message: String
        let offset: Int
    }

    /// Parses the whole of these bytes as one value. Failures name the byte, counted from `offset`, or the line if one is given.
    package static func parse(_ bytes: [UInt8], file: String, offset: Int = 0, line: Int? = nil) throws(DataFailure) -> JSONValue {
        do throws(Mistake) {
            // The byte after the last ends every number.
            return try (bytes + [0]).withUnsafeBufferPointer { (buffer) throws(Mistake) in
                var parser = JSONParser(bytes: UnsafeBufferPointer(rebasing: buffer[0..<bytes.count]))
                return try parser.parseAll()
            }
        } catch {
            throw DataFailure(
                .malformed, error.message, file: file, line: line, column: line == nil ? nil : error.offset + 1, offset: offset + error.offset)
        }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// The whole text as one value.
    private mutating func parseAll() throws(Mistake) -> JSONValue {
        if let bad = UTF8Check.firstInvalid(bytes) { throw Mistake(message: "this is not UTF-8", offset: bad) }
        skipSpace()
        let value = try parseValue()
        skipSpace()
        if at < bytes.count { throw Mistake(message: "something follows the JSON value", offset: at) }
        return value
    }

    /// The value that starts here.
    private mutating func parseValue() throws(Mistake) -> JSONValue {
        guard at < bytes.count else { throw Mistake(message: "the JSON ends where a value is expected", offset: at) }
        switch bytes[at] {
        case 0x7b: return try parseObject()
        case 0x5b: return try parseArray()
        case 0x22: return .text(try parseString())
        case 0x74: return try parseWord("true", .bool(true))
        case 0x66: return try parseWord("false", .bool(false))
        case 0x6e: return try parseWord("null", .null)
        case 0x2d, 0x30...0x39: return try parseNumber()
        default: throw Mistake(message: "this is not a JSON value", offset: at)
        }
    }

    /// A word with a fixed value.
    private mutating func parseWord(_ word: StaticString, _ value: JSONValue) throws(Mistake) -> JSONValue {
        guard at + word.utf8CodeUnitCount <= bytes.count, (0..<word.utf8CodeUnitCount).allSatisfy({ bytes[at + $0] == word.utf8Start[$0] }) else {
            throw Mistake(message: "this is not a JSON value", offset: at)
        }
        at += word.utf8CodeUnitCount
        return value
    }

    /// A number in the grammar of JSON.
    private mutating func parseNumber() throws(Mistake) -> JSONValue {
        let start = at
        func isDigit(_ index: Int) -> Bool { index < bytes.count && bytes[index] &- 0x30 <= 9 }
        var end = bytes[at] == 0x2d ? at + 1 : at
        guard isDigit(end) else { throw Mistake(message: "this is not a number", offset: start) }
        if bytes[end] == 0x30 { end += 1 } else { while isDigit(end) { end += 1 } }
        if end < bytes.count, bytes[end] == 0x2e {
            guard isDigit(end + 1) else { throw Mistake(message: "digits must follow the point of a number", offset: end) }
            end += 1
            while isDigit(end) { end += 1 }
        }
        if end < bytes.count, bytes[end] | 0x20 == 0x65 {
            end += 1
            if end < bytes.count, bytes[end] == 0x2b || bytes[end] == 0x2d { end += 1 }
            guard isDigit(end) else { throw Mistake(message: "digits must follow the exponent of a number", offset: end) }
            while isDigit(end) { end += 1 }
        }
        if isDigit(end) { throw Mistake(message: "a number does not start with 0", offset: start) }
        guard let number = NumberText(UnsafeBufferPointer(rebasing: bytes[start..<end])) else {
            throw Mistake(message: "this number is out of range", offset: start)
        }
        at = end
        switch number {
        case .integer(let value): return .integer(Int(value))
        case .real(let value): return .number(value)
        }
    }

    /// An array.
    private mutating func parseArray() throws(Mistake) -> JSONValue {
        try descend()
        var values: [JSONValue] = []
        at += 1
        skipSpace()
        if take(0x5d) { return ascend(.array([])) }
        while true {
            skipSpace()
            values.append(try parseValue())
            skipSpace()
            if take(0x5d) { return ascend(.array(values)) }
            guard take(0x2c) else { throw Mistake(message: "`,` or `]` is expected here", offset: at) }
        }
    }

    /// An object whose keys differ.
    private mutating func parseObject() throws(Mistake) -> JSONValue {
        try descend()
        var members: [(key: String, value: JSONValue)] = []
        var keys: Set<String> = []
        at += 1
        skipSpace()
        if take(0x7d) { return ascend(.object([])) }
        while true {
            skipSpace()
            let start = at
            guard at < bytes.count, bytes[at] == 0x22 else { throw Mistake(message: "a key in quotes is expected here", offset: at) }
            let key = try parseString()
            guard keys.insert(key).inserted else { throw Mistake(message: "the key \"\(key.prefix(60))\" stands there twice", offset: start) }
            skipSpace()
            guard take(0x3a) else { throw Mistake(message: "`:` is expected here", offset: at) }
            skipSpace()
            members.append((key, try parseValue()))
            skipSpace()
            if take(0x7d) { return ascend(.object(members)) }
            guard take(0x2c) else { throw Mistake(message: "`,` or `}` is expected here", offset: at) }
        }
    }

    /// A string without its quotes.
    private mutating func parseString() throws(Mistake) -> String {
        at += 1
        let start = at
        while at < bytes.count, bytes[at] != 0x22, bytes[at] != 0x5c, bytes[at] >= 0x20 { at += 1 }
        if at < bytes.count, bytes[at] == 0x22 {
            at += 1
            return String(decoding: bytes[start..<at - 1], as: UTF8.self)
        }
        var text = Array(bytes[start..<at])
        while at < bytes.count {
            let byte = bytes[at]
            if byte == 0x22 {
                at += 1
                return String(decoding: text, as: UTF8.self)
            }
            if byte < 0x20 { throw Mistake(message: "a control character stands in a string", offset: at) }
            if byte == 0x5c {
                try parseEscape(&text)
            } else {
                text.append(byte)
                at += 1
            }
        }
        throw Mistake(message: "the string that starts here is never closed", offset: start - 1)
    }

    /// What a backslash introduces.
    private mutating func parseEscape(_ text: inout [UInt8]) throws(Mistake) {
        let start = at
        guard at + 1 < bytes.count else { throw Mistake(message: "the JSON ends in a string", offset: at) }
        at += 2
        switch bytes[at - 1] {
        case 0x22, 0x5c, 0x2f: text.append(bytes[at - 1])
        case 0x62: text.append(0x08)
        case 0x66: text.append(0x0c)
        case 0x6e: text.append(0x0a)
        case 0x72: text.append(0x0d)
        case 0x74: text.append(0x09)
        case 0x75:
            var code = try parseHex(start)
            if code & 0xfc00 == 0xd800, at + 1 < bytes.count, bytes[at] == 0x5c, bytes[at + 1] == 0x75 {
                at += 2
                let low = try parseHex(start)
                guard low & 0xfc00 == 0xdc00 else { throw Mistake(message: "half a character stands here", offset: start) }
                code = 0x10000 + (code & 0x3ff) << 10 + low & 0x3ff
            }
            guard let scalar = Unicode.Scalar(code) else { throw Mistake(message: "half a character stands here", offset: start) }
            text.append(contentsOf: String(Character(scalar)).utf8)
        default: throw Mistake(message: "there is no such escape in JSON", offset: start)
        }
    }

    /// Four hexadecimal digits.
    private mutating func parseHex(_ start: Int) throws(Mistake) -> UInt32 {
        guard at + 4 <= bytes.count else { throw Mistake(message: "the JSON ends in a string", offset: start) }
        var code: UInt32 = 0
        for index in at..<at + 4 {
            let byte = bytes[index]
            switch byte {
            case 0x30...0x39: code = code << 4 | UInt32(byte - 0x30)
            case 0x41...0x46, 0x61...0x66: code = code << 4 | UInt32((byte | 0x20) - 0x61 + 10)
            default: throw Mistake(message: "four hexadecimal digits follow \\u", offset: start)
            }
        }
        at += 4
        return code
    }

    /// Passes blanks and line ends.
    private mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0a || bytes[at] == 0x0d || bytes[at] == 0x09 { at += 1 }
    }

    /// Passes a byte if it stands here.
    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    /// Enters an array or object.
    private mutating func descend() throws(Mistake) {
        depth += 1
        if depth > Self.deepest { throw Mistake(message: "the JSON is nested more than \(Self.deepest) deep", offset: at) }
    }

    /// Leaves an array or object with its value.
    private mutating func ascend(_ value: JSONValue) -> JSONValue {
        depth -= 1
        return value
    }
}
