import DaedalGraph
import DaedalTensor

/// Where a batch stands in a step that is gathered from several: `accumulate 4`. Its gradient counts by its share of the step's examples, so that
/// the step is the one that a larger batch would have taken.
struct Accumulation {
    let isFirst: Bool
    let isLast: Bool
    /// Examples of this batch.
    let examples: Int
    /// Examples of the step up to this batch, which is counted.
    let total: Int
}

/// The gradients that one place gathers over the batches of a step.
final class GradientSums {
    /// A parameter that has a sum, and the optimizer that will take the step.
    struct Entry {
        let path: String
        let parameter: Parameter
        let optimizer: OptimizerObject
    }

    private var cells: [ObjectIdentifier: TensorCell] = [:]
    /// The parameters with a gradient from an earlier batch of the step at hand.
    private(set) var gathered: [Entry] = []

    init() {}

    /// Whether an earlier batch of the step gave a gradient.
    func has(_ parameter: Parameter) -> Bool { gathered.contains { $0.parameter === parameter } }

    /// The place of a parameter's sum.
    func cell(of parameter: Parameter) throws(AllocationFailure) -> TensorCell {
        let signature = parameter.cell.signature
        if let cell = cells[ObjectIdentifier(parameter)], cell.signature == signature { return cell }
        let cell = TensorCell(try Tensor(zeros: signature))
        cells[ObjectIdentifier(parameter)] = cell
        return cell
    }

    /// Takes note of what a batch added, after its commit.
    func committed(_ added: [Entry], _ place: Accumulation) {
        if place.isFirst { gathered = [] }
        for item in added where !has(item.parameter) { gathered.append(item) }
        if place.isLast { gathered = [] }
    }

    /// What a replay must find unchanged: where the batch stands, and which sums there are.
    func assumptions(_ place: Accumulation?) -> [Value] {
        guard let place else { return [] }
        let sums = place.isFirst ? 0 : gathered.reduce(UInt64(gathered.count)) { RandomState.mix($0, RandomState.hash($1.path.utf8)) }
        return [.bool(place.isFirst), .bool(place.isLast), .int(Int(truncatingIfNeeded: sums))]
    }
}
