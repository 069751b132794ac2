/// The words that the grammar knows: reserved everywhere, or keywords only where the grammar says so.
package enum Word: UInt8, Sendable, CaseIterable {
    /// Any other name.
    case other
    // Reserved.
    case and, `break`, `continue`, `else`, `false`, fn, `for`, `if`, `import`, `in`, `let`, new, none, not, or, `return`, `true`, `var`, `while`
    // Keywords in their place, free as names elsewhere.
    case network, dataset, optimizer, train, test, minimize, over, with, on, `as`
    case param, state, forward, update, input, step, each, field
    // Units (with `step`).
    case steps, epoch, epochs, second, seconds

    package var text: String { String(describing: self) }

    package var isReserved: Bool { rawValue >= Word.and.rawValue && rawValue <= Word.while.rawValue }

    /// The reserved word of a text; nil for any other.
    init?(reserved text: String) {
        guard let word = Self.allCases.first(where: { $0.isReserved && $0.text == text }) else { return nil }
        self = word
    }

    /// The unit that the word names after a number.
    package var unit: Unit? {
        switch self {
        case .step, .steps: .steps
        case .epoch, .epochs: .epochs
        case .second, .seconds: .seconds
        default: nil
        }
    }

    /// The words by first letter, each with its first eight bytes packed and its length.
    private static let table: [[(packed: UInt64, length: Int, word: Word)]] = {
        var table = Array(repeating: [(packed: UInt64, length: Int, word: Word)](), count: 26)
        for word in allCases where word != .other {
            let bytes = Array(word.text.utf8)
            let packed = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            table[Int(bytes[0] - UInt8(ascii: "a"))].append((packed, bytes.count, word))
        }
        return table
    }()

    /// The word that the bytes spell.
    static func spelled(by bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Word {
        guard let first = bytes.first, first >= UInt8(ascii: "a"), first <= UInt8(ascii: "z"), bytes.count <= 9 else { return .other }
        var packed: UInt64 = 0
        for byte in bytes.prefix(8) { packed = packed << 8 | UInt64(byte) }
        for entry in table[Int(first - UInt8(ascii: "a"))] where entry.packed == packed && entry.length == bytes.count {
            // The only word of nine letters is `optimizer`.
            if entry.length == 9, bytes[bytes.startIndex + 8] != UInt8(ascii: "r") { continue }
            return entry.word
        }
        return .other
    }
}
