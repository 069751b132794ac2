import DaedalTensor

/// Some rows of another source in an order of their own: what `filter` keeps, a table sorted by time, the rows of one group side by side.
package struct RowView: RecordSource {
    private let base: any RecordSource
    private let rows: RowSet
    package let access: RowAccess

    /// Shows these rows of a source. Precondition: each is one of its rows.
    package init(_ base: any RecordSource, rows: RowSet) {
        self.base = base
        self.rows = rows
        access = Self.access(base.access, rows)
    }

    package var name: String { base.name }
    package var fields: [Field] { base.fields }
    package var fieldNames: FieldNames { base.fieldNames }
    package var count: Int { rows.count }
    package var isCostly: Bool { base.isCostly }
    package var skipped: Int { base.skipped }

    /// Rows in the order of a file stay cheap block by block.
    private static func access(_ access: RowAccess, _ rows: RowSet) -> RowAccess {
        func starts(_ starts: [Int]) -> [Int] {
            var result: [Int] = [], block = -1
            for (position, row) in rows.enumerated() {
                var next = max(block, 0)
                while next + 1 < starts.count && starts[next + 1] <= row { next += 1 }
                if next != block || position == 0 { result.append(position) }
                block = next
            }
            return result
        }
        let isForward = zip(rows, rows.dropFirst()).allSatisfy { $0 < $1 }
        switch access {
        case .blocks(let all, let keeps) where isForward: return .blocks(starts: starts(all), keeps: keeps)
        case .forward(let all, let keeps) where isForward: return .forward(starts: starts(all), keeps: keeps)
        default: return .anywhere
        }
    }

    /// The row of the source behind a row of this.
    private func row(_ row: Int) throws(DataFailure) -> Int {
        guard row >= 0, row < rows.count else { throw DataFailure(.unfit, "there is no row \(row) among \(rows.count)") }
        return rows[row]
    }

    package func place(of row: Int) -> (file: String?, line: Int?) { row >= 0 && row < rows.count ? base.place(of: rows[row]) : (nil, nil) }
    package func steps(of field: Int) -> (type: ElementType, item: Shape)? { base.steps(of: field) }
    package func record(at row: Int) throws(DataFailure) -> Record { try base.record(at: self.row(row)) }
    package func value(at row: Int, field: Int) throws(DataFailure) -> FieldValue { try base.value(at: self.row(row), field: field) }
    package func notNumeric(_ field: Int) throws(DataFailure) -> DataFailure { try base.notNumeric(field) }

    package func gather(_ fields: [Int], rows: ArraySlice<Int>, into target: Tensor, transform: Affine?) throws(DataFailure) {
        var inner: [Int] = []
        inner.reserveCapacity(rows.count)
        for row in rows { inner.append(try self.row(row)) }
        try base.gather(fields, rows: inner[...], into: target, transform: transform)
    }
}
