import DaedalTensor

/// Rows in memory, held as columns.
package final class Table: RecordSource {
    package let name: String
    /// The columns in order.
    package let columns: [Column]
    package let fields: [Field]
    package let fieldNames: FieldNames
    package let count: Int
    package let skipped: Int
    /// The file, where there is one, and the line of each row.
    let file: String?
    let lines: LineMap?

    /// Puts columns side by side. Fails unless they have equally many rows.
    package init(name: String, columns: [Column], file: String? = nil, lines: LineMap? = nil, skipped: Int = 0) throws(DataFailure) {
        count = columns.first?.count ?? 0
        for column in columns where column.count != count {
            throw DataFailure(
                .malformed, "`\(columns[0].name)` has \(count) rows and `\(column.name)` has \(column.count)", file: file)
        }
        self.name = name
        self.columns = columns
        self.file = file
        self.lines = lines
        self.skipped = skipped
        fields = columns.map { Field(name: $0.name, kind: $0.kind) }
        fieldNames = FieldNames(columns.map(\.name))
    }

    /// Tensors side by side, whose first axes are the rows.
    package convenience init(tensors: [(name: String, tensor: Tensor)]) throws(DataFailure) {
        for (name, tensor) in tensors where tensor.shape.rank == 0 {
            throw DataFailure(.unfit, "`\(name)` is a single element: a tensor of rows has at least one axis")
        }
        try self.init(name: "memory", columns: tensors.map { Column(name: $0.name, values: .tensor($0.tensor)) })
    }

    package func place(of row: Int) -> (file: String?, line: Int?) { (file, lines?.line(of: row)) }

    package func record(at row: Int) throws(DataFailure) -> Record {
        var values: [FieldValue] = []
        values.reserveCapacity(columns.count)
        for field in columns.indices { values.append(try value(at: row, field: field)) }
        return Record(names: fieldNames, values: values)
    }

    package func value(at row: Int, field: Int) throws(DataFailure) -> FieldValue {
        guard columns.indices.contains(field) else { throw unfit("there is no column \(field) among \(columns.count)", row: row) }
        guard row >= 0, row < count else { throw unfit("there is no row \(row) among \(count)") }
        let column = columns[field]
        switch column.gaps?[row] ?? .none {
        case .missing: return .missing
        case .empty: throw emptyCell(column, row: row)
        case .none: break
        }
        switch column.values {
        case .int32(let values): return .integer(Int(values[row]))
        case .int64(let values): return .integer(Int(values[row]))
        case .double(let values): return .number(values[row])
        case .text(let values): return .text(values[row])
        case .any(let values): return values[row]
        case .tensor, .packed: return try tensorValue(column, row: row)
        }
    }

    /// The row of a column of tensors.
    private func tensorValue(_ column: Column, row: Int) throws(DataFailure) -> FieldValue {
        let (type, shape): (ElementType, Shape) =
            switch column.values {
            case .tensor(let tensor): (tensor.type, tensor.shape.removing(axis: 0))
            case .packed(let rows): (rows.element.elementType, rows.rowShape)
            default: (.f32, .scalar)
            }
        let value = try allocate(type, shape, for: "a row of `\(column.name)`")
        let width = shape.elementCount ?? 0
        try copy(column, Gather(rows: [row], width: width, target: value, targetWidth: width, targetOffset: 0, transform: nil))
        guard shape.rank == 0 else { return .tensor(value) }
        switch type {
        case .bool: return .bool(value.double(at: 0) != 0)
        case .i32, .i64: return .integer(value.int(at: 0))
        case .f32, .f64: return .number(value.double(at: 0))
        }
    }

    package func gather(_ fields: [Int], rows: ArraySlice<Int>, into target: Tensor, transform: Affine?) throws(DataFailure) {
        let targetWidth = try check(fields, rows, target, transform)
        if rows.isEmpty { return }
        var offset = 0
        for index in fields {
            let column = columns[index], width = self.fields[index].width ?? 0
            if let gaps = column.gaps, let row = rows.first(where: { gaps[$0] != .none }) {
                throw gaps[row] == .empty ? emptyCell(column, row: row) : missingCell(column, row: row)
            }
            try copy(
                column,
                Gather(rows: rows, width: width, target: target, targetWidth: targetWidth, targetOffset: offset, transform: transform))
            offset += width
        }
    }

    /// Copies rows of a column, or fails at a value that does not fit.
    private func copy(_ column: Column, _ gather: Gather) throws(DataFailure) {
        let misfit: Int? =
            switch column.values {
            case .int32(let values): values.withUnsafeBufferPointer { $0.baseAddress.flatMap(gather.run) }
            case .int64(let values): values.withUnsafeBufferPointer { $0.baseAddress.flatMap(gather.run) }
            case .double(let values): values.withUnsafeBufferPointer { $0.baseAddress.flatMap(gather.run) }
            case .tensor(let tensor): gather.run(tensor)
            case .packed(let rows): gather.run(rows)
            case .text, .any: throw notNumber(column)
            }
        if let misfit {
            let wanted = gather.target.type == .bool ? "a boolean (0 or 1)" : "an integer (\(gather.target.type.name))"
            throw unfit("a value of column `\(column.name)` is not \(wanted)", row: misfit)
        }
    }
}

extension Gather {
    /// Copies rows of a tensor.
    func run(_ tensor: Tensor) -> Int? {
        switch tensor.type {
        case .bool: run(UnsafePointer(tensor.pointer.assumingMemoryBound(to: Bool.self)))
        case .i32: run(UnsafePointer(tensor.pointer.assumingMemoryBound(to: Int32.self)))
        case .i64: run(UnsafePointer(tensor.pointer.assumingMemoryBound(to: Int64.self)))
        case .f32: run(UnsafePointer(tensor.pointer.assumingMemoryBound(to: Float.self)))
        case .f64: run(UnsafePointer(tensor.pointer.assumingMemoryBound(to: Double.self)))
        }
    }

    /// Copies packed rows.
    func run(_ rows: PackedRows) -> Int? {
        switch rows.element {
        case .u8: run(rows.pointer(as: UInt8.self))
        case .i8: run(rows.pointer(as: Int8.self))
        case .i16: run(rows.pointer(as: Int16.self))
        case .u16: run(rows.pointer(as: UInt16.self))
        case .u32: run(rows.pointer(as: UInt32.self))
        case .f16: run(rows.pointer(as: HalfBits.self))
        case .bf16: run(rows.pointer(as: BrainBits.self))
        }
    }
}
