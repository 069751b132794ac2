import DaedalTensor

/// One column of a table in memory, its values side by side.
package struct Column: Sendable {
    /// The values, in the narrowest form that holds them all.
    package enum Values: Sendable {
        case int32([Int32])
        case int64([Int64])
        case double([Double])
        case text(TextValues)
        /// The first axis is the rows.
        case tensor(Tensor)
        /// Elements of a file format that tensors do not have (bytes, 16-bit numbers), kept as they are.
        case packed(PackedRows)
        case any([FieldValue])
    }

    package let name: String
    package let values: Values
    /// A mark for each row, or nil when nothing is missing.
    let gaps: [Gap]?
    /// The first cell that is text, if there is one; then the column is text.
    let firstText: CellPlace?
    /// The first cell that is empty, though empty cells were not declared as missing.
    let firstEmpty: CellPlace?

    /// Whether a row has a value.
    enum Gap: UInt8, Sendable {
        case none
        /// The cell holds what was declared to mean that the value is missing.
        case missing
        /// The cell is empty and nothing was declared.
        case empty
    }

    /// A column; without `gaps` every row has a value.
    init(name: String, values: Values, gaps: [Gap]? = nil, firstText: CellPlace? = nil, firstEmpty: CellPlace? = nil) {
        self.name = name
        self.values = values
        self.gaps = gaps
        self.firstText = firstText
        self.firstEmpty = firstEmpty
    }

    /// The number of rows.
    package var count: Int {
        switch values {
        case .int32(let values): values.count
        case .int64(let values): values.count
        case .double(let values): values.count
        case .text(let values): values.count
        case .tensor(let tensor): tensor.shape.first?.known ?? 0
        case .packed(let rows): rows.count
        case .any(let values): values.count
        }
    }

    /// What the values are.
    package var kind: Field.Kind {
        switch values {
        case .int32, .int64: return .integer
        case .double: return .real
        case .text: return .text
        case .any: return .any
        case .packed(let rows): return rows.fieldKind
        case .tensor(let tensor):
            if tensor.shape.rank > 1 { return .tensor(tensor.type, tensor.shape.removing(axis: 0)) }
            return tensor.type == .bool ? .bool : tensor.type.isFloat ? .real : .integer
        }
    }
}

/// Where a cell stands in its file, and how it reads.
struct CellPlace: Sendable, Equatable {
    let row: Int
    let line: Int
    /// The position in the line in bytes, counted from 1.
    let column: Int
    /// At most some dozens of characters of it.
    let text: String
}

/// Texts side by side in one array of bytes.
package struct TextValues: Sendable {
    var bytes: [UInt8] = []
    /// Where each text ends.
    var ends: [Int] = []

    /// No texts.
    package init() {}

    /// The number of texts.
    package var count: Int { ends.count }

    /// A text.
    package subscript(row: Int) -> String {
        String(decoding: bytes[(row == 0 ? 0 : ends[row - 1])..<ends[row]], as: UTF8.self)
    }

    /// Appends a text.
    package mutating func append(_ text: some Sequence<UInt8>) {
        bytes.append(contentsOf: text)
        ends.append(bytes.count)
    }

    /// Appends all texts of another.
    mutating func append(contentsOf other: TextValues) {
        let start = bytes.count
        bytes.append(contentsOf: other.bytes)
        ends.append(contentsOf: other.ends.lazy.map { $0 + start })
    }
}
