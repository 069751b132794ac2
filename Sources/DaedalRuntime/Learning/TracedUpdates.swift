import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// The optimizer steps of one block as they were traced: what is overwritten at the commit, and the numbers that each execution needs first.
final class TracedUpdates {
    /// A parameter with its gradient in the trace.
    struct Item {
        let path: String
        let parameter: Parameter
        let gradient: NodeID
    }

    private(set) var writes: [(cell: TensorCell, node: NodeID)] = []
    /// The step count as an input, for parameters that have taken equally many steps.
    @exclusivity(unchecked) private var counts: [(input: NumberInput, memories: [ParameterMemory])] = []
    /// The counters of those memories, and where the inputs' numbers stand.
    @exclusivity(unchecked) private var counters: [[UnsafeMutablePointer<Int>]] = []
    @exclusivity(unchecked) private var countSlots: [NumberSlot] = []
    /// The rates again, for a look at each step; `rates` and `optimizers` keep what they name.
    @exclusivity(unchecked) private var rateSlots: [RateSlot] = []

    private struct RateSlot {
        let slot: NumberSlot
        let option: Unmanaged<OptimizerOption>
        let optimizer: Unmanaged<OptimizerObject>
    }
    @exclusivity(unchecked) private var rates: [(input: NumberInput, option: OptimizerOption, optimizer: OptimizerObject)] = []
    @exclusivity(unchecked) private var optimizers: [OptimizerObject] = []
    /// Where several batches make one step: the sums, where this batch stands, and the parameters it adds to.
    private let sums: GradientSums?
    private let place: Accumulation?
    private var gathered: [GradientSums.Entry] = []
    /// The batch's examples, and one over those of the whole step, as inputs.
    /// Where the batch of the execution at hand stands.
    @exclusivity(unchecked) private var current: Accumulation?
    private var shares: [NumberInput] = []
    private var scales: [NumberInput] = []

    /// Creates the updates of one block; `sums` and `place` are for steps that are gathered from several batches.
    init(_ sums: GradientSums? = nil, _ place: Accumulation? = nil) {
        self.sums = sums
        self.place = place
    }

    /// Traces an optimizer's step over parameters, in the current trace; of a batch that does not end its step, the sums of gradients alone.
    func add(_ items: [Item], _ optimizer: OptimizerObject, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        var items = items
        if let sums, let place {
            items = try summed(items, optimizer, sums, place, in: context, at: span)
            gathered += items.map { GradientSums.Entry(path: $0.path, parameter: $0.parameter, optimizer: optimizer) }
            if !place.isLast { return }
        }
        if items.isEmpty { return }
        optimizers.append(optimizer)
        let gradients = try clipped(items.map(\.gradient), optimizer, in: context, at: span)
        for (item, gradient) in zip(items, gradients) { try add(item, gradient, optimizer, in: context, at: span) }
    }

    private func add(
        _ item: Item, _ gradient: NodeID, _ optimizer: OptimizerObject, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) {
        let rule = optimizer.rule(for: item.path)
        guard let update = rule.update else { return }
        let trace = context.trace
        let memory = try optimizer.memory(of: item.parameter, rule: rule, in: context)
        let signature = item.parameter.cell.signature
        func tensor(_ input: some TraceInput) -> TensorObject { TensorObject(trace: trace, node: trace.input(input)) }
        for (state, cell) in zip(rule.states, memory.states) { (state.current, state.isAssigned) = (tensor(cell), false) }
        if let rate = rule.rate, rate.value.number != nil { rate.traced = tensor(try rateInput(rate, optimizer, signature.type, at: span)) }
        defer {
            for state in rule.states { state.current = nil }
            rule.rate?.traced = nil
        }
        let arguments: [Value] = [
            .tensor(tensor(item.parameter.cell)), .tensor(TensorObject(trace: trace, node: gradient)),
            .tensor(tensor(try countInput(memory, signature.type, at: span))),
        ]
        let result = try context.call(update.function, Arguments(Array(arguments.prefix(update.parameterCount))), at: span)
        let next = try context.converted(result, to: signature, of: "what `update` of `\(optimizer.name)` gives for `\(item.path)`", at: span)
        writes.append((item.parameter.cell, try trace.node(of: next, in: context, at: span)))
        for (state, cell) in zip(rule.states, memory.states) where state.isAssigned {
            guard let value = state.current else { continue }
            writes.append((cell, try trace.node(of: value, in: context, at: span)))
        }
    }

