import DaedalData
import DaedalSyntax
import DaedalTensor

/// Finds the row behind an index that was out of range: a class label outside of what the network gives, a token outside of what it knows.
enum LabelCheck {
    /// The failure of a step in terms of the row at fault, if one is; else the failure as it is, at `place` if it arose inside the library.
    static func explained(
        _ failure: RuntimeFailure, _ model: ModelObject, _ part: Dataset.Part, _ batch: BatchIterator.Batch, of dataset: Dataset,
        in context: EvaluationContext, at place: Span = .none
    ) -> RuntimeFailure {
        if place != .none { failure.unwind(through: RuntimeFailure.Frame(name: "train", span: place)) }
        guard failure.diagnostic.code == "E503", let (index, size) = Evaluation.outOfRange(in: failure) else { return failure }
        let span = place == .none ? failure.diagnostic.span : place
        let inputs = part.input.leaves.count
        if let row = row(of: index, in: batch.tensors.dropFirst(inputs), batch) {
            return RuntimeFailure(
                "E408",
                "the label \(index) in row \(row) of \(dataset.name)\(file(of: row, part)) is outside the \(size) classes that \(model.name) gives",
                at: span, notes: ["labels count from 0; the network's last layer gives one number a class"])
        }
        if let row = row(of: index, in: batch.tensors.prefix(inputs), batch) {
            return RuntimeFailure(
                "E409",
                "the token \(index) in row \(row) of \(dataset.name)\(file(of: row, part)) is outside the \(size) that \(model.name) has a vector for",
                at: span, notes: ["tokens count from 0: `Embedding(count, width)` takes a count above the largest"])
        }
        return failure
    }

    /// The row of the source that holds an index in one of some integer tensors.
    private static func row(of index: Int, in tensors: ArraySlice<BatchTensor>, _ batch: BatchIterator.Batch) -> Int? {
        for tensor in tensors.map(\.contents) where tensor.type.isInteger && !batch.rows.isEmpty {
            guard let at = (0..<tensor.count).first(where: { tensor.int(at: $0) == index }) else { continue }
            let position = batch.rows.startIndex + at / max(tensor.count / batch.rows.count, 1)
            if batch.rows.indices.contains(position) { return batch.rows[position] }
        }
        return nil
    }

    private static func file(of row: Int, _ part: Dataset.Part) -> String {
        let place = part.source.place(of: row)
        return place.line.map { " (\(place.file ?? part.source.name):\($0))" } ?? ""
    }
}
