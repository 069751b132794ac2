import DaedalTensor

/// The value of one field of one row.
package enum FieldValue: Sendable {
    /// Nothing stands there.
    case missing
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    /// Behind a pointer, so that rows of plain numbers stay small.
    indirect case tensor(Tensor)
    case list([FieldValue])
    case record(Record)

    /// What this is, for messages: `a number`, `text`, …
    package var kindName: String {
        switch self {
        case .missing: "nothing"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .text: "text"
        case .tensor(let tensor): "a tensor \(tensor.shape)"
        case .list: "a list"
        case .record: "a record"
        }
    }

    /// The value as a double, if it is a number or a boolean.
    package var double: Double? {
        switch self {
        case .bool(let value): value ? 1 : 0
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}

/// One row: values with names or, where the source has none, numbers alone.
package struct Record: Sendable {
    /// The names, shared by the rows of a source; empty when fields only have numbers.
    package let names: FieldNames
    package let values: [FieldValue]

    /// A row. Precondition: as many names as values, or none.
    package init(names: FieldNames, values: [FieldValue]) {
        self.names = names
        self.values = values
    }

    /// The value of a field by name.
    package subscript(name: String) -> FieldValue? {
        guard let index = names.index(of: name), index < values.count else { return nil }
        return values[index]
    }
}

/// The names of fields in order, with a table to find them.
package final class FieldNames: Sendable {
    package let all: [String]
    private let indices: [String: Int]

    /// Names a record's fields. Of equal names the first is found.
    package init(_ names: [String]) {
        all = names
        indices = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
    }

    /// No names.
    package static let none = FieldNames([])

    /// The number of the field with a name.
    package func index(of name: String) -> Int? { indices[name] }
}

/// What a source knows of one of its fields before any row is looked at.
package struct Field: Sendable, Equatable {
    /// What the values are.
    package enum Kind: Sendable, Equatable {
        case bool
        case integer
        case real
        case text
        /// Tensors of one type and shape.
        case tensor(ElementType, Shape)
        /// Values that may differ from row to row.
        case any
    }

    package let name: String
    package let kind: Kind

    package init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// The number of elements that one row's value adds to a tensor, or nil where it has no fixed number of them.
    package var width: Int? {
        switch kind {
        case .bool, .integer, .real: 1
        case .tensor(_, let shape): shape.elementCount
        case .text, .any: nil
        }
    }

    /// The element type that keeps the values as they are: f32 for real numbers, as the language takes them.
    package var elementType: ElementType? {
        switch kind {
        case .bool: .bool
        case .integer: .i64
        case .real: .f32
        case .tensor(let type, _): type
        case .text, .any: nil
        }
    }
}
