import DaedalData
import DaedalTensor
import Testing

@Suite struct SafetensorsTests {
    private func bytes(_ header: String, data: Int = 4, length: Int? = nil) -> [UInt8] {
        let text = Array(header.utf8)
        return (0..<8).map { UInt8(truncatingIfNeeded: (length ?? text.count) >> (8 * $0)) } + text + [UInt8](repeating: 0, count: data)
    }

    @Test func readsWhatTheReferenceWrote() throws {
        let file = try Safetensors(opening: "f", from: self.file("all"))
        #expect(file.metadata == ["format": "np", "note": "é€"])
        let matrix = [1, -2, 3, 4, 5, -6.5], whole = [1.0, -2, 3, 4, 5, -6]
        let expected: [(String, ElementType, Shape, [Double])] = [
            ("f32", .f32, [2, 3], matrix), ("f64", .f64, [2, 3], matrix), ("f16", .f32, [2, 3], matrix), ("i8", .i32, [2, 3], whole),
            ("i16", .i32, [2, 3], whole), ("i32", .i32, [2, 3], whole), ("i64", .i64, [2, 3], whole), ("u8", .i32, [2], [0, 255]),
            ("u16", .i32, [2], [0, 65535]), ("u32", .i64, [2], [0, 4_294_967_295]), ("u64", .i64, [2], [0, 7]), ("bool", .bool, [2], [1, 0]),
            ("scalar", .f32, [], [2.5]), ("none", .f32, [0, 3], []), ("../evil.\"é\n", .f32, [1], [1]),
        ]
        #expect(file.entries.count == expected.count)
        for (name, type, shape, values) in expected {
            let tensor = try #require(try file.tensor(named: name))
            #expect(tensor.type == type && tensor.shape == shape && tensor.doubles == values)
        }
        #expect(try file.tensor(named: "f3") == nil)
        let brain = try Safetensors(opening: "f", from: self.file("bf16"))
        #expect(try brain.tensor(named: "b")?.doubles == [1, -2.5, .infinity])
    }

    private func file(_ name: String) throws -> MemoryFiles { MemoryFiles(["f": try fixture("data/\(name).safetensors")]) }

