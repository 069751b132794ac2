import DaedalData
import DaedalTensor
import Testing

/// Whatever bytes a text file holds, reading it ends in rows or in one failure that names the file.
@Suite struct FuzzTests {
    private static let table = "\u{FEFF}id,\"na,me\",x\r\n1,\"two\nlines\",2.5\r\n2,é,-1e3\r\n3,\"a\"\"b\",.5\n\n4,,7"
    private static let lines =
        "{\"a\": 1, \"b\": [1, 2.5], \"c\": \"\\u00e9\\n\"}\n{\"a\": null, \"b\": [3, 4], \"d\": {\"x\": true}}\r\n[1, \"two\"]\n"

    private func readTable(_ bytes: [UInt8], blockSize: Int, limit: Int) throws(DataFailure) {
        var options = CSVOptions.csv
        options.blockSize = blockSize
        options.memoryLimit = limit
        options.missing = "7"
        let source = try CSV.open("f", from: file(bytes), options: options)
        _ = try rows(source)
        for field in source.fields.indices where source.fields[field].kind != .text {
            _ = failure { () throws(DataFailure) in try source.tensor([field], rows: ArraySlice(0..<source.count), as: .f32) }
        }
    }

    private func readLines(_ bytes: [UInt8], limit: Int) throws(DataFailure) {
        var options = JSONL.Options()
        options.memoryLimit = limit
        _ = try rows(JSONL.open("f", from: file(bytes), options: options))
    }

    private func check(_ table: [UInt8], _ lines: [UInt8]) {
        for (size, limit) in [(64, 1 << 20), (1 << 12, 1 << 20), (64, 0)] {
            let found = failure { () throws(DataFailure) in try readTable(table, blockSize: size, limit: limit) }
            #expect(found == nil || found?.file == "f", "\(table)")
        }
        for limit in [0, 1 << 20] {
            let found = failure { () throws(DataFailure) in try readLines(lines, limit: limit) }
            #expect(found == nil || found?.file == "f", "\(lines)")
        }
    }

    @Test func cutAtEveryByte() {
        let table = Array(Self.table.utf8), lines = Array(Self.lines.utf8)
        for length in 0...max(table.count, lines.count) { check(Array(table.prefix(length)), Array(lines.prefix(length))) }
    }

    @Test func damaged() {
        let alphabet = Array("0123456789.-+eE,\"\n\r\t ;{}[]:\\u\0é".utf8) + [0xff, 0x80, 0xc3]
        for seed in 0..<3000 {
            var random = Philox(seed: UInt64(seed)), table = Array(Self.table.utf8), lines = Array(Self.lines.utf8)
            for _ in 0...random.next(below: 6) {
                let byte = alphabet[Int(random.next(below: UInt64(alphabet.count)))]
                let a = Int(random.next(below: UInt64(table.count))), b = Int(random.next(below: UInt64(lines.count)))
                switch random.next(below: 3) {
                case 0: (table[a], lines[b]) = (byte, byte)
                case 1:
                    table.insert(byte, at: a)
                    lines.insert(byte, at: b)
                default:
                    table.remove(at: a)
                    lines.remove(at: b)
                }
            }
            check(table, lines)
        }
    }

    @Test func everySizeOfBlockReadsTheSame() throws {
        var text = "a,b,c\n"
        var random = Philox(seed: 8)
        for _ in 0..<200 {
            let cells = (0..<3).map { column in
                column == 1 ? ["x", "\"q,\"\"\n\"", "\"\"", "é"][Int(random.next(below: 4))] : "\(Int(random.next(below: 100_000)) - 500)"
            }
            text += cells.joined(separator: ",") + ["\n", "\r\n", "\r", "\n\n"][Int(random.next(below: 4))]
        }
        let expected = try rows(CSV.table("f", from: MemoryFiles.text(text)))
        #expect(expected.count == 200)
        for size in 64..<200 {
            var options = CSVOptions.csv
            options.blockSize = size
            #expect(try rows(CSV.table("f", from: MemoryFiles.text(text), options: options)) == expected)
            options.memoryLimit = 0
            #expect(try rows(CSV.open("f", from: MemoryFiles.text(text), options: options)) == expected)
        }
    }
}
