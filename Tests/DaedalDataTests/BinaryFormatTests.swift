import DaedalData
import DaedalTensor
import Testing

@Suite struct BinaryFormatTests {
    private let matrix = [1, -2, 3, 4, 5, -6.5]
    private let whole = [1.0, -2, 3, 4, 5, -6]

    @Test(arguments: [
        ("f2", ElementType.f32, true), ("f4", .f32, true), ("f4_big", .f32, true), ("f8", .f64, true), ("version2", .f32, true),
        ("version3", .f32, true), ("i1", .i32, false), ("i2_big", .i32, false), ("i4", .i32, false), ("i8", .i64, false), ("i8_big", .i64, false),
    ])
    func readsNumPy(_ name: String, _ type: ElementType, _ isReal: Bool) throws {
        let tensor = try NPY.read("f", from: file(fixture("data/\(name).npy")))
        #expect(tensor.type == type)
        #expect(tensor.shape == [2, 3])
        #expect(tensor.doubles == (isReal ? matrix : whole))
        let table = try NPY.open("f", from: file(fixture("data/\(name).npy")))
        #expect(table.fields.map(\.name) == ["0", "1", "2"])
        #expect(
            try table.tensor([2, 0, 1], rows: [1], as: .f64, transform: Affine(scales: [1, 2, 3], shifts: [0, 0, 1])).doubles[1...] == [8, 16])
        #expect(try table.record(at: 1).values.compactMap(\.double) == Array((isReal ? matrix : whole)[3...]))
        #expect(failure { () throws(DataFailure) in try table.value(at: 2, field: 0) }?.kind == .unfit)
        #expect(
            try table.tensor([0, 1, 2], rows: [1, 0], as: .f32).doubles == Array((isReal ? matrix : whole)[3...] + (isReal ? matrix : whole)[..<3]))
    }

    @Test func readsOtherNumPy() throws {
        for (name, type) in [("u1", ElementType.i32), ("u2", .i32), ("u4", .i64), ("u8", .i64)] {
            let tensor = try NPY.read("f", from: file(fixture("data/\(name).npy")))
            #expect(tensor.type == type && tensor.doubles == [0, 1, 2, 3, 4, 255])
        }
        let bools = try NPY.read("f", from: file(fixture("data/b1.npy")))
        #expect(bools.type == .bool && bools.doubles == [0, 1, 1, 1, 1, 1])
        let fortran = try NPY.read("f", from: file(fixture("data/fortran.npy")))
        #expect(fortran.shape == [2, 3, 4] && fortran.doubles == (0..<24).map(Double.init))
        let scalar = try NPY.read("f", from: file(fixture("data/scalar.npy")))
        #expect(scalar.shape == [] && scalar.doubles == [2.5])
        #expect(try NPY.read("f", from: file(fixture("data/empty.npy"))).shape == [0, 3])
        #expect(failure { () throws(DataFailure) in try NPY.open("f", from: file(try! fixture("data/empty.npy"))) }?.kind == .empty)
        #expect(failure { () throws(DataFailure) in try NPY.open("f", from: file(try! fixture("data/scalar.npy"))) }?.kind == .unfit)
        for name in ["record", "complex", "text", "object"] {
            let bytes = try fixture("data/\(name).npy")
            #expect(failure { () throws(DataFailure) in try NPY.read("f", from: file(bytes)) }?.kind == .unsupported)
        }
    }

    @Test func writesNumPyByteForByte() throws {
        let files = MemoryFiles()
        for (name, expected) in [
            ("f4", "f4"), ("f8", "f8"), ("i4", "i4"), ("i8", "i8"), ("b1", "b1"), ("scalar", "scalar"), ("vector", "vector"), ("empty", "empty"),
        ] {
            let bytes = try fixture("data/\(expected).npy")
            let tensor = try NPY.read("f", from: file(bytes))
            try NPY.write(tensor, to: name, with: files)
            #expect(files[name] == bytes)
        }
    }

    @Test(arguments: ["stored", "deflated", "zip64"])
    func readsZippedNumPy(_ name: String) throws {
        let bytes = try fixture("data/\(name).npz")
        let npz = try NPZ(opening: "f", from: file(bytes))
        #expect(npz.names == ["x", "y"])
        #expect(try npz.tensor(named: "y")?.doubles == [3, 1, 2, 0])
        #expect(try npz.tensor(named: "z") == nil)
        let table = try npz.table()
        #expect(try table.tensor([0], rows: [3, 0], as: .f32).doubles == [9, 10, 11, 0, 1, 2])
        #expect(try show(table.value(at: 2, field: 1)) == "2")
    }

    @Test func readsImagesAndLabels() throws {
        let files = MemoryFiles(["i.gz": try fixture("data/images.idx.gz"), "l": try fixture("data/labels.idx")])
        let table = try IDX.open("i.gz", "l", from: files)
        #expect(table.count == 2)
        #expect(table.fields == [Field(name: "image", kind: .tensor(.i32, [3, 4])), Field(name: "label", kind: .integer)])
        let images = try table.tensor([0], rows: [1], as: .f32, transform: Affine(scale: 0.5))
        #expect(images.shape == [1, 3, 4] && images.double(at: 2) == 7)
        #expect(try show(table.value(at: 0, field: 1)) == "7")
        #expect(failure { () throws(DataFailure) in try IDX.open("l", "l", from: files) } == nil)
        files["three"] = [0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3]
        #expect(failure { () throws(DataFailure) in try IDX.open("i.gz", "three", from: files) }?.kind == .malformed)
    }

    private static let idxElements: [(UInt8, [UInt8], [Double])] = [
        (UInt8(0x08), [UInt8]([200, 5]), [200.0, 5]), (0x09, [200, 5], [-56, 5]), (0x0b, [255, 254, 0, 5], [-2, 5]),
        (0x0c, [255, 255, 255, 255, 0, 0, 1, 0], [-1, 256]), (0x0d, [0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0], [1, -2]),
        (0x0e, [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0], [1, -2]),
    ]

    @Test(arguments: idxElements)
    func readsEveryElementOfIDX(_ code: UInt8, _ bytes: [UInt8], _ expected: [Double]) throws {
        let column = try IDX.column("f", named: "x", from: file([0, 0, code, 1] + bigEndian(2) + bytes))
        let table = try Table(name: "t", columns: [column])
        #expect(try table.tensor([0], rows: [0, 1], as: .f64).doubles == expected)
    }

    private static let badIDX: [([UInt8], DataFailure.Kind)] = [
        ([], DataFailure.Kind.empty), ([0, 0], .truncated), ([1, 0, 8, 1, 0, 0, 0, 1, 5], .malformed), ([0, 0, 7, 1, 0, 0, 0, 1, 5], .malformed),
        ([0, 0, 8, 1, 0, 0], .truncated), ([0, 0, 8, 1, 0, 0, 0, 2, 5], .truncated), ([0, 0, 8, 1, 0, 0, 0, 1, 5, 6], .malformed),
        ([0, 0, 8, 9], .unsupported), ([0, 0, 8, 0, 1], .malformed), ([0, 0, 8, 1, 255, 255, 255, 255, 1], .malformed),
        ([0, 0, 8, 1, 127, 255, 255, 255, 1], .truncated), ([0, 0, 14, 3, 127, 255, 255, 255, 127, 255, 255, 255, 127, 255, 255, 255], .malformed),
        ([0, 0, 14, 2, 32, 0, 0, 0, 32, 0, 0, 0], .truncated),
    ]

    @Test(arguments: badIDX)
    func refusesIDX(_ bytes: [UInt8], _ kind: DataFailure.Kind) {
        let found = failure { () throws(DataFailure) in try IDX.column("f", named: "x", from: file(bytes)) }
        #expect(found?.kind == kind)
        #expect(found?.file == "f")
    }

    private func npy(_ header: String, version: UInt8 = 1, data: [UInt8] = []) -> [UInt8] {
        let text = Array(header.utf8)
        let length = version == 1 ? 2 : 4
        return [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0] + (0..<length).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text + data
    }

    private static let numPyHeaders: [(String, DataFailure.Kind?)] = [
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", DataFailure.Kind?.none),
        ("{\"shape\":(1),\"descr\":\"<f4\",\"fortran_order\":True}", nil),
        ("", .malformed), ("{", .malformed), ("{}", .malformed), ("[]", .malformed), ("{'descr': '<f4', 'fortran_order': False}", .malformed),
        ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", .malformed),
        ("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}", .malformed),
        ("{'descr': '<f4, 'fortran_order': False, 'shape': (1,)}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, 2147483647, 2147483647)}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296,)}", .malformed),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", .truncated),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (0,)}", .malformed),
        ("{'descr': 'f4', 'fortran_order': False, 'shape': (1,)}", .unsupported),
        ("{'descr': '<f3', 'fortran_order': False, 'shape': (1,)}", .unsupported),
        ("{'descr': '', 'fortran_order': False, 'shape': (1,)}", .unsupported),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", .unsupported),
        ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", .unsupported),
    ]

    @Test(arguments: numPyHeaders)
    func checksNumPyHeaders(_ header: String, _ kind: DataFailure.Kind?) {
        for version: UInt8 in 1...3 {
            let bytes = npy(header, version: version, data: [0, 0, 0, 0])
            #expect(failure { () throws(DataFailure) in try NPY.read("f", from: file(bytes)) }?.kind == kind)
        }
        #expect(failure { () throws(DataFailure) in try NPY.read("f", from: file(npy(header, version: 4))) }?.kind == .unsupported)
    }

    @Test func truncationAtEveryByte() throws {
        for name in [
            "f4.npy", "version3.npy", "scalar.npy", "stored.npz", "deflated.npz", "zip64.npz", "all.safetensors", "bf16.safetensors", "labels.idx",
            "images.idx.gz", "members.gz",
        ] {
            let whole = try fixture("data/" + name)
            #expect(failure { () throws(DataFailure) in try open(name, whole) } == nil)
            for length in 0..<whole.count {
                let found = failure { () throws(DataFailure) in try open(name, Array(whole[..<length])) }
                // Zeros that pad a gzip file, and a file that ends between two members, cannot be missed.
                if name == "members.gz" && (length >= whole.count - 512 || found == nil && length == 28) { continue }
                #expect(found != nil, "\(name) cut to \(length) bytes")
            }
        }
    }

    @Test func damageAtEveryByte() throws {
        for name in ["f4.npy", "stored.npz", "deflated.npz", "zip64.npz", "all.safetensors", "labels.idx", "images.idx.gz", "members.gz"] {
            let whole = try fixture("data/" + name)
            for position in whole.indices {
                for bits: UInt8 in [0x01, 0x80, 0xff] {
                    var damaged = whole
                    damaged[position] ^= bits
                    // Whatever stands there, the process goes on.
                    let found = failure { () throws(DataFailure) in try open(name, damaged) }
                    if found == nil && name == "images.idx.gz" {
                        // A check sum guards the content: what is read all the same is what was written.
                        let column = try IDX.column("f", named: "x", from: file(damaged))
                        #expect(try show(Table(name: "t", columns: [column]).value(at: 1, field: 0)).hasSuffix("22.0, 23.0]"))
                    }
                }
            }
        }
    }

    /// Reads everything that a file holds.
    private func open(_ name: String, _ bytes: [UInt8]) throws(DataFailure) {
        let files = file(bytes)
        if name.hasSuffix("npy") { _ = try NPY.read("f", from: files) }
        if name.hasSuffix("npz") {
            let npz = try NPZ(opening: "f", from: files)
            for name in npz.names { _ = try npz.tensor(named: name) }
            _ = try npz.table()
        }
        if name.hasSuffix("safetensors") { _ = try Safetensors(opening: "f", from: files).all() }
        if name.contains("idx") { _ = try IDX.column("f", named: "x", from: files) }
        if name == "members.gz" { _ = try rows(CSV.open("f", from: files)) }
    }
}
