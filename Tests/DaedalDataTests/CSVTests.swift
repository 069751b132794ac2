import DaedalData
import DaedalTensor
import Testing

@Suite struct CSVTests {
    private func table(_ text: String, _ change: (inout CSVOptions) -> Void = { _ in }) throws(DataFailure) -> Table {
        var options = CSVOptions.csv
        change(&options)
        return try CSV.table("f", from: MemoryFiles.text(text), options: options)
    }

    @Test func handwrittenDigits() throws {
        let digits = try CSV.open(packageFolder + "/examples/data/digits.csv", from: POSIXFiles())
        #expect(digits.count == 1797)
        #expect(digits.fields.count == 65)
        #expect(try digits.field(named: "digit") == 64)
        #expect(digits.fields.allSatisfy { $0.kind == .integer })
        let rows = ArraySlice([0, 1796, 5])
        let pixels = try digits.tensor(Array(0..<64), rows: rows, as: .f32, transform: Affine(scale: 1 / 16))
        #expect(pixels.shape == [3, 64])
        #expect(pixels.double(at: 2) == 5.0 / 16)
        #expect(try digits.tensor([64], rows: rows, as: .i64).doubles == [0, 8, 5])
        for row in [0, 700, 1796] {
            let one = try digits.tensor(Array(0..<64), rows: [row], as: .f64).doubles
            let record = try digits.record(at: row)
            #expect(record.values.prefix(64).compactMap(\.double) == one)
        }
    }

    private static let texts: [(String, [String])] = [
        ("a,b\n1,2\n3,4\n", ["1 2", "3 4"]),
        ("a,b\r\n1,2\r\n3,4\r\n", ["1 2", "3 4"]),
        ("a,b\r1,2\r3,4", ["1 2", "3 4"]),
        ("\u{FEFF}a,b\n1,2", ["1 2"]),
        ("a,b\n\n\n1,2\n\n3,4\n\n", ["1 2", "3 4"]),
        ("a\n1\n\n2\n", ["1", "2"]),
        ("a,b\n1,2.5\n3,4\n", ["1 2.5", "3 4.0"]),
        ("a,b\nx,1\n\"y,z\",2\n", ["'x' 1", "'y,z' 2"]),
        ("a,b\n\"say \"\"hi\"\"\",2\n", ["'say \"hi\"' 2"]),
        ("a,b\n\"two\nlines\",2\n\"\",3\n", ["'two\nlines' 2", "'' 3"]),
        ("a,b\n 1 , 2.5 \n", ["1 2.5"]),
        ("a,b\n\"1\",\"2.5\"\n", ["1 2.5"]),
        ("a,b\n1,x\n2,7\n3,8\n", ["1 'x'", "2 '7'", "3 '8'"]),
        ("a,b\n1,7\n2,8\n3,x\n", ["1 '7'", "2 '8'", "3 'x'"]),
        ("a,b\n-1,+2\n-0,007\n", ["-1 2", "0 7"]),
        ("a\n9223372036854775807\n-9223372036854775808\n", ["9223372036854775807", "-9223372036854775808"]),
        ("a\n9223372036854775808\n1\n", ["9.223372036854776e+18", "1.0"]),
        ("a\n5000000000\n1\n", ["5000000000", "1"]),
        ("a\n.5\n5.\n1e3\n1E-2\n", ["0.5", "5.0", "1000.0", "0.01"]),
        ("a\nnan\n1\n", ["'nan'", "'1'"]),
        ("é,ß\ngrün,1\n", ["'grün' 1"]),
    ]

    @Test(arguments: texts)
    func reads(_ text: String, _ expected: [String]) throws {
        #expect(try rows(table(text)) == expected)
        // Small buffers meet every boundary.
        #expect(try rows(table(text) { $0.blockSize = 64 }) == expected)
        var options = CSVOptions.csv
        options.memoryLimit = 0
        #expect(try rows(CSV.open("f", from: MemoryFiles.text(text), options: options)) == expected)
    }

    @Test func headerAndMissing() throws {
        #expect(try table("1,2\n3,4\n") { $0.hasHeader = false }.fields.map(\.name) == ["0", "1"])
        #expect(try rows(table("1,2\n3,4\n") { $0.hasHeader = false }) == ["1 2", "3 4"])
        #expect(try rows(table("a,b,c\n1,?,x\n?,4,?\n") { $0.missing = "?" }) == ["1 - 'x'", "- 4 -"])
        #expect(try rows(table("a,b\n1,\n,y\n") { $0.missing = "" }) == ["1 -", "- 'y'"])
        #expect(try rows(table("a,b\n1,-999\n-999,4\n") { $0.missing = "-999" }) == ["1 -", "- 4"])
        let tsv = try CSV.table("f", from: MemoryFiles.text("a\tb\n1\tx,y\n"), options: .tsv)
        #expect(try rows(tsv) == ["1 'x,y'"])
    }

    @Test func boundariesInTheMiddleOfEverything() throws {
        var text = "number,name,other\n", expected: [String] = []
        for row in 0..<500 {
            text += "\(row)\(row % 3 == 0 ? ".25" : ""),\"n\"\"\(row)\n\(String(repeating: "x", count: row % 90))\",\(row * 7919 - 1000)\r\n"
            let number = row % 3 == 0 ? "\(row).25" : "\(row).0"
            expected.append("\(number) 'n\"\(row)\n\(String(repeating: "x", count: row % 90))' \(row * 7919 - 1000)")
        }
        for size in [64, 65, 100, 127, 1000, 1 << 18] {
            #expect(try rows(table(text) { $0.blockSize = size }) == expected)
        }
    }

