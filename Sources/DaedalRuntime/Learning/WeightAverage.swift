import DaedalSyntax
import DaedalTensor

/// `average 0.999`: a running average of a model's float parameters and states, which measurements and the trained model use.
final class WeightAverage {
    private let share: Double
    @exclusivity(unchecked) private var entries: [(cell: TensorCell, average: Tensor)] = []
    private let span: Span

    init(_ model: ModelObject, share: Double, at span: Span) throws(RuntimeFailure) {
        self.share = share
        self.span = span
        for (_, slot) in model.allSlots {
            guard let tensor = slot.cell.tensor, tensor.type.isFloat else { continue }
            entries.append((slot.cell, try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in try tensor.copy() }))
        }
    }

    /// Continues averages that were kept in a checkpoint.
    init(_ averages: [(TensorCell, Tensor)], share: Double, at span: Span) {
        self.share = share
        self.span = span
        entries = averages.map { ($0.0, $0.1) }
    }

    /// The average of what a cell holds, if it is averaged.
    func average(of cell: TensorCell) -> Tensor? { entries.first { $0.cell === cell }?.average }

    /// Moves the average towards the weights after a step: where it is, unless somebody else holds it.
    func update(at span: Span) throws(RuntimeFailure) {
        for i in entries.indices where entries[i].cell.isBound {
            let now = entries[i].cell.lent, storage = Unmanaged.passUnretained(entries[i].average.storage)
            if !storage.isCountedOnce {
                let shared = entries[i].average
                entries[i].average = try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in try shared.copy() }
            }
            now._withUnsafeGuaranteedRef { entries[i].average.move(toward: $0.pointer, by: 1 - share) }
        }
    }

    /// Exchanges weights and averages.
    func swap() throws(RuntimeFailure) {
        for i in entries.indices {
            guard let now = entries[i].cell.tensor else { continue }
            entries[i].cell.set(entries[i].average)
            entries[i].average = now
        }
    }

    /// The averages in the place of the weights.
    func weights(over weights: [(cell: TensorCell, tensor: Tensor)]) -> [(cell: TensorCell, tensor: Tensor)] {
        weights.map { cell, tensor in (cell, average(of: cell) ?? tensor) }
    }
}