    @Test func roundTrip() throws {
        let files = MemoryFiles()
        let tensors: [(name: String, tensor: Tensor)] = [
            ("b", try Tensor([true, false, true], shape: [3])), ("a.weight", try Tensor([Float](stride(from: 0, to: 6, by: 1)), shape: [2, 3])),
            ("n", try Tensor([Int64.min, .max], shape: [2])), ("d", try Tensor(scalar: 0.1)), ("i", try Tensor([Int32](), shape: [0, 2])),
        ]
        try Safetensors.write(tensors, metadata: ["k": "v\"\u{1}"], to: "f", with: files)
        let file = try Safetensors(opening: "f", from: files)
        #expect(file.metadata == ["k": "v\"\u{1}"])
        #expect(file.entries.map(\.name) == ["d", "n", "a.weight", "i", "b"])
        for (name, tensor) in tensors {
            let read = try #require(try file.tensor(named: name))
            #expect(read.type == tensor.type && read.shape == tensor.shape && read.doubles == tensor.doubles)
        }
        let written = try #require(files["f"])
        #expect(written[0] % 8 == 0)
        #expect(failure { () throws(DataFailure) in try Safetensors.write([tensors[0], tensors[0]], to: "g", with: files) }?.kind == .unfit)
        #expect(
            failure { () throws(DataFailure) in try Safetensors.write([("__metadata__", tensors[0].tensor)], to: "g", with: files) }?.kind == .unfit)
        #expect(files["g"] == nil)
        try Safetensors.write([], to: "none", with: files)
        #expect(try Safetensors(opening: "none", from: files).entries == [])
    }

    private static let headers: [(String, DataFailure.Kind?)] = [
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, DataFailure.Kind?.none),
        (#"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"__metadata__":{"x":"y"}}  "#, nil),
        ("", .malformed), (" {}", .malformed), ("[]", .malformed), ("null", .malformed), ("{", .malformed), ("{}", .malformed), ("{}x", .malformed),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, .malformed),
        (#"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, .malformed),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}"#, .malformed), (#"{"a":{"dtype":"F32","shape":[1]}}"#, .malformed),
        (#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, .malformed), (#"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#, .malformed),
        (#"{"a":4}"#, .malformed),
        (#"{"a":{"dtype":"X32","shape":[1],"data_offsets":[0,4]}}"#, .malformed),
        (#"{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}"#, .malformed),
        (#"{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}"#, .unsupported),
        (#"{"a":{"dtype":1,"shape":[1],"data_offsets":[0,4]}}"#, .malformed),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, .malformed),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, .truncated),
        (#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#, .malformed),
        (#"{"a":{"dtype":"I16","shape":[1],"data_offsets":[2,4]}}"#, .malformed),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, .malformed),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, .malformed),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}"#, .malformed),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0.0,4]}}"#, .malformed),
        (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, .malformed),
        (#"{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}"#, .malformed),
        (#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, .malformed),
        (#"{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}"#, .malformed),
        (#"{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,4]}}"#, .malformed),
        (#"{"a":{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,4]}}"#, .malformed),
        (#"{"a":{"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,4]}}"#, .malformed),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[9223372036854775804,9223372036854775807]}}"#, .malformed),
        (#"{"a":{"dtype":"I16","shape":[1],"data_offsets":[0,2]},"b":{"dtype":"I16","shape":[1],"data_offsets":[0,2]}}"#, .malformed),
        (#"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"I16","shape":[1],"data_offsets":[2,4]}}"#, .malformed),
        (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"I16","shape":[1],"data_offsets":[2,4]}}"#, .malformed),
        (#"{"a":{"dtype":"I16","shape":[1],"data_offsets":[0,2]}}"#, .malformed), (#"{"__metadata__":1}"#, .malformed),
        (#"{"__metadata__":{"a":1}}"#, .malformed),
        (#"{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}"#, .unsupported),
        (String(repeating: #"{"a":"#, count: 5000), .malformed), ("{\"a\":" + String(repeating: "[", count: 100_000), .malformed),
    ]

    @Test(arguments: headers)
    func checksHeaders(_ header: String, _ kind: DataFailure.Kind?) {
        let found = failure { () throws(DataFailure) in try Safetensors(opening: "f", from: MemoryFiles(["f": bytes(header)])).all() }
        #expect(found?.kind == kind)
        #expect(found == nil || found?.file == "f")
    }

    private static let prefixes: [([UInt8], DataFailure.Kind)] = [
        ([], DataFailure.Kind.empty), ([1, 2, 3], .truncated), ([0, 0, 0, 0, 0, 0, 0, 0], .malformed), ([9, 0, 0, 0, 0, 0, 0, 0, 0x7b], .truncated),
        ([255, 255, 255, 255, 255, 255, 255, 255, 0x7b], .malformed), ([1, 225, 245, 5, 0, 0, 0, 0, 0x7b], .malformed),
        ([4, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22, 0xff, 0x22], .malformed), ([0x80, 3, 0x63, 0, 0, 0, 0, 0x80, 0x7b], .malformed),
    ]

    @Test(arguments: prefixes)
    func checksPrefixes(_ bytes: [UInt8], _ kind: DataFailure.Kind) {
        #expect(failure { () throws(DataFailure) in try Safetensors(opening: "f", from: MemoryFiles(["f": bytes])) }?.kind == kind)
    }

    @Test func valuesThatDoNotFit() {
        let bool = bytes(#"{"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}"#, data: 0) + [2]
        #expect(failure { () throws(DataFailure) in try Safetensors(opening: "f", from: MemoryFiles(["f": bool])).all() }?.kind == .malformed)
        let large = bytes(#"{"a":{"dtype":"U64","shape":[1],"data_offsets":[0,8]}}"#, data: 0) + [UInt8](repeating: 255, count: 8)
        #expect(failure { () throws(DataFailure) in try Safetensors(opening: "f", from: MemoryFiles(["f": large])).all() }?.kind == .unsupported)
    }

    @Test func changedUnderUs() throws {
        let good = bytes(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#)
        let files = MemoryFiles(["f": good])
        let file = try Safetensors(opening: "f", from: files)
        files["f"] = good + [1]
        #expect(failure { () throws(DataFailure) in try file.all() }?.kind == .changed)
        files["f"] = Array(good.dropLast(2))
        #expect(failure { () throws(DataFailure) in try file.all() }?.kind == .changed)
    }
}
