/// Numbers of rows in a given order, in four bytes each where they fit, or in none for a range.
package struct RowSet: RandomAccessCollection, Sendable, Equatable {
    /// How the numbers are kept.
    enum Form: Sendable, Equatable {
        case range(Range<Int>)
        case narrow([UInt32])
        case wide([Int])
    }
    var form: Form

    /// No rows.
    package init() { form = .range(0..<0) }

    /// Rows that follow each other.
    package init(_ range: Range<Int>) { form = .range(range) }

    /// Rows in the order given. Precondition: none is negative.
    package init(_ rows: some Collection<Int>) {
        if let largest = rows.max(), largest > Int(UInt32.max) {
            form = .wide(Array(rows))
        } else {
            form = .narrow(rows.map { UInt32($0) })
        }
    }

    /// Room for rows up to `largest`.
    init(capacity: Int, largest: Int) {
        if largest > Int(UInt32.max) {
            var rows: [Int] = []
            rows.reserveCapacity(capacity)
            form = .wide(rows)
        } else {
            var rows: [UInt32] = []
            rows.reserveCapacity(capacity)
            form = .narrow(rows)
        }
    }

    /// Appends a row.
    mutating func append(_ row: Int) {
        switch form {
        case .narrow(var rows):
            form = .range(0..<0)
            rows.append(UInt32(truncatingIfNeeded: row))
            form = .narrow(rows)
        case .wide(var rows):
            form = .range(0..<0)
            rows.append(row)
            form = .wide(rows)
        case .range(let range): form = .wide(Array(range) + [row])
        }
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int {
        switch form {
        case .range(let range): range.count
        case .narrow(let rows): rows.count
        case .wide(let rows): rows.count
        }
    }
    package subscript(position: Int) -> Int {
        switch form {
        case .range(let range): range.lowerBound + position
        case .narrow(let rows): Int(rows[position])
        case .wide(let rows): rows[position]
        }
    }

    /// Appends the rows at some positions to a list.
    func append(_ positions: Range<Int>, to list: inout [Int]) {
        switch form {
        case .range(let range): for position in positions { list.append(range.lowerBound + position) }
        case .narrow(let rows): for position in positions { list.append(Int(rows[position])) }
        case .wide(let rows): list.append(contentsOf: rows[positions])
        }
    }

    package static func == (a: RowSet, b: RowSet) -> Bool { a.elementsEqual(b) }
}
