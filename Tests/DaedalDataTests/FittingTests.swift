import DaedalData
import DaedalTensor
import Testing

@Suite struct FittingTests {
    @Test func statistics() throws {
        var random = Philox(seed: 9)
        let values = (0..<30_000).map { Float(1e6 + random.nextUnit() * Double($0 % 3 + 1)) }
        let table = try Table(tensors: [("x", Tensor(values, shape: [10_000, 3]))])
        let rows = Array(stride(from: 1, to: 10_000, by: 2))
        let fitted = try ColumnStatistics.fit(table, fields: [0], rows: rows)
        #expect(fitted.count == 5000 && fitted.width == 3)
        for column in 0..<3 {
            let own = rows.map { Double(values[$0 * 3 + column]) }
            let mean = own.reduce(0, +) / 5000
            let std = (own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 5000).squareRoot()
            #expect(abs(fitted.mean[column] - mean) < 1e-6)
            #expect(abs(fitted.std[column] / std - 1) < 1e-9)
            #expect(fitted.low[column] == own.min() && fitted.high[column] == own.max())
        }
        let standard = try table.tensor([0], rows: rows[...], as: .f64, transform: fitted.standardizing)
        let again = try ColumnStatistics.fit(Table(tensors: [("x", standard)]), fields: [0], rows: 0..<5000)
        #expect(again.mean.allSatisfy { abs($0) < 1e-6 } && again.std.allSatisfy { abs($0 - 1) < 1e-6 })
        let normal = try table.tensor([0], rows: rows[...], as: .f64, transform: fitted.normalizing).doubles
        #expect(abs((normal.min() ?? 9)) < 1e-6 && abs((normal.max() ?? 9) - 1) < 1e-6)
    }

    @Test func constantsAndFailures() throws {
        let table = try CSV.table("f", from: MemoryFiles.text("a,b,c\n1,2,x\n1,4,y\n"))
        let fitted = try ColumnStatistics.fit(table, fields: [0, 1], rows: [0, 1])
        #expect(try table.tensor([0, 1], rows: [0, 1], as: .f32, transform: fitted.standardizing).doubles == [0, -1, 0, 1])
        #expect(failure { () throws(DataFailure) in try ColumnStatistics.fit(table, fields: [0], rows: []) }?.kind == .unfit)
        #expect(failure { () throws(DataFailure) in try ColumnStatistics.fit(table, fields: [2], rows: [0]) }?.kind == .malformed)
        let infinite = try Table(tensors: [("x", Tensor([Float(1), .nan, 2], shape: [3]))])
        #expect(failure { () throws(DataFailure) in try ColumnStatistics.fit(infinite, fields: [0], rows: 0..<3) }?.message.contains("row 1") == true)
    }

    @Test func vocabularies() throws {
        let table = try CSV.table("f", from: MemoryFiles.text("w,k,z\nb,3,0.5\na,1,1\nb,3,1\nc,2,1\na,3,1\nb,9,1\n"))
        let rows = Array(0..<6)
        func names(_ vocabulary: Vocabulary) -> [String] { vocabulary.keys.map { show($0.fieldValue) } }
        #expect(try names(.fit(table, field: 0, rows: rows)) == ["'b'", "'a'", "'c'"])
        #expect(try names(.fit(table, field: 0, rows: [1, 3, 4, 0], order: .frequency)) == ["'a'", "'c'", "'b'"])
        #expect(try names(.fit(table, field: 0, rows: rows, order: .sorted)) == ["'a'", "'b'", "'c'"])
        #expect(try names(.fit(table, field: 0, rows: rows, most: 2)) == ["'b'", "'a'"])
        let classes = try Vocabulary.fit(table, field: 1, rows: 0..<5, order: .sorted)
        #expect(names(classes) == ["1", "2", "3"])
        #expect(classes.counts == [1, 1, 3])
        let codes = try Tensor(uninitialized: .i64, shape: [2])
        try classes.encode(table, field: 1, rows: [0, 1], into: codes)
        #expect(codes.doubles == [2, 0])
        try classes.encode(table, field: 1, rows: [5, 1], into: codes, offset: 2, unknown: 1)
        #expect(codes.doubles == [1, 2])
        let unseen = failure { () throws(DataFailure) in try classes.encode(table, field: 1, rows: [5, 1], into: codes) }
        #expect(unseen?.line == 7 && unseen?.message.contains("9") == true)
        #expect(failure { () throws(DataFailure) in try Vocabulary.fit(table, field: 2, rows: rows) }?.line == 2)
    }
}