    private static let malformed: [(String, DataFailure.Kind, Int?, Int?)] = [
        ("", DataFailure.Kind.empty, nil, nil), ("\n\n", .empty, nil, nil), ("a,b\n", .empty, nil, nil), ("\u{FEFF}", .empty, nil, nil),
        ("a,b\n1,2\n3\n", .malformed, 3, 2), ("a,b\n1,2\n3,4,5\n", .malformed, 3, 4), ("a,b\n1,2\n3,\"4\n", .malformed, 3, 3),
        ("a,b\n1,\"2\"x\n", .malformed, 2, 6), ("a,b\n1,\u{0}\n", .malformed, 2, 3), ("\"a,b\n1,2\n", .malformed, 1, 1),
        ("a,b\n\"x\ny\",2\n3\n", .malformed, 4, 2), ("a\n1,2\n", .malformed, 2, 2), ("a,b\n,\n3,4,\n", .malformed, 3, 4),
    ]

    @Test(arguments: malformed)
    func refuses(_ text: String, _ kind: DataFailure.Kind, _ line: Int?, _ column: Int?) throws {
        for size in [64, 1 << 18] {
            let found = failure { () throws(DataFailure) in try table(text) { $0.blockSize = size } }
            #expect(found?.kind == kind)
            #expect(found?.line == line)
            #expect(found?.column == column)
            #expect(found?.file == "f")
        }
    }

    @Test func refusesOtherEncodings() throws {
        for bytes: [UInt8] in [[0xff, 0xfe, 0x61, 0], [0xfe, 0xff, 0, 0x61]] {
            #expect(failure { () throws(DataFailure) in try CSV.table("f", from: file(bytes)) }?.kind == .unsupported)
        }
        let latin = Array("a,b\n1,gr".utf8) + [0xfc] + Array("n\n".utf8)
        let found = failure { () throws(DataFailure) in try CSV.table("f", from: file(latin)) }
        #expect(found?.kind == .malformed && found?.line == 2 && found?.column == 5)
    }

    @Test func textWhereNumbersAreWanted() throws {
        let table = try table("a,b\n1,2\n3,x4\n5,6\n")
        let found = failure { () throws(DataFailure) in try table.tensor([0, 1], rows: [0, 1, 2], as: .f32) }
        #expect(found?.description == "f:3:3: `x4` in column `b` is not a number")
        let empty = try self.table("a,b\n1,2\n3,\n")
        #expect(try empty.tensor([1], rows: [0], as: .f32).doubles == [2])
        let gap = failure { () throws(DataFailure) in try empty.tensor([1], rows: [0, 1], as: .f32) }
        #expect(gap?.line == 3 && gap?.column == 3 && gap?.kind == .malformed)
        #expect(failure { () throws(DataFailure) in try empty.value(at: 1, field: 1) }?.line == 3)
        let real = try self.table("a\n1\n2.5\n")
        #expect(failure { () throws(DataFailure) in try real.tensor([0], rows: [0, 1], as: .i64) }?.line == 3)
        #expect(failure { () throws(DataFailure) in try real.tensor([0], rows: [0, 2], as: .f32) }?.kind == .unfit)
        #expect(failure { () throws(DataFailure) in try real.tensor([1], rows: [0], as: .f32) }?.kind == .unfit)
        #expect(failure { () throws(DataFailure) in try real.field(named: "b") }?.kind == .unfit)
    }

    @Test func leavesMalformedRowsOut() throws {
        for size in [64, 1 << 18] {
            let table = try table("a,b\n1,2\n3\n5,6\n7,8,9\n10,\"11\"x\n12,13\n") {
                $0.skipsMalformed = true
                $0.blockSize = size
            }
            #expect(try rows(table) == ["1 2", "5 6", "12 13"])
            #expect(table.skipped == 3)
            #expect(table.place(of: 2).line == 7)
        }
    }

    @Test func aFileLargerThanMemory() throws {
        var text = "id,x,name\n"
        for row in 0..<30_000 { text += "\(row),\(Double(row) / 8),n\(row % 10)\n" }
        let files = MemoryFiles.text(text)
        var options = CSVOptions.csv
        options.memoryLimit = 1000
        options.blockSize = 4096
        let streamed = try CSV.open("f", from: files, options: options)
        let whole = try CSV.table("f", from: files)
        #expect(streamed.count == 30_000)
        #expect(streamed.fields == whole.fields)
        guard case .blocks(let starts, _) = streamed.access else { throw DataFailure(.unfit, "not in blocks") }
        #expect(starts.count > 1)
        let plan = try BatchPlan(rows: RowSet(0..<30_000), batchSize: 512, shuffle: true, seed: 1, epoch: 0, access: streamed.access)
        var seen = Set<Int>()
        for batch in 0..<plan.count {
            let rows = plan.rows(ofBatch: batch)[...]
            seen.formUnion(rows)
            let a = try streamed.tensor([0, 1], rows: rows, as: .f64), b = try whole.tensor([0, 1], rows: rows, as: .f64)
            #expect(a.doubles == b.doubles)
        }
        #expect(seen.count == 30_000)
        #expect(try show(streamed.value(at: 29_999, field: 2)) == "'n9'")
        let other = try CSV.open("f", from: files, options: options)
        files["f"] = Array((text + "1,2,x\n").utf8)
        #expect(failure { () throws(DataFailure) in try other.record(at: 7) }?.kind == .changed)
    }
}
