import DaedalData
import DaedalSyntax
import DaedalTensor

/// A checkpoint on disk.
struct CheckpointReader {
    let path: String
    let model: Safetensors
    private let training: Safetensors
    private let facts: JSONValue
    private let span: Span

    /// Opens the newest checkpoint of a folder, or the one that a path names; nil if the folder has none.
    init?(_ path: String, in host: any Host, at span: Span) throws(RuntimeFailure) {
        self.span = span
        guard let found = Self.newest(path, host) else { return nil }
        self.path = found
        do throws(DataFailure) {
            model = try Safetensors(opening: found + ".safetensors", from: host.files)
            training = try Safetensors(opening: found + ".training", from: host.files)
            guard let text = training.metadata["daedal"] else {
                throw DataFailure(.malformed, "this is not a checkpoint of a training", file: found + ".training")
            }
            guard model.metadata["training"] == CheckpointWriter.mark(text) else {
                throw DataFailure(.malformed, "the two files of this checkpoint were not written together", file: found + ".safetensors")
            }
            facts = try JSONParser.parse(Array(text.utf8), file: found + ".training", offset: 0)
        } catch { throw RuntimeFailure(data: error, at: span) }
    }

    /// The path of a checkpoint without its endings.
    private static func newest(_ path: String, _ host: any Host) -> String? {
        for ending in [".safetensors", ".training", ""] where path.hasSuffix(ending) {
            let base = String(path.dropLast(ending.count))
            if (try? host.files.stamp(of: base + ".training")) != nil { return base }
        }
        if let bytes = try? host.files.read(path + "/latest", limit: 1 << 12) {
            let name = String(decoding: bytes, as: UTF8.self).filter { !$0.isNewline }
            if !name.contains("/"), isWhole("\(path)/\(name)", host) { return "\(path)/\(name)" }
        }
        return names(in: path, host).reversed().map { "\(path)/\($0)" }.first { isWhole($0, host) }
    }

    private static func isWhole(_ base: String, _ host: any Host) -> Bool {
        [".safetensors", ".training"].allSatisfy { (try? host.files.stamp(of: base + $0)) != nil }
    }

    /// The names of the checkpoints in a folder, by their steps.
    static func names(in folder: String, _ host: any Host) -> [String] {
        ((try? host.files.names(in: folder)) ?? []).filter { $0.hasPrefix("step-") && $0.hasSuffix(".training") }
            .map { String($0.dropLast(".training".count)) }.sorted { steps(of: $0) < steps(of: $1) }
    }

    /// The steps that a name tells.
    static func steps(of name: String) -> Int { Int(name.dropFirst("step-".count)) ?? 0 }

    // MARK: Contents

    /// A tensor of what is not the model.
    func tensor(_ name: String) throws(RuntimeFailure) -> Tensor? {
        do throws(DataFailure) { return try training.tensor(named: name) } catch { throw RuntimeFailure(data: error, at: span) }
    }

    /// A tensor of the model.
    func weights(_ name: String) throws(RuntimeFailure) -> Tensor? {
        do throws(DataFailure) { return try model.tensor(named: name) } catch { throw RuntimeFailure(data: error, at: span) }
    }

    /// All tensors whose names begin with a text, by the rest of their names.
    func tensors(_ prefix: String) throws(RuntimeFailure) -> [(name: String, tensor: Tensor)] {
        var result: [(name: String, tensor: Tensor)] = []
        for entry in training.entries where entry.name.hasPrefix(prefix) {
            if let tensor = try tensor(entry.name) { result.append((String(entry.name.dropFirst(prefix.count)), tensor)) }
        }
        return result
    }

    /// A fact, or nil.
    subscript(key: String) -> JSONValue? { facts[key] }

    /// A whole number that must be there.
    func integer(_ key: String) throws(RuntimeFailure) -> Int {
        guard case .integer(let value)? = facts[key] else { throw unfit("it does not say `\(key)`") }
        return value
    }

    /// A number, or nil.
    func number(_ key: String) -> Double? {
        guard let json = facts[key], let value = ValueCoder.value(json, { _ in nil }) else { return nil }
        return value.number
    }

    /// The failure of a checkpoint that belongs to something else.
    func unfit(_ why: String, notes: [String] = []) -> RuntimeFailure {
        RuntimeFailure("E409", "the checkpoint `\(path)` does not fit this training: \(why)", at: span, notes: notes)
    }
}
