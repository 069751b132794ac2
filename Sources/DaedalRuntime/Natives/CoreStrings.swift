extension CoreNatives {
    /// `split join trim upper lower replace contains starts_with ends_with find code char`; characters are extended grapheme clusters.
    static var strings: [NativeFunction] {
        [
            native("join", [.init("xs"), .init("separator", .string(""))], .pure(result: .string)) { (call) throws(RuntimeFailure) in
                var parts: [String] = []
                for item in try call.sequence(0) { parts.append(try item.text(in: call.context)) }
                return .string(parts.joined(separator: try call.text(1)))
            },
            native("trim", [.init("s")], .pure(result: .string)) { (call) throws(RuntimeFailure) in .string(trimmed(try call.text(0))) },
            native("upper", [.init("s")], .pure(result: .string)) { (call) throws(RuntimeFailure) in .string(try call.text(0).uppercased()) },
            native("lower", [.init("s")], .pure(result: .string)) { (call) throws(RuntimeFailure) in .string(try call.text(0).lowercased()) },
            native("replace", [.init("x"), .init("old"), .init("new_")], .pure(result: .anything)) { (call) throws(RuntimeFailure) in
                if case .model = call[0] { return try ModelNatives.replaced(call) }
                // The checker's models are of another kind: what becomes of one is not known before the program runs.
                if call.context.isChecking {
                    guard case .string = call[0] else { return .unknown(.anything) }
                }
                let old = try call.text(1)
                if old.isEmpty { throw call.failure("E503", "nothing cannot be replaced: `old` is empty") }
                return .string(pieces(try call.text(0), old).joined(separator: try call.text(2)))
            },
            native("contains", [.init("xs"), .init("x")], .pure(result: .bool)) { (call) throws(RuntimeFailure) in
                if case .string(let string) = call[0] { return .bool(position(of: try call.text(1), in: string.text) != nil) }
                if case .dictionary(let dictionary) = call[0] { return .bool(DictionaryKey(call[1]).map { dictionary[$0] != nil } ?? false) }
                for item in try call.sequence(0) where try Equality.equal(item, call[1], in: call.context) { return .bool(true) }
                return .bool(false)
            },
            native("starts_with", [.init("s"), .init("start")], .pure(result: .bool)) { (call) throws(RuntimeFailure) in
                .bool(try call.text(0).hasPrefix(try call.text(1)))
            },
            native("ends_with", [.init("s"), .init("end")], .pure(result: .bool)) { (call) throws(RuntimeFailure) in
                .bool(try call.text(0).hasSuffix(try call.text(1)))
            },
            native("find", [.init("xs"), .init("x")], .pure(result: .anything)) { (call) throws(RuntimeFailure) in
                if case .string(let string) = call[0] {
                    return position(of: try call.text(1), in: string.text).map { Value.int($0) } ?? Value.none
                }
                for (at, item) in try call.sequence(0).enumerated() where try Equality.equal(item, call[1], in: call.context) { return .int(at) }
                return .none
            },
            native("code", [.init("character")], .pure(result: .int)) { (call) throws(RuntimeFailure) in
                let scalars = try call.text(0).unicodeScalars
                guard let scalar = scalars.first, scalars.count == 1 else { throw call.wrongKind(0, "one character") }
                return .int(Int(scalar.value))
            },
            native("char", [.init("code")], .pure(result: .string)) { (call) throws(RuntimeFailure) in
                let code = try call.int(0)
                guard let number = UInt32(exactly: code), let scalar = Unicode.Scalar(number) else {
                    throw call.failure("E503", "\(code) is no character's code")
                }
                return .string(String(Character(scalar)))
            },
        ]
    }

    /// The parts of a string between separators; without a separator, the words between white space.
    static func split(_ text: String, _ separator: String?) -> [String] {
        guard let separator else { return text.split(whereSeparator: \.isWhitespace).map(String.init) }
        return separator.isEmpty ? text.map(String.init) : pieces(text, separator)
    }

    private static func trimmed(_ text: String) -> String {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }), let last = text.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(text[first...last])
    }

    /// A string cut at every occurrence of a separator that is not empty.
    private static func pieces(_ text: String, _ separator: String) -> [String] {
        let characters = Array(text), wanted = Array(separator)
        var parts: [String] = [], start = 0, at = 0
        while at + wanted.count <= characters.count {
            if characters[at] == wanted[0], characters[at..<at + wanted.count].elementsEqual(wanted) {
                parts.append(String(characters[start..<at]))
                at += wanted.count
                start = at
            } else {
                at += 1
            }
        }
        return parts + [String(characters[start...])]
    }

    /// The number of the character at which a part first stands.
    static func position(of part: String, in text: String) -> Int? {
        let characters = Array(text), wanted = Array(part)
        if wanted.isEmpty { return 0 }
        guard characters.count >= wanted.count else { return nil }
        return (0...characters.count - wanted.count).first { characters[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }
}
