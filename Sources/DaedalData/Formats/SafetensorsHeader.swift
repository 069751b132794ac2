import DaedalTensor

/// What a safetensors header may say. At least as strict as the reference implementation, and stricter: a key stands there once.
enum SafetensorsHeader {
    /// The tensors in the order of their bytes, and the metadata.
    static func read(_ header: JSONValue, dataSize: Int, path: String) throws(DataFailure) -> ([Safetensors.Entry], [String: String]) {
        guard case .object(let members) = header else { throw DataFailure(.malformed, "the header is not a JSON object", file: path, offset: 8) }
        var entries: [Safetensors.Entry] = [], metadata: [String: String] = [:]
        for (name, value) in members {
            if name == "__metadata__" {
                metadata = try readMetadata(value, path)
            } else {
                entries.append(try readEntry(name, value, path))
            }
        }
        entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        var end = 0
        for entry in entries {
            guard entry.range.lowerBound == end else {
                let what = entry.range.lowerBound < end ? "overlap those of the tensor before" : "leave a hole before them"
                throw DataFailure(.malformed, "the bytes of tensor `\(entry.name)` \(what)", file: path)
            }
            end = entry.range.upperBound
        }
        guard end <= dataSize else {
            throw DataFailure(.truncated, "the tensors should take \(end) bytes, but \(dataSize) are there", file: path)
        }
        guard end == dataSize else {
            throw DataFailure(.malformed, "\(dataSize - end) bytes follow the last tensor", file: path)
        }
        return (entries, metadata)
    }

    /// What the file says of itself: texts by name.
    private static func readMetadata(_ value: JSONValue, _ path: String) throws(DataFailure) -> [String: String] {
        guard case .object(let members) = value else {
            throw DataFailure(.malformed, "`__metadata__` is \(value.kindName), not an object", file: path)
        }
        var result: [String: String] = [:]
        for (key, value) in members {
            guard case .text(let text) = value else {
                throw DataFailure(.malformed, "`\(key)` in `__metadata__` is \(value.kindName), not a string", file: path)
            }
            result[key] = text
        }
        return result
    }

    /// The entry of one tensor.
    private static func readEntry(_ name: String, _ value: JSONValue, _ path: String) throws(DataFailure) -> Safetensors.Entry {
        func wrong(_ what: String) -> DataFailure { DataFailure(.malformed, "tensor `\(name)`: \(what)", file: path) }
        guard case .object(let members) = value else { throw wrong("its entry is \(value.kindName), not an object") }
        for member in members where !["dtype", "shape", "data_offsets"].contains(member.key) {
            throw wrong("there is no key `\(member.key)` in the format")
        }
        guard case .text(let typeName)? = value["dtype"] else { throw wrong("it has no `dtype`") }
        guard let dtype = StoredElement(rawValue: typeName) else {
            let isKnown = ["F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F6_E2M3", "F6_E3M2", "F4", "C64"].contains(typeName)
            throw DataFailure(
                isKnown ? .unsupported : .malformed, "tensor `\(name)`: elements of type \(typeName) are not \(isKnown ? "read" : "known")",
                file: path)
        }
        guard case .array(let sizes)? = value["shape"] else { throw wrong("it has no `shape`") }
        guard sizes.count <= Shape.maximumRank else {
            throw DataFailure(.unsupported, "tensor `\(name)`: \(sizes.count) axes are too many (at most \(Shape.maximumRank))", file: path)
        }
        var shape = Shape(), byteCount = dtype.byteCount
        for size in sizes {
            guard case .integer(let count) = size, let size = Size(exactly: count) else { throw wrong("`shape` holds something that is no size") }
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: count)
            guard !overflow else { throw wrong("its sizes are too large") }
            byteCount = product
            shape.append(size)
        }
        guard case .array(let offsets)? = value["data_offsets"], offsets.count == 2, case .integer(let start) = offsets[0],
            case .integer(let end) = offsets[1], start >= 0, end >= start
        else { throw wrong("`data_offsets` is not a range of bytes") }
        guard end - start == byteCount else { throw wrong("\(end - start) bytes do not hold \(typeName) of shape \(shape)") }
        return Safetensors.Entry(name: name, dtype: dtype, shape: shape, range: start..<end)
    }
}

extension Safetensors {
    /// Writes tensors, all or nothing. Wider elements come first so that every tensor is aligned, then names in order.
    package static func write(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to path: String, with files: any FileAccess
    ) throws(DataFailure) {
        var seen: Set<String> = []
        for (name, _) in tensors where name == "__metadata__" || !seen.insert(name).inserted {
            throw DataFailure(.unfit, "two tensors cannot both be saved as `\(name)`", file: path)
        }
        let ordered = tensors.sorted {
            ($1.tensor.type.byteCount, $0.name) < ($0.tensor.type.byteCount, $1.name)
        }
        var members: [(key: String, value: JSONValue)] = []
        if !metadata.isEmpty {
            members.append(("__metadata__", .object(metadata.sorted { $0.key < $1.key }.map { ($0.key, .text($0.value)) })))
        }
        var offset = 0
        for (name, tensor) in ordered {
            let sizes = tensor.shape.counts.map { JSONValue.integer($0) }
            let end = offset + tensor.byteCount
            members.append(
                (
                    name,
                    .object([
                        ("dtype", .text(StoredElement(tensor.type).rawValue)), ("shape", .array(sizes)),
                        ("data_offsets", .array([.integer(offset), .integer(end)])),
                    ])
                ))
            offset = end
        }
        var header = Array(JSONValue.object(members).json.utf8)
        header.append(contentsOf: repeatElement(0x20, count: (8 - header.count % 8) % 8))
        guard header.count <= longestHeader else { throw DataFailure(.unfit, "there are too many tensors for one file", file: path) }
        let prefix = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
        try files.replace(path) { (sink) throws(DataFailure) in
            try sink.write(prefix + header)
            for (_, tensor) in ordered { try sink.write(ElementWriting.littleEndian(tensor)) }
        }
    }
}

/// How elements leave memory.
enum ElementWriting {
    /// The tensor's bytes in little-endian order.
    static func littleEndian(_ tensor: Tensor) throws(DataFailure) -> UnsafeRawBufferPointer {
        #if _endian(little)
        return UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount)
        #else
        throw DataFailure(.unsupported, "files are written on little-endian machines only")
        #endif
    }
}
