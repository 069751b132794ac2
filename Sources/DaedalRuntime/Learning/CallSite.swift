import DaedalSyntax
import DaedalTensor

/// The calls of one model outside blocks. Each is a plan of its own, run again without interpretation while what it depends on holds.
final class CallSite {
    private let site: LearningSite
    /// Calls that could not be traced as a block, though they may run step by step: a `forward` that looks at what it computes.
    private var refusals = 0

    /// After so many refusals a model is interpreted for good.
    private static let mostRefusals = 2

    init(_ model: ModelObject) {
        site = LearningSite(key: RandomState.mix(RandomState.hash(model.name.utf8), 0xCA11), counts: .calls)
    }

    /// Whether a call made now is one outside of blocks, of other models, and of whatever has to see its operations.
    static func applies(in context: EvaluationContext) -> Bool {
        let learning = context.learning
        return context.trace.kind == .eager && context.trace.pins == 0 && learning.block == nil && learning.calling == 0 && learning.making == 0
            && learning.mode == nil && learning.observer == nil && learning.taps.isEmpty && !context.isChecking
    }

    /// Calls the model; nil if that must be interpreted.
    func call(_ model: ModelObject, _ arguments: Arguments, in context: EvaluationContext, at span: Span) throws(RuntimeFailure) -> Value? {
        if refusals >= Self.mostRefusals { return nil }
        // Values from outside are settled first; what the model computes is a plan of its own.
        try context.flushEager()
        // The site is this model's own, so that a call depends on its arguments alone.
        var captures = arguments.positional
        for (name, value) in arguments.named { captures += [.string(StringObject(name)), value] }
        let execution = site.begin(in: context)
        if let value = try site.replay(captures, execution: execution, in: context, at: span) { return value }
        let record = BlockRecord(isTraining: false)
        let log = VariableLog()
        func undo() { for write in log.writes.reversed() { write.variable.value = write.before } }
        var escaping: [TensorObject] = []
        let traced: (block: TracedBlock, output: BlockOutput)
        do throws(RuntimeFailure) {
            traced = try context.tracing(record, log) { (trace) throws(RuntimeFailure) in
                let value = try model.call(arguments, in: context, at: span)
                if !log.writes.isEmpty || !record.deferredPrints.isEmpty { escaping = trace.survivors().filter { $0.value == nil && $0.node != nil } }
                let output = try BlockOutput(value, lossAt: nil, lossNode: nil, in: context, at: span)
                var block = TracedBlock(trace)
                block.results = output.results + escaping.compactMap(\.node)
                return (block, output)
            }
        } catch {
            undo()
            refusals += 1
            return nil
        }
        do throws(RuntimeFailure) {
            var block = traced.block
            let outside = captures + log.reads.map(\.value)
            block.outside = OutsideValues(outside)
            let results = try site.run(
                block, execution: execution, captures: outside, names: [], variables: log.reads.map(\.variable), output: traced.output,
                isReplayable: record.isReplayable && log.writes.isEmpty && record.deferredPrints.isEmpty, in: context, at: span)
            for (tensor, value) in zip(escaping, results.suffix(escaping.count)) { tensor.value = value }
            try record.finish(in: context)
            return traced.output.value(results)
        } catch {
            undo()
            throw error
        }
    }
}
