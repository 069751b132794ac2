import DaedalData
import DaedalTensor
import Testing

@Suite struct JSONTests {
    private static let texts: [(String, String)] = [
        ("null", "null"), (" true ", "true"), ("[1,-0,2.5,1e3,-1.5E-2]", "[1,0,2.5,1000.0,-0.015]"), ("[]", "[]"), ("{}", "{}"),
        (#"{"b":1,"a":[{}]}"#, #"{"b":1,"a":[{}]}"#), (#""\u00e9\ud83d\ude00\n\/\"\\""#, "\"é😀\\n/\\\"\\\\\""),
        ("9223372036854775807", "9223372036854775807"),
        ("9223372036854775808", "9.223372036854776e+18"), ("0.1", "0.1"), ("1e-400", "0.0"),
    ]

    @Test(arguments: texts)
    func reads(_ text: String, _ expected: String) throws {
        let value = try JSONParser.parse(Array(text.utf8), file: "f")
        #expect(value.json == expected)
        #expect(try JSONParser.parse(Array(value.json.utf8), file: "f") == value)
    }

    private static let malformed: [(String, Int)] = [
        ("", 0), (" ", 1), ("nul", 0), ("tru", 0), ("[1,]", 3), ("[1 2]", 3), ("[", 1), ("{\"a\"}", 4), ("{\"a\":}", 5), ("{a:1}", 1),
        ("{\"a\":1,}", 7),
        ("{\"a\":1,\"a\":2}", 7), ("01", 0), ("-", 0), ("1.", 1), (".5", 0), ("+1", 0), ("1e", 2), ("1e400", 0), ("NaN", 0), ("Infinity", 0),
        ("\"a", 0), ("\"\\x\"", 1), ("\"\\u12\"", 1), ("\"\\ud800\"", 1), ("\"\\ud800\\u0041\"", 1), ("\"\\udc00\"", 1), ("\"\n\"", 1), ("1 1", 2),
        ("'a'", 0),
        ("[1}", 2), ("/**/1", 0), ("\u{FEFF}1", 0), (String(repeating: "[", count: 200), 128),
    ]

    @Test(arguments: malformed)
    func refuses(_ text: String, _ offset: Int) {
        let found = failure { () throws(DataFailure) in try JSONParser.parse(Array(text.utf8), file: "f") }
        #expect(found?.kind == .malformed)
        #expect(found?.offset == offset)
    }

    @Test func linesAreRows() throws {
        let text = """
            {"a": 1, "b": "x", "c": [1, 2], "d": true, "e": {"f": 1}}

            {"b": "y", "a": 2.5, "c": [3, 4.5], "d": false, "g": null}
            """
        let source = try JSONL.open("f", from: MemoryFiles.text(text))
        #expect(source.fields.map(\.name) == ["a", "b", "c", "d", "e", "g"])
        #expect(source.fields.map(\.kind) == [.real, .text, .tensor(.f32, [2]), .bool, .any, .any])
        #expect(try rows(source) == ["1.0 'x' f32[2][1.0, 2.0] true (f: 1) -", "2.5 'y' f32[2][3.0, 4.5] false - -"])
        #expect(try source.tensor([0, 2], rows: [1, 0], as: .f32).doubles == [2.5, 3, 4.5, 1, 1, 2])
        #expect(source.place(of: 1).line == 3)
        #expect(try rows(JSONL.open("f", from: MemoryFiles.text("[1,\"a\"]\n[2,\"b\"]\r\n"))) == ["1 'a'", "2 'b'"])
        #expect(try rows(JSONL.open("f", from: MemoryFiles.text("1\n2"))) == ["1", "2"])
        #expect(failure { () throws(DataFailure) in try JSONL.open("f", from: MemoryFiles.text("\n \n")) }?.kind == .empty)
        let found = failure { () throws(DataFailure) in try JSONL.open("f", from: MemoryFiles.text("{\"a\":1}\n{\"a\":}\n")) }
        #expect(found?.line == 2 && found?.column == 6)
        var options = JSONL.Options()
        options.skipsMalformed = true
        let skipping = try JSONL.open("f", from: MemoryFiles.text("{\"a\":1}\n{\"a\":}\n{\"a\":3}"), options: options)
        #expect(try rows(skipping) == ["1", "3"])
        #expect(skipping.skipped == 1)
    }

    @Test func aFileLargerThanMemory() throws {
        var text = ""
        for row in 0..<3000 { text += "{\"id\":\(row),\"x\":\(row < 2000 ? "\(row)" : "0.5")\(row > 2500 ? ",\"late\":\"l\"" : "")}\n" }
        var options = JSONL.Options()
        options.memoryLimit = 10
        let whole = try JSONL.open("f", from: MemoryFiles.text(text)), streamed = try JSONL.open("f", from: MemoryFiles.text(text), options: options)
        #expect(streamed.fields == whole.fields)
        #expect(try rows(streamed) == rows(whole))
        let order = ArraySlice([2999, 0, 1500, 1])
        #expect(try streamed.tensor([0, 1], rows: order, as: .f32).doubles == whole.tensor([0, 1], rows: order, as: .f32).doubles)
    }
}
