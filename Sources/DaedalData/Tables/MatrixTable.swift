import DaedalTensor

/// The rows of one matrix, whose columns are fields with numbers for names.
package final class MatrixTable: RecordSource {
    package let name: String
    package let fields: [Field]
    package let fieldNames: FieldNames
    package let count: Int
    private let file: String?
    private let width: Int
    private let values: Column.Values

    /// Takes a column whose rows are vectors. Nil for any other.
    init?(name: String, column: Column, file: String?) {
        guard case .tensor(let type, let shape) = column.kind, shape.rank == 1, let width = shape.elementCount, width > 0 else { return nil }
        self.name = name
        self.file = file
        self.width = width
        count = column.count
        values = column.values
        let kind: Field.Kind = type == .bool ? .bool : type.isFloat ? .real : .integer
        fields = (0..<width).map { Field(name: String($0), kind: kind) }
        fieldNames = FieldNames(fields.map(\.name))
    }

    /// Takes a tensor of rank 2. Nil for any other.
    package convenience init?(name: String, tensor: Tensor) {
        guard tensor.shape.rank == 2 else { return nil }
        self.init(name: name, column: Column(name: name, values: .tensor(tensor)), file: nil)
    }

    package func place(of row: Int) -> (file: String?, line: Int?) { (file, nil) }

    package func record(at row: Int) throws(DataFailure) -> Record {
        var all: [FieldValue] = []
        for field in fields.indices { all.append(try value(at: row, field: field)) }
        return Record(names: fieldNames, values: all)
    }

    package func value(at row: Int, field: Int) throws(DataFailure) -> FieldValue {
        guard fields.indices.contains(field) else { throw unfit("there is no column \(field) among \(width)", row: row) }
        let kind = fields[field].kind
        let one = try allocate(kind == .bool ? .bool : kind == .real ? .f64 : .i64, [1], for: "a number")
        try gather([field], rows: [row], into: one, transform: nil)
        switch kind {
        case .bool: return .bool(one.int(at: 0) != 0)
        case .real: return .number(one.double(at: 0))
        case .integer, .text, .tensor, .any: return .integer(one.int(at: 0))
        }
    }

    package func gather(_ fields: [Int], rows: ArraySlice<Int>, into target: Tensor, transform: Affine?) throws(DataFailure) {
        let targetWidth = try check(fields, rows, target, transform)
        // Neighbouring columns are copied together.
        var from = 0
        while from < fields.count {
            var to = from + 1
            while to < fields.count && fields[to] == fields[to - 1] + 1 { to += 1 }
            let gather = Gather(
                rows: rows, width: to - from, stride: width, sourceOffset: fields[from], target: target, targetWidth: targetWidth,
                targetOffset: from, transform: transform)
            let misfit: Int? =
                switch values {
                case .tensor(let tensor): gather.run(tensor)
                case .packed(let packed): gather.run(packed)
                case .int32, .int64, .double, .text, .any: nil
                }
            if let misfit { throw unfit("a value of row \(misfit) is no \(target.type.name)") }
            from = to
        }
    }
}
