import DaedalData
import DaedalSyntax
import DaedalTensor

/// Finds the row behind an index that was out of range: a class label outside of what the network gives.
enum LabelCheck {
    /// The failure of a step in terms of the row at fault, if a label is; else the failure as it is.
    static func explained(
        _ failure: RuntimeFailure, _ model: ModelObject, _ part: Dataset.Part, _ batch: BatchIterator.Batch, of dataset: Dataset,
        in context: EvaluationContext
    ) -> RuntimeFailure {
        guard failure.diagnostic.code == "E503", let target = part.target, target.leaves.count == 1, let labels = batch.tensors.last?.contents,
            labels.type.isInteger, labels.shape.rank == 1
        else { return failure }
        let (input, _) = part.inputAndTarget(batch)
        var outputs: Int?
        do throws(RuntimeFailure) {
            outputs = try context.withoutEvaluation { () throws(RuntimeFailure) in
                let shape = try model.call(input.asModelArguments, in: context, at: failure.diagnostic.span).tensorShape
                return shape.flatMap { $0.rank == 2 ? $0[1].known : nil }
            }
        } catch { return failure }
        guard let outputs, let at = (0..<labels.count).first(where: { labels.int(at: $0) < 0 || labels.int(at: $0) >= outputs }),
            batch.rows.indices.contains(at)
        else { return failure }
        let row = batch.rows[at], place = part.source.place(of: row)
        let file = place.line.map { " (\(place.file ?? part.source.name):\($0))" } ?? ""
        return RuntimeFailure(
            "E408",
            "the label \(labels.int(at: at)) in row \(row) of \(dataset.name)\(file) is outside the \(outputs) classes that \(model.name) gives",
            at: failure.diagnostic.span, notes: ["labels count from 0; the network's last layer gives one number a class"])
    }
}
