// DaedalData: where examples come from. In: files through `FileAccess`, tensors, lists of records. Out: rows with named fields,
// batches as tensors, splits and orders of rows, statistics fitted on them, and files written whole or not at all.
// Never: the language, graphs, the engine; a file that was not granted; a trap on what a file holds.

import DaedalTensor

/// Rows that can be asked for by number, one by one or many at once.
package protocol RecordSource: Sendable {
    /// What to call the source in messages: its path, or what it was made of.
    var name: String { get }
    /// The fields that every row has. Empty where rows have fields of their own.
    var fields: [Field] { get }
    /// The names of `fields`.
    var fieldNames: FieldNames { get }
    /// The number of rows.
    var count: Int { get }
    /// In which order rows are cheap.
    var access: RowAccess { get }
    /// Whether a row costs much more than copying its numbers: it is decoded.
    var isCostly: Bool { get }
    /// The rows that were left out because they were malformed.
    var skipped: Int { get }
    /// One row.
    func record(at row: Int) throws(DataFailure) -> Record
    /// One value. Costs less than the whole row.
    func value(at row: Int, field: Int) throws(DataFailure) -> FieldValue
    /// Writes `fields` of `rows` side by side into a tensor whose first axis is the rows; the other axes hold what the fields add up to.
    func gather(_ fields: [Int], rows: ArraySlice<Int>, into target: Tensor, transform: Affine?) throws(DataFailure)
    /// The failure of a field that is asked for numbers and holds others, at the first row that shows it.
    func notNumeric(_ field: Int) throws(DataFailure) -> DataFailure
    /// The element type and shape of one step of a field whose rows differ in their number of steps, where that is known without reading them.
    func steps(of field: Int) -> (type: ElementType, item: Shape)?
    /// Where a row stands in its file.
    func place(of row: Int) -> (file: String?, line: Int?)
}

/// In which order the rows of a source are cheap.
package enum RowAccess: Sendable, Equatable {
    /// Any: everything is in memory.
    case anywhere
    /// Block by block; the numbers are the first rows of the blocks, of which `keeps` stay in memory.
    case blocks(starts: [Int], keeps: Int)
    /// The same, but going back means starting over.
    case forward(starts: [Int], keeps: Int)
}

extension RecordSource {
    package var access: RowAccess { .anywhere }
    package var isCostly: Bool { false }
    package var skipped: Int { 0 }
    package func steps(of field: Int) -> (type: ElementType, item: Shape)? { nil }
    package func place(of row: Int) -> (file: String?, line: Int?) { (nil, nil) }

    package func value(at row: Int, field: Int) throws(DataFailure) -> FieldValue {
        let values = try record(at: row).values
        guard values.indices.contains(field) else { throw unfit("there is no field \(field)", row: row) }
        return values[field]
    }

    /// The number of the field with a name, or a failure that lists what there is.
    package func field(named name: String) throws(DataFailure) -> Int {
        if let index = fieldNames.index(of: name) { return index }
        let known = fields.prefix(12).map { "`\($0.name)`" }.joined(separator: ", ")
        let more = fields.count > 12 ? ", … (\(fields.count) in all)" : ""
        throw DataFailure(.unfit, "there is no column `\(name)`; there is \(known)\(more)", file: place(of: 0).file)
    }

    /// The shape that one row's `fields` take in a tensor: that of the value for one field, else their total width.
    package func rowShape(of fields: [Int]) throws(DataFailure) -> Shape {
        var total = 0
        for index in fields {
            guard self.fields.indices.contains(index) else { throw unfit("there is no column \(index) among \(self.fields.count)") }
            let field = self.fields[index]
            guard let width = field.width else { throw try notNumeric(index) }
            total += width
        }
        if fields.count == 1, case .tensor(_, let shape) = self.fields[fields[0]].kind { return shape }
        if fields.count == 1 { return .scalar }
        guard let size = Size(exactly: total) else { throw DataFailure(.tooLarge, "\(total) columns are too many for a tensor") }
        return [size]
    }

    /// New tensor `[rows, …]` of these fields. A single number column gives `[rows]`.
    package func tensor(
        _ fields: [Int], rows: ArraySlice<Int>, as type: ElementType, transform: Affine? = nil
    ) throws(DataFailure) -> Tensor {
        let shape = try rowShape(of: fields)
        guard let size = Size(exactly: rows.count), shape.rank < Shape.maximumRank else {
            throw DataFailure(.tooLarge, "\(rows.count) rows of \(shape) are too many for a tensor")
        }
        let target = try allocate(type, shape.inserting(size, at: 0), for: "\(rows.count) rows of \(name)")
        try gather(fields, rows: rows, into: target, transform: transform)
        return target
    }

    /// A failure to do with these data what was asked.
    func unfit(_ message: String, row: Int? = nil) -> DataFailure {
        let place = row.map { self.place(of: $0) }
        return DataFailure(.unfit, message, file: place?.file ?? self.place(of: 0).file, line: place?.line)
    }

    package func notNumeric(_ field: Int) throws(DataFailure) -> DataFailure {
        guard count > 0 else { return unfit("column `\(fields[field].name)` has no rows") }
        let shown: String = if case .text(let text) = try value(at: 0, field: field) { " (it starts with `\(text.prefix(40))`)" } else { "" }
        return unfit("column `\(fields[field].name)` does not hold numbers\(shown)", row: 0)
    }
}

/// A new tensor, or the failure in the user's terms.
func allocate(_ type: ElementType, _ shape: Shape, for what: String) throws(DataFailure) -> Tensor {
    do { return try Tensor(uninitialized: type, shape: shape) } catch { throw DataFailure(error, for: what) }
}
