import DaedalData
import DaedalTensor
import Testing

/// The failure that a body ends in, or nil when it succeeds.
func failure<Result>(of body: () throws(DataFailure) -> Result) -> DataFailure? {
    do throws(DataFailure) {
        _ = try body()
        return nil
    } catch {
        return error
    }
}

/// The folder of this package.
let packageFolder = String(#filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 })

/// The content of a file of the package.
func fixture(_ path: String) throws -> [UInt8] { try POSIXFiles().read(packageFolder + "/Tests/Fixtures/" + path) }

/// One file in memory under the name `f`.
func file(_ bytes: [UInt8], as name: String = "f") -> MemoryFiles { MemoryFiles([name: bytes]) }

extension MemoryFiles {
    /// One text file in memory under the name `f`.
    static func text(_ text: String, as name: String = "f") -> MemoryFiles { MemoryFiles([name: Array(text.utf8)]) }
}

/// A number in big-endian bytes.
func bigEndian(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

/// A description of a value that tests can compare.
func show(_ value: FieldValue) -> String {
    switch value {
    case .missing: "-"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .text(let value): "'\(value)'"
    case .tensor(let value): "\(value.type.name)\(value.shape)\(value.doubles)"
    case .list(let values): "[" + values.map(show).joined(separator: ", ") + "]"
    case .record(let record): "(" + zip(record.names.all, record.values).map { "\($0): \(show($1))" }.joined(separator: ", ") + ")"
    }
}

/// All rows of a source as text, a cell beside the other.
func rows(_ source: any RecordSource) throws(DataFailure) -> [String] {
    var all: [String] = []
    for row in 0..<source.count { all.append(try source.record(at: row).values.map(show).joined(separator: " ")) }
    return all
}
