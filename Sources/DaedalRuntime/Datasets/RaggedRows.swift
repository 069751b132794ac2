import DaedalData
import DaedalTensor

/// Rows whose first axes differ, put into one tensor as long as the longest.
enum RaggedRows {
    /// `[rows, longest, …]` in memory of a slot, filled up with `pad`. Without `pad` all rows must be of one length.
    static func padded(
        _ rows: [Tensor], type: ElementType, item: Shape, pad: Double?, _ slot: BatchSlot, _ index: Int, misfit: (Int) -> DataFailure
    ) throws(DataFailure) -> BatchTensor {
        let counts = rows.map { $0.shape.first?.known ?? 0 }
        let longest = counts.max() ?? 0, width = item.elementCount ?? 0
        if pad == nil, let odd = counts.firstIndex(where: { $0 != counts[0] }) { throw misfit(odd) }
        guard let size = Size(exactly: rows.count), let steps = Size(exactly: longest), item.rank + 2 <= Shape.maximumRank else {
            throw DataFailure(.tooLarge, "\(rows.count) rows of \(longest) steps are too many for a tensor")
        }
        let target = try slot.tensor(index, type, item.inserting(steps, at: 0).inserting(size, at: 0))
        let rowBytes = longest * width * type.byteCount
        let filler = pad ?? 0
        for (at, row) in rows.enumerated() {
            let from = try row.type == type ? row : converted(row, type)
            let bytes = counts[at] * width * type.byteCount
            (target.pointer + at * rowBytes).copyMemory(from: from.pointer, byteCount: bytes)
            withExtendedLifetime(from) {}
            if filler == 0 {
                (target.pointer + at * rowBytes + bytes).initializeMemory(as: UInt8.self, repeating: 0, count: rowBytes - bytes)
            } else {
                for element in (at * longest + counts[at]) * width..<(at + 1) * longest * width { target.write(filler, at: element) }
            }
        }
        guard pad != nil else { return BatchTensor(target) }
        let lengths: Tensor
        do { lengths = try Tensor(counts.map { Int64($0) }, shape: [size]) } catch { throw DataFailure(.tooLarge, "there is no memory for a batch") }
        return BatchTensor(target, lengths: lengths)
    }

    private static func converted(_ tensor: Tensor, _ type: ElementType) throws(DataFailure) -> Tensor {
        do { return try tensor.converted(to: type) } catch { throw DataFailure(.tooLarge, "there is no memory for an example") }
    }
}