    /// The gradients of a step so far, each batch counted by its examples; at the step's end their average, else written to the sums.
    private func summed(
        _ items: [Item], _ optimizer: OptimizerObject, _ sums: GradientSums, _ place: Accumulation, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> [Item] {
        let lowering = try Lowering(context, at: span)
        func number(_ inputs: inout [NumberInput], _ type: ElementType) throws(RuntimeFailure) -> NodeID {
            if let known = inputs.first(where: { $0.signature.type == type }) { return context.trace.input(known) }
            let input = try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in try NumberInput(type) }
            inputs.append(input)
            return context.trace.input(input)
        }
        var result: [Item] = []
        // A parameter that only earlier batches have read takes part in the step as well.
        let others = sums.gathered.filter { known in known.optimizer === optimizer && !items.contains { $0.parameter === known.parameter } }
        var all: [(path: String, parameter: Parameter, gradient: NodeID?)] = items.map { ($0.path, $0.parameter, $0.gradient) }
        if place.isLast && !place.isFirst { all += others.map { ($0.path, $0.parameter, nil) } }
        for (path, parameter, gradient) in all {
            let type = parameter.cell.signature.type
            let cell = try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in try sums.cell(of: parameter) }
            var sum = try gradient.map { (gradient) throws(RuntimeFailure) in try lowering.binary(.multiply, gradient, number(&shares, type)) }
            if !place.isFirst, sums.has(parameter) {
                let before = context.trace.input(cell)
                sum = if let sum { try lowering.binary(.add, before, sum) } else { before }
            }
            guard var total = sum else { continue }
            if place.isLast {
                total = try lowering.binary(.multiply, total, number(&scales, type))
            } else {
                _ = context.trace.input(cell)
                writes.append((cell, total))
            }
            result.append(Item(path: path, parameter: parameter, gradient: total))
        }
        return result
    }

    /// The rate of a rule as an input, one for each element type.
    private func rateInput(
        _ option: OptimizerOption, _ optimizer: OptimizerObject, _ type: ElementType, at span: Span
    ) throws(RuntimeFailure) -> NumberInput {
        if let known = rates.first(where: { $0.option === option && $0.input.signature.type == type }) { return known.input }
        let input = try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in try NumberInput(type) }
        rates.append((input, option, optimizer))
        rateSlots.append(RateSlot(slot: input.slot, option: .passUnretained(option), optimizer: .passUnretained(optimizer)))
        return input
    }

    /// The count of steps as an input, shared by parameters that are equally far.
    private func countInput(_ memory: ParameterMemory, _ type: ElementType, at span: Span) throws(RuntimeFailure) -> NumberInput {
        if let at = counts.firstIndex(where: { $0.memories[0].steps == memory.steps && $0.input.signature.type == type }) {
            counts[at].memories.append(memory)
            counters[at].append(memory.counter)
            return counts[at].input
        }
        let input = try TensorLiteral.allocate(at: span) { () throws(AllocationFailure) in try NumberInput(type) }
        counts.append((input, [memory]))
        counters.append([memory.counter])
        countSlots.append(input.slot)
        return input
    }

    /// The gradients after `clip_value` and `clip_norm`, which is over all of them together.
    private func clipped(
        _ gradients: [NodeID], _ optimizer: OptimizerObject, in context: EvaluationContext, at span: Span
    ) throws(RuntimeFailure) -> [NodeID] {
        var gradients = gradients
        if optimizer.clipValue == nil && optimizer.clipNorm == nil { return gradients }
        let lowering = try Lowering(context, at: span)
        if let limit = optimizer.clipValue {
            for i in gradients.indices {
                let type = lowering.type(gradients[i])
                let above = try lowering.binary(.maximum, gradients[i], lowering.constant(-limit, type))
                gradients[i] = try lowering.binary(.minimum, above, lowering.constant(limit, type))
            }
        }
        if let limit = optimizer.clipNorm {
            var total: NodeID?
            for gradient in gradients {
                let squares = try lowering.binary(.multiply, gradient, gradient)
                let rank = lowering.rank(squares)
                let sum = rank == 0 ? squares : try lowering.reduce(.sum, squares, axes: Array(0..<rank))
                total = if let total { try lowering.binary(.add, total, sum) } else { sum }
            }
            guard let total else { return gradients }
            let type = lowering.type(total)
            // PyTorch's `clip_grad_norm_` adds the same small number.
            let norm = try lowering.binary(.add, lowering.apply(.squareRoot, [total]), lowering.constant(1e-6, type))
            let ratio = try lowering.binary(.divide, lowering.constant(limit, type), norm)
            let factor = try lowering.binary(.minimum, ratio, lowering.constant(1, type))
            for i in gradients.indices {
                gradients[i] = try lowering.binary(.multiply, gradients[i], lowering.cast(factor, lowering.type(gradients[i])))
            }
        }
        return gradients
    }

    // MARK: Executions

    /// Whether the parameters that shared a step count when this was traced still do.
    var isCurrent: Bool {
        for group in counters {
            let first = group[0].pointee
            for counter in group where counter.pointee != first { return false }
        }
        return true
    }

    /// Writes the numbers of the next execution.
    func prepare(in context: EvaluationContext, at span: Span) throws(RuntimeFailure) {
        current = context.learning.accumulation
        if let current {
            for share in shares { share.set(Double(current.examples)) }
            for scale in scales { scale.set(1 / Double(current.total)) }
        }
        for i in countSlots.indices { countSlots[i].set(Double(counters[i][0].pointee + 1)) }
        var factor = 1.0
        for i in rateSlots.indices {
            let rate = rateSlots[i]
            // A schedule is asked once for all rates of an optimizer in a row.
            if i == 0 || rateSlots[i - 1].optimizer.toOpaque() != rate.optimizer.toOpaque() {
                factor = try Self.factor(rate.optimizer, in: context, at: span)
            }
            rate.slot.set(rate.option._withUnsafeGuaranteedRef { $0.value.number ?? 0 } * factor)
        }
    }

    private static func factor(_ optimizer: Unmanaged<OptimizerObject>, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Double
    {
        if optimizer._withUnsafeGuaranteedRef({ $0.schedule == nil }) { return 1 }
        return try optimizer.takeUnretainedValue().factor(in: context, at: span)
    }

    /// Takes note of what would be gathered, where the step is only planned.
    func planned() {
        if let sums, let place { sums.committed(gathered, place) }
    }

    /// Counts the step after its commit.
    func committed() {
        for group in counters { for counter in group { counter.pointee += 1 } }
        for i in optimizers.indices { optimizers[i].countStep() }
        if let sums, let current { sums.committed(gathered, current) }
    }
}
