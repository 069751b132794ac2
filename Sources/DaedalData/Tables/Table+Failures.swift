import DaedalTensor

extension RecordSource {
    /// Checks what a gather was asked for, and gives the number of elements of a target row.
    func check(_ fields: [Int], _ rows: ArraySlice<Int>, _ target: Tensor, _ transform: Affine?) throws(DataFailure) -> Int {
        var width = 0
        for index in fields {
            guard self.fields.indices.contains(index) else { throw unfit("there is no column \(index) among \(self.fields.count)") }
            guard let more = self.fields[index].width else { throw try notNumeric(index) }
            width += more
        }
        guard target.shape.first?.known == rows.count, target.count == rows.count * width else {
            throw unfit("\(rows.count) rows of \(width) numbers do not fit a tensor \(target.shape)")
        }
        if let wanted = transform?.width, wanted != width {
            throw unfit("\(wanted) scales do not fit \(width) numbers a row")
        }
        for row in rows where row < 0 || row >= count { throw unfit("there is no row \(row) among \(count)") }
        return width
    }
}

extension Table {
    /// The failure of an empty cell that nothing declares to be missing.
    func emptyCell(_ column: Column, row: Int) -> DataFailure {
        let here = column.firstEmpty.flatMap { $0.row == row ? $0 : nil }
        return DataFailure(
            .malformed, "a cell of the number column `\(column.name)` is empty; `missing: \"\"` reads empty cells as missing",
            file: file, line: here?.line ?? lines?.line(of: row), column: here?.column)
    }

    /// The failure of a missing value where a number is wanted.
    func missingCell(_ column: Column, row: Int) -> DataFailure {
        DataFailure(.unfit, "the value of column `\(column.name)` is missing here", file: file, line: lines?.line(of: row))
    }

    package func notNumeric(_ field: Int) throws(DataFailure) -> DataFailure { notNumber(columns[field]) }

    /// The failure of a column that holds no numbers.
    func notNumber(_ column: Column) -> DataFailure {
        guard let place = column.firstText else {
            return DataFailure(.unfit, "column `\(column.name)` does not hold numbers", file: file)
        }
        return DataFailure(
            .malformed, "`\(place.text)` in column `\(column.name)` is not a number", file: file, line: place.line, column: place.column)
    }
}

/// The line on which each row stands: one a row, but for the rows listed.
package struct LineMap: Sendable {
    /// Rows that do not stand on the line after the row before, with their lines; the first row is always there.
    private var jumps: [(row: Int, line: Int)] = []
    private var next = 0

    /// No rows yet.
    package init() {}

    /// Notes the line of the next row.
    mutating func note(row: Int, line: Int) {
        if jumps.isEmpty || line != next { jumps.append((row, line)) }
        next = line + 1
    }

    /// The line of a row.
    package func line(of row: Int) -> Int? {
        var low = 0, high = jumps.count
        while low < high {
            let middle = (low + high) / 2
            if jumps[middle].row <= row { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        return jumps[low - 1].line + row - jumps[low - 1].row
    }
}
