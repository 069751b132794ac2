import DaedalEngine
import DaedalGraph
import DaedalSyntax
import DaedalTensor

/// The one seam between traces and whatever computes them.
package enum Evaluation {
    /// The values of nodes of a trace whose inputs are all bound.
    static func run(_ trace: Trace, results: [NodeID], in context: EvaluationContext) throws(RuntimeFailure) -> [Tensor] {
        // What is planned or profiled has to be told about every run.
        let known = context.session.forecast == nil && context.session.profile == nil ? context.session.eagerPlans : nil
        let hash = known == nil ? 0 : trace.reading { $0.structuralHash }
        do throws(PlanFailure) {
            if let known, let values = try known.run(trace, hash, results) { return values }
        } catch {
            throw trace.origin(error.origin).failure { failure(error, at: $0) }
        }
        var inputs: [Tensor] = []
        inputs.reserveCapacity(trace.inputs.count)
        for input in trace.inputs {
            guard let input else { preconditionFailure("an eager trace with an unbound input") }
            inputs.append(input.currentTensor)
        }
        do throws(PlanFailure) {
            let request = PlanRequest(graph: trace.graph, results: results)
            let plan = try context.session.engine.plan(for: request)
            if let forecast = context.session.forecast {
                let places = trace.origins.map(\.span).filter { $0 != .none }
                forecast.note(request, plan, title: Forecast.valuesTitle, at: places.last ?? .none)
            }
            context.session.profile?.note(plan, at: trace.origins.last?.span ?? .none) { trace.origin($0).span }
            known?.note(plan, of: trace, hash, results)
            return try plan.run(inputs)
        } catch {
            throw trace.origin(error.origin).failure { failure(error, at: $0) }
        }
    }

    /// A plan's failure in the user's terms.
    package static func failure(_ failure: PlanFailure, at span: Span) -> RuntimeFailure {
        switch failure.reason {
        case .indexOutOfRange(let place, let end):
            outOfRange(RowIndex.unmarked(place) ?? (place, end), at: span)
        case .integerDivisionByZero: RuntimeFailure("E504", "an integer is divided by zero", at: span)
        case .notFinite(let value): RuntimeFailure("E505", "the value is \(value), not a finite number", at: span)
        case .outOfMemory(let bytes): outOfMemory(bytes, at: span)
        }
    }

    private static func outOfRange(_ found: (index: Int, size: Int), at span: Span) -> RuntimeFailure {
        let elements = "\(found.size) \(found.size == 1 ? "element" : "elements")"
        return RuntimeFailure("E503", "index \(found.index) is out of range: the axis has \(elements)", at: span)
    }

    /// The index and the size that a failure of `outOfRange` names.
    package static func outOfRange(in failure: RuntimeFailure) -> (index: Int, size: Int)? {
        let numbers = failure.diagnostic.message.split(whereSeparator: { !$0.isNumber && $0 != "-" }).compactMap { Int($0) }
        return failure.diagnostic.code == "E503" && numbers.count == 2 ? (numbers[0], numbers[1]) : nil
    }

    /// The failure to get memory.
    package static func outOfMemory(_ byteCount: Int?, at span: Span) -> RuntimeFailure {
        let size =
            byteCount.map { $0 >= 1 << 30 ? "\($0 >> 30) GB" : $0 >= 1 << 20 ? "\($0 >> 20) MB" : "\($0) bytes" } ?? "more bytes than can be counted"
        return RuntimeFailure("E506", "there is no memory for a tensor of \(size)", at: span)
    }
}
