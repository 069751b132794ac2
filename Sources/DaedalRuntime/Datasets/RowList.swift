import DaedalData
import DaedalSyntax
import DaedalTensor

/// Rows that the program itself makes: lists of records, `rows(n, i => …)`.
enum RowList {
    /// A table of records.
    static func table(_ items: [Value], named name: String, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Table {
        var table = RecordTable()
        for item in items { table.append(try values(item, in: context, at: span)) }
        do throws(DataFailure) { return try table.table(name: name) } catch { throw RuntimeFailure(data: error, at: span) }
    }

    /// The fields of a record.
    static func values(_ item: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> [(name: String, value: FieldValue)] {
        switch item {
        case .record(let record):
            var result: [(name: String, value: FieldValue)] = []
            for (i, field) in record.fields.enumerated() {
                result.append((record.names?[i] ?? String(i), try self.field(field, in: context, at: span)))
            }
            return result
        case .dictionary(let dictionary):
            var result: [(name: String, value: FieldValue)] = []
            for (key, value) in zip(dictionary.keys, dictionary.values) { result.append((key.pathText, try field(value, in: context, at: span))) }
            return result
        default:
            throw RuntimeFailure("E403", "a row is a record, like `(x: 1.5, y: 0)`; this is \(item.kindWithArticle)", at: span)
        }
    }

    /// A value of the program as a field.
    static func field(_ value: Value, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> FieldValue {
        switch value {
        case .none: return .missing
        case .bool(let value): return .bool(value)
        case .int(let value): return .integer(value)
        case .float(let value): return .number(value)
        case .string(let text): return .text(text.text)
        case .tensor(let tensor):
            let value = try context.force(tensor, at: span)
            if value.shape.rank > 0 { return .tensor(value) }
            return value.type.isFloat ? .number(value.double(at: 0)) : value.type == .bool ? .bool(value.int(at: 0) != 0) : .integer(value.int(at: 0))
        case .list(let list):
            if value.isNumberList, let tensor = try TensorLiteral.tensor(from: value, in: context, at: span) {
                return .tensor(try context.force(tensor, at: span))
            }
            var items: [FieldValue] = []
            for item in list.items { items.append(try field(item, in: context, at: span)) }
            return .list(items)
        case .record, .dictionary:
            let fields = try values(value, in: context, at: span)
            return .record(Record(names: FieldNames(fields.map(\.name)), values: fields.map(\.value)))
        default: throw RuntimeFailure("E403", "a field of a row cannot be \(value.kindWithArticle)", at: span)
        }
    }
}

/// Two sources side by side, row by row.
struct JoinedSource: RecordSource {
    private let first: any RecordSource
    private let second: Table
    let fields: [Field]
    let fieldNames: FieldNames

    /// Precondition: as many rows in both.
    init(_ first: any RecordSource, _ second: Table) {
        self.first = first
        self.second = second
        fields = first.fields + second.fields
        fieldNames = FieldNames(fields.map(\.name))
    }

    var name: String { first.name }
    var count: Int { first.count }
    var access: RowAccess { first.access }
    var isCostly: Bool { first.isCostly }
    var skipped: Int { first.skipped }
    func place(of row: Int) -> (file: String?, line: Int?) { first.place(of: row) }
    func steps(of field: Int) -> (type: ElementType, item: Shape)? { field < first.fields.count ? first.steps(of: field) : nil }

    func record(at row: Int) throws(DataFailure) -> Record {
        Record(names: fieldNames, values: try first.record(at: row).values + second.record(at: row).values)
    }

    func value(at row: Int, field: Int) throws(DataFailure) -> FieldValue {
        field < first.fields.count ? try first.value(at: row, field: field) : try second.value(at: row, field: field - first.fields.count)
    }

    func gather(_ fields: [Int], rows: ArraySlice<Int>, into target: Tensor, transform: Affine?) throws(DataFailure) {
        let split = first.fields.count
        if fields.allSatisfy({ $0 < split }) { return try first.gather(fields, rows: rows, into: target, transform: transform) }
        if fields.allSatisfy({ $0 >= split }) { return try second.gather(fields.map { $0 - split }, rows: rows, into: target, transform: transform) }
        var at = 0
        for (index, row) in rows.enumerated() {
            at = index * (target.count / max(rows.count, 1))
            for field in fields {
                let value = try self.value(at: row, field: field)
                let numbers: [Double] = if case .tensor(let tensor) = value { tensor.doubles } else { [value.double ?? .nan] }
                for number in numbers {
                    guard at < target.count else { break }
                    let offset = at - index * (target.count / max(rows.count, 1))
                    target.write((transform?.apply(number, at: offset)) ?? number, at: at)
                    at += 1
                }
            }
        }
    }
}

extension Affine {
    /// The result for one number of a row.
    func apply(_ value: Double, at offset: Int) -> Double {
        value * scale[scale.count == 1 ? 0 : offset] + shift[shift.count == 1 ? 0 : offset]
    }
}

extension Tensor {
    /// Writes one number. Precondition: the caller made the tensor.
    func write(_ value: Double, at index: Int) {
        switch type {
        case .bool: elements(as: Bool.self)[index] = value != 0
        case .i32: elements(as: Int32.self)[index] = Int32(truncatingIfNeeded: Int64(clampedTruncating: value))
        case .i64: elements(as: Int64.self)[index] = Int64(clampedTruncating: value)
        case .f32: elements(as: Float.self)[index] = Float(value)
        case .f64: elements(as: Double.self)[index] = value
        }
    }
}
