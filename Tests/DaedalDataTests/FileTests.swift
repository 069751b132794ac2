import DaedalData
import DaedalTensor
import Testing

@Suite struct FileTests {
    private let files = POSIXFiles()

    /// A new folder for a test.
    private func folder(_ name: String) throws -> String {
        let path = packageFolder + "/.build/data-tests/" + name
        try files.makeFolder(path)
        for old in try files.names(in: path) { try? files.remove(path + "/" + old) }
        return path
    }

    @Test func writesAllOrNothing() throws {
        let folder = try folder("replace"), path = folder + "/a"
        try files.write(Array("one".utf8), to: path)
        #expect(try files.read(path) == Array("one".utf8))
        let large = [UInt8](repeating: 7, count: 300_000)
        try files.write(large, to: path)
        #expect(try files.read(path) == large)
        let stop = DataFailure(.full, "no")
        #expect(
            failure { () throws(DataFailure) in
                try files.replace(path) { (sink) throws(DataFailure) in
                    try sink.write(large)
                    throw stop
                }
            } == stop)
        #expect(try files.read(path) == large)
        #expect(try files.names(in: folder) == ["a"])
    }

    @Test func aFullDiskLeavesTheOldFile() throws {
        // /dev/full is the kernel's own full disk; where there is none, memory stands for it.
        if (try? files.stamp(of: "/dev/full")) != nil {
            #expect(failure { () throws(DataFailure) in try files.write([1], to: "/dev/full") }?.kind == .full)
        }
        let memory = MemoryFiles(["w": [1, 2, 3]])
        memory.capacity = 100
        let tensor = try Tensor([Float](repeating: 1, count: 100), shape: [100])
        let found = failure { () throws(DataFailure) in try Safetensors.write([("t", tensor)], to: "w", with: memory) }
        #expect(found?.kind == .full)
        #expect(memory["w"] == [1, 2, 3])
    }

    @Test func whatIsNotThere() throws {
        let folder = try folder("missing")
        #expect(failure { () throws(DataFailure) in try files.read(folder + "/no") }?.kind == .missing)
        #expect(failure { () throws(DataFailure) in try files.read(folder) }?.kind == .unreadable)
        #expect(failure { () throws(DataFailure) in try files.read("") }?.kind == .missing)
        #expect(failure { () throws(DataFailure) in try files.read("a\u{0}b") }?.kind == .missing)
        #expect(failure { () throws(DataFailure) in try files.write([], to: folder + "/no/a") }?.kind == .missing)
        #expect(failure { () throws(DataFailure) in try files.write([], to: folder) }?.kind == .unwritable)
        #expect(failure { () throws(DataFailure) in try NoFiles().read("a") }?.kind == .refused)
        #expect(failure { () throws(DataFailure) in try CSV.open("a", from: NoFiles()) }?.kind == .refused)
    }

    @Test func gzip() throws {
        let members = try fixture("data/members.gz")
        #expect(try rows(CSV.open("f", from: file(members))) == ["1 2", "3 4"])
        #expect(try rows(CSV.open("f.gz", from: file(members, as: "f.gz"))) == ["1 2", "3 4"])
        #expect(failure { () throws(DataFailure) in try CSV.open("f.gz", from: file(Array("a\n1\n".utf8), as: "f.gz")) }?.kind == .malformed)
        #expect(failure { () throws(DataFailure) in try CSV.open("f.gz", from: file([], as: "f.gz")) }?.kind == .empty)
        let tail = members + [1]
        #expect(failure { () throws(DataFailure) in try CSV.open("f", from: file(tail)) }?.kind == .malformed)
        var damaged = members
        damaged[20] ^= 0x40
        #expect(failure { () throws(DataFailure) in try CSV.open("f", from: file(damaged)) } != nil)
    }

    @Test func changedUnderUs() throws {
        let files = MemoryFiles(["f": [UInt8](repeating: 65, count: 200_000)])
        let stream = try ByteStream(opening: "f", from: files)
        _ = try stream.readBytes(10, of: "it")
        files["f"] = [1, 2, 3]
        #expect(failure { () throws(DataFailure) in try stream.readAll(limit: 1 << 20) }?.kind == .changed)
    }
}
